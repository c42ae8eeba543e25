"""Our metrics against scikit-learn and scipy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import (
    accuracy_score,
    f1_score,
    log_loss,
    mean_absolute_error,
    roc_auc_score,
    root_mean_squared_error,
    root_mean_squared_log_error,
)

from kit.metrics.accuracy import accuracy
from kit.metrics.f1 import Average, f1
from kit.metrics.log_loss import log_loss
from kit.metrics.mae import mae
from kit.metrics.rmse import rmse
from kit.metrics.rmsle import rmsle
from kit.metrics.roc_auc import roc_auc
from leaderboard.statistics.intervals import wilson
from leaderboard.statistics.paired import mcnemar_exact

SEEDS = range(20)


@pytest.mark.parametrize("seed", SEEDS)
def test_accuracy_is_that_of_scikit_learn(seed: int) -> None:
    y_true, y_pred = np.random.default_rng(seed).integers(0, 10, (2, 500))

    assert accuracy().value(y_true, y_pred) == accuracy_score(y_true, y_pred)


@pytest.mark.parametrize("seed", SEEDS)
def test_rmse_is_that_of_scikit_learn(seed: int) -> None:
    y_true, y_pred = np.random.default_rng(seed).normal(size=(2, 500))

    assert rmse().value(y_true, y_pred) == pytest.approx(root_mean_squared_error(y_true, y_pred))


@pytest.mark.parametrize("seed", SEEDS)
def test_mae_is_that_of_scikit_learn(seed: int) -> None:
    y_true, y_pred = np.random.default_rng(seed).normal(size=(2, 500))

    assert mae().value(y_true, y_pred) == pytest.approx(mean_absolute_error(y_true, y_pred))


@pytest.mark.parametrize("seed", SEEDS)
def test_rmsle_is_that_of_scikit_learn(seed: int) -> None:
    y_true, y_pred = np.random.default_rng(seed).exponential(100, size=(2, 500)).round()

    assert rmsle().value(y_true, y_pred) == pytest.approx(root_mean_squared_log_error(y_true, y_pred))


@pytest.mark.parametrize("average", ["macro", "micro", "weighted"])
@pytest.mark.parametrize("seed", SEEDS)
def test_f1_is_that_of_scikit_learn_whichever_classes_occur(seed: int, average: Average) -> None:
    rng = np.random.default_rng(seed)
    y_true, y_pred = rng.choice(9, 5, replace=False)[rng.integers(0, 4, 60)], rng.integers(0, 9, 60)

    expected = f1_score(y_true, y_pred, average=average, zero_division=0)
    assert f1(average).value(y_true, y_pred) == pytest.approx(expected)


@pytest.mark.parametrize("average", ["macro", "micro", "weighted"])
def test_weighted_terms_of_f1_are_the_weighted_f1(average: Average) -> None:
    rng = np.random.default_rng(0)
    y_true, y_pred, weights = rng.integers(0, 3, 60), rng.integers(0, 3, 60), rng.integers(0, 5, 60)
    metric = f1(average)

    combined = metric.combine(weights @ metric.terms(y_true, y_pred), np.array(float(weights.sum())))
    assert float(combined) == pytest.approx(f1_score(y_true, y_pred, average=average, sample_weight=weights))


@pytest.mark.parametrize("n_classes", [2, 3, 10])
@pytest.mark.parametrize("seed", SEEDS)
def test_log_loss_is_that_of_scikit_learn_where_nobody_is_certain_and_rows_sum_to_one(
    seed: int, n_classes: int
) -> None:
    rng = np.random.default_rng(seed)
    y_true, y_pred = rng.integers(0, n_classes, 300), rng.dirichlet(np.ones(n_classes), 300)
    expected = log_loss(y_true, y_pred, labels=range(n_classes))

    assert log_loss().value(y_true, y_pred) == pytest.approx(expected)
    assert n_classes > 2 or log_loss().value(y_true, y_pred[:, 1]) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("y_true", "y_pred", "expected"),
    [
        ([0, 1], [[0.9, 0.9], [0.2, 0.6]], 0.4904),  # by hand: (ln 2 + ln 4/3) / 2; without rescaling it were 0.3081
        ([1], [0.0], 34.5388),  # certain and wrong: ln 1e15; at the resolution of float64 it were 36.04
        ([0], [[0.0, 5.0]], 34.5388),
        ([1, 0], [1.0, 0.0], 0.0),
        ([0, 1, 1], [0.5, 0.5, 0.5], 0.6931),
    ],
)
def test_log_loss_follows_the_rule_that_kaggle_published(y_true: list[int], y_pred: list[Any], expected: float) -> None:
    assert log_loss().value(np.array(y_true), np.array(y_pred)) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize("n_distinct", [2, 7, 10**9])
@pytest.mark.parametrize("seed", SEEDS)
def test_roc_auc_is_that_of_scikit_learn_with_and_without_ties(seed: int, n_distinct: int) -> None:
    rng = np.random.default_rng(seed)
    y_true, y_pred = rng.permutation(np.arange(300) % 3 == 0).astype(int), rng.integers(0, n_distinct, 300) / 7

    assert roc_auc().value(y_true, y_pred) == pytest.approx(roc_auc_score(y_true, y_pred), abs=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_roc_auc_is_the_mann_whitney_statistic_per_pair(seed: int) -> None:
    rng = np.random.default_rng(seed)
    y_true, y_pred = np.arange(200) % 2, rng.integers(0, 30, 200).astype(float)
    u = stats.mannwhitneyu(y_pred[y_true == 1], y_pred[y_true == 0]).statistic

    assert roc_auc().value(y_true, y_pred) == u / 100**2


@pytest.mark.parametrize("seed", range(5))
def test_the_linearised_area_is_the_weighted_area_within_a_twentieth_of_its_spread(seed: int) -> None:
    rng = np.random.default_rng(seed)
    metric, n = roc_auc(), 1000
    y_true = (np.arange(n) % 4 == 0).astype(int)
    y_pred = np.round(rng.normal(y_true, 1.0), 1)  # with ties
    weights = rng.multinomial(n, np.full(n, 1 / n), size=100)
    exact = [roc_auc_score(y_true, y_pred, sample_weight=w) for w in weights]
    linear = metric.combine(weights @ metric.terms(y_true, y_pred), weights.sum(axis=1).astype(float))

    assert np.sqrt(np.mean((linear - exact) ** 2)) < 0.05 * np.std(exact)
    assert np.std(linear) / np.std(exact) == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize(("k", "n"), [(0, 5), (1, 5), (5, 5), (81, 263), (15, 148), (0, 20), (1, 29), (719, 719)])
def test_wilson_is_that_of_scipy(k: int, n: int) -> None:
    ours = stats.binomtest(k, n).proportion_ci(method="wilson")

    assert wilson(k / n, n) == pytest.approx((ours.low, ours.high), abs=1e-12)


@pytest.mark.parametrize(("b", "c"), [(0, 0), (0, 5), (3, 9), (9, 3), (7, 7), (121, 59), (700, 800)])
def test_mcnemar_is_the_two_sided_sign_test_of_scipy(b: int, c: int) -> None:
    expected = stats.binomtest(b, b + c).pvalue if b + c else 1.0

    assert mcnemar_exact(b, c) == pytest.approx(expected, rel=1e-9)
