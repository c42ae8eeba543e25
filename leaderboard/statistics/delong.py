"""The standard error of an area under the ROC curve, from what each row contributes to it."""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from kit.metrics.base import FloatArray, Metric
from kit.scoring import PartScore
from leaderboard.statistics.influence import standard_error

OF_ONE_AREA = 3
"""Terms of each row; the mean of several areas has more."""


def error_of_area(metric: Metric, part: PartScore, other: PartScore | None = None, *, seed_text: str) -> float:
    """Standard error of an area, or of the difference between two on the same rows, by DeLong's method.

    Parameters
    ----------
    metric, part, other
        With terms as `kit.metrics.roc_auc` makes them.
    seed_text
        As for `leaderboard.statistics.influence.standard_error`, which takes over where the score is a mean of
        several areas: they share rows, and the jackknife of their components needs no covariance for each pair.

    Returns
    -------
    float
        From 0; NaN where a class has one row only, for then nothing is known of the spread within it.
    """
    parts = [part] if other is None else [part, other]
    terms = [one.terms for one in parts if one.terms is not None]
    if all(of_one.shape[1] == OF_ONE_AREA for of_one in terms):
        return delong_error(terms[0] if other is None else terms[0] - terms[1], terms[0][:, 0] == 1)
    return standard_error(metric, part, other, seed_text=seed_text)


def delong_error(components: FloatArray, is_positive: NDArray[np.bool_]) -> float:
    """Square root of var(V10) / m + var(V01) / k, the variances with divisors m - 1 and k - 1.

    Parameters
    ----------
    components : shape (n, 3)
        V10 of the m positive rows in the second column, V01 of the k negative ones in the third; of two areas their
        difference, which gives s11 + s22 - 2 s12 of the paper at once.
    is_positive : shape (n,)
        Which those are.

    References
    ----------
    E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson, "Comparing the areas under two or more correlated receiver
    operating characteristic curves", Biometrics 44 (1988), p. 837, equations 5 and 6.
    """
    of_positives, of_negatives = components[is_positive, 1], components[~is_positive, 2]
    if min(len(of_positives), len(of_negatives)) < 2:
        return float("nan")
    return sqrt(of_positives.var(ddof=1) / len(of_positives) + of_negatives.var(ddof=1) / len(of_negatives))
