"""Our metrics against scikit-learn and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import accuracy_score, roc_auc_score, root_mean_squared_error

from kit.metrics.accuracy import ACCURACY
from kit.metrics.rmse import RMSE
from kit.metrics.roc_auc import ROC_AUC
from leaderboard.statistics import mcnemar_exact, wilson

SEEDS = range(20)


@pytest.mark.parametrize("seed", SEEDS)
def test_accuracy_is_that_of_scikit_learn(seed: int) -> None:
    y_true, y_pred = np.random.default_rng(seed).integers(0, 10, (2, 500))

    assert ACCURACY.value(y_true, y_pred) == accuracy_score(y_true, y_pred)


@pytest.mark.parametrize("seed", SEEDS)
def test_rmse_is_that_of_scikit_learn(seed: int) -> None:
    y_true, y_pred = np.random.default_rng(seed).normal(size=(2, 500))

    assert RMSE.value(y_true, y_pred) == pytest.approx(root_mean_squared_error(y_true, y_pred))


@pytest.mark.parametrize("n_distinct", [2, 7, 10**9])
@pytest.mark.parametrize("seed", SEEDS)
def test_roc_auc_is_that_of_scikit_learn_with_and_without_ties(seed: int, n_distinct: int) -> None:
    rng = np.random.default_rng(seed)
    y_true, y_pred = rng.permutation(np.arange(300) % 3 == 0).astype(int), rng.integers(0, n_distinct, 300) / 7

    assert ROC_AUC.value(y_true, y_pred) == pytest.approx(roc_auc_score(y_true, y_pred), abs=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_roc_auc_is_the_mann_whitney_statistic_per_pair(seed: int) -> None:
    rng = np.random.default_rng(seed)
    y_true, y_pred = np.arange(200) % 2, rng.integers(0, 30, 200).astype(float)
    u = stats.mannwhitneyu(y_pred[y_true == 1], y_pred[y_true == 0]).statistic

    assert ROC_AUC.value(y_true, y_pred) == u / 100**2


@pytest.mark.parametrize("seed", range(5))
def test_the_linearised_area_is_the_weighted_area_within_a_twentieth_of_its_spread(seed: int) -> None:
    rng = np.random.default_rng(seed)
    metric, n = ROC_AUC, 1000
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
