"""Read a submitted CSV: rows to ids, cells to answers, every problem at once (E301 to E315).

Whatever the bytes, the only error is `ParticipantVisibleError`; a property test feeds it garbage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kit.errors import ParticipantVisibleError, Problem
from kit.submission.cells import Cells, parse_flags, parse_labels, parse_numbers
from kit.submission.domain import check_cells, check_readable
from kit.submission.findings import Findings, counted, shown
from kit.submission.form import Form, Predictions
from kit.submission.table import Layout, Row, find_layout, rows
from kit.submission.text import decode

_SURE = 0.8
"""Share of common ids among all ids of a file and of a competition from which the file is taken for that one's."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Aligned:
    """Rows of a file in the order of the ids; those of ids that are missing are left out.

    Parameters
    ----------
    columns
        Name of an asked column that is there -> its cells.
    positions
        Place of each row among the asked ids.
    is_complete
        Whether every id has exactly one row and there are no others.
    """

    columns: dict[str, Cells]
    positions: Sequence[int]
    is_complete: bool


def read_csv(data: bytes, form: Form, *, name: str, others: Callable[[], Iterable[Form]] = tuple) -> Predictions:
    r"""The predictions in a submitted file.

    Parameters
    ----------
    data
        The file as it was handed in.
    form
        What the competition asks for.
    name
        How the entrant calls the file.
    others
        Gives the forms of the other competitions. Called only if the ids or the header do not fit.

    Raises
    ------
    ParticipantVisibleError
        E301 with a part for each problem, worst first; E304 alone if the file answers another competition; E314 alone
        if the competition takes no files.

    Examples
    --------
    >>> form = Form(competition="pets", row_id_column_name="id", row_ids=("07", "08"), columns=("label",),
    ...             needs="labels", classes=("cat", "dog"))
    >>> read_csv(b"id,label\n08,dog\n07,cat\n", form, name="preds.csv").y_pred.tolist()
    [0, 1]
    """
    if form.needs == "returns":
        raise ParticipantVisibleError(_no_files(form, name))
    findings = Findings(name)
    text = decode(data, n_rows=len(form.row_ids), lenient=form.lenient, findings=findings)
    known = {row_id: position for position, row_id in enumerate(form.row_ids)}
    classes = form.classes if form.needs == "labels" else ()
    layout = find_layout(text, form.header, row_ids=known, lenient=form.lenient, findings=findings, classes=classes)
    aligned = align(text, layout, form.header, known, findings)
    if not aligned.is_complete or len(layout.places) < len(form.header):
        _refuse_if_of_another(text, layout, form, others, findings)
    y_pred = _parse(aligned, form, findings)
    if findings.problems:
        raise findings.error()
    return Predictions(y_pred=y_pred, notes=tuple(findings.notes))


def _no_files(form: Form, name: str) -> Problem:
    return Problem(
        code="E314",
        message=f"{form.competition} takes agents, and {name} is a file",
        why="There are no rows to answer: what counts is what your agent does, step by step, while the kit watches.",
        fix=f"kit new my_agent -c {form.competition}      then   kit submit my_agent",
    )


def align(text: str, layout: Layout, header: Sequence[str], known: dict[str, int], findings: Findings) -> Aligned:
    """Bring the rows of a file into the order of the ids (E302, E303, E305, E306 for ids, E309 for long rows).

    Parameters
    ----------
    text, layout
        The file.
    header
        The column of the ids, then the asked ones.
    known
        Id -> position.
    findings
        Where problems and notes go.
    """
    if header[0] not in layout.places:
        return Aligned(columns={}, positions=(), is_complete=False)
    found = _Found(n=len(known), width=len(layout.cells), id_place=layout.places[header[0]])
    for line, row in rows(text, layout, findings):
        found.take(line, row, known)
    found.report(list(known), header, findings)
    positions = [position for position, row in enumerate(found.row_of) if row is not None]
    lines = [found.line_of[position] for position in positions]
    kept = [row for row in found.row_of if row is not None]
    columns = {
        name: Cells(name=name, texts=[row[place] for row in kept], lines=lines)
        for name, place in layout.places.items()
        if name != header[0]
    }
    return Aligned(columns=columns, positions=positions, is_complete=found.is_complete)


