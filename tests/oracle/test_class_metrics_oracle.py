"""Metrics of classes, labels and their probabilities against scikit-learn, scipy and what was published."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
import sklearn.metrics as theirs
from numpy.typing import NDArray
from scipy import stats

from kit.metrics.accuracy import accuracy
from kit.metrics.average_precision import average_precision
from kit.metrics.balanced_accuracy import balanced_accuracy
from kit.metrics.base import Metric
from kit.metrics.brier import brier
from kit.metrics.classes import Average
from kit.metrics.cohen_kappa import Weights, cohen_kappa
from kit.metrics.f1 import f1
from kit.metrics.fbeta import fbeta
from kit.metrics.hamming import hamming
from kit.metrics.jaccard import jaccard
from kit.metrics.log_loss import log_loss
from kit.metrics.mcc import mcc
from kit.metrics.quadratic_weighted_kappa import quadratic_weighted_kappa
from kit.metrics.roc_auc import roc_auc
from kit.metrics.top_k_error import top_k_error

Array = NDArray[Any]
SEEDS = range(10)
seeded = pytest.mark.parametrize("seed", SEEDS)
EXACT = 1e-9


def theirs_says(function: Callable[..., Any], *arguments: Any, **options: Any) -> float:
    """What scikit-learn says, without what it warns of."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(function(*arguments, **options))


def labels_of(seed: int, n_classes: int = 6) -> tuple[Array, Array, Array]:
    """Truth, answers (also of a class that never occurs) and weights."""
    rng = np.random.default_rng(seed)
    classes = rng.choice(n_classes + 3, n_classes, replace=False)
    return rng.choice(classes[1:], 60), rng.choice(classes, 60), rng.integers(0, 4, 60) / 2


def flags_of(seed: int) -> tuple[Array, Array, Array]:
    """Several labels a row, of which one is never true, one never given, and some rows are empty; and weights."""
    rng = np.random.default_rng(seed)
    y_true, y_pred = (rng.random((2, 40, 5)) < 0.3).astype(int)
    y_true[:, 0] = y_pred[:, 1] = y_true[:, 4] = y_pred[:, 4] = 0
    return y_true, y_pred, rng.uniform(0.5, 2, 40)


def test_of_published_labels_the_right_share_is_the_accuracy() -> None:
    assert accuracy().value(np.array([0, 1, 2, 3]), np.array([0, 2, 1, 3])) == 0.5  # scikit-learn, accuracy_score
    assert accuracy().value(np.array([[0, 1], [1, 1]]), np.ones((2, 2), int)) == 0.5


LABELS: list[tuple[Callable[[], Metric], Callable[..., Any], dict[str, Any]]] = [
    (accuracy, theirs.accuracy_score, {}),
    (balanced_accuracy, theirs.balanced_accuracy_score, {}),
    (mcc, theirs.matthews_corrcoef, {}),
    (hamming, theirs.hamming_loss, {}),
    (cohen_kappa, theirs.cohen_kappa_score, {}),
]


@pytest.mark.parametrize(("ours", "function", "options"), LABELS)
@pytest.mark.parametrize("n_classes", [2, 6])
@seeded
def test_labels_are_scored_as_scikit_learn_does(
    seed: int, n_classes: int, ours: Callable[[], Metric], function: Callable[..., Any], options: dict[str, Any]
) -> None:
    y_true, y_pred, weights = labels_of(seed, n_classes)

    assert ours().value(y_true, y_pred) == pytest.approx(theirs_says(function, y_true, y_pred), abs=EXACT)
    expected = theirs_says(function, y_true, y_pred, sample_weight=weights)
    assert ours().value(y_true, y_pred, sample_weight=weights) == pytest.approx(expected, abs=EXACT)


@pytest.mark.parametrize("given", [0, 1])
@pytest.mark.parametrize("ours", [accuracy, balanced_accuracy, mcc, hamming])
def test_one_class_alone_is_scored_as_scikit_learn_does(ours: Callable[[], Metric], given: int) -> None:
    functions = dict(zip([accuracy, balanced_accuracy, mcc, hamming], [f for _, f, _ in LABELS], strict=False))
    y_true, y_pred = np.zeros(5, int), np.full(5, given)

    assert ours().value(y_true, y_pred) == theirs_says(functions[ours], y_true, y_pred)


