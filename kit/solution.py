"""The solution: the file with the labels of the test rows, read as the metric takes them."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kit.errors import KitError, MetricError, Problem
from kit.metrics.base import Metric
from kit.metrics.table import Table
from kit.submission.cells import (
    Cells,
    FlagReader,
    LabelReader,
    NumberReader,
    Reader,
    TextReader,
    parse_flags,
    parse_labels,
    parse_numbers,
    to_number,
)
from kit.submission.domain import check_cells, outside
from kit.submission.findings import Findings, counted
from kit.submission.form import Form
from kit.submission.names import Names
from kit.submission.plain import read_plain
from kit.submission.reader import align
from kit.submission.table import find_layout
from kit.submission.text import decode

USAGE_COLUMN = "Usage"
USAGES = ("Public", "Private", "Ignored")
_HEADER_BYTES = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Solution:
    """Labels of the test rows in the order of ``form.row_ids``; rows that are neither public nor private are ignored.

    Parameters
    ----------
    y_true
        What `Metric.of_truth` says: class indices, int64 (n,) or 0 and 1 of several labels (n, k); values or
        probabilities, float64 (n,) or (n, m); text, `str` objects (n,).
    is_public, is_private
        Shape (n,), never both.
    sha256
        Of the file: a score says which solution it was made with.
    extra
        The further columns that the metric looks at, shape (n,) each, by the keys of `Metric.extra`.
    table
        For a metric that looks at tables: every column but ``Usage``, cells as text; else empty.
    n_classes
        How many columns of probabilities an answer has, where `y_true` are class indices; else 0.
    """

    y_true: NDArray[Any]
    is_public: NDArray[np.bool_]
    is_private: NDArray[np.bool_]
    sha256: str
    extra: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    table: Table = field(default_factory=dict)
    n_classes: int = 0


def read_solution(path: Path, form: Form, metric: Metric) -> Solution:
    """The solution in a CSV with the ids, the target, and ``Usage`` = Public, Private or Ignored.

    Parameters
    ----------
    path
        The file. `target_columns` says which of its columns are the target; cells of rows that are ignored are not
        looked at.
    form
        What a submission looks like, and which rows there are.
    metric
        What the target holds (`Metric.of_truth`), and which further columns are wanted (`Metric.extra`).

    Raises
    ------
    MetricError
        E603 with every problem. Lines and ids are named, cells are not.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        message = f"the solution can't be read: {error.strerror}"
        raise MetricError(Problem(code="E603", message=message, where=str(path))) from error
    if (solution := _read_plain(data, form, metric)) is not None:
        return solution
    findings = Findings(path.name, quotes=False)
    try:
        solution = _parse(data, form, metric, findings)
    except KitError as error:
        raise _wrong(path, error.parts) from None
    if findings.problems:
        raise _wrong(path, findings.error().parts)
    return solution


def _read_plain(data: bytes, form: Form, metric: Metric) -> Solution | None:
    """The solution in a file that is plain and right, without an object for each cell; else None, and `_parse` says."""
    first = first_line(data[:_HEADER_BYTES].decode("utf-8-sig", "replace").partition("\n")[0])
    others = [name for name in first if name not in (form.row_id_column_name, USAGE_COLUMN)]
    targets = target_columns(others, form.columns, metric)
    is_table = metric.tables is not None
    if not targets or (is_table and metric.of_truth != "text") or not {*targets, *metric.extra.values()} <= {*others}:
        return None
    readers: dict[str, Reader] = {name: TextReader() for name in others}
    readers |= {name: NumberReader(what="", lenient=False) for name in metric.extra.values()}
    readers |= dict.fromkeys(targets, _reader(form.classes, metric, len(targets)))
    readers[USAGE_COLUMN] = LabelReader(classes=USAGES)
    plain = read_plain(data, form.row_id_column_name, Names.of(form.row_ids), readers)
    if plain is None:
        return None
    y_true = np.column_stack([plain.arrays[name] for name in targets])
    if metric.of_truth == "probabilities" and outside(y_true, "probabilities").any():
        return None
    if metric.of_truth == "labels" and form.classes and len(targets) > 1:
        y_true = y_true[:, [targets.index(name) for name in form.classes]]
        if (y_true.sum(axis=1) != 1).any():
            return None
        y_true = y_true.argmax(axis=1)[:, np.newaxis]
    usage = plain.arrays[USAGE_COLUMN]
    return Solution(
        y_true=y_true[:, 0] if y_true.shape[1] == 1 else y_true,
        is_public=usage == USAGES.index("Public"),
        is_private=usage == USAGES.index("Private"),
        sha256=hashlib.sha256(data).hexdigest(),
        extra={key: plain.arrays[name] for key, name in metric.extra.items()},
        table={form.row_id_column_name: form.row_ids, **{name: plain.arrays[name].tolist() for name in others}}
        if is_table
        else {},
        n_classes=len(form.classes),
    )


def _reader(classes: Sequence[str], metric: Metric, n_targets: int) -> Reader:
    if metric.of_truth == "text":
        return TextReader()
    if metric.of_truth == "labels":
        return LabelReader(classes=classes) if classes and n_targets == 1 else FlagReader()
    return NumberReader(what="", lenient=False)


