from __future__ import annotations

from random import Random
from typing import TypeAlias

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from kit.competition import Split, SplitMethod
from kit.split import Parts, apportion, rounded, split

Source: TypeAlias = "tuple[list[str], np.ndarray, np.ndarray]"

METHODS: tuple[SplitMethod, ...] = ("official", "contiguous", "stratified")
SHARES = st.floats(0.25, 0.6)  # with at least 13 rows of each class, no part is ever without one
TEXT = st.text(max_size=4, alphabet=st.characters(codec="utf-8"))


def rules(*methods: SplitMethod) -> st.SearchStrategy[Split]:
    def rule(method: SplitMethod, salt: str, valid: float, test: float, public: float) -> Split:
        given_test = None if method == "official" else test
        return Split(method=method, salt=salt, valid=valid, test=given_test, public=public)

    return st.builds(rule, st.sampled_from(methods or METHODS), TEXT, SHARES, SHARES, SHARES)


@st.composite
def sources(draw: st.DrawFn) -> Source:
    ids = draw(st.lists(TEXT, min_size=40, max_size=70, unique=True))
    order = draw(st.permutations(range(len(ids))))
    rows = np.array(order)
    return ids, rows % draw(st.integers(1, 3)), rows % 4 == 0


def parts_of(rule: Split, source: Source) -> Parts:
    ids, y, is_test = source
    return split(rule, ids, y=y, is_test=is_test)


def names(parts: Parts, ids: list[str]) -> list[set[str]]:
    return [{ids[i] for i in part} for part in (parts.train, parts.valid, parts.public, parts.private)]


@given(rules(), sources())
def test_parts_are_disjoint_ascending_and_complete(rule: Split, source: Source) -> None:
    parts = parts_of(rule, source)
    together = [parts.train, parts.valid, parts.public, parts.private]
    assert np.array_equal(np.sort(np.concatenate(together)), np.arange(len(source[0])))
    assert all(np.all(np.diff(part) > 0) and len(part) for part in together)
    assert np.array_equal(parts.test, np.sort(np.concatenate([parts.public, parts.private])))


@given(rules(), sources())
def test_counts_are_the_shares_rounded(rule: Split, source: Source) -> None:
    parts = parts_of(rule, source)
    n = len(source[0])
    n_test = int(source[2].sum()) if rule.test is None else rounded(rule.test, n)
    assert len(parts.test) == n_test
    assert len(parts.valid) == rounded(rule.valid, n - n_test)
    assert len(parts.public) == rounded(rule.public, n_test)


@given(rules("official", "stratified"), sources(), st.randoms(use_true_random=False))
def test_rows_in_another_order_fall_into_the_same_parts(rule: Split, source: Source, random: Random) -> None:
    ids, y, is_test = source
    order = random.sample(range(len(ids)), len(ids))
    moved = [ids[i] for i in order]
    expected = names(parts_of(rule, source), ids)
    assert names(parts_of(rule, (moved, y[order], is_test[order])), moved) == expected


@given(rules("contiguous"), sources())
def test_public_rows_do_not_depend_on_the_order_of_the_test_rows(rule: Split, source: Source) -> None:
    ids, y, is_test = source
    parts = parts_of(rule, source)
    start = int(parts.test[0])
    moved = ids[:start] + ids[start:][::-1]
    assert names(parts_of(rule, (moved, y, is_test)), moved)[2:] == names(parts, ids)[2:]


@given(rules("stratified"), sources())
def test_a_stratified_split_keeps_class_shares_within_one_row(rule: Split, source: Source) -> None:
    ids, y, _ = source
    parts = parts_of(rule, source)
    rest = np.concatenate([parts.train, parts.valid])
    for part, pool in ((parts.test, np.arange(len(ids))), (parts.valid, rest)):
        for k in np.unique(y):
            quota = len(part) * float(np.mean(y[pool] == k))
            assert abs(int(np.sum(y[part] == k)) - quota) < 1


@given(st.lists(st.integers(0, 30), min_size=1, max_size=6), st.data())
def test_seats_add_up_and_differ_from_the_quota_by_less_than_one(counts: list[int], data: st.DataObject) -> None:
    n = sum(counts)
    assume(n > 0)
    total = data.draw(st.integers(0, n))
    seats = apportion(total, counts)
    assert sum(seats) == total
    assert all(abs(seat - total * count / n) < 1 for seat, count in zip(seats, counts, strict=True))