@pytest.mark.parametrize(("ours", "function"), [(accuracy, theirs.accuracy_score), (hamming, theirs.hamming_loss)])
@seeded
def test_several_labels_a_row_are_scored_as_scikit_learn_does(
    seed: int, ours: Callable[[], Metric], function: Callable[..., Any]
) -> None:
    y_true, y_pred, weights = flags_of(seed)

    expected = theirs_says(function, y_true, y_pred, sample_weight=weights)
    assert ours().value(y_true, y_pred, sample_weight=weights) == pytest.approx(expected, abs=EXACT)


@pytest.mark.parametrize("average", ["macro", "micro", "weighted"])
@pytest.mark.parametrize("beta", [0.0, 0.5, 1.0, 2.0])
@seeded
def test_f_of_classes_is_that_of_scikit_learn_whichever_occur(seed: int, beta: float, average: Average) -> None:
    y_true, y_pred, weights = labels_of(seed)
    occurs = np.isin(np.arange(9), [y_true[weights > 0], y_pred[weights > 0]])

    options: dict[str, Any] = {"beta": beta, "average": average, "zero_division": 0}
    expected = theirs_says(theirs.fbeta_score, y_true, y_pred, **options)
    assert fbeta(beta, average).value(y_true, y_pred) == pytest.approx(expected, abs=EXACT)
    options |= {"labels": np.flatnonzero(occurs), "sample_weight": weights}
    expected = theirs_says(theirs.fbeta_score, y_true, y_pred, **options)
    if beta > 0:  # precision of a class that is never given is 0/0; the library averages it, and so does 0 here
        assert fbeta(beta, average).value(y_true, y_pred, sample_weight=weights) == pytest.approx(expected, abs=EXACT)


@pytest.mark.parametrize("average", ["macro", "micro", "weighted", "samples"])
@pytest.mark.parametrize("zero_division", [0.0, 1.0])
@seeded
def test_f_and_jaccard_of_several_labels_are_those_of_scikit_learn(
    seed: int, zero_division: float, average: Any
) -> None:
    y_true, y_pred, weights = flags_of(seed)

    pairs: list[tuple[Metric, Callable[..., Any], dict[str, Any]]] = [
        (f1(average, zero_division=zero_division), theirs.f1_score, {}),
        (fbeta(2.0, average, zero_division=zero_division), theirs.fbeta_score, {"beta": 2.0}),
        (jaccard(average, zero_division=zero_division), theirs.jaccard_score, {}),
    ]
    for ours, function, more in pairs:
        options = {"average": average, "zero_division": zero_division, "sample_weight": weights} | more
        expected = theirs_says(function, y_true, y_pred, **options)
        assert ours.value(y_true, y_pred, sample_weight=weights) == pytest.approx(expected, abs=EXACT)


CHOSEN: list[tuple[Callable[..., Metric], Callable[..., Any], dict[str, Any]]] = [
    (f1, theirs.f1_score, {}),
    (fbeta, theirs.fbeta_score, {"beta": 0.5}),
    (jaccard, theirs.jaccard_score, {}),
]


@pytest.mark.parametrize(("ours", "function", "more"), CHOSEN)
@pytest.mark.parametrize("average", ["macro", "micro", "weighted"])
@seeded
def test_of_some_classes_only_they_are_those_of_scikit_learn(
    seed: int, average: Any, ours: Callable[..., Metric], function: Callable[..., Any], more: dict[str, Any]
) -> None:
    y_true, y_pred, weights = labels_of(seed)
    chosen = tuple(np.random.default_rng(seed).permutation(9)[:4].tolist())  # of which some may be in no row

    options = {"labels": list(chosen), "average": average, "zero_division": 1.0, "sample_weight": weights} | more
    expected = theirs_says(function, y_true, y_pred, **options)
    metric = ours(average=average, labels=chosen, zero_division=1.0, **more)
    assert metric.value(y_true, y_pred, sample_weight=weights) == pytest.approx(expected, abs=EXACT)


