"""Kullback-Leibler divergence: how far predicted probabilities are from probabilities."""

from __future__ import annotations

from math import log

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric, mean


def kl_divergence(epsilon: float = 1e-15) -> Metric:
    """Kullback-Leibler divergence of predicted from true probabilities.

    Parameters
    ----------
    epsilon
        Predictions are brought into [epsilon, 1 - epsilon], so that what was called impossible costs -ln epsilon.

    Returns
    -------
    Metric
        From 0, which is perfect, to -ln epsilon, 34.54 nats; smaller is better.

    Raises
    ------
    ValueError
        If epsilon is not between 0 and 1/2.

    Notes
    -----
    mean over rows of sum_k t_k ln(t_k / p_k), where 0 ln 0 = 0. Solution and submission have a column for each class,
    ``id,class1,...,classK``, or one with the probability of the second of two. Rows have to sum to 1, to within 1e-5:
    a submission in which one does not is refused, not rescaled as for log_loss.

    References
    ----------
    S. Kullback, R. A. Leibler, "On information and sufficiency", Annals of Mathematical Statistics 22 (1951), p. 79;
    Kaggle, metric notebook "Kullback Leibler Divergence".

    Examples
    --------
    >>> round(kl_divergence().value(np.array([[0.5, 0.5], [1.0, 0.0]]), np.array([[0.25, 0.75], [0.5, 0.5]])), 4)
    0.4185
    """
    if not 0 < epsilon < 0.5:
        raise ValueError(f"epsilon lies between 0 and 0.5; it is {epsilon}")
    return Metric(
        name="kl_divergence",
        summary="How far are predicted probabilities from the true ones? To call impossible what is not costs 34.5.",
        greater_is_better=False,
        needs="probabilities",
        truth="probabilities",
        best=0.0,
        worst=-log(epsilon),
        unit="value",
        interval="bootstrap",
        domain="probabilities",
        source="S. Kullback, R. A. Leibler, Annals of Mathematical Statistics 22 (1951), p. 79; Kaggle",
        params={"epsilon": epsilon},
        terms=lambda y_true, y_pred: _divergences(y_true, y_pred, epsilon),
        combine=mean,
        wrong=not_of_sum_one,
        undefined=_no_probabilities,
    )


def not_of_sum_one(y_pred: Array) -> tuple[int, str] | None:
    """The first row of probabilities that does not sum to 1, and by how much.

    Examples
    --------
    >>> not_of_sum_one(np.array([[0.5, 0.5], [0.5, 0.6]]))
    (1, 'the probabilities sum to 1.1, not to 1')
    """
    if np.ndim(y_pred) == 1:
        return None
    sums = np.asarray(y_pred, dtype=np.float64).sum(axis=1)
    wrong = ~np.isclose(sums, 1)
    if not wrong.any():
        return None
    row = int(wrong.argmax())
    return row, f"the probabilities sum to {sums[row]:.6g}, not to 1"


def _divergences(y_true: Array, y_pred: Array, epsilon: float) -> FloatArray:
    true, pred = _table(y_true), np.clip(_table(y_pred), epsilon, 1 - epsilon)
    ratios = np.divide(true, pred, out=np.ones_like(true), where=true > 0)
    return np.asarray((true * np.log(ratios)).sum(axis=1, keepdims=True))


def _table(probabilities: Array) -> FloatArray:
    p = np.asarray(probabilities, dtype=np.float64)
    return np.column_stack([1 - p, p]) if p.ndim == 1 else p


def _no_probabilities(y_true: Array) -> str | None:
    if np.min(y_true) < 0 or np.max(y_true) > 1:
        return "a probability of the solution is not between 0 and 1"
    return None if not_of_sum_one(y_true) is None else "the probabilities of a row of the solution do not sum to 1"
