"""Root mean squared error: how far off a value is, large errors counting more."""

from __future__ import annotations

from math import inf

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric, mean


def squared_errors(y_true: Array, y_pred: Array) -> FloatArray:
    """Squared error of each row, in the square of the target's unit.

    Parameters
    ----------
    y_true, y_pred : shape (n_samples,)
        Finite values.

    Returns
    -------
    shape (n_samples, 1)
        Computed in float64, whatever came in.

    Examples
    --------
    >>> squared_errors(np.array([1.0, 2.0]), np.array([1.0, 5.0])).tolist()
    [[0.0], [9.0]]
    """
    return np.square(np.subtract(y_true, y_pred, dtype=np.float64))[:, np.newaxis]


def root_of_mean(sums: FloatArray, total: FloatArray) -> FloatArray:
    """Square root of the weighted mean, in the target's unit; 0 is perfect, smaller is better."""
    return np.asarray(np.sqrt(mean(sums, total)))


RMSE = Metric(
    name="rmse",
    summary="How far off is a typical prediction, large errors counting more?",
    greater_is_better=False,
    needs="values",
    best=0.0,
    worst=inf,
    unit="value",
    interval="bootstrap",
    source="T. Hastie, R. Tibshirani, J. Friedman, The Elements of Statistical Learning, 2nd ed., Springer 2009, p. 18",
    terms=squared_errors,
    combine=root_of_mean,
)
