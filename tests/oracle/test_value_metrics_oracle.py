"""Metrics of values and of order against scikit-learn, scipy, brute force and published examples."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from sklearn import metrics as sk

from kit.metrics.gini import gini, normalised_gini
from kit.metrics.kendall import kendall
from kit.metrics.mae import mae, medae
from kit.metrics.mape import mape
from kit.metrics.mase import mase, naive_scale, rmsse
from kit.metrics.mcrmse import mcrmse, mcrmsle
from kit.metrics.pearson import pearson
from kit.metrics.pinball import pinball
from kit.metrics.r2 import r2
from kit.metrics.rmse import mse, rmse
from kit.metrics.rmsle import rmsle
from kit.metrics.smape import smape
from kit.metrics.spearman import spearman
from kit.metrics.tweedie_deviance import poisson_deviance, tweedie_deviance
from kit.metrics.wmae import wmae

Array = NDArray[Any]
SEEDS = range(12)


def near(expected: Any) -> Any:
    """What float64 is to reach."""
    return pytest.approx(expected, rel=1e-9, abs=1e-12)


def made(seed: int, *, n_distinct: int = 9) -> tuple[Array, Array, Array]:
    """Truth and prediction with ties, neither of them constant, and whole weights of which some are 0."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(5, 120))
    y_true, y_pred = rng.integers(1, n_distinct + 1, (2, n)) / 4
    weights = rng.integers(0, 4, n)
    y_true[:2], y_pred[:2], weights[:2] = (0.25, 0.5), (0.5, 0.25), 1
    return y_true, y_pred, weights


@pytest.mark.parametrize(
    ("metric", "oracle"),
    [
        (mae(), sk.mean_absolute_error),
        (mse(), sk.mean_squared_error),
        (rmse(), sk.root_mean_squared_error),
        (r2(), sk.r2_score),
        (rmsle(), sk.root_mean_squared_log_error),
        (mape(), sk.mean_absolute_percentage_error),
        (pinball(0.2), lambda *rows, **given: sk.mean_pinball_loss(*rows, alpha=0.2, **given)),
        (poisson_deviance(), sk.mean_poisson_deviance),
        (tweedie_deviance(2.0), sk.mean_gamma_deviance),
        *(
            (tweedie_deviance(q), lambda *rows, q=q, **given: sk.mean_tweedie_deviance(*rows, power=q, **given))
            for q in (-1.0, 0.0, 1.0, 1.5, 3.0)
        ),
    ],
)
@pytest.mark.parametrize("seed", SEEDS)
def test_errors_are_those_of_scikit_learn_with_and_without_weights(seed: int, metric: Any, oracle: Any) -> None:
    y_true, y_pred, weights = made(seed)
    weighted = metric.value(y_true, y_pred, sample_weight=weights)

    assert metric.value(y_true, y_pred) == near(oracle(y_true, y_pred))
    assert weighted == near(oracle(y_true, y_pred, sample_weight=weights))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_median_error_is_that_of_scikit_learn(seed: int) -> None:
    y_true, y_pred, weights = made(seed)
    repeated = (np.repeat(values, weights) for values in (y_true, y_pred))

    assert medae().value(y_true, y_pred) == near(sk.median_absolute_error(y_true, y_pred))
    expected = sk.median_absolute_error(*repeated)
    assert medae().value(y_true, y_pred, sample_weight=weights) == near(expected)


@pytest.mark.parametrize(("y_pred", "expected"), [([5.0, 5.0, 5.0], 1.0), ([5.0, 5.0, 6.0], 0.0)])
def test_r2_of_equal_values_is_that_of_scikit_learn(y_pred: list[float], expected: float) -> None:
    y_true = np.full(3, 5.0)

    assert r2().value(y_true, np.array(y_pred)) == expected == sk.r2_score(y_true, y_pred)


@pytest.mark.parametrize("value", [0.1, 1 / 3, 1e100])
def test_no_rounding_gives_equal_values_a_spread(value: float) -> None:
    assert r2().value(np.full(7, value), np.full(7, value)) == 1.0
    assert r2().value(np.full(7, value), np.full(7, 2.0)) == 0.0


