"""Statistics against scipy, published numbers, and the formulas of the papers written out."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from kit.metrics.base import FloatArray
from kit.metrics.roc_auc import roc_auc
from kit.scoring import score_part
from leaderboard.statistics.delong import error_of_area
from leaderboard.statistics.intervals import _acceleration, bca, wilson
from leaderboard.statistics.paired import mcnemar_exact

SPATIAL = np.array(  # B. Efron, R. J. Tibshirani, An Introduction to the Bootstrap, 1993, table 14.1
    [48, 36, 20, 29, 42, 42, 20, 42, 22, 41, 45, 14, 6, 0, 33, 28, 34, 4, 32, 24, 47, 41, 24, 26, 30, 41], dtype=float
)


def without_each(values: FloatArray) -> FloatArray:
    return np.array([np.delete(values, i).var() for i in range(len(values))])


def test_the_acceleration_is_the_one_of_the_book() -> None:
    assert SPATIAL.var() == pytest.approx(171.5, abs=0.05)
    assert _acceleration(without_each(SPATIAL)) == pytest.approx(0.061, abs=0.0005)


@pytest.mark.parametrize("seed", range(5))
def test_bca_is_scipys_for_the_same_replicates(seed: int) -> None:
    values = np.random.default_rng(seed).exponential(size=25)
    found = stats.bootstrap((values,), np.var, n_resamples=2000, method="BCa", rng=np.random.default_rng(seed))
    ours = bca(float(values.var()), found.bootstrap_distribution, without_each(values))

    assert ours == pytest.approx(tuple(found.confidence_interval))


@pytest.mark.parametrize("b", [900, 1000, 1100])
def test_mcnemar_of_many_rows_is_the_binomial_test(b: int) -> None:
    assert mcnemar_exact(b, 1200) == pytest.approx(stats.binomtest(b, b + 1200).pvalue, rel=1e-8)


def test_the_error_of_a_difference_of_areas_is_the_one_of_delong() -> None:
    rng = np.random.default_rng(7)
    y_true = np.array([1] * 12 + [0] * 17)
    answers = [np.round(rng.normal(y_true), 1) for _ in range(2)]  # with ties
    parts = [score_part(roc_auc(), y_true, y_pred, seed_text="x") for y_pred in answers]

    assert error_of_area(roc_auc(), *parts, seed_text="x") == pytest.approx(_written_out(y_true, answers), abs=1e-12)


def _written_out(y_true: FloatArray, answers: list[FloatArray]) -> float:
    """sqrt(L S L'), with S = S10 / m + S01 / n and L = (1, -1): equations 3 to 6 of the paper."""
    v10, v01 = [], []
    for y_pred in answers:
        x, y = y_pred[y_true == 1], y_pred[y_true == 0]
        psi = (x[:, np.newaxis] > y) + 0.5 * (x[:, np.newaxis] == y)
        v10.append(psi.mean(axis=1))
        v01.append(psi.mean(axis=0))
    covariance = np.cov(v10) / len(v10[0]) + np.cov(v01) / len(v01[0])
    contrast = np.array([1.0, -1.0])
    return float(np.sqrt(contrast @ covariance @ contrast))


@pytest.mark.parametrize(("k", "n"), [(0, 5), (1, 5), (5, 5), (81, 263), (15, 148), (0, 20), (1, 29), (719, 719)])
def test_wilson_is_that_of_scipy(k: int, n: int) -> None:
    ours = stats.binomtest(k, n).proportion_ci(method="wilson")

    assert wilson(k / n, n) == pytest.approx((ours.low, ours.high), abs=1e-12)


@pytest.mark.parametrize(("b", "c"), [(0, 0), (0, 5), (3, 9), (9, 3), (7, 7), (121, 59), (700, 800)])
def test_mcnemar_is_the_two_sided_sign_test_of_scipy(b: int, c: int) -> None:
    expected = stats.binomtest(b, b + c).pvalue if b + c else 1.0

    assert mcnemar_exact(b, c) == pytest.approx(expected, rel=1e-9)
