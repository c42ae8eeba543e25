"""Root mean squared logarithmic error: how far off a count is as a ratio, not as a difference."""

from __future__ import annotations

from math import inf

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric
from kit.metrics.rmse import root_of_mean


def squared_log_errors(y_true: Array, y_pred: Array) -> FloatArray:
    """Square of ln(1 + prediction) - ln(1 + truth) of each row; it has no unit.

    Parameters
    ----------
    y_true, y_pred : shape (n_samples,)
        Finite and not negative. The 1 is what makes 0 possible.

    Returns
    -------
    shape (n_samples, 1)
        The root of their mean is the score; 0 is perfect, smaller is better.

    Notes
    -----
    100 for 200 costs as much as 1,000 for 2,000, and half as many costs a little more than twice as many. Negative
    predictions down to -1 would have a logarithm; they are refused all the same, as in the competitions on Kaggle
    that introduced this metric, because no count is negative.

    References
    ----------
    Kaggle wiki, "Root Mean Squared Logarithmic Error"; benhamner/Metrics, ``elementwise.py`` (``rmsle``).

    Examples
    --------
    >>> squared_log_errors(np.array([0.0, 200.0]), np.array([0.0, 100.0])).round(4).tolist()
    [[0.0], [0.4736]]
    """
    difference = np.log1p(np.asarray(y_pred, dtype=np.float64)) - np.log1p(np.asarray(y_true, dtype=np.float64))
    return np.asarray(np.square(difference))[:, np.newaxis]


def without_logarithm(y_true: Array) -> str | None:
    """Why these rows have no score, or None."""
    if not len(y_true):
        return "there are no rows"
    return "a value to predict is negative" if np.min(y_true) < 0 else None


RMSLE = Metric(
    name="rmsle",
    summary="How far off is a typical prediction as a ratio? Twice as many costs the same for small and large numbers.",
    greater_is_better=False,
    needs="values",
    best=0.0,
    worst=inf,
    unit="value",
    interval="bootstrap",
    domain="not negative",
    source="Kaggle wiki, Root Mean Squared Logarithmic Error; benhamner/Metrics, elementwise.py",
    terms=squared_log_errors,
    combine=root_of_mean,
    undefined=without_logarithm,
)
