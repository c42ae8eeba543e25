from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from kit.competition import Split
from kit.errors import MetricError
from kit.split import apportion, handed_out_order, rounded, split

RULE = Split(method="contiguous", salt="digits-1", valid=0.2, test=0.4, public=0.334)
IDS = [str(i) for i in range(1797)]


def refusal(
    rule: Split,
    ids: list[str],
    y: list[int] | None = None,
    is_test: list[bool] | None = None,
    column: Sequence[str | int] | None = None,
) -> str:
    with pytest.raises(MetricError) as caught:
        split(
            rule,
            ids,
            y=None if y is None else np.array(y),
            is_test=None if is_test is None else np.array(is_test, dtype=bool),
            column=None if column is None else np.array(column),
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


def test_a_stratified_split_needs_classes() -> None:
    assert "no classes" in refusal(replace(RULE, method="stratified"), IDS)


def test_a_class_with_too_few_rows_is_named() -> None:
    rule = replace(RULE, method="stratified")
    assert "none of class 1 (1 row)" in refusal(rule, IDS[:11], y=[0] * 10 + [1])
    with pytest.raises(MetricError, match=r"none of class 'rare' \(1 row\)"):
        split(rule, IDS[:11], y=np.array([0] * 10 + [1]), is_test=None, classes=("often", "rare"))


def test_a_part_without_rows_is_named() -> None:
    assert "no rows are left for valid (train 2" in refusal(RULE, ["a", "b", "c", "d"])


def test_an_id_of_two_rows_is_named() -> None:
    assert "row id 'b' stands for 2 rows" in refusal(RULE, ["a", "b", "b", "c"])


def test_an_id_that_repeats_on_one_side_of_an_official_split_is_named() -> None:
    rule = Split(method="official", salt="s", public=0.5, valid=0.5)
    assert "row id 'x' stands for 2 rows" in refusal(rule, ["x", "a", "x", "x"], is_test=[False, False, True, True])


def test_no_rows_at_all_are_refused() -> None:
    assert "no rows are left" in refusal(RULE, [])


GROUPED = Split(method="grouped", column="ticket", salt="s", valid=0.25, test=0.4, public=0.5)
TEMPORAL = Split(method="temporal", column="day", salt="s", valid=0.25, test=0.4, public=0.5)


@pytest.mark.parametrize("rule", [GROUPED, TEMPORAL])
def test_a_source_without_the_column_that_decides_is_told(rule: Split) -> None:
    assert f"gives no column {rule.column!r}" in refusal(rule, IDS[:20])


def test_too_few_groups_are_counted() -> None:
    message = refusal(GROUPED, IDS[:20], column=["a", "b", "c", "a"] * 5)
    assert "'ticket' has 3 different values, and each of train, valid, public and private needs one" in message


def test_too_few_times_are_counted() -> None:
    message = refusal(TEMPORAL, IDS[:20], column=[1, 2] * 10)
    assert "'day' has 2 different times, and each of train, valid and test needs one of its own" in message


def test_groups_of_one_size_give_the_exact_shares() -> None:
    parts = split(GROUPED, IDS[:400], y=None, is_test=None, column=np.arange(400) // 4)
    assert [len(p) for p in (parts.train, parts.valid, parts.public, parts.private)] == [180, 60, 80, 80]


def test_as_many_groups_as_rows_take_no_longer_than_rows_do() -> None:
    ids = [str(i) for i in range(100_000)]
    started = time.process_time()

    split(GROUPED, ids, y=None, is_test=None, column=np.array(ids))

    assert time.process_time() - started < 8  # under 1 s; 29 s where each group looks through those taken


def test_a_group_too_large_for_a_part_is_passed_over() -> None:
    column = np.array(["large"] * 60 + [f"small {i // 2}" for i in range(40)])
    parts = split(GROUPED, IDS[:100], y=None, is_test=None, column=column)
    assert set(range(60)) <= set(parts.train.tolist())
    assert len(parts.test) == 38  # what 20 pairs less one for valid come to: the share was 40


def test_the_last_days_are_test_and_a_day_is_never_cut() -> None:
    day = np.array([1] * 8 + [2] * 4 + [3] * 5 + [4] * 3)
    parts = split(TEMPORAL, IDS[:20], y=None, is_test=None, column=day)
    assert [sorted(set(day[part])) for part in (parts.train, parts.valid, parts.test)] == [[1], [2], [3, 4]]


def test_a_hashed_row_is_public_private_valid_or_train_by_its_own_digest() -> None:
    rule = Split(method="hashed", salt="s", valid=0.25, test=0.4, public=0.5)
    parts = split(rule, IDS, y=None, is_test=None)
    u = [int.from_bytes(hashlib.sha256(f"s\0{i}".encode()).digest()[:8], "big") / 2**64 for i in IDS]
    assert parts.public.tolist() == [i for i, x in enumerate(u) if x < 0.2]
    assert parts.private.tolist() == [i for i, x in enumerate(u) if 0.2 <= x < 0.4]
    assert parts.valid.tolist() == [i for i, x in enumerate(u) if 0.4 <= x < 0.55]


OFFICIAL = Split(method="official", column="usage", salt="s", valid=0.5, public=0.5)


def test_a_column_may_say_every_part() -> None:
    words = np.array(["train", "public", "valid", "private", "train"])
    parts = split(OFFICIAL, IDS[:5], y=None, is_test=None, column=words)
    assert [p.tolist() for p in (parts.train, parts.valid, parts.public, parts.private)] == [[0, 4], [2], [1], [3]]


def test_a_column_that_says_train_and_test_leaves_valid_and_public_to_the_draw() -> None:
    parts = split(OFFICIAL, IDS[:12], y=None, is_test=None, column=np.array(["train", "test"] * 6))
    assert [len(p) for p in (parts.train, parts.valid, parts.public, parts.private)] == [3, 3, 3, 3]
    assert parts.test.tolist() == [1, 3, 5, 7, 9, 11]


def test_a_column_that_says_test_and_public_is_refused() -> None:
    message = refusal(OFFICIAL, IDS[:4], column=["train", "valid", "test", "public"])
    assert "'usage' says test of some rows, and public or private of others" in message


def test_a_column_that_says_another_word_is_refused_and_capitals_do_not_count() -> None:
    assert "'usage' says 'holdout'" in refusal(OFFICIAL, IDS[:4], column=["Train", "Valid", "Public", "holdout"])
    parts = split(OFFICIAL, IDS[:4], y=None, is_test=None, column=np.array(["Train", "Valid", "Public", "Private"]))
    assert [len(p) for p in (parts.train, parts.valid, parts.public, parts.private)] == [1, 1, 1, 1]


def test_the_sources_order_stays_for_contiguous_and_for_a_source_with_two_sides() -> None:
    assert handed_out_order(RULE, IDS, column=None) is None
    assert handed_out_order(Split(method="official", salt="s"), IDS, column=None) is None


def test_rows_of_an_official_column_come_in_a_drawn_order() -> None:
    words = np.array(["public"] * 50 + ["private"] * 50)
    place = handed_out_order(OFFICIAL, IDS[:100], column=words)
    assert place is not None
    assert sorted(place) == list(range(100))
    assert 20 < np.mean(place[:50]) < 80


def test_temporal_rows_come_by_time_and_equal_times_in_a_drawn_order() -> None:
    day = np.array([3, 1, 2] * 20)
    place = handed_out_order(TEMPORAL, IDS[:60], column=day)
    assert place is not None
    assert day[np.argsort(place)].tolist() == [1] * 20 + [2] * 20 + [3] * 20
    assert np.any(np.diff(place[day == 1]) < 0)
