"""Files other than CSV: what they may be, what they become, and what of them is refused."""

from __future__ import annotations

import gzip
import io
import tracemalloc
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kit.errors import ParticipantVisibleError
from kit.submission import Form, Names, read

FORM = Form(
    competition="digits",
    row_id_column_name="id",
    row_ids=("10", "11", "012"),
    columns=("label",),
    needs="labels",
    classes=tuple(map(str, range(10))),
)
CHANCE = replace(FORM, row_ids=("1", "2", "3"), columns=("p",), needs="probabilities", classes=("no", "yes"))
SHARES = replace(CHANCE, columns=("a", "b"), classes=("a", "b"))
RIGHT = pd.DataFrame({"id": ["012", "10", "11"], "label": [5, 3, 4]})
CSV = RIGHT.to_csv(index=False).encode()


def written(write: Callable[[io.BytesIO], object]) -> bytes:
    stream = io.BytesIO()
    write(stream)
    return stream.getvalue()


def zipped(**members: bytes) -> bytes:
    def write(stream: io.BytesIO) -> None:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name, content)

    return written(write)


def arrays(**columns: Any) -> bytes:
    return written(lambda stream: np.savez(stream, **columns))


def array(values: Any) -> bytes:
    return written(lambda stream: np.save(stream, values))


def told(data: bytes, form: Form = FORM) -> list[str]:
    with pytest.raises(ParticipantVisibleError) as caught:
        read(data, form, name="preds")
    return [f"{part.code} {part.message}" for part in caught.value.parts]


PACKED = {
    "gzip": gzip.compress(CSV),
    "gzip in two parts": gzip.compress(CSV[:9]) + gzip.compress(CSV[9:]),
    "zip": zipped(**{"preds.csv": CSV}),
    "zip of macOS": zipped(**{"preds.csv": CSV, "__MACOSX/._preds.csv": b"\0"}),
    "npz in gzip": gzip.compress(arrays(id=RIGHT["id"].to_numpy(str), label=RIGHT["label"])),
}
ARRAYS = {
    "npz of text": arrays(id=RIGHT["id"].to_numpy(str), label=RIGHT["label"].to_numpy(str)),
    "npz of bytes": arrays(id=RIGHT["id"].to_numpy("S"), label=RIGHT["label"].to_numpy(np.uint8)),
    "npy of fields": array(np.array([("012", 5), ("10", 3), ("11", 4)], [("id", "U3"), ("label", "f4")])),
    "empty columns first": arrays(label=RIGHT["label"], id=RIGHT["id"].to_numpy("U9")),
}


@pytest.mark.parametrize("kind", PACKED)
def test_a_packed_file_is_unpacked_with_a_note(kind: str) -> None:
    predictions = read(PACKED[kind], FORM, name="preds")

    assert predictions.y_pred.tolist() == [3, 4, 5]
    assert "unpacked" in predictions.notes[0]


@pytest.mark.parametrize("kind", ARRAYS)
def test_arrays_of_numpy_stand_beside_their_ids(kind: str) -> None:
    assert read(ARRAYS[kind], FORM, name="preds").y_pred.tolist() == [3, 4, 5]


def test_one_array_may_hold_all_columns_in_the_order_of_the_sample() -> None:
    data = arrays(id=np.array([3, 1, 2]), answers=np.array([[1.0, 0], [0.25, 0.75], [0.5, 0.5]]))

    assert read(data, SHARES, name="preds").y_pred.tolist() == [[0.25, 0.75], [0.5, 0.5], [1, 0]]


@pytest.mark.parametrize("write", [pd.DataFrame.to_parquet, pd.DataFrame.to_feather])
def test_parquet_and_arrow_are_read(write: Callable[..., object]) -> None:
    pytest.importorskip("pyarrow")

    assert read(written(lambda s: write(RIGHT, s)), FORM, name="preds").y_pred.tolist() == [3, 4, 5]


def parquet(**columns: Any) -> bytes:
    pytest.importorskip("pyarrow")
    return written(lambda stream: pd.DataFrame({"id": [1, 2, 3]}).assign(**columns).to_parquet(stream))


