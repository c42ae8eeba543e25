"""Root mean squared logarithmic error: how far off a count is as a ratio, not as a difference."""

from __future__ import annotations

from math import inf
from typing import Literal, TypeAlias

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric
from kit.metrics.rmse import root_of_mean
from kit.metrics.values import rows

Negatives: TypeAlias = Literal["reject", "clip"]


def rmsle(negatives: Negatives = "reject") -> Metric:
    """Root mean squared logarithmic error.

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
    sqrt(mean (ln(1 + p) - ln(1 + y))^2). A submission holds a number for each row: ``id,value``. 100 for 200 costs as
    much as 1,000 for 2,000, and half as many costs a little more than twice as many. The 1 is what makes 0 possible.
    Numbers between -1 and 0 would have a logarithm, and scikit-learn takes them; they are refused all the same, as in
    the competitions on Kaggle that introduced this metric, because no count is negative. A solution with a negative
    value has no score.

    References
    ----------
    Kaggle wiki, "Root Mean Squared Logarithmic Error"; benhamner/Metrics, ``elementwise.py`` (``rmsle``).

    Examples
    --------
    >>> round(rmsle().value(np.array([0.0, 200.0]), np.array([0.0, 100.0])), 4)
    0.4866
    >>> rmsle(negatives="clip").value(np.array([0.0, 5.0]), np.array([-3.0, 5.0]))
    0.0
    """
    return Metric(
        name="rmsle",
        summary="How far off is a prediction as a ratio? Twice as many costs the same for small and large numbers.",
        greater_is_better=False,
        needs="values",
        best=0.0,
        worst=inf,
        unit="value",
        interval="bootstrap",
        domain="not negative" if negatives == "reject" else "any",
        source="Kaggle wiki, Root Mean Squared Logarithmic Error; benhamner/Metrics, elementwise.py",
        params={"negatives": negatives},
        terms=squared_log_errors if negatives == "reject" else _of_clipped,
        combine=root_of_mean,
        undefined=without_logarithm,
    )


def squared_log_errors(y_true: Array, y_pred: Array) -> FloatArray:
    """Square of ln(1 + prediction) - ln(1 + truth) of each row, shape (n_samples, 1).

    Examples
    --------
    >>> squared_log_errors(np.array([0.0, 200.0]), np.array([0.0, 100.0])).round(4).tolist()
    [[0.0], [0.4736]]
    """
    true, pred = rows(y_true, y_pred)
    return np.asarray(np.square(np.log1p(pred) - np.log1p(true)))[:, np.newaxis]


def _of_clipped(y_true: Array, y_pred: Array) -> FloatArray:
    return squared_log_errors(y_true, np.maximum(y_pred, 0))


def without_logarithm(y_true: Array) -> str | None:
    """Why these rows have no score, or None."""
    return "a value to predict is negative" if np.min(y_true) < 0 else None
