"""What a score is worth: intervals and paired tests.

Pure functions of terms that are stored with each score; nothing here looks at a solution.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kit.metrics.base import FloatArray, Metric
from kit.scoring import PartScore

REPLICATES = 1000
_Z = 1.959963984540054  # the 97.5 % point of the normal distribution
_BLOCK_BYTES = 32 * 2**20
_ROUNDING = 1e-12  # of a metric's range
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


def wilson(share: float, n: int) -> tuple[float, float]:
    """95 % interval of a share by Wilson's score method.

    Parameters
    ----------
    share
        Share of successes, 0 to 1.
    n
        Number of trials, at least 1.

    Returns
    -------
    tuple of float
        Lower and upper end, within [0, 1]. Not empty for a share of 0 or 1, unlike the textbook's p ± 2 sd.

    References
    ----------
    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927), p. 209;
    recommended for small n by L. D. Brown, T. T. Cai, A. DasGupta, Statistical Science 16 (2001), p. 101.

    Examples
    --------
    >>> [round(end, 4) for end in wilson(0.967, 240)]
    [0.936, 0.9832]
    """
    denominator = 1 + _Z**2 / n
    centre = (share + _Z**2 / (2 * n)) / denominator
    half = _Z * sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2)) / denominator
    # the ends are 0 and 1 there; rounding would leave 1e-17
    return (0.0 if share == 0 else max(0.0, centre - half)), (1.0 if share == 1 else min(1.0, centre + half))


def interval(metric: Metric, part: PartScore, *, seed_text: str) -> tuple[float, float]:
    """95 % interval of one score.

    Parameters
    ----------
    metric
        Says whether by Wilson or by bootstrap.
    part
        The score.
    seed_text
        Competition and part, such as ``digits/public``: every team's interval is drawn with the same resamples, and
        a repeat gives the same ends.

    Returns
    -------
    tuple of float
        Lower and upper end; for the bootstrap the 2.5 and 97.5 % points of `REPLICATES` replicates.

    Notes
    -----
    At the best or the worst score of a bounded metric every replicate is that score. The interval is then Wilson's for
    `Metric.n_independent` trials with one result, which is too wide rather than too narrow: the score is an average
    over ways to make disjoint pairs, and all of them came out alike. Where a metric has no bound (RMSE 0, or a part
    of one row), nothing can be said from such rows, and both ends are the score.

    References
    ----------
    B. Efron, R. J. Tibshirani, *An Introduction to the Bootstrap*, Chapman & Hall 1993, section 13.3 (percentile
    interval); W. Hoeffding, "Probability inequalities for sums of bounded random variables", JASA 58 (1963),
    section 5 (a U-statistic as an average of means over disjoint groups of rows).
    """
    if metric.interval == "wilson":
        return wilson(part.value, part.n)
    replicates = bootstrap(metric, part.terms, seed_text=seed_text)
    defined = replicates[np.isfinite(replicates)]  # a resample may hold one class only
    if not len(defined):
        return min(metric.best, metric.worst), max(metric.best, metric.worst)
    low, high = map(float, np.quantile(defined, (0.025, 0.975)))
    if np.isfinite(span := abs(metric.best - metric.worst)):
        for end in (metric.best, metric.worst):
            if max(abs(low - end), abs(high - end)) <= _ROUNDING * span:  # a log loss is clipped just before its best
                return _of_one_result(metric, end, metric.n_independent(part.terms))
    return low, high


def _of_one_result(metric: Metric, value: float, n: int) -> tuple[float, float]:
    """Wilson's interval, on the scale of the metric, for `n` trials that all gave its best or its worst value."""
    span = metric.best - metric.worst
    low, high = sorted(metric.worst + span * share for share in wilson((value - metric.worst) / span, n))
    return low, high