class _Found:
    """What the rows of a file were found to be. Holds rows of known ids only, so its size is bounded by the form's."""

    def __init__(self, *, n: int, width: int, id_place: int) -> None:
        self.width = width
        self.id_place = id_place
        self.row_of: list[Row | None] = [None] * n
        self.line_of = [0] * n
        self.unknown: list[tuple[str, int]] = []
        self.n_unknown = 0
        self.repeated: dict[int, int] = {}
        self.n_repeats = 0
        self.blank_lines: list[int] = []
        self.long_rows: list[tuple[int, int]] = []
        self.in_order = True
        self.last = -1

    @property
    def is_complete(self) -> bool:
        return not self.n_unknown and not self.repeated and 0 not in self.line_of

    def take(self, line: int, row: Row, known: dict[str, int]) -> None:
        if len(row) != self.width:
            if len(row) > self.width:
                self.long_rows.append((line, len(row)))
            row += [""] * (self.width - len(row))
        row_id = row[self.id_place]
        position = known.get(row_id)
        if position is None:
            position = known.get(row_id.strip())
        if position is None:
            self._take_unknown(line, row_id)
        elif self.line_of[position]:
            self.repeated.setdefault(position, line)
            self.n_repeats += 1
        else:
            self.line_of[position], self.row_of[position] = line, row
            self.in_order, self.last = self.in_order and position > self.last, position

    def _take_unknown(self, line: int, row_id: str) -> None:
        if not row_id.strip():
            self.blank_lines.append(line)
            return
        self.n_unknown += 1
        if len(self.unknown) < 3:
            self.unknown.append((row_id, line))

    def report(self, row_ids: Sequence[str], header: Sequence[str], findings: Findings) -> None:
        if self.long_rows:
            line, n_cells = self.long_rows[0]
            count = counted(len(self.long_rows), "row has", "rows have")
            message = f"{count} more cells than the header (first: line {line}, {n_cells} instead of {self.width})"
            findings.add("E309", message, fix="one cell a column; decimal points, no commas in numbers")
        if self.n_unknown:
            row_id, line = self.unknown[0]
            message = f"{counted(self.n_unknown, 'id is', 'ids are')} not in this competition"
            fix = _id_fix([row_id for row_id, _ in self.unknown], row_ids, header[0])
            findings.add("E302", f"{message} (first: {shown(row_id)}, line {line})", fix=fix)
        if self.repeated:
            position, second = next(iter(self.repeated.items()))
            count = counted(len(self.repeated), "id appears", "ids appear")
            where = f"first: {_bare(row_ids[position])}, lines {self.line_of[position]} and {second}"
            times = "twice" if self.n_repeats == len(self.repeated) else "more than once"
            findings.add("E303", f"{count} {times} ({where})", fix="one row per id")
        missing = [position for position, line in enumerate(self.line_of) if not line]
        if missing:
            count = "all ids are" if len(missing) == len(row_ids) else counted(len(missing), "id is", "ids are")
            first = _bare(row_ids[missing[0]])
            findings.add("E305", f"{count} missing (first: {first})", fix="an answer for every id of test.csv")
        if self.blank_lines:
            count = counted(len(self.blank_lines), "row has", "rows have")
            findings.add(
                "E306",
                f"{count} no id (first: line {self.blank_lines[0]})",
                fix=f"the {header[0]} of test.csv in every row",
            )
        if not self.in_order:
            findings.notes.append("rows are in another order")


def _bare(row_id: str) -> str:
    return row_id if row_id.isalnum() else shown(row_id)


