"""What each row does to a score, and the standard error that follows from it."""

from __future__ import annotations

import numpy as np

from kit.metrics.base import FloatArray, Metric
from kit.scoring import PartScore
from leaderboard.statistics.bootstrap import grouped, replicates


def left_out(metric: Metric, part: PartScore, *, seed_text: str) -> FloatArray | None:
    """The score without each row in turn (or without each group of rows); None where there are no terms.

    Returns
    -------
    shape (n,) or (MAX_GROUPS,)
        NaN where the other rows have no score.
    """
    if part.terms is None or metric.combine is None:
        return None
    sums, sizes = grouped(part.terms, seed_text)
    with np.errstate(divide="ignore", invalid="ignore"):
        return metric.combine(sums.sum(axis=0) - sums, sizes.sum() - sizes)


def standard_error(metric: Metric, part: PartScore, other: PartScore | None = None, *, seed_text: str) -> float:
    """Of a score, or of the difference between two on the same rows."""
    without = left_out(metric, part, seed_text=seed_text)
    if without is None:
        drawn = replicates(metric, part, seed_text=seed_text)
        if other is not None:
            of_other = replicates(metric, other, seed_text=seed_text)
            n_shared = min(len(drawn), len(of_other))
            drawn = drawn[:n_shared] - of_other[:n_shared]
        return float(np.nanstd(drawn, ddof=1))
    if other is not None:
        of_other_left = left_out(metric, other, seed_text=seed_text)
        assert of_other_left is not None, "of one metric all scores have terms, or none"
        without = without - of_other_left
    n = len(without)
    return float(np.sqrt((n - 1) / n * np.square(without - without.mean()).sum()))
