"""Gini: how well predictions put large values first, as insurers ask."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric, ratio_of_sums
from kit.metrics.ranks import mean_above, mid_ranks
from kit.metrics.values import rows

_SOURCE = "Kaggle, Allstate Claim Prediction Challenge, evaluation; benhamner/Metrics"


def gini(normalised: bool = False) -> Metric:
    """Gini coefficient of the values in the order of the predictions.

    Parameters
    ----------
    normalised
        Whether it is divided by that of the perfect order, which is `normalised_gini`.

    Returns
    -------
    Metric
        From -0.5 to 0.5, which no solution reaches quite; greater is better, 0 is what chance gives. It has no unit.

    Notes
    -----
    With rows sorted by prediction, the largest first: the mean over rows of (share of the values up to here - share of
    the rows up to here). Rows with the same prediction count as the average over all of their orders, so that the
    order in the file does not matter; the code that the competitions had took it as it came, and gave two tied rows a
    normalised score of 1 or of -1. A submission holds a number for each row, ``id,value``, of which the order alone
    matters. A solution with a negative value, or where all are 0, has no score.

    References
    ----------
    Kaggle, "Allstate Claim Prediction Challenge", evaluation; benhamner/Metrics (``gini``).

    Examples
    --------
    >>> round(gini().value(np.array([1.0, 2.0, 3.0]), np.array([10.0, 20.0, 30.0])), 6)
    0.111111
    """
    if normalised:
        return replace(normalised_gini(), name="gini", params={"normalised": True})
    return Metric(
        name="gini",
        summary="How much of the total lies in the rows that are put first, compared with any order?",
        greater_is_better=True,
        needs="values",
        best=0.5,
        worst=-0.5,
        unit="value",
        interval="bootstrap",
        source=_SOURCE,
        params={"normalised": normalised},
        terms=_shares,
        combine=_linearised,
        exact=area,
        undefined=_without_total,
    )


def normalised_gini() -> Metric:
    """Gini coefficient of the predictions, by that of the perfect order.

    Returns
    -------
    Metric
        From -1 to 1, which is the perfect order; greater is better, 0 is what chance gives. It has no unit.

    Notes
    -----
    `gini` of the predictions / `gini` of the values themselves. Where all values are 0 or 1 this is 2 AUC - 1, ties
    included. A submission holds a number for each row, ``id,value``, of which the order alone matters. A solution with
    a negative value, or with equal values, has no score.

    References
    ----------
    Kaggle, "Porto Seguro's Safe Driver Prediction", evaluation; benhamner/Metrics (``gini_normalized``).

    Examples
    --------
    >>> normalised_gini().value(np.array([1.0, 2.0, 3.0]), np.array([30.0, 20.0, 10.0]))
    -1.0
    >>> normalised_gini().value(np.array([0.0, 1.0]), np.array([5.0, 5.0]))
    0.0
    """
    return Metric(
        name="normalised_gini",
        summary="How well are rows with large values put first? The perfect order gets 1, and chance 0.",
        greater_is_better=True,
        needs="values",
        best=1.0,
        worst=-1.0,
        unit="value",
        interval="bootstrap",
        source=_SOURCE,
        terms=_shares_of_both,
        combine=_linearised_ratio,
        exact=_normalised_area,
        undefined=_without_order,
    )


def area(y_true: Array, y_pred: Array, *, sample_weight: Array | None = None) -> float:
    """Sum of y (r - 1/2) by that of y, with the ranks r of the predictions as shares of the rows.

    The score is a straight function of the ranks, so its average over the orders of tied rows is that at their mean.
    """
    true, pred = rows(y_true, y_pred)
    amounts = true if sample_weight is None else true * np.asarray(sample_weight, dtype=np.float64)
    return float(amounts @ (mid_ranks(pred, sample_weight) - 0.5) / amounts.sum())


def _normalised_area(y_true: Array, y_pred: Array, *, sample_weight: Array | None = None) -> float:
    perfect = area(y_true, y_true, sample_weight=sample_weight)
    return float(np.clip(area(y_true, y_pred, sample_weight=sample_weight) / perfect, -1, 1))


def _shares(y_true: Array, y_pred: Array) -> FloatArray:
    """What each row adds to sum y r, by its own rank and by moving those above it; and its value."""
    true, pred = rows(y_true, y_pred)
    own = true * mid_ranks(pred)
    return np.column_stack([own + mean_above(pred, true) - own.mean(), true])


def _shares_of_both(y_true: Array, y_pred: Array) -> FloatArray:
    return np.column_stack([_shares(y_true, y_pred), _shares(y_true, y_true)[:, 0]])


def _linearised(sums: FloatArray, total: FloatArray) -> FloatArray:
    """The score under weights, to first order in them; NaN where all that is drawn is worth nothing."""
    return ratio_of_sums(sums, total) - 0.5


def _linearised_ratio(sums: FloatArray, total: FloatArray) -> FloatArray:
    of_predictions, of_values = (_linearised(sums[..., [column, 1]], total) for column in (0, 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(of_predictions / of_values)


def _without_total(y_true: Array) -> str | None:
    if np.min(y_true) < 0:
        return "a value to predict is negative"
    return None if np.max(y_true) > 0 else "all values to predict are 0"


def _without_order(y_true: Array) -> str | None:
    reason = _without_total(y_true)
    if reason is None and np.min(y_true) == np.max(y_true):
        return "all values to predict are the same"
    return reason