def bootstrap(metric: Metric, terms: FloatArray, *, seed_text: str) -> FloatArray:
    """The metric on `REPLICATES` resamples of the rows: ``combine(W @ terms)``.

    Parameters
    ----------
    metric
        Whose terms they are.
    terms : shape (n, m)
        Of the rows of one part.
    seed_text
        Determines W together with n, and nothing else does.

    Returns
    -------
    shape (REPLICATES,)
        Within the range of the metric (a linearised replicate may leave it); NaN where it is undefined.
    """
    sums = np.concatenate([weights @ terms for weights in _weights(len(terms), seed_text)])
    scores = metric.combine(sums, np.full(REPLICATES, float(len(terms))))
    return np.clip(scores, min(metric.best, metric.worst), max(metric.best, metric.worst))


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


def paired_bootstrap(metric: Metric, terms_a: FloatArray, terms_b: FloatArray, *, seed_text: str) -> float:
    """Two-sided p of the difference between two scores on the same rows: how often resampling moves it by as much.

    Parameters
    ----------
    metric
        Whose terms they are.
    terms_a, terms_b : shape (n, m)
        Of the same rows in the same order.
    seed_text
        Draws the resamples, which both scores share: rows that are hard for both then cancel.

    Returns
    -------
    float
        In (0, 1]; 1 where no resample can tell the two apart. No smaller than 1 / (`REPLICATES` + 1).

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
    replicates = [bootstrap(metric, terms, seed_text=seed_text) for terms in (terms_a, terms_b)]
    n = np.asarray(float(len(terms_a)))
    value_a, value_b = (float(metric.combine(terms.sum(axis=0), n)) for terms in (terms_a, terms_b))
    difference = value_a - value_b
    deviations = np.abs(replicates[0] - replicates[1] - difference)
    # Equal rows give equal sums but for the last digits, and those must not decide.
    tolerance = 1e-9 * max(abs(value_a), abs(value_b))
    n_reaching = int((~(deviations < abs(difference) - tolerance)).sum())
    return (1 + n_reaching) / (REPLICATES + 1)


def compare(metric: Metric, terms_a: FloatArray, terms_b: FloatArray, *, seed_text: str) -> Comparison:
    """Whether the first of two scores on the same rows is clearly better or worse than the second.

    Parameters
    ----------
    metric
        Says by which test: where each row is right or wrong by `mcnemar_exact`, else by `paired_bootstrap`.
    terms_a, terms_b : shape (n, m)
        Of the same rows in the same order.
    seed_text
        As for `paired_bootstrap`.
    """
    n = np.asarray(float(len(terms_a)))
    value_a, value_b = (float(metric.combine(terms.sum(axis=0), n)) for terms in (terms_a, terms_b))
    n_better = n_worse = None
    if metric.interval == "wilson":  # a mean of zeros and ones
        gain = (terms_a - terms_b)[:, 0] * (1 if metric.greater_is_better else -1)
        n_better, n_worse = int((gain > 0).sum()), int((gain < 0).sum())
        p = mcnemar_exact(n_better, n_worse)
    else:
        p = paired_bootstrap(metric, terms_a, terms_b, seed_text=seed_text)
    is_better = value_a > value_b if metric.greater_is_better else value_a < value_b
    kind: Literal["better", "worse", "unclear"] = "unclear" if p >= _CLEAR else "better" if is_better else "worse"
    return Comparison(kind=kind, p=p, n_better=n_better, n_worse=n_worse)


def _weights(n: int, seed_text: str) -> Iterator[NDArray[np.float64]]:
    """Counts of each row in each resample, shape (REPLICATES, n) in blocks of rows: memory is bounded, W the same."""
    rng = np.random.default_rng(int.from_bytes(hashlib.sha256(seed_text.encode()).digest(), "big"))
    size = max(1, min(REPLICATES, _BLOCK_BYTES // (8 * n)))
    for start in range(0, REPLICATES, size):
        block = range(start, min(start + size, REPLICATES))
        draws = (rng.integers(0, n, size=n, dtype=np.int32) for _ in block)
        yield np.stack([np.bincount(drawn, minlength=n) for drawn in draws]).astype(np.float64)
