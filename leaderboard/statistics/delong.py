"""The standard error of an area under the ROC curve, from what each row contributes to it."""

from __future__ import annotations

from math import sqrt

from kit.metrics.base import FloatArray


def standard_error_of_area(terms: FloatArray, other: FloatArray | None = None) -> float:
    """Of an area, or of the difference between two areas on the same rows.

    Parameters
    ----------
    terms, other : shape (n, 3)
        As `kit.metrics.roc_auc.components` gives them: [1, V10, 0] of a positive row, [0, 0, V01 - A] of a negative.

    Returns
    -------
    float
        sqrt(var(V10) / m + var(V01) / k) for m positive and k negative rows, the variances with divisors m - 1 and
        k - 1; of two areas V is the difference of theirs, which is s11 + s22 - 2 s12 of the paper. NaN where a class
        has one row only: nothing is known of the spread within it.

    References
    ----------
    E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson, "Comparing the areas under two or more correlated receiver
    operating characteristic curves", Biometrics 44 (1988), p. 837, equations 5 and 6.
    """
    is_positive = terms[:, 0] == 1
    values = terms if other is None else terms - other
    from_positives, from_negatives = values[is_positive, 1], values[~is_positive, 2]
    if min(len(from_positives), len(from_negatives)) < 2:
        return float("nan")
    variance = from_positives.var(ddof=1) / len(from_positives) + from_negatives.var(ddof=1) / len(from_negatives)
    return sqrt(variance)
