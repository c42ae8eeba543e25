"""Symmetric mean absolute percentage error: how far off a prediction is in relation to itself and the value."""

from __future__ import annotations

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric, mean, quotient
from kit.metrics.values import rows


def smape(percent: bool = False) -> Metric:
    """Symmetric mean absolute percentage error.

    Parameters
    ----------
    percent
        Whether the score is from 0 to 200, as Kaggle shows it, and not from 0 to 2.

    Returns
    -------
    Metric
        From 0, which is perfect, to 2, or 200 with `percent`; smaller is better.

    Notes
    -----
    mean 2 |y - p| / (|y| + |p|). A submission holds a number for each row: ``id,value``. A row where both are 0
    costs 0. Where the value is 0 and the prediction is not, or their signs differ, a row costs 2 however near they are.

    References
    ----------
    R. J. Hyndman, A. B. Koehler, "Another look at measures of forecast accuracy", International Journal of Forecasting
    22 (2006), p. 679, section 2.2; Kaggle, "Web Traffic Time Series Forecasting", evaluation (for 0 / 0).

    Examples
    --------
    >>> smape().value(np.array([0.0, 100.0]), np.array([0.0, 300.0]))
    0.5
    >>> smape(percent=True).value(np.array([0.0, 100.0]), np.array([0.0, 300.0]))
    50.0
    """
    largest = 200.0 if percent else 2.0
    return Metric(
        name="smape",
        summary="How far off is a prediction, as a share of the mean of itself and the true value?",
        greater_is_better=False,
        needs="values",
        best=0.0,
        worst=largest,
        unit="value",
        interval="bootstrap",
        source="R. J. Hyndman, A. B. Koehler, International Journal of Forecasting 22 (2006), p. 679, section 2.2",
        params={"percent": percent},
        terms=_of_hundred if percent else _relative_errors,
        combine=mean,
    )


def _relative_errors(y_true: Array, y_pred: Array) -> FloatArray:
    true, pred = rows(y_true, y_pred)
    size = np.abs(true) + np.abs(pred)
    return 2 * quotient(np.abs(true - pred), size, otherwise=0.0)[:, np.newaxis]


def _of_hundred(y_true: Array, y_pred: Array) -> FloatArray:
    return np.asarray(100 * _relative_errors(y_true, y_pred))
