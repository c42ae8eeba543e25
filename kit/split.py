"""Which rows are train, valid, public and private.

=============  ===================================  ======================  ==============================
method         test rows                            valid rows              public rows
=============  ===================================  ======================  ==============================
official       those the source says                said, or drawn          said, or drawn
contiguous     the end of the source's order        the end of the rest     drawn
stratified     drawn within each class              so, of the rest         drawn
grouped        whole groups, drawn                  so, of the rest         whole groups, drawn
temporal       the last by the column               the last of the rest    drawn
hashed         each row by its own digest           each by its own         each by its own
=============  ===================================  ======================  ==============================

To draw k rows is to take the k with the smallest SHA-256 of salt, a zero byte and row id: the same row falls into the
same part in whatever order a file lists them, and nobody without the salt can tell which rows are public. A share of n
rows is rounded, halves up.

Groups are taken in the order of the SHA-256 of salt, a zero byte and group; one that would bring a part no nearer to
its size is passed over. Rows of equal times stay together: the border is the one nearest to the share. `hashed` counts
nothing, so rows that are added move none that was there: with the digest as a number u from 0 to 1, u < test x public
is public, u < test is private, u < test + (1 - test) x valid is valid, and what is left is train.
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

USAGES = ("train", "valid", "test", "public", "private")  # the words of a column that says where each row belongs


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
    ids: Sequence[str]
    key: Index
    y: NDArray[Any] | None
    is_test: Flags | None
    column: NDArray[Any] | None
    classes: Sequence[str]

    def everything(self) -> Index:
        return np.arange(len(self.key))


Method: TypeAlias = Callable[[_Rows], tuple[Index, Index, Index]]  # valid, public and private rows, in any order


def split(
    rule: Split,
    ids: Sequence[str],
    *,
    y: NDArray[Any] | None,
    is_test: Flags | None,
    column: NDArray[Any] | None = None,
    classes: Sequence[str] = (),
) -> Parts:
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
    column
        Values of the column that ``[split]`` names, shape (n,), none missing: text for ``grouped``, what can be
        ordered for ``temporal``, words of `USAGES` for ``official``.
    classes
        Names of the classes, for messages.

    Raises
    ------
    MetricError
        E603, if these rows can't be split by this rule.
    """
    is_official = rule.method == "official"
    if is_official and column is not None:
        column = _usages(rule, column)
        is_test = np.isin(column, ("test", "public", "private"))
    _require_unique(ids, is_test if is_official else None)
    rows = _Rows(rule=rule, ids=ids, key=_places(rule.salt, ids), y=y, is_test=is_test, column=column, classes=classes)
    valid, public, private = (np.sort(part) for part in METHODS[rule.method](rows))
    train = np.setdiff1d(rows.everything(), np.concatenate([valid, public, private]))
    parts = Parts(train=train, valid=valid, public=public, private=private)
    _require_rows(parts)
    return parts


def handed_out_order(rule: Split, ids: Sequence[str], *, column: NDArray[Any] | None) -> Index | None:
    """A place for each row, 0 to n - 1, under which it is handed out; None where the source's order and ids stay.

    They stay where they mean something: `contiguous`, and `official` where the source itself has two sides. Elsewhere
    they would tell too much (a file is often sorted by class, or lists the public rows before the private ones), so
    rows come in an order that is drawn apart from the split and tells neither part nor class. `temporal` orders by
    time, which the border between the parts tells anyway, and draws among equal times only.
    """
    if rule.method == "contiguous" or (rule.method == "official" and column is None):
        return None
    drawn = _places(f"{rule.salt}\0order", ids)
    if rule.method != "temporal":
        return drawn
    places = np.empty(len(ids), dtype=np.intp)
    places[np.lexsort((drawn, _column(rule, column)))] = np.arange(len(ids))
    return places


def draw_public(rule: Split, ids: Sequence[str]) -> Flags:
    """Which test rows are public where the source has no others: ``hashed`` each by its own digest, else a share.

    Raises
    ------
    MetricError
        E603 if one of the two parts would be empty.
    """
    if rule.method == "hashed":
        end = int(Decimal(str(rule.public)) * 2**_BITS)
        is_public = np.array([_first_bits(digest) < end for digest in _digests(rule.salt, ids)], dtype=np.bool_)
    else:
        is_public = _places(rule.salt, ids) < rounded(rule.public, len(ids))
    if not len(ids) or is_public.all() or not is_public.any():
        raise _impossible(f"of {len(ids)} rows {int(is_public.sum())} would be public", "change   public")
    return is_public


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


