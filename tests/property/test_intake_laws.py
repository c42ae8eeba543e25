"""Laws of submitted files: the quick way and the close look agree, and no bytes do harm."""

from __future__ import annotations

import csv
import gzip
import io
import struct
import zipfile
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.errors import ParticipantVisibleError
from kit.submission import Form, Names, Predictions, read
from kit.submission.findings import Findings
from kit.submission.reader import read_closely, read_quickly
from kit.submission.tokens import PAD, Tokens

IDS = ("7", "007", "1.0", "1e3", "é", "img_000001.png")
LABELS = Form(
    competition="c",
    row_id_column_name="id",
    row_ids=IDS,
    columns=("label",),
    needs="labels",
    classes=("0", "1", "12345678901"),
)
NAMED = replace(LABELS, classes=("cat", "NA", "a class with a long name"))
FLAGS = replace(LABELS, columns=("a", "b"), classes=())
VALUES = replace(LABELS, columns=("price",), needs="values", classes=())
CHANCES = replace(VALUES, columns=("p", "q"), needs="probabilities", classes=("p", "q"), domain="probabilities")
TEXT = replace(VALUES, needs="text")
FIGURES = replace(TEXT, columns=("note", "price"), numeric=("price",))
FORMS = (LABELS, NAMED, FLAGS, VALUES, CHANCES, TEXT, FIGURES)

NUMBERS = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True).map(repr),
    st.floats(0, 1).map(repr),
    st.floats(-1e6, 1e6).map("{:.3f}".format),
    st.integers(-(10**20), 10**20).map(str),
    st.from_regex(r"\A[+-]?[0-9]{0,12}\.?[0-9]{0,24}([eE][+-]?[0-9]{1,3})?\Z"),
    st.sampled_from(
        ["-0", "1e400", "1e-400", "1_000", " 1", "1 ", "", "NA", "nan", "null", "٣", "0x1", ".", "-", "1."]
    ),
)
CELLS = st.one_of(
    NUMBERS,
    st.sampled_from(["0", "1", "0.0", "1.0", "01", "cat", " cat", "Cat", "a class with a long name", "12345678901.0"]),
    st.text('ab,"\r\n ', max_size=5),
)


@st.composite
def files(draw: st.DrawFn) -> tuple[bytes, Form]:
    """Files that are right, nearly right and wrong."""
    form = draw(st.sampled_from(FORMS))
    good = {"labels": form.classes or ("0", "1"), "probabilities": ("0.25", "1", "1e-05")}.get(
        form.needs, ("1.5", "-2")
    )
    cell = st.sampled_from(good) if draw(st.booleans()) else st.one_of(st.sampled_from(good), CELLS)
    ids = draw(st.permutations(IDS))
    if draw(st.integers(0, 3)) == 0:
        ids = [*ids[1:], *draw(st.lists(st.sampled_from([*IDS, "x", "", " 7"]), max_size=2))]
    rows = [[row_id, *(draw(cell) for _ in form.columns)] for row_id in ids]
    written = io.StringIO()
    quoting: Any = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    csv.writer(written, quoting=quoting, lineterminator=end).writerows([form.header, *rows])
    text = written.getvalue()
    text = (
        text.removesuffix(end)
        if draw(st.booleans())
        else text + draw(st.sampled_from(["", "", end, "\n", "\r\n", " "]))
    )
    return draw(st.sampled_from([b"", b"\xef\xbb\xbf"])) + text.encode(), form


def outcome(read_: Any, data: bytes, form: Form) -> Any:
    findings = Findings("preds.csv")
    try:
        return read_(data, form, findings)
    except ParticipantVisibleError as error:
        return error


@settings(max_examples=600)
@given(files())
def test_the_quick_way_gives_what_a_close_look_gives(file: tuple[bytes, Form]) -> None:
    data, form = file
    quick, close = outcome(read_quickly, data, form), outcome(read_closely, data, form)

    if quick is not None:
        assert isinstance(close, Predictions)
        assert quick.y_pred.dtype == close.y_pred.dtype
        assert quick.notes == close.notes
        assert quick.y_pred.tolist() == close.y_pred.tolist()
        if quick.y_pred.dtype != object:
            assert quick.y_pred.tobytes() == close.y_pred.tobytes()  # -0.0 is not 0.0


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_right_file_goes_the_quick_way(form: Form, end: str, mark: str) -> None:
    cell = (form.classes or ("1",))[0] if form.needs == "labels" else "0.25"
    lines = [",".join(form.header), *(",".join([i, *[cell] * len(form.columns)]) for i in reversed(form.row_ids)), ""]

    assert read_quickly((mark + end.join(lines)).encode(), form, Findings("preds.csv")) is not None


