"""The 95 % interval of one score."""

from __future__ import annotations

from math import log, sqrt, tanh
from statistics import NormalDist

import numpy as np

from kit.metrics.base import FloatArray, Metric
from kit.scoring import PartScore
from leaderboard.statistics.bootstrap import replicates
from leaderboard.statistics.delong import error_of_area
from leaderboard.statistics.influence import left_out

_Z = 1.959963984540054  # the 97.5 % point of the normal distribution
_NORMAL = NormalDist()
_FEWEST_FOR_BCA = 1000
_ROUNDING = 1e-12  # of a metric's range


def wilson(share: float, n: int) -> tuple[float, float]:
    """95 % interval of a share by Wilson's score method.

    Parameters
    ----------
    share
        Share of successes, 0 to 1.
    n
        Number of trials, at least 1.

    Returns
    -------
    tuple of float
        Lower and upper end, within [0, 1]. Not empty for a share of 0 or 1, unlike the textbook's p ± 2 sd.

    References
    ----------
    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927), p. 209;
    recommended for small n by L. D. Brown, T. T. Cai, A. DasGupta, Statistical Science 16 (2001), p. 101.

    Examples
    --------
    >>> [round(end, 4) for end in wilson(0.967, 240)]
    [0.936, 0.9832]
    """
    denominator = 1 + _Z**2 / n
    centre = (share + _Z**2 / (2 * n)) / denominator
    half = _Z * sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2)) / denominator
    # the ends are 0 and 1 there; rounding would leave 1e-17
    return (0.0 if share == 0 else max(0.0, centre - half)), (1.0 if share == 1 else min(1.0, centre + half))


def interval(
    metric: Metric, part: PartScore, *, seed_text: str, drawn: FloatArray | None = None
) -> tuple[float, float]:
    """95 % interval of one score.

    Parameters
    ----------
    metric
        Says by which method.
    part
        The score.
    seed_text
        Competition and part, such as ``digits/public``: every team's interval is drawn with the same resamples, and
        a repeat gives the same ends.
    drawn
        The score's replicates on these resamples, where they are at hand already.

    Returns
    -------
    tuple of float
        Lower and upper end, within the range of the metric.

    Notes
    -----
    A mean of zeros and ones has Wilson's interval, an area under the ROC curve DeLong's (`of_area`), all else that of
    the bootstrap: bias-corrected and accelerated (`bca`) where there are terms, else the 2.5 and 97.5 % points of the
    replicates that were kept.

    At the best or the worst score of a bounded metric every replicate is that score. The interval is then Wilson's for
    `Metric.n_independent` trials with one result, which is too wide rather than too narrow: the score is an average
    over ways to make disjoint pairs, and all of them came out alike. Where a metric has no bound (RMSE 0, or a part
    of one row), nothing can be said from such rows, and both ends are the score.

    References
    ----------
    B. Efron, R. J. Tibshirani, *An Introduction to the Bootstrap*, Chapman & Hall 1993, section 13.3 (percentile
    interval); W. Hoeffding, "Probability inequalities for sums of bounded random variables", JASA 58 (1963),
    section 5 (a U-statistic as an average of means over disjoint groups of rows).
    """
    if metric.interval == "wilson":
        return wilson(part.value, part.n)
    if metric.interval == "delong" and part.terms is not None:
        return of_area(metric, part, seed_text=seed_text)
    scores = replicates(metric, part, seed_text=seed_text) if drawn is None else drawn
    defined = scores[np.isfinite(scores)]  # a resample may hold one class only
    if not len(defined):
        return min(metric.best, metric.worst), max(metric.best, metric.worst)
    low, high = bca(part.value, defined, left_out(metric, part, seed_text=seed_text))
    if np.isfinite(span := abs(metric.best - metric.worst)):
        for end in (metric.best, metric.worst):
            if max(abs(low - end), abs(high - end)) <= _ROUNDING * span:  # a log loss is clipped just before its best
                return _of_one_result(metric, end, _n_independent(metric, part))
    return low, high


