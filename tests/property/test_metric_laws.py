"""Laws that a metric keeps whatever the rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kit.metrics.f1 import f1
from kit.metrics.log_loss import log_loss
from kit.metrics.mae import mae
from kit.metrics.rmsle import rmsle
from kit.metrics.roc_auc import roc_auc
from kit.plugin.built_in import register_metrics
from kit.scoring import score_part
from tests.metric_rows import NO_PERFECT, NO_WEIGHTS, ROWS, Rows, metric_of, name_of, perfect

seeds = st.integers(0, 2**32 - 1)
averages = st.sampled_from(["macro", "micro", "weighted"])
every_metric = pytest.mark.parametrize("key", sorted(ROWS))
a_few = settings(max_examples=20, deadline=None)


def made(key: str, seed: int) -> Rows:
    return ROWS[key](np.random.default_rng(seed))


def taken(rows: Rows, index: NDArray[Any]) -> Rows:
    """Some of the rows, in that order, one as often as it is named."""
    y_true, y_pred, extra = rows
    return y_true[index], y_pred[index], {name: column[index] for name, column in extra.items()}


def value(key: str, rows: Rows, weights: NDArray[Any] | None = None) -> float:
    y_true, y_pred, extra = rows
    return metric_of(key).value(y_true, y_pred, sample_weight=weights, **extra)


def classified(seed: int) -> tuple[NDArray[Any], NDArray[Any]]:
    y_true, y_pred, _ = made("f1", seed)
    return y_true, y_pred


def test_every_metric_that_is_registered_has_rows_to_be_tried_with() -> None:
    assert {name_of(key) for key in ROWS} == set(register_metrics())


@every_metric
@a_few
@given(seed=seeds)
def test_rows_that_have_a_score_have_a_finite_one(key: str, seed: int) -> None:
    y_true, y_pred, extra = made(key, seed)

    assert metric_of(key).why_undefined(y_true, **extra) is None
    assert metric_of(key).why_wrong(y_pred) is None
    assert np.isfinite(metric_of(key).value(y_true, y_pred, **extra))


@every_metric
def test_what_is_kept_of_a_score_is_finite(key: str) -> None:
    y_true, y_pred, extra = made(key, 0)
    further: dict[str, Any] = dict(extra)
    part = score_part(metric_of(key), y_true, y_pred, seed_text="digits/public", **further)

    assert part.terms is None or np.isfinite(part.terms).all()
    assert part.replicates is None or np.isfinite(part.replicates).any()


@every_metric
@a_few
@given(seed=seeds)
def test_the_order_of_rows_does_not_matter(key: str, seed: int) -> None:
    rows = made(key, seed)
    mixed = taken(rows, np.random.default_rng(seed).permutation(len(rows[0])))

    assert value(key, mixed) == pytest.approx(value(key, rows), rel=1e-9, abs=1e-9)


@every_metric
@a_few
@given(seed=seeds)
def test_a_weight_is_as_good_as_a_repeated_row(key: str, seed: int) -> None:
    rows = made(key, seed)
    times = np.random.default_rng(seed).integers(1, 4, len(rows[0]))
    repeated = taken(rows, np.repeat(np.arange(len(times)), times))

    if key in NO_WEIGHTS:
        with pytest.raises(ValueError, match="takes no weights"):
            value(key, rows, times)
    else:
        assert value(key, rows, times) == pytest.approx(value(key, repeated), rel=1e-9, abs=1e-9)


@every_metric
@a_few
@given(seed=seeds)
def test_the_scale_of_the_weights_does_not_matter(key: str, seed: int) -> None:
    rows = made(key, seed)
    weights = np.random.default_rng(seed).uniform(0.5, 2, len(rows[0]))

    if key not in NO_WEIGHTS:
        assert value(key, rows, 3 * weights) == pytest.approx(value(key, rows, weights), rel=1e-9, abs=1e-9)


@every_metric
@a_few
@given(seed=seeds)
def test_the_terms_combine_to_the_value(key: str, seed: int) -> None:
    metric, (y_true, y_pred, extra) = metric_of(key), made(key, seed)
    if metric.terms is None or metric.combine is None:
        return
    terms = metric.terms(y_true, y_pred, **extra)
    combined = metric.combine(terms.sum(axis=0), np.array(float(len(terms))))

    assert terms.dtype == np.float64
    assert terms.shape[0] == len(y_true)
    assert float(combined) == pytest.approx(metric.value(y_true, y_pred, **extra), rel=1e-9, abs=1e-9)


@every_metric
@a_few
@given(seed=seeds)
def test_many_weightings_are_combined_at_once(key: str, seed: int) -> None:
    metric, (y_true, y_pred, extra) = metric_of(key), made(key, seed)
    if metric.terms is None or metric.combine is None:
        return
    terms = metric.terms(y_true, y_pred, **extra)
    weights = np.random.default_rng(seed).integers(1, 4, (3, 2, len(terms))).astype(float)
    together = metric.combine(weights @ terms, weights.sum(axis=-1))
    alone = metric.combine(weights[1, 1] @ terms, weights[1, 1].sum())

    assert together.shape == (3, 2)
    assert float(together[1, 1]) == pytest.approx(float(alone), rel=1e-9, abs=1e-9)


@every_metric
@a_few
@given(seed=seeds)
def test_the_value_lies_between_worst_and_best(key: str, seed: int) -> None:
    low, high = sorted([metric_of(key).best, metric_of(key).worst])

    assert low - 1e-12 <= value(key, made(key, seed)) <= high + 1e-12


@pytest.mark.parametrize("key", sorted(ROWS.keys() - NO_PERFECT))
@a_few
@given(seed=seeds)
def test_the_truth_gets_the_best_value(key: str, seed: int) -> None:
    y_true, y_pred, extra = made(key, seed)
    truth = perfect(key, y_true, y_pred)

    assert metric_of(key).value(y_true, truth, **extra) == pytest.approx(metric_of(key).best, abs=1e-9)


@given(seeds, st.sampled_from([np.exp, np.arctan, lambda p: 3 * p - 7, lambda p: p**3]))
def test_the_area_looks_at_the_order_alone_to_the_last_bit(seed: int, monotone: Callable[[Any], Any]) -> None:
    y_true, y_pred, _ = made("roc_auc", seed)

    assert roc_auc().value(y_true, monotone(y_pred)) == roc_auc().value(y_true, y_pred)


@given(seeds)
def test_turned_round_the_area_is_its_complement(seed: int) -> None:
    y_true, y_pred, _ = made("roc_auc", seed)

    assert roc_auc().value(y_true, -y_pred) == pytest.approx(1 - roc_auc().value(y_true, y_pred))
    assert roc_auc().value(1 - y_true, -y_pred) == roc_auc().value(y_true, y_pred)


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

    assert log_loss().value(y_true, scale * y_pred) == pytest.approx(log_loss().value(y_true, y_pred))


@given(seeds)
def test_two_columns_of_probabilities_are_worth_what_one_is(seed: int) -> None:
    y_true, p, _ = made("log_loss", seed)

    assert log_loss().value(y_true, np.column_stack([1 - p, p])) == pytest.approx(log_loss().value(y_true, p))


@given(seeds)
def test_no_constant_beats_the_frequency_in_log_loss_nor_the_median_in_mae(seed: int) -> None:
    y_true, y, _ = made("roc_auc", seed)  # 0 and 1, and whole numbers from -3 to 4
    share, constant = y_true.mean(), np.random.default_rng(seed).uniform(0, 7)

    assert (
        log_loss().value(y_true, np.full(len(y), share))
        <= log_loss().value(y_true, np.full(len(y), constant / 7)) + 1e-9
    )
    assert mae().value(y, np.full(len(y), np.median(y))) <= mae().value(y, np.full(len(y), constant)) + 1e-9


@given(seeds)
def test_an_error_of_ratio_is_the_same_both_ways(seed: int) -> None:
    y_true, y_pred, _ = made("rmsle", seed)

    assert rmsle().value(y_true, y_pred) == pytest.approx(rmsle().value(y_pred, y_true))
