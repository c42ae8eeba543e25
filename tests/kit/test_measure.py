"""``kit.metric`` on what people have in notebooks, and what is said of what can't be scored."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import kit
from kit.errors import KitError, MetricError, UsageError


@pytest.mark.parametrize(
    "made", [list, tuple, np.array, pd.Series, lambda values: pd.Series(values, index=[7, 8, 9]), pd.DataFrame]
)
def test_whatever_holds_numbers_will_do(made: Any) -> None:
    assert kit.metric("mae")(made([1.0, 2.0, 3.0]), made([1.0, 2.0, 6.0])) == 1.0


@pytest.mark.parametrize(
    ("y_true", "y_pred"),
    [
        (["cat", "dog"], ["cat", "cat"]),
        ([3, 8], [3, 3]),
        ([1, 2], [1.0, 1.0]),
        ([True, False], [True, True]),
        (pd.Categorical(["cat", "dog"]), np.array(["cat", "cat"], dtype=object)),
        ([" cat", "dog"], ["cat ", "cat"]),
    ],
)
def test_labels_may_be_of_any_one_sort(y_true: Any, y_pred: Any) -> None:
    assert kit.metric("accuracy")(y_true, y_pred) == 0.5


def test_columns_of_probabilities_are_in_the_sorted_order_of_the_labels() -> None:
    y_pred = [[0.1, 0.2, 0.7], [0.6, 0.3, 0.1], [0.2, 0.5, 0.3]]
    loss = kit.metric("log_loss")(["fox", "cat", "dog"], y_pred)

    assert loss == pytest.approx(-np.log([0.7, 0.6, 0.5]).mean())
    assert loss == kit.metric("log_loss")(["cat", "dog", "fox"], y_pred, classes=["dog", "fox", "cat"])


def test_a_class_that_no_row_has_is_named_or_is_a_number_below_the_count_of_columns() -> None:
    y_pred = [[0.1, 0.2, 0.7], [0.6, 0.3, 0.1]]

    by_number = kit.metric("log_loss")([2, 0], y_pred)
    assert by_number == kit.metric("log_loss")(["fox", "cat"], y_pred, classes=["cat", "dog", "fox"])


def test_two_columns_and_the_second_of_them_are_the_same_answer() -> None:
    for name in ("log_loss", "roc_auc"):
        of_two = kit.metric(name)(["n", "y", "y"], [[0.9, 0.1], [0.4, 0.6], [0.2, 0.8]])
        assert of_two == kit.metric(name)(["n", "y", "y"], [0.1, 0.6, 0.8])


def test_rows_of_a_published_example_are_rescaled() -> None:
    assert kit.metric("log_loss")([0, 1], [[0.9, 0.9], [0.2, 0.6]]) == pytest.approx(0.4904, abs=5e-5)


def test_several_labels_a_row_are_columns_of_flags() -> None:
    assert kit.metric("f1")([[1, 0], [1, 1]], [[1, 0], [1, 0]], average="samples") == pytest.approx((1 + 2 / 3) / 2)


def test_rankings_are_lists_of_names_or_text() -> None:
    ranked = kit.metric("map_at_k", k=2)

    assert ranked([["a", "b"], ["c"]], [["b", "x"], ["c"]]) == ranked(["a b", "c"], ["b x", "c"]) == 0.75


def test_further_columns_and_parameters_of_one_name_are_told_apart() -> None:
    weighted = kit.metric("wmae", weight="importance")

    assert weighted([1, 2], [1, 5], weight=[3, 1]) == 1.5
    assert weighted([1, 2], [1, 5], weight=[3, 1], normalise="weights") == 0.75


def test_training_values_stand_in_for_a_scale() -> None:
    assert kit.metric("mase")([5.0, 6.0], [4.0, 8.0], y_train=[1.0, 3.0, 2.0]) == 1.0


def test_weights_count_as_repetition() -> None:
    assert kit.metric("mae")([1, 2], [1, 4], sample_weight=[1, 3]) == kit.metric("mae")([1, 2, 2, 2], [1, 4, 4, 4])


@pytest.mark.parametrize(
    ("y_true", "y_pred", "positive", "value"),
    [
        (["spam", "ham"], ["spam", "spam"], "spam", 2 / 3),
        (["spam", "ham"], ["spam", "spam"], "ham", 0.0),
        ([1, 2, 1], [1, 1, 1], None, 0.8),
        ([1, 1], [1, 1], None, 1.0),
        ([-1, 1], [1, 1], None, 2 / 3),
    ],
)
def test_the_positive_class_is_named_by_its_label(y_true: Any, y_pred: Any, positive: Any, value: float) -> None:
    given = {} if positive is None else {"pos_label": positive}

    assert kit.metric("f1")(y_true, y_pred, average="binary", **given) == pytest.approx(value)


def test_nothing_that_was_handed_over_is_changed() -> None:
    y_true, y_pred = np.array([1.0, 2.0]), pd.Series([2.0, 2.0], index=["b", "a"])
    kit.metric("rmse")(y_true, y_pred)

    assert y_true.tolist() == [1.0, 2.0]
    assert y_pred.tolist() == [2.0, 2.0]


@pytest.mark.parametrize(
    ("name", "arguments", "given", "code", "said"),
    [
        ("rmse", ([1, 2], [1]), {}, "E011", "y_true has 2 rows, and y_pred has 1"),
        ("rmse", ([1, 2], [1, np.nan]), {}, "E011", "y_pred has 1 row with a value that is missing (NaN): row 1"),
        ("rmse", ([1, 2], [1, None]), {}, "E011", "y_pred has 1 row with a missing value: row 1"),
        ("rmse", ([1, np.inf], [1, 2]), {}, "E011", "y_true has 1 row with a value that is infinite: row 1"),
        ("rmse", ([1, 2], ["a", "b"]), {}, "E011", "y_pred is text, and numbers are needed"),
        ("rmse", ([1, 2], [[1, 2], [3]]), {}, "E011", "rows of different lengths"),
        ("rmse", ([[1, 2]], [[1, 2]]), {}, "E011", "rmse takes one column"),
        ("rmse", ([], []), {}, "E601", "there are no rows"),
        ("rmsle", ([1, 2], [1, -3]), {}, "E011", "rmsle can't take that, 1 row of y_pred is negative: row 1"),
        ("accuracy", (["a", "b"], [0, 1]), {}, "E011", "the labels of y_true are text, those of y_pred numbers"),
        ("accuracy", (["a", 1], ["a", 1]), {}, "E011", "y_true has text in some rows and numbers in others"),
        ("accuracy", ([0, 1], [[1, 0], [0, 1]]), {}, "E011", "accuracy needs labels, and y_pred has 2 columns"),
        (
            "accuracy",
            (["a"], ["b"]),
            {"classes": ["a", "c"]},
            "E011",
            "1 label of y_pred is none of the classes: row 0",
        ),
        ("log_loss", (list("abc"), [0.1, 0.2, 0.3]), {}, "E011", "one probability a row, and there are 3 classes"),
        ("log_loss", ([0, 1], [-3.0, 4.0]), {}, "E011", "2 rows of y_pred are no probabilities: rows 0, 1"),
        ("roc_auc", ([1, 1], [0.1, 0.2]), {}, "E601", "all rows are of one class"),
        ("dice", (["1 3"], ["1 2 2 1"]), {}, "E011", "row 0 of y_pred can't be scored"),
        ("wmae", ([1, 2], [1, 2]), {}, "E011", "wmae needs weight too"),
        ("wmae", ([1, 2], [1, 2]), {"weight": [1]}, "E011", "weight has 1 rows, and y_true has 2"),
        ("rmse", ([1, 2], [1, 2]), {"sample_weight": [1]}, "E011", "sample_weight does not fit"),
        ("rmse", ([1, 2], [1, 2]), {"sample_weight": [0, 0]}, "E011", "all of sample_weight is 0"),
        ("rmse", ([1, 2], [1, 2]), {"beta": 2}, "E004", "beta is not known: rmse has no parameters"),
        ("fbeta", ([0, 1], [0, 1]), {"bta": 2.0}, "E004", "bta is not known: fbeta has"),
        ("f1", ([0, 1], [0, 1]), {"average": "macr"}, "E004", "average"),
        ("f1", ([0, 1], [0, 1]), {"pos_label": 7}, "E011", "pos_label is 7, and no label is"),
    ],
)
def test_what_can_not_be_scored_is_said(
    name: str, arguments: tuple[Any, Any], given: dict[str, Any], code: str, said: str
) -> None:
    with pytest.raises(KitError) as caught:
        kit.metric(name)(*arguments, **given)

    assert caught.value.code == code
    assert said in str(caught.value)
    assert isinstance(caught.value, MetricError if code == "E601" else UsageError)


def test_an_unknown_metric_is_told_the_nearest_name() -> None:
    with pytest.raises(UsageError, match="E001  there is no metric 'rmsl'") as caught:
        kit.metric("rmsl")

    assert 'did you mean   kit.metric("rmsle") ?' in str(caught.value.__notes__)


def test_the_reason_and_the_fix_stand_below_the_traceback() -> None:
    with pytest.raises(UsageError) as caught:
        kit.metric("log_loss")([0, 1], [-3.0, 4.0])

    why, fix = caught.value.__notes__
    assert "logits" in why
    assert "sigmoid" in fix


def test_the_metric_itself_is_at_hand() -> None:
    assert not kit.metric("rmse").metric.greater_is_better
    assert kit.metric("fbeta", beta=2.0).metric.params["beta"] == 2.0


def test_a_scorer_of_scikit_learn_goes_by_its_name_too() -> None:
    assert kit.metric("sklearn:matthews_corrcoef")([0, 1, 1], [0, 1, 1]) == 1.0
    with pytest.raises(UsageError, match="E001"):
        kit.metric("sklearn:mathews_corrcoef")
