"""Which ranks are possible: equal teams, and scores that are not always defined."""

from __future__ import annotations

import numpy as np
import pytest

from kit.metrics.base import FloatArray
from leaderboard.statistics import rank_intervals


def board(scores: list[float], *, sd: float = 1.0, r: int = 1000) -> tuple[FloatArray, FloatArray]:
    noise = np.random.default_rng(len(scores)).normal(0, sd, size=(len(scores), r))
    return np.array(scores), np.array(scores)[:, np.newaxis] + noise


def test_teams_far_apart_have_one_rank_each() -> None:
    assert rank_intervals(*board([3.0, 60.0, 20.0]), greater_is_better=True) == [(3, 3), (1, 1), (2, 2)]
    assert rank_intervals(*board([3.0, 60.0, 20.0]), greater_is_better=False) == [(1, 1), (3, 3), (2, 2)]


def test_teams_within_noise_may_have_any_rank() -> None:
    assert rank_intervals(*board([0.1, 0.0, 0.2]), greater_is_better=True) == [(1, 3)] * 3


def test_twins_share_their_ranks() -> None:
    scores, drawn = board([5.0, 50.0, 90.0])
    twins = rank_intervals(np.append(scores, 50.0), np.vstack([drawn, drawn[1] + 1e-14]), greater_is_better=True)

    assert twins == [(4, 4), (2, 3), (1, 1), (2, 3)]


def test_a_lead_that_every_resample_shows_counts() -> None:
    scores, drawn = board([1.0, 2.0])
    drawn[1] = drawn[0] + 1

    assert rank_intervals(scores, drawn, greater_is_better=True) == [(2, 2), (1, 1)]


def test_a_team_alone_is_first() -> None:
    assert rank_intervals(*board([0.3]), greater_is_better=True) == [(1, 1)]


def test_resamples_without_a_score_for_anybody_say_nothing() -> None:
    scores, drawn = board([3.0, 60.0, 20.0])
    drawn[:, :400] = np.nan

    assert rank_intervals(scores, drawn, greater_is_better=True) == [(3, 3), (1, 1), (2, 2)]


@pytest.mark.parametrize(("n_missing", "expected"), [(20, [(3, 3), (1, 1), (2, 2)]), (80, [(2, 3), (1, 3), (1, 2)])])
def test_a_team_that_is_often_undefined_may_have_any_rank(n_missing: int, expected: list[tuple[int, int]]) -> None:
    scores, drawn = board([3.0, 60.0, 20.0])
    drawn[1, :n_missing] = np.nan

    assert rank_intervals(scores, drawn, greater_is_better=True) == expected


def test_nobody_is_ranked_by_replicates_that_are_all_undefined() -> None:
    assert rank_intervals(np.array([1.0, 2.0]), np.full((2, 60), np.nan), greater_is_better=True) == [(1, 2)] * 2


def test_fifty_resamples_tell_less_than_a_thousand_but_do_tell() -> None:
    scores, drawn = board([0.0, 30.0, 31.0], r=50)

    assert rank_intervals(scores, drawn, greater_is_better=True) == [(3, 3), (1, 2), (1, 2)]