def _id_fix(unknown: Sequence[str], row_ids: Sequence[str], column: str) -> str:
    """What became of the ids, where it can be told: a spreadsheet or pandas took them for numbers."""

    def plain(row_id: str) -> str:
        return row_id.strip().removesuffix(".0").lstrip("0")

    if {plain(row_id) for row_id in unknown} <= {plain(row_id) for row_id in row_ids}:
        return f'ids are text, keep them as they are:   pd.read_csv("test.csv", dtype={{"{column}": str}})'
    return "only the ids of test.csv"


def _parse(aligned: Aligned, form: Form, findings: Findings) -> np.ndarray[tuple[int, ...], np.dtype[np.generic]]:
    columns = [aligned.columns[name] for name in _order(form) if name in aligned.columns]
    row_ids = [form.row_ids[position] for position in aligned.positions]
    arrays: Sequence[np.ndarray[tuple[int, ...], np.dtype[Any]]]
    if form.cells == "classes":
        arrays = [parse_labels(column, form.classes, findings) for column in columns]
    elif form.cells == "flags":
        arrays = parse_flags(columns, findings)
    elif form.cells == "text":
        arrays = [np.array(column.texts, dtype=object) for column in columns]
    else:
        arrays = parse_numbers(columns, what=_meaning(form), lenient=form.lenient, findings=findings)
        check_cells(columns, arrays, form.domain, are_shares=bool(form.classes), row_ids=row_ids, findings=findings)
    if not arrays or len(arrays) < len(form.columns):
        return np.empty(0)
    y_pred = arrays[0] if len(form.columns) == 1 else np.column_stack(arrays)
    check_readable(y_pred, form, lines=columns[0].lines, row_ids=row_ids, findings=findings)
    return y_pred


def _order(form: Form) -> tuple[str, ...]:
    """Columns as they stand in ``y_pred``: those of classes in the order of the classes."""
    return form.classes if set(form.classes) == set(form.columns) else form.columns


def _meaning(form: Form) -> str:
    if form.needs == "probabilities" and len(form.columns) == 1 and len(form.classes) == 2:
        return f"a number in every row: the probability of {shown(form.classes[1])}"
    return "a number such as 0.25 in every row"


def _refuse_if_of_another(
    text: str, layout: Layout, form: Form, others: Callable[[], Iterable[Form]], findings: Findings
) -> None:
    ids_in: dict[str, set[str]] = {}
    name = findings.name

    def likeness(other: Form) -> float:
        column = other.row_id_column_name
        if column not in ids_in:
            ids_in[column] = _ids(text, layout, column, findings)
        asked = set(other.row_ids)
        return len(ids_in[column] & asked) / max(1, len(ids_in[column] | asked))

    candidates = [other for other in others() if other.competition != form.competition]
    if set(layout.cells) == set(form.header):  # then a form with another header is no better explanation
        candidates = [other for other in candidates if set(other.header) == set(form.header)]
    best = max(candidates, key=likeness, default=None)
    if best is None or likeness(best) < _SURE or likeness(best) <= likeness(form):
        return
    message = (
        f'{name} looks like an answer for "{best.competition}" ({_span(best.row_ids)}), '
        f'not "{form.competition}" ({_span(form.row_ids)})'
    )
    fix = f"kit submit {name} -c {best.competition}"
    raise ParticipantVisibleError(Problem(code="E304", message=message, where=name, fix=fix))


def _ids(text: str, layout: Layout, column: str, findings: Findings) -> set[str]:
    place = layout.places.get(column, layout.cells.index(column) if column in layout.cells else None)
    if place is None:
        return set()
    return {row[place].strip() for _, row in rows(text, layout, findings) if len(row) > place}


def _span(row_ids: Sequence[str]) -> str:
    """Ids in a few characters: ``ids 0-9999``, or the first and the last."""
    if all(row_id.isascii() and row_id.isdigit() and len(row_id) < 16 for row_id in row_ids):
        numbers = [int(row_id) for row_id in row_ids]
        return f"ids {min(numbers)}-{max(numbers)}"
    return f"ids {shown(row_ids[0])} to {shown(row_ids[-1])}"