@pytest.mark.parametrize(("ours", "function", "more"), CHOSEN)
@pytest.mark.parametrize("average", ["macro", "micro", "weighted", "samples"])
@seeded
def test_of_some_of_several_labels_a_row_they_are_those_of_scikit_learn(
    seed: int, average: Any, ours: Callable[..., Metric], function: Callable[..., Any], more: dict[str, Any]
) -> None:
    y_true, y_pred, weights = flags_of(seed)

    options = {"labels": [4, 0, 2], "average": average, "zero_division": 0.0, "sample_weight": weights} | more
    expected = theirs_says(function, y_true, y_pred, **options)
    metric = ours(average=average, labels=(4, 0, 2), **more)
    assert metric.value(y_true, y_pred, sample_weight=weights) == pytest.approx(expected, abs=EXACT)


@pytest.mark.parametrize(("n_true", "n_given"), [*product([0, 3, 6], [0, 2, 6])])
@pytest.mark.parametrize("zero_division", [0.0, 1.0])
def test_f1_and_jaccard_of_one_class_are_those_of_scikit_learn_down_to_none(
    zero_division: float, n_true: int, n_given: int
) -> None:
    y_true, y_pred = (np.arange(6) < n_true).astype(int), (np.arange(6) >= 6 - n_given).astype(int)

    for ours, function in ((f1, theirs.f1_score), (jaccard, theirs.jaccard_score)):
        expected = theirs_says(function, y_true, y_pred, zero_division=zero_division)
        assert ours("binary", zero_division=zero_division).value(y_true, y_pred) == pytest.approx(expected, abs=EXACT)
    of_other = theirs_says(theirs.f1_score, y_true, y_pred, pos_label=0, zero_division=zero_division)
    ours_of_other = f1("binary", pos_label=0, zero_division=zero_division)
    assert ours_of_other.value(y_true, y_pred) == pytest.approx(of_other, abs=EXACT)


@pytest.mark.parametrize("average", ["macro", "micro", "weighted"])
@seeded
def test_jaccard_of_classes_is_that_of_scikit_learn(seed: int, average: Any) -> None:
    y_true, y_pred, _ = labels_of(seed)

    expected = theirs_says(theirs.jaccard_score, y_true, y_pred, average=average)
    assert jaccard(average).value(y_true, y_pred) == pytest.approx(expected, abs=EXACT)


@pytest.mark.parametrize(
    ("truth", "answer", "expected"),
    [("I am good", "am", 1 / 3), ("A b a", "a B", 1.0), ("", "", 1.0), ("", "a", 0.0), ("a b", "", 0.0)],
)
def test_jaccard_of_words_is_that_of_the_sets_in_lower_case(truth: str, answer: str, expected: float) -> None:
    assert jaccard().value(np.array([truth], object), np.array([answer], object)) == pytest.approx(expected)


@pytest.mark.parametrize("weights", ["none", "linear", "quadratic"])
@seeded
def test_kappa_is_that_of_scikit_learn_where_it_is_told_the_classes(seed: int, weights: Weights) -> None:
    y_true, y_pred, sample_weight = labels_of(seed)

    theirs_named = None if weights == "none" else weights
    options: dict[str, Any] = {"weights": theirs_named, "labels": np.arange(9), "sample_weight": sample_weight}
    expected = theirs_says(theirs.cohen_kappa_score, y_true, y_pred, **options)
    value = cohen_kappa(weights).value(y_true, y_pred, sample_weight=sample_weight)
    assert value == pytest.approx(expected, abs=EXACT)


@pytest.mark.parametrize("weights", ["none", "linear", "quadratic"])
def test_kappa_of_one_class_that_both_name_is_1_and_not_nan(weights: Weights) -> None:
    ones = np.ones(4, int)

    assert cohen_kappa(weights).value(ones, ones) == quadratic_weighted_kappa().value(ones, ones) == 1.0
    assert cohen_kappa(weights).value(ones, ones - 1) == quadratic_weighted_kappa().value(ones, ones - 1) == 0.0