@pytest.mark.parametrize(
    ("metric", "oracle"),
    [
        (pearson(), stats.pearsonr),
        (spearman(), stats.spearmanr),
        (kendall(), stats.kendalltau),
    ],
)
@pytest.mark.parametrize("n_distinct", [2, 9, 10**6])
@pytest.mark.parametrize("seed", SEEDS)
def test_correlations_are_those_of_scipy_with_ties_and_with_weights(
    seed: int, n_distinct: int, metric: Any, oracle: Any
) -> None:
    y_true, y_pred, weights = made(seed, n_distinct=n_distinct)
    repeated = [np.repeat(values, weights) for values in (y_true, y_pred)]
    weighted = metric.value(y_true, y_pred, sample_weight=weights)

    assert metric.value(y_true, y_pred) == near(oracle(y_true, y_pred).statistic)
    assert weighted == near(oracle(*repeated).statistic)


@pytest.mark.parametrize("far", [0.0, 1e8])
def test_a_common_distance_from_zero_costs_a_correlation_no_digits(far: float) -> None:
    y_true, y_pred, _ = made(0)

    assert pearson().value(y_true + far, y_pred - far) == pytest.approx(pearson().value(y_true, y_pred), rel=1e-9)


@pytest.mark.parametrize(
    ("actual", "predicted", "expected", "normalised"),
    [  # benhamner/Metrics, the examples of the Claim Prediction Challenge in which nothing is tied
        ([1, 2, 3], [10, 20, 30], 0.111111, 1),
        ([1, 2, 3], [30, 20, 10], -0.111111, -1),
        ([40, 20, 10, 0, 0], [40, 20, 10, 1, 0], 0.285714, 1),
        ([1, 1, 0, 1], [0.86, 0.26, 0.52, 0.32], -0.041666, -0.333333),
    ],
)
def test_gini_is_what_was_published(
    actual: list[float], predicted: list[float], expected: float, normalised: float
) -> None:
    y_true, y_pred = np.array(actual, dtype=float), np.array(predicted, dtype=float)

    assert gini().value(y_true, y_pred) == pytest.approx(expected, abs=1e-6)
    assert normalised_gini().value(y_true, y_pred) == pytest.approx(normalised, abs=1e-6)


def gini_as_it_comes(y_true: Array, order: Array) -> float:
    """The code of the competitions: rows in one order, the first one first."""
    shares = y_true[order].cumsum() / y_true.sum()
    return float((shares.sum() - (len(y_true) + 1) / 2) / len(y_true))


