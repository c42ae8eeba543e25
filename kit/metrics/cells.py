"""Cells that hold several names: lists, best first, and sets. Metrics of them work on numbers, not on names."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kit.metrics.base import Array, FloatArray

IntArray: TypeAlias = NDArray[np.int64]

_LIST = re.compile(r"\s*\[([^\[\]]*[\s'\",][^\[\]]*|\d*)\]\s*")  # a name such as [a] is none


def names(cell: Any) -> tuple[str, ...]:
    """The names in a cell, in their order, those that stand there twice as well.

    Parameters
    ----------
    cell
        Text with blanks between the names, or a sequence of names as given (of numbers too, and the keys of a
        mapping). None and NaN are the empty cell, as pandas reads it; any other value is one name.

    Examples
    --------
    >>> names("  cat dog "), names(["hot dog", 7]), names(""), names(7)
    (('cat', 'dog'), ('hot dog', '7'), (), ('7',))
    """
    if isinstance(cell, str):
        return tuple(cell.split())
    if isinstance(cell, Iterable):
        return tuple(map(str, cell))
    return () if cell is None or cell != cell else (str(cell),)


def written_list(y_pred: Array) -> tuple[int, str] | None:
    """`Metric.wrong` of rankings: the first cell that is text such as ``['a', 'b']``, of which no name would be right.

    Examples
    --------
    >>> written_list(np.array(["a b", "['a', 'b']"], dtype=object))
    (1, "it is a list as Python writes it; put blanks between the names: ' '.join(names)")
    """
    for row, cell in enumerate(y_pred):
        if isinstance(cell, str) and "[" in cell and _LIST.fullmatch(cell):
            return row, "it is a list as Python writes it; put blanks between the names: ' '.join(names)"
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """All names of a column of cells, one after the other.

    Parameters
    ----------
    n_rows
        How many cells there are; some may be empty.
    row
        Which cell each name stands in, shape (n_names,), rising.
    place
        Its place in that cell, from 0.
    key
        A number for the name in this row: two columns that were read together (`read`) have the same key in both
        where the same row has the same name.
    """

    n_rows: int
    row: IntArray
    place: IntArray
    key: IntArray

    def __getitem__(self, chosen: Array) -> Names:
        """Those names that are `chosen`, by their indices or a mask."""
        return Names(n_rows=self.n_rows, row=self.row[chosen], place=self.place[chosen], key=self.key[chosen])

    def once(self) -> Names:
        """Each name at its first place in its cell; the places that others leave stay free."""
        return self[np.sort(np.unique(self.key, return_index=True)[1])]

    def are_in(self, other: Names) -> NDArray[np.bool_]:
        """Which of these names the same row of `other`, read together with them, has too."""
        # The keys rise from row to row, so sorting and searching are quick: numpy.isin takes ten times as long.
        known = np.append(np.sort(other.key), -1)
        return np.asarray(known[np.searchsorted(known[:-1], self.key)] == self.key)

    def per_row(self, values: Array | None = None) -> FloatArray:
        """The sum of `values`, one for each name, in each row; without them, how many names a row has."""
        return np.bincount(self.row, values, minlength=self.n_rows).astype(np.float64)


def read(*columns: Sequence[Any] | Array) -> tuple[Names, ...]:
    """Read columns of cells, each as `names` does, with one numbering for all. They have the same length.

    Examples
    --------
    >>> truth, answer = read(["cat dog", ""], ["dog dog", "cat"])
    >>> truth.key.tolist(), answer.key.tolist(), answer.row.tolist(), answer.place.tolist()
    ([0, 1], [1, 1, 2], [0, 0, 1], [0, 1, 0])
    """
    number: Mapping[str, int] = defaultdict(count().__next__)
    split = [[cell.split() if type(cell) is str else names(cell) for cell in column] for column in columns]
    coded = [np.fromiter(map(number.__getitem__, chain.from_iterable(cells)), np.int64) for cells in split]
    return tuple(_numbered(cells, codes, len(number)) for cells, codes in zip(split, coded, strict=True))


def _numbered(cells: Sequence[Sequence[str]], codes: IntArray, n_distinct: int) -> Names:
    lengths = np.fromiter(map(len, cells), np.int64, len(cells))
    row = np.repeat(np.arange(len(cells)), lengths)
    place = np.arange(len(codes)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return Names(n_rows=len(cells), row=row, place=place, key=row * n_distinct + codes)


def overlaps(y_true: Sequence[Any] | Array, y_pred: Sequence[Any] | Array) -> FloatArray:
    """How many names each pair of cells has in common, taken as sets.

    Parameters
    ----------
    y_true, y_pred : shape (n_samples,)
        Cells, as `names` reads them.

    Returns
    -------
    shape (n_samples, 3)
        How many names are in the first set, in the second, and in both.

    Examples
    --------
    >>> overlaps(["cat dog", ""], ["dog dog fox", "cat"]).tolist()
    [[2.0, 2.0, 1.0], [0.0, 1.0, 0.0]]
    """
    true, given = (column.once() for column in read(y_true, y_pred))
    both = given[given.are_in(true)]
    return np.column_stack([true.per_row(), given.per_row(), both.per_row()])


def hits(y_true: Sequence[Any] | Array, y_pred: Sequence[Any] | Array, k: int) -> tuple[Names, FloatArray]:
    """Which of the first `k` names of each list are right, each at its first place, and how many there are to find.

    Parameters
    ----------
    y_true, y_pred : shape (n_samples,)
        The names to find, as sets, and lists of names, best first. A name that stands twice in a list is found once;
        the second one still takes its place, as does a name that is wrong.
    k
        0 for lists of any length.

    Returns
    -------
    The hits, in their order, and the number of names to find in each row, shape (n_samples,).

    Examples
    --------
    >>> found, n_to_find = hits(["a c e", "a"], ["a b c", "b a"], 2)
    >>> found.row.tolist(), found.place.tolist(), n_to_find.tolist()
    ([0, 1], [0, 1], [3.0, 1.0])
    """
    true, given = (column.once() for column in read(y_true, y_pred))
    if k:
        given = given[given.place < k]
    return given[given.are_in(true)], true.per_row()


def at_least_one(k: int) -> None:
    """Refuse a list of no places.

    Raises
    ------
    ValueError
        If `k` is less than 1.
    """
    if k < 1:
        raise ValueError("k is how many names are looked at, 1 or more")
