"""Scorers of scikit-learn by name."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import get_scorer_names, log_loss, matthews_corrcoef, mean_squared_error, r2_score, roc_auc_score

from kit.errors import UsageError
from kit.metrics.scikit_learn import scorer

RNG = np.random.default_rng(0)
Y = RNG.integers(0, 3, 50)
P = RNG.dirichlet(np.ones(3), 50)


def test_it_gives_what_the_function_behind_it_gives() -> None:
    assert scorer("matthews_corrcoef").value(Y, P.argmax(1)) == matthews_corrcoef(Y, P.argmax(1))
    assert scorer("roc_auc_ovr").value(Y, P) == roc_auc_score(Y, P, multi_class="ovr")
    assert scorer("roc_auc").value(Y > 0, P[:, 0]) == roc_auc_score(Y > 0, P[:, 0])
    assert scorer("r2").value(Y * 1.0, Y + 0.1) == r2_score(Y, Y + 0.1)


def test_an_error_is_turned_round_as_its_name_says() -> None:
    assert scorer("neg_mean_squared_error").value(Y * 1.0, Y + 0.5) == -mean_squared_error(Y, Y + 0.5)
    assert scorer("neg_log_loss").value(Y, P) == -log_loss(Y, P)


@pytest.mark.parametrize(
    ("name", "needs"), [("accuracy", "labels"), ("roc_auc", "probabilities"), ("neg_mean_absolute_error", "values")]
)
def test_what_it_needs_is_found_by_watching_it(name: str, needs: str) -> None:
    assert scorer(name).needs == needs


@pytest.mark.parametrize("name", get_scorer_names())
def test_every_scorer_can_be_named(name: str) -> None:
    assert scorer(name).greater_is_better


def test_a_weight_counts_as_a_repeated_row() -> None:
    weights = RNG.integers(1, 4, len(Y))
    repeated = scorer("balanced_accuracy").value(np.repeat(Y, weights), np.repeat(P.argmax(1), weights))

    assert scorer("balanced_accuracy").value(Y, P.argmax(1), sample_weight=weights) == pytest.approx(repeated)


def test_a_solution_of_one_class_is_refused_beforehand() -> None:
    assert scorer("roc_auc").why_undefined(np.zeros(4, dtype=int))
    assert scorer("roc_auc").why_undefined(np.array([0, 1, 1])) is None


def test_a_function_that_is_no_scorer_leads_to_the_one_that_is() -> None:
    with pytest.raises(UsageError) as caught:
        scorer("mean_squared_error")
    assert "neg_mean_squared_error" in caught.value.problem.fix
