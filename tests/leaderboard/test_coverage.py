"""Intervals hold what they promise: simulated boards whose truth is known. All draws are seeded."""

from __future__ import annotations

from collections.abc import Callable
from statistics import NormalDist

import numpy as np
import pytest

from kit.metrics.accuracy import accuracy
from kit.metrics.base import FloatArray, Metric
from kit.metrics.f1 import f1
from kit.metrics.rmse import rmse
from kit.metrics.roc_auc import roc_auc
from kit.scoring import PartScore, score_part
from leaderboard.statistics import compare, interval, rank_intervals, replicates_of_all, wilson
from leaderboard.statistics.bootstrap import replicates
from leaderboard.statistics.delong import error_of_area

Draw = Callable[[np.random.Generator], PartScore]


def held(metric: Metric, draw: Draw, truth: float, n_boards: int = 300) -> float:
    """In what share of boards the interval of a score holds the truth."""
    rng = np.random.default_rng(1)
    ends = [interval(metric, draw(rng), seed_text="x") for _ in range(n_boards)]
    return float(np.mean([low <= truth <= high for low, high in ends]))


def scored_normal(n: int, rng: np.random.Generator) -> PartScore:
    return score_part(rmse(), np.zeros(n), rng.normal(size=n), seed_text="x")


def scored_area(m: int, k: int, area: float, rng: np.random.Generator) -> PartScore:
    y_true = np.array([1] * m + [0] * k)
    apart = np.sqrt(2) * NormalDist().inv_cdf(area)
    return score_part(roc_auc(), y_true, rng.normal(apart * y_true), seed_text="x")


@pytest.mark.parametrize(("share", "n"), [(0.5, 20), (0.9, 50), (0.99, 300), (0.999, 1000)])
def test_wilson_holds_the_share_about_95_times_in_100(share: float, n: int) -> None:
    shares = np.random.default_rng(2).binomial(n, share, size=2000) / n
    ends = [wilson(float(seen), n) for seen in shares]

    assert 0.91 <= np.mean([low <= share <= high for low, high in ends]) <= 0.995


@pytest.mark.slow
@pytest.mark.parametrize(("n", "least"), [(30, 0.87), (100, 0.91), (400, 0.93)])
def test_the_bootstrap_of_an_error_is_nearly_right_on_few_rows(n: int, least: float) -> None:
    assert least <= held(rmse(), lambda rng: scored_normal(n, rng), truth=1.0) <= 0.98


@pytest.mark.slow
def test_the_corrected_bootstrap_is_less_often_too_low() -> None:
    rng = np.random.default_rng(3)
    too_low = {"percentile": 0, "corrected": 0}
    for _ in range(300):
        part = scored_normal(60, rng)
        drawn = replicates(rmse(), part, seed_text="x")
        too_low["percentile"] += bool(np.quantile(drawn, 0.975) < 1)
        too_low["corrected"] += interval(rmse(), part, seed_text="x")[1] < 1

    assert too_low["corrected"] < 0.75 * too_low["percentile"]


@pytest.mark.parametrize(("m", "k", "area"), [(20, 20, 0.8), (20, 20, 0.95), (50, 50, 0.95), (30, 270, 0.8)])
def test_the_interval_of_an_area_holds_it_where_the_plain_one_does_not(m: int, k: int, area: float) -> None:
    assert 0.92 <= held(roc_auc(), lambda rng: scored_area(m, k, area, rng), truth=area) <= 0.99


def test_an_area_near_one_is_missed_by_the_interval_that_is_symmetric() -> None:
    rng = np.random.default_rng(4)
    parts = [scored_area(20, 20, 0.95, rng) for _ in range(300)]
    plain = [abs(part.value - 0.95) <= 1.96 * error_of_area(roc_auc(), part, seed_text="x") for part in parts]

    assert np.mean(plain) < 0.9


@pytest.mark.slow
def test_macro_f1_is_held_though_one_class_is_rare() -> None:
    def draw(rng: np.random.Generator, n: int = 200) -> PartScore:
        y_true = rng.choice(3, size=n, p=[0.6, 0.3, 0.1])
        return score_part(f1(), y_true, np.where(rng.random(n) < 0.8, y_true, rng.choice(3, size=n)), seed_text="x")

    truth = draw(np.random.default_rng(5), 400_000).value
    assert 0.91 <= held(f1(), draw, truth) <= 0.99


def teams_of_one_class(shares: FloatArray, n: int, rng: np.random.Generator) -> list[PartScore]:
    """Teams that are right on these shares of all rows, and find the same rows hard."""
    hardness = 0.7 * rng.normal(size=(n, 1)) + np.sqrt(0.51) * rng.normal(size=(n, len(shares)))
    hits = hardness < [NormalDist().inv_cdf(share) for share in shares]
    return [score_part(accuracy(), np.ones(n, dtype=int), column.astype(int), seed_text="x") for column in hits.T]


def ranks_held(spacing: float, n_boards: int) -> tuple[float, float]:
    """How often the true rank is in the interval, and how often in the percentiles of resampled ranks."""
    rng = np.random.default_rng(6)
    shares: FloatArray = 0.75 + spacing * np.arange(10.0, -10.0, -1.0)
    true_ranks = np.array([1 + (shares > share).sum() for share in shares])
    ours, percentiles = [], []
    for _ in range(n_boards):
        parts = teams_of_one_class(shares, 1000, rng)
        drawn = replicates_of_all(accuracy(), parts, seed_text="x")
        ends = np.array(rank_intervals(np.array([p.value for p in parts]), drawn, greater_is_better=True))
        ours.append((ends[:, 0] <= true_ranks) & (true_ranks <= ends[:, 1]))
        low, high = np.quantile(np.argsort(np.argsort(-drawn, axis=0), axis=0) + 1, (0.025, 0.975), axis=1)
        percentiles.append((low <= true_ranks) & (true_ranks <= high))
    return float(np.mean(ours)), float(np.mean(percentiles))


@pytest.mark.parametrize(("spacing", "naive_at_most"), [(0.02, 1.0), (0.002, 0.98), (0.0002, 0.88), (0.0, 0.5)])
def test_true_ranks_are_held_which_percentiles_of_ranks_do_not(spacing: float, naive_at_most: float) -> None:
    ours, percentiles = ranks_held(spacing, n_boards=50)

    assert ours >= 0.95
    assert percentiles <= naive_at_most


def test_the_best_team_is_hardly_ever_left_out_of_the_leader_group() -> None:
    rng = np.random.default_rng(7)
    n_left_out = 0
    for _ in range(60):
        parts = teams_of_one_class(np.array([0.8] * 8), 500, rng)
        drawn = replicates_of_all(accuracy(), parts, seed_text="x")
        ends = rank_intervals(np.array([part.value for part in parts]), drawn, greater_is_better=True)
        n_left_out += ends[0][0] > 1

    assert n_left_out <= 6


@pytest.mark.parametrize("metric", [accuracy(), rmse(), roc_auc()])
def test_equal_models_are_told_apart_about_5_times_in_100_at_most(metric: Metric) -> None:
    rng, y_true = np.random.default_rng(8), np.arange(120) % 2
    n_clear = 0
    for _ in range(200):
        answers = [rng.normal(y_true, 1.0) for _ in range(2)]
        if metric.needs == "labels":
            answers = [(y_pred > 0.5).astype(np.float64) for y_pred in answers]
        a, b = (score_part(metric, y_true, y_pred, seed_text="x") for y_pred in answers)
        n_clear += compare(metric, a, b, seed_text="x").kind != "unclear"

    assert n_clear / 200 <= 0.085
