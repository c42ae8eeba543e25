"""`score`: predictions against the solution, public and private rows each on their own."""

from __future__ import annotations

import csv
import hashlib
import time
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import compress, islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kit.errors import KitError, MetricError, Problem
from kit.metrics.base import Array, FloatArray, Metric
from kit.metrics.table import Table, TablePart, TableScore
from kit.resampling import MAX_ROWS, REPLICATES, as_of_all_rows, resamples
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
from kit.submission.form import Form, Predictions
from kit.submission.names import Names
from kit.submission.plain import read_plain
from kit.submission.reader import align
from kit.submission.table import find_layout
from kit.submission.text import decode

USAGE_COLUMN = "Usage"
USAGES = ("Public", "Private", "Ignored")
MIN_REPLICATES = 50
_HEADER_BYTES = 1 << 16
BUDGET_S = 2.0
"""For the resamples of one part, of a metric without terms: a try is not to wait for its interval."""


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PartScore:
    """The score on one part, with what its interval and comparisons are made of.

    Parameters
    ----------
    value
        The number.
    n
        Rows it stands on.
    terms
        The metric's terms of each row, shape (n, m); None where it has none.
    replicates
        Where there are no terms, the scores on the first of the part's shared resamples, shape (r,) with r from
        `MIN_REPLICATES` to `kit.resampling.REPLICATES`, NaN where one is undefined; else None. Those of a large part
        are scaled from resamples of fewer rows (`kit.resampling.as_of_all_rows`).
    """

    value: float
    n: int
    terms: FloatArray | None = None
    replicates: FloatArray | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Score:
    """Both scores of a submission. The private one is nobody's to see before the competition is revealed."""

    public: PartScore
    private: PartScore


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


def score(
    solution: Solution, predictions: Predictions, metric: Metric, form: Form, *, n_resamples: int = REPLICATES
) -> Score:
    """Score predictions on the public and on the private rows.

    Parameters
    ----------
    solution, predictions, metric
        What is measured, and how.
    form
        Of the competition, whose name draws the resamples that all its submissions share.
    n_resamples
        Of a metric without terms: how many of them are scored, where the time allows; 0 where the number is all that
        is wanted.

    Raises
    ------
    MetricError
        E601 if the metric has no value for these rows whatever is predicted; E602 if it gave no finite number, or
        stopped with an error.
    ParticipantVisibleError
        E318: what a metric file says to the entrant.
    """
    require_defined(solution, metric)
    if metric.tables is not None:
        answers = as_table(predictions.y_pred, form)
        parts = [
            TablePart(
                solution=_taken(solution.table, rows),
                submission=_taken(answers, rows),
                seed_text=f"{form.competition}/{part}",
                n_resamples=n_resamples,
            )
            for part, rows in _parts(solution)
        ]
        scores = zip(metric.tables(parts), _parts(solution), strict=True)
        public, private = (_finite(_of_table(score, len(rows)), metric, part) for score, (part, rows) in scores)
        return Score(public=public, private=private)
    public, private = (
        _finite(
            score_part(
                metric,
                solution.y_true[rows],
                predictions.y_pred[rows],
                seed_text=f"{form.competition}/{part}",
                n_resamples=n_resamples,
                **{name: column[rows] for name, column in solution.extra.items()},
            ),
            metric,
            part,
        )
        for part, rows in _parts(solution)
    )
    return Score(public=public, private=private)


def score_part(
    metric: Metric, y_true: Array, y_pred: Array, *, seed_text: str, n_resamples: int = REPLICATES, **extra: Array
) -> PartScore:
    """The score on the rows of one part, with what every later statistic is made of.

    Parameters
    ----------
    metric, y_true, y_pred, extra
        As `Metric.value`.
    seed_text
        Competition and part, such as ``digits/public``.
    n_resamples
        As `score`.

    Raises
    ------
    MetricError
        E602 if the metric stopped with an error.
    """
    part = seed_text.rpartition("/")[2]
    with _told(metric, f"the {part} rows"), np.errstate(all="ignore"):  # what is not finite is told elsewhere, in words
        value, terms = metric.scored(y_true, y_pred, **extra)
        if terms is not None:
            return PartScore(value=value, n=len(y_true), terms=terms)
        wanted = islice(resamples(len(y_true), seed_text), n_resamples)
        replicates = _replicates(metric, y_true, y_pred, wanted, **extra)
        return PartScore(value=value, n=len(y_true), replicates=as_of_all_rows(replicates, value, len(y_true)))


def as_table(y_pred: Array, form: Form) -> Table:
    """Answers as a submitted file has them: ids and columns of text; classes by their names."""
    columns = [y_pred] if y_pred.ndim == 1 else list(y_pred.T)
    names = form.classes if set(form.classes) == set(form.columns) else form.columns
    cells = {name: _as_text(column, form) for name, column in zip(names, columns, strict=True)}
    return {form.row_id_column_name: form.row_ids, **{name: cells[name] for name in form.columns}}


