"""Where metrics of values, orders and distributions have no score, or one that has to be said."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kit
from kit.errors import KitError
from kit.metrics.base import Metric
from kit.metrics.crps import crps
from kit.metrics.gini import gini, normalised_gini
from kit.metrics.kendall import kendall
from kit.metrics.kl_divergence import kl_divergence
from kit.metrics.mae import mae
from kit.metrics.mape import mape
from kit.metrics.mase import mase, naive_scale, rmsse
from kit.metrics.pearson import pearson
from kit.metrics.perplexity import bits_per_byte, bits_per_char, perplexity
from kit.metrics.pinball import pinball
from kit.metrics.r2 import r2
from kit.metrics.rmsle import rmsle
from kit.metrics.spearman import spearman
from kit.metrics.tweedie_deviance import poisson_deviance, tweedie_deviance
from kit.metrics.wmae import wmae

CORRELATIONS: list[Metric] = [pearson(), spearman(), kendall()]
called = pytest.mark.parametrize("metric", CORRELATIONS, ids=lambda metric: metric.name)


@pytest.mark.parametrize(
    ("metric", "y_true", "reason"),
    [
        (mape(), [1, 0], "a value to predict is 0"),
        (r2(), [1], "there is one row only"),
        (rmsle(), [1, -0.5], "a value to predict is negative"),
        (poisson_deviance(), [1, -1], "a value to predict is negative"),
        (tweedie_deviance(2.0), [1, 0], "a value to predict is not positive"),
        (gini(), [0, 0], "all values to predict are 0"),
        (gini(), [1, -1], "a value to predict is negative"),
        (normalised_gini(), [2, 2], "all values to predict are the same"),
        (kl_divergence(), [[0.5, 0.6]], "the probabilities of a row of the solution do not sum to 1"),
        (perplexity(), [3, -1], "a number of tokens is negative"),
        (bits_per_char(), np.array(["", ""], dtype=object), "all rows are empty"),
        *((metric, [3, 3], "all values to predict are the same") for metric in CORRELATIONS),
        *((metric, [3], "there is one row only") for metric in CORRELATIONS),
    ],
)
def test_a_solution_without_a_score_is_refused_in_words(metric: Metric, y_true: Any, reason: str) -> None:
    assert metric.why_undefined(np.asarray(y_true)) == reason


@pytest.mark.parametrize(
    ("metric", "y_true"),
    [(mape(), [1, -2]), (rmsle(), [0]), (poisson_deviance(), [0]), (tweedie_deviance(), [-1]), (gini(), [0, 1])],
)
def test_what_has_a_score_is_not_refused(metric: Metric, y_true: list[float]) -> None:
    assert metric.why_undefined(np.array(y_true, dtype=float)) is None


@pytest.mark.parametrize(
    ("weight", "reason"),
    [
        ([1.0, -1.0], "a weight is negative"),
        ([0.0, 0.0], "all weights are 0"),
        (["1", "x"], "a cell of the column weight is no number"),
    ],
)
def test_weights_that_weigh_nothing_are_refused(weight: list[Any], reason: str) -> None:
    assert wmae().why_undefined(np.array([1.0, 2.0]), weight=np.array(weight)) == reason


@pytest.mark.parametrize("metric", [mase(), rmsse()], ids=lambda metric: metric.name)
def test_a_series_that_is_constant_in_training_has_no_scaled_error(metric: Metric) -> None:
    y_true = np.array([1.0, 2.0])

    assert "constant" in (metric.why_undefined(y_true, scale=np.array([1.0, 0.0])) or "")
    assert "constant" in (metric.why_undefined(y_true, y_train=np.full(9, 3.0)) or "")
    assert metric.why_undefined(y_true, scale=np.array([1.0, 0.5])) is None


def test_a_series_that_is_no_longer_than_its_season_has_no_scale() -> None:
    with pytest.raises(ValueError, match="too few for a season of 7"):
        naive_scale(np.arange(7.0), season=7)


@called
def test_constant_predictions_are_refused_with_these_words(metric: Metric) -> None:
    row, why = metric.why_wrong(np.full(4, 0.1)) or (-1, "")

    assert (row, why.partition(":")[0]) == (0, "constant predictions")
    assert metric.why_wrong(np.array([0.1, 0.1, 0.2])) is None


@called
def test_predictions_that_are_constant_on_one_part_only_score_zero_there(metric: Metric) -> None:
    assert metric.value(np.array([1.0, 2.0, 3.0]), np.full(3, 0.1)) == 0.0


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_two_tied_rows_have_the_normalised_gini_of_chance_in_either_order(order: list[int]) -> None:
    assert normalised_gini().value(np.array([0.0, 1.0])[order], np.full(2, 7.0)) == 0.0


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ([0.2, 0.1, 1.0], "smaller than that before it"),
        ([0.2, 0.4, 1.2], "not between 0 and 1"),
        ([-0.1, 0.4, 1.0], "not between 0 and 1"),
    ],
)
def test_a_row_that_is_no_distribution_function_is_named(row: list[float], why: str) -> None:
    found = crps("cdf").why_wrong(np.array([[0.0, 0.0, 0.0], row]))

    assert found is not None
    assert found[0] == 1
    assert why in found[1]


def test_members_come_in_any_order_and_may_be_any_numbers() -> None:
    assert crps().why_wrong(np.array([[5.0, -1.0, 700.0]])) is None


def test_one_member_has_the_mean_absolute_error() -> None:
    y_true, y_pred = np.array([1.0, 2.0]), np.array([3.0, 1.5])

    assert crps().value(y_true, y_pred) == mae().value(y_true, y_pred)


def test_probabilities_of_a_row_that_do_not_sum_to_one_are_named() -> None:
    found = kl_divergence().why_wrong(np.array([[0.5, 0.5], [0.5, 0.6]]))

    assert found == (1, "the probabilities sum to 1.1, not to 1")
    assert kl_divergence().why_wrong(np.array([[0.333333, 0.333333, 0.333333]])) is None


def test_negative_predictions_are_refused_or_taken_for_zero() -> None:
    with pytest.raises(KitError, match="1 row of y_pred is negative: row 1"):
        kit.metric("rmsle")([1, 2], [1, -0.5])

    assert kit.metric("rmsle", negatives="clip")([1, 0], [1, -0.5]) == 0.0


@pytest.mark.parametrize("name", ["poisson_deviance", "perplexity"])
def test_rows_that_a_metric_cannot_score_are_named(name: str) -> None:
    with pytest.raises(KitError, match="row 1"):
        kit.metric(name)([1, 2], [0.5, 0.0] if name == "poisson_deviance" else [-1.0, 0.5])


@pytest.mark.parametrize("make", [lambda: pinball(1.5), lambda: pinball(()), lambda: tweedie_deviance(0.5)])
def test_a_parameter_that_means_nothing_is_refused(make: Any) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        make()


def test_a_column_is_not_taken_for_a_table() -> None:
    with pytest.raises(ValueError, match="one value a row"):
        mae().value(np.zeros(3), np.zeros((3, 1)))


@pytest.mark.parametrize("metric", [bits_per_char(), bits_per_byte()], ids=lambda metric: metric.name)
def test_an_empty_text_is_one_that_costs_only_its_surprise(metric: Metric) -> None:
    texts = np.array(["abcd", ""], dtype=object)

    assert metric.value(texts, np.log([1 / 16, 1.0])) == pytest.approx(1.0)
    assert metric.value(texts, np.log([1 / 16, 1 / 16])) == pytest.approx(2.0)


def test_a_model_that_is_as_wrong_as_can_be_has_a_finite_perplexity() -> None:
    assert np.isfinite(perplexity().value(np.array([1]), np.array([-1e100])))
    assert np.isfinite(perplexity().value(np.array([0]), np.array([[0.0, 1.0]])))


def test_a_parameter_may_be_a_list_in_a_competition() -> None:
    from kit.metrics.parameters import wrong_params

    assert wrong_params("pinball", pinball, {"alpha": (0.1, 0.9)}) == []
    (problem,) = wrong_params("pinball", pinball, {"alpha": "low"})
    assert problem.expected == "a number or a list, of a number each"
