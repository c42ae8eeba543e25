"""Laws that a metric keeps whatever the rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from kit.metrics.base import Metric
from kit.metrics.f1 import f1
from kit.metrics.log_loss import LOG_LOSS
from kit.metrics.mae import MAE
from kit.metrics.parameters import make_metric
from kit.metrics.rmsle import RMSLE
from kit.metrics.roc_auc import ROC_AUC
from kit.plugin.built_in import register_metrics
from kit.plugin.manager import harness

seeds = st.integers(0, 2**32 - 1)
names = st.sampled_from(sorted(register_metrics()))
averages = st.sampled_from(["macro", "micro", "weighted"])


def metric_called(name: str) -> Metric:
    return make_metric(harness().load("register_metrics", name), {})


def rows(name: str, seed: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Rows of a metric, with ties and both classes."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 40))
    y_true = rng.permutation(np.r_[0, 1, rng.integers(0, 2, n - 2)])
    y_pred = rng.integers(0, 2 if name in ("accuracy", "f1") else 8, n).astype(float)
    return y_true, y_pred / 7 if name == "log_loss" else y_pred


def classified(seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of a few of several classes."""
    rng = np.random.default_rng(seed)
    classes = rng.choice(7, int(rng.integers(1, 6)), replace=False)
    y_true, y_pred = rng.choice(classes, (2, int(rng.integers(1, 40))))
    return y_true, y_pred


@given(names, seeds)
def test_the_order_of_rows_does_not_matter(name: str, seed: int) -> None:
    metric, (y_true, y_pred) = metric_called(name), rows(name, seed)
    order = np.random.default_rng(seed).permutation(len(y_true))

    assert metric.value(y_true[order], y_pred[order]) == pytest.approx(metric.value(y_true, y_pred), abs=1e-12)


@given(names, seeds)
def test_the_terms_combine_to_the_value(name: str, seed: int) -> None:
    metric, (y_true, y_pred) = metric_called(name), rows(name, seed)
    terms = metric.terms(y_true, y_pred)
    combined = metric.combine(terms.sum(axis=0), np.array(float(len(terms))))

    assert float(combined) == pytest.approx(metric.value(y_true, y_pred), abs=1e-12)


@given(names, seeds)
def test_many_weightings_are_combined_at_once(name: str, seed: int) -> None:
    metric, (y_true, y_pred) = metric_called(name), rows(name, seed)
    terms = metric.terms(y_true, y_pred)
    weights = np.random.default_rng(seed).integers(1, 4, (3, 2, len(terms)))
    together = metric.combine(weights @ terms, weights.sum(axis=-1))

    assert together.shape == (3, 2)
    assert float(together[1, 1]) == pytest.approx(float(metric.combine(weights[1, 1] @ terms, weights[1, 1].sum())))


@given(names.filter(lambda name: name != "roc_auc"), seeds)
def test_a_weight_is_as_good_as_a_repeated_row(name: str, seed: int) -> None:
    metric, (y_true, y_pred) = metric_called(name), rows(name, seed)
    times = np.random.default_rng(seed).integers(1, 4, len(y_true))
    weighted = metric.combine(times @ metric.terms(y_true, y_pred), times.sum())

    assert float(weighted) == pytest.approx(metric.value(np.repeat(y_true, times), np.repeat(y_pred, times)))


@given(names, seeds)
def test_the_value_lies_between_worst_and_best(name: str, seed: int) -> None:
    metric, (y_true, y_pred) = metric_called(name), rows(name, seed)
    ends = sorted([metric.best, metric.worst])

    assert ends[0] <= metric.value(y_true, y_pred) <= np.nextafter(ends[1], np.inf)


@given(names.filter(lambda name: name != "episodic_return"), seeds)  # where the solution holds seeds
def test_the_truth_gets_the_best_value(name: str, seed: int) -> None:
    metric, (y_true, _) = metric_called(name), rows(name, seed)

    assert metric.value(y_true, y_true.astype(float)) == pytest.approx(metric.best, abs=1e-14)


@given(seeds, st.sampled_from([np.exp, np.arctan, lambda p: 3 * p - 7, lambda p: p**3]))
def test_the_area_looks_at_the_order_alone_to_the_last_bit(seed: int, monotone: Callable[[Any], Any]) -> None:
    y_true, y_pred = rows("roc_auc", seed)

    assert ROC_AUC.value(y_true, monotone(y_pred)) == ROC_AUC.value(y_true, y_pred)


@given(seeds)
def test_turned_round_the_area_is_its_complement(seed: int) -> None:
    y_true, y_pred = rows("roc_auc", seed)

    assert ROC_AUC.value(y_true, -y_pred) == pytest.approx(1 - ROC_AUC.value(y_true, y_pred))
    assert ROC_AUC.value(1 - y_true, -y_pred) == ROC_AUC.value(y_true, y_pred)


@given(averages, seeds)
def test_the_names_of_the_classes_do_not_matter_to_f1(average: Any, seed: int) -> None:
    y_true, y_pred = classified(seed)
    renamed = np.random.default_rng(seed).permutation(7)

    assert f1(average).value(renamed[y_true], renamed[y_pred]) == pytest.approx(f1(average).value(y_true, y_pred))


@given(averages, seeds)
def test_truth_and_answer_can_be_exchanged_in_f1_unless_classes_are_weighted(average: Any, seed: int) -> None:
    y_true, y_pred = classified(seed)
    exchanged = f1(average).value(y_pred, y_true)

    assert average == "weighted" or exchanged == pytest.approx(f1(average).value(y_true, y_pred))


@given(averages, seeds)
def test_a_class_that_never_occurs_changes_no_f1(average: Any, seed: int) -> None:
    y_true, y_pred = classified(seed)

    assert f1(average).value(2 * y_true + 1, 2 * y_pred + 1) == pytest.approx(f1(average).value(y_true, y_pred))


@given(seeds, st.floats(0.01, 100))
def test_the_scale_of_a_row_of_probabilities_does_not_matter(seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    y_true, y_pred = rng.integers(0, 4, 20), rng.dirichlet(np.ones(4), 20)

    assert LOG_LOSS.value(y_true, scale * y_pred) == pytest.approx(LOG_LOSS.value(y_true, y_pred))


@given(seeds)
def test_two_columns_of_probabilities_are_worth_what_one_is(seed: int) -> None:
    y_true, p = rows("log_loss", seed)

    assert LOG_LOSS.value(y_true, np.column_stack([1 - p, p])) == pytest.approx(LOG_LOSS.value(y_true, p))


@given(seeds)
def test_no_constant_beats_the_frequency_in_log_loss_nor_the_median_in_mae(seed: int) -> None:
    y_true, other = rows("mae", seed)
    y = other  # whole numbers from 0 to 7
    share, constant = y_true.mean(), np.random.default_rng(seed).uniform(0, 7)

    assert (
        LOG_LOSS.value(y_true, np.full(len(y), share)) <= LOG_LOSS.value(y_true, np.full(len(y), constant / 7)) + 1e-9
    )
    assert MAE.value(y, np.full(len(y), np.median(y))) <= MAE.value(y, np.full(len(y), constant)) + 1e-9


@given(seeds)
def test_an_error_of_ratio_is_the_same_both_ways(seed: int) -> None:
    y_true, y_pred = rows("rmsle", seed)

    assert RMSLE.value(y_true, y_pred) == pytest.approx(RMSLE.value(y_pred, y_true))
