"""Mean squared error and its root: how far off a value is, large errors counting more."""

from __future__ import annotations

from math import inf

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric, mean
from kit.metrics.values import rows

_SOURCE = "T. Hastie, R. Tibshirani, J. Friedman, The Elements of Statistical Learning, 2nd ed., Springer 2009, p. 18"


def rmse() -> Metric:
    """Root mean squared error.

    Returns
    -------
    Metric
        From 0, which is perfect, without end; smaller is better. In the unit of the target.

    Notes
    -----
    sqrt(mean (y - p)^2). A submission holds a number for each row: ``id,value``. Of all constant answers the average
    of the solution has the smallest one.

    References
    ----------
    T. Hastie, R. Tibshirani, J. Friedman, *The Elements of Statistical Learning*, 2nd ed., Springer 2009, p. 18;
    scikit-learn, ``root_mean_squared_error``.

    Examples
    --------
    >>> rmse().value(np.array([1.0, 2.0]), np.array([2.0, 9.0]))
    5.0
    """
    return Metric(
        name="rmse",
        summary="How far off is a typical prediction, large errors counting more?",
        greater_is_better=False,
        needs="values",
        best=0.0,
        worst=inf,
        unit="value",
        interval="bootstrap",
        source=_SOURCE,
        terms=squared_errors,
        combine=root_of_mean,
    )


def mse() -> Metric:
    """Mean squared error.

    Returns
    -------
    Metric
        From 0, which is perfect, without end; smaller is better. In the square of the target's unit.

    Notes
    -----
    mean (y - p)^2, the square of `rmse`: both put submissions into the same order. A submission holds a number for
    each row: ``id,value``.

    References
    ----------
    T. Hastie, R. Tibshirani, J. Friedman, *The Elements of Statistical Learning*, 2nd ed., Springer 2009, p. 18;
    scikit-learn, ``mean_squared_error``.

    Examples
    --------
    >>> mse().value(np.array([1.0, 2.0]), np.array([2.0, 9.0]))
    25.0
    """
    return Metric(
        name="mse",
        summary="How large is the square of an error on average?",
        greater_is_better=False,
        needs="values",
        best=0.0,
        worst=inf,
        unit="value",
        interval="bootstrap",
        source=_SOURCE,
        terms=squared_errors,
        combine=mean,
    )


def squared_errors(y_true: Array, y_pred: Array) -> FloatArray:
    """Squared error of each row, shape (n_samples, 1), in the square of the target's unit; float64, whatever came in.

    Examples
    --------
    >>> squared_errors(np.array([1.0, 2.0]), np.array([1.0, 5.0])).tolist()
    [[0.0], [9.0]]
    """
    true, pred = rows(y_true, y_pred)
    return np.asarray(np.square(pred - true))[:, np.newaxis]


def root_of_mean(sums: FloatArray, total: FloatArray) -> FloatArray:
    """Square root of the weighted mean, in the target's unit; 0 is perfect, smaller is better."""
    return np.asarray(np.sqrt(mean(sums, total)))
