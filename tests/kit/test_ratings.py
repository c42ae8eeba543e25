"""Ratings of agents: what a simulated strength becomes, and what happens at the ends."""

from __future__ import annotations

from math import log10
from typing import TypeAlias

import numpy as np
import pytest
from numpy.typing import NDArray

from kit.ratings import bradley_terry

Games: TypeAlias = list[tuple[int, int, float]]


def tournament(strengths: NDArray[np.float64], n_games: int, seed: int) -> Games:
    """Games between agents drawn at random, who win as their strengths (in points) say."""
    rng = np.random.default_rng(seed)
    pairs = np.array([rng.choice(len(strengths), 2, replace=False) for _ in range(n_games)])
    chances = 1 / (1 + 10 ** ((strengths[pairs[:, 1]] - strengths[pairs[:, 0]]) / 400))
    won = rng.random(n_games) < chances
    return [(int(i), int(j), float(result)) for (i, j), result in zip(pairs, won, strict=True)]


@pytest.mark.parametrize("seed", range(5))
def test_three_thousand_games_of_thirty_agents_recover_their_strengths(seed: int) -> None:
    true = np.random.default_rng(seed).normal(0, 150, 30)
    found = bradley_terry(tournament(true, 3000, seed))
    errors = found.points - (true - true.mean())[list(found.agents)]

    assert np.sqrt(np.mean(errors**2)) < 40
    assert np.mean(np.abs(errors) < 1.96 * found.standard_errors) > 0.85
    assert np.corrcoef(found.points, true[list(found.agents)])[0, 1] > 0.95


def test_standard_errors_are_the_spread_over_repeated_tournaments() -> None:
    true = np.array([0.0, 60.0, 120.0, 300.0])
    runs = [bradley_terry(sorted(tournament(true, 400, seed))) for seed in range(100)]
    spread = np.std([run.points[np.argsort(run.agents)] for run in runs], axis=0)
    told = np.mean([run.standard_errors[np.argsort(run.agents)] for run in runs], axis=0)

    assert told == pytest.approx(spread, rel=0.25)


def test_two_agents_differ_by_the_odds() -> None:
    found = bradley_terry([("a", "b", 1)] * 3000 + [("a", "b", 0)] * 1000)

    assert found.points[0] - found.points[1] == pytest.approx(400 * log10(3), abs=0.1)


def test_who_wins_all_games_stays_finite_and_on_top() -> None:
    found = bradley_terry([("a", "b", 1), ("a", "c", 1), ("b", "c", 1), ("c", "b", 1)] * 1000)

    assert np.isfinite(found.points).all()
    assert np.isfinite(found.standard_errors).all()
    assert found.points[0] > 400 + found.points[1:].max()


def test_a_draw_is_half_a_win_of_each() -> None:
    drawn = bradley_terry([("a", "b", 0.5)] * 10 + [("b", "c", 1)])
    shared = bradley_terry([("a", "b", 1), ("a", "b", 0)] * 5 + [("b", "c", 1)])

    assert drawn.points == pytest.approx(shared.points)


def test_neither_the_order_of_games_nor_who_is_named_first_matters() -> None:
    games: Games = tournament(np.array([0.0, 100.0, 50.0]), 60, 0)
    turned = [(j, i, 1 - result) for i, j, result in reversed(games)]
    one, other = bradley_terry(games), bradley_terry(turned)

    assert dict(zip(one.agents, one.points.round(6), strict=True)) == dict(
        zip(other.agents, other.points.round(6), strict=True)
    )


def test_groups_that_never_met_have_large_errors() -> None:
    met = bradley_terry([("a", "b", 1), ("b", "a", 1), ("c", "d", 1), ("d", "c", 1), ("a", "c", 0.5)] * 50)
    apart = bradley_terry([("a", "b", 1), ("b", "a", 1), ("c", "d", 1), ("d", "c", 1)] * 50)

    assert apart.standard_errors.min() > 10 * met.standard_errors.max()


@pytest.mark.parametrize("games", [[], [("a", "a", 1.0)], [("a", "b", 2.0)], [("a", "b", float("nan"))]])
def test_games_that_tell_nothing_are_refused(games: list[tuple[str, str, float]]) -> None:
    with pytest.raises(ValueError, match=r"no games|itself|from 0 to 1"):
        bradley_terry(games)
