"""What repeated tries and other rows do to a board."""

from __future__ import annotations

import numpy as np
import pytest

from kit.metrics.accuracy import accuracy
from kit.scoring import PartScore, score_part
from leaderboard.statistics import expected_drop, shake_up
from leaderboard.statistics.selection import ShakeUp


@pytest.mark.parametrize(
    ("k", "expected"),  # H. L. Harter, Biometrika 48 (1961), table 1
    [(1, 0.0), (2, 0.56419), (3, 0.84628), (5, 1.16296), (10, 1.53875), (25, 1.96531), (100, 2.50759)],
)
def test_the_best_of_k_normals_is_as_large_as_published(k: int, expected: float) -> None:
    assert expected_drop(k, 1.0) == pytest.approx(expected, abs=6e-6)


def test_the_drop_is_in_the_unit_of_the_score_and_grows_with_the_tries() -> None:
    assert expected_drop(10, 0.02) == pytest.approx(0.02 * expected_drop(10, 1.0))
    assert expected_drop(10, 1.0) < expected_drop(11, 1.0) < expected_drop(10**6, 1.0) < 5


def test_the_drop_is_what_luck_does_to_the_best_of_equal_models() -> None:
    shares = np.random.default_rng(1).binomial(1000, 0.8, size=(2000, 100)) / 1000

    assert shares.max(axis=1).mean() - 0.8 == pytest.approx(expected_drop(100, np.sqrt(0.16 / 1000)), rel=0.05)


def teams(skill: np.ndarray, n: int, rng: np.random.Generator) -> list[PartScore]:
    hits = rng.random((len(skill), n)) < skill[:, np.newaxis]
    return [score_part(accuracy(), np.ones(n, dtype=int), of_team.astype(int), seed_text="x") for of_team in hits]


def shaken(spread: float, rng: np.random.Generator, n_public: int = 300, n_private: int = 700) -> ShakeUp:
    skill = 0.8 + spread * rng.normal(size=60)
    public, private = teams(skill, n_public, rng), teams(skill, n_private, rng)
    return shake_up(accuracy(), public, private, public_seed_text="a/public", private_seed_text="a/private")


@pytest.mark.parametrize("spread", [0.0, 0.01, 0.1])
def test_the_predicted_shake_up_is_what_happens_where_nobody_overfits(spread: float) -> None:
    rng = np.random.default_rng(4)
    seen = [shaken(spread, rng) for _ in range(6)]
    predicted, observed = (np.mean([getattr(one, name) for one in seen]) for name in ("predicted", "observed"))

    assert predicted == pytest.approx(observed, abs=0.03)


def test_a_board_that_is_turned_round_has_moved_by_half_of_its_length() -> None:
    public = teams(np.linspace(0.2, 0.9, 10), 500, np.random.default_rng(5))
    seen = shake_up(accuracy(), public, public[::-1], public_seed_text="a", private_seed_text="b")

    assert seen.observed == 0.5


def test_ten_copies_of_one_file_are_not_expected_to_move() -> None:
    rng = np.random.default_rng(7)
    public, private = (teams(np.array([0.6, 0.8]), n, rng) for n in (300, 700))
    copies = [[parts[0]] * 5 + [parts[1]] * 5 for parts in (public, private)]

    assert shake_up(accuracy(), *copies, public_seed_text="a", private_seed_text="b").predicted < 0.01


def test_a_team_alone_does_not_move() -> None:
    [part] = teams(np.array([0.7]), 50, np.random.default_rng(6))

    assert shake_up(accuracy(), [part], [part], public_seed_text="a", private_seed_text="b") == ShakeUp(
        predicted=0.0, observed=0.0
    )