@seeded
def test_quadratic_kappa_is_that_of_scikit_learn_where_it_is_told_all_ratings(seed: int) -> None:
    rng = np.random.default_rng(seed)
    y_true, y_pred = rng.choice([0, 1, 4, 7], (2, 50))
    weights = rng.uniform(0, 2, 50)

    options: dict[str, Any] = {"weights": "quadratic", "labels": range(8), "sample_weight": weights}
    expected = theirs_says(theirs.cohen_kappa_score, y_true, y_pred, **options)
    value = quadratic_weighted_kappa().value(y_true, y_pred, sample_weight=weights)
    assert value == pytest.approx(expected, abs=EXACT)


@pytest.mark.parametrize(  # benhamner/Metrics, its tests of quadratic_weighted_kappa
    ("first", "second", "expected"),
    [
        ([1, 2, 3], [1, 2, 3], 1.0),
        ([1, 2, 1], [1, 2, 2], 0.4),
        ([1, 2, 3, 1, 2, 2, 3], [1, 2, 3, 1, 2, 3, 2], 0.75),
        ([1, 2, 3], [1, 2, 2], 2 / 3),
        ([1, 3, 5], [2, 4, 6], 0.8421052631578947),
        ([1, 1, 1], [1, 1, 1], 1.0),
    ],
)
def test_quadratic_kappa_is_that_of_worked_examples(first: list[int], second: list[int], expected: float) -> None:
    assert quadratic_weighted_kappa().value(np.array(first), np.array(second)) == pytest.approx(expected, abs=EXACT)


def test_ratings_that_do_not_occur_keep_their_distance() -> None:
    y_true, y_pred = np.array([0, 4, 0, 4, 4]), np.array([0, 4, 4, 4, 1])
    by_place = theirs.cohen_kappa_score(y_true, y_pred, weights="quadratic")
    by_rating = theirs.cohen_kappa_score(y_true, y_pred, weights="quadratic", labels=range(5))

    value = quadratic_weighted_kappa().value(y_true, y_pred)
    assert value == pytest.approx(by_rating)
    assert value != pytest.approx(by_place, abs=0.01)


@pytest.mark.parametrize("k", [1, 2, 3, 5])
@pytest.mark.parametrize("n_distinct", [3, 10**6])
@seeded
def test_top_k_error_is_one_minus_that_of_scikit_learn_with_and_without_ties(
    seed: int, n_distinct: int, k: int
) -> None:
    rng = np.random.default_rng(seed)
    y_true, y_pred, weights = rng.integers(0, 5, 80), rng.integers(0, n_distinct, (80, 5)), rng.uniform(0, 2, 80)

    options: dict[str, Any] = {"k": k, "labels": range(5), "sample_weight": weights}
    hits = theirs_says(theirs.top_k_accuracy_score, y_true, y_pred, **options)
    assert top_k_error(k).value(y_true, y_pred, sample_weight=weights) == pytest.approx(1 - hits, abs=EXACT)


@seeded
def test_top_1_error_of_two_classes_is_that_of_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    y_true, p = rng.integers(0, 2, 50), rng.integers(0, 5, 50) / 4

    hits = theirs_says(theirs.top_k_accuracy_score, y_true, p, k=1)
    assert top_k_error(1).value(y_true, p) == pytest.approx(1 - hits, abs=EXACT)


@pytest.mark.parametrize("n_classes", [2, 3, 10])
@seeded
def test_log_loss_and_brier_are_those_of_scikit_learn_where_nobody_is_certain(seed: int, n_classes: int) -> None:
    rng = np.random.default_rng(seed)
    y_true, y_pred = rng.integers(0, n_classes, 300), rng.dirichlet(np.ones(n_classes), 300)
    options: dict[str, Any] = {"labels": range(n_classes), "sample_weight": rng.uniform(0, 2, 300)}

    for ours, function in ((log_loss, theirs.log_loss), (brier, theirs.brier_score_loss)):
        expected = theirs_says(function, y_true, y_pred, **options)
        weights = options["sample_weight"]
        assert ours().value(y_true, y_pred, sample_weight=weights) == pytest.approx(expected, abs=EXACT)
        if n_classes == 2:
            assert ours().value(y_true, y_pred[:, 1], sample_weight=weights) == pytest.approx(expected, abs=EXACT)


