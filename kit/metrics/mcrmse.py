"""Mean column-wise errors: how far off predictions of several targets are, each target counting the same."""

from __future__ import annotations

from math import inf
from typing import Literal, TypeAlias

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric
from kit.metrics.rmsle import without_logarithm
from kit.metrics.values import columns

Negatives: TypeAlias = Literal["reject", "clip"]


def mcrmse() -> Metric:
    """Mean of the columns' root mean squared errors.

    Returns
    -------
    Metric
        From 0, which is perfect, without end; smaller is better. In the unit of the targets.

    Notes
    -----
    mean over columns of sqrt(mean over rows of (y - p)^2), which is not the root mean squared error of all cells. A
    submission has a column of numbers for each target: ``id,c1,...,cM``.

    References
    ----------
    Kaggle wiki and "Africa Soil Property Prediction Challenge", evaluation (MCRMSE).

    Examples
    --------
    >>> mcrmse().value(np.array([[0.0, 0.0], [0.0, 0.0]]), np.array([[1.0, 3.0], [1.0, 3.0]]))
    2.0
    """
    return Metric(
        name="mcrmse",
        summary="How far off is a typical prediction, every target counting the same?",
        greater_is_better=False,
        needs="values",
        best=0.0,
        worst=inf,
        unit="value",
        interval="bootstrap",
        has_columns=True,
        source="Kaggle, Africa Soil Property Prediction Challenge, evaluation",
        terms=_squared_errors,
        combine=_mean_of_roots,
    )


def mcrmsle(negatives: Negatives = "reject") -> Metric:
    """Mean of the columns' root mean squared logarithmic errors.

    Parameters
    ----------
    negatives
        ``reject``: a submission with a negative number is refused, and the rows are named. ``clip``: it is taken for 0.

    Returns
    -------
    Metric
        From 0, which is perfect, without end; smaller is better. It has no unit.

    Notes
    -----
    mean over columns of sqrt(mean over rows of (ln(1 + p) - ln(1 + y))^2). A submission has a column of numbers for
    each target: ``id,c1,...,cM``. A solution with a negative value has no score.

    References
    ----------
    Kaggle, "Tabular Playground Series - Jul 2021", evaluation (mean column-wise RMSLE).

    Examples
    --------
    >>> y_true = np.array([[0.0, 200.0], [0.0, 200.0]])
    >>> round(mcrmsle().value(y_true, np.array([[0.0, 100.0], [0.0, 100.0]])), 4)
    0.3441
    """
    return Metric(
        name="mcrmsle",
        summary="How far off is a prediction as a ratio, every target counting the same?",
        greater_is_better=False,
        needs="values",
        best=0.0,
        worst=inf,
        unit="value",
        interval="bootstrap",
        domain="not negative" if negatives == "reject" else "any",
        has_columns=True,
        source="Kaggle, Tabular Playground Series - Jul 2021, evaluation",
        params={"negatives": negatives},
        terms=_squared_log_errors if negatives == "reject" else _of_clipped,
        combine=_mean_of_roots,
        undefined=without_logarithm,
    )


def _squared_errors(y_true: Array, y_pred: Array) -> FloatArray:
    true, pred = columns(y_true, y_pred)
    return np.asarray(np.square(pred - true))


def _squared_log_errors(y_true: Array, y_pred: Array) -> FloatArray:
    true, pred = columns(y_true, y_pred)
    return np.asarray(np.square(np.log1p(pred) - np.log1p(true)))


def _of_clipped(y_true: Array, y_pred: Array) -> FloatArray:
    return _squared_log_errors(y_true, np.maximum(y_pred, 0))


def _mean_of_roots(sums: FloatArray, total: FloatArray) -> FloatArray:
    return np.asarray(np.sqrt(sums / np.asarray(total)[..., np.newaxis]).mean(axis=-1))
