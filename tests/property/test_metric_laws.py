"""Laws that a metric keeps whatever the rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from kit.metrics.roc_auc import ROC_AUC
from kit.plugin.built_in import register_metrics
from kit.plugin.manager import harness

seeds = st.integers(0, 2**32 - 1)
names = st.sampled_from(sorted(register_metrics()))


def rows(name: str, seed: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Rows of a metric, with ties and both classes."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 40))
    y_true = rng.permutation(np.r_[0, 1, rng.integers(0, 2, n - 2)])
    return y_true, rng.integers(0, 2 if name == "accuracy" else 8, n).astype(float)


@given(names, seeds)
def test_the_order_of_rows_does_not_matter(name: str, seed: int) -> None:
    metric, (y_true, y_pred) = harness().load("register_metrics", name), rows(name, seed)
    order = np.random.default_rng(seed).permutation(len(y_true))

    assert metric.value(y_true[order], y_pred[order]) == pytest.approx(metric.value(y_true, y_pred), abs=1e-12)


@given(names, seeds)
def test_the_terms_combine_to_the_value(name: str, seed: int) -> None:
    metric, (y_true, y_pred) = harness().load("register_metrics", name), rows(name, seed)
    terms = metric.terms(y_true, y_pred)
    combined = metric.combine(terms.sum(axis=0), np.array(float(len(terms))))

    assert float(combined) == pytest.approx(metric.value(y_true, y_pred), abs=1e-12)


@given(names, seeds)
def test_many_weightings_are_combined_at_once(name: str, seed: int) -> None:
    metric, (y_true, y_pred) = harness().load("register_metrics", name), rows(name, seed)
    terms = metric.terms(y_true, y_pred)
    weights = np.random.default_rng(seed).integers(1, 4, (3, 2, len(terms)))
    together = metric.combine(weights @ terms, weights.sum(axis=-1))

    assert together.shape == (3, 2)
    assert float(together[1, 1]) == pytest.approx(float(metric.combine(weights[1, 1] @ terms, weights[1, 1].sum())))


@given(st.sampled_from(["accuracy", "rmse"]), seeds)
def test_a_weight_is_as_good_as_a_repeated_row(name: str, seed: int) -> None:
    metric, (y_true, y_pred) = harness().load("register_metrics", name), rows(name, seed)
    times = np.random.default_rng(seed).integers(1, 4, len(y_true))
    weighted = metric.combine(times @ metric.terms(y_true, y_pred), times.sum())

    assert float(weighted) == pytest.approx(metric.value(np.repeat(y_true, times), np.repeat(y_pred, times)))


@given(names, seeds)
def test_the_value_lies_between_worst_and_best(name: str, seed: int) -> None:
    metric, (y_true, y_pred) = harness().load("register_metrics", name), rows(name, seed)
    ends = sorted([metric.best, metric.worst])

    assert ends[0] <= metric.value(y_true, y_pred) <= ends[1]
    assert metric.value(y_true, y_true.astype(float)) == metric.best


@given(seeds, st.sampled_from([np.exp, np.arctan, lambda p: 3 * p - 7, lambda p: p**3]))
def test_the_area_looks_at_the_order_alone_to_the_last_bit(seed: int, monotone: Callable[[Any], Any]) -> None:
    y_true, y_pred = rows("roc_auc", seed)

    assert ROC_AUC.value(y_true, monotone(y_pred)) == ROC_AUC.value(y_true, y_pred)


@given(seeds)
def test_turned_round_the_area_is_its_complement(seed: int) -> None:
    y_true, y_pred = rows("roc_auc", seed)

    assert ROC_AUC.value(y_true, -y_pred) == pytest.approx(1 - ROC_AUC.value(y_true, y_pred))
    assert ROC_AUC.value(1 - y_true, -y_pred) == ROC_AUC.value(y_true, y_pred)
