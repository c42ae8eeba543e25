"""Laws of ranks, adjusted tests, feedback and likeness, whatever the scores."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.metrics.accuracy import accuracy
from kit.metrics.base import FloatArray, Metric
from kit.metrics.rmse import rmse
from kit.metrics.roc_auc import roc_auc
from kit.scoring import PartScore, score_part
from leaderboard.statistics import (
    compare,
    expected_drop,
    holm,
    interval,
    is_improvement,
    rank_intervals,
    rounded,
    similar,
)
from leaderboard.statistics.intervals import wilson

seeds = st.integers(0, 2**32 - 1)
metrics = st.sampled_from([accuracy(), rmse(), roc_auc()])
p_values = st.lists(st.floats(0, 1), max_size=8)


def pair(metric: Metric, seed: int, order: FloatArray | None = None) -> tuple[PartScore, PartScore]:
    """Two scores on the same rows, both classes among them; the rows in another order where one is given."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 60))
    y_true = np.r_[0, 1, rng.integers(0, 2, n - 2)]
    answers = rng.integers(0, 2, (2, n)).astype(float)
    rows = slice(None) if order is None else np.random.default_rng(seed).permutation(n)
    first, second = (score_part(metric, y_true[rows], y_pred[rows], seed_text="a") for y_pred in answers)
    return first, second


def board(seed: int) -> tuple[FloatArray, FloatArray]:
    """Scores and replicates of a few teams, some of them near each other."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(0, rng.choice([0.1, 1.0, 10.0]), size=int(rng.integers(1, 7)))
    noise = rng.normal(size=(len(scores) + 1, 200))
    return scores, scores[:, np.newaxis] + noise[:-1] + noise[-1]


@given(metrics, seeds)
def test_who_is_better_does_not_depend_on_who_is_named_first(metric: Metric, seed: int) -> None:
    first, second = pair(metric, seed)
    there, back = (compare(metric, *two, seed_text="a") for two in ((first, second), (second, first)))

    assert there.p == pytest.approx(back.p)
    assert {there.kind, back.kind} in ({"unclear"}, {"better", "worse"})
    assert (there.n_better, there.n_worse) == (back.n_worse, back.n_better)


@given(metrics, seeds)
def test_two_tries_do_not_improve_on_each_other(metric: Metric, seed: int) -> None:
    first, second = pair(metric, seed)

    assert not (
        is_improvement(metric, first, second, seed_text="a") and is_improvement(metric, second, first, seed_text="a")
    )
    assert not is_improvement(metric, first, first, seed_text="a")


@given(st.sampled_from([accuracy(), roc_auc()]), seeds)
def test_an_interval_holds_its_score_within_the_range_of_the_metric(metric: Metric, seed: int) -> None:
    part, _ = pair(metric, seed)
    low, high = interval(metric, part, seed_text="a")

    assert 0 <= low <= part.value <= high <= 1


@given(seeds)
def test_the_order_of_rows_does_not_matter_where_nothing_is_drawn(seed: int) -> None:
    for metric in (accuracy(), roc_auc()):
        here, there = (pair(metric, seed, order) for order in (None, np.ones(1)))

        assert interval(metric, here[0], seed_text="a") == pytest.approx(interval(metric, there[0], seed_text="a"))
        assert compare(metric, *here, seed_text="a").p == pytest.approx(compare(metric, *there, seed_text="a").p)


@given(st.integers(0, 50), st.integers(1, 50))
def test_the_interval_of_a_share_is_that_of_its_complement_turned_round(k: int, more: int) -> None:
    n = k + more
    low, high = wilson(k / n, n)

    assert wilson((n - k) / n, n) == pytest.approx((1 - high, 1 - low))


@given(seeds)
def test_a_team_may_have_the_rank_that_it_has(seed: int) -> None:
    scores, drawn = board(seed)
    ranks = [1 + int((scores > score).sum()) for score in scores]

    for rank, (best, worst) in zip(ranks, rank_intervals(scores, drawn, greater_is_better=True), strict=True):
        assert 1 <= best <= rank <= worst <= len(scores)


@given(seeds)
def test_the_order_in_which_teams_are_named_does_not_matter(seed: int) -> None:
    scores, drawn = board(seed)
    order = np.random.default_rng(seed).permutation(len(scores))
    found = rank_intervals(scores, drawn, greater_is_better=True)

    assert rank_intervals(scores[order], drawn[order], greater_is_better=True) == [found[i] for i in order]


@given(seeds)
def test_a_metric_of_which_less_is_better_is_the_other_one_turned_round(seed: int) -> None:
    scores, drawn = board(seed)

    assert rank_intervals(-scores, -drawn, greater_is_better=False) == rank_intervals(
        scores, drawn, greater_is_better=True
    )


@given(seeds, st.floats(0.001, 1000), st.floats(-100, 100))
def test_the_unit_of_a_score_does_not_matter(seed: int, scale: float, shift: float) -> None:
    scores, drawn = board(seed)
    changed = rank_intervals(scale * scores + shift, scale * drawn + shift, greater_is_better=True)

    assert changed == rank_intervals(scores, drawn, greater_is_better=True)


@given(seeds)
def test_identical_teams_share_their_ranks(seed: int) -> None:
    scores, drawn = board(seed)
    found = rank_intervals(np.append(scores, scores[0]), np.vstack([drawn, drawn[0]]), greater_is_better=True)

    assert found[0] == found[-1]
    assert found[0][1] > found[0][0]


@given(p_values)
def test_holm_only_makes_p_larger_and_keeps_their_order(p: list[float]) -> None:
    adjusted = holm(p)

    assert all(before <= after <= 1 for before, after in zip(p, adjusted, strict=True))
    assert sorted(range(len(p)), key=lambda i: (p[i], i)) == sorted(range(len(p)), key=lambda i: (adjusted[i], p[i], i))
    assert list(holm(p[::-1])) == list(adjusted[::-1])


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.sampled_from([0.001, 0.02, 0.5, 1.0, 50.0]))
def test_rounding_is_near_and_keeps_the_order(a: float, b: float, step: float) -> None:
    assert abs(rounded(a, step) - a) <= step / 2 * (1 + 1e-6)
    assert (rounded(a, step) <= rounded(b, step)) or a > b


@given(st.integers(1, 10_000), st.integers(1, 10_000))
def test_more_tries_drop_further(k: int, more: int) -> None:
    assert 0 <= expected_drop(k, 1.0) < expected_drop(k + more, 1.0)


@given(seeds)
def test_a_change_of_scale_is_seen_through_and_no_honest_pair_is_named(seed: int) -> None:
    rng = np.random.default_rng(seed)
    teams = [rng.normal(size=200) for _ in range(6)]
    teams[4] = np.arctan(teams[1])

    assert [(one.a, one.b) for one in similar(teams)] == [(1, 4)]
