from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import pytest

from kit.competition import Split, SplitMethod
from kit.errors import MetricError
from kit.split import apportion, rounded, split

RULE = Split(method="contiguous", salt="digits-1", valid=0.2, test=0.4, public=0.334)
IDS = [str(i) for i in range(1797)]


def refusal(rule: Split, ids: list[str], y: list[int] | None = None, is_test: list[bool] | None = None) -> str:
    with pytest.raises(MetricError) as caught:
        split(
            rule,
            ids,
            y=None if y is None else np.array(y),
            is_test=None if is_test is None else np.array(is_test, dtype=bool),
        )
    assert caught.value.code == "E603"
    return caught.value.problem.message + " | " + caught.value.problem.fix


def test_digits_are_split_into_862_216_240_and_479() -> None:
    parts = split(RULE, IDS, y=None, is_test=None)
    assert [len(p) for p in (parts.train, parts.valid, parts.public, parts.private)] == [862, 216, 240, 479]


def test_a_contiguous_split_takes_the_end_for_test_and_the_end_of_the_rest_for_valid() -> None:
    parts = split(RULE, IDS, y=None, is_test=None)
    assert np.array_equal(parts.train, np.arange(862))
    assert np.array_equal(parts.valid, np.arange(862, 1078))
    assert np.array_equal(parts.test, np.arange(1078, 1797))


def test_public_rows_are_those_with_the_smallest_sha256_of_salt_zero_and_id() -> None:
    parts = split(RULE, IDS, y=None, is_test=None)
    by_digest = sorted(range(1078, 1797), key=lambda i: hashlib.sha256(f"digits-1\0{i}".encode()).hexdigest())
    assert sorted(by_digest[:240]) == parts.public.tolist()


def test_the_same_salt_gives_the_same_parts_and_another_salt_others() -> None:
    y = np.arange(1797) % 10
    rule = replace(RULE, method="stratified")
    first, again, other = (split(r, IDS, y=y, is_test=None) for r in (rule, rule, replace(rule, salt="digits-2")))
    assert np.array_equal(first.public, again.public)
    assert np.array_equal(first.train, again.train)
    assert not np.array_equal(first.public, other.public)
    assert not np.array_equal(first.test, other.test)


def test_an_official_split_keeps_the_test_rows_of_the_source_whose_ids_may_repeat_those_of_train() -> None:
    rule = Split(method="official", salt="s", valid=0.1, public=0.3)
    ids = [str(i) for i in range(60)] + [str(i) for i in range(10)]
    parts = split(rule, ids, y=None, is_test=np.arange(70) >= 60)
    assert np.array_equal(parts.test, np.arange(60, 70))
    assert [len(p) for p in (parts.train, parts.valid, parts.public, parts.private)] == [54, 6, 3, 7]


@pytest.mark.parametrize(
    ("share", "n", "expected"), [(0.5, 3, 2), (0.5, 5, 3), (0.145, 100, 15), (0.334, 719, 240), (0.3, 1, 0)]
)
def test_halves_are_rounded_up(share: float, n: int, expected: int) -> None:
    assert rounded(share, n) == expected


def test_equal_remainders_go_to_the_earlier_class() -> None:
    assert apportion(2, [1, 1, 1]) == [1, 1, 0]


def test_an_official_split_needs_a_source_that_says_which_rows_are_test() -> None:
    message = refusal(Split(method="official", salt="s"), ["a", "b"])
    assert "does not say which rows are test" in message
    assert "contiguous" in message


@pytest.mark.parametrize("method", ["grouped", "temporal", "hashed"])
def test_a_method_that_is_not_there_says_which_are(method: SplitMethod) -> None:
    message = refusal(replace(RULE, method=method), IDS)
    assert method in message
    assert "official, contiguous, stratified" in message


def test_a_stratified_split_needs_classes() -> None:
    assert "no classes" in refusal(replace(RULE, method="stratified"), IDS)


def test_a_class_with_too_few_rows_is_named() -> None:
    rule = replace(RULE, method="stratified")
    assert "none of class 1 (1 rows)" in refusal(rule, IDS[:11], y=[0] * 10 + [1])


def test_a_part_without_rows_is_named() -> None:
    assert "no rows are left for valid (train 2" in refusal(RULE, ["a", "b", "c", "d"])


def test_an_id_of_two_rows_is_named() -> None:
    assert "row id 'b' stands for 2 rows" in refusal(RULE, ["a", "b", "b", "c"])


def test_an_id_that_repeats_on_one_side_of_an_official_split_is_named() -> None:
    rule = Split(method="official", salt="s", public=0.5, valid=0.5)
    assert "row id 'x' stands for 2 rows" in refusal(rule, ["x", "a", "x", "x"], is_test=[False, False, True, True])


def test_no_rows_at_all_are_refused() -> None:
    assert "no rows are left" in refusal(RULE, [])
