"""Laws of a host's own files: read by columns or row by row, they hold the same."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.errors import KitError
from kit.source import sheet
from kit.submission.findings import Findings

CELLS = st.one_of(
    st.sampled_from(["1", "1.5", "", "Public", "NA", "é", " x ", "x" * 130]), st.text('a,"\n 1', max_size=4)
)
IDS = st.one_of(
    st.permutations(["1", "007", "7", "a b"]),
    st.lists(st.sampled_from(["1", "2", "", " ", "é", "007"]), min_size=1, max_size=4),
)


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """Files of a host that are right, and nearly right."""
    header = draw(st.sampled_from([["id", "y", "Usage"], ["y", "id"], ["id", "y", "usage"], ["id", "y", "y"], ["a"]]))
    rows = [[row_id if name == "id" else draw(CELLS) for name in header] for row_id in draw(IDS)]
    written = io.StringIO()
    csv.writer(written, lineterminator=draw(st.sampled_from(["\n", "\r\n"]))).writerows([header, *rows])
    return draw(st.sampled_from([b"", b"\xef\xbb\xbf"])) + written.getvalue().encode()


@settings(deadline=None)
@given(data=files(), row_ids=st.sampled_from([None, ("a b", "7", "1", "007")]), columns=st.sampled_from([None, ("y",)]))
def test_both_ways_through_a_file_of_a_host_give_the_same(data: bytes, row_ids: Any, columns: Any) -> None:
    quick = outcome(data, row_ids, columns)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sheet, "_plain_key", lambda *_: None)
        assert quick == outcome(data, row_ids, columns)


def outcome(data: bytes, row_ids: Any, columns: Any) -> object:
    """What was read, or what was said of it."""
    findings = Findings("solution.csv")
    try:
        ids, cells = sheet.read_key(data, "id", findings, columns=columns, row_ids=row_ids)
    except KitError as error:
        return [part.message for part in error.parts]
    if findings.problems:
        return [problem.message for problem in findings.problems]
    return [*ids], {name: ([*column.texts], [*map(int, column.lines)]) for name, column in cells.items()}