@pytest.mark.parametrize("scale_by_half", ["auto", True, False])
@pytest.mark.parametrize("n_classes", [2, 4])
def test_both_forms_of_brier_are_those_of_scikit_learn(n_classes: int, scale_by_half: Any) -> None:
    rng = np.random.default_rng(n_classes)
    y_true, y_pred = rng.integers(0, n_classes, 90), rng.dirichlet(np.ones(n_classes), 90)

    options: dict[str, Any] = {"labels": range(n_classes), "scale_by_half": scale_by_half}
    expected = theirs_says(theirs.brier_score_loss, y_true, y_pred, **options)
    assert brier(scale_by_half).value(y_true, y_pred) == pytest.approx(expected, abs=EXACT)


@pytest.mark.parametrize(("ours", "function"), [(log_loss, theirs.log_loss), (brier, theirs.brier_score_loss)])
def test_of_several_labels_the_loss_is_the_mean_over_the_columns(
    ours: Callable[[], Metric], function: Callable[..., Any]
) -> None:
    rng = np.random.default_rng(0)
    y_true, p = rng.integers(0, 2, (60, 3)), rng.random((60, 3))

    expected = np.mean([theirs_says(function, t, q) for t, q in zip(y_true.T, p.T, strict=True)])
    assert ours().value(y_true, p) == pytest.approx(expected, abs=EXACT)


@pytest.mark.parametrize(
    ("y_true", "y_pred", "expected"),
    [
        ([0, 1], [[0.9, 0.9], [0.2, 0.6]], 0.4904),  # by hand: (ln 2 + ln 4/3) / 2; without rescaling it were 0.3081
        ([1], [0.0], 34.5388),  # certain and wrong: ln 1e15; at the resolution of float64 it were 36.04
        ([0], [[0.0, 5.0]], 34.5388),
        ([1, 0], [1.0, 0.0], 0.0),
        ([0, 1, 1], [0.5, 0.5, 0.5], 0.6931),
    ],
)
def test_log_loss_follows_the_rule_that_kaggle_published(y_true: list[int], y_pred: list[Any], expected: float) -> None:
    assert log_loss().value(np.array(y_true), np.array(y_pred)) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize("n_distinct", [1, 2, 7, 10**9])
@pytest.mark.parametrize(
    ("ours", "function"), [(roc_auc, theirs.roc_auc_score), (average_precision, theirs.average_precision_score)]
)
@seeded
def test_areas_are_those_of_scikit_learn_with_ties_and_weights(
    seed: int, ours: Callable[[], Metric], function: Callable[..., Any], n_distinct: int
) -> None:
    rng = np.random.default_rng(seed)
    y_true, y_pred = rng.permutation(np.arange(300) % 3 == 0).astype(int), rng.integers(0, n_distinct, 300) / 7
    weights = rng.uniform(0, 2, 300)

    assert ours().value(y_true, y_pred) == pytest.approx(theirs_says(function, y_true, y_pred), abs=1e-12)
    expected = theirs_says(function, y_true, y_pred, sample_weight=weights)
    assert ours().value(y_true, y_pred, sample_weight=weights) == pytest.approx(expected, abs=EXACT)


@pytest.mark.parametrize("average", ["macro", "weighted"])
@pytest.mark.parametrize("n_distinct", [3, 10**6])
@seeded
def test_areas_of_several_classes_are_those_of_scikit_learn(seed: int, n_distinct: int, average: Any) -> None:
    rng = np.random.default_rng(seed)
    y_true = rng.permutation(np.r_[0:4, rng.choice(4, 60, p=[0.1, 0.2, 0.3, 0.4])])
    weights, y_pred = rng.uniform(0.5, 2, 64), rng.integers(1, n_distinct + 1, (64, 4)).astype(float)
    y_pred /= y_pred.sum(axis=1, keepdims=True)

    options: dict[str, Any] = {"multi_class": "ovr", "average": average, "sample_weight": weights}
    expected = theirs_says(theirs.roc_auc_score, y_true, y_pred, **options)
    assert roc_auc(average=average).value(y_true, y_pred, sample_weight=weights) == pytest.approx(expected, abs=EXACT)
    expected = theirs_says(theirs.roc_auc_score, y_true, y_pred, multi_class="ovo", average=average)
    assert roc_auc("ovo", average).value(y_true, y_pred) == pytest.approx(expected, abs=EXACT)
    options = {"average": average, "sample_weight": weights}
    expected = theirs_says(theirs.average_precision_score, y_true, y_pred, **options)
    value = average_precision(average).value(y_true, y_pred, sample_weight=weights)
    assert value == pytest.approx(expected, abs=EXACT)


