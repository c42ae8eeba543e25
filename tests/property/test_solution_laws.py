"""A solution is the same, whichever of the two ways its file is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kit
from kit.errors import MetricError
from kit.solution import Solution, read_solution
from kit.submission import Form

LABELS = Form(
    competition="law", row_id_column_name="id", row_ids=("07", "1", "b c"), columns=("a",), needs="labels",
    classes=("0", "1", "2"),
)  # fmt: skip
MARKED = Form(
    competition="law", row_id_column_name="id", row_ids=LABELS.row_ids, columns=("b", "a"), needs="probabilities",
    classes=("a", "b"),
)  # fmt: skip
VALUES = Form(competition="law", row_id_column_name="id", row_ids=LABELS.row_ids, columns=("a",), needs="values")
TEXT = Form(competition="law", row_id_column_name="id", row_ids=LABELS.row_ids, columns=("a",), needs="ranking")
CASES = [
    (LABELS, kit.metric("accuracy").metric),
    (MARKED, kit.metric("log_loss").metric),
    (VALUES, kit.metric("wmae", weight="b").metric),
    (TEXT, kit.metric("map_at_k").metric),
]
CELLS = st.sampled_from(["0", "1", "2", "1.0", "-3.5e2", "", "x", " 1", '"1"', "nan"])
USAGES = st.sampled_from(["Public", "Private", "Ignored", "Public ", "other"])
IDS = st.permutations(LABELS.row_ids)


def read(path: Path, form: Form, metric: Any) -> Solution | str:
    try:
        return read_solution(path, form, metric)
    except MetricError as error:
        return repr(error.parts)


@pytest.mark.parametrize(("form", "metric"), CASES, ids=["labels", "marked", "values", "text"])
@given(ids=IDS, a=st.lists(CELLS, min_size=3, max_size=3), b=st.lists(CELLS, min_size=3, max_size=3),
       usages=st.lists(USAGES, min_size=3, max_size=3), end=st.sampled_from(["\n", "\r\n"]))  # fmt: skip
def test_the_quick_way_gives_what_the_slow_one_gives(
    form: Form, metric: Any, ids: list[str], a: list[str], b: list[str], usages: list[str], end: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:  # fmt: skip
    path = tmp_path_factory.getbasetemp() / "solution.csv"
    rows = [",".join(row) for row in zip(ids, a, b, usages, strict=True)]
    path.write_bytes(end.join(["id,a,b,Usage", *rows, ""]).encode())
    quick = read(path, form, metric)
    path.write_bytes(end.join(["id,a,b,Usage", "", *rows, ""]).encode())  # an empty line: then it is looked at closely
    slow = read(path, form, metric)

    if isinstance(quick, str) or isinstance(slow, str):
        assert type(quick) is type(slow)
        return
    used = slow.is_public | slow.is_private
    assert (quick.is_public == slow.is_public).all()
    assert (quick.is_private == slow.is_private).all()
    assert quick.y_true[used].tolist() == slow.y_true[used].tolist()
    assert {key: np.asarray(column)[used].tolist() for key, column in quick.extra.items()} == {
        key: column[used].tolist() for key, column in slow.extra.items()
    }
