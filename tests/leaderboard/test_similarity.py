"""Pairs to look at: copies are found whatever was done to hide them, and honest work is left alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from kit.metrics.base import FloatArray
from leaderboard.statistics import Pair, similar


def honest(n: int = 400, n_teams: int = 12, noise: float = 0.4) -> list[FloatArray]:
    rng = np.random.default_rng(1)
    hard = rng.normal(size=n)
    return [hard + rng.normal(0, noise, size=n) for _ in range(n_teams)]


def test_honest_numbers_are_no_pairs_though_their_order_is_alike() -> None:
    teams = honest()

    assert np.corrcoef(teams[0], teams[1])[0, 1] > 0.8
    assert similar(teams) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda p, other: p + 1e-6 * (np.arange(len(p)) % 3),
        lambda p, other: np.exp(1.7 * p),
        lambda p, other: 3 * p - 1,
        lambda p, other: 0.95 * p + 0.05 * other,
    ],
    ids=["noise", "another scale", "shifted", "blended"],
)
def test_a_copy_is_found_whatever_was_done_to_it(change: Callable[[FloatArray, FloatArray], FloatArray]) -> None:
    teams = honest()
    teams[7] = change(teams[3], teams[5])
    [pair] = similar(teams)

    assert (pair.a, pair.b, pair.kind) == (3, 7, "near")
    assert pair.likeness > 0.99


def test_two_honest_teams_that_gave_the_other_class_are_no_pair() -> None:
    teams = honest(noise=0.1)

    assert similar([-one if place in (2, 9) else one for place, one in enumerate(teams)]) == []


def test_a_copy_that_was_turned_round_is_found() -> None:
    teams = honest()
    teams[7] = 1 - teams[3]

    assert [(pair.a, pair.b) for pair in similar(teams)] == [(3, 7)]


def test_the_same_numbers_are_an_exact_pair_whatever_their_type() -> None:
    teams = honest(n_teams=3)
    teams.append(np.where(teams[1] == 0, -0.0, teams[1]))

    assert similar(teams) == [Pair(a=1, b=3, kind="exact", likeness=1.0)]


def test_of_three_copies_each_pair_is_named_once() -> None:
    labels = np.arange(50) % 4

    assert [(p.a, p.b) for p in similar([labels, labels + 1, labels.astype(np.int16), labels.copy()])] == [
        (0, 2),
        (0, 3),
        (2, 3),
    ]


def test_labels_that_agree_on_nearly_all_rows_say_nothing() -> None:
    labels = np.arange(50) % 4
    others = [np.where(np.arange(50) == place, 9, labels) for place in range(9)]

    assert similar(others) == []


def test_texts_are_compared_cell_by_cell() -> None:
    texts = [np.array(cells, dtype=object) for cells in (["a b", "c"], ["a", "b c"], ["a b", "c"])]

    assert [(pair.a, pair.b, pair.kind) for pair in similar(texts)] == [(0, 2, "exact")]


def test_probabilities_of_several_classes_are_compared_too() -> None:
    rng = np.random.default_rng(2)
    hard = rng.normal(size=(300, 3))
    teams = [hard + rng.normal(0, 0.4, size=(300, 3)) for _ in range(8)]
    teams[5] = teams[2] ** 3

    assert [(pair.a, pair.b) for pair in similar(teams)] == [(2, 5)]


def test_few_submissions_do_not_tell_what_everybody_finds_hard() -> None:
    teams = honest(n_teams=4)
    teams[1] = np.exp(teams[0])

    assert similar(teams) == []
    assert similar([]) == []


def test_copies_are_found_among_very_many_rows() -> None:
    teams = honest(n=50_000, n_teams=6)
    teams[5] = np.exp(teams[0])

    assert [(pair.a, pair.b, round(pair.likeness, 6)) for pair in similar(teams)] == [(0, 5, 1.0)]


def test_constant_numbers_are_like_nothing_but_themselves() -> None:
    assert similar([*honest(), np.zeros(400), np.ones(400)]) == []


def test_a_constant_is_no_copy_of_answers_that_are_the_wrong_way_round() -> None:
    teams = honest()

    assert similar([*teams, np.full(400, 0.5), -np.sum(teams, axis=0)]) == []
