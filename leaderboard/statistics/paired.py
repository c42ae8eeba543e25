"""Whether one of two scores on the same rows is better than the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from kit.metrics.base import Metric
from kit.scoring import PartScore
from leaderboard.statistics.bootstrap import replicates

_CLEAR = 0.05  # a difference that chance would show less often than this is called clear


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
    min(1, 2 sum_{i <= min(b, c)} C(b + c, i) / 2^(b + c)), in whole numbers until the last division.

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
    ways = total = 1
    for i in range(min(b, c)):
        ways = ways * (n - i) // (i + 1)
        total += ways
    return min(1.0, total / 2 ** (n - 1)) if n else 1.0


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
        In (0, 1]; 1 where no resample can tell the two apart. No smaller than 1 / (replicates + 1).

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
    of_a, of_b = (replicates(metric, part, seed_text=seed_text) for part in (a, b))
    n_shared = min(len(of_a), len(of_b))
    difference = a.value - b.value
    deviations = np.abs(of_a[:n_shared] - of_b[:n_shared] - difference)
    # Equal rows give equal sums but for the last digits, and those must not decide.
    tolerance = 1e-9 * max(abs(a.value), abs(b.value))
    n_reaching = int((~(deviations < abs(difference) - tolerance)).sum())
    return (1 + n_reaching) / (n_shared + 1)


def compare(metric: Metric, a: PartScore, b: PartScore, *, seed_text: str) -> Comparison:
    """Whether the first of two scores on the same rows is clearly better or worse than the second.

    Parameters
    ----------
    metric
        Says by which test: where each row is right or wrong by `mcnemar_exact`, else by `paired_bootstrap`.
    a, b
        Two scores of the same rows.
    seed_text
        As for `paired_bootstrap`.
    """
    n_better = n_worse = None
    if metric.interval == "wilson" and a.terms is not None and b.terms is not None:  # a mean of zeros and ones
        gain = (a.terms - b.terms)[:, 0] * (1 if metric.greater_is_better else -1)
        n_better, n_worse = int((gain > 0).sum()), int((gain < 0).sum())
        p = mcnemar_exact(n_better, n_worse)
    else:
        p = paired_bootstrap(metric, a, b, seed_text=seed_text)
    is_better = a.value > b.value if metric.greater_is_better else a.value < b.value
    kind: Literal["better", "worse", "unclear"] = "unclear" if p >= _CLEAR else "better" if is_better else "worse"
    return Comparison(kind=kind, p=p, n_better=n_better, n_worse=n_worse)
