"""What a board says of a try: improvements that the rows can tell, in steps that they can tell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kit.metrics.accuracy import accuracy
from kit.metrics.rmse import rmse
from kit.metrics.roc_auc import roc_auc
from kit.scoring import PartScore, score_part
from leaderboard.statistics import is_improvement, resolution, rounded
from leaderboard.statistics.delong import error_of_area
from leaderboard.statistics.feedback import coarse
from leaderboard.statistics.influence import standard_error


def of_hits(hits: np.ndarray) -> PartScore:
    return score_part(accuracy(), np.ones(len(hits), dtype=int), np.asarray(hits, dtype=int), seed_text="x")


def test_the_first_try_is_an_improvement() -> None:
    assert is_improvement(accuracy(), None, of_hits(np.zeros(5)), seed_text="x")


@pytest.mark.parametrize(("n_gained", "is_better"), [(0, False), (1, False), (2, True), (9, True)])
def test_an_improvement_is_more_than_the_standard_error_of_the_difference(n_gained: int, is_better: bool) -> None:
    before = np.r_[np.zeros(50), np.ones(50)]
    after = np.r_[np.ones(n_gained), np.zeros(50 - n_gained), np.ones(50)]
    error = (after - before).std(ddof=1) / 10

    assert bool(n_gained / 100 > error * (1 + 1e-9)) is is_better
    assert is_improvement(accuracy(), of_hits(before), of_hits(after), seed_text="x") is is_better


def test_a_smaller_error_is_an_improvement_and_a_larger_one_is_not() -> None:
    errors = np.random.default_rng(1).normal(size=200)
    near, far = (score_part(rmse(), np.zeros(200), factor * errors, seed_text="x") for factor in (0.9, 1.0))

    assert is_improvement(rmse(), far, near, seed_text="x")
    assert not is_improvement(rmse(), near, far, seed_text="x")


def test_a_board_that_only_tells_improvements_is_not_mined() -> None:
    rng, n = np.random.default_rng(2), 500
    y_true = rng.integers(0, 2, n)
    tries = rng.integers(0, 2, (300, n))
    best: PartScore | None = None
    votes = []
    for y_pred in tries:  # keep what the board calls better than chance, then let the majority decide
        part = score_part(accuracy(), y_true, y_pred, seed_text="x")
        if is_improvement(accuracy(), best, part, seed_text="x"):
            best = part
            votes.append(y_pred)
    mined = [y_pred for y_pred in tries if (y_pred == y_true).mean() > 0.5]

    assert ((np.mean(mined, axis=0) > 0.5) == y_true).mean() > 0.62
    assert ((np.mean(votes, axis=0) > 0.5) == y_true).mean() < 0.58


def test_the_standard_error_of_a_mean_is_the_one_of_the_books() -> None:
    hits = np.arange(90) % 3 == 0

    assert standard_error(accuracy(), of_hits(hits), seed_text="x") == pytest.approx(hits.std(ddof=1) / np.sqrt(90))


def test_the_standard_error_of_an_area_is_nearly_delongs() -> None:
    y_true = np.arange(200) % 2
    part = score_part(roc_auc(), y_true, np.random.default_rng(3).normal(y_true), seed_text="x")
    jackknife = standard_error(roc_auc(), part, seed_text="x")

    assert jackknife == pytest.approx(error_of_area(roc_auc(), part, seed_text="x"), rel=0.01)


def test_without_terms_the_replicates_tell_the_standard_error() -> None:
    metric = replace(accuracy(), terms=None, combine=None)
    part = PartScore(value=0.5, n=9, replicates=np.r_[np.nan, np.arange(50.0)])

    assert standard_error(metric, part, seed_text="x") == pytest.approx(np.arange(50).std(ddof=1))


@pytest.mark.parametrize(
    ("error", "step"), [(0.014, 0.02), (0.02, 0.02), (0.021, 0.05), (0.06, 0.1), (3.0, 5.0), (140.0, 200.0)]
)
def test_a_score_is_told_in_steps_of_one_two_or_five(error: float, step: float) -> None:
    assert coarse(error) == pytest.approx(step)


def test_the_step_is_no_finer_than_the_rows_can_tell() -> None:
    part = of_hits(np.arange(240) % 20 > 0)  # 95 %, of which the standard error is 1.4 points

    assert resolution(accuracy(), part, seed_text="x") == pytest.approx(0.02)
    assert rounded(part.value, 0.02) == 0.96


@pytest.mark.parametrize(("value", "step", "told"), [(0.9333, 0.05, 0.95), (1234.0, 50.0, 1250.0), (0.3, 0.0, 0.3)])
def test_a_rounded_score_has_no_further_digits(value: float, step: float, told: float) -> None:
    assert rounded(value, step) == told
