"""Which ranks are possible. Who may be the first is who has rank 1 among them: the leader group of a board."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kit.metrics.base import FloatArray
from kit.resampling import REPLICATES
from leaderboard.statistics.paired import CLEAR

_ROUNDING = 1e-9  # of a standard error: what the order of a sum may change


def rank_intervals(
    scores: FloatArray, replicates: FloatArray, *, greater_is_better: bool, of: Sequence[int] | None = None
) -> list[tuple[int, int]]:
    """Best and worst rank that each team may have, with 95 % confidence for each team by itself.

    Parameters
    ----------
    scores : shape (n_teams,)
        Unrounded.
    replicates : shape (n_teams, r)
        As `leaderboard.statistics.bootstrap.replicates_of_all` gives them; NaN where a score is undefined.
    greater_is_better
        Direction of the metric.
    of
        Places in `scores` of the teams that are asked for; None for all.

    Returns
    -------
    list of tuple of int
        Best and worst rank of each of these teams, from 1.

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
    for j in range(len(values)) if of is None else of:
        if not is_defined[j]:
            intervals.append((1, len(values)))
            continue
        leads, spread = _studentised(values, deviations, j)
        critical = np.quantile(spread[is_defined].max(axis=0), 1 - CLEAR, method="higher") * (1 + _ROUNDING)
        n_better, n_worse = (int((side[is_defined] > critical).sum()) for side in (leads, -leads))
        intervals.append((1 + n_better, len(values) - n_worse))
    return intervals


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
