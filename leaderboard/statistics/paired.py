"""Whether one of two scores on the same rows is better than the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, exp, isfinite, isqrt, lgamma, log, sqrt
from typing import Literal

import numpy as np

from kit.metrics.base import Metric
from kit.scoring import PartScore
from leaderboard.statistics.bootstrap import replicates_of_all
from leaderboard.statistics.delong import OF_ONE_AREA, error_of_area

CLEAR = 0.05
"""A difference that chance would show less often than this is called clear."""
_IN_WHOLE_NUMBERS = 2000  # rows that differ; beyond, thousands of digits would be reckoned for the same p


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two scores on the same rows.

    Parameters
    ----------
    kind
        Of the first against the second; ``unclear`` where chance explains the difference.
    p
        How often chance alone would show as large a difference.
    n_better, n_worse
        Rows that only the first got right, and rows that only the second did; None where rows are not right or wrong.
    """

    kind: Literal["better", "worse", "unclear"]
    p: float
    n_better: int | None = None
    n_worse: int | None = None


def mcnemar_exact(b: int, c: int) -> float:
    """Two-sided p of `b` rows that only the first got right against `c` that only the second did.

    Notes
    -----
    min(1, 2 sum_{i <= min(b, c)} C(b + c, i) / 2^(b + c)), in whole numbers until the last division; where more than
    2000 rows differ the same sum in floating point, to 7 digits.

    References
    ----------
    Q. McNemar, "Note on the sampling error of the difference between correlated proportions or percentages",
    Psychometrika 12 (1947), p. 153; exact form: A. Agresti, *Categorical Data Analysis*, 3rd ed., Wiley 2013, p. 417.

    Examples
    --------
    >>> mcnemar_exact(1, 7), mcnemar_exact(4, 4)
    (0.0703125, 1.0)
    """
    n = b + c
    if n > _IN_WHOLE_NUMBERS:
        return min(1.0, 2 * _lower_tail(min(b, c), n))
    ways = total = 1
    for i in range(min(b, c)):
        ways = ways * (n - i) // (i + 1)
        total += ways
    return min(1.0, total / 2 ** (n - 1)) if n else 1.0


def _lower_tail(k: int, n: int) -> float:
    """P(at most k of n tosses of a coin): the largest term, times the sum of the others relative to it."""
    largest = exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) - n * log(2))
    i = np.arange(k, max(0, k - 20 * isqrt(n)), -1, dtype=np.float64)  # what is left out is below e^-800 of it
    return largest * (1.0 + float(np.cumprod(i / (n - i + 1)).sum()))


def delong(metric: Metric, a: PartScore, b: PartScore, *, seed_text: str) -> float:
    """Two-sided p of the difference between two areas under the ROC curve on the same rows.

    Parameters
    ----------
    metric, a, b
        Two areas with their components as terms.
    seed_text
        As for `leaderboard.statistics.delong.error_of_area`.

    Returns
    -------
    float
        That of the normal distribution at |A - B| / s, with s DeLong's standard error of A - B. But of a single area
        not below 2^(1 - min(m, k)), the p of as many disjoint pairs of a positive and a negative row that all agree:
        the normal approximation knows nothing of a class of three rows.
    """
    assert a.terms is not None, "an area has components"
    error = error_of_area(metric, a, b, seed_text=seed_text)
    difference = abs(a.value - b.value)
    is_mean_of_several = a.terms.shape[1] > OF_ONE_AREA
    least = mcnemar_exact(a.n if is_mean_of_several else metric.n_independent(a.terms), 0)
    if difference == 0 or not isfinite(error):
        return 1.0
    return max(least, erfc(difference / error / sqrt(2)) if error > 0 else 0.0)


