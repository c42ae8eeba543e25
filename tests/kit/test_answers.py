"""What a plugin's ``predict`` may return, and what is said of the rest."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from kit.errors import PluginError, Problem
from kit.submission import Form, from_answers

LABELS = Form(
    competition="pets",
    row_id_column_name="id",
    row_ids=("a", "b", "c"),
    columns=("label",),
    needs="labels",
    classes=("cat", "dog", "owl"),
)
TWO = replace(LABELS, classes=("cat", "dog"))
CHANCE = replace(TWO, needs="probabilities")
SHARES = replace(LABELS, needs="probabilities", columns=("cat", "dog", "owl"))
VALUES = replace(LABELS, needs="values", classes=())
PAIRS = replace(VALUES, columns=("x", "y"))
COUNTS = replace(VALUES, domain="not negative")
SURE = replace(CHANCE, domain="probabilities")


def refused(answers: Any, form: Form) -> Problem:
    with pytest.raises(PluginError) as caught:
        from_answers(np.asarray(answers), form, where="plugins/my_cnn/plugin.py:41")
    return caught.value.problem


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "int64", "float16", "float32", "float64"])
@pytest.mark.parametrize("shape", [(3,), (3, 1)])
def test_whole_numbers_of_any_type_are_labels(dtype: str, shape: tuple[int, ...]) -> None:
    y_pred = from_answers(np.array([0, 2, 1], dtype).reshape(shape), LABELS, where="").y_pred

    assert y_pred.tolist() == [0, 2, 1]
    assert y_pred.dtype == np.int64


def test_labels_are_the_arg_max_of_probabilities_and_of_logits() -> None:
    assert from_answers(np.array([[3.0, -1, 0], [0, 0, 9], [1, 2, 0]]), LABELS, where="").y_pred.tolist() == [0, 2, 1]


def test_booleans_are_labels_of_two_classes() -> None:
    assert from_answers(np.array([True, False, True]), TWO, where="").y_pred.tolist() == [1, 0, 1]


def test_floats_between_two_classes_are_the_probability_of_the_second() -> None:
    assert from_answers(np.array([0.2, 0.5, 0.7]), TWO, where="").y_pred.tolist() == [0, 0, 1]


@pytest.mark.parametrize("answers", [[0.25, 0.5, 0.75], [[0.75, 0.25], [0.5, 0.5], [0.25, 0.75]]])
def test_two_classes_need_one_probability(answers: Any) -> None:
    assert from_answers(np.array(answers), CHANCE, where="").y_pred.tolist() == [0.25, 0.5, 0.75]


def test_probabilities_of_more_classes_stay_a_matrix() -> None:
    answers = np.full((3, 3), 1 / 3, np.float32)

    assert from_answers(answers, SHARES, where="").y_pred.tolist() == answers.astype(float).tolist()


def test_values_are_float64() -> None:
    assert from_answers(np.array([[1], [2], [3]]), VALUES, where="").y_pred.dtype == np.float64
    assert from_answers(np.ones((3, 2)), PAIRS, where="").y_pred.shape == (3, 2)


@pytest.mark.parametrize("form", [CHANCE, SHARES])
def test_labels_where_probabilities_are_needed_are_refused_with_the_reason(form: Form) -> None:
    problem = refused([0, 1, 1], form)

    assert problem.code == "E211"
    assert problem.message == "predict() gave labels, this competition needs probabilities"
    assert "predict_proba" in problem.fix


def test_logits_where_probabilities_are_needed_are_refused() -> None:
    problem = refused([[3.0, -1.0], [0.5, 0.5], [0.0, 2.0]], CHANCE)

    assert problem.code == "E215"
    assert problem.message == "predict() gave 2 rows that are no probabilities, first at row 0"
    assert "logits" in problem.why
    assert "softmax" in problem.fix


def test_a_sigmoid_over_several_classes_is_told_from_logits() -> None:
    problem = refused([[0.9, 0.8, 0.1], [0.2, 0.3, 0.5], [0.9, 0.9, 0.9]], SHARES)

    assert problem.message == "predict() gave 2 rows that are no probabilities, first at row 0"
    assert "sigmoid" in problem.why


def test_one_logit_a_row_is_refused_by_a_metric_of_probabilities_and_taken_by_one_of_order() -> None:
    problem = refused([-3.0, 0.5, 2.0], SURE)

    assert (problem.code, "sigmoid" in problem.fix) == ("E215", True)
    assert problem.message == "predict() gave 2 answers that are no probabilities, first at row 0"
    assert from_answers(np.array([-3.0, 0.5, 2.0]), CHANCE, where="").y_pred.tolist() == [-3.0, 0.5, 2.0]


def test_per_cent_are_told_from_logits() -> None:
    assert refused([30.0, 5.0, 80.0], SURE).fix == "answers / 100"


def test_a_probability_that_was_rounded_beyond_its_ends_is_brought_back() -> None:
    assert from_answers(np.array([1 + 1e-7, -1e-9, 0.5]), SURE, where="").y_pred.tolist() == [1.0, 0.0, 0.5]


def test_negative_answers_are_refused_where_a_logarithm_is_taken() -> None:
    problem = refused([-0.5, 3.0, 0.0], COUNTS)

    assert (problem.code, problem.fix) == ("E215", "np.clip(answers, 0, None)")
    assert problem.message == "predict() gave 1 answer that is negative, first at row 0"
    assert from_answers(np.array([-0.5, 3.0, 0.0]), VALUES, where="").y_pred.tolist() == [-0.5, 3.0, 0.0]


def test_too_few_answers_for_the_data_loader_are_explained() -> None:
    form = replace(LABELS, row_ids=tuple(map(str, range(107))), classes=tuple("0123456789"))
    problem = refused(np.zeros((100, 10), np.float32), form)

    assert problem.code == "E203"
    assert problem.message == "predict() gave 100 answers for 107 rows"
    assert problem.expected == "(107,) labels or (107, 10) probabilities"
    assert problem.got == "(100, 10) float32"
    assert problem.why == "100 is a multiple of 50: a DataLoader with drop_last=True loses the last 7."
    assert problem.fix == "drop_last=False"


def test_an_arg_max_over_the_rows_is_explained() -> None:
    problem = refused([0, 1, 2], replace(LABELS, row_ids=tuple("abcde")))

    assert problem.fix == "argmax(1)"


@pytest.mark.parametrize(
    ("answers", "form"),
    [(3, LABELS), ([], LABELS), (np.ones((3, 4)), LABELS), (np.ones((3, 3, 1)), LABELS), (np.ones(3), PAIRS)],
)
def test_another_shape_is_refused(answers: Any, form: Form) -> None:
    problem = refused(answers, form)

    assert problem.code == "E203"
    assert problem.expected
    assert problem.got


def test_nan_is_counted_with_its_first_row() -> None:
    problem = refused([0.0, np.nan, np.nan], VALUES)

    assert problem.code == "E204"
    assert problem.message == "predict() gave 2 answers that are not numbers (NaN), first at row 1"


def test_a_value_whose_square_is_infinite_is_no_answer() -> None:
    problem = refused([0.0, -1e200, 1.0], VALUES)

    assert (problem.code, problem.message.endswith("larger than 1e+100, first at row 1")) == ("E204", True)


def test_infinity_is_no_answer() -> None:
    assert refused([[0, np.inf], [1, 1], [1, 1]], PAIRS).message.endswith(
        "not finite (NaN or infinite), first at row 0"
    )


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        (["cat", "dog", "owl"], "predict() gave text"),
        (np.array([0, None, [1]], object), "predict() gave Python objects, not numbers"),
        ([1j, 0, 0], "predict() gave answers of type complex128"),
        (np.zeros(3, np.longdouble), f"predict() gave answers of type {np.dtype(np.longdouble)}"),
        ([0, 1, 3], "predict() gave 1 class indices outside 0 to 2, first 3 at row 2"),
        ([0, -1, 2], "predict() gave 1 class indices outside 0 to 2, first -1 at row 1"),
        ([0.0, 1.5, 2.0], "predict() gave 1 answers that are no class index, first at row 1"),
    ],
)
def test_answers_of_the_wrong_sort_are_refused(answers: Any, message: str) -> None:
    problem = refused(answers, LABELS)

    assert (problem.code, problem.message, problem.where) == ("E211", message, "plugins/my_cnn/plugin.py:41")


def test_indices_that_begin_at_one_are_explained() -> None:
    assert "begin at 0" in refused([1, 2, 3], LABELS).why


FLAGS = replace(LABELS, columns=("sun", "rain"), classes=(), needs="labels")
CHANCES = replace(FLAGS, needs="probabilities", domain="probabilities")


@pytest.mark.parametrize("answers", [[[1, 0]] * 3, [[True, False]] * 3, [[0.9, 0.2]] * 3])
def test_flags_of_several_labels_are_taken_and_made_of_probabilities(answers: list[list[float]]) -> None:
    y_pred = from_answers(np.array(answers), FLAGS, where="plugin.py:3").y_pred

    assert y_pred.dtype == np.int64
    assert y_pred.tolist() == [[1, 0]] * 3


def test_chances_of_several_labels_need_not_sum_to_1() -> None:
    assert from_answers(np.full((3, 2), 0.9), CHANCES, where="plugin.py:3").y_pred.tolist() == [[0.9, 0.9]] * 3


@pytest.mark.parametrize(
    ("form", "answers", "code"),
    [
        (FLAGS, np.full((3, 2), 2), "E211"),
        (FLAGS, np.zeros(3), "E203"),
        (CHANCES, np.full((3, 2), 1.5), "E215"),
        (replace(VALUES, needs="ranking"), np.zeros(3), "E211"),
        (replace(VALUES, needs="text"), np.array(["a"] * 3), "E211"),
        (replace(VALUES, wrong=lambda y_pred: (3, "so it is")), np.zeros(3), "E221"),
        (replace(VALUES, domain="positive"), np.zeros(3), "E215"),
    ],
)
def test_what_is_not_asked_for_is_refused(form: Form, answers: np.ndarray, code: str) -> None:
    with pytest.raises(PluginError) as caught:
        from_answers(answers, form, where="plugin.py:3")
    assert caught.value.code == code
