"""Kendall's tau: how often two rows are in the right order, ties taken into account."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kit.metrics.base import Array, FloatArray, Metric
from kit.metrics.pearson import ratio
from kit.metrics.ranks import constant, without_spread
from kit.metrics.values import rows


def kendall() -> Metric:
    """Kendall's rank correlation coefficient, tau-b.

    Returns
    -------
    Metric
        From -1 to 1, which is the perfect order; greater is better. 0 is what chance gives. It has no unit.

    Notes
    -----
    (C - D) / sqrt((P - T_y) (P - T_p)): of P pairs of rows C are in the same order in solution and submission and D in
    the opposite one; T_y and T_p are tied in one of them. A submission holds a number for each row, ``id,value``, of
    which the order alone matters. Constant predictions have no order, and are refused; where they are constant among
    the rows of one part only, the score of that part is 0. Of a solution with equal values, or one row, there is no
    score.

    Intervals and comparisons are made of linearised terms: twice the share of rows that a row is in order with, less
    the mean, and the same of the pairs that are not tied. On a thousand rows with ties they are within a tenth of the
    spread of the score from it, and spread as it does within 3 %.

    References
    ----------
    M. G. Kendall, "The treatment of ties in ranking problems", Biometrika 33 (1945), p. 239; scipy,
    ``stats.kendalltau``. The terms: W. Hoeffding, "A class of statistics with asymptotically normal distribution",
    Annals of Mathematical Statistics 19 (1948), section 9.

    Examples
    --------
    >>> round(kendall().value(np.array([1.0, 2.0, 3.0]), np.array([10.0, 900.0, 20.0])), 4)
    0.3333
    """
    return Metric(
        name="kendall",
        summary="Of two rows, how much more often are they in the right order than in the wrong one?",
        greater_is_better=True,
        needs="values",
        best=1.0,
        worst=-1.0,
        unit="value",
        interval="bootstrap",
        source="M. G. Kendall, Biometrika 33 (1945), p. 239",
        terms=_shares,
        combine=_linearised,
        exact=_tau_b,
        wrong=constant,
        undefined=without_spread,
    )


def _tau_b(y_true: Array, y_pred: Array, *, sample_weight: Array | None = None) -> float:
    true, pred = rows(y_true, y_pred)
    weights = np.ones(len(true)) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
    true, pred, weights = true[weights > 0], pred[weights > 0], weights[weights > 0]
    if (true == true[:1]).all() or (pred == pred[:1]).all():  # below, rounding of the weights would decide
        return np.nan if (true == true[:1]).all() else 0.0
    surplus, untied_true, untied_pred = (weights @ of_rows for of_rows in _of_rows(true, pred, weights))
    return float(np.clip(surplus / (np.sqrt(untied_true) * np.sqrt(untied_pred)), -1, 1))


def _shares(y_true: Array, y_pred: Array) -> FloatArray:
    """What each row adds to the surplus of ordered pairs and to the pairs that are not tied, to first order."""
    of_rows = np.column_stack(_of_rows(*rows(y_true, y_pred), np.ones(len(y_true)))) / len(y_true)
    return np.asarray(2 * of_rows - of_rows.mean(axis=0))


def _linearised(sums: FloatArray, total: FloatArray) -> FloatArray:
    means = sums / np.asarray(total)[..., np.newaxis]
    return ratio(means[..., 0], means[..., 1], means[..., 2])


def _of_rows(true: FloatArray, pred: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Of each row the weight of the others in order with it, less that of those out of order, and of those not tied.

    The latter first in the truth, then in the prediction.
    """
    (_, true_rank), (_, pred_rank) = (np.unique(values, return_inverse=True) for values in (true, pred))
    _, both = np.unique(true_rank * len(true) + pred_rank, return_inverse=True)
    tied_true, tied_pred, tied_both = (
        np.bincount(group, weights=weights)[group] for group in (true_rank, pred_rank, both)
    )
    order = np.lexsort((true_rank, pred_rank))
    opposite = np.empty(len(true))
    opposite[order] = _opposite(true_rank[order], weights[order])
    total = weights.sum()
    return total - tied_true - tied_pred + tied_both - 2 * opposite, total - tied_true, total - tied_pred


def _opposite(ranks: NDArray[np.intp], weights: FloatArray) -> FloatArray:
    """Of each row the weight of those before it with a higher rank, and of those behind it with a lower one.

    Two ranks differ first in one bit. From the highest bit on, rows that agree in all higher ones stand together in
    their order; of these, rows with a 1 are counted before each with a 0, and the other way round: O(n) for each bit.
    """
    n = len(ranks)
    below = np.concatenate([[0], np.bincount(ranks).cumsum()])
    here, at, found = np.arange(n), np.arange(n), np.zeros(n)
    for bit in reversed(range(int(ranks.max()).bit_length())):
        halves = ranks >> bit
        is_upper = halves & 1 == 1
        first = below[halves >> 1 << bit + 1]
        last = below[np.minimum((halves >> 1) + 1 << bit + 1, len(below) - 1)]
        upper, lower = (_up_to(np.where(side, weights, 0.0)) for side in (is_upper, ~is_upper))
        found[at] += np.where(is_upper, lower[last] - lower[1:], upper[:-1] - upper[first])
        n_upper = _up_to(is_upper.astype(np.intp))
        uppers = n_upper[:-1] - n_upper[first]
        place = np.where(is_upper, below[halves << bit] + uppers, here - uppers)
        order = np.empty(n, np.intp)
        order[place] = here
        ranks, weights, at = ranks[order], weights[order], at[order]
    return found


def _up_to(values: Array) -> Array:
    return np.concatenate([np.zeros(1, values.dtype), values.cumsum()])