def paired_bootstrap(metric: Metric, a: PartScore, b: PartScore, *, seed_text: str) -> float:
    """Two-sided p of the difference between two scores on the same rows: how often resampling moves it by as much.

    Parameters
    ----------
    metric, a, b
        Two scores of the same rows.
    seed_text
        Draws the resamples, which both scores share: rows that are hard for both then cancel.

    Returns
    -------
    float
        In (0, 1]; 1 where no resample can tell the two apart. No smaller than 1 / (replicates + 1), nor than
        2^(1 - n): of fewer than six rows even all in one direction are not clear.

    Notes
    -----
    (1 + #{b : |D*_b - D| >= |D|}) / (B + 1), where D is the difference of the scores and D*_b that of replicate b: the
    D*_b are centred on D, so the deviations show what D would do if there were no difference. A replicate in which one
    of the scores is undefined counts as one that reaches D, which is the careful side.

    References
    ----------
    B. Efron, R. J. Tibshirani, *An Introduction to the Bootstrap*, Chapman & Hall 1993, chapter 16 (tests by the
    bootstrap); A. C. Davison, D. V. Hinkley, *Bootstrap Methods and their Application*, Cambridge University Press
    1997, section 4.2 (the added 1).
    """
    of_a, of_b = replicates_of_all(metric, [a, b], seed_text=seed_text)
    difference = a.value - b.value
    deviations = np.abs(of_a - of_b - difference)
    # Equal rows give equal sums but for the last digits, and those must not decide.
    tolerance = 1e-9 * max(abs(a.value), abs(b.value))
    n_reaching = int((~(deviations < abs(difference) - tolerance)).sum())
    return max((1 + n_reaching) / (len(deviations) + 1), mcnemar_exact(a.n, 0))


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """P values of several tests, adjusted so that with 95 % confidence none that stays below 0.05 is luck.

    For who compares one submission with several by `compare`. A board does without: its ranks are intervals.

    Parameters
    ----------
    p_values
        Of each test by itself, in any order.

    Returns
    -------
    tuple of float
        In the same order: the i-th smallest of k is multiplied by k - i + 1, and never less than one before it.

    References
    ----------
    S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6 (1979),
    p. 65.

    Examples
    --------
    >>> holm([0.03, 0.01, 0.04])
    (0.06, 0.03, 0.06)
    """
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for place, i in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - place) * p_values[i]))
        adjusted[i] = largest
    return tuple(adjusted)


def compare(metric: Metric, a: PartScore, b: PartScore, *, seed_text: str) -> Comparison:
    """Whether the first of two scores on the same rows is clearly better or worse than the second.

    Parameters
    ----------
    metric
        Says by which test: where each row is right or wrong by `mcnemar_exact`, an area by `delong`, all else by
        `paired_bootstrap`.
    a, b
        Two scores of the same rows.
    seed_text
        As for `paired_bootstrap`.
    """
    n_better = n_worse = None
    if a.terms is not None and metric.interval == "wilson":
        n_better, n_worse = _rows_apart(metric, a, b)
        p = mcnemar_exact(n_better, n_worse)
    elif a.terms is not None and metric.interval == "delong":
        p = delong(metric, a, b, seed_text=seed_text)
    else:
        p = paired_bootstrap(metric, a, b, seed_text=seed_text)
    is_better = a.value > b.value if metric.greater_is_better else a.value < b.value
    kind: Literal["better", "worse", "unclear"] = "unclear" if p >= CLEAR else "better" if is_better else "worse"
    return Comparison(kind=kind, p=p, n_better=n_better, n_worse=n_worse)


def _rows_apart(metric: Metric, a: PartScore, b: PartScore) -> tuple[int, int]:
    """Rows that only the first got right, and rows that only the second did: of a mean of zeros and ones."""
    assert a.terms is not None, "asked where there are terms"
    assert b.terms is not None, "of one metric all scores have terms, or none"
    gain = (a.terms - b.terms)[:, 0] * (1 if metric.greater_is_better else -1)
    return int((gain > 0).sum()), int((gain < 0).sum())
