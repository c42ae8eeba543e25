"""Continuous ranked probability score: how good a predicted distribution is."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from math import inf
from typing import Literal, TypeAlias

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric, mean

Form: TypeAlias = Literal["members", "cdf"]
_ROUNDING = 1e-9  # by which sums of probabilities may be off


def crps(form: Form = "members", thresholds: tuple[float, ...] = ()) -> Metric:
    """Continuous ranked probability score.

    Parameters
    ----------
    form
        What a submission holds of each row: ``members``, values drawn from the predicted distribution, in any order;
        ``cdf``, the probabilities that the value is at most each of the thresholds.
    thresholds
        Of ``cdf``, ascending, one for each column; 0, 1, 2 and so on where none are given.

    Returns
    -------
    Metric
        From 0, which is perfect; smaller is better. ``members``: without end, in the unit of the target, the mean
        absolute error where there is one member. ``cdf``: to 1, without unit.

    Raises
    ------
    ValueError
        If the thresholds do not ascend.

    Notes
    -----
    ``members``, ``id,m1,...,mM``: mean over rows of E|X - y| - E|X - X'| / 2, where X and X' are drawn from the M
    members, with replacement. ``cdf``, ``id,C0,...,CK``: mean over rows and thresholds of (F(t) - [t >= y])^2, as on
    Kaggle; a row that leaves 0 to 1 or descends (by more than 1e-9) is refused.

    References
    ----------
    T. Gneiting, A. E. Raftery, "Strictly proper scoring rules, prediction, and estimation", Journal of the American
    Statistical Association 102 (2007), p. 367, equation 21; Kaggle, "Second Annual Data Science Bowl", evaluation.

    Examples
    --------
    >>> crps().value(np.array([3.0]), np.array([[1.0, 5.0]]))
    1.0
    >>> round(crps("cdf").value(np.array([1.0]), np.array([[0.1, 0.8, 1.0]])), 4)
    0.0167
    """
    if any(low >= high for low, high in pairwise(thresholds)):
        raise ValueError(f"thresholds ascend; these are {thresholds}")
    is_cdf = form == "cdf"
    return Metric(
        name="crps",
        summary="How good is a predicted distribution? It should be narrow, and where the value turns out to be.",
        greater_is_better=False,
        needs="values",
        best=0.0,
        worst=1.0 if is_cdf else inf,
        unit="value",
        interval="bootstrap",
        has_columns=True,
        truth="values",
        source="T. Gneiting, A. E. Raftery, Journal of the American Statistical Association 102 (2007), p. 367, eq. 21",
        params={"form": form, "thresholds": thresholds},
        terms=partial(_of_cdf, thresholds) if is_cdf else _of_members,
        combine=mean,
        wrong=no_distribution if is_cdf else None,
    )


def no_distribution(y_pred: Array) -> tuple[int, str] | None:
    """The first row that is no distribution function, and why.

    Examples
    --------
    >>> no_distribution(np.array([[0.0, 0.5, 1.0], [0.0, 0.7, 0.6]]))
    (1, 'a probability of "at most" is smaller than that before it')
    """
    probabilities = _table(y_pred)
    outside = (probabilities < -_ROUNDING) | (probabilities > 1 + _ROUNDING)
    descending = np.diff(probabilities, axis=1) < -_ROUNDING
    wrong = outside.any(axis=1) | descending.any(axis=1)
    if not wrong.any():
        return None
    row = int(wrong.argmax())
    if outside[row].any():
        return row, "a probability is not between 0 and 1"
    return row, 'a probability of "at most" is smaller than that before it'


def _of_members(y_true: Array, y_pred: Array) -> FloatArray:
    """Score of each row, in O(m log m): sorted, the sum over pairs of |X - X'| is one of (2 i - m - 1) X_i, twice."""
    true, members = np.asarray(y_true, dtype=np.float64), _table(y_pred)
    errors = np.sort(members - true[:, np.newaxis], axis=1)
    m = errors.shape[1]
    places = 2 * np.arange(1, m + 1) - m - 1
    scores = np.abs(errors).mean(axis=1) - errors @ (places / m**2)
    return np.asarray(np.maximum(scores, 0))[:, np.newaxis]  # never below 0 but for the last digit


def _of_cdf(thresholds: tuple[float, ...], y_true: Array, y_pred: Array) -> FloatArray:
    true, probabilities = np.asarray(y_true, dtype=np.float64), _table(y_pred)
    n_columns = probabilities.shape[1]
    if thresholds and len(thresholds) != n_columns:
        raise ValueError(f"there are {len(thresholds)} thresholds, and {n_columns} columns")
    at = np.asarray(thresholds or range(n_columns), dtype=np.float64)
    steps = at >= true[:, np.newaxis]
    return np.asarray(np.square(probabilities - steps).mean(axis=1, keepdims=True))


def _table(y_pred: Array) -> FloatArray:
    """One column may be 1-D."""
    return np.asarray(y_pred, dtype=np.float64).reshape(len(y_pred), -1)
