"""What repeated tries and the change of rows do to a board: the expected drop, and the shake-up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import erfc, sqrt

import numpy as np
from numpy.typing import NDArray

from kit.metrics.base import FloatArray, Metric
from kit.scoring import PartScore
from leaderboard.statistics.bootstrap import replicates_of_all


@dataclass(frozen=True, slots=True, kw_only=True)
class ShakeUp:
    """How far teams move from the public to the private board: the mean of |rank change|, as a share of the teams.

    Parameters
    ----------
    predicted
        What the luck of the rows alone would do, without any overfitting.
    observed
        What happened.
    """

    predicted: float
    observed: float


def expected_drop(n_tries: int, sd: float) -> float:
    """How much better than it is the best of several equally good tries looks: sd times the expected maximum.

    Parameters
    ----------
    n_tries
        Scored submissions of a team, at least 1.
    sd
        Standard error of one score on the public rows, in the unit of the score.

    Returns
    -------
    float
        At least 0, in the unit of the score: what the private rows will take away again, on average. Tries that differ
        in quality, or that answer most rows alike, drop by less: it is the most that is to be expected.

    Notes
    -----
    E max of k standard normals = integral of 1 - Phi(x)^k - Phi(-x)^k over x > 0, by the trapezoidal rule in steps
    of 0.01: 0, 0.5642, 0.8463, ... 1.5388 for 10, 2.5076 for 100, 3.2414 for 1000.

    References
    ----------
    L. H. C. Tippett, "On the extreme individuals and the range of samples taken from a normal population", Biometrika
    17 (1925), p. 364; H. L. Harter, "Expected values of normal order statistics", Biometrika 48 (1961), p. 151.

    Examples
    --------
    >>> round(expected_drop(1, 0.01), 4), round(expected_drop(100, 0.01), 4)
    (0.0, 0.0251)
    """
    return sd * _expected_maximum(n_tries)


@lru_cache(maxsize=1024)
def _expected_maximum(k: int) -> float:
    x = np.arange(0, 12, 0.01)
    above = np.array([erfc(value / sqrt(2)) / 2 for value in x])
    with np.errstate(under="ignore"):
        integrand = -np.expm1(k * np.log1p(-above)) - above**k
    return max(0.0, float((integrand.sum() - integrand[0] / 2) * 0.01))


def shake_up(
    metric: Metric,
    public: Sequence[PartScore],
    private: Sequence[PartScore],
    *,
    public_seed_text: str,
    private_seed_text: str,
) -> ShakeUp:
    """How far teams moved, and how far the luck of the rows alone would have moved them.

    Parameters
    ----------
    metric, public, private
        Both scores of the submission that counts of each team, in one order; at least one.
    public_seed_text, private_seed_text
        As for `leaderboard.statistics.bootstrap.replicates`: ``digits/public`` and ``digits/private``.

    Notes
    -----
    What each team would score on very many rows is estimated from both parts together, by rows. These estimates lie
    further apart than the truth, for each carries luck of its own; they are drawn together around their mean until
    their variance is what is left after that of the luck. To them the deviations of a public and, drawn independently
    of it, of a private resample are added. The prediction is the mean over the resamples.

    References
    ----------
    T. A. Louis, "Estimating a population of parameter values using Bayes and empirical Bayes methods", JASA 79
    (1984), p. 393 (estimates whose spread is that of the truth).
    """
    of_public, of_private = (np.array([part.value for part in parts]) for parts in (public, private))
    observed = _moved(of_public[:, np.newaxis], of_private[:, np.newaxis], metric)
    luck_public = _luck(metric, public, of_public, public_seed_text)
    luck_private = _luck(metric, private, of_private, private_seed_text)
    n_shared = min(luck_public.shape[1], luck_private.shape[1])
    luck_public, luck_private = luck_public[:, :n_shared], luck_private[:, :n_shared]
    share = public[0].n / (public[0].n + private[0].n)
    estimates = share * of_public + (1 - share) * of_private
    luck = share * luck_public + (1 - share) * luck_private
    truth = _drawn_together(estimates, luck)[:, np.newaxis]
    return ShakeUp(predicted=_moved(truth + luck_public, truth + luck_private, metric), observed=observed)


def _luck(metric: Metric, parts: Sequence[PartScore], values: FloatArray, seed_text: str) -> FloatArray:
    """Deviations of the replicates from the scores; 0 where one is undefined."""
    deviations = replicates_of_all(metric, parts, seed_text=seed_text) - values[:, np.newaxis]
    return np.nan_to_num(deviations, nan=0.0)


def _drawn_together(estimates: FloatArray, luck: FloatArray) -> FloatArray:
    """Estimates with the variance that is left when that of their luck is taken off."""
    centred = estimates - estimates.mean()
    total = np.square(centred).sum()
    of_luck = np.square(luck - luck.mean(axis=0)).sum(axis=0).mean()
    return np.asarray(estimates.mean() + centred * np.sqrt(max(0.0, 1 - of_luck / total) if total > 0 else 0.0))


def _moved(before: FloatArray, after: FloatArray, metric: Metric) -> float:
    """Mean over columns and rows of |rank change|, as a share of the teams; shapes (n_teams, r)."""
    sign = -1 if metric.greater_is_better else 1
    changes = [np.abs(_ranks(sign * b) - _ranks(sign * a)).mean() for b, a in zip(before.T, after.T, strict=True)]
    return float(np.mean(changes)) / len(before)


def _ranks(values: FloatArray) -> NDArray[np.intp]:
    """Ranks from 0 in ascending order; equal values share the smaller one."""
    return np.searchsorted(np.sort(values), values)
