"""Which rows are train, valid, public and private.

=============  ===================================  ========================================
method         test rows                            valid rows
=============  ===================================  ========================================
official       those the source says                drawn from the rest
contiguous     the end of the source's order        the end of the rest
stratified     drawn within each class              drawn within each class of the rest
=============  ===================================  ========================================

To draw k rows is to take the k with the smallest SHA-256 of salt, a zero byte and row id: the same row falls into the
same part in whatever order a file lists them, and nobody without the salt can tell which rows are public. Within the
test rows the public ones are drawn, whatever the method. A share of n rows is rounded, halves up.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kit.errors import MetricError, Problem

if TYPE_CHECKING:
    from kit.competition import Split

Index: TypeAlias = NDArray[np.intp]
Flags: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Indices into the source's rows, ascending; disjoint, and together all of them."""

    train: Index
    valid: Index
    public: Index
    private: Index

    @property
    def test(self) -> Index:
        """Public and private rows together, ascending."""
        return np.sort(np.concatenate([self.public, self.private]))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """What a method looks at. `key[i]` is the place of row i in the draw: the smallest digest has key 0."""

    rule: Split
    key: Index
    y: NDArray[Any] | None
    is_test: Flags | None


Method: TypeAlias = Callable[[_Rows], tuple[Index, Index]]


def split(rule: Split, ids: Sequence[str], *, y: NDArray[Any] | None, is_test: Flags | None) -> Parts:
    """The parts of the rows called `ids`.

    Parameters
    ----------
    rule
        The competition's ``[split]``.
    ids
        One for each row of the source, in its order; unique, or with ``official`` unique on either side.
    y
        Class indices, shape (n,); looked at by ``stratified`` only.
    is_test
        Shape (n,), where the source says which rows are test; looked at by ``official`` only.

    Raises
    ------
    MetricError
        E603, if these rows can't be split by this rule.
    """
    method = METHODS.get(rule.method)
    if method is None:
        have = ", ".join(METHODS)
        raise _impossible(f"there is no split by method {rule.method!r} here", f"choose one of   {have}")
    sides = is_test if rule.method == "official" else None
    _require_unique(ids, sides)
    key = _places(rule.salt, ids)
    test, valid = method(_Rows(rule=rule, key=key, y=y, is_test=is_test))
    train = np.setdiff1d(np.arange(len(ids)), np.concatenate([test, valid]))
    public, private = _draw(test, key, rounded(rule.public, len(test)))
    parts = Parts(train=train, valid=np.sort(valid), public=public, private=private)
    _require_rows(parts)
    return parts


def drawn_order(salt: str, ids: Sequence[str]) -> Index:
    """A place for each row, 0 to n - 1, drawn apart from the split: it tells neither part nor class.

    A source's own order tells the class wherever rows are sorted by it, so where rows are drawn, those that are
    handed out come in this order and are numbered by it.
    """
    return _places(f"{salt}\0order", ids)


def rounded(share: float, n: int) -> int:
    """`share` of `n` rows, halves up; reckoned in decimals, as it is written: 0.145 of 100 is 15."""
    return int((Decimal(str(share)) * n).to_integral_value(ROUND_HALF_UP))


