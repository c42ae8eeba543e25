"""Read a submitted file: rows to ids, cells to answers, every problem at once (E301 to E317).

Whatever the bytes, the only error is `ParticipantVisibleError`; a property test feeds it garbage. A CSV that is plain
and right goes the quick way of `kit.submission.plain`; every other file comes in batches, which are checked, and is
kept as columns of numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kit.errors import ParticipantVisibleError, Problem
from kit.submission.cells import Cells, FigureReader, FlagReader, LabelReader, NumberReader, Reader, TextReader
from kit.submission.domain import DomainCheck, check_readable, has_no_sum, outside
from kit.submission.findings import Findings, shown
from kit.submission.form import Form, Predictions
from kit.submission.names import Names
from kit.submission.packed import unpacked
from kit.submission.plain import read_plain
from kit.submission.rows import Batch, Found, LongRows, batches, likeness
from kit.submission.table import Layout, find_layout, match
from kit.submission.text import Text, byte_limit, open_text
from kit.submission.typed import Table, open_table

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


def limit_of(form: Form) -> int:
    """Most bytes of a file that are read, packed or not."""
    return byte_limit(len(form.row_ids), len(form.header), is_text=form.cells == "text")


def read(data: bytes, form: Form, *, name: str, others: Callable[[], Iterable[Form]] = tuple) -> Predictions:
    r"""The predictions in a submitted file: CSV, also as ``.gz`` or ``.zip``, Parquet, Arrow, ``.npz`` or ``.npy``.

    Parameters
    ----------
    data
        The file as it was handed in. What it is its bytes tell, not its name.
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
    >>> read(b"id,label\n08,dog\n07,cat\n", form, name="preds.csv").y_pred.tolist()
    [0, 1]
    """
    if form.needs == "returns":
        raise ParticipantVisibleError(_no_files(form, name))
    findings = Findings(name)
    data = unpacked(data, limit=limit_of(form), findings=findings)
    return read_quickly(data, form, findings) or read_closely(data, form, findings, others=others)


def read_quickly(data: bytes, form: Form, findings: Findings) -> Predictions | None:
    """The predictions in a plain CSV with nothing wrong in it; None for any other file."""
    plain = read_plain(data, form.row_id_column_name, Names.of(form.row_ids), _readers(form))
    if plain is None or not is_fine(arrays := [plain.arrays[column] for column in order(form)], form):
        return None
    return Predictions(y_pred=joined(arrays), notes=(*findings.notes, *plain.notes))


def read_closely(
    data: bytes, form: Form, findings: Findings, *, others: Callable[[], Iterable[Form]] = tuple
) -> Predictions:
    """The predictions in a file that is not packed, row by row. Raises as `read` does."""
    ids = Names.of(form.row_ids)
    source = _open(data, form, ids, findings)
    sheet = _Sheet(form, ids)
    for batch in source.batches(form.header, findings):
        sheet.take(batch)
    source.report(findings)
    if not sheet.found.is_complete or len(source.places) < len(form.header):
        _refuse_if_of_another(source, form, others, findings)
    y_pred = sheet.report(findings, has_ids=form.row_id_column_name in source.places)
    if findings.problems:
        raise findings.error()
    return Predictions(y_pred=y_pred, notes=tuple(findings.notes))


read_csv = read


def _no_files(form: Form, name: str) -> Problem:
    return Problem(
        code="E314",
        message=f"{form.competition} takes agents, and {name} is a file",
        why="There are no rows to answer: what counts is what your agent does, step by step, while the kit watches.",
        fix=f"kit new my_agent -c {form.competition}      then   kit submit my_agent",
    )


class _Csv:
    """The rows of a text."""

    def __init__(self, text: Text, layout: Layout) -> None:
        self._text, self._layout = text, layout
        self._long_rows = LongRows(width=len(layout.cells))
        self.names, self.places = layout.cells, layout.places

    def batches(self, header: Sequence[str], findings: Findings) -> Iterator[Batch]:
        if header[0] in self.places:
            yield from batches(self._text, self._layout, header, findings, self._long_rows)

    def ids(self, place: int, findings: Findings) -> Iterator[Batch]:
        cells = self._layout.cells
        only = Layout(separator=self._layout.separator, cells=cells, has_header=True, places={cells[place]: place})
        yield from batches(self._text, only, [cells[place]], findings, LongRows(width=len(cells)))

    def report(self, findings: Findings) -> None:
        self._long_rows.report(findings)


class _Typed:
    """The rows of a file that has columns by itself."""

    def __init__(self, table: Table, places: dict[str, int]) -> None:
        self._table = table
        self.names, self.places = table.names, places

    def batches(self, header: Sequence[str], findings: Findings) -> Iterator[Batch]:
        if header[0] in self.places:
            names = {name: self.names[place] for name, place in self.places.items()}
            yield from self._table.batches(names, header[0], findings)

    def ids(self, place: int, findings: Findings) -> Iterator[Batch]:
        name = self.names[place]
        yield from self._table.batches({name: name}, name, findings)

    def report(self, findings: Findings) -> None:
        pass


def _open(data: bytes, form: Form, ids: Names, findings: Findings) -> _Csv | _Typed:
    classes = form.classes if form.needs == "labels" else ()
    table = open_table(data, header=form.header, n_rows=len(ids), limit=limit_of(form), findings=findings)
    if table is not None:
        findings.unit = "row"
        return _Typed(table, match(table.names, form.header, classes, findings))
    text = open_text(data, n_rows=len(ids), limit=limit_of(form), lenient=form.lenient, findings=findings)
    layout = find_layout(text, form.header, row_ids=ids, lenient=form.lenient, findings=findings, classes=classes)
    return _Csv(text, layout)


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
    found, long_rows = Found(Names(known)), LongRows(width=len(layout.cells))
    names = [name for name in layout.places if name != header[0]]
    texts: dict[str, NDArray[Any]] = {name: np.empty(len(known), object) for name in names}
    for batch in batches(text, layout, header, findings, long_rows):
        rows, places = found.take(batch)
        for column in batch.columns:
            texts[column.name][places] = np.array(column.texts, dtype=object)[rows]
    long_rows.report(findings)
    found.report(header[0], findings)
    positions = np.flatnonzero(found.line_of >= 0)
    lines = found.line_of[positions].tolist()
    columns = {name: Cells(name=name, texts=texts[name][positions].tolist(), lines=lines) for name in names}
    return Aligned(columns=columns, positions=positions.tolist(), is_complete=found.is_complete)


class _Sheet:
    """The answers while batches of rows are read into them, and what is wrong with them."""

    def __init__(self, form: Form, ids: Names) -> None:
        self._form, self._ids = form, ids
        self.found = Found(ids)
        self._readers = _readers(form)
        self._domain = DomainCheck(form.domain, are_shares=bool(form.classes))
        self._arrays: dict[str, NDArray[Any]] = {}

    def take(self, batch: Batch) -> None:
        rows, places = self.found.take(batch)
        columns = {column.name: column for column in batch.columns}
        for name in order(self._form):
            if name not in columns:
                continue
            column = columns[name].of(rows)
            answers = self._readers[name].read(column)
            if self._form.cells == "numbers":
                self._domain.take(column, answers, _Named(self._ids, places))
            if name not in self._arrays:
                self._arrays[name] = np.full(len(self._ids), np.nan if answers.dtype.kind == "f" else -1, answers.dtype)
            self._arrays[name][places] = answers

    def report(self, findings: Findings, *, has_ids: bool) -> NDArray[Any]:
        """Say what was found, and give the answers, which are of no use where that was something."""
        form = self._form
        if has_ids:
            self.found.report(form.row_id_column_name, findings)
        for reader in {id(reader): reader for reader in self._readers.values()}.values():
            reader.report(findings)
        places = np.flatnonzero(self.found.line_of >= 0)
        arrays = [self._arrays[name][places] for name in order(form) if name in self._arrays]
        lines, row_ids = self.found.line_of[places], _Named(self._ids, places)
        if form.cells == "numbers" and arrays:
            self._domain.report(arrays, findings, lines=lines, row_ids=row_ids)
        if not arrays or len(arrays) < len(form.columns):
            return np.empty(0)
        y_pred = joined(arrays)
        check_readable(y_pred, form, lines=lines, row_ids=row_ids, findings=findings)
        return y_pred


class _Named(Sequence[str]):
    """The ids at some places, each made when it is asked for."""

    def __init__(self, ids: Names, places: NDArray[np.int64]) -> None:
        self._ids, self._places = ids, places

    def __getitem__(self, row: Any) -> Any:
        return self._ids[int(self._places[row])]

    def __len__(self) -> int:
        return len(self._places)


def _readers(form: Form) -> dict[str, Reader]:
    """For each column what reads its cells; the same one for all, so that a mistake in ten columns is one problem."""
    reader: Reader
    if form.cells == "classes":
        reader = LabelReader(classes=form.classes)
    elif form.cells == "flags":
        reader = FlagReader()
    elif form.cells == "text":
        text = TextReader()
        figure = FigureReader(numbers=NumberReader(what=_meaning(form), lenient=form.lenient))
        return {name: figure if name in form.numeric else text for name in form.columns}
    else:
        reader = NumberReader(what=_meaning(form), lenient=form.lenient)
    return dict.fromkeys(form.columns, reader)


def is_fine(arrays: Sequence[NDArray[Any]], form: Form) -> bool:
    """Whether the metric takes all of them."""
    if form.cells == "numbers":
        if form.domain != "any" and any(outside(numbers, form.domain).any() for numbers in arrays):
            return False
        if form.domain == "probabilities" and len(arrays) > 1 and form.classes and has_no_sum(arrays).any():
            return False
    return form.wrong is None or form.wrong(joined(arrays)) is None


def joined(arrays: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """One column as shape (n,), several as (n, k)."""
    return arrays[0] if len(arrays) == 1 else np.column_stack(arrays)


def order(form: Form) -> tuple[str, ...]:
    """Columns as they stand in ``y_pred``: those of classes in the order of the classes."""
    return form.classes if set(form.classes) == set(form.columns) else form.columns


def _meaning(form: Form) -> str:
    if form.needs == "probabilities" and len(form.columns) == 1 and len(form.classes) == 2:
        return f"a number in every row: the probability of {shown(form.classes[1])}"
    return "a number such as 0.25 in every row"


def _refuse_if_of_another(
    source: _Csv | _Typed, form: Form, others: Callable[[], Iterable[Form]], findings: Findings
) -> None:
    name = findings.name

    def like(other: Form) -> float:
        column = other.row_id_column_name
        place = source.places.get(column, source.names.index(column) if column in source.names else None)
        return 0.0 if place is None else likeness(Names.of(other.row_ids), source.ids(place, findings))

    candidates = [other for other in others() if other.competition != form.competition]
    if set(source.names) == set(form.header):  # then a form with another header is no better explanation
        candidates = [other for other in candidates if set(other.header) == set(form.header)]
    alike = [like(other) for other in candidates]
    if not alike or max(alike) < _SURE or max(alike) <= like(form):
        return
    best = candidates[int(np.argmax(alike))]
    message = (
        f'{name} looks like an answer for "{best.competition}" ({_span(best.row_ids)}), '
        f'not "{form.competition}" ({_span(form.row_ids)})'
    )
    fix = f"kit submit {name} -c {best.competition}"
    raise ParticipantVisibleError(Problem(code="E304", message=message, where=name, fix=fix))


def _span(row_ids: Sequence[str]) -> str:
    """Ids in a few characters: ``ids 0-9999``, or the first and the last."""
    if all(row_id.isascii() and row_id.isdigit() and len(row_id) < 16 for row_id in row_ids):
        numbers = [int(row_id) for row_id in (row_ids if len(row_ids) < 10**6 else (row_ids[0], row_ids[-1]))]
        return f"ids {min(numbers)}-{max(numbers)}"
    return f"ids {shown(row_ids[0])} to {shown(row_ids[-1])}"
