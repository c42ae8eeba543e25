"""Which ranks are possible, and who can't be told apart from the leader."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from kit.metrics.base import FloatArray, Metric
from kit.resampling import REPLICATES
from kit.scoring import PartScore
from leaderboard.statistics.bootstrap import replicates_of_all
from leaderboard.statistics.paired import CLEAR, compare, has_own_test, holm

_ROUNDING = 1e-9  # of a standard error: what the order of a sum may change


def rank_intervals(scores: FloatArray, replicates: FloatArray, *, greater_is_better: bool) -> list[tuple[int, int]]:
    """Best and worst rank that each team may have, with 95 % confidence for each team by itself.

    Parameters
    ----------
    scores : shape (n_teams,)
        Unrounded.
    replicates : shape (n_teams, r)
        As `leaderboard.statistics.bootstrap.replicates_of_all` gives them; NaN where a score is undefined.
    greater_is_better
        Direction of the metric.

    Returns
    -------
    list of tuple of int
        Best and worst rank of each team, in the order of `scores`, from 1.

    Notes
    -----
    D_jk is the difference of two scores, D*_jk its replicates, s_jk the root mean square of D*_jk - D_jk. For team j,
    c_j is the 95 % point of max_k |D*_jk - D_jk| / s_jk. Team k is better than j where it leads by more than c_j s_jk.
    The ranks of j are then from 1 + #better to n_teams - #worse. The ranks of equal teams are covered too, which the
    percentiles of resampled ranks do not do: those follow the luck of the rows at hand.

    A team that is undefined in more than 5 % of the replicates may have any rank. In fewer, its deviation is taken
    to be the largest that it has elsewhere.

    References
    ----------
    M. Mogstad, J. P. Romano, A. M. Shaikh, D. Wilhelm, "Inference for ranks with applications to mobility across
    neighbourhoods and academic achievement across countries", Review of Economic Studies 91 (2024), p. 476.

    Examples
    --------
    >>> scores = np.array([10.0, 10.5, 20.0])
    >>> noise = np.random.default_rng(0).normal(size=(3, 1000))
    >>> rank_intervals(scores, scores[:, np.newaxis] + noise, greater_is_better=True)
    [(2, 3), (2, 3), (1, 1)]
    """
    sign = 1.0 if greater_is_better else -1.0
    values = sign * np.asarray(scores, dtype=np.float64)
    deviations, is_defined = _defined(sign * np.asarray(replicates) - values[:, np.newaxis])
    intervals = []
    for j in range(len(values)):
        if not is_defined[j]:
            intervals.append((1, len(values)))
            continue
        leads, spread = _studentised(values, deviations, j)
        critical = np.quantile(spread[is_defined].max(axis=0), 1 - CLEAR, method="higher") * (1 + _ROUNDING)
        n_better, n_worse = (int((side[is_defined] > critical).sum()) for side in (leads, -leads))
        intervals.append((1 + n_better, len(values) - n_worse))
    return intervals


def leader_group(metric: Metric, parts: Sequence[PartScore], *, seed_text: str) -> tuple[bool, ...]:
    """Which teams are not clearly worse than the first, all of them asked at once.

    Parameters
    ----------
    metric, parts
        Scores on the same rows, the best first.
    seed_text
        As for `leaderboard.statistics.bootstrap.replicates`.

    Returns
    -------
    tuple of bool
        In the order of `parts`; the first is of its own group.

    Notes
    -----
    By `leaderboard.statistics.paired.compare` and Holm's adjustment where the metric has a test of its own. Where
    scores are compared by resampling no p is below 1 / 1001, which times ninety teams is never clear; there the
    step-down of Romano and Wolf takes Holm's place: the same promise, from the largest of all deviations in each
    resample.

    References
    ----------
    J. P. Romano, M. Wolf, "Efficient computation of adjusted p-values for resampling-based stepdown multiple
    testing", Statistics & Probability Letters 113 (2016), p. 38.
    """
    if len(parts) < 2:
        return (True,) * len(parts)
    if has_own_test(metric, parts[0]):
        p_values = holm([compare(metric, parts[0], part, seed_text=seed_text).p for part in parts[1:]])
    else:
        p_values = _stepped_down(metric, parts, seed_text)
    return (True, *(p >= CLEAR for p in p_values))


def _stepped_down(metric: Metric, parts: Sequence[PartScore], seed_text: str) -> tuple[float, ...]:
    """Adjusted p of each difference to the first: how often the largest deviation of all smaller ones reaches it."""
    values = np.array([part.value for part in parts])
    deviations, is_defined = _defined(replicates_of_all(metric, parts, seed_text=seed_text) - values[:, np.newaxis])
    adjusted = np.ones(len(parts))
    if is_defined[0]:
        leads, spread = _studentised(values, deviations, 0)
        largest_first = [k for k in np.argsort(-np.abs(leads), kind="stable") if k != 0 and is_defined[k]]
        # from the smallest lead up: the maximum over it and all smaller ones
        reached = np.zeros(spread.shape[1])
        for k in reversed(largest_first):
            reached = np.maximum(reached, spread[k])
            n_reaching = int((reached >= abs(leads[k]) * (1 - _ROUNDING)).sum())
            adjusted[k] = (1 + n_reaching) / (len(reached) + 1)
        for before, k in pairwise(largest_first):
            adjusted[k] = max(adjusted[k], adjusted[before])
    return tuple(map(float, adjusted[1:]))


def _defined(deviations: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Deviations of all replicates from the scores, without NaN, and which teams can be judged by theirs.

    Parameters
    ----------
    deviations : shape (n_teams, r)
        NaN where a team has no score. Resamples in which nobody has one are left out.
    """
    deviations = deviations[:, ~np.isnan(deviations).all(axis=0)]
    is_missing = np.isnan(deviations)
    if not deviations.shape[1]:
        return deviations, np.zeros(len(deviations), dtype=bool)
    is_defined = is_missing.mean(axis=1) <= CLEAR
    if is_missing.any():
        largest = np.nanmax(np.abs(np.where(is_defined[:, np.newaxis], deviations, 0.0)), axis=1, keepdims=True)
        deviations = np.where(is_missing, largest, deviations)
    return (_more(deviations) if deviations.shape[1] < REPLICATES // 2 else deviations), is_defined


def _more(deviations: FloatArray) -> FloatArray:
    """Deviations with the covariance of a few, as many as `REPLICATES`: too few have no 95 % point to speak of.

    They follow Student's distribution with r - 1 degrees of freedom, for the covariance is an estimate itself.
    """
    r = deviations.shape[1]
    rng = np.random.default_rng(r)  # the same at every look
    draws = rng.normal(size=(r, REPLICATES)) / np.sqrt(rng.chisquare(r - 1, size=REPLICATES))
    centred: FloatArray = deviations - deviations.mean(axis=1, keepdims=True)
    return centred @ draws


def _studentised(values: FloatArray, deviations: FloatArray, j: int) -> tuple[FloatArray, FloatArray]:
    """By how much each team leads `j`, (n_teams,), and |D* - D|, (n_teams, r), both in standard errors of the lead.

    0 against a twin, whose replicates differ in their last digits alone. Infinite where every resample shows the very
    same lead.
    """
    spread = deviations - deviations[j]
    errors = np.sqrt(np.einsum("tb,tb->t", spread, spread) / spread.shape[1])
    own = np.sqrt(np.einsum("tb,tb->t", deviations, deviations) / spread.shape[1])
    least = _ROUNDING * np.maximum(own, own[j])
    leads = values - values[j]
    leads = np.where(np.abs(leads) <= least, 0.0, leads)
    varies = errors > least
    scale = np.where(varies, errors, 1.0)
    np.abs(spread, out=spread)
    spread /= scale[:, np.newaxis]
    spread[~varies] = 0.0
    certain = np.where(leads == 0, 0.0, np.copysign(np.inf, leads))
    return np.where(varies, leads / scale, certain), spread