def apportion(total: int, counts: Sequence[int]) -> list[int]:
    """`total` seats for groups of these sizes by largest remainder; equal remainders go to the earlier group.

    References
    ----------
    M. Balinski and H. P. Young, *Fair Representation*, 2nd ed., Brookings 2001, pp. 16-17 (Hamilton's method).
    """
    n = max(sum(counts), 1)
    seats = [total * count // n for count in counts]
    by_remainder = sorted(range(len(counts)), key=lambda i: -(total * counts[i] % n))  # sorted() keeps ties in order
    for i in by_remainder[: total - sum(seats)]:
        seats[i] += 1
    return seats


def _official(rows: _Rows) -> tuple[Index, Index]:
    if rows.is_test is None:
        raise _impossible(
            "the source does not say which rows are test, and method is 'official'",
            'method = "contiguous"   or   "stratified", with   test = 0.4',
        )
    rest = np.flatnonzero(~rows.is_test)
    valid, _ = _draw(rest, rows.key, rounded(rows.rule.valid, len(rest)))
    return np.flatnonzero(rows.is_test), valid


def _contiguous(rows: _Rows) -> tuple[Index, Index]:
    everything = np.arange(len(rows.key))
    rest, test = _cut(everything, rounded(_test_share(rows.rule), len(everything)))
    _, valid = _cut(rest, rounded(rows.rule.valid, len(rest)))
    return test, valid


def _stratified(rows: _Rows) -> tuple[Index, Index]:
    if rows.y is None or not np.issubdtype(rows.y.dtype, np.integer):
        raise _impossible("method is 'stratified', and the rows have no classes", 'method = "contiguous"')
    everything = np.arange(len(rows.key))
    test = _draw_within_classes(everything, rows, _test_share(rows.rule))
    rest = np.setdiff1d(everything, test)
    valid = _draw_within_classes(rest, rows, rows.rule.valid)
    _require_classes(rows.y, {"test": test, "valid": valid, "train": np.setdiff1d(rest, valid)})
    return test, valid


KEEP_ORDER = ("official", "contiguous")  # the source's order means something there: time, writers, a published file
METHODS: dict[str, Method] = {"official": _official, "contiguous": _contiguous, "stratified": _stratified}


def _test_share(rule: Split) -> float:
    if rule.test is None:
        raise _impossible(f"method is {rule.method!r}, and split.test is missing", "add   test = 0.4")
    return rule.test


def _places(salt: str, ids: Sequence[str]) -> Index:
    start = hashlib.sha256(salt.encode() + b"\0")

    def digest(i: int) -> bytes:
        drawn = start.copy()
        drawn.update(ids[i].encode())
        return drawn.digest()

    places = np.empty(len(ids), dtype=np.intp)
    places[sorted(range(len(ids)), key=digest)] = np.arange(len(ids))
    return places


def _draw(candidates: Index, key: Index, k: int) -> tuple[Index, Index]:
    """The `k` drawn ones and the others, both ascending."""
    order = candidates[np.argsort(key[candidates])]
    return np.sort(order[:k]), np.sort(order[k:])


def _cut(rows: Index, k: int) -> tuple[Index, Index]:
    """All but the last `k`, and the last `k`."""
    return rows[: len(rows) - k], rows[len(rows) - k :]


def _draw_within_classes(candidates: Index, rows: _Rows, share: float) -> Index:
    assert rows.y is not None
    classes = np.unique(rows.y)
    groups = [candidates[rows.y[candidates] == k] for k in classes]
    seats = apportion(rounded(share, len(candidates)), [len(group) for group in groups])
    drawn = [_draw(group, rows.key, n)[0] for group, n in zip(groups, seats, strict=True)]
    return np.sort(np.concatenate([candidates[:0], *drawn]))


def _require_unique(ids: Sequence[str], sides: Flags | None) -> None:
    keys: Sequence[object] = ids if sides is None else list(zip(ids, sides.tolist(), strict=True))
    (key, times), *_ = Counter(keys).most_common(1) or [("", 1)]
    if times > 1:
        name = key if sides is None else key[0]  # type: ignore[index]
        raise _impossible(f"row id {name!r} stands for {times} rows", "give every row an id of its own")


def _require_rows(parts: Parts) -> None:
    sizes = {name: len(getattr(parts, name)) for name in ("train", "valid", "public", "private")}
    if empty := [name for name, size in sizes.items() if not size]:
        got = ", ".join(f"{name} {size}" for name, size in sizes.items())
        raise _impossible(f"no rows are left for {' and '.join(empty)} ({got})", "change   valid, test   or   public")


def _require_classes(y: NDArray[Any], parts: dict[str, Index]) -> None:
    for name, part in parts.items():
        if missing := sorted(set(np.unique(y)) - set(np.unique(y[part]))):
            few = ", ".join(f"{k} ({int((y == k).sum())} rows)" for k in missing[:5])
            raise _impossible(
                f"too few rows of some classes: {name} would have none of class {few}",
                'leave the class out, or   method = "contiguous"',
            )


def _impossible(message: str, fix: str) -> MetricError:
    return MetricError(Problem(code="E603", message=f"the rows can't be split: {message}", where="[split]", fix=fix))