def test_every_problem_of_a_table_is_told_with_its_row() -> None:
    assert told(parquet(id=[1, 2, 2], p=[0.5, None, float("inf")])) == [
        'E309 there is no column "label", but "p"',
        'E302 3 ids are not in this competition (first: "1", row 0)',
        "E305 all ids are missing (first: 10, 11, 012)",
    ]
    assert told(parquet(p=[0.5, None, float("inf")]), CHANCE) == [
        'E306 1 answer is blank (first: row 1, column "p")',
        'E307 1 answer is not a finite number: "inf" at row 2',
    ]


@pytest.mark.parametrize(
    "column", [[[1], [2], [3]], [{"a": 1}] * 3, pd.Categorical(["x", "y", "x"]), pd.to_datetime(["2026-01-01"] * 3)]
)
def test_columns_of_parquet_hold_numbers_or_text(column: Any) -> None:
    assert [line[:4] for line in told(parquet(p=column), CHANCE)] == ["E317"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (zipped(a=CSV, b=CSV), 'E316 it is a zip archive of 2 files: "a", "b"'),
        (zipped(), "E316 it is a zip archive of 0 files"),
        (zipped(**{"[Content_Types].xml": b""}), "E312 it is an Excel workbook (.xlsx), not a CSV file"),
        (zipped(**{"inner.zip": zipped(a=CSV)}), "E312 it is a zip archive, not a CSV file"),
        (gzip.compress(CSV, mtime=0)[:-4], "E312 it ends in the middle of its gzip archive"),
        (array(np.zeros(3)), "E317 it is an array of shape (3,) without ids: an answer has to stand beside its id"),
        (arrays(id=["10"], label=[1, 2]), 'E317 its arrays have different lengths: "id" 1, "label" 2'),
        (arrays(id=np.zeros((3, 2, 2))), "E312 "),
        (arrays(id=np.array(["10", None], object)), 'E317 "id.npy" holds Python objects, which are not opened'),
        (arrays(id=["10"], label=np.array(["2026-01-01"], "M8[D]")), 'E317 "label" holds dates'),
        (b"PAR1" + bytes(90) + b"PAR1", "E312 it begins as a Parquet or Arrow file and goes on as something else"),
        (b"ARROW1\0\0" + bytes(90), "E312 it begins as a Parquet or Arrow file and goes on as something else"),
    ],
)
def test_what_is_no_table_is_explained(data: bytes, message: str) -> None:
    (line,) = told(data)

    assert line.startswith(message)


@pytest.mark.parametrize(
    "bomb", [gzip.compress(bytes(2**28), mtime=0), zipped(x=bytes(2**28)), zipped(**{"id.npy": bytes(2**28)})]
)
def test_an_archive_is_not_unpacked_beyond_what_so_many_rows_may_have(bomb: bytes) -> None:
    assert told(bomb) == ["E311 it has more than 64 MiB, which is all that is read for so many rows"]


@pytest.mark.slow
def test_a_parquet_file_that_grows_without_end_is_stopped() -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    n_rows = 100_000  # of the same megabyte, which is written once
    texts = pa.DictionaryArray.from_arrays(np.zeros(n_rows, np.int32), ["x" * 2**20])
    bomb = written(lambda s: pq.write_table(pa.table({"id": range(n_rows), "p": texts}), s, store_schema=False))

    assert len(bomb) < 2**20
    assert told(bomb, CHANCE) == ["E311 it needs far more memory than its answers"]


def test_more_rows_are_read_of_a_competition_that_has_more() -> None:
    from kit.submission import limit_of

    assert limit_of(replace(FORM, row_ids=Names(map(str, range(3_000_000))))) > limit_of(FORM)


def test_a_field_as_large_as_a_file_is_refused_and_not_looked_into() -> None:
    data = b"id,label\n10," + b"3" * 60_000_000
    tracemalloc.start()

    assert told(data) == ["E312 it has a line of more than 1 MiB"]
    assert tracemalloc.get_traced_memory()[1] < 100_000_000
    tracemalloc.stop()


def test_broken_text_in_a_table_can_be_shown() -> None:
    assert told(arrays(id=np.array(["10", "11", "012"]), label=np.array(["\ud800", "1", "2"]))) == [
        'E308 1 answer is not a class: "?" at row 0'
    ]