@pytest.mark.parametrize("seed", SEEDS)
def test_gini_is_the_average_over_the_orders_of_rows_that_are_tied(seed: int) -> None:
    rng = np.random.default_rng(seed)
    y_true, y_pred = rng.integers(0, 5, 8).astype(float) + np.eye(8)[0], rng.permutation(8) // 2
    firsts = np.array(np.meshgrid(*[[0, 1]] * 4)).reshape(4, -1).T  # of each tied pair, which comes first
    pairs = np.argsort(-y_pred, kind="stable").reshape(4, 2)
    orders = [np.where(first[:, np.newaxis] == 1, pairs[:, ::-1], pairs).ravel() for first in firsts]

    expected = np.mean([gini_as_it_comes(y_true, order) for order in orders])
    assert gini().value(y_true, y_pred) == near(expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_normalised_gini_of_two_classes_is_twice_the_area_less_one_ties_included(seed: int) -> None:
    y_true, y_pred, weights = made(seed)
    is_high = (y_true > 0.25).astype(float)
    area = sk.roc_auc_score(is_high, y_pred, sample_weight=weights)

    expected = 2 * sk.roc_auc_score(is_high, y_pred) - 1
    assert normalised_gini().value(is_high, y_pred) == near(expected)
    assert normalised_gini().value(is_high, y_pred, sample_weight=weights) == near(2 * area - 1)


@pytest.mark.parametrize("metric", [spearman(), kendall(), gini(), normalised_gini()])
def test_the_linearised_score_is_the_weighted_score_within_a_tenth_of_its_spread(metric: Any) -> None:
    rng = np.random.default_rng(0)
    n = 1000
    y_true = np.round(np.maximum(rng.normal(size=n), 0), 1)
    y_pred = np.round(y_true + rng.normal(size=n), 1)
    weights = rng.multinomial(n, np.full(n, 1 / n), size=100)
    exact = np.array([metric.value(y_true, y_pred, sample_weight=w) for w in weights])
    linear = metric.combine(weights @ metric.terms(y_true, y_pred), weights.sum(axis=1).astype(float))

    assert np.sqrt(np.mean((linear - exact) ** 2)) < 0.1 * np.std(exact)
    assert np.std(linear) / np.std(exact) == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize("seed", SEEDS)
def test_column_wise_errors_are_the_means_of_those_of_the_columns(seed: int) -> None:
    y_true, y_pred = np.random.default_rng(seed).exponential(10, (2, 40, 3)).round()

    expected = sk.root_mean_squared_error(y_true, y_pred, multioutput="raw_values").mean()
    assert mcrmse().value(y_true, y_pred) == near(expected)
    expected = sk.root_mean_squared_log_error(y_true, y_pred, multioutput="raw_values").mean()
    assert mcrmsle().value(y_true, y_pred) == near(expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_several_quantiles_are_the_mean_of_each(seed: int) -> None:
    rng = np.random.default_rng(seed)
    y_true, y_pred, alphas = rng.normal(size=50), rng.normal(size=(50, 3)), (0.05, 0.5, 0.95)

    expected = np.mean([sk.mean_pinball_loss(y_true, y_pred[:, k], alpha=a) for k, a in enumerate(alphas)])
    assert pinball(alphas).value(y_true, y_pred) == near(expected)


def test_wmae_by_the_number_of_rows_and_by_their_weights() -> None:
    """The two rules differ by the mean of the weights, here 1 / 3: 0.2 against 0.6."""
    y_true, y_pred, weights = np.array([1.0, 2.0, 3.0]), np.array([1.6, 2.0, 9.0]), np.array([1.0, 0.0, 0.0])

    assert wmae().value(y_true, y_pred, weight=weights) == pytest.approx(0.2)
    assert wmae("weights").value(y_true, y_pred, weight=weights) == pytest.approx(0.6)


@pytest.mark.parametrize("seed", SEEDS)
def test_wmae_by_the_weights_is_the_weighted_error_of_scikit_learn(seed: int) -> None:
    y_true, y_pred, weights = made(seed)

    expected = sk.mean_absolute_error(y_true, y_pred, sample_weight=weights)
    assert wmae("weights").value(y_true, y_pred, weight=weights) == near(expected)


@pytest.mark.parametrize(
    ("y_true", "y_pred", "expected"),
    [  # the example of torchmetrics' SymmetricMeanAbsolutePercentageError, and the rule of Kaggle for 0 and 0
        ([1, 10, 1e6], [0.9, 15, 1.2e6], 0.2290),
        ([0, 0], [0, 0], 0.0),
        ([0, 1], [1, 0], 2.0),
        ([-1], [1], 2.0),
    ],
)
def test_smape_is_what_was_published(y_true: list[float], y_pred: list[float], expected: float) -> None:
    arrays = np.array(y_true, dtype=float), np.array(y_pred, dtype=float)

    assert smape().value(*arrays) == pytest.approx(expected, abs=5e-5)
    assert smape(percent=True).value(*arrays) == pytest.approx(100 * smape().value(*arrays))


def test_mase_and_rmsse_are_those_of_the_examples_of_sktime() -> None:
    y_train, y_true = np.array([5, 0.5, 4, 6, 3, 5, 2]), np.array([3, -0.5, 2, 7, 2])
    y_pred = np.array([2.5, 0.0, 2, 8, 1.25])

    assert mase().value(y_true, y_pred, y_train=y_train) == near(0.18333333333333335)
    assert rmsse().value(y_true, y_pred, y_train=y_train) == near(0.20568833780186058)


@pytest.mark.parametrize("season", [1, 7])
def test_a_series_in_each_row_is_scored_alone_and_the_scores_are_averaged(season: int) -> None:
    rng = np.random.default_rng(0)
    y_train, y_true, y_pred = rng.normal(size=(4, 30)), rng.normal(size=(4, 5)), rng.normal(size=(4, 5))

    for metric in (mase(season), rmsse(season)):
        alone = [metric.value(*rows, y_train=train) for *rows, train in zip(y_true, y_pred, y_train, strict=True)]
        assert metric.value(y_true, y_pred, y_train=y_train) == near(np.mean(alone))


def test_the_scale_of_m5_begins_with_the_first_sale() -> None:
    """sum of (y_t - y_(t-1))^2 / (n - 1) over what is left of 0, 0, 3, 5, 4: (4 + 1) / 2."""
    series = np.array([0.0, 0.0, 3.0, 5.0, 4.0])

    assert naive_scale(series, squared=True, skip_leading_zeros=True) == pytest.approx(np.sqrt(2.5))
