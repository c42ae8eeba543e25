"""What a board says of a try where it is not to be mined: only improvements that the rows can tell."""

from __future__ import annotations

from math import ceil, floor, log10

import numpy as np

from kit.metrics.base import Metric
from kit.scoring import PartScore
from leaderboard.statistics.influence import standard_error


def is_improvement(metric: Metric, best: PartScore | None, new: PartScore, *, seed_text: str) -> bool:
    """Whether a new score is better than the best so far by more than the standard error of their difference."""
    if best is None:
        return True
    gain = new.value - best.value if metric.greater_is_better else best.value - new.value
    error = standard_error(metric, new, best, seed_text=seed_text)
    return gain > error * (1 + 1e-9)  # a single row that came right is as large as its standard error, and no larger


def resolution(metric: Metric, part: PartScore, *, seed_text: str) -> float:
    """The step to which a score is told: no finer than its standard error."""
    return coarse(standard_error(metric, part, seed_text=seed_text))


def coarse(error: float) -> float:
    """The smallest step of 1, 2 or 5 times a power of ten that is no finer than `error`; 0 where there is none."""
    if not (np.isfinite(error) and error > 0):
        return 0.0
    power = 10.0 ** floor(log10(error))
    return next((step * power for step in (1, 2, 5) if step * power >= error), 10 * power)


def rounded(value: float, step: float) -> float:
    """The multiple of `step` that is next to `value`; the value itself where the step is 0."""
    if step <= 0:
        return value
    digits = max(0, ceil(-log10(step)))
    return round(round(value / step) * step, digits + 1)
