"""What a metric is: per-row terms, and a rule that combines their sums into a number.

``terms`` looks at the rows, ``combine`` only at weighted sums of the terms, so one matrix product gives the score of
a thousand bootstrap replicates, and what is stored of a submission (its terms) is enough for every later statistic.
A metric whose score is no function of such sums gives it by ``exact``, and keeps *linearised* terms where it has some
(ROC AUC); where it has none (a median), its score on each of a few shared resamples is kept instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from kit.metrics.table import ScoreTables

FloatArray: TypeAlias = NDArray[np.float64]
Array: TypeAlias = NDArray[Any]
Terms: TypeAlias = Callable[..., FloatArray]
Combine: TypeAlias = Callable[[FloatArray, FloatArray], FloatArray]
Wrong: TypeAlias = Callable[[Array], tuple[int, str] | None]
Scalar: TypeAlias = str | int | float | bool
Domain: TypeAlias = Literal["any", "probabilities", "not negative", "positive"]
Needs: TypeAlias = Literal["labels", "probabilities", "values", "ranking", "text", "returns"]
Truth: TypeAlias = Literal["labels", "probabilities", "values", "text", "seeds"]


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
        What a submission holds, and `terms` is given as `y_pred`:

        - ``labels``: class indices, int64 (n,); or of several labels a row 0 and 1, int64 (n, k).
        - ``probabilities``: float64; (n,) is P(classes[1]), (n, k) the classes in order, or k labels each by itself.
          Of a metric that looks at the order alone (`domain` is ``any``) any score will do.
        - ``values``: float64 (n,) or (n, k).
        - ``ranking``, ``text``: cells as text, an object array of `str`, shape (n,): names separated by blanks, the
          best first; or whatever the metric reads (sets of names, sentences, run-length masks). May be empty.
        - ``returns``: what an agent got in each episode, float64 (n,); nobody hands in a file.
    truth
        What the solution's target holds, where it is not the sort that `needs` implies (labels for labels and
        probabilities, values for values, text for rankings and text, seeds for returns).
    has_columns
        Whether a submission may have several columns other than one for each class: labels of a row, outputs,
        quantiles.
    extra
        Further columns of the solution that the metric looks at, such as weights: name of a keyword of `terms`,
        `exact` and `undefined` -> name of the column. float64 where every cell is a number, else `str` objects.
    best, worst
        Ends of the range; infinite where there is none.
    unit
        ``share`` (shown in per cent, differences in points) or ``value`` (shown as it is).
    interval
        How a single score's 95 % interval is made: ``wilson`` for a mean of zeros and ones, ``delong`` for an area
        with `components`, else ``bootstrap``.
    source
        Where the definition is from.
    terms
        (y_true, y_pred, **extra) -> float64, shape (n_samples, m); None where the score has no such form.
    combine
        (sums, total) -> scores, shapes (..., m), (...) -> (...): `sums` are weighted sums of the terms, `total` the
        sums of the weights.
    exact
        (y_true, y_pred, *, sample_weight=None, **extra) -> score, where `combine` of the terms is a first-order
        approximation only, or there are no terms.
    value_and_terms
        (y_true, y_pred, **extra) -> what `exact` and `terms` give, where both look at the rows in the same costly way,
        such as in the order of their scores. See `scored`.
    n_independent
        terms -> how many rows, or disjoint pairs of rows, at least, the score is a mean over. A perfect score is
        only as sure as these are many; resampling sees no spread in it.
    domain
        Which numbers it takes as predictions: ``any`` finite ones; ``probabilities``, from 0 to 1, and of several
        classes not all 0; those that are ``not negative``, or ``positive``. Others are refused before they are scored.
    wrong
        Predictions, as `terms` takes them -> row of the first that the metric can't score though each number is in
        its domain, and why, in words that say nothing of the truth: ``(3, "the pixels 5 to 9 are there twice")``;
        None where all is well.
    tables
        Where it is somebody's function of two tables (`kit.metrics.table`): what gives the scores of parts. It then
        has neither `terms` nor `exact`.
    params
        What it was made with, where it is one of a family.
    defaults
        What `params` are unless they are given: `kit.metrics.parameters.make_metric` fills it in. See `code`.
    told_always
        Those of its parameters that `code` has even where they are the default: what F1 is without its average,
        nobody knows.
    undefined
        (y_true, **extra) -> why the metric has no value for a solution with these rows, or None; `why_undefined` asks
        it, of one row at least.
    """

    name: str
    summary: str
    greater_is_better: bool
    needs: Needs
    best: float
    worst: float
    unit: Literal["share", "value"]
    interval: Literal["wilson", "bootstrap", "delong"]
    source: str
    terms: Terms | None = None
    combine: Combine | None = None
    version: int = 1
    exact: Callable[..., float] | None = None
    value_and_terms: Callable[..., tuple[float, FloatArray]] | None = None
    n_independent: Callable[[FloatArray], int] = len
    domain: Domain = "any"
    truth: Truth | None = None
    has_columns: bool = False
    extra: Mapping[str, str] = field(default_factory=dict, hash=False)
    wrong: Wrong | None = None
    tables: ScoreTables | None = field(default=None, hash=False)
    params: Mapping[str, Scalar | tuple[Scalar, ...]] = field(default_factory=dict, hash=False)
    defaults: Mapping[str, Scalar | tuple[Scalar, ...]] = field(default_factory=dict, hash=False)
    told_always: tuple[str, ...] = ()
    undefined: Callable[..., str | None] | None = None

    @property
    def code(self) -> str:
        """What scores are kept under: its name, and what it was made with, such as ``f1(average=macro)``.

        Parameters that have their default are left out: a metric that gets a new one keeps its scores.
        """
        known, always = self.defaults, self.told_always
        told = [name for name, value in self.params.items() if name in always or known.get(name) != value]
        given = ", ".join(f"{name}={self.params[name]}" for name in told)
        return f"{self.name}({given})" if given else self.name

    @property
    def of_truth(self) -> Truth:
        """What the solution's target holds."""
        return self.truth or _IMPLIED[self.needs]

    def why_undefined(self, y_true: Array, **extra: Array) -> str | None:
        """Why it has no value for a solution with these rows, whatever is predicted; None where it has one.

        Asked when a competition is built, so that no submission ever meets the case. The words are for the host.
        """
        if not len(y_true):
            return "there are no rows"
        return self.undefined(y_true, **extra) if self.undefined else None

    def why_wrong(self, y_pred: Array) -> tuple[int, str] | None:
        """The row of the first prediction that it can't score, and why; None where it can score all of them."""
        return self.wrong(y_pred) if self.wrong else None

    def value(self, y_true: Array, y_pred: Array, *, sample_weight: Array | None = None, **extra: Array) -> float:
        """The score, unrounded.

        Parameters
        ----------
        y_true, y_pred
            As `needs` and `truth` say.
        sample_weight
            Shape (n_samples,), not negative and not all 0: a row of weight 2 counts as if it were there twice.
        **extra
            The further columns of the solution, by the keys of `extra`.
        """
        if self.exact is not None:
            return float(self.exact(y_true, y_pred, sample_weight=sample_weight, **extra))
        assert self.terms is not None, "a metric has terms, or an exact value"
        terms = self.terms(y_true, y_pred, **extra)
        if sample_weight is None:
            return self._combined(terms)
        assert self.combine is not None, "who has terms combines them"
        weights = np.asarray(sample_weight, dtype=np.float64)
        return float(self.combine(weights @ terms, np.asarray(weights.sum())))

    def scored(self, y_true: Array, y_pred: Array, **extra: Array) -> tuple[float, FloatArray | None]:
        """`value` and `terms` of the same rows, in one pass where there is one; None where there are no terms."""
        if self.value_and_terms is not None:
            return self.value_and_terms(y_true, y_pred, **extra)
        if self.terms is None:
            return self.value(y_true, y_pred, **extra), None
        terms = self.terms(y_true, y_pred, **extra)
        return self._combined(terms) if self.exact is None else self.value(y_true, y_pred, **extra), terms

    def _combined(self, terms: FloatArray) -> float:
        assert self.combine is not None, "who has terms combines them"
        return float(self.combine(terms.sum(axis=0), np.asarray(float(len(terms)))))


