"""Area under the ROC curve: how often a positive row is put above a negative one.

The score is a count of pairs, no mean over rows, so this metric takes a path of its own: `area` gives the number,
`components` what each row contributes to it, linearised, for bootstrap and paired tests.
"""

from __future__ import annotations

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric


def area(y_true: Array, y_pred: Array, *, sample_weight: Array | None = None) -> float:  # noqa: ARG001
    """Share of the (positive, negative) pairs that are in the right order, a tie counting one half.

    Parameters
    ----------
    y_true : shape (n_samples,)
        1 for the positive class, which is ``classes[1]``, else 0. Both must occur (`one_class`).
    y_pred : shape (n_samples,)
        P(classes[1]), or any finite real: only the order matters.

    Returns
    -------
    float
        From 0 to 1; 0.5 is what chance gives, greater is better.

    Notes
    -----
    (R - m (m + 1) / 2) / (m k), with R the sum of the mid-ranks of the m positive rows among all and k negative rows.
    Twice the numerator is a whole number and is kept as one, so equal orders give bit-equal scores and share a rank
    on the board; an integral of the curve by trapezia would not.

    References
    ----------
    J. A. Hanley, B. J. McNeil, "The meaning and use of the area under a receiver operating characteristic (ROC)
    curve", Radiology 143 (1982), p. 29.

    Examples
    --------
    >>> area(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8]))
    0.75
    """
    _, positives, negatives = _by_value(y_true, y_pred)
    m, k = int(positives.sum()), int(negatives.sum())
    twice_wins = int((positives * (2 * (negatives.cumsum() - negatives) + negatives)).sum())
    return twice_wins / (2 * m * k)


def components(y_true: Array, y_pred: Array) -> FloatArray:
    """What each row contributes to the area (DeLong's structural components).

    Parameters
    ----------
    y_true, y_pred : shape (n_samples,)
        As for `area`.

    Returns
    -------
    shape (n_samples, 3)
        [1, V10, 0] for a positive row, V10 = the share of negatives below it; [0, 0, V01 - A] for a negative row,
        V01 = the share of positives above it, A = the area. Ties count one half. A is taken off here because
        `linearised` sees sums only.

    References
    ----------
    E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson, "Comparing the areas under two or more correlated receiver
    operating characteristic curves", Biometrics 44 (1988), p. 839.

    Examples
    --------
    >>> components(np.array([0, 1, 1]), np.array([0.5, 0.5, 0.9])).tolist()
    [[0.0, 0.0, 0.0], [1.0, 0.5, 0.0], [1.0, 1.0, 0.0]]
    """
    group, positives, negatives = _by_value(y_true, y_pred)
    below = (negatives.cumsum() - negatives + negatives / 2) / negatives.sum()
    above = (positives.sum() - positives.cumsum() + positives / 2) / positives.sum()
    is_positive = np.asarray(y_true) == 1
    from_positives = np.where(is_positive, below[group], 0.0)
    from_negatives = np.where(is_positive, 0.0, above[group] - area(y_true, y_pred))
    return np.column_stack([is_positive.astype(np.float64), from_positives, from_negatives])


def linearised(sums: FloatArray, total: FloatArray) -> FloatArray:
    """A* = (W+ V10) / W+ 1 + (W- V01) / W- 1 - A: the area under weights W, to first order in W.

    Exact for equal weights. What is dropped is the second-order term of Hoeffding's decomposition, O(1 / n). NaN
    where one of the classes has no weight.

    References
    ----------
    A. W. van der Vaart, *Asymptotic Statistics*, Cambridge University Press 1998, section 12.2 (projection of a
    two-sample U-statistic).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(sums[..., 1] / sums[..., 0] + sums[..., 2] / (total - sums[..., 0]))


def n_disjoint_pairs(terms: FloatArray) -> int:
    """How many pairs of a positive and a negative row can be made without using a row twice."""
    n_positive = int(terms[:, 0].sum())
    return min(n_positive, len(terms) - n_positive)


def one_class(y_true: Array) -> str | None:
    """Why these rows have no area, or None."""
    n_classes = len(np.unique(y_true))
    if n_classes > 2:
        return "there are more than two classes"
    if n_classes == 2:
        return None
    return "all rows are of one class" if n_classes else "there are no rows"


def _by_value(y_true: Array, y_pred: Array) -> tuple[Array, Array, Array]:
    """Row -> place of its prediction among the distinct ones, ascending; positives and negatives at each place."""
    values, group = np.unique(y_pred, return_inverse=True)
    positives = np.bincount(group[np.asarray(y_true) == 1], minlength=len(values))
    return group, positives, np.bincount(group, minlength=len(values)) - positives


ROC_AUC = Metric(
    name="roc_auc",
    summary="Of a positive and a negative row, how often is the positive one put first?",
    greater_is_better=True,
    needs="probabilities",
    best=1.0,
    worst=0.0,
    unit="value",
    interval="bootstrap",
    source="J. A. Hanley, B. J. McNeil, Radiology 143 (1982), p. 29; DeLong et al., Biometrics 44 (1988), p. 837",
    terms=components,
    combine=linearised,
    exact=area,
    n_independent=n_disjoint_pairs,
    undefined=one_class,
)
