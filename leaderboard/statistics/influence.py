"""What each row does to a score, and the standard error that follows from it."""

from __future__ import annotations

import numpy as np

from kit.metrics.base import FloatArray, Metric
from kit.scoring import PartScore
from leaderboard.statistics.bootstrap import grouped, replicates_of_all


def left_out(metric: Metric, part: PartScore, *, seed_text: str) -> FloatArray | None:
    """The score without each row in turn; of a part with very many rows, without each of its random groups.

    Parameters
    ----------
    metric, part, seed_text
        As for `leaderboard.statistics.bootstrap.replicates`, whose groups these are.

    Returns
    -------
    shape (n,) or (MAX_GROUPS,)
        NaN where the other rows have no score. None of a metric without terms.
    """
    if part.terms is None or metric.combine is None:
        return None
    sums, sizes = grouped(part.terms, seed_text)
    with np.errstate(divide="ignore", invalid="ignore"):
        return metric.combine(sums.sum(axis=0) - sums, sizes.sum() - sizes)


def standard_error(metric: Metric, part: PartScore, other: PartScore | None = None, *, seed_text: str) -> float:
    """Of a score, or of the difference between two on the same rows.

    Parameters
    ----------
    metric, part, other, seed_text
        As for `leaderboard.statistics.bootstrap.replicates`.

    Returns
    -------
    float
        In the unit of the score, at least 0; NaN where the rows don't tell.

    Notes
    -----
    The jackknife's: sqrt((n - 1) / n sum (t_i - mean t)^2), with t_i the score (or the difference) without row i. Of a
    mean over rows this is s / sqrt(n), with s the standard deviation of the rows' terms; of an area under the ROC curve
    nearly DeLong's. Where there are no terms, the standard deviation of the replicates.

    References
    ----------
    B. Efron, R. J. Tibshirani, *An Introduction to the Bootstrap*, Chapman & Hall 1993, equation 11.5.
    """
    without = left_out(metric, part, seed_text=seed_text)
    if without is not None and other is not None:
        of_other = left_out(metric, other, seed_text=seed_text)
        assert of_other is not None, "of one metric all scores have terms, or none"
        without = without - of_other
    if without is None or not np.isfinite(without).all():
        return _spread(replicates_of_all(metric, [part, *([other] if other else [])], seed_text=seed_text))
    n = len(without)
    return float(np.sqrt((n - 1) / n * np.square(without - without.mean()).sum()))


def _spread(drawn: FloatArray) -> float:
    """Standard deviation of the replicates of one score, or of the difference between two; shape (1 or 2, r)."""
    deviations = drawn[0] - drawn[1] if len(drawn) == 2 else drawn[0]
    defined = deviations[np.isfinite(deviations)]
    return float(defined.std(ddof=1)) if len(defined) > 1 else float("nan")