def _official(rows: _Rows) -> tuple[Index, Index, Index]:
    if rows.column is not None:
        return _as_said(rows, rows.column)
    if rows.is_test is None:
        raise _impossible(
            "the source does not say which rows are test, and method is 'official'",
            'method = "contiguous"   or   "stratified", with   test = 0.4',
        )
    rest = np.flatnonzero(~rows.is_test)
    valid, _ = _draw(rest, rows.key, rounded(rows.rule.valid, len(rest)))
    return valid, *_draw_public(np.flatnonzero(rows.is_test), rows)


def _as_said(rows: _Rows, words: NDArray[Any]) -> tuple[Index, Index, Index]:
    """The parts that a column names. Where it names no valid or no public row, those are drawn."""
    train, valid, test, public, private = (np.flatnonzero(words == word) for word in USAGES)
    if len(test) and len(public) + len(private):
        raise _impossible(
            f"column {rows.rule.column!r} says test of some rows, and public or private of others",
            "write test on all of these rows, and the public ones are drawn, or on none",
        )
    if not len(valid):
        valid, _ = _draw(train, rows.key, rounded(rows.rule.valid, len(train)))
    if len(test):
        public, private = _draw_public(test, rows)
    return valid, public, private


def _contiguous(rows: _Rows) -> tuple[Index, Index, Index]:
    rest, test = _cut(rows.everything(), rounded(_test_share(rows.rule), len(rows.key)))
    _, valid = _cut(rest, rounded(rows.rule.valid, len(rest)))
    return valid, *_draw_public(test, rows)


def _stratified(rows: _Rows) -> tuple[Index, Index, Index]:
    if rows.y is None or not np.issubdtype(rows.y.dtype, np.integer):
        raise _impossible("method is 'stratified', and the rows have no classes", 'method = "hashed"')
    test = _draw_within_classes(rows.everything(), rows, _test_share(rows.rule))
    rest = np.setdiff1d(rows.everything(), test)
    valid = _draw_within_classes(rest, rows, rows.rule.valid)
    _require_classes(rows, {"test": test, "valid": valid, "train": np.setdiff1d(rest, valid)})
    return valid, *_draw_public(test, rows)


def _grouped(rows: _Rows) -> tuple[Index, Index, Index]:
    groups, group_of, sizes = np.unique(_column(rows.rule, rows.column), return_inverse=True, return_counts=True)
    if len(groups) < len(USAGES) - 1:
        raise _impossible(
            f"column {rows.rule.column!r} has {len(groups)} different values, and each of train, valid, public and "
            "private needs one of its own",
            'another column, or   method = "stratified"   where rows have nothing to do with each other',
        )
    n, salt = len(rows.key), rows.rule.salt
    drawn = np.argsort(_places(salt, [str(group) for group in groups]))
    test, rest = _take_groups(drawn, sizes, rounded(_test_share(rows.rule), n), least=2, leave=2)
    n_test = int(sizes[test].sum())
    public, private = _take_groups(test, sizes, rounded(rows.rule.public, n_test))
    valid, _ = _take_groups(rest, sizes, rounded(rows.rule.valid, n - n_test))
    return tuple(np.flatnonzero(np.isin(group_of, part)) for part in (valid, public, private))  # type: ignore[return-value]


def _temporal(rows: _Rows) -> tuple[Index, Index, Index]:
    times, time_of, sizes = np.unique(_column(rows.rule, rows.column), return_inverse=True, return_counts=True)
    if len(times) < len(("train", "valid", "test")):
        raise _impossible(
            f"column {rows.rule.column!r} has {len(times)} different times, and each of train, valid and test needs "
            "one of its own: equal times stay together",
            "a column with finer times, or another method",
        )
    n = len(rows.key)
    before_test = _nearest_cut(sizes, rounded(_test_share(rows.rule), n), leave=2)
    n_test = int(sizes[before_test:].sum())
    before_valid = _nearest_cut(sizes[:before_test], rounded(rows.rule.valid, n - n_test), leave=1)
    valid = np.flatnonzero((time_of >= before_valid) & (time_of < before_test))
    return valid, *_draw_public(np.flatnonzero(time_of >= before_test), rows)


def _hashed(rows: _Rows) -> tuple[Index, Index, Index]:
    digests = np.array([_first_bits(digest) for digest in _digests(rows.rule.salt, rows.ids)], dtype=np.uint64)
    test = Decimal(str(_test_share(rows.rule)))
    ends = [test * Decimal(str(rows.rule.public)), test, test + (1 - test) * Decimal(str(rows.rule.valid))]
    part = np.searchsorted(np.array([int(end * 2**_BITS) for end in ends], dtype=np.uint64), digests, side="right")
    public, private, valid = (np.flatnonzero(part == k) for k in range(3))
    return valid, public, private


