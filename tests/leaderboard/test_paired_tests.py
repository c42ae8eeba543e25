"""Tests of two scores beyond those of test_statistics: areas, very many rows, many tests at once."""

from __future__ import annotations

import numpy as np
import pytest

from kit.metrics.rmse import rmse
from kit.metrics.roc_auc import roc_auc
from kit.scoring import PartScore, score_part
from leaderboard.statistics import compare, holm, interval, mcnemar_exact
from leaderboard.statistics.intervals import wilson
from leaderboard.statistics.paired import delong


def scored(y_true: np.ndarray, y_pred: np.ndarray) -> PartScore:
    return score_part(roc_auc(), y_true, y_pred, seed_text="x")


def p_of(y_true: np.ndarray, a: np.ndarray, b: np.ndarray) -> float:
    return delong(roc_auc(), scored(y_true, a), scored(y_true, b), seed_text="x")


def test_a_better_order_is_found_and_noise_is_not() -> None:
    rng, y_true = np.random.default_rng(1), np.arange(400) % 2
    good, same, bad = (rng.normal(y_true * shift) for shift in (1.5, 1.5, 0.5))

    assert p_of(y_true, good, bad) < 0.001
    assert p_of(y_true, good, same) > 0.05
    assert compare(roc_auc(), scored(y_true, bad), scored(y_true, good), seed_text="x").kind == "worse"


def test_another_scale_of_the_same_order_is_the_same_area() -> None:
    y_true, scores = np.arange(50) % 2, np.random.default_rng(2).normal(size=50)

    assert p_of(y_true, scores, np.exp(scores)) == 1.0


def test_three_positive_rows_are_never_enough() -> None:
    y_true = np.array([1] * 3 + [0] * 500)

    assert p_of(y_true, y_true, -y_true) == pytest.approx(mcnemar_exact(3, 0)) == 0.25


def test_a_class_of_one_row_tells_nothing_of_its_spread() -> None:
    y_true = np.array([1] + [0] * 20)
    score = scored(y_true, np.arange(21.0)[::-1] % 7)

    assert p_of(y_true, y_true, -y_true) == 1.0
    assert interval(roc_auc(), score, seed_text="x") == pytest.approx(wilson(score.value, 1))


def test_a_mean_of_areas_has_an_interval_and_a_test_too() -> None:
    rng, y_true = np.random.default_rng(3), np.arange(300) % 3
    good, bad = (scored(y_true, sharp * np.eye(3)[y_true] + rng.normal(size=(300, 3))) for sharp in (2.0, 0.5))
    low, high = interval(roc_auc(), good, seed_text="x")

    assert 0.5 < low < good.value < high < 1
    assert compare(roc_auc(), good, bad, seed_text="x").kind == "better"


def test_two_rows_are_never_enough() -> None:
    near, far = (score_part(rmse(), np.zeros(2), np.full(2, off), seed_text="x") for off in (0.1, 9.0))

    assert compare(rmse(), near, far, seed_text="x").kind == "unclear"


def test_a_rare_label_does_not_hide_what_the_others_show() -> None:
    rng = np.random.default_rng(4)
    y_true = np.column_stack([np.arange(300) < 2, np.arange(300) % 2, np.arange(300) % 3 == 0]).astype(int)
    good, bad = (scored(y_true, sharp * y_true + rng.normal(size=y_true.shape)) for sharp in (3.0, 0.1))

    assert compare(roc_auc(), good, bad, seed_text="x").kind == "better"


def test_very_many_rows_apart_are_counted_without_thousands_of_digits() -> None:
    assert mcnemar_exact(990, 1009) == pytest.approx(mcnemar_exact(991, 1010), rel=0.01)
    assert mcnemar_exact(5_000_000, 5_000_000) == 1.0
    assert mcnemar_exact(0, 10**6) == 0.0


def test_holm_counts_the_tests_that_are_left() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx((0.03, 0.06, 0.06))
    assert holm([0.5, 0.9]) == (1.0, 1.0)
    assert holm([]) == ()
