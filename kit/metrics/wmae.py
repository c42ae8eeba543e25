"""Weighted mean absolute error: some rows count more than others."""

from __future__ import annotations

from functools import partial
from math import inf
from typing import Literal, TypeAlias

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric, mean, ratio_of_sums
from kit.metrics.mae import absolute_errors

Normalise: TypeAlias = Literal["n", "weights"]


def wmae(normalise: Normalise = "n", weight: str = "weight") -> Metric:
    """Weighted mean absolute error.

    Parameters
    ----------
    normalise
        What the sum is divided by: ``n``, the number of rows, as Kaggle's wiki does; ``weights``, the sum of the
        weights, which makes a mean of it.
    weight
        Column of the solution with the weights.

    Returns
    -------
    Metric
        From 0, which is perfect, without end; smaller is better. In the unit of the target where weights are 1 on
        average, or `normalise` is ``weights``.

    Notes
    -----
    (1 / N) sum w |y - p|, or sum w |y - p| / sum w. A submission holds a number for each row: ``id,value``. Weights
    are not negative, and not all 0.

    References
    ----------
    Kaggle wiki, "Weighted Mean Absolute Error" (its worked example divides by N); Kaggle, "Walmart Recruiting - Store
    Sales Forecasting", evaluation (by the sum of the weights).

    Examples
    --------
    >>> y_true, y_pred, weights = np.array([1.0, 2.0]), np.array([1.0, 5.0]), np.array([3.0, 1.0])
    >>> wmae().value(y_true, y_pred, weight=weights)
    1.5
    >>> wmae("weights").value(y_true, y_pred, weight=weights)
    0.75
    """
    return Metric(
        name="wmae",
        summary="How far off is a prediction on average, where some rows count more than others?",
        greater_is_better=False,
        needs="values",
        best=0.0,
        worst=inf,
        unit="value",
        interval="bootstrap",
        source="Kaggle wiki, Weighted Mean Absolute Error",
        extra={"weight": weight},
        params={"normalise": normalise, "weight": weight},
        terms=_weighted_errors,
        combine=mean if normalise == "n" else ratio_of_sums,
        undefined=partial(_without_weights, weight),
    )


def _weighted_errors(y_true: Array, y_pred: Array, *, weight: Array) -> FloatArray:
    """Weighted error of each row, and its weight."""
    weights = np.asarray(weight, dtype=np.float64)
    return np.column_stack([weights * absolute_errors(y_true, y_pred)[:, 0], weights])


def _without_weights(name: str, y_true: Array, **extra: Array) -> str | None:  # noqa: ARG001 - the signature
    weights = np.asarray(extra["weight"])
    if weights.dtype.kind not in "biuf":
        return f"a cell of the column {name} is no number"
    if weights.min() < 0:
        return "a weight is negative"
    return None if weights.max() > 0 else "all weights are 0"
