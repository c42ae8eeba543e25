"""Pinball loss: how good a predicted quantile is."""

from __future__ import annotations

from functools import partial
from math import inf

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric, mean
from kit.metrics.values import columns


def pinball(alpha: float | tuple[float, ...] = 0.5) -> Metric:
    """Pinball, or quantile, loss.

    Parameters
    ----------
    alpha
        Which quantile a prediction is meant to be, from 0 to 1; or a list of them, one for each column of a submission.

    Returns
    -------
    Metric
        From 0, which is perfect, without end; smaller is better. In the unit of the target.

    Raises
    ------
    ValueError
        If a quantile is not from 0 to 1, or there is none.

    Notes
    -----
    mean max(alpha (y - p), (alpha - 1) (y - p)), and of several quantiles the plain mean of theirs. Half of the mean
    absolute error for alpha = 0.5. A submission holds a number for each row and quantile: ``id,value`` or
    ``id,q1,...,qK`` in the order of `alpha`. Quantiles of a row may cross; it only costs.

    References
    ----------
    R. Koenker, G. Bassett, "Regression quantiles", Econometrica 46 (1978), p. 33; scikit-learn,
    ``mean_pinball_loss``.

    Examples
    --------
    >>> pinball(0.9).value(np.array([10.0, 10.0]), np.array([9.0, 12.0])).__round__(4)
    0.55
    >>> pinball((0.1, 0.9)).value(np.array([10.0]), np.array([[8.0, 11.0]])).__round__(4)
    0.15
    """
    quantiles = alpha if isinstance(alpha, tuple) else (alpha,)
    if not quantiles or not all(0 <= quantile <= 1 for quantile in quantiles):
        raise ValueError(f"quantiles lie between 0 and 1; alpha is {alpha}")
    return Metric(
        name="pinball",
        summary="How good are predicted quantiles? To be on the side that should be rare costs more.",
        greater_is_better=False,
        needs="values",
        best=0.0,
        worst=inf,
        unit="value",
        interval="bootstrap",
        truth="values",
        has_columns=isinstance(alpha, tuple),
        source="R. Koenker, G. Bassett, Econometrica 46 (1978), p. 33; scikit-learn, mean_pinball_loss",
        params={"alpha": alpha},
        terms=partial(_losses, quantiles),
        combine=mean,
    )


def _losses(quantiles: tuple[float, ...], y_true: Array, y_pred: Array) -> FloatArray:
    true = np.broadcast_to(np.asarray(y_true)[:, np.newaxis], (len(y_true), len(quantiles)))
    true, pred = columns(true, y_pred if np.ndim(y_pred) == 2 else np.asarray(y_pred)[:, np.newaxis])
    error, alpha = true - pred, np.asarray(quantiles, dtype=np.float64)
    return np.asarray(np.maximum(alpha * error, (alpha - 1) * error).mean(axis=1, keepdims=True))
