"""Kendall's tau: how often two rows are in the right order, ties taken into account."""

from __future__ import annotations

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric
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
    score. Its interval is made of the score on resamples.

    References
    ----------
    M. G. Kendall, "The treatment of ties in ranking problems", Biometrika 33 (1945), p. 239; scipy,
    ``stats.kendalltau``.

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
        exact=_tau_b,
        wrong=constant,
        undefined=without_spread,
    )


def _tau_b(y_true: Array, y_pred: Array, *, sample_weight: Array | None = None) -> float:
    true, pred = rows(y_true, y_pred)
    weights = np.ones(len(true)) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
    true, pred, weights = true[weights > 0], pred[weights > 0], weights[weights > 0]
    (_, true_rank), (_, pred_rank) = (np.unique(values, return_inverse=True) for values in (true, pred))
    if not (true_rank.any() and pred_rank.any()):  # below, rounding of the weights would decide
        return 0.0 if true_rank.any() else np.nan
    _, both = np.unique(true_rank * len(true) + pred_rank, return_inverse=True)
    all_pairs = weights.sum() ** 2  # ordered pairs, a row with itself among them: these are tied in everything
    tied_true, tied_pred, tied_both = (
        np.square(np.bincount(group, weights=weights)).sum() for group in (true_rank, pred_rank, both)
    )
    order = np.lexsort((true_rank, pred_rank))
    opposite = 4 * _inversions(true_rank[order], weights[order])
    surplus = all_pairs - tied_true - tied_pred + tied_both - opposite
    return float(np.clip(surplus / (np.sqrt(all_pairs - tied_true) * np.sqrt(all_pairs - tied_pred)), -1, 1))


def _inversions(ranks: Array, weights: FloatArray) -> float:
    """Sum of w_i w_j over the pairs with i < j and ranks_i > ranks_j.

    Two ranks differ first in one bit. From the highest bit on, rows that agree in all higher ones stand together in
    their order, and those with a 1 that stand before one with a 0 are counted: O(n) for each bit.
    """
    total = 0.0
    ranks = ranks.astype(np.min_scalar_type(len(ranks)))  # numpy sorts 16 bits by radix
    for bit in reversed(range(int(ranks.max()).bit_length())):
        agreeing, is_upper = ranks >> (bit + 1), (ranks >> bit) & 1 == 1
        upper = np.where(is_upper, weights, 0.0)
        before = upper.cumsum() - upper
        first = np.flatnonzero(np.r_[True, agreeing[1:] != agreeing[:-1]])
        within = before - np.repeat(before[first], np.diff(np.r_[first, len(ranks)]))
        total += float(weights[~is_upper] @ within[~is_upper])
        order = np.argsort(ranks >> bit, kind="stable")
        ranks, weights = ranks[order], weights[order]
    return total
