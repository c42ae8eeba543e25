"""What a board says of a try where it is not to be mined: improvements and digits that the rows can tell."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil, floor, isfinite, log10

from kit.metrics.base import Metric
from kit.scoring import PartScore
from leaderboard.statistics.influence import standard_error

_ROUNDING = 1e-9


def is_improvement(metric: Metric, best: PartScore | None, new: PartScore, *, seed_text: str) -> bool:
    """Whether a score is better than a team's best so far by more than the standard error of their difference.

    Parameters
    ----------
    metric
        Says which direction is better.
    best
        The team's best so far, as this function has told; None before the first.
    new
        The score of the new try, on the same rows.
    seed_text
        As for `leaderboard.statistics.bootstrap.replicates`.

    Returns
    -------
    bool
        False where the rows don't tell the standard error. A single row that came right is never enough: of a share
        it is as large as its own standard error.

    Notes
    -----
    The Ladder without a parameter: a try counts if it gains more than s / sqrt(n), with s the standard deviation of the
    rows' paired differences. Of metrics that are no means the standard error is the jackknife's, or that of the paired
    replicates. The state of a team is its best so far; what is shown of other tries is that best again.

    References
    ----------
    A. Blum, M. Hardt, "The Ladder: a reliable leaderboard for machine learning competitions", ICML 2015, section 4
    (arXiv 1502.04585).
    """
    if best is None:
        return True
    gain = new.value - best.value if metric.greater_is_better else best.value - new.value
    return gain > standard_error(metric, new, best, seed_text=seed_text) * (1 + _ROUNDING)


def resolution(metric: Metric, part: PartScore, *, seed_text: str) -> float:
    """The step in which a score is told: `coarse` of its standard error."""
    return coarse(standard_error(metric, part, seed_text=seed_text))


def coarse(error: float) -> float:
    """The smallest step of 1, 2 or 5 times a power of ten that is no finer than a standard error.

    Parameters
    ----------
    error
        In the unit of the score.

    Returns
    -------
    float
        From one to two and a half standard errors; 0 where there is none.

    Notes
    -----
    Digits below the standard error say nothing of the model. Numbers that are to be put in order have to be rounded
    in one and the same step.

    References
    ----------
    JCGM 100:2008, *Guide to the expression of uncertainty in measurement*, 7.2.6: an estimate is rounded to be
    consistent with its uncertainty.

    Examples
    --------
    >>> coarse(0.014), coarse(3.0)
    (0.02, 5.0)
    """
    if not (isfinite(error) and error > 0):
        return 0.0
    power = 10.0 ** floor(log10(error))
    return next((step * power for step in (1, 2, 5) if step * power >= error), 10 * power)


def common_step(errors: Iterable[float]) -> float:
    """One step for all scores of a board: `coarse` of the middle one of their standard errors, 0 where there are none.

    Steps of their own would turn scores round: of 250 rows 89.0 % would be told as 88, and 88.8 % as 90. The smallest
    or the largest error would do as well, but for the one submission that is far off and would decide for all.

    Examples
    --------
    >>> common_step([0.0199, 0.0201, 4.0])
    0.05
    """
    known = sorted(error for error in errors if isfinite(error) and error > 0)
    return coarse(known[len(known) // 2]) if known else 0.0


def rounded(value: float, step: float) -> float:
    """The multiple of `step` that is next to `value`, without further digits; the value itself where the step is 0.

    Examples
    --------
    >>> rounded(0.9333, 0.02)
    0.94
    """
    if step <= 0:
        return value
    return _multiple(round(value / step), step)


def rounded_out(lo: float, hi: float, step: float) -> tuple[float, float]:
    """The multiples of `step` that are next to an interval and hold it; the interval itself where the step is 0.

    Examples
    --------
    >>> rounded_out(0.4032, 0.5961, 0.1)
    (0.4, 0.6)
    """
    if step <= 0:
        return lo, hi
    below, above = floor(lo / step + _ROUNDING), ceil(hi / step - _ROUNDING)
    return min(lo, _multiple(below, step)), max(hi, _multiple(above, step))


def _multiple(times: int, step: float) -> float:
    return round(times * step, max(0, ceil(-log10(step))) + 1)
