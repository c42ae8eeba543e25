"""Metrics, by their public door, against torchmetrics on the same generated data.

It works in float32 where it makes its own numbers, so 1e-6 is what can be asked. Where it departs from the published
rule, that is the oracle instead: average precision at k, one-class AUC, kappa and correlation of constants, and ties.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.random import Generator
from numpy.typing import NDArray

import kit

torch = pytest.importorskip("torch", reason="torchmetrics works on tensors")
theirs = pytest.importorskip("torchmetrics.functional", reason="an oracle that continuous integration installs")
of_classes = pytest.importorskip("torchmetrics.functional.classification")
of_lists = pytest.importorskip("torchmetrics.functional.retrieval")

pytestmark = pytest.mark.filterwarnings("ignore")
Array = NDArray[Any]
seeded = pytest.mark.parametrize("seed", range(4))
FLOAT32 = 1e-6


def tensors(*arrays: Any) -> list[Any]:
    return [torch.as_tensor(np.asarray(array)) for array in arrays]


def labels(rng: Generator) -> tuple[Array, Array]:
    """Five classes, of which the last never occurs and one is never answered."""
    y_true = np.r_[0, 1, 2, 3, rng.integers(0, 4, 60)]
    return y_true, np.where(rng.random(64) < 0.6, y_true, rng.integers(0, 3, 64))


def flags(rng: Generator) -> tuple[Array, Array]:
    """Four labels a row, some rows and one label without any."""
    y_true, y_pred = (rng.random((2, 50, 4)) < 0.4).astype(int)
    y_true[:, 3] = y_pred[:, 3] = y_true[:5] = y_pred[:3] = 0
    return y_true, y_pred


def chances(rng: Generator) -> tuple[Array, Array]:
    """Two classes, and probabilities with many ties."""
    return np.r_[0, 1, rng.integers(0, 2, 60)], rng.integers(1, 9, 62) / 9


def values(rng: Generator) -> tuple[Array, Array]:
    """Positive values with ties."""
    return rng.integers(1, 9, 60) / 2, rng.integers(1, 17, 60) / 4


@seeded
@pytest.mark.parametrize("average", ["macro", "micro", "weighted"])
@pytest.mark.parametrize(
    ("name", "given", "oracle"),
    [
        ("f1", {}, lambda p, y, average: of_classes.multiclass_f1_score(p, y, 5, average)),
        ("fbeta", {"beta": 0.5}, lambda p, y, average: of_classes.multiclass_fbeta_score(p, y, 0.5, 5, average)),
        ("fbeta", {"beta": 2.0}, lambda p, y, average: of_classes.multiclass_fbeta_score(p, y, 2.0, 5, average)),
        ("jaccard", {}, lambda p, y, average: of_classes.multiclass_jaccard_index(p, y, 5, average)),
    ],
)
def test_averages_over_classes(seed: int, average: str, name: str, given: dict[str, Any], oracle: Any) -> None:
    y_true, y_pred = labels(np.random.default_rng(seed))
    expected = float(oracle(*tensors(y_pred, y_true), average))

    assert kit.metric(name)(y_true, y_pred, average=average, **given) == pytest.approx(expected, abs=FLOAT32)


@seeded
@pytest.mark.parametrize(
    ("name", "given", "oracle"),
    [
        ("accuracy", {}, lambda p, y: of_classes.multiclass_accuracy(p, y, 5, average="micro")),
        ("balanced_accuracy", {}, lambda p, y: of_classes.multiclass_accuracy(p, y, 4, average="macro")),
        ("mcc", {}, lambda p, y: of_classes.multiclass_matthews_corrcoef(p, y, 5)),
        ("cohen_kappa", {}, lambda p, y: of_classes.multiclass_cohen_kappa(p, y, 5)),
        ("cohen_kappa", {"weights": "linear"}, lambda p, y: of_classes.multiclass_cohen_kappa(p, y, 5, "linear")),
        ("quadratic_weighted_kappa", {}, lambda p, y: of_classes.multiclass_cohen_kappa(p, y, 5, "quadratic")),
        ("hamming", {}, lambda p, y: of_classes.multiclass_hamming_distance(p, y, 5, average="micro")),
    ],
)
def test_labels(seed: int, name: str, given: dict[str, Any], oracle: Callable[..., Any]) -> None:
    y_true, y_pred = labels(np.random.default_rng(seed))
    expected = float(oracle(*tensors(y_pred, y_true)))

    assert kit.metric(name)(y_true, y_pred, **given) == pytest.approx(expected, abs=FLOAT32)


@seeded
@pytest.mark.parametrize("average", ["macro", "micro", "weighted"])
def test_several_labels_a_row(seed: int, average: str) -> None:
    y_true, y_pred = flags(np.random.default_rng(seed))
    p, y = tensors(y_pred, y_true)
    expected = float(of_classes.multilabel_f1_score(p, y, 4, average=average))

    assert kit.metric("f1")(y_true, y_pred, average=average) == pytest.approx(expected, abs=FLOAT32)
    assert kit.metric("hamming")(y_true, y_pred) == pytest.approx(
        float(of_classes.multilabel_hamming_distance(p, y, 4, average="micro")), abs=FLOAT32
    )
    assert kit.metric("accuracy")(y_true, y_pred) == pytest.approx(
        float(of_classes.multilabel_exact_match(p, y, 4)), abs=FLOAT32
    )


@seeded
@pytest.mark.parametrize(
    ("name", "oracle"),
    [("roc_auc", of_classes.binary_auroc), ("average_precision", of_classes.binary_average_precision)],
)
def test_areas_with_ties(seed: int, name: str, oracle: Callable[..., Any]) -> None:
    y_true, y_pred = chances(np.random.default_rng(seed))

    assert kit.metric(name)(y_true, y_pred) == pytest.approx(float(oracle(*tensors(y_pred, y_true))), abs=FLOAT32)


@seeded
@pytest.mark.parametrize("average", ["macro", "weighted"])
def test_areas_of_several_classes(seed: int, average: Any) -> None:
    rng = np.random.default_rng(seed)
    y_true, y_pred = np.r_[0, 1, 2, rng.integers(0, 3, 50)], rng.dirichlet(np.ones(3), 53)
    p, y = tensors(y_pred, y_true)

    assert kit.metric("roc_auc")(y_true, y_pred, average=average) == pytest.approx(
        float(of_classes.multiclass_auroc(p, y, 3, average)), abs=FLOAT32
    )
    assert kit.metric("average_precision")(y_true, y_pred, average=average) == pytest.approx(
        float(of_classes.multiclass_average_precision(p, y, 3, average)), abs=FLOAT32
    )


@seeded
@pytest.mark.parametrize("k", [1, 2, 3])
def test_top_k_without_ties(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    y_true, y_pred = rng.integers(0, 4, 50), rng.dirichlet(np.ones(4), 50)
    right = float(of_classes.multiclass_accuracy(*tensors(y_pred, y_true), 4, average="micro", top_k=k))

    assert kit.metric("top_k_error", k=k)(y_true, y_pred) == pytest.approx(1 - right, abs=FLOAT32)


@seeded
@pytest.mark.parametrize(
    ("name", "given", "oracle"),
    [
        ("mae", {}, theirs.mean_absolute_error),
        ("mse", {}, theirs.mean_squared_error),
        ("rmse", {}, lambda p, y: theirs.mean_squared_error(p, y, squared=False)),
        ("rmsle", {}, lambda p, y: theirs.mean_squared_log_error(p, y).sqrt()),
        ("mape", {}, theirs.mean_absolute_percentage_error),
        ("smape", {}, theirs.symmetric_mean_absolute_percentage_error),
        ("r2", {}, theirs.r2_score),
        ("pearson", {}, theirs.pearson_corrcoef),
        ("spearman", {}, theirs.spearman_corrcoef),
        ("kendall", {}, theirs.kendall_rank_corrcoef),
        ("poisson_deviance", {}, lambda p, y: theirs.tweedie_deviance_score(p, y, power=1.0)),
        ("tweedie_deviance", {"power": 1.5}, lambda p, y: theirs.tweedie_deviance_score(p, y, power=1.5)),
        ("tweedie_deviance", {"power": 2.0}, lambda p, y: theirs.tweedie_deviance_score(p, y, power=2.0)),
        ("tweedie_deviance", {"power": 3.0}, lambda p, y: theirs.tweedie_deviance_score(p, y, power=3.0)),
    ],
)
def test_values(seed: int, name: str, given: dict[str, Any], oracle: Callable[..., Any]) -> None:
    y_true, y_pred = values(np.random.default_rng(seed))
    expected = float(oracle(*tensors(y_pred, y_true)))

    assert kit.metric(name)(y_true, y_pred, **given) == pytest.approx(expected, rel=FLOAT32, abs=FLOAT32)


@seeded
def test_distributions(seed: int) -> None:
    rng = np.random.default_rng(seed)
    y_true, members = rng.normal(size=40), rng.integers(-3, 4, (40, 7)).astype(float)
    true, given = rng.dirichlet(np.ones(4), (2, 40))

    assert kit.metric("crps")(y_true, members) == pytest.approx(
        float(theirs.regression.continuous_ranked_probability_score(*tensors(members, y_true))), abs=FLOAT32
    )
    assert kit.metric("kl_divergence")(true, given) == pytest.approx(
        float(theirs.kl_divergence(*tensors(true, given))), abs=FLOAT32
    )


@seeded
@pytest.mark.parametrize(
    ("name", "given", "oracle"),
    [
        ("mrr", {}, of_lists.retrieval_reciprocal_rank),
        ("hit_at_k", {"k": 3}, lambda p, y: of_lists.retrieval_hit_rate(p, y, top_k=3)),
        ("recall_at_k", {"k": 3}, lambda p, y: of_lists.retrieval_recall(p, y, top_k=3)),
        ("map_at_k", {"k": 8}, of_lists.retrieval_average_precision),
        ("ndcg_at_k", {"k": 4}, lambda p, y: of_lists.retrieval_normalized_dcg(p, y, top_k=4)),
    ],
)
def test_rankings(seed: int, name: str, given: dict[str, Any], oracle: Callable[..., Any]) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.permuted(np.tile(np.arange(1.0, 9.0), (30, 1)), axis=1)  # what has 0 it never puts into a list
    relevant = (rng.random((30, 8)) < 0.3).astype(int)  # in some lists nothing is
    expected = [float(oracle(*tensors(p, y))) for p, y in zip(scores, relevant, strict=True)]
    truth = [np.flatnonzero(row).tolist() for row in relevant]

    assert kit.metric(name, **given)(truth, np.argsort(-scores, axis=1)) == pytest.approx(
        np.mean(expected), abs=FLOAT32
    )


@seeded
@pytest.mark.parametrize("k", [1, 3, 8])
def test_graded_lists_with_scores_that_are_tied(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    grades, scores = rng.integers(0, 4, (20, 8)), rng.integers(0, 4, (20, 8)).astype(float)
    grades[0] = 0
    each = [of_lists.retrieval_normalized_dcg(*tensors(p, y), top_k=k) for p, y in zip(scores, grades, strict=True)]

    assert kit.metric("ndcg_at_k", k=k, gain="linear")(grades, scores) == pytest.approx(
        np.mean([float(one) for one in each]), abs=FLOAT32
    )


@seeded
def test_texts(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth, answer = (
        [" ".join(rng.choice(["a", "dog", "do", "ü"], rng.integers(1, 7))) for _ in range(30)] for _ in "ta"
    )

    assert kit.metric("wer")(truth, answer) == pytest.approx(float(theirs.word_error_rate(answer, truth)), abs=FLOAT32)
    assert kit.metric("cer")(truth, answer) == pytest.approx(float(theirs.char_error_rate(answer, truth)), abs=FLOAT32)
    assert kit.metric("levenshtein")(truth, answer) == pytest.approx(
        float(theirs.text.edit_distance(answer, truth)), abs=FLOAT32
    )


@seeded
def test_perplexity_of_tokens(seed: int) -> None:
    rng = np.random.default_rng(seed)
    logits, tokens = rng.normal(size=(3, 7, 5)), rng.integers(0, 5, (3, 7))
    chance = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)

    assert kit.metric("perplexity")(tokens, chance) == pytest.approx(
        float(theirs.text.perplexity(*tensors(logits, tokens))), rel=FLOAT32
    )


@seeded
def test_masks(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth, answer = rng.integers(0, 2, (2, 10, 6, 5))
    p, y = (tensor.reshape(10, -1) for tensor in tensors(answer, truth))
    each = [float(of_classes.binary_jaccard_index(*pair)) for pair in zip(p, y, strict=True)]

    assert kit.metric("dice")(truth, answer) == pytest.approx(
        float(of_classes.binary_f1_score(p, y, multidim_average="samplewise").mean()), abs=FLOAT32
    )
    assert kit.metric("iou")(truth, answer) == pytest.approx(np.mean(each), abs=FLOAT32)
    assert kit.metric("dice", average="global")(truth, answer) == pytest.approx(
        float(of_classes.binary_f1_score(p, y)), abs=FLOAT32
    )
