"""Mean absolute error: how far off a prediction is, on average."""

from __future__ import annotations

from math import inf

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric, mean


def absolute_errors(y_true: Array, y_pred: Array) -> FloatArray:
    """Absolute error of each row, in the target's unit.

    Parameters
    ----------
    y_true, y_pred : shape (n_samples,)
        Finite values.

    Returns
    -------
    shape (n_samples, 1)
        Computed in float64, whatever came in. Their mean is the score; 0 is perfect, smaller is better.

    Notes
    -----
    Of all constant answers the median of the solution has the smallest mean, not its average.

    Examples
    --------
    >>> absolute_errors(np.array([1.0, 2.0]), np.array([1.0, 5.0])).tolist()
    [[0.0], [3.0]]
    """
    return np.abs(np.subtract(y_true, y_pred, dtype=np.float64))[:, np.newaxis]


MAE = Metric(
    name="mae",
    summary="How far off is a prediction on average, in the unit of the target?",
    greater_is_better=False,
    needs="values",
    best=0.0,
    worst=inf,
    unit="value",
    interval="bootstrap",
    source="Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, 2nd ed., Springer 2009, section 10.6",
    terms=absolute_errors,
    combine=mean,
)