def bca(value: float, replicates: FloatArray, left_out: FloatArray | None) -> tuple[float, float]:
    """95 % interval by the bias-corrected and accelerated bootstrap.

    Parameters
    ----------
    value
        The score.
    replicates : shape (r,)
        Its replicates, all finite.
    left_out : shape (n,)
        The score without each row in turn, see `leaderboard.statistics.influence.left_out`; None where it isn't known.

    Returns
    -------
    tuple of float
        The points of the replicates at Phi(z0 + (z0 + z) / (1 - a (z0 + z))), z = -1.96 and 1.96. The 2.5 and 97.5 %
        points where there is nothing to correct by: less than 1000 replicates, no `left_out`, or a score that is
        outside of all replicates.

    Notes
    -----
    z0 = Phi^-1(share of the replicates below the score, equal ones counting one half): how far the replicates are off
    the score's side. a = sum d^3 / (6 (sum d^2)^1.5), with d the mean of `left_out` less each of them: how the
    standard error changes with the score. That the score is a mean of its terms makes d their deviations from it, up
    to a factor; of any other combination of terms this is the jackknife's estimate, which needs no derivative.

    References
    ----------
    B. Efron, "Better bootstrap confidence intervals", JASA 82 (1987), p. 171; B. Efron, R. J. Tibshirani, *An
    Introduction to the Bootstrap*, Chapman & Hall 1993, equations 14.9 to 14.15.
    """
    shares = (0.025, 0.975)
    below = ((replicates < value).sum() + (replicates == value).sum() / 2) / len(replicates)
    if len(replicates) >= _FEWEST_FOR_BCA and left_out is not None and np.isfinite(left_out).all() and 0 < below < 1:
        shares = _corrected(float(below), _acceleration(left_out)) or shares
    low, high = np.quantile(replicates, shares)
    return float(low), float(high)


def _acceleration(left_out: FloatArray) -> float:
    deviations = left_out.mean() - left_out
    squares = np.square(deviations)
    total = float(squares.sum())
    return float(deviations @ squares) / (6 * total**1.5) if total > 0 else 0.0


def _corrected(below: float, acceleration: float) -> tuple[float, float] | None:
    """Where in the replicates the ends are, or None where the correction has no sense."""
    z0 = _NORMAL.inv_cdf(below)
    scales = [1 - acceleration * (z0 + z) for z in (-_Z, _Z)]
    if min(scales) <= 0:
        return None
    low, high = (_NORMAL.cdf(z0 + (z0 + z) / scale) for z, scale in zip((-_Z, _Z), scales, strict=True))
    return low, high


def of_area(metric: Metric, part: PartScore, *, seed_text: str) -> tuple[float, float]:
    """95 % interval of an area under the ROC curve, by DeLong's standard error on the scale of the logit.

    Parameters
    ----------
    metric, part
        An area with its components as terms.
    seed_text
        As for `leaderboard.statistics.delong.error_of_area`.

    Returns
    -------
    tuple of float
        Within the range of the metric. Wilson's of one trial where a class has one row only.

    Notes
    -----
    logit(A) ± 1.96 s / (A (1 - A)), brought back. A ± 1.96 s was not chosen: it leaves the range, and of an area of
    0.95 on 100 rows it held the truth 88 times in 100, on the scale of the logit 93 times (simulated, two normals).

    References
    ----------
    M. S. Pepe, *The Statistical Evaluation of Medical Tests for Classification and Prediction*, Oxford University
    Press 2003, section 5.2; G. Qin, L. Hotilovac, "Comparison of non-parametric confidence intervals for the area
    under the ROC curve of a continuous-scale diagnostic test", Statistical Methods in Medical Research 17 (2008),
    p. 207.
    """
    area = (part.value - metric.worst) / (metric.best - metric.worst)
    error = error_of_area(metric, part, seed_text=seed_text) / abs(metric.best - metric.worst)
    if not np.isfinite(error):
        return _of_one_result(metric, part.value, 1)
    if not 0 < area < 1:
        return _of_one_result(metric, part.value, _n_independent(metric, part))
    half = _Z * error / (area * (1 - area))
    centre = log(area / (1 - area))
    shares = ((1 + tanh(end / 2)) / 2 for end in (centre - half, centre + half))  # exp may be too large for a number
    low, high = sorted(metric.worst + (metric.best - metric.worst) * share for share in shares)
    return low, high


def _of_one_result(metric: Metric, value: float, n: int) -> tuple[float, float]:
    """Wilson's interval, on the scale of the metric, for `n` trials that all gave its best or its worst value."""
    span = metric.best - metric.worst
    low, high = sorted(metric.worst + span * share for share in wilson((value - metric.worst) / span, n))
    return low, high


def _n_independent(metric: Metric, part: PartScore) -> int:
    return part.n if part.terms is None else metric.n_independent(part.terms)
