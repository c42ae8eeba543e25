"""What a metric is found by, and where it has no value."""

from __future__ import annotations

import numpy as np
import pytest

from kit.metrics.roc_auc import ROC_AUC
from kit.plugin.built_in import register_metrics
from kit.plugin.manager import harness


@pytest.mark.parametrize("name", register_metrics())
def test_a_metric_is_called_what_it_is_registered_as(name: str) -> None:
    assert harness().load("register_metrics", name).name == name


@pytest.mark.parametrize("y_true", [[0, 0], [1], []])
def test_the_area_needs_both_classes(y_true: list[int]) -> None:
    assert ROC_AUC.undefined(np.array(y_true, dtype=np.int64))


@pytest.mark.parametrize("name", register_metrics())
def test_no_metric_has_a_value_for_no_rows(name: str) -> None:
    assert harness().load("register_metrics", name).undefined(np.empty(0, dtype=np.int64)) == "there are no rows"


def test_constant_predictions_have_the_area_of_chance() -> None:
    assert ROC_AUC.value(np.array([0, 1, 1]), np.zeros(3)) == 0.5


def test_any_finite_real_is_a_prediction_for_the_area() -> None:
    assert ROC_AUC.value(np.array([0, 1]), np.array([-1e300, 1e300])) == 1.0
