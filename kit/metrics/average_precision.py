"""Average precision: how pure the top of the list is, at each place where a positive row is met."""

from __future__ import annotations

from functools import partial
from typing import Literal, TypeAlias

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric, quotient
from kit.metrics.chances import as_columns
from kit.metrics.curve import Curve, curve

Average: TypeAlias = Literal["macro", "weighted"]


def average_precision(average: Average = "macro") -> Metric:
    """The mean, over the positive rows, of the share of positive rows among those put as high or higher.

    Parameters
    ----------
    average
        Of more than two classes, each against the rest, or of several labels a row: ``macro`` is the plain mean over
        the columns, ``weighted`` counts each by its positive rows.

    Returns
    -------
    Metric
        From 0 to 1, greater is better; chance gives the share of positive rows.

    Notes
    -----
    sum (R_i - R_{i-1}) P_i over the distinct scores from the highest, with precision P_i and recall R_i of the rows at
    or above it; rows with equal scores come together. It is no area by trapezia, which would be too kind. Without a
    positive row it is 0, as in scikit-learn. Only the order matters: a submission holds ``id,score`` with any finite
    number, or a column for each class or label.

    References
    ----------
    W. Su, Y. Yuan, M. Zhu, "A relationship between the average precision and the area under the ROC curve", ICTIR
    2015, p. 349; scikit-learn, ``average_precision_score``.

    Examples
    --------
    >>> average_precision().value(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8])).__round__(4)
    0.8333
    """
    return Metric(
        name="average_precision",
        summary="How pure is the top of the list, down to each positive row?",
        greater_is_better=True,
        needs="probabilities",
        best=1.0,
        worst=0.0,
        unit="value",
        interval="bootstrap",
        source="W. Su, Y. Yuan, M. Zhu, ICTIR 2015, p. 349; scikit-learn, average_precision_score",
        has_columns=True,
        params={"average": average},
        terms=linear_parts,
        combine=partial(_linearised, average=average),
        exact=partial(mean_precision, average=average),
        n_independent=_n_disjoint_pairs,
    )


def mean_precision(
    y_true: Array, y_pred: Array, *, sample_weight: Array | None = None, average: Average = "macro"
) -> float:
    """The average precision of each column, averaged; parameters as `kit.metrics.roc_auc.area`."""
    columns, scores = as_columns(y_true, y_pred)
    curves = [curve(c, s, sample_weight) for c, s in zip(columns.T, scores.T, strict=True)]
    n_positive = np.array([of_column.positives[-1] for of_column in curves], dtype=np.float64)
    sums = np.array([(_precisions(of_column)[0] * _steps(of_column)).sum() for of_column in curves])
    return float(_averaged(n_positive, sums, average))


def linear_parts(y_true: Array, y_pred: Array) -> FloatArray:
    """What each row contributes, to first order in the rows' weights.

    Returns
    -------
    shape (n_samples, 2 * n_columns)
        For each column: 1 for a positive row, else 0; and the precision P at it (0 for a negative row), plus the sum
        over the positive rows i at or below it of (1 or 0 - P_i) / N_i, which is what it does to their precision, with
        N_i rows at or above i. The latter sum to 0, so for equal weights the score is the quotient of the sums.

    References
    ----------
    A. W. van der Vaart, *Asymptotic Statistics*, Cambridge University Press 1998, section 20.1 (the delta method).
    """
    columns, scores = as_columns(y_true, y_pred)
    terms = np.zeros((len(columns), 2 * columns.shape[1]))
    for j in range(columns.shape[1]):
        is_positive, found = columns[:, j], curve(columns[:, j], scores[:, j])
        precision, n_above = _precisions(found)
        helped = found.of_rows(np.cumsum(_steps(found) / n_above))
        harmed = found.of_rows(np.cumsum(_steps(found) * precision / n_above))
        terms[:, 2 * j] = is_positive
        terms[:, 2 * j + 1] = is_positive * (found.of_rows(precision) + helped) - harmed
    return terms


def _steps(found: Curve) -> FloatArray:
    """Positive rows at each distinct score, ascending."""
    return np.diff(found.positives, prepend=0).astype(np.float64)


def _precisions(found: Curve) -> tuple[FloatArray, FloatArray]:
    """Of each distinct score, ascending: the precision at or above it, and how many rows these are."""
    positives = found.positives[-1] - found.positives + np.diff(found.positives, prepend=0)
    negatives = found.negatives[-1] - found.negatives + np.diff(found.negatives, prepend=0)
    n_above = np.asarray(positives + negatives, dtype=np.float64)
    return quotient(positives, n_above, otherwise=0.0), n_above


def _linearised(sums: FloatArray, total: FloatArray, *, average: Average) -> FloatArray:  # noqa: ARG001 - the signature
    return _averaged(sums[..., 0::2], sums[..., 1::2], average)


def _averaged(n_positive: FloatArray, sums: FloatArray, average: Average) -> FloatArray:
    """The mean over columns of their sums of precisions, divided by how many positive rows there are."""
    if average == "weighted":
        n_positive, sums = n_positive.sum(axis=-1, keepdims=True), sums.sum(axis=-1, keepdims=True)
    return np.asarray(quotient(sums, n_positive, otherwise=0.0).mean(axis=-1))


def _n_disjoint_pairs(terms: FloatArray) -> int:
    """Pairs of a positive and a negative row that can be made in the worst column, at least 1."""
    n_positive = terms[:, 0::2].sum(axis=0)
    return max(1, int(np.minimum(n_positive, len(terms) - n_positive).min()))
