"""Run-length masks: which pixels of an image belong to it, written as starts and lengths. Nothing here makes pixels.

``1 3 10 5`` is the pixels 1, 2, 3 and 10 to 14. Pixels are numbered from 1, down the columns or along the rows: that
is between the host and who reads the images; counting what two masks share needs neither the order nor the size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Any

import numpy as np

from kit.metrics.base import Array, FloatArray
from kit.metrics.cells import IntArray, names

MAX_PIXEL = 10**11
"""The last pixel that there can be: with 90 million rows, all can still be numbered through in 64 bits."""

_MAX_DIGITS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """All runs of a column of masks, one after the other, the pixels of all rows numbered through.

    Parameters
    ----------
    n_rows
        How many masks there are; some may be empty.
    row
        Which mask each run belongs to, shape (n_runs,), rising.
    start, end
        Its first pixel, and the one behind its last. Rising: the runs of a mask are sorted and share no pixel.
    """

    n_rows: int
    row: IntArray
    start: IntArray
    end: IntArray

    def areas(self) -> FloatArray:
        """How many pixels each mask has, shape (n_rows,)."""
        return np.bincount(self.row, self.end - self.start, minlength=self.n_rows).astype(np.float64)


def read(*columns: Sequence[Sequence[str]]) -> tuple[Runs, ...]:
    """Read columns of masks in which nothing is wrong (see `finder`), with one numbering of the pixels for all.

    Parameters
    ----------
    *columns
        The numbers of each mask as text, as `words` has them. The columns may have different lengths, where masks with
        the same index have nothing in common.

    Examples
    --------
    >>> truth, answer = read([["1", "3", "10", "5"], []], [["1", "1"], ["2", "1"]])
    >>> truth.areas().tolist(), answer.start.tolist()
    ([8.0, 0.0], [1, 18])
    """
    tables = [_numbers(masks) for masks in columns]
    stride = max((int((start + length).max(initial=0)) for _, start, length in tables), default=0) + 1
    return tuple(
        Runs(n_rows=len(masks), row=row, start=row * stride + start, end=row * stride + start + length)
        for masks, (row, start, length) in zip(columns, tables, strict=True)
    )


def words(cell: Any, empty: str) -> list[str]:
    """The numbers of a mask as text, from text or a sequence; none of an empty one, which may have been read as NaN."""
    found = cell.split() if type(cell) is str else list(names(cell))
    return [] if found == empty.split() else found


def masks_of(cell: Any, empty: str, parted_by: str) -> list[list[str]]:
    """The masks of a cell, each as `words`: parted by a character, or a sequence; or one, if nothing parts them."""
    if not parted_by:
        return [words(cell, empty)]
    parts = cell.split(parted_by) if isinstance(cell, str) else cell if isinstance(cell, Iterable) else [cell]
    return [words(part, empty) for part in parts]


def _numbers(masks: Sequence[Sequence[str]]) -> tuple[IntArray, IntArray, IntArray]:
    """Which mask each run is of, its start and its length."""
    flat = np.fromiter(map(int, chain.from_iterable(masks)), np.int64)
    n_runs = np.fromiter((len(mask) // 2 for mask in masks), np.int64, len(masks))
    return np.repeat(np.arange(len(masks)), n_runs), flat[::2], flat[1::2]


def shared(a: Runs, b: Runs) -> FloatArray:
    """How many pixels the two masks of each row share, shape (n_rows,).

    Parameters
    ----------
    a, b
        Read together.

    Examples
    --------
    >>> shared(*read([["1", "3", "10", "5"], []], [["3", "9"], ["8", "1"]])).tolist()
    [3.0, 0.0]
    """
    before = np.concatenate([[0], np.cumsum(a.end - a.start)])  # pixels of `a` before each of its runs, and in all

    def up_to(pixel: IntArray) -> IntArray:
        """How many pixels of `a` come before `pixel`."""
        run = np.searchsorted(a.start, pixel)  # the runs that start before it
        last = np.maximum(run - 1, 0)
        beyond = np.maximum(a.end[last] - pixel, 0) if len(a.end) else np.zeros_like(pixel)
        return np.asarray(before[run] - np.where(run > 0, beyond, 0))

    return np.bincount(b.row, up_to(b.end) - up_to(b.start), minlength=b.n_rows).astype(np.float64)


def finder(empty: str, parted_by: str = "") -> Callable[[Array], tuple[int, str] | None]:
    """The `Metric.wrong` of a metric of masks: the first row with one that is not as this module says.

    Parameters
    ----------
    empty
        What stands for the empty mask, other than nothing.
    parted_by
        What parts several masks of a cell, none of which may share a pixel with another; nothing for one mask.
    """

    def wrong(cells: Array) -> tuple[int, str] | None:
        split = [masks_of(cell, empty, parted_by) for cell in cells]
        if _are_right(split):
            return None
        return next(((row, why) for row, masks in enumerate(split) for why in _faults(masks)), None)

    return wrong


def without_masks(find: Callable[[Array], tuple[int, str] | None], y_true: Array) -> str | None:
    """The `Metric.undefined` of a metric of masks: what `find` finds in the solution's."""
    found = find(y_true)
    return f"the mask in row {found[0] + 1} can't be read: {found[1]}" if found else None