_BITS = 63  # of a digest that decide; one fewer than uint64 has, so that 1.0 can be written too

METHODS: dict[str, Method] = {
    "official": _official,
    "contiguous": _contiguous,
    "stratified": _stratified,
    "grouped": _grouped,
    "temporal": _temporal,
    "hashed": _hashed,
}


def _test_share(rule: Split) -> float:
    if rule.test is None:
        raise _impossible(f"method is {rule.method!r}, and split.test is missing", "add   test = 0.4")
    return rule.test


def _column(rule: Split, column: NDArray[Any] | None) -> NDArray[Any]:
    if column is None:
        raise _impossible(
            f"the source gives no column {rule.column!r}, and method is {rule.method!r}",
            'method = "stratified"   or   "contiguous"; columns are what the source csv has',
        )
    return column


def _usages(rule: Split, column: NDArray[Any]) -> NDArray[Any]:
    """The words of an official column in small letters. A row under another word would pass for a train row."""
    words = np.char.lower(column.astype(np.str_))
    if other := sorted(set(words.tolist()) - set(USAGES)):
        message = f"column {rule.column!r} says {other[0]!r}"
        raise _impossible(message, "train, valid, Public or Private (or test, and the public ones are drawn)")
    return words


def _digests(salt: str, ids: Sequence[str]) -> list[bytes]:
    start = hashlib.sha256(salt.encode() + b"\0")

    def digest(row_id: str) -> bytes:
        drawn = start.copy()
        drawn.update(row_id.encode())
        return drawn.digest()

    return [digest(row_id) for row_id in ids]


def _first_bits(digest: bytes) -> int:
    return int.from_bytes(digest[:8], "big") >> (64 - _BITS)


def _places(salt: str, ids: Sequence[str]) -> Index:
    places = np.empty(len(ids), dtype=np.intp)
    places[sorted(range(len(ids)), key=_digests(salt, ids).__getitem__)] = np.arange(len(ids))
    return places


def _draw(candidates: Index, key: Index, k: int) -> tuple[Index, Index]:
    """The `k` drawn ones and the others, both ascending."""
    order = candidates[np.argsort(key[candidates])]
    return np.sort(order[:k]), np.sort(order[k:])


def _draw_public(test: Index, rows: _Rows) -> tuple[Index, Index]:
    """Public and private rows among the test rows."""
    return _draw(test, rows.key, rounded(rows.rule.public, len(test)))


def _cut(rows: Index, k: int) -> tuple[Index, Index]:
    """All but the last `k`, and the last `k`."""
    return rows[: len(rows) - k], rows[len(rows) - k :]


def _take_groups(groups: Index, sizes: Index, wanted: int, *, least: int = 1, leave: int = 1) -> tuple[Index, Index]:
    """Of `groups`, in their order, those that bring their rows nearer to `wanted`, and the others.

    At least `least` groups are taken and `leave` are left, where there are so many.
    """
    taken: list[int] = []
    missing = wanted
    for group in groups.tolist():
        if len(taken) < len(groups) - leave and abs(missing - sizes[group]) < missing:
            taken.append(group)
            missing -= int(sizes[group])
    if len(taken) < least:
        smallest_first = groups[np.argsort(sizes[groups], kind="stable")].tolist()
        taken += [group for group in smallest_first if group not in taken][: least - len(taken)]
    is_taken = np.isin(groups, taken)
    return groups[is_taken], groups[~is_taken]


def _nearest_cut(sizes: Index, wanted: int, *, leave: int) -> int:
    """The k for which ``sizes[k:]`` add up to the nearest to `wanted`: at least one, and `leave` of them before k."""
    after = np.cumsum(sizes[::-1])[: len(sizes) - leave]
    return len(sizes) - 1 - int(np.argmin(np.abs(after - wanted)))


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


def _require_classes(rows: _Rows, parts: dict[str, Index]) -> None:
    y = rows.y
    assert y is not None
    for name, part in parts.items():
        if missing := sorted(set(np.unique(y)) - set(np.unique(y[part]))):
            counts = [(rows.classes[k] if rows.classes else int(k), int((y == k).sum())) for k in missing[:5]]
            few = ", ".join(f"{name!r} ({n} {'row' if n == 1 else 'rows'})" for name, n in counts)
            raise _impossible(
                f"too few rows of some classes: {name} would have none of class {few}",
                'leave the class out, or   method = "contiguous"',
            )


def _impossible(message: str, fix: str) -> MetricError:
    return MetricError(Problem(code="E603", message=f"the rows can't be split: {message}", where="[split]", fix=fix))
