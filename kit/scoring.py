"""`score`: predictions against the solution, public and private rows each on their own."""

from __future__ import annotations

import csv
import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kit.errors import KitError, MetricError, Problem
from kit.metrics.base import Array, FloatArray, Metric
from kit.resampling import REPLICATES, resamples
from kit.submission.cells import parse_labels, parse_numbers
from kit.submission.findings import Findings
from kit.submission.form import Form, Predictions
from kit.submission.reader import Aligned, align
from kit.submission.table import find_layout
from kit.submission.text import decode

USAGE_COLUMN = "Usage"
USAGES = ("Public", "Private", "Ignored")
MIN_REPLICATES = 50
_BUDGET_S = 2.0
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
    """

    y_true: NDArray[Any]
    is_public: NDArray[np.bool_]
    is_private: NDArray[np.bool_]
    sha256: str
    extra: Mapping[str, NDArray[Any]] = field(default_factory=dict)


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
        `MIN_REPLICATES` to `kit.resampling.REPLICATES`, NaN where one is undefined; else None.
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


def read_solution(path: Path, form: Form) -> Solution:
    """The solution in a CSV with the ids, the target, and ``Usage`` = Public, Private or Ignored.

    Parameters
    ----------
    path
        The file. For classes its one target column, whatever its name, holds their names; for values the columns are
        those of the form.
    form
        What a submission looks like, and which rows there are.

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
    findings = Findings(path.name, quotes=False)
    try:
        solution = _parse(data, form, findings)
    except KitError as error:
        raise _wrong(path, error.parts) from None
    if findings.problems:
        raise _wrong(path, findings.error().parts)
    return solution


def score(solution: Solution, predictions: Predictions, metric: Metric, *, competition: str) -> Score:
    """Score predictions on the public and on the private rows.

    Parameters
    ----------
    solution, predictions, metric
        What is measured, and how.
    competition
        Its name, which draws the resamples that all its submissions share.

    Raises
    ------
    MetricError
        E601 if the metric has no value for these rows whatever is predicted; E602 if it gave no finite number.
    """
    require_defined(solution, metric)
    public, private = (
        _finite(
            score_part(
                metric,
                solution.y_true[rows],
                predictions.y_pred[rows],
                seed_text=f"{competition}/{part}",
                **{name: column[rows] for name, column in solution.extra.items()},
            ),
            metric,
            part,
        )
        for part, rows in _parts(solution)
    )
    return Score(public=public, private=private)


def score_part(metric: Metric, y_true: Array, y_pred: Array, *, seed_text: str, **extra: Array) -> PartScore:
    """The score on the rows of one part, with what every later statistic is made of.

    Parameters
    ----------
    metric, y_true, y_pred, extra
        As `Metric.value`.
    seed_text
        Competition and part, such as ``digits/public``.
    """
    with np.errstate(all="ignore"):  # what is not finite is told elsewhere, in words
        value = metric.value(y_true, y_pred, **extra)
        if metric.terms is not None:
            return PartScore(value=value, n=len(y_true), terms=metric.terms(y_true, y_pred, **extra))
        return PartScore(
            value=value, n=len(y_true), replicates=_replicates(metric, y_true, y_pred, seed_text=seed_text, **extra)
        )


def _replicates(metric: Metric, y_true: Array, y_pred: Array, *, seed_text: str, **extra: Array) -> FloatArray:
    """The score on as many of the shared resamples as the time allows. NaN where a resample has no score."""
    scores: list[float] = []
    begun = time.perf_counter()
    for drawn in islice(resamples(len(y_true), seed_text), REPLICATES):
        of_drawn = {name: column[drawn] for name, column in extra.items()}
        is_defined = metric.undefined(y_true[drawn], **of_drawn) is None
        scores.append(metric.value(y_true[drawn], y_pred[drawn], **of_drawn) if is_defined else np.nan)
        if len(scores) >= MIN_REPLICATES and time.perf_counter() - begun > _BUDGET_S:
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
        require_value(metric, solution.y_true[rows], f"the {part} test rows", **extra)


def require_value(metric: Metric, y_true: NDArray[Any], rows: str, **extra: Array) -> None:
    """Refuse labels for which a metric has no value: E601, naming the `rows` and the reason."""
    reason = metric.undefined(y_true, **extra)
    if reason is not None:
        message = f"{metric.name} has no value for {rows}: {reason}"
        fix = "hold out more rows (test, public), split by   stratified   or choose another metric"
        if metric.needs == "values":
            fix = "choose another metric, such as   rmse   or   mae"
        raise MetricError(Problem(code="E601", message=message, where="[split]", fix=fix))


def _parts(solution: Solution) -> tuple[tuple[str, NDArray[np.bool_]], ...]:
    return ("public", solution.is_public), ("private", solution.is_private)


def _finite(score: PartScore, metric: Metric, part: str) -> PartScore:
    is_finite = np.isfinite(score.value)
    if not (is_finite and (score.terms is None or np.isfinite(score.terms).all())):
        message = f"{metric.name} gave no finite number for the {part} rows"
        why = "Every submission that is accepted must have a score: the metric has to refuse what it can't score."
        got = "terms that are not finite" if is_finite else f"{score.value}"  # never the number itself
        raise MetricError(Problem(code="E602", message=message, expected="a finite number", got=got, why=why))
    return score


def _parse(data: bytes, form: Form, findings: Findings) -> Solution:
    text = decode(data, n_rows=len(form.row_ids), lenient=False, findings=findings)
    known = {row_id: position for position, row_id in enumerate(form.row_ids)}
    targets = _targets(text, form)
    header = (form.row_id_column_name, *targets, USAGE_COLUMN)
    layout = find_layout(text, header, row_ids=known, lenient=False, findings=findings)
    aligned = align(text, layout, header, known, findings)
    if findings.problems:
        raise findings.error()
    usage = parse_labels(aligned.columns[USAGE_COLUMN], USAGES, findings)
    return Solution(
        y_true=_y_true(aligned, targets, form, findings),
        is_public=usage == USAGES.index("Public"),
        is_private=usage == USAGES.index("Private"),
        sha256=hashlib.sha256(data).hexdigest(),
    )


def _y_true(aligned: Aligned, targets: tuple[str, ...], form: Form, findings: Findings) -> NDArray[Any]:
    columns = [aligned.columns[name] for name in targets]
    if form.needs in ("labels", "probabilities"):
        return parse_labels(columns[0], form.classes, findings)
    arrays = parse_numbers(columns, what="a number in every row", lenient=False, findings=findings)
    return arrays[0] if len(arrays) == 1 else np.column_stack(arrays)


def _targets(text: str, form: Form) -> tuple[str, ...]:
    """Target columns: a solution has the class in one column, even where a submission has a probability for each."""
    if form.needs in ("values", "returns"):
        return form.columns
    header = next(csv.reader(text.splitlines()), [])
    others = [name for name in header if name not in (form.row_id_column_name, USAGE_COLUMN)]
    return (others[0],) if len(others) == 1 else (form.columns[0],)


def _wrong(path: Path, parts: tuple[Problem, ...]) -> MetricError:
    return MetricError(Problem(code="E603", message="the solution is wrong", where=str(path)), parts)