def _are_right(cells: Sequence[Sequence[list[str]]]) -> bool:
    """Whether there is nothing for `_faults` to find: the same rules, for all cells at once."""
    masks = list(chain.from_iterable(cells))
    numbers = list(chain.from_iterable(masks))
    text = "".join(numbers)
    if not numbers:
        return True
    if not (text.isascii() and text.isdigit()) or max(map(len, numbers)) > _MAX_DIGITS:
        return False
    if any(len(mask) % 2 for mask in masks):
        return False
    mask, start, length = _numbers(masks)
    if start.min() < 1 or length.min() < 1 or (start + length).max() > MAX_PIXEL:
        return False
    cell = np.repeat(np.arange(len(cells)), np.fromiter(map(len, cells), np.int64, len(cells)))[mask]
    return _is_rising(mask, start, length) and _is_rising(*_sorted(cell, start, length))


def _sorted(group: IntArray, start: IntArray, length: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    order = np.lexsort((start, group))
    return group[order], start[order], length[order]


def _is_rising(group: IntArray, start: IntArray, length: IntArray) -> bool:
    """Whether each run starts behind the one before it, where both are of one group."""
    return bool(np.all((start[1:] >= (start + length)[:-1]) | (group[1:] != group[:-1])))


def _faults(masks: Sequence[list[str]]) -> Iterator[str]:
    """What is wrong with the masks of one cell, the first thing first."""
    for mask in masks:
        yield from _faults_of_numbers(mask)
        yield from _faults_of_runs(mask)
    runs = sorted((int(start), int(start) + int(n)) for mask in masks for start, n in _pairs(mask))
    for (_, end), (start, _) in pairwise(runs):
        if start < end:
            yield f"pixel {start} is in two masks"


def _faults_of_numbers(mask: list[str]) -> Iterator[str]:
    for number in mask:
        if not (number.isascii() and number.isdigit()):
            yield f"{number[:20]!r} is no whole number"
        if len(number) > _MAX_DIGITS:
            yield f"{number[:20]} is more than a pixel can be"
    if len(mask) % 2:
        yield f"the start {mask[-1]} has no length"


def _faults_of_runs(mask: list[str]) -> Iterator[str]:
    end = 0
    for start, length in ((int(start), int(length)) for start, length in _pairs(mask)):
        if start < 1:
            yield "pixels are numbered from 1, and this mask starts at 0"
        if length < 1:
            yield f"the run at pixel {start} has length 0"
        if start + length > MAX_PIXEL:
            yield f"pixel {start + length - 1} is more than a pixel can be"
        if start < end:
            yield f"pixel {start} comes after pixel {end - 1}: runs are sorted and share no pixel"
        end = start + length


def _pairs(mask: list[str]) -> Iterator[tuple[str, str]]:
    return zip(mask[::2], mask[1::2], strict=False)
