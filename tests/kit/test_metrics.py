"""What a metric is found by, and where it has no value."""

from __future__ import annotations

import numpy as np
import pytest

from kit.errors import UsageError
from kit.metrics import BUILT_IN, load_metric


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_built_in_metric_is_found_by_name_and_by_reference(name: str) -> None:
    assert load_metric(name) is load_metric(BUILT_IN[name])
    assert load_metric(name).name == name


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("acuracy", "did you mean   accuracy ?"),
        ("xyz", "known here: accuracy, rmse, roc_auc"),
        ("kit.metrics.nothing:X", "No module named"),
        ("kit.metrics.rmse:NOTHING", "NOTHING"),
        ("kit.metrics.rmse:squared_errors", "no metric"),
    ],
)
def test_a_name_that_is_no_metric_is_told(reference: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        load_metric(reference)

    assert words in caught.value.problem.message + caught.value.problem.fix
    assert caught.value.code == "E001"


@pytest.mark.parametrize("y_true", [[0, 0], [1], []])
def test_the_area_needs_both_classes(y_true: list[int]) -> None:
    assert load_metric("roc_auc").undefined(np.array(y_true, dtype=np.int64))


@pytest.mark.parametrize("name", BUILT_IN)
def test_no_metric_has_a_value_for_no_rows(name: str) -> None:
    assert load_metric(name).undefined(np.empty(0, dtype=np.int64)) == "there are no rows"


def test_constant_predictions_have_the_area_of_chance() -> None:
    assert load_metric("roc_auc").value(np.array([0, 1, 1]), np.zeros(3)) == 0.5


def test_any_finite_real_is_a_prediction_for_the_area() -> None:
    assert load_metric("roc_auc").value(np.array([0, 1]), np.array([-1e300, 1e300])) == 1.0
