"""The 95 % interval of one score."""

from __future__ import annotations

from math import sqrt

import numpy as np

from kit.metrics.base import Metric
from kit.scoring import PartScore
from leaderboard.statistics.bootstrap import replicates

_Z = 1.959963984540054  # the 97.5 % point of the normal distribution
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


def interval(metric: Metric, part: PartScore, *, seed_text: str) -> tuple[float, float]:
    """95 % interval of one score.

    Parameters
    ----------
    metric
        Says whether by Wilson or by bootstrap.
    part
        The score.
    seed_text
        Competition and part, such as ``digits/public``: every team's interval is drawn with the same resamples, and
        a repeat gives the same ends.

    Returns
    -------
    tuple of float
        Lower and upper end; for the bootstrap the 2.5 and 97.5 % points of the replicates.

    Notes
    -----
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
    scores = replicates(metric, part, seed_text=seed_text)
    defined = scores[np.isfinite(scores)]  # a resample may hold one class only
    if not len(defined):
        return min(metric.best, metric.worst), max(metric.best, metric.worst)
    low, high = map(float, np.quantile(defined, (0.025, 0.975)))
    if np.isfinite(span := abs(metric.best - metric.worst)):
        for end in (metric.best, metric.worst):
            if max(abs(low - end), abs(high - end)) <= _ROUNDING * span:  # a log loss is clipped just before its best
                return _of_one_result(metric, end, _n_independent(metric, part))
    return low, high


def _of_one_result(metric: Metric, value: float, n: int) -> tuple[float, float]:
    """Wilson's interval, on the scale of the metric, for `n` trials that all gave its best or its worst value."""
    span = metric.best - metric.worst
    low, high = sorted(metric.worst + span * share for share in wilson((value - metric.worst) / span, n))
    return low, high


def _n_independent(metric: Metric, part: PartScore) -> int:
    return part.n if part.terms is None else metric.n_independent(part.terms)
