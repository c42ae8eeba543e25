"""`score`: predictions against the solution, public and private rows each on their own."""

from __future__ import annotations

import time
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import compress, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kit.errors import MetricError, Problem
from kit.metrics.base import Array, FloatArray, Metric
from kit.metrics.table import Table, TablePart, TableScore
from kit.resampling import MAX_ROWS, REPLICATES, as_of_all_rows, resamples
from kit.solution import Solution
from kit.submission.form import Form, Predictions

MIN_REPLICATES = 50
BUDGET_S = 2.0
"""For the resamples of one part, of a metric without terms: a try is not to wait for its interval."""


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
