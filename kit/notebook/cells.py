"""Cells of text, sets, rankings and masks as a person has them in a notebook: text, lists, arrays, tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kit.notebook.told import refusal


def as_cells(name: str, values: Any) -> NDArray[Any]:
    """One object for each row: text, or a list of names; a missing cell is empty.

    One text alone is one row. Of a table or an array with columns each row is a list, without the missing names at its
    end. A number that is whole is the same name whatever holds it, 3 and 3.0. Images of 0 and 1 become run-length
    masks.

    Raises
    ------
    UsageError
        E011 for what has no rows, and for a name that is missing before others.
    """
    rows = [values] if isinstance(values, str) else _rows(name, values)
    cells = np.empty(len(rows), dtype=object)
    cells[:] = [_cell(name, row, cell) for row, cell in enumerate(rows)]
    return cells


def as_array_like(values: Any) -> Any:
    """What numpy reads as a person means it: a tensor without its history, and of what can be gone through a list."""
    if hasattr(values, "detach"):
        return values.detach().cpu()
    is_read = hasattr(values, "__array__") or isinstance(values, (str, bytes, list, tuple, range, Mapping, Set))
    return list(values) if isinstance(values, Iterable) and not is_read else values


def is_missing(cell: Any) -> bool:
    """Whether a cell is None, NaN, or what pandas has in their place."""
    if cell is None or type(cell).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(cell, (float, np.floating)) and bool(np.isnan(cell))


def _rows(name: str, values: Any) -> list[Any]:
    values = as_array_like(values)
    if hasattr(values, "__array__"):
        array = np.asarray(values)
        values = [_run_lengths(name, image) for image in array] if array.ndim > 2 else array.tolist()
    if not isinstance(values, (list, tuple, range)):
        raise refusal(f"{name} is one {type(values).__name__}", fix="a list with a cell for each row")
    return list(values)


def _cell(name: str, row: int, cell: Any) -> Any:
    cell = as_array_like(cell)
    if hasattr(cell, "__array__"):
        array = np.asarray(cell)
        cell = _run_lengths(name, array) if array.ndim > 1 else array.tolist()
    if isinstance(cell, (str, Mapping)):
        return cell
    if not isinstance(cell, Iterable):
        return "" if is_missing(cell) else _whole(cell)
    found = list(cell)
    while found and is_missing(found[-1]):
        found.pop()
    if any(map(is_missing, found)):
        raise refusal(f"a name in {name} is missing before others: row {row}", fix="the names that there are")
    return list(map(_whole, found))


def _whole(found: Any) -> Any:
    return int(found) if isinstance(found, (float, np.floating)) and float(found).is_integer() else found


def _run_lengths(name: str, image: NDArray[Any]) -> str:
    """An image of 0 and 1 as a run-length mask; the order of the pixels is no matter, if it is that of both."""
    if image.dtype.kind not in "biuf" or not np.isin(image, (0, 1)).all():
        raise refusal(f"{name} has images with other numbers than 0 and 1", fix="1 where the region is, else 0")
    edges = np.flatnonzero(np.diff(np.r_[0, image.ravel(), 0].astype(np.int8))) + 1
    return " ".join(f"{start} {end - start}" for start, end in zip(edges[::2], edges[1::2], strict=True))