@pytest.mark.parametrize("average", ["macro", "weighted"])
@seeded
def test_areas_of_several_labels_are_those_of_scikit_learn(seed: int, average: Any) -> None:
    rng = np.random.default_rng(seed)
    y_true, y_pred = rng.integers(0, 2, (50, 4)), rng.integers(0, 9, (50, 4)) / 9

    expected = theirs_says(theirs.roc_auc_score, y_true, y_pred, average=average)
    assert roc_auc(average=average).value(y_true, y_pred) == pytest.approx(expected, abs=EXACT)
    expected = theirs_says(theirs.average_precision_score, y_true, y_pred, average=average)
    assert average_precision(average).value(y_true, y_pred) == pytest.approx(expected, abs=EXACT)


def test_without_a_positive_row_the_average_precision_is_0_as_in_scikit_learn() -> None:
    y_true, y_pred = np.zeros(3, int), np.arange(3.0)

    assert average_precision().value(y_true, y_pred) == 0.0
    assert theirs_says(theirs.average_precision_score, y_true, y_pred) == 0.0


@seeded
def test_roc_auc_is_the_mann_whitney_statistic_per_pair(seed: int) -> None:
    rng = np.random.default_rng(seed)
    y_true, y_pred = np.arange(200) % 2, rng.integers(0, 30, 200).astype(float)
    u = stats.mannwhitneyu(y_pred[y_true == 1], y_pred[y_true == 0]).statistic

    assert roc_auc().value(y_true, y_pred) == u / 100**2


def linear_and_exact(metric: Metric, n_classes: int) -> tuple[Array, Array]:
    """The scores of a hundred resamples, from the terms, and by weights."""
    rng = np.random.default_rng(0)
    n = 1000
    y_true = rng.choice(n_classes, n)
    near = (y_true[:, np.newaxis] == np.arange(n_classes)).astype(float)
    y_pred = np.round(rng.normal(near, 1.0), 1)  # with ties
    y_pred = y_pred[:, 1] if n_classes == 2 else y_pred
    weights = rng.multinomial(n, np.full(n, 1 / n), size=100)
    assert metric.terms is not None
    assert metric.combine is not None
    linear = metric.combine(weights @ metric.terms(y_true, y_pred), weights.sum(axis=1).astype(float))
    return linear, np.array([metric.value(y_true, y_pred, sample_weight=w) for w in weights])


@pytest.mark.parametrize(
    ("metric", "n_classes"),
    [
        (roc_auc(), 2),
        (roc_auc(), 4),
        (roc_auc(average="weighted"), 4),
        (roc_auc("ovo"), 4),
        (roc_auc("ovo", "weighted"), 4),
    ],
)
def test_linearised_areas_are_the_weighted_ones_within_a_twentieth_of_their_spread(
    metric: Metric, n_classes: int
) -> None:
    linear, exact = linear_and_exact(metric, n_classes)

    assert np.sqrt(np.mean((linear - exact) ** 2)) < 0.05 * np.std(exact)
    assert np.std(linear) / np.std(exact) == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize(("metric", "n_classes"), [(average_precision(), 2), (average_precision("weighted"), 4)])
def test_linearised_precision_spreads_as_the_weighted_one_does(metric: Metric, n_classes: int) -> None:
    linear, exact = linear_and_exact(metric, n_classes)  # rows drawn twice lift each other: exact is a little higher

    assert np.corrcoef(linear, exact)[0, 1] > 0.99
    assert np.std(linear) / np.std(exact) == pytest.approx(1, abs=0.05)
