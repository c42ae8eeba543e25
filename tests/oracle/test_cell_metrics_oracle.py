"""Metrics of sets, rankings, masks and texts: published examples, scikit-learn, and the definition spelt out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn import metrics as sklearn

from kit.metrics.base import Metric
from kit.metrics.edits import cer, levenshtein, wer
from kit.metrics.hit_at_k import hit_at_k, recall_at_k
from kit.metrics.map_at_k import map_at_k
from kit.metrics.masks import dice, iou
from kit.metrics.mean_f1 import mean_f1
from kit.metrics.mean_precision_iou import mean_precision_iou
from kit.metrics.mrr import mrr
from kit.metrics.ndcg_at_k import Gain, ndcg_at_k
from tests import metric_cells as cells

SEEDS = range(8)
ONE_TO_FIVE = range(1, 6)


def value(metric: Metric, y_true: Any, y_pred: Any, **columns: Any) -> float:
    """The score of lists as well as of arrays."""
    return metric.value(y_true, y_pred, **columns)


def test_mean_f1_of_the_published_example() -> None:
    y_true, y_pred = [[1, 2], [3, 4, 5], [6], [7]], [[1, 2, 3, 9], [3, 4], [6, 12], [1]]

    assert value(mean_f1(), y_true, y_pred) == pytest.approx(0.53333333, abs=5e-9)  # Kaggle wiki, Mean F Score


@pytest.mark.parametrize("seed", SEEDS)
def test_mean_f1_is_the_f1_of_samples_where_nothing_for_nothing_is_right(seed: int) -> None:
    y_true, y_pred, _ = cells.sets(np.random.default_rng(seed))
    expected = sklearn.f1_score(flags(y_true), flags(y_pred), average="samples", zero_division=1)

    assert value(mean_f1(), y_true, y_pred) == pytest.approx(expected, abs=1e-12)


def flags(column: NDArray[Any]) -> NDArray[np.int64]:
    """1 where a row has a name, shape (n_rows, n_names)."""
    return np.array([[name in cell.split() for name in cells.NAMES] for cell in column]).astype(int)


@pytest.mark.parametrize(
    ("y_true", "y_pred", "k", "expected"),
    [
        ([ONE_TO_FIVE], [[6, 4, 7, 1, 2]], 2, 0.25),
        ([ONE_TO_FIVE], [[1, 1, 1, 1, 1]], 5, 0.2),
        ([range(1, 100)], [[*range(1, 21), *range(200, 600)]], 20, 1.0),
        ([[], [1, 3]], [[1, 3], []], 20, 0.0),
        ([range(1, 5)], [range(1, 5)], 3, 1.0),
        ([[1, 3, 4], [1, 2, 4], [1, 3]], [ONE_TO_FIVE] * 3, 3, 0.685185185185185),
        ([ONE_TO_FIVE, ONE_TO_FIVE], [[6, 4, 7, 1, 2], [1, 1, 1, 1, 1]], 5, 0.26),
        ([[1, 3], [1, 2, 3], [1, 2, 3]], [ONE_TO_FIVE, [1, 1, 1], [1, 2, 1]], 3, 11 / 18),
    ],
)
def test_map_at_k_of_the_tests_that_kaggle_passes(y_true: Any, y_pred: Any, k: int, expected: float) -> None:
    assert value(map_at_k(k=k), y_true, y_pred) == pytest.approx(expected)  # benhamner/Metrics


def test_average_precision_at_two_counts_what_could_have_been_there() -> None:
    assert value(map_at_k(k=2), ["0 2 4"], ["0 1 2 3 4"]) == 0.5  # torchmetrics, with top_k=2, says 1.0


def test_average_precision_may_be_divided_by_all_that_is_right() -> None:
    assert value(map_at_k(k=2, divide_by="relevant"), ["0 2 4"], ["0 1 2 3 4"]) == pytest.approx(1 / 3)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("k", [1, 2, 5, 9])
def test_metrics_of_rankings_are_what_their_definitions_say(seed: int, k: int) -> None:
    y_true, y_pred, _ = cells.rankings(np.random.default_rng(seed))
    rows = [([*cell.split()], [*answer.split()]) for cell, answer in zip(y_true, y_pred, strict=True)]

    for metric, of_row in [
        (map_at_k(k=k), average_precision),
        (hit_at_k(k=k), lambda true, given, k: float(bool({*true} & {*given[:k]}))),
        (recall_at_k(k=k), lambda true, given, k: len({*true} & {*given[:k]}) / len(true)),
        (mrr(k=k), lambda true, given, k: max([1 / (given.index(t) + 1) for t in true if t in given[:k]], default=0)),
    ]:
        assert value(metric, y_true, y_pred) == pytest.approx(np.mean([of_row(*row, k) for row in rows]), abs=1e-12)


def average_precision(true: Sequence[str], given: Sequence[str], k: int) -> float:
    hits, total = 0, 0.0
    for place, name in enumerate(given[:k]):
        if name in true and name not in given[:place]:
            hits += 1
            total += hits / (place + 1)
    return total / min(len(true), k)


@pytest.mark.parametrize("seed", SEEDS)
def test_where_one_name_is_right_mrr_is_the_average_precision_of_a_ranking_of_labels(seed: int) -> None:
    rng = np.random.default_rng(seed)
    right, scores = rng.integers(0, 6, 30), rng.permuted(np.tile(np.arange(6.0), (30, 1)), axis=1)
    lists = [" ".join(map(str, np.argsort(-row))) for row in scores]
    expected = sklearn.label_ranking_average_precision_score(np.eye(6)[right], scores)

    assert value(mrr(), right.astype(str), lists) == pytest.approx(expected)
    assert value(hit_at_k(k=3), right.astype(str), lists) == pytest.approx(
        sklearn.top_k_accuracy_score(right, scores, k=3, labels=range(6))
    )


@pytest.mark.parametrize(
    ("gain", "k", "truth", "answer", "expected"),
    [
        ("exponential", 4, "a:3 b:2 c:0 d:1", "b c d a", 0.694),
        ("linear", 4, "a:3 b:2 c:0 d:1", "b c d a", 0.796),
        # Wikipedia, "Discounted cumulative gain": six documents, and two more that were not returned
        ("linear", 6, "d1:3 d2:2 d3:3 d4:0 d5:1 d6:2 d7:3 d8:2", "d1 d2 d3 d4 d5 d6", 0.785),
    ],
)
def test_ndcg_of_published_examples(gain: Gain, k: int, truth: str, answer: str, expected: float) -> None:
    metric = ndcg_at_k(k=k, gain=gain, graded=True)

    assert value(metric, [truth], [answer]) == pytest.approx(expected, abs=5e-4)


@pytest.mark.parametrize("k", [1, 3, 8, 20])
@pytest.mark.parametrize("seed", SEEDS)
def test_ndcg_of_documents_and_numbers_with_ties_is_that_of_scikit_learn(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    grades, scores, lists = rng.integers(0, 4, (9, 8)), rng.integers(-2, 2, (9, 8)), np.repeat(np.arange(9), 8)
    grades[0] = 0  # nothing to find there
    order = rng.permutation(72)
    y_true, y_pred, of = (column.ravel()[order].astype(float) for column in (grades, scores, lists))

    for gain, worth in (("linear", grades), ("exponential", 2.0**grades - 1)):
        metric = ndcg_at_k(k=k, gain=gain, by="qid")  # type: ignore[arg-type]
        expected = sklearn.ndcg_score(worth, scores, k=k)
        assert value(metric, y_true, y_pred, lists=of) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("k", [1, 3, 20])
@pytest.mark.parametrize("seed", SEEDS)
def test_ndcg_of_lists_is_that_of_the_same_documents_with_numbers(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    grades, scores = rng.integers(0, 4, (9, 8)), rng.permuted(np.tile(np.arange(8.0), (9, 1)), axis=1)
    truth = [" ".join(f"{i}:{grade}" for i, grade in enumerate(row)) for row in grades]
    answer = [" ".join(map(str, np.argsort(-row))) for row in scores]
    expected = sklearn.ndcg_score(2.0**grades - 1, scores, k=k)

    assert value(ndcg_at_k(k=k, graded=True), truth, answer) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("metric", "of_pixels"), [(dice, sklearn.f1_score), (iou, sklearn.jaccard_score)], ids=["dice", "iou"]
)
@pytest.mark.parametrize("seed", SEEDS)
def test_masks_score_like_their_pixels(seed: int, metric: Callable[..., Any], of_pixels: Callable[..., float]) -> None:
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 2, (2, 12, 30)) * rng.integers(0, 2, (2, 12, 1))
    images[0, 0, 3] = 1
    y_true, y_pred = (cells.column(map(cells.run_lengths, masks)) for masks in images)
    of_row = [of_pixels(true, given, zero_division=1) for true, given in zip(*images, strict=True)]
    is_any = images.any(axis=(0, 2))

    assert value(metric(), y_true, y_pred) == pytest.approx(np.mean(of_row))
    assert value(metric(both_empty=0), y_true, y_pred) == pytest.approx(np.mean(np.array(of_row) * is_any))
    assert value(metric(both_empty="skip"), y_true, y_pred) == pytest.approx(np.mean(np.array(of_row)[is_any]))
    assert value(metric(average="global"), y_true, y_pred) == pytest.approx(of_pixels(*images.reshape(2, -1)))


@pytest.mark.parametrize("seed", SEEDS)
def test_precision_of_objects_is_what_its_definition_says(seed: int) -> None:
    y_true, y_pred, _ = cells.objects(np.random.default_rng(seed))
    expected = [precision(objects_of(true), objects_of(given)) for true, given in zip(y_true, y_pred, strict=True)]

    assert value(mean_precision_iou(), y_true, y_pred) == pytest.approx(np.mean(expected), abs=1e-12)


def objects_of(cell: str) -> list[set[int]]:
    """The pixels of each object."""
    runs = [[*map(int, mask.split())] for mask in cell.split(";") if mask]
    return [{p for start, n in zip(run[::2], run[1::2], strict=True) for p in range(start, start + n)} for run in runs]


def precision(true: list[set[int]], given: list[set[int]]) -> float:
    if not true and not given:
        return 1.0
    found = [sum(100 * len(a & b) > t * len(a | b) for a in true for b in given) for t in range(50, 100, 5)]
    return float(np.mean([n / (len(true) + len(given) - n) for n in found]))


@pytest.mark.parametrize(
    ("true", "given", "expected"),
    [
        ("intention", "execution", 5),
        ("sitting", "kitten", 3),
        ("Saturday", "Sunday", 3),
        ("sitting", "", 7),
        ("", "Ben", 3),
        ("", "", 0),
        ("Samantha", "Sam", 5),
        ("Flomax", "Volmax", 3),
    ],
)
def test_levenshtein_of_the_tests_that_kaggle_passes(true: str, given: str, expected: int) -> None:
    assert value(levenshtein(), [true], [given]) == expected  # benhamner/Metrics


@pytest.mark.parametrize("normalised", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_levenshtein_is_what_its_recursion_says(seed: int, normalised: bool) -> None:
    y_true, y_pred, _ = cells.sentences(np.random.default_rng(seed))
    rows = list(zip(y_true, y_pred, strict=True))
    expected = [edits(a, b) / (max(len(a), len(b), 1) if normalised else 1) for a, b in rows]

    assert value(levenshtein(normalised=normalised), y_true, y_pred) == pytest.approx(np.mean(expected), abs=1e-12)
    assert value(cer(), y_true, y_pred) == pytest.approx(sum(edits(a, b) for a, b in rows) / sum(map(len, y_true)))
    assert value(wer(), y_true, y_pred) == pytest.approx(
        sum(edits(tuple(a.split()), tuple(b.split())) for a, b in rows) / sum(len(a.split()) for a in y_true)
    )


@cache
def edits(a: Sequence[str], b: Sequence[str]) -> int:
    if not a or not b:
        return len(a) + len(b)
    return min(edits(a[:-1], b) + 1, edits(a, b[:-1]) + 1, edits(a[:-1], b[:-1]) + (a[-1] != b[-1]))


def test_word_error_rate_of_the_textbook() -> None:
    true = "i um the phone is i left the portable phone upstairs last night"
    given = "i got it to the fullest i love to portable form of stores last night"

    assert value(wer(), [true], [given]) == pytest.approx(10 / 13)  # Jurafsky, Martin, section 9.8: 76.9 %


def test_weights_of_rows_weigh_their_lengths_too() -> None:
    y_true, y_pred = ["a b c d", "e"], ["a b c x", "f"]

    assert value(wer(), y_true, y_pred, sample_weight=[1, 3]) == pytest.approx(4 / 7)
