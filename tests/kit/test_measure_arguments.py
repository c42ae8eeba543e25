"""What strangers hand to ``kit.metric``: tables with names, generators, tensors, numbers of numpy, text alone."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

import kit
from kit.errors import MetricError, UsageError

LOSS = float(-np.log([0.7, 0.5]).mean())


@pytest.mark.parametrize(
    "y_pred",
    [
        (value for value in [2.0, 3.0]),
        {"a": 2.0, "b": 3.0}.values(),
        map(float, ["2", "3"]),
        [Decimal(2), Decimal(3)],
        [Fraction(2), 3],
        range(2, 4),
    ],
    ids=["generator", "values", "map", "decimals", "fractions", "range"],
)
def test_numbers_come_from_whatever_can_be_gone_through(y_pred: Any) -> None:
    assert kit.metric("mae")([1, 2], y_pred) == 1.0


def test_a_tensor_leaves_its_gradients_behind() -> None:
    torch = pytest.importorskip("torch", reason="tensors are torch's")

    assert kit.metric("mae")(torch.ones(2), torch.zeros(2, requires_grad=True)) == 1.0
    assert kit.metric("map_at_k")(torch.tensor([3, 7]), torch.tensor([[3, 1], [1, 7]]), k=2) == 0.75


@pytest.mark.parametrize("name", ["accuracy", "mae", "log_loss", "mrr"])
@pytest.mark.parametrize("y_true", [None, 5, {"a": 1, "b": 2}, {1, 2}], ids=["None", "number", "mapping", "set"])
def test_what_has_no_rows_in_an_order_is_refused_in_words(name: str, y_true: Any) -> None:
    with pytest.raises(UsageError, match="E011  y_true is one"):
        kit.metric(name)(y_true, [1, 2])


def test_columns_of_a_table_are_the_classes_that_they_are_named_after() -> None:
    table = pd.DataFrame({"cat": [0.2, 0.3], "ant": [0.7, 0.2], "bee": [0.1, 0.5]})

    assert kit.metric("log_loss")(["ant", "bee"], table) == pytest.approx(LOSS)
    assert kit.metric("log_loss")([1, 2], table.set_axis(["3", "1", "2"], axis=1)) == pytest.approx(LOSS)


def test_columns_of_a_table_with_other_names_are_in_sorted_order() -> None:
    table = pd.DataFrame({"p_b": [0.7, 0.5], "p_a": [0.3, 0.5]})

    assert kit.metric("log_loss")(["a", "a"], table, classes=["a", "b"]) == pytest.approx(LOSS)


@pytest.mark.parametrize("name", ["mcrmse", "kl_divergence", "hamming"])
def test_tables_with_the_same_columns_are_matched_by_name(name: str) -> None:
    truth = pd.DataFrame({"a": [1, 0], "b": [0, 1]})

    assert kit.metric(name)(truth, truth[["b", "a"]]) == pytest.approx(0, abs=1e-12)


def test_probabilities_are_no_labels() -> None:
    with pytest.raises(UsageError, match="f1 needs labels, and y_pred has fractions"):
        kit.metric("f1")([0, 1], [0.2, 0.9])
    with pytest.raises(UsageError, match="y_true has fractions, and labels are needed"):
        kit.metric("log_loss")([0.2, 0.9], [0, 1])


def test_labels_that_are_fractions_are_labels_where_the_truth_has_them() -> None:
    assert kit.metric("accuracy")([0.5, 1.0, 1.5], [0.5, 1.5, 1.5]) == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("name", "positive", "value"),
    [("brier", "ham", 0.0375), ("brier", "spam", 0.6875), ("roc_auc", "spam", 0.0), ("average_precision", "ham", 1.0)],
)
def test_one_column_may_be_that_of_the_first_class(name: str, positive: str, value: float) -> None:
    y_true, y_pred = ["spam", "ham", "ham", "spam"], [0.1, 0.9, 0.8, 0.3]

    assert kit.metric(name)(y_true, y_pred, pos_label=positive) == pytest.approx(value)
    assert kit.metric(name, pos_label=positive)(y_true, y_pred) == pytest.approx(value)


def test_the_positive_class_goes_with_the_name_too_whatever_it_is_called() -> None:
    of_spam = kit.metric("f1", average="binary", pos_label="spam")

    assert of_spam(["spam", "ham"], ["spam", "spam"]) == pytest.approx(2 / 3)
    assert kit.metric("f1", average="binary", pos_label=2)([1, 2, 2], [2, 2, 1]) == 0.5


@pytest.mark.parametrize("name", ["f1", "fbeta", "jaccard"])
def test_some_classes_alone_are_named_by_their_labels_as_in_scikit_learn(name: str) -> None:
    y_true, y_pred = ["cat", "dog", "ant", "cat"], ["cat", "cat", "ant", "dog"]
    theirs = {"f1": metrics.f1_score, "fbeta": partial(metrics.fbeta_score, beta=1), "jaccard": metrics.jaccard_score}
    expected = theirs[name](y_true, y_pred, labels=["dog", "cat"], average="micro")

    assert kit.metric(name, average="micro")(y_true, y_pred, labels=["dog", "cat"]) == pytest.approx(expected)
    assert kit.metric(name, average="micro", labels=["dog", "cat"])(y_true, y_pred) == pytest.approx(expected)


def test_some_classes_that_are_numbers_are_their_labels_and_no_places() -> None:
    y_true, y_pred = [10, 20, 30, 10], np.array([10, 10, 30, 20])
    expected = metrics.f1_score(y_true, y_pred, labels=[20, 10, 40], average="macro", zero_division=0.0)

    assert kit.metric("f1")(y_true, y_pred, labels=np.array([20, 10, 40])) == pytest.approx(expected)
    assert kit.metric("f1", labels=(20, 10, 40))(y_true, y_pred) == pytest.approx(expected)
    assert kit.metric("f1", labels=(1,))([[1, 0], [1, 1]], [[0, 1], [0, 1]]) == pytest.approx(2 / 3)  # a column


@pytest.mark.parametrize("labels", [["bee"], "cat", [0, 0]])
def test_labels_that_no_row_has_or_that_are_no_list_are_told(labels: Any) -> None:
    with pytest.raises(UsageError, match=r"E011.*no label is among labels|E004"):
        kit.metric("f1")(["cat", "dog"], ["cat", "cat"], labels=labels)


def test_labels_are_another_name_of_the_classes() -> None:
    assert kit.metric("log_loss")(["y"], [0.8], labels=["n", "y"]) == pytest.approx(-np.log(0.8))
    assert kit.metric("cohen_kappa")([0, 4, 4], [0, 1, 4], weights="quadratic", labels=range(5)) == pytest.approx(
        kit.metric("quadratic_weighted_kappa")([0, 4, 4], [0, 1, 4])
    )


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("map_at_k", {"k": np.int64(3)}),
        ("fbeta", {"beta": np.float32(2.0)}),
        ("cohen_kappa", {"weights": None}),
        ("dice", {"both_empty": 1.0}),
        ("pinball", {"alpha": np.array([0.5])}),
        ("pinball", {"alpha": [0.5]}),
        ("crps", {"form": "cdf", "thresholds": range(1)}),
    ],
)
def test_parameters_may_be_of_the_sorts_that_arrays_have(name: str, params: dict[str, Any]) -> None:
    assert kit.metric(name, **params).metric.name == name


def test_a_parameter_of_no_known_sort_is_refused_in_words() -> None:
    with pytest.raises(UsageError, match="E004"):
        kit.metric("map_at_k", k=object())


@pytest.mark.parametrize(
    ("y_true", "y_pred"),
    [
        (pd.Series([3, 7]), pd.DataFrame([[3, 1], [1, 7]])),
        ([3.0, 7.0], [[3, 1], [1, 7]]),
        (np.array([3, 7]), pd.DataFrame([[3, 1, None], [1, 7, None]])),
        (["3", "7"], ["3 1", "1 7"]),
    ],
)
def test_a_name_is_the_same_whatever_holds_it(y_true: Any, y_pred: Any) -> None:
    assert kit.metric("map_at_k", k=5)(y_true, y_pred) == 0.75


def test_a_name_that_is_missing_before_others_is_refused() -> None:
    with pytest.raises(UsageError, match="a name in y_pred is missing before others: row 1"):
        kit.metric("mrr")(["a", "b"], [["a"], [None, "b"]])


def test_one_text_alone_is_one_row() -> None:
    assert kit.metric("levenshtein")("sitting", "kitten") == 3.0
    assert kit.metric("wer")("the cat sat", "the cat") == pytest.approx(1 / 3)


def test_words_in_a_list_are_the_text_that_they_make() -> None:
    assert kit.metric("wer")([["the", "cat"], ["yes"]], [["the", "cow"], ["yes"]]) == pytest.approx(1 / 3)


def test_images_of_flags_are_masks() -> None:
    truth, answer = np.zeros((2, 3, 3), dtype=int), np.zeros((2, 3, 3), dtype=bool)
    truth[0, 0, :2] = answer[0, 0, 1:] = 1

    assert kit.metric("dice")(truth, answer) == 0.75
    assert kit.metric("iou")(list(truth), list(answer)) == pytest.approx((1 / 3 + 1) / 2)
    with pytest.raises(UsageError, match="other numbers than 0 and 1"):
        kit.metric("dice")(2 * truth, answer)


def test_grades_and_scores_of_documents_are_lists_in_rows() -> None:
    gained = kit.metric("ndcg_at_k", gain="linear", k=5)  # the example of scikit-learn's ndcg_score

    assert gained([[10, 0, 0, 1, 5]], [[0.1, 0.2, 0.3, 4, 70]]) == pytest.approx(0.69569404)
    assert gained([10, 0, 0, 1, 5], [0.1, 0.2, 0.3, 4, 70]) == pytest.approx(0.69569404)


def test_labels_that_are_numbers_are_no_words() -> None:
    with pytest.raises(UsageError, match="row 0 of y_pred can't be scored: it is a number; of labels take average"):
        kit.metric("jaccard")([0, 1], [0, 1])


def test_one_scale_is_that_of_all_rows() -> None:
    assert kit.metric("mase")([5, 6], [4, 8], scale=1.5) == 1.0


@pytest.mark.parametrize("y_train", [[1], [[1, 2], [3]]])
def test_training_values_that_make_no_scale_are_refused_in_words(y_train: Any) -> None:
    with pytest.raises(UsageError, match="E011"):
        kit.metric("mase")([5.0, 6.0], [4.0, 8.0], y_train=y_train)


def test_training_values_of_several_series_may_be_lists() -> None:
    assert kit.metric("mase")([[5, 6], [5, 6]], [[4, 8], [4, 8]], y_train=[[1, 3, 2], [1, 3, 2]]) == 1.0


def test_a_token_beyond_the_vocabulary_is_refused_in_words() -> None:
    with pytest.raises(UsageError, match="a token is not in the vocabulary, which has 2"):
        kit.metric("perplexity")([0, 5], [[0.25, 0.75], [0.75, 0.25]])


def test_gini_is_normalised_by_a_parameter_as_well() -> None:
    assert kit.metric("gini", normalised=True)([1, 2, 3], [10, 20, 30]) == 1.0


def test_a_class_without_a_row_is_told_by_its_column() -> None:
    with pytest.raises(MetricError, match=r"E602 .* no row is of the class of column 2, from 0"):
        kit.metric("roc_auc")([0, 1, 0, 1], np.full((4, 3), 1 / 3))


def test_a_value_that_is_masked_is_refused() -> None:
    with pytest.raises(UsageError, match="y_true has 1 row with a value that is masked: row 1"):
        kit.metric("mae")(np.ma.array([1, 2], mask=[False, True]), [1, 2])


def test_rounding_makes_no_distribution_wrong() -> None:
    summed = np.cumsum([[0.7, 0.1, 0.2 + 3e-16]], axis=1)

    assert summed[0, -1] > 1
    assert kit.metric("crps", form="cdf")([0], summed) == pytest.approx((0.3**2 + 0.2**2) / 3)
