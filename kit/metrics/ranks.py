"""Ranks in which ties share a place, as shares of the rows: what the metrics of order are made of."""

from __future__ import annotations

import numpy as np

from kit.metrics.base import Array, FloatArray


def mid_ranks(values: Array, sample_weight: Array | None = None) -> FloatArray:
    """Of each row, which share of the rows lies below it, its ties (and itself) counting one half.

    Parameters
    ----------
    values
        Shape (n_samples,).
    sample_weight
        As for `Metric.value`: shares are of the weight.

    Returns
    -------
    shape (n_samples,)
        Between 0 and 1, on average 1/2. (rank - 1/2) / n, with the mean rank of those that are tied.

    Examples
    --------
    >>> mid_ranks(np.array([10.0, 30.0, 30.0, 70.0])).tolist()
    [0.125, 0.5, 0.5, 0.875]
    """
    distinct, group = np.unique(values, return_inverse=True)
    weights = None if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
    at = np.bincount(group, weights=weights, minlength=len(distinct)).astype(np.float64)
    up_to = at.cumsum()
    return np.asarray(((up_to - at / 2) / up_to[-1])[group])


def mean_above(values: Array, of: FloatArray) -> FloatArray:
    """Of each row, the sum of `of` over the rows above it, ties (and itself) counting one half, divided by n.

    That is what a row adds to everybody's `mid_ranks`, weighted by `of`: its share in the first-order term of a
    statistic of ranks.

    Examples
    --------
    >>> mean_above(np.array([1.0, 2.0, 2.0, 3.0]), np.array([8.0, 4.0, 4.0, 8.0])).tolist()
    [5.0, 3.0, 3.0, 1.0]
    """
    distinct, group = np.unique(values, return_inverse=True)
    at = np.bincount(group, weights=of, minlength=len(distinct))
    return np.asarray(((at.sum() - at.cumsum() + at / 2) / len(group))[group])


def constant(y_pred: Array) -> tuple[int, str] | None:
    """`Metric.wrong` of a metric that looks at how predictions differ: the first row, where none do."""
    if len(y_pred) < 2 or np.min(y_pred) < np.max(y_pred):
        return None
    return 0, "constant predictions: all are the same, so nothing goes along with the truth"


def without_spread(y_true: Array) -> str | None:
    """Why such a metric has no value for these rows, or None."""
    if len(y_true) == 1:
        return "there is one row only"
    return None if np.min(y_true) < np.max(y_true) else "all values to predict are the same"