@settings(max_examples=300)
@given(st.lists(NUMBERS, min_size=1, max_size=20))
def test_numbers_are_those_of_python(cells: list[str]) -> None:
    raw = b"\0" * PAD + "\n".join([*cells, ""]).encode()
    ends = np.flatnonzero(np.frombuffer(raw, np.uint8) == ord("\n"))
    starts = np.array([PAD, *(ends[:-1] + 1)])
    numbers = Tokens(raw=np.frombuffer(raw, np.uint8), starts=starts, ends=ends).numbers()

    if numbers is not None:
        assert numbers.tobytes() == np.array([float(cell) for cell in cells]).tobytes()


@given(st.lists(st.text(st.characters(blacklist_categories=["Cs"]), max_size=20), unique=True), st.data())
def test_names_are_found_and_others_are_not(texts: list[str], data: st.DataObject) -> None:
    names = Names(texts)
    asked = data.draw(st.lists(st.one_of(st.text(max_size=20), st.sampled_from(texts or [""]))))

    assert [*names] == texts == [names[i] for i in range(len(texts))]
    assert names.at(asked).tolist() == [texts.index(text) if text in texts else -1 for text in asked]
    assert names.has_words is not any("\0" in text for text in texts)


@given(
    st.lists(st.from_regex(r"[0-9]{1,5}", fullmatch=True), min_size=1, unique=True),
    st.lists(st.from_regex(r"[-+ 0]?[0-9]{0,8}[.:/a0]?", fullmatch=True)),
    st.lists(st.integers(0, 2**64 - 1)),
)
def test_whole_numbers_are_found_as_they_are_written(texts: list[str], asked: list[str], words: list[int]) -> None:
    names = Names(texts)
    found = names.find(np.array([words], np.uint64))

    assert names.at([*asked, *texts]).tolist() == [texts.index(t) if t in texts else -1 for t in [*asked, *texts]]
    assert all(place < 0 or names.words[0, place] == word for place, word in zip(found, words, strict=True))


def _npy(dtype: Any, shape: Any, content: bytes) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": dtype, "fortran_order": False, "shape": shape})
    return stream.getvalue() + content


def _zip(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


STARTS = (
    b"", b"id,price\n", b"\x1f\x8b\x08\0\0\0\0\0\0\xff", b"PK\x03\x04", b"\x93NUMPY\x01\0", b"\x93NUMPY\x03\0",
    gzip.compress(b"id,price\n7,1\n"), _zip(x=b"id,price\n7,1\n"), _zip(**{"id.npy": _npy("<i8", (1,), bytes(8))}),
    _npy("<f8", (2**60,), b""), _npy("|V8", (2,), b""), _npy([("id", "<i8"), ("price", "<M8[s]")], (1,), 16 * b"\0"),
)  # fmt: skip


@given(st.sampled_from(STARTS), st.binary(max_size=60), st.integers(0, 40), st.sampled_from(FORMS))
def test_any_bytes_are_predictions_or_a_message_to_the_entrant(start: bytes, junk: bytes, cut: int, form: Form) -> None:
    data = start[: len(start) - cut] + junk
    with suppress(ParticipantVisibleError):
        read(data, form, name="preds.csv")


@given(st.integers(0, 300), st.binary(min_size=1, max_size=8))
def test_no_byte_of_an_archive_can_be_changed_to_do_harm(place: int, junk: bytes) -> None:
    for data in (STARTS[6], STARTS[7], STARTS[8]):
        changed = bytearray(data)
        changed[place % len(data) : place % len(data) + len(junk)] = junk
        with suppress(ParticipantVisibleError):
            read(bytes(changed), VALUES, name="preds.zip")


@pytest.mark.parametrize("claimed", [2**31 - 1, 2**32 - 1])
def test_an_archive_that_claims_to_hold_gigabytes_is_not_believed(claimed: int) -> None:
    data = bytearray(_zip(x=b"id,price\n"))
    data[data.index(b"PK\x01\x02") + 24 :][:4] = struct.pack("<I", claimed)
    with pytest.raises(ParticipantVisibleError):
        read(bytes(data), VALUES, name="preds.zip")
