"""Pearson's correlation: how well predictions and values lie on a line, whatever its slope."""

from __future__ import annotations

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric
from kit.metrics.r2 import centred
from kit.metrics.ranks import constant, without_spread
from kit.metrics.values import rows

_ROUNDING = 1e-14  # of the squares: a smaller spread of a resample is none


def pearson() -> Metric:
    """Pearson's correlation coefficient.

    Returns
    -------
    Metric
        From -1 to 1, which is perfect; greater is better. 0 is what chance gives. It has no unit.

    Notes
    -----
    cov(y, p) / sqrt(var y var p). A submission holds a number for each row: ``id,value``; its scale and its zero do not
    matter. Constant predictions have no correlation, and are refused; where they are constant among the rows of one
    part only, the score of that part is 0. Of a solution with equal values, or one row, there is no score.

    References
    ----------
    K. Pearson, "Note on regression and inheritance in the case of two parents", Proceedings of the Royal Society of
    London 58 (1895), p. 240; scipy, ``stats.pearsonr``.

    Examples
    --------
    >>> round(pearson().value(np.array([1.0, 2.0, 3.0]), np.array([10.0, 30.0, 20.0])), 4)
    0.5
    """
    return Metric(
        name="pearson",
        summary="How well do predictions and true values lie on a line, whatever the scale of the predictions?",
        greater_is_better=True,
        needs="values",
        best=1.0,
        worst=-1.0,
        unit="value",
        interval="bootstrap",
        source="K. Pearson, Proceedings of the Royal Society of London 58 (1895), p. 240",
        terms=products,
        combine=correlation,
        wrong=constant,
        undefined=without_spread,
    )


def products(y_true: Array, y_pred: Array) -> FloatArray:
    """Truth and prediction of each row, their squares and their product, shape (n_samples, 5).

    Both are centred and scaled to at most 1, which no correlation sees: squares of large values, or of small
    differences between them, would lose their digits.
    """
    true, pred = (_standard(values) for values in rows(y_true, y_pred))
    return np.column_stack([true, pred, np.square(true), np.square(pred), true * pred])


def correlation(sums: FloatArray, total: FloatArray) -> FloatArray:
    """Covariance by the roots of the variances; 0 where the predictions do not vary, NaN where the truth does not."""
    means = sums / np.asarray(total)[..., np.newaxis]
    true, pred = means[..., 0], means[..., 1]
    spreads = means[..., 2:4] - np.square(means[..., :2])
    spreads = np.where(spreads > _ROUNDING * means[..., 2:4], spreads, 0.0)
    return ratio(means[..., 4] - true * pred, spreads[..., 0], spreads[..., 1])


def ratio(together: FloatArray, of_truth: FloatArray, of_prediction: FloatArray) -> FloatArray:
    """The same of a covariance and two variances, within -1 and 1; 0 and NaN as for `correlation`."""
    with np.errstate(divide="ignore", invalid="ignore"):
        score = np.clip(together / (np.sqrt(of_truth) * np.sqrt(of_prediction)), -1, 1)
    return np.asarray(np.where(of_truth > 0, np.where(of_prediction > 0, score, 0.0), np.nan))


def _standard(values: FloatArray) -> FloatArray:
    from_mean = centred(values)
    return np.asarray(from_mean / (np.abs(from_mean).max() or 1.0))