_IMPLIED: Mapping[Needs, Truth] = {
    "labels": "labels",
    "probabilities": "labels",
    "values": "values",
    "ranking": "text",
    "text": "text",
    "returns": "seeds",
}


def mean(sums: FloatArray, total: FloatArray) -> FloatArray:
    """The `combine` of every metric that is the mean of its one term."""
    return np.asarray(sums[..., 0] / total, dtype=np.float64)


def ratio_of_sums(sums: FloatArray, total: FloatArray) -> FloatArray:  # noqa: ARG001 - the signature of combine
    """The `combine` of a mean whose weights are its second term; NaN where all of them are 0, as in some resamples."""
    return quotient(sums[..., 0], sums[..., 1], otherwise=np.nan)


def quotient(part: Array, whole: Array, *, otherwise: float) -> FloatArray:
    """`part` / `whole` in float64, and `otherwise` where the whole is not positive: what 0/0 is, each metric defines.

    Examples
    --------
    >>> quotient(np.array([1, 0]), np.array([4, 0]), otherwise=1.0).tolist()
    [0.25, 1.0]
    """
    whole = np.asarray(whole, dtype=np.float64)
    of_nothing = np.full(np.broadcast_shapes(np.shape(part), whole.shape), otherwise)
    return np.asarray(np.divide(part, whole, out=of_nothing, where=whole > 0))
