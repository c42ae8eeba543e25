"""Spearman's rank correlation: how well the order of predictions is the order of values."""

from __future__ import annotations

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric
from kit.metrics.pearson import correlation, products, ratio
from kit.metrics.ranks import constant, mean_above, mid_ranks, without_spread
from kit.metrics.values import rows


def spearman() -> Metric:
    """Spearman's rank correlation coefficient.

    Returns
    -------
    Metric
        From -1 to 1, which is the perfect order; greater is better. 0 is what chance gives. It has no unit.

    Notes
    -----
    `pearson` of the ranks, tied rows having the mean of their ranks. A submission holds a number for each row,
    ``id,value``, of which the order alone matters. Constant predictions have no order, and are refused; where they are
    constant among the rows of one part only, the score of that part is 0. Of a solution with equal values, or one row,
    there is no score.

    References
    ----------
    C. Spearman, "The proof and measurement of association between two things", American Journal of Psychology 15
    (1904), p. 72; scipy, ``stats.spearmanr`` (for ties).

    Examples
    --------
    >>> spearman().value(np.array([1.0, 2.0, 3.0]), np.array([10.0, 900.0, 20.0]))
    0.5
    """
    return Metric(
        name="spearman",
        summary="How well is the order of the predictions the order of the true values?",
        greater_is_better=True,
        needs="values",
        best=1.0,
        worst=-1.0,
        unit="value",
        interval="bootstrap",
        source="C. Spearman, American Journal of Psychology 15 (1904), p. 72",
        terms=_shares,
        combine=_linearised,
        exact=_of_ranks,
        wrong=constant,
        undefined=without_spread,
    )


def _of_ranks(y_true: Array, y_pred: Array, *, sample_weight: Array | None = None) -> float:
    true, pred = rows(y_true, y_pred)
    terms = products(mid_ranks(true, sample_weight), mid_ranks(pred, sample_weight))
    weights = np.ones(len(true)) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
    return float(correlation(weights @ terms, weights.sum()))


def _shares(y_true: Array, y_pred: Array) -> FloatArray:
    """What each row adds to the covariance and the variances of the ranks, to first order.

    That is by its own ranks, and by moving those of the rows above it.

    References
    ----------
    A. W. van der Vaart, *Asymptotic Statistics*, Cambridge University Press 1998, section 12.1 (projection of a
    statistic of pairs and triples).
    """
    true, pred = rows(y_true, y_pred)
    rank_true, rank_pred = mid_ranks(true), mid_ranks(pred)

    def share(rank_a: FloatArray, a: FloatArray, rank_b: FloatArray, b: FloatArray) -> FloatArray:
        together = rank_a * rank_b
        return np.asarray(together + mean_above(a, rank_b) + mean_above(b, rank_a) - 2 * together.mean() - 0.25)

    return np.column_stack(
        [
            share(rank_true, true, rank_pred, pred),
            share(rank_true, true, rank_true, true),
            share(rank_pred, pred, rank_pred, pred),
        ]
    )


def _linearised(sums: FloatArray, total: FloatArray) -> FloatArray:
    means = sums / np.asarray(total)[..., np.newaxis]
    return ratio(means[..., 0], means[..., 1], means[..., 2])
