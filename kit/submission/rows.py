"""Rows of a file to the rows that are asked for: ids, and what is wrong with them (E302, E303, E305, E306, E309).

Rows come in batches and are not kept, so that what is held in memory depends on what is asked for and not on the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from kit.submission.cells import Cells
from kit.submission.findings import Findings, counted, shown
from kit.submission.names import Names
from kit.submission.table import Layout, rows
from kit.submission.text import Text

_BATCH = 2**15
_EXAMPLES = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Batch:
    """Some rows of a file.

    Parameters
    ----------
    lines
        Line of each in a text, else its row.
    ids
        Of each row, as text.
    columns
        The asked columns that are there.
    """

    lines: NDArray[np.int64]
    ids: Sequence[str]
    columns: Sequence[Cells]


def batches(
    text: str | Text, layout: Layout, header: Sequence[str], findings: Findings, long_rows: LongRows
) -> Iterator[Batch]:
    """The rows of a CSV below its header. Short rows have blank cells, of `long_rows` the rest is left out."""
    width, id_place = len(layout.cells), layout.places[header[0]]
    places = {name: place for name, place in layout.places.items() if name != header[0]}
    below = rows(text, layout, findings)
    while some := list(islice(below, _BATCH)):
        for line, row in some:
            if len(row) > width:
                long_rows.add(line, len(row))
            elif len(row) < width:
                row += [""] * (width - len(row))
        lines = np.fromiter((line for line, _ in some), np.int64, len(some))
        columns = [
            Cells(name=name, texts=[row[place] for _, row in some], lines=lines) for name, place in places.items()
        ]
        yield Batch(lines=lines, ids=[row[id_place] for _, row in some], columns=columns)


@dataclass(slots=True, kw_only=True)
class LongRows:
    """Rows with more cells than the header."""

    width: int
    n: int = 0
    first: tuple[int, int] = (0, 0)

    def add(self, line: int, n_cells: int) -> None:
        """One more."""
        self.first = self.first if self.n else (line, n_cells)
        self.n += 1

    def report(self, findings: Findings) -> None:
        """Say what was found."""
        if self.n:
            line, n_cells = self.first
            count = counted(self.n, "row has", "rows have")
            message = f"{count} more cells than the header (first: line {line}, {n_cells} instead of {self.width})"
            findings.add("E309", message, fix="one cell a column; decimal points, no commas in numbers")


class Found:
    """Which of the asked rows were found, and where; of a row that is there twice the first."""

    def __init__(self, ids: Names) -> None:
        self._ids = ids
        self.line_of = np.full(len(ids), -1, np.int64)
        self.n_rows = self.n_unknown = self._n_blank = self._n_repeats = 0
        self._unknown: list[tuple[str, int]] = []
        self._first_blank = 0
        self._is_repeated = np.zeros(len(ids), np.bool_)
        self._first_repeat = (0, 0)
        self._in_order, self._last = True, -1

    @property
    def is_complete(self) -> bool:
        """Whether every id has exactly one row and there are no others."""
        return not self.n_unknown and not self._n_repeats and not (self.line_of < 0).any()

    def take(self, batch: Batch) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows of a batch that answer something that was not answered before, and the place of each."""
        self.n_rows += len(batch.ids)
        places = self._ids.at(batch.ids)
        strange = np.flatnonzero(places < 0)
        if len(strange):
            places[strange] = self._ids.at([batch.ids[row].strip() for row in strange.tolist()])
            self._take_unknown(batch, strange[places[strange] < 0].tolist())
        known = np.flatnonzero(places >= 0)
        _, first = np.unique(places[known], return_index=True)
        is_new = np.zeros(len(known), np.bool_)
        is_new[first] = True
        is_new &= self.line_of[places[known]] < 0
        fresh = known[is_new]
        self.line_of[places[fresh]] = batch.lines[fresh]
        self._take_repeats(batch, known[~is_new], places)
        in_file = places[fresh]
        if len(in_file):
            self._in_order = self._in_order and bool(in_file[0] > self._last and (np.diff(in_file) > 0).all())
            self._last = int(in_file[-1])
        return fresh, in_file

    def _take_unknown(self, batch: Batch, strange: Sequence[int]) -> None:
        for row in strange:
            if not batch.ids[row].strip():
                self._first_blank = self._first_blank if self._n_blank else int(batch.lines[row])
                self._n_blank += 1
                continue
            self.n_unknown += 1
            if len(self._unknown) < 3:
                self._unknown.append((batch.ids[row], int(batch.lines[row])))

    def _take_repeats(self, batch: Batch, again: NDArray[np.int64], places: NDArray[np.int64]) -> None:
        if len(again):
            if not self._n_repeats:
                self._first_repeat = int(places[again[0]]), int(batch.lines[again[0]])
            self._n_repeats += len(again)
            self._is_repeated[places[again]] = True

    def report(self, id_column: str, findings: Findings) -> None:
        """Say what was found."""
        unit = findings.unit
        if self.n_unknown:
            row_id, line = self._unknown[0]
            message = f"{counted(self.n_unknown, 'id is', 'ids are')} not in this competition"
            fix = _id_fix([row_id for row_id, _ in self._unknown], self._ids, id_column)
            findings.add("E302", f"{message} (first: {shown(row_id)}, {unit} {line})", fix=fix)
        n_repeated = int(np.count_nonzero(self._is_repeated))
        if n_repeated:
            place, second = self._first_repeat
            where = f"first: {_bare(self._ids[place])}, {unit}s {self.line_of[place]} and {second}"
            times = "twice" if self._n_repeats == n_repeated else "more than once"
            count = counted(n_repeated, "id appears", "ids appear")
            findings.add("E303", f"{count} {times} ({where})", fix="one row per id")
        missing = np.flatnonzero(self.line_of < 0)
        if len(missing):
            count = "all ids are" if len(missing) == len(self._ids) else counted(len(missing), "id is", "ids are")
            first = ", ".join(_bare(self._ids[row]) for row in missing[:_EXAMPLES].tolist())
            findings.add("E305", f"{count} missing (first: {first})", fix="an answer for every id of test.csv")
        if self._n_blank:
            message = f"{counted(self._n_blank, 'row has', 'rows have')} no id (first: {unit} {self._first_blank})"
            findings.add("E306", message, fix=f"the {id_column} of test.csv in every row")
        if not self._in_order:
            findings.notes.append("rows are in another order")


def likeness(ids: Names, batched: Iterable[Batch]) -> float:
    """Share of the ids that a file and a competition have in common among all that either has."""
    found = Found(ids)
    for batch in batched:
        found.take(batch)
    n_common = int(np.count_nonzero(found.line_of >= 0))
    n_strange = found.n_unknown
    return n_common / max(1, len(ids) + n_strange)


def _bare(row_id: str) -> str:
    return row_id if row_id.isalnum() else shown(row_id)


def _id_fix(unknown: Sequence[str], ids: Names, column: str) -> str:
    """What became of the ids, where it can be told: a spreadsheet or pandas took them for numbers."""

    def plain(row_id: str) -> str:
        return row_id.strip().removesuffix(".0").lstrip("0")

    lost = {plain(row_id) for row_id in unknown}
    for row_id in ids:
        lost.discard(plain(row_id))
        if not lost:
            return f'ids are text, keep them as they are:   pd.read_csv("test.csv", dtype={{"{column}": str}})'
    return "only the ids of test.csv"