def _parse(data: bytes, form: Form, metric: Metric, findings: Findings) -> Solution:
    text = decode(data, n_rows=len(form.row_ids), lenient=False, findings=findings)
    known = {row_id: position for position, row_id in enumerate(form.row_ids)}
    others = [name for name in first_line(text) if name not in (form.row_id_column_name, USAGE_COLUMN)]
    targets = target_columns(others, form.columns, metric)
    wanted = [*targets, *(name for name in metric.extra.values() if name not in targets)]
    if metric.tables is not None:  # which columns it looks at, the metric alone knows
        wanted = [*targets, *(name for name in others if name not in targets)]
    unused = [name for name in others if name not in wanted]  # a file of Kaggle's may have more than we ask for
    header = (form.row_id_column_name, *wanted, USAGE_COLUMN, *unused)
    layout = find_layout(text, header, row_ids=known, lenient=False, findings=findings)
    aligned = align(text, layout, header, known, findings)
    if findings.problems:
        raise findings.error()
    usage = parse_labels(aligned.columns[USAGE_COLUMN], USAGES, findings)
    used = np.flatnonzero(usage != USAGES.index("Ignored"))
    columns = {name: rows_of(aligned.columns[name], used) for name in wanted}
    row_ids = [form.row_ids[aligned.positions[row]] for row in used.tolist()]
    truth = as_truth([columns[name] for name in targets], form.classes, metric, row_ids=row_ids, findings=findings)
    return Solution(
        y_true=_spread(truth, used, len(usage)),
        is_public=usage == USAGES.index("Public"),
        is_private=usage == USAGES.index("Private"),
        sha256=hashlib.sha256(data).hexdigest(),
        extra={key: _spread(as_extra(columns[name]), used, len(usage)) for key, name in metric.extra.items()},
        table=_as_table(form, {name: aligned.columns[name] for name in wanted}) if metric.tables is not None else {},
        n_classes=len(form.classes),
    )


def _as_table(form: Form, columns: Mapping[str, Cells]) -> Table:
    return {form.row_id_column_name: form.row_ids, **{name: column.texts for name, column in columns.items()}}


def first_line(text: str, separator: str = ",") -> list[str]:
    """The cells of the first line that has any."""
    return next((cells for cells in csv.reader(text.splitlines(), delimiter=separator) if cells), [])


def target_columns(others: Sequence[str], columns: Sequence[str], metric: Metric) -> tuple[str, ...]:
    """Which columns of a solution are its target.

    Those of the submission where the solution has them all; else the only one that there is: a class where a
    submission has a probability for each, or a value where it has several quantiles.

    Parameters
    ----------
    others
        Columns of the solution but that of the ids and ``Usage``.
    columns
        The submission's.
    metric
        Its further columns are no targets.
    """
    if metric.tables is not None:
        return tuple(others)  # it alone knows
    if set(columns) <= set(others):
        return tuple(columns)
    left = [name for name in others if name not in metric.extra.values()]
    return tuple(left) if len(left) == 1 else tuple(columns)


def as_truth(
    columns: Sequence[Cells], classes: Sequence[str], metric: Metric, *, row_ids: Sequence[str], findings: Findings
) -> NDArray[Any]:
    """The cells of the target as the metric takes them (see `Solution`); `classes` as in `Form`."""
    arrays: Sequence[NDArray[Any]]
    if metric.of_truth == "text":
        arrays = [np.array(column.texts, dtype=object) for column in columns]
    elif metric.of_truth == "labels" and classes and len(columns) > 1:
        return _marked(columns, classes, findings)
    elif metric.of_truth == "labels" and classes:
        arrays = [parse_labels(columns[0], classes, findings)]
    elif metric.of_truth == "labels":
        arrays = parse_flags(columns, findings)
    else:
        arrays = parse_numbers(columns, what="a number in every row", lenient=False, findings=findings)
        if metric.of_truth == "probabilities":
            check_cells(columns, arrays, "probabilities", row_ids=row_ids, findings=findings)
    return arrays[0] if len(arrays) == 1 else np.column_stack(arrays)


def _marked(columns: Sequence[Cells], classes: Sequence[str], findings: Findings) -> NDArray[np.int64]:
    """Class indices of rows that mark their class with a 1 in its column."""
    by_name = {column.name: column for column in columns}
    flags = np.column_stack(parse_flags([by_name[name] for name in classes], findings))
    wrong = np.flatnonzero((flags.sum(axis=1) != 1) & (flags >= 0).all(axis=1))
    if len(wrong):
        count = counted(len(wrong), "row does", "rows do")
        message = f"{count} not have exactly one 1 (first: line {columns[0].lines[wrong[0]]})"
        findings.add("E308", message, fix="1 in the column of the class, 0 in the others")
    return np.asarray(flags.argmax(axis=1), dtype=np.int64)


def as_extra(column: Cells) -> NDArray[Any]:
    """A further column: float64 where every cell is a finite number, else `str` objects."""
    numbers = np.fromiter(map(to_number, column.texts), np.float64, len(column.texts))
    return np.array(column.texts, dtype=object) if np.isnan(numbers).any() else numbers


def rows_of(column: Cells, rows: NDArray[np.intp]) -> Cells:
    """Some of the cells."""
    if isinstance(column.texts, Names):
        return Cells(name=column.name, texts=column.texts.take(rows), lines=np.asarray(column.lines)[rows])
    chosen = rows.tolist()
    lines, texts = column.lines, column.texts
    return Cells(name=column.name, texts=[texts[row] for row in chosen], lines=[lines[row] for row in chosen])


def _spread(values: NDArray[Any], rows: NDArray[np.intp], n: int) -> NDArray[Any]:
    """`values` at their `rows` among `n`; what stands in the others is never looked at."""
    if len(rows) == n:
        return values
    spread = np.zeros((n, *values.shape[1:]), dtype=values.dtype)
    spread[rows] = values
    return spread


def _wrong(path: Path, parts: tuple[Problem, ...]) -> MetricError:
    return MetricError(Problem(code="E603", message="the solution is wrong", where=str(path)), parts)
