"""Metrics of distributions and of models of language against scipy, brute force and published examples."""

from __future__ import annotations

from math import e, log
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special, stats
from sklearn.metrics import log_loss

from kit.metrics.crps import crps
from kit.metrics.kl_divergence import kl_divergence
from kit.metrics.perplexity import bits_per_byte, bits_per_char, perplexity

Array = NDArray[Any]
SEEDS = range(12)
TEXTS = np.array(["to be", "", "naïve 🙂", "ende"], dtype=object)
LOGS = np.array([-9.5, 0.0, -20.25, -3.0])


def near(expected: Any) -> Any:
    """What float64 is to reach."""
    return pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("far", [0.0, 1e6])
@pytest.mark.parametrize("seed", SEEDS)
def test_crps_of_members_is_its_definition_over_all_pairs(seed: int, far: float) -> None:
    rng = np.random.default_rng(seed)
    y_true, y_pred = rng.integers(0, 9, 20) + far, rng.integers(0, 9, (20, int(rng.integers(1, 12)))) + far
    to_truth = np.abs(y_pred - y_true[:, np.newaxis]).mean(axis=1)
    to_another = np.abs(y_pred[:, :, np.newaxis] - y_pred[:, np.newaxis]).mean(axis=(1, 2))

    assert crps().value(y_true, y_pred) == near(np.mean(to_truth - to_another / 2))


@pytest.mark.parametrize("seed", SEEDS)
def test_crps_of_one_row_is_half_the_energy_distance_of_scipy_squared(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth, members = rng.normal(size=1), rng.normal(size=30)

    expected = stats.energy_distance(truth, members) ** 2 / 2
    assert crps().value(truth, members[np.newaxis]) == near(expected)


def test_crps_of_many_members_is_that_of_the_normal_distribution_they_are_drawn_from() -> None:
    """Gneiting and Raftery (2007), equation 22: at the centre, sigma (2 phi(0) - 1 / sqrt pi)."""
    members = stats.norm.ppf((np.arange(100_000) + 0.5) / 100_000)

    expected = 2 * stats.norm.pdf(0) - 1 / np.sqrt(np.pi)
    assert crps().value(np.zeros(1), members[np.newaxis]) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("seed", SEEDS)
def test_crps_of_a_distribution_function_is_kaggles_formula(seed: int) -> None:
    rng = np.random.default_rng(seed)
    y_true, y_pred = rng.integers(0, 600, 9), np.sort(rng.random((9, 600)), axis=1)

    cells = [(y_pred[i, n] - (1 if n >= y_true[i] else 0)) ** 2 for i in range(9) for n in range(600)]
    assert crps("cdf").value(y_true, y_pred) == near(sum(cells) / (600 * 9))


def test_the_thresholds_of_a_distribution_function_can_be_given() -> None:
    score = crps("cdf", thresholds=(0.5, 2.5)).value(np.array([1.0]), np.array([[0.25, 0.5]]))

    assert score == pytest.approx((0.25**2 + 0.5**2) / 2)


@pytest.mark.parametrize("seed", SEEDS)
def test_kl_divergence_is_that_of_scipy(seed: int) -> None:
    y_true, y_pred = np.random.default_rng(seed).dirichlet(np.ones(4), (2, 30))
    y_true[0], weights = [1, 0, 0, 0], np.arange(30)
    of_rows = special.rel_entr(y_true, y_pred).sum(axis=1)

    assert kl_divergence().value(y_true, y_pred) == near(of_rows.mean())
    expected = np.average(of_rows, weights=weights)
    assert kl_divergence().value(y_true, y_pred, sample_weight=weights) == near(expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_kl_divergence_from_certain_classes_is_their_log_loss(seed: int) -> None:
    rng = np.random.default_rng(seed)
    classes, y_pred = rng.integers(0, 3, 40), rng.dirichlet(np.ones(3), 40)

    expected = log_loss(classes, y_pred, labels=range(3))
    assert kl_divergence().value(np.eye(3)[classes], y_pred) == near(expected)


def test_what_was_called_impossible_costs_what_it_costs_in_the_log_loss_of_kaggle() -> None:
    score = kl_divergence().value(np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]]))

    assert score == near(34.538776394910684)


def test_perplexity_is_of_the_corpus_and_not_the_mean_of_that_of_its_sentences() -> None:
    """The example of TheAlgorithms/Python, which gives the mean, 5.0247."""
    y_true = np.array([[1, 4], [2, 3]])
    y_pred = np.array(
        [
            [[0.28, 0.19, 0.21, 0.15, 0.15], [0.24, 0.19, 0.09, 0.18, 0.27]],
            [[0.03, 0.26, 0.21, 0.18, 0.30], [0.28, 0.10, 0.33, 0.15, 0.12]],
        ]
    )

    assert perplexity().value(y_true, y_pred) == pytest.approx(4.988, abs=5e-4)
    of_sentences = [perplexity().value(y_true[[i]], y_pred[[i]]) for i in range(2)]
    assert np.mean(of_sentences) == near(5.0247347775367945)


@pytest.mark.parametrize("seed", SEEDS)
def test_perplexity_of_probabilities_is_that_of_their_sums_and_the_power_of_the_log_loss(seed: int) -> None:
    rng = np.random.default_rng(seed)
    y_true, y_pred = rng.integers(0, 6, 40), rng.dirichlet(np.ones(6), 40)
    of_texts = np.log(y_pred[np.arange(40), y_true]).reshape(8, 5).sum(axis=1)

    score = perplexity().value(y_true, y_pred)
    assert score == near(e ** log_loss(y_true, y_pred, labels=range(6)))
    assert score == near(perplexity().value(np.full(8, 5), of_texts))


@pytest.mark.parametrize(
    ("metric", "lengths"), [(bits_per_char, [5, 0, 7, 4]), (bits_per_byte, [5, 0, 11, 4])], ids=["char", "byte"]
)
def test_bits_are_all_surprises_by_all_that_is_written(metric: Any, lengths: list[int]) -> None:
    expected = 32.75 / log(2) / sum(lengths)

    assert metric().value(TEXTS, LOGS) == near(expected)
    assert metric("lengths").value(np.array(lengths), LOGS) == near(expected)


def test_a_model_that_knows_nothing_needs_eight_bits_for_a_byte() -> None:
    logs = np.array([-len(text.encode()) * log(256) for text in TEXTS])

    assert bits_per_byte().value(TEXTS, logs) == near(8)
