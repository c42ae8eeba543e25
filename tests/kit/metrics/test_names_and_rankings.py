"""What becomes of cells that are empty, name something twice, or are longer than is looked at."""

from __future__ import annotations

from collections.abc import Callable
from math import nan
from typing import Any

import numpy as np
import pytest

import kit
from kit.metrics.base import Metric
from kit.metrics.cells import names
from kit.metrics.hit_at_k import hit_at_k, recall_at_k
from kit.metrics.map_at_k import map_at_k
from kit.metrics.mean_f1 import mean_f1
from kit.metrics.mrr import mrr
from kit.metrics.ndcg_at_k import ndcg_at_k


def value(metric: Metric, y_true: Any, y_pred: Any, **columns: Any) -> float:
    return metric.value(y_true, y_pred, **columns)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("", ()),
        (" a\tb  a ", ("a", "b", "a")),
        (["hot dog", 3], ("hot dog", "3")),
        (np.array([1, 2]), ("1", "2")),
        ({"a": 3}, ("a",)),
        (None, ()),
        (nan, ()),
        (np.float64("nan"), ()),
        (7, ("7",)),
    ],
)
def test_names_are_parted_by_blanks_or_given_as_a_sequence(cell: Any, expected: tuple[str, ...]) -> None:
    assert names(cell) == expected


def test_two_empty_sets_are_the_same_set() -> None:
    assert value(mean_f1(), [""], [""]) == 1


@pytest.mark.parametrize(("true", "given"), [("", "a"), ("a", "")])
def test_an_empty_set_has_nothing_in_common_with_another(true: str, given: str) -> None:
    assert value(mean_f1(), [true], [given]) == 0


def test_a_name_that_stands_twice_in_a_set_counts_once() -> None:
    assert value(mean_f1(), ["a b"], ["a a a b"]) == 1


def test_a_name_that_is_true_nowhere_is_a_false_alarm() -> None:
    assert value(mean_f1(), ["a"], ["a never_seen"]) == pytest.approx(2 / 3)


def test_upper_and_lower_case_are_different_names() -> None:
    assert value(mean_f1(), ["Cat"], ["cat"]) == 0


RANKINGS = [map_at_k(k=3), ndcg_at_k(k=3), mrr(k=3), mrr(), hit_at_k(k=3), recall_at_k(k=3)]
by_code = pytest.mark.parametrize("metric", RANKINGS, ids=lambda metric: metric.code)


@by_code
def test_a_row_with_nothing_to_find_has_0_and_is_counted(metric: Metric) -> None:
    assert value(metric, ["a", ""], ["a", "b"]) == 0.5


@by_code
def test_an_empty_list_has_0(metric: Metric) -> None:
    assert value(metric, ["a"], [""]) == 0


@by_code
def test_a_name_found_again_is_no_second_hit_and_takes_its_place(metric: Metric) -> None:
    assert value(metric, ["a b"], ["a a b"]) == value(metric, ["a b"], ["a wrong b"])


@pytest.mark.parametrize("metric", [m for m in RANKINGS if m.params["k"]], ids=lambda metric: metric.code)
def test_what_stands_after_place_k_is_not_looked_at(metric: Metric) -> None:
    assert value(metric, ["a"], ["x y z a"]) == 0


@pytest.mark.parametrize("make", [map_at_k, ndcg_at_k, hit_at_k, recall_at_k])
def test_a_list_of_no_places_is_refused(make: Any) -> None:
    with pytest.raises(ValueError, match="1 or more"):
        make(k=0)


def test_both_gains_are_the_same_for_names_without_grades() -> None:
    rows = ["a b", "c"], ["x a b", "d c"]

    assert value(ndcg_at_k(gain="linear"), *rows) == value(ndcg_at_k(gain="exponential"), *rows)


def test_a_list_in_which_all_grades_are_0_has_0() -> None:
    assert value(ndcg_at_k(graded=True), ["a:0 b:0", "a:1"], ["a b", "a"]) == 0.5


def test_names_may_have_a_colon_where_nothing_is_graded() -> None:
    assert value(ndcg_at_k(), ["12:30"], ["12:30"]) == 1


def test_grades_may_come_as_a_mapping() -> None:
    assert value(ndcg_at_k(), [{"a": 3, "b": 2}], [["a", "b"]]) == 1


@pytest.mark.parametrize(
    ("cell", "why"),
    [("a:3 b", "names with grades"), ("a:-1", "from 0 to 60"), ("a:nan", "from 0 to 60"), ("a:1 a:2", "twice")],
)
def test_a_solution_without_proper_grades_has_no_ndcg(cell: str, why: str) -> None:
    assert why in str(ndcg_at_k(graded=True).why_undefined(np.array([cell])))


def test_documents_of_equal_numbers_share_their_places() -> None:
    lists = np.array(["q", "q"])
    once, turned = (value(ndcg_at_k(by="qid"), np.array(g), np.zeros(2), lists=lists) for g in ([1.0, 0.0], [0.0, 1.0]))

    assert once == turned == pytest.approx((1 + 1 / np.log2(3)) / 2)


def test_documents_take_no_weights() -> None:
    with pytest.raises(ValueError, match="takes no weights"):
        value(ndcg_at_k(by="qid"), np.ones(2), np.ones(2), lists=np.zeros(2), sample_weight=np.ones(2))


def test_lists_of_one_length_are_lists_in_a_notebook_too() -> None:
    assert kit.metric("map_at_k")([[1, 2, 3], [1, 2, 3]], [[1, 2, 3], [4, 1, 5]], k=2) == 0.625


def test_a_parameter_may_ask_for_a_further_column_in_a_notebook() -> None:
    grades, scores = [3, 2, 0, 1], [0.1, 0.9, 0.5, 0.3]

    assert kit.metric("ndcg_at_k")(grades, scores, by="qid", lists=[1, 1, 1, 1]) == pytest.approx(0.694, abs=5e-4)


@pytest.mark.parametrize("make", [map_at_k, mrr, hit_at_k, recall_at_k, ndcg_at_k])
@pytest.mark.parametrize("cell", ["['a', 'b']", '["a"]', "['a' 'b']", "[3, 7]", "[3 7]", "[3]", "[]"])
def test_a_list_that_pandas_wrote_is_no_ranking_of_names_in_brackets(make: Callable[[], Metric], cell: str) -> None:
    found = make().why_wrong(np.array(["a b", "", cell], dtype=object))

    assert found is not None
    assert found[0] == 2


def test_names_may_have_brackets_of_their_own() -> None:
    answers = np.array(["[a] [b]", "[a]", "x[1] [2]", ["['a']"]], dtype=object)

    assert map_at_k().why_wrong(answers) is None
