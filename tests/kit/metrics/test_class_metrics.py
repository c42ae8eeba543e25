"""Where metrics of classes have edges."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from kit.metrics.accuracy import accuracy
from kit.metrics.average_precision import average_precision
from kit.metrics.base import Metric
from kit.metrics.brier import brier
from kit.metrics.f1 import f1
from kit.metrics.fbeta import fbeta
from kit.metrics.jaccard import jaccard
from kit.metrics.log_loss import log_loss
from kit.metrics.mcc import mcc
from kit.metrics.parameters import make_metric
from kit.metrics.quadratic_weighted_kappa import quadratic_weighted_kappa
from kit.metrics.roc_auc import roc_auc
from kit.metrics.top_k_error import top_k_error


def texts(*cells: str) -> Any:
    return np.array(cells, dtype=object)


def test_labels_that_are_text_are_compared_without_blanks_around_them() -> None:
    assert accuracy().value(texts("cat", "dog", "Fox"), texts(" cat", "dog ", "fox")) == pytest.approx(2 / 3)


def test_labels_that_are_numbers_are_compared_as_numbers() -> None:
    assert accuracy().value(np.array([1, 2]), np.array([1.0, 2.0])) == 1.0


@pytest.mark.parametrize("ours", [accuracy, f1, mcc, jaccard])
def test_a_column_is_not_taken_for_a_table(ours: Callable[..., Metric]) -> None:
    metric = ours("macro") if ours is jaccard else ours()

    with pytest.raises(ValueError, match="shape"):
        metric.value(np.zeros(3, int), np.zeros((3, 1), int))


@pytest.mark.parametrize("ours", [f1, jaccard])
def test_an_average_is_refused_for_labels_that_it_is_not_of(ours: Callable[..., Metric]) -> None:
    one, several = np.zeros(3, int), np.zeros((3, 2), int)

    assert "several labels" in (ours("samples").why_undefined(one) or "")
    assert "one class" in (ours("binary").why_undefined(several) or "")
    assert ours("samples").why_undefined(several) is ours("binary").why_undefined(one) is None


@pytest.mark.parametrize("average", ["macro", "weighted"])
def test_a_label_that_nobody_has_counts_as_zero_division_says(average: Any) -> None:
    y_true = np.array([[1, 0], [1, 0]])

    assert [f1("macro", zero_division=z).value(y_true, y_true) for z in (0.0, 0.5, 1.0)] == [0.5, 0.75, 1.0]
    assert f1("weighted").value(y_true, y_true) == 1.0


def test_labels_that_no_column_has_are_told_to_the_host() -> None:
    y_true = np.array([[0, 1], [1, 1]])

    assert f1(labels=(1,)).why_undefined(y_true) is None
    assert "labels names 2, and the 2 labels a row are 0 to 1" in (f1(labels=(0, 2)).why_undefined(y_true) or "")


def test_some_classes_alone_are_another_metric_and_none_is_the_one_that_it_was() -> None:
    assert make_metric(f1, {}).code == "f1(average=macro)"
    assert make_metric(f1, {"labels": (0, 2)}).code == "f1(average=macro, labels=(0, 2))"


def test_two_answers_may_differ_in_how_many_classes_they_name() -> None:
    y_true = np.array([0, 1, 1])
    few, many = (f1().terms(y_true, y_pred) for y_pred in (y_true, np.array([0, 1, 5])))  # type: ignore[misc]

    assert (few.shape, many.shape) == ((3, 6), (3, 18))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: fbeta(beta=-1.0),
        lambda: f1(zero_division=2.0),
        lambda: f1("binary", pos_label=-1),
        lambda: f1("binary", labels=(0, 1)),
        lambda: f1(labels=(0, 0)),
        lambda: fbeta(labels=(-1,)),
        lambda: jaccard(labels=(1,)),
        lambda: jaccard(zero_division=-1.0),
        lambda: top_k_error(k=0),
    ],
)
def test_parameters_without_a_meaning_are_refused(wrong: Callable[[], Metric]) -> None:
    with pytest.raises(ValueError, match=r"beta|zero_division|pos_label|labels|classes"):
        wrong()


@pytest.mark.parametrize(
    ("y_true", "reason"),
    [
        ([0, 1, 3], "no row is of class 2"),
        ([[0, 1], [1, 1]], "label column 2 is the same"),
        ([[0, 1], [0, 1]], "the same labels"),
    ],
)
def test_an_area_that_is_not_there_is_refused_with_its_column(y_true: Any, reason: str) -> None:
    assert reason in (roc_auc().why_undefined(np.array(y_true)) or "")


@pytest.mark.parametrize("multi_class", ["ovr", "ovo"])
def test_an_area_that_is_not_there_can_be_left_out(multi_class: Any) -> None:
    y_true, y_pred = np.array([0, 2, 0, 2]), np.array([[3, 9, 1], [1, 0, 3], [2, 0, 1], [2, 5, 2]], float)
    of_two = roc_auc().value(y_true // 2, y_pred[:, 2]), roc_auc().value(1 - y_true // 2, y_pred[:, 0])
    metric = roc_auc(multi_class, skip_undefined=True)

    assert metric.why_undefined(y_true) is None
    assert metric.value(y_true, y_pred) == pytest.approx(sum(of_two) / 2)
    assert np.isnan(roc_auc(multi_class).value(y_true, y_pred))


def test_columns_of_one_class_can_be_left_out_of_the_mean() -> None:
    y_true, y_pred = np.array([[0, 1], [1, 1]]), np.array([[0.2, 0.5], [0.7, 0.1]])

    assert roc_auc(skip_undefined=True).value(y_true, y_pred) == 1.0
    assert "the same labels" in (roc_auc(skip_undefined=True).why_undefined(y_true[:, 1:]) or "")


@pytest.mark.parametrize("metric", [roc_auc(), roc_auc("ovo"), average_precision(), brier(), log_loss()])
def test_two_columns_of_two_classes_are_the_second_alone(metric: Metric) -> None:
    y_true, p = np.array([0, 1, 1, 0]), np.array([0.2, 0.7, 0.4, 0.4])

    assert metric.value(y_true, np.column_stack([1 - p, p])) == pytest.approx(metric.value(y_true, p))


def test_of_classes_with_equal_scores_the_last_one_is_first() -> None:
    y_true, y_pred = np.array([0, 1, 2]), np.zeros((3, 3))

    assert [round(3 * top_k_error(k).value(y_true, y_pred)) for k in (1, 2, 3, 4)] == [2, 1, 0, 0]


def test_a_rating_that_is_no_whole_number_is_refused_with_its_row_unless_it_is_rounded() -> None:
    y_pred = np.array([1.0, 2.4])

    assert quadratic_weighted_kappa().why_wrong(y_pred) == (1, "2.4 is no whole number")
    assert quadratic_weighted_kappa("round").why_wrong(y_pred) is None
    assert quadratic_weighted_kappa("round").value(np.array([1, 2]), y_pred) == 1.0
    assert "whole number" in (quadratic_weighted_kappa().why_undefined(y_pred) or "")


def test_sets_know_upper_case_and_words_do_not() -> None:
    y_true, y_pred = texts("A b"), texts("a b b")

    assert jaccard("words").value(y_true, y_pred) == 1.0
    assert jaccard("sets").value(y_true, y_pred) == pytest.approx(1 / 3)
