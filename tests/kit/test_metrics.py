"""What a metric is found by, and where it has no value."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pytest

from kit.metrics.accuracy import accuracy
from kit.metrics.base import Metric
from kit.metrics.f1 import f1
from kit.metrics.map_at_k import map_at_k
from kit.metrics.parameters import Entry, make_metric, parameters, wrong_params
from kit.metrics.pinball import pinball
from kit.metrics.rmsle import rmsle
from kit.metrics.roc_auc import roc_auc
from kit.plugin.built_in import register_metrics
from kit.plugin.manager import harness


def metric_called(name: str) -> Metric:
    return make_metric(harness().load("register_metrics", name), {})


@pytest.mark.parametrize("name", register_metrics())
def test_a_metric_is_called_what_it_is_registered_as(name: str) -> None:
    assert metric_called(name).name == name


@pytest.mark.parametrize("name", register_metrics())
def test_the_code_is_the_name_unless_a_parameter_is_not_its_default(name: str) -> None:
    metric = metric_called(name)

    assert metric.code.removesuffix(f"(average={metric.params.get('average')})") == name


@pytest.mark.parametrize("name", register_metrics())
def test_a_metric_knows_all_that_it_was_made_with(name: str) -> None:
    metric = metric_called(name)

    assert metric.params == metric.defaults
    assert list(metric.params) == [parameter.name for parameter in parameters(harness().load("register_metrics", name))]


@pytest.mark.parametrize(
    ("entry", "params", "code"),
    [
        (f1, {"average": "weighted"}, "f1(average=weighted)"),
        (f1, {"average": "macro", "zero_division": 0}, "f1(average=macro)"),
        (f1, {"zero_division": 1}, "f1(average=macro, zero_division=1.0)"),
        (roc_auc, {"multi_class": "ovo"}, "roc_auc(multi_class=ovo)"),
        (map_at_k, {"k": 3}, "map_at_k(k=3)"),
        (rmsle, {"negatives": "reject"}, "rmsle"),
    ],
)
def test_other_parameters_are_another_code(entry: Entry, params: dict[str, Any], code: str) -> None:
    assert make_metric(entry, params).code == code


def test_two_and_two_point_naught_are_one_metric() -> None:
    whole, fraction = (make_metric(pinball, {"alpha": alpha}) for alpha in [(0, 1), (0.0, 1.0)])

    assert whole.code == fraction.code == "pinball(alpha=(0.0, 1.0))"


@pytest.mark.parametrize("code", ["accuracy", "f1(average=macro)", "log_loss", "mae", "rmse", "rmsle", "roc_auc"])
def test_what_was_scored_before_there_were_parameters_keeps_its_code(code: str) -> None:
    assert metric_called(code.partition("(")[0]).code == code


@pytest.mark.parametrize("name", register_metrics())
def test_every_parameter_has_a_default(name: str) -> None:
    for parameter in parameters(harness().load("register_metrics", name)):
        assert isinstance(parameter.default, (str, int, float, bool, tuple))


def fbeta(beta: float = 1.0, average: Literal["macro", "micro"] = "macro", n: int = 1, strict: bool = False) -> Metric:
    return map_at_k(n)


@pytest.mark.parametrize("params", [{}, {"beta": 2}, {"beta": 0.5, "average": "micro", "n": 2, "strict": True}])
def test_parameters_of_the_right_sort_are_accepted(params: dict[str, Any]) -> None:
    assert wrong_params("fbeta", fbeta, params) == []


@pytest.mark.parametrize(
    ("params", "expected", "fix"),
    [
        ({"beta": "2"}, "a number", "the default is   1.0"),
        ({"beta": True}, "a number", "the default is   1.0"),
        ({"n": 1.5}, "a whole number", "the default is   1"),
        ({"strict": 1}, "true or false", "the default is   false"),
        ({"average": "mikro"}, '"macro" or "micro"', "did you mean   micro ?"),
        ({"betta": 2}, "", "did you mean   beta ?"),
    ],
)
def test_a_parameter_of_another_sort_or_name_is_explained(params: dict[str, Any], expected: str, fix: str) -> None:
    (problem,) = wrong_params("fbeta", fbeta, params)

    assert (problem.code, problem.expected, problem.fix) == ("E004", expected, fix)
    assert problem.where == f"metric.params.{next(iter(params))}"


def test_all_wrong_parameters_are_told_at_once() -> None:
    assert len(wrong_params("fbeta", fbeta, {"betta": 2, "n": "x", "average": "macro"})) == 2


def test_a_value_that_makes_no_metric_is_explained() -> None:
    (problem,) = wrong_params("map_at_k", map_at_k, {"k": 0})

    assert problem.message == "metric.params: k is how many names are looked at, 1 or more"
    assert problem.fix == "kit metrics map_at_k   explains it"


def test_a_metric_without_parameters_says_so() -> None:
    (problem,) = wrong_params("accuracy", accuracy(), {"average": "macro"})

    assert problem.message == "metric.params.average is not known: accuracy has no parameters"


def test_a_solution_with_a_negative_value_has_no_rmsle() -> None:
    assert rmsle().why_undefined(np.array([1.0, -0.5])) == "a value to predict is negative"
    assert rmsle().why_undefined(np.array([0.0])) is None


@pytest.mark.parametrize("name", ["f1", "log_loss", "accuracy", "mae"])
def test_one_class_is_enough_for_the_metrics_that_count_no_pairs(name: str) -> None:
    assert metric_called(name).why_undefined(np.array([1, 1])) is None


@pytest.mark.parametrize(
    ("y_true", "reason"),
    [([0, 0], "of one class"), ([1], "of one class"), ([], "no rows"), ([0, 1, 3], "no row is of class 2")],
)
def test_the_area_needs_two_classes(y_true: list[int], reason: str) -> None:
    assert reason in (roc_auc().why_undefined(np.array(y_true, dtype=np.int64)) or "")


@pytest.mark.parametrize("name", register_metrics())
def test_no_metric_has_a_value_for_no_rows(name: str) -> None:
    assert metric_called(name).why_undefined(np.empty(0, dtype=np.int64)) == "there are no rows"


def test_constant_predictions_have_the_area_of_chance() -> None:
    assert roc_auc().value(np.array([0, 1, 1]), np.zeros(3)) == 0.5


def test_any_finite_real_is_a_prediction_for_the_area() -> None:
    assert roc_auc().value(np.array([0, 1]), np.array([-1e300, 1e300])) == 1.0
