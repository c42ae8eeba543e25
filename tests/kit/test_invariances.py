"""What the three invariances find, on answers of every sort, and that they never cost a run its score."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from kit.errors import PluginError, Problem
from kit.executor.local import LocalExecutor
from kit.job import Check
from kit.run import Left, collect
from kit.sandbox.invariances import MAX_ROWS, differing, invariances
from kit.sandbox.process import ProcessSandbox
from kit.testing.executors import wait
from kit.testing.jobs import HONEST, stage_tiny_job

X = np.random.default_rng(0).random((MAX_ROWS, 4), dtype=np.float32)
Predict = Callable[[NDArray[np.float32]], NDArray[np.generic]]


def found(predict: Predict) -> dict[str, Check]:
    return {check.name: check for check in invariances(lambda index: np.asarray(predict(X[index])), len(X))}


def codes(predict: Predict) -> dict[str, str]:
    return {name: check.problem.code for name, check in found(predict).items() if check.problem is not None}


def test_a_plugin_that_answers_each_row_for_itself_passes_all_three() -> None:
    assert [check.state for check in found(lambda X: X.sum(axis=1)).values()] == ["ok"] * 3


def test_rounding_alarms_nobody() -> None:
    weights = np.random.default_rng(1).normal(size=(4, 10)).astype(np.float32)
    sizes = iter(range(1, 1000))

    assert not codes(lambda X: X @ weights * np.float32(1 + 1e-6 * next(sizes) % 3))


def test_answers_that_change_are_counted_and_the_others_are_not_checked() -> None:
    random = np.random.default_rng(2)

    checks = found(lambda X: (X.sum(axis=1) + (random.random(len(X)) < 0.1)).round(3))

    assert [check.state for check in checks.values()] == ["failed", "not checked", "not checked"]
    assert "of 64" in checks["same twice"].detail


def test_sorting_depends_on_the_order() -> None:
    assert codes(lambda X: np.sort(X.sum(axis=1))) == {"any order": "E217", "one by one": "E217"}


@pytest.mark.parametrize(
    "predict",
    [
        lambda X: ((X - X.mean(axis=0)) / (X.std(axis=0) + 1e-6)).sum(axis=1),
        lambda X: np.argsort(np.argsort(X.sum(axis=1))),
    ],
)
def test_what_is_taken_from_the_batch_shows_one_by_one(predict: Predict) -> None:
    assert codes(predict) == {"one by one": "E217"}


def test_an_error_on_a_single_row_is_the_finding() -> None:
    def predict(X: NDArray[np.float32]) -> NDArray[np.generic]:
        if len(X) == 1:
            raise PluginError(Problem(code="E202", message="your code stopped"))
        return X[:, 0]

    assert codes(predict) == {"one by one": "E202"}


def test_one_row_is_too_few_to_compare() -> None:
    assert {check.state for check in invariances(lambda index: X[index, 0], 1)} == {"not checked"}


@given(labels=st.lists(st.integers(0, 9), min_size=2, max_size=30), row=st.integers(0, 1))
def test_labels_are_compared_as_labels(labels: list[int], row: int) -> None:
    one = np.array(labels)
    other = one.copy()
    other[row] += 1

    assert differing(one, other).tolist() == [i == row for i in range(len(one))]


@given(scale=st.floats(1e-6, 1e6), relative=st.floats(-5e-4, 5e-4))
def test_the_tolerance_goes_with_the_size_of_the_answers(scale: float, relative: float) -> None:
    one = scale * np.array([[0.1, 0.9], [0.5, 0.5]])

    assert not differing(one, one * (1 + relative)).any()
    assert differing(one, one[:, ::-1]).tolist() == [True, False]


@pytest.fixture
def run(tmp_path: Path) -> Callable[[str], Left]:
    def ran(source: str) -> Left:
        stage_tiny_job(tmp_path / "job", source)
        wait(LocalExecutor(ProcessSandbox(tmp_path / "scratch")).start(tmp_path / "job"))
        return collect(tmp_path / "job")

    return ran


def test_every_run_leaves_its_checks(run: Callable[[str], Left]) -> None:
    assert [(check.name, check.state) for check in run(HONEST).checks] == [
        ("same twice", "ok"),
        ("any order", "ok"),
        ("one by one", "ok"),
    ]


SQUEEZES = """
import numpy as np
def fit(train):
    return 3
def predict(model, X):
    return np.ones((len(X), 10)).squeeze()
"""


def test_failing_on_a_single_row_costs_neither_score_nor_model(run: Callable[[str], Left]) -> None:
    left = run(SQUEEZES)  # no batch of the test rows has one row here

    assert [check.name for check in left.checks if check.state == "failed"] == ["one by one"]
    assert (left.outcome.status, left.answers is not None, bool(left.model)) == ("done", True, True)
