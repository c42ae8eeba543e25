"""Mean and median absolute error: how far off a prediction is."""

from __future__ import annotations

from math import inf

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric, mean
from kit.metrics.values import rows


def mae() -> Metric:
    """Mean absolute error.

    Returns
    -------
    Metric
        From 0, which is perfect, without end; smaller is better. In the unit of the target.

    Notes
    -----
    mean |y - p|. A submission holds a number for each row: ``id,value``. Of all constant answers the median of the
    solution has the smallest mean absolute error, not its average.

    References
    ----------
    T. Hastie, R. Tibshirani, J. Friedman, *The Elements of Statistical Learning*, 2nd ed., Springer 2009,
    section 10.6; scikit-learn, ``mean_absolute_error``.

    Examples
    --------
    >>> mae().value(np.array([1.0, 2.0]), np.array([1.0, 5.0]))
    1.5
    """
    return Metric(
        name="mae",
        summary="How far off is a prediction on average, in the unit of the target?",
        greater_is_better=False,
        needs="values",
        best=0.0,
        worst=inf,
        unit="value",
        interval="bootstrap",
        source="Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, 2nd ed., 2009, section 10.6",
        terms=absolute_errors,
        combine=mean,
    )


def medae() -> Metric:
    """Median absolute error.

    Returns
    -------
    Metric
        From 0, which is perfect, without end; smaller is better. In the unit of the target.

    Notes
    -----
    median |y - p|: half of the predictions are at most this far off, and how far the others are off does not matter.
    A submission holds a number for each row: ``id,value``. Of an even number of rows it is the mean of the two in the
    middle. A median has no terms that add up, so its interval is made of the score on resamples.

    References
    ----------
    scikit-learn, ``median_absolute_error``; P. J. Huber, E. M. Ronchetti, *Robust Statistics*, 2nd ed., Wiley 2009,
    section 5.1.

    Examples
    --------
    >>> medae().value(np.array([1.0, 2.0, 3.0]), np.array([1.5, 3.0, 900.0]))
    1.0
    """
    return Metric(
        name="medae",
        summary="How far off is a prediction in the middle of all, however far the worst ones are?",
        greater_is_better=False,
        needs="values",
        best=0.0,
        worst=inf,
        unit="value",
        interval="bootstrap",
        source="scikit-learn, median_absolute_error; Huber, Ronchetti, Robust Statistics, 2nd ed., Wiley 2009",
        exact=_median_error,
    )


def absolute_errors(y_true: Array, y_pred: Array) -> FloatArray:
    """Absolute error of each row, shape (n_samples, 1), in the target's unit; float64, whatever came in.

    Examples
    --------
    >>> absolute_errors(np.array([1.0, 2.0]), np.array([1.0, 5.0])).tolist()
    [[0.0], [3.0]]
    """
    true, pred = rows(y_true, y_pred)
    return np.asarray(np.abs(pred - true))[:, np.newaxis]


def _median_error(y_true: Array, y_pred: Array, *, sample_weight: Array | None = None) -> float:
    errors = absolute_errors(y_true, y_pred)[:, 0]
    if sample_weight is None:
        return float(np.median(errors))
    weights = np.asarray(sample_weight, dtype=np.float64)
    errors, weights = errors[weights > 0], weights[weights > 0]
    order = np.argsort(errors)
    reached = weights[order].cumsum()
    half = reached[-1] / 2
    lower, upper = np.searchsorted(reached, half, side="left"), np.searchsorted(reached, half, side="right")
    return float((errors[order[lower]] + errors[order[upper]]) / 2)
