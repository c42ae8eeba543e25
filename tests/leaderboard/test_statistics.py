"""Intervals: published values, coverage on simulated boards, and the same draw for everybody."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from kit.metrics.accuracy import accuracy
from kit.metrics.base import Metric
from kit.metrics.f1 import f1
from kit.metrics.log_loss import log_loss
from kit.metrics.rmse import rmse
from kit.metrics.roc_auc import roc_auc
from kit.scoring import PartScore, score_part
from leaderboard.statistics import bootstrap, compare, interval
from leaderboard.statistics.bootstrap import replicates
from leaderboard.statistics.intervals import wilson
from leaderboard.statistics.paired import mcnemar_exact, paired_bootstrap


def part(metric: Metric, y_true: NDArray[Any], y_pred: NDArray[Any]) -> PartScore:
    return score_part(metric, y_true, y_pred, seed_text="x")


def scored_auc(n: int, shift: float, rng: np.random.Generator) -> PartScore:
    y_true = np.arange(n) % 2
    return part(roc_auc(), y_true, rng.normal(y_true * shift))


@pytest.mark.parametrize(
    ("k", "n", "expected"),
    # R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3
    [(81, 263, (0.2553, 0.3662)), (15, 148, (0.0624, 0.1605)), (0, 20, (0.0, 0.1611)), (1, 29, (0.0061, 0.1718))],
)
def test_wilson_gives_the_published_values(k: int, n: int, expected: tuple[float, float]) -> None:
    assert tuple(round(end, 4) for end in wilson(k / n, n)) == expected


def test_a_perfect_score_on_few_rows_is_not_certain() -> None:
    assert wilson(1.0, 10) == pytest.approx((0.7225, 1.0), abs=1e-4)


def test_accuracy_has_the_interval_of_wilson() -> None:
    rows = np.array([0, 1, 1, 0])
    score = part(accuracy(), rows, np.array([0, 1, 1, 1]))

    assert interval(accuracy(), score, seed_text="digits/public") == wilson(0.75, 4)


def test_the_same_seed_gives_the_same_interval_and_another_one_another() -> None:
    score = part(rmse(), np.zeros(200), np.random.default_rng(1).normal(size=200))

    assert interval(rmse(), score, seed_text="a/public") == interval(rmse(), score, seed_text="a/public")
    assert interval(rmse(), score, seed_text="a/public") != interval(rmse(), score, seed_text="a/private")


def test_every_team_is_resampled_alike() -> None:
    rng = np.random.default_rng(2)
    y_true, errors = rng.normal(size=300), rng.normal(size=300)
    drawn = [replicates(rmse(), part(rmse(), y_true, y_true + f * errors), seed_text="x") for f in (1.0, 2.0)]

    assert drawn[1] == pytest.approx(2 * drawn[0])


def test_blocks_of_any_size_draw_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    score = scored_auc(100, 1.0, np.random.default_rng(3))
    whole = replicates(roc_auc(), score, seed_text="x")
    monkeypatch.setattr(bootstrap, "_BLOCK_BYTES", 7 * 8 * 100)

    assert replicates(roc_auc(), score, seed_text="x") == pytest.approx(whole, abs=1e-12)


def test_the_bootstrap_has_the_spread_of_theory() -> None:
    errors = np.random.default_rng(4).normal(size=2000)
    drawn = replicates(rmse(), part(rmse(), np.zeros(2000), errors), seed_text="x")

    assert drawn.std() == pytest.approx(1 / np.sqrt(2 * 2000), rel=0.1)  # sd of the root mean square of normals


def test_the_interval_of_the_area_covers_the_truth_about_95_times_in_100() -> None:
    rng = np.random.default_rng(5)
    truth = 0.7602499389065233  # Phi(1 / sqrt(2)): two normals of sd 1, one apart
    ends = [interval(roc_auc(), scored_auc(150, 1.0, rng), seed_text="x") for _ in range(200)]

    assert 0.90 <= np.mean([low <= truth <= high for low, high in ends]) <= 0.99


def test_resamples_of_one_class_are_left_out() -> None:
    score = part(roc_auc(), np.array([0, 1, 0, 0]), np.array([0.1, 0.2, 0.3, 0.0]))
    low, high = interval(roc_auc(), score, seed_text="x")

    assert 0 <= low < high <= 1


def test_mcnemar_depends_on_the_rows_that_differ_alone() -> None:
    assert mcnemar_exact(0, 0) == 1.0
    assert mcnemar_exact(2, 10) == mcnemar_exact(10, 2) == pytest.approx(0.0385742, abs=1e-7)


@pytest.mark.parametrize(("sign", "share"), [(1, 1.0), (-1, 0.0)])
def test_a_perfect_area_is_as_sure_as_its_smaller_class_is_large(sign: int, share: float) -> None:
    y_true = np.array([1] * 10 + [0] * 30)

    assert interval(roc_auc(), part(roc_auc(), y_true, sign * y_true), seed_text="x") == wilson(share, 10)


@pytest.mark.parametrize("sure", [True, False])
def test_a_log_loss_that_is_clipped_at_an_end_is_not_certain(sure: bool) -> None:
    y = np.arange(7) % 2
    low, high = interval(log_loss(), part(log_loss(), y, y == 1 if sure else y == 0), seed_text="x")

    assert high - low > 5


def test_a_perfect_macro_f1_is_as_sure_as_its_rarest_class_is_frequent() -> None:
    y = np.array([0] * 40 + [1] * 10)

    assert interval(f1("macro"), part(f1("macro"), y, y), seed_text="x") == pytest.approx(wilson(1.0, 10))
    assert interval(f1("weighted"), part(f1("weighted"), y, y), seed_text="x") == pytest.approx(wilson(1.0, 50))


def test_a_metric_whose_best_is_zero_is_bounded_on_its_own_scale() -> None:
    error = replace(accuracy(), best=0.0, worst=1.0, interval="bootstrap", combine=lambda sums, n: 1 - sums[..., 0] / n)
    low, high = interval(error, part(error, np.zeros(10), np.zeros(10)), seed_text="x")

    assert (low, high) == pytest.approx((0.0, 1 - wilson(1.0, 10)[0]))


def test_constant_predictions_have_the_area_of_chance_for_sure() -> None:
    assert interval(roc_auc(), part(roc_auc(), np.arange(40) % 2, np.zeros(40)), seed_text="x") == (0.5, 0.5)


def test_errors_without_spread_say_nothing_of_a_metric_without_bounds() -> None:
    assert interval(rmse(), part(rmse(), np.arange(9.0), np.arange(9.0)), seed_text="x") == (0.0, 0.0)


def test_a_difference_on_most_rows_is_found_and_one_of_noise_is_not() -> None:
    rng = np.random.default_rng(5)
    y_true, noise = rng.normal(size=300), rng.normal(size=300)
    scores = [part(rmse(), y_true, y_true + off) for off in (noise, 1.3 * noise, rng.permutation(noise))]

    assert paired_bootstrap(rmse(), scores[0], scores[1], seed_text="x") < 0.01
    assert paired_bootstrap(rmse(), scores[0], scores[2], seed_text="x") > 0.05


def test_pairing_sees_what_two_intervals_do_not() -> None:
    rng = np.random.default_rng(6)
    y_true, hard = rng.normal(size=300), rng.normal(size=300)
    near, far = (part(rmse(), y_true, y_true + factor * hard) for factor in (1.0, 1.05))
    ends = [interval(rmse(), score, seed_text="x") for score in (near, far)]

    assert ends[0][1] > ends[1][0]
    assert paired_bootstrap(rmse(), near, far, seed_text="x") < 0.05


@pytest.mark.parametrize(("n_better", "n_worse", "kind"), [(3, 2, "unclear"), (14, 2, "better"), (2, 14, "worse")])
def test_rows_that_one_got_right_alone_decide(n_better: int, n_worse: int, kind: str) -> None:
    y_true = np.ones(n_better + n_worse + 100, dtype=int)
    first = part(accuracy(), y_true, np.repeat([1, 0, 1], [n_better, n_worse, 100]))
    second = part(accuracy(), y_true, np.repeat([0, 1, 1], [n_better, n_worse, 100]))
    found = compare(accuracy(), first, second, seed_text="x")

    assert (found.kind, found.n_better, found.n_worse) == (kind, n_better, n_worse)


def test_a_smaller_error_is_better() -> None:
    rng = np.random.default_rng(7)
    y_true, noise = rng.normal(size=200), rng.normal(size=200)
    near, far = (part(rmse(), y_true, y_true + factor * noise) for factor in (1.0, 2.0))

    assert compare(rmse(), near, far, seed_text="x").kind == "better"
    assert compare(rmse(), far, near, seed_text="x").kind == "worse"
