"""Mean absolute percentage error: how far off a prediction is in relation to the value."""

from __future__ import annotations

from math import inf

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric, mean
from kit.metrics.values import SMALLEST_DIVISOR, rows


def mape() -> Metric:
    """Mean absolute percentage error.

    Returns
    -------
    Metric
        From 0, which is perfect, without end; smaller is better. A share: 0.25 is 25 per cent.

    Notes
    -----
    mean |y - p| / |y|. A submission holds a number for each row: ``id,value``. A solution with a 0 has no score:
    scikit-learn divides by 2.2e-16 there, and one such row is all that counts. A value that is nearer to 0 than 1e-40
    is taken for 0. To say too little costs at most 1, to say too much has no limit: who predicts low is better off.

    References
    ----------
    R. J. Hyndman, A. B. Koehler, "Another look at measures of forecast accuracy", International Journal of Forecasting
    22 (2006), p. 679, section 2.2; scikit-learn, ``mean_absolute_percentage_error``.

    Examples
    --------
    >>> mape().value(np.array([100.0, 10.0]), np.array([110.0, 15.0]))
    0.3
    """
    return Metric(
        name="mape",
        summary="How far off is a prediction on average, as a share of the true value?",
        greater_is_better=False,
        needs="values",
        best=0.0,
        worst=inf,
        unit="value",
        interval="bootstrap",
        source="R. J. Hyndman, A. B. Koehler, International Journal of Forecasting 22 (2006), p. 679, section 2.2",
        terms=_relative_errors,
        combine=mean,
        undefined=_with_zero,
    )


def _relative_errors(y_true: Array, y_pred: Array) -> FloatArray:
    true, pred = rows(y_true, y_pred)
    return np.asarray(np.abs(true - pred) / np.abs(true))[:, np.newaxis]


def _with_zero(y_true: Array) -> str | None:
    return "a value to predict is 0" if np.min(np.abs(y_true)) < SMALLEST_DIVISOR else None
