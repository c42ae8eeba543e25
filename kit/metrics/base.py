"""What a metric is: per-row terms, and a rule that combines their sums into a number.

``terms`` looks at the rows, ``combine`` only at weighted sums of the terms, so one matrix product gives the score of
a thousand bootstrap replicates, and what is stored of a submission (its terms) is enough for every later statistic.
A metric whose score is no function of such sums gives ``value`` and keeps *linearised* terms (ROC AUC).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
Array: TypeAlias = NDArray[Any]
Terms: TypeAlias = Callable[[Array, Array], FloatArray]
Combine: TypeAlias = Callable[[FloatArray, FloatArray], FloatArray]
Scalar: TypeAlias = str | int | float | bool
Domain: TypeAlias = Literal["any", "probabilities", "not negative"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A metric and everything that board, pages and checks need to know of it.

    Parameters
    ----------
    name
        As in ``[metric] name``.
    summary
        One sentence for a student: what question does the number answer?
    greater_is_better
        Direction. Never guessed.
    needs
        What `terms` is given as predictions: ``labels`` (class indices), ``probabilities`` (of the classes, or of
        ``classes[1]`` alone where there are two), ``values``, or ``returns`` (what an agent got in each episode; the
        solution then holds the seeds).
    best, worst
        Ends of the range; infinite where there is none.
    unit
        ``share`` (shown in per cent, differences in points) or ``value`` (shown as it is).
    interval
        How a single score's 95 % interval is made: ``wilson`` for a mean of zeros and ones, else ``bootstrap``.
    source
        Where the definition is from.
    terms
        (y_true, y_pred) -> float64, shape (n_samples, m).
    combine
        (sums, total) -> scores, shapes (..., m), (...) -> (...): `sums` are weighted sums of the terms, `total` the
        sums of the weights.
    exact
        (y_true, y_pred) -> score, where `combine` of the terms is a first-order approximation only.
    n_independent
        terms -> how many rows, or disjoint pairs of rows, at least, the score is a mean over. A perfect score is
        only as sure as these are many; resampling sees no spread in it.
    domain
        Which numbers it takes as predictions: ``any`` finite ones; ``probabilities``, from 0 to 1, and of several
        classes not all 0; or those that are ``not negative``. Others are refused before they are scored.
    params
        What it was made with, where it is one of a family; part of its `code`.
    undefined
        Says why the metric has no value for a solution with these `y_true`, or None. Asked when a competition is
        built, so that no submission ever meets the case.
    """

    name: str
    summary: str
    greater_is_better: bool
    needs: Literal["labels", "probabilities", "values", "returns"]
    best: float
    worst: float
    unit: Literal["share", "value"]
    interval: Literal["wilson", "bootstrap"]
    source: str
    terms: Terms
    combine: Combine
    version: int = 1
    exact: Callable[[Array, Array], float] | None = None
    n_independent: Callable[[FloatArray], int] = len
    domain: Domain = "any"
    params: Mapping[str, Scalar] = field(default_factory=dict, hash=False)
    undefined: Callable[[Array], str | None] = lambda y_true: None if len(y_true) else "there are no rows"

    @property
    def code(self) -> str:
        """What scores are kept under: its name, with what it was made with, such as ``f1(average=macro)``."""
        given = ", ".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.name}({given})" if given else self.name

    def value(self, y_true: Array, y_pred: Array) -> float:
        """The score, unrounded."""
        if self.exact is not None:
            return self.exact(y_true, y_pred)
        terms = self.terms(y_true, y_pred)
        return float(self.combine(terms.sum(axis=0), np.asarray(float(len(terms)))))


def mean(sums: FloatArray, total: FloatArray) -> FloatArray:
    """The `combine` of every metric that is the mean of its one term."""
    return np.asarray(sums[..., 0] / total, dtype=np.float64)
