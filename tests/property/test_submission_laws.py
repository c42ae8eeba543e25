"""Laws of intake: no bytes raise anything else, and no order, quoting or line end changes an answer."""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from kit.errors import ParticipantVisibleError, PluginError
from kit.submission import Form, Predictions, from_answers, read_csv

LABELS = Form(
    competition="pets",
    row_id_column_name="id",
    row_ids=("1", "2", "03"),
    columns=("label",),
    needs="labels",
    classes=("0", "1"),
)
SHARES = replace(LABELS, needs="probabilities", classes=("a", "b", "c"), columns=("a", "b", "c"))
VALUES = replace(LABELS, needs="values", classes=(), lenient=True)
FORMS = [LABELS, SHARES, VALUES, replace(LABELS, lenient=True)]
PIECES = [
    "id",
    "label",
    "a",
    "b",
    "c",
    "1",
    "2",
    "03",
    "0",
    ",",
    ";",
    "\t",
    "\n",
    "\r",
    '"',
    " ",
    "nan",
    "1,5",
    "é",
    "",
]

nearly_csv = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)
encoded = st.builds(lambda t, e: t.encode(e), nearly_csv, st.sampled_from(["utf-8", "utf-16", "utf-8-sig", "latin-1"]))
with_header = nearly_csv.map(lambda text: b"id,label\n" + text.encode())


@given(data=st.binary(max_size=400) | encoded | with_header, form=st.sampled_from(FORMS))
@example(data=b"id,label\n" + b"9" * 200_000, form=VALUES)
@example(data=b"id,label\n1," + b"9" * 5000 + b"\n2,1e5000\n03,-0", form=LABELS)
@example(data=b'"' + b"a" * 200_000, form=LABELS)
def test_any_bytes_are_predictions_or_a_message_to_the_entrant(data: bytes, form: Form) -> None:
    with suppress(ParticipantVisibleError):
        assert_normal(read_csv(data, form, name="preds.csv", others=lambda: FORMS), form)


@given(
    answers=arrays.arrays(
        st.sampled_from(["?", "i1", "u8", "f2", "f4", "f8", "c8", "U3", "M8[s]"]).map(np.dtype),
        arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
    ),
    form=st.sampled_from(FORMS),
)
def test_any_array_is_predictions_or_a_message_to_the_entrant(answers: Any, form: Form) -> None:
    with suppress(PluginError):
        assert_normal(from_answers(answers, form, where="plugin.py:1"), form)


def assert_normal(predictions: Predictions, form: Form) -> None:
    y_pred = predictions.y_pred
    assert y_pred.shape == ((3,) if len(form.columns) == 1 else (3, len(form.columns)))
    assert np.isfinite(y_pred).all()
    assert y_pred.dtype == (np.int64 if form.needs == "labels" else np.float64)


@st.composite
def tables(draw: st.DrawFn) -> Any:
    ids = draw(st.lists(st.text("01ab, \"'é", min_size=1).filter(lambda t: t == t.strip()), unique=True, min_size=1))
    y = draw(st.lists(st.floats(-1e100, 1e100), min_size=len(ids), max_size=len(ids)))
    order = draw(st.permutations(range(len(ids))))
    dialect: dict[str, Any] = {"quoting": draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))}
    dialect["lineterminator"] = draw(st.sampled_from(["\n", "\r\n"]))
    return ids, y, order, draw(st.booleans()), dialect


@given(tables())
def test_no_order_quoting_or_line_end_changes_an_answer(table: Any) -> None:
    ids, y, order, swap, dialect = table
    written = io.StringIO()
    writer = csv.writer(written, **dialect)
    for row in [("id", "price"), *((ids[i], repr(y[i])) for i in order)]:
        writer.writerow(row[::-1] if swap else row)
    form = replace(VALUES, row_ids=tuple(ids), columns=("price",), lenient=False)

    assert read_csv(written.getvalue().encode(), form, name="preds.csv").y_pred.tolist() == y


@pytest.mark.parametrize("n_rows", [10_000])
def test_a_file_as_large_as_a_test_set_is_read(n_rows: int) -> None:
    row_ids = tuple(map(str, range(n_rows)))
    data = "id,label\n" + "".join(f"{i},{i % 2}\n" for i in range(n_rows))

    assert read_csv(data.encode(), replace(LABELS, row_ids=row_ids), name="p.csv").y_pred.sum() == n_rows // 2
