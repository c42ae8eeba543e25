"""Quadratic weighted kappa: how much two raters agree on a scale, large differences counting more."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric
from kit.metrics.values import rows

NonInteger: TypeAlias = Literal["refuse", "round"]


def quadratic_weighted_kappa(non_integer: NonInteger = "refuse") -> Metric:
    """Cohen's kappa of ratings, a difference costing its square.

    Parameters
    ----------
    non_integer
        What becomes of a rating that is not a whole number: ``refuse`` it, or ``round`` it, a half to the even side.

    Returns
    -------
    Metric
        From -1 to 1, greater is better; 0 is what chance, or a constant answer, gives.

    Notes
    -----
    1 - sum (y - p)² / [sum y² + sum p² - 2 sum y sum p / n], which is 1 - sum w O / sum w E with w = (i - j)², without
    a table: it needs no range of ratings, and ratings that nobody gave change nothing. (scikit-learn's
    ``cohen_kappa_score`` without ``labels`` takes the places of the ratings that occur for the ratings: of 0, 1 and 4
    it makes 0, 1 and 2.) Where all ratings of both are the same number, which is 0/0, it is 1. A submission holds
    ``id,rating``, whole numbers.

    References
    ----------
    J. Cohen, "Weighted kappa", Psychological Bulletin 70 (1968), p. 213; benhamner/Metrics,
    ``quadratic_weighted_kappa.py``.

    Examples
    --------
    >>> quadratic_weighted_kappa().value(np.array([0, 4, 4, 1]), np.array([0, 4, 1, 1])).__round__(4)
    0.625
    """
    return Metric(
        name="quadratic_weighted_kappa",
        summary="How much do ratings agree with the truth beyond chance, large differences counting more?",
        greater_is_better=True,
        needs="values",
        best=1.0,
        worst=-1.0,
        unit="value",
        interval="bootstrap",
        source="J. Cohen, Psychological Bulletin 70 (1968), p. 213; benhamner/Metrics, quadratic_weighted_kappa.py",
        params={"non_integer": non_integer},
        terms=moments,
        combine=_agreement,
        wrong=_fraction if non_integer == "refuse" else None,
        undefined=_without_kappa,
    )


def moments(y_true: Array, y_pred: Array) -> FloatArray:
    """(y - p)², y², p², y and p of each row, ratings rounded: shape (n_samples, 5)."""
    true, pred = (np.rint(values) for values in rows(y_true, y_pred))
    return np.column_stack([np.square(true - pred), np.square(true), np.square(pred), true, pred])


def _agreement(sums: FloatArray, total: FloatArray) -> FloatArray:
    expected = sums[..., 1] + sums[..., 2] - 2 * sums[..., 3] * sums[..., 4] / total
    lost = np.divide(sums[..., 0], expected, out=np.zeros_like(expected), where=sums[..., 0] > 0)
    return np.asarray(np.clip(1 - lost, -1, 1))


def _fraction(y_pred: Array) -> tuple[int, str] | None:
    fractions = np.flatnonzero(y_pred != np.rint(y_pred))
    return (int(fractions[0]), f"{y_pred[fractions[0]]:g} is no whole number") if len(fractions) else None


def _without_kappa(y_true: Array) -> str | None:
    return None if (np.rint(y_true) == y_true).all() else "a rating is not a whole number"