def _as_text(column: Array, form: Form) -> list[str]:
    if form.cells == "classes":
        return [form.classes[index] for index in column.tolist()]
    return column.tolist() if form.cells == "text" else [repr(number) for number in column.tolist()]


def _taken(table: Table, rows: NDArray[np.int64]) -> Table:
    n = len(next(iter(table.values())))
    is_taken = np.zeros(n, dtype=np.bool_)
    is_taken[rows] = True
    chosen = is_taken.tolist()
    return {name: [*compress(column, chosen)] for name, column in table.items()}  # rows are in order


def _of_table(score: TableScore, n: int) -> PartScore:
    return PartScore(value=score.value, n=n, replicates=as_of_all_rows(score.replicates, score.value, n))


def _replicates(
    metric: Metric, y_true: Array, y_pred: Array, wanted: Iterable[NDArray[np.int32]], **extra: Array
) -> FloatArray:
    """The score on as many of the shared resamples as the time allows, of `MAX_ROWS` rows at most; NaN for none."""
    scores: list[float] = []
    begun = time.perf_counter()
    for every in wanted:
        drawn = every[:MAX_ROWS]
        of_drawn = {name: column[drawn] for name, column in extra.items()}
        is_defined = metric.why_undefined(y_true[drawn], **of_drawn) is None
        scores.append(metric.value(y_true[drawn], y_pred[drawn], **of_drawn) if is_defined else np.nan)
        if len(scores) >= MIN_REPLICATES and time.perf_counter() - begun > BUDGET_S:
            break
    return np.asarray(scores)


def require_defined(solution: Solution, metric: Metric) -> None:
    """Refuse a solution for which a metric has no value; asked when a competition is built.

    Raises
    ------
    MetricError
        E601, naming the part and the reason.
    """
    for part, rows in _parts(solution):
        extra = {name: column[rows] for name, column in solution.extra.items()}
        require_value(metric, solution.y_true[rows], f"the {part} test rows", n_classes=solution.n_classes, **extra)


def require_value(metric: Metric, y_true: NDArray[Any], rows: str, *, n_classes: int = 0, **extra: Array) -> None:
    """Refuse labels for which a metric has no value: E601, naming the `rows` and the reason.

    `n_classes` says how many columns of probabilities there are: of the labels, a class may lack any number.
    """
    with _told(metric, rows):
        reason = metric.why_undefined(y_true, **extra) or _lacks_class(metric, y_true, n_classes)
    if reason is not None:
        message = f"{metric.name} has no value for {rows}: {reason}"
        fix = "hold out more rows (test, public), split by   stratified   or choose another metric"
        if metric.needs == "values":
            fix = "choose another metric, such as   rmse   or   mae"
        raise MetricError(Problem(code="E601", message=message, where="[split]", fix=fix))


@contextmanager
def _told(metric: Metric, rows: str) -> Iterator[None]:
    """Name an error of a metric's own code by its type and place; what it says may hold anything of the solution."""
    try:
        yield
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        *_, last = traceback.extract_tb(error.__traceback__)
        message = f"{metric.name} stopped with {type(error).__name__} on {rows}"
        why = "Its columns or parameters do not fit each other, or the metric has a mistake."
        where = f"{last.filename}:{last.lineno}"
        fix = f"kit metrics {metric.name}   says what it takes"
        raise MetricError(Problem(code="E602", message=message, where=where, why=why, fix=fix)) from None


def _lacks_class(metric: Metric, y_true: NDArray[Any], n_classes: int) -> str | None:
    """Which class has no row, if the metric has no value then: an answer that knows nothing is tried."""
    if n_classes < 3 or y_true.ndim > 1 or metric.needs != "probabilities" or metric.of_truth != "labels":
        return None
    absent = np.flatnonzero(np.bincount(y_true, minlength=n_classes) == 0)
    if not len(absent) or metric.tables is not None:
        return None
    if np.isfinite(metric.value(y_true, np.full((len(y_true), n_classes), 1 / n_classes))):
        return None
    return f"no row is of class {absent[0]}, counted from 0"


def _parts(solution: Solution) -> tuple[tuple[str, NDArray[np.int64]], ...]:
    """The rows of both parts, by their places: a mask of random rows takes ten times as long to index by."""
    return ("public", np.flatnonzero(solution.is_public)), ("private", np.flatnonzero(solution.is_private))


def _finite(score: PartScore, metric: Metric, part: str) -> PartScore:
    is_finite = np.isfinite(score.value)
    if not (is_finite and (score.terms is None or np.isfinite(score.terms).all())):
        message = f"{metric.name} gave no finite number for the {part} rows"
        why = "Every submission that is accepted must have a score: the metric has to refuse what it can't score."
        got = "terms that are not finite" if is_finite else f"{score.value}"  # never the number itself
        raise MetricError(Problem(code="E602", message=message, expected="a finite number", got=got, why=why))
    return score


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
