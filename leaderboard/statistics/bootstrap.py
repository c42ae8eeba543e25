"""Scores on the resamples that all teams of a competition share."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from kit.metrics.base import FloatArray, Metric
from kit.resampling import REPLICATES, resamples
from kit.scoring import PartScore

_BLOCK_BYTES = 32 * 2**20


def replicates(metric: Metric, part: PartScore, *, seed_text: str) -> FloatArray:
    """The score on the shared resamples of a part: ``combine(W @ terms)``, or what was kept where there are no terms.

    Parameters
    ----------
    metric, part
        A score, and what made it.
    seed_text
        Competition and part, such as ``digits/public``: determines W together with the number of rows.

    Returns
    -------
    shape (r,)
        r is `kit.resampling.REPLICATES`, or fewer of a metric without terms. Within the range of the metric (a
        linearised replicate may leave it); NaN where it is undefined.
    """
    if part.terms is None or metric.combine is None:
        assert part.replicates is not None, "a score has terms or replicates"
        return part.replicates
    sums = np.concatenate([weights @ part.terms for weights in _weights(part.n, seed_text)])
    scores = metric.combine(sums, np.full(REPLICATES, float(part.n)))
    return np.clip(scores, min(metric.best, metric.worst), max(metric.best, metric.worst))


def _weights(n: int, seed_text: str) -> Iterator[NDArray[np.float64]]:
    """Counts of each row in each resample, shape (REPLICATES, n) in blocks of rows: memory is bounded, W the same."""
    size = max(1, min(REPLICATES, _BLOCK_BYTES // (8 * n)))
    draws = resamples(n, seed_text)
    for start in range(0, REPLICATES, size):
        n_drawn = min(size, REPLICATES - start)
        yield np.stack([np.bincount(next(draws), minlength=n) for _ in range(n_drawn)]).astype(np.float64)
