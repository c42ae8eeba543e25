"""What the cells of a table's column are: numbers, truths or categories. One rule a column, never one a cell.

==========  ============================================================================  ======================
stored as   when every cell that is not empty                                             missing
==========  ============================================================================  ======================
number      is a number with a decimal point                                              NaN
number      is true or false, in any capitals: 1 or 0                                     NaN
category    is anything else, whole numbers with leading zeros or 19 digits included:     a code of -1
            they name things
==========  ============================================================================  ======================

Only an empty cell is missing; ``NA``, ``nan`` and ``?`` are text. So a column of numbers with a few such cells would
silently become one of categories: that is refused, and both ways out are named.

Dates are categories too, as they stand. Times (``datetime64``) would be what they are, but hardly a model takes them,
and a pipeline that works on every other table would stop at this one. Who wants them says so: ``dtypes``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kit.dataset import Column
from kit.errors import DataError, Problem

MISSING_TIME = np.iinfo(np.int64).min
_SHOWN_LINES = 4
_MAX_DIGITS = 18  # of an int64
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)
_WHOLE = re.compile(r"\s*[+-]?\d+\s*", re.ASCII)
_NAME_OF_DIGITS = re.compile(r"\s*[+-]?(0\d+|\d{19,})\s*", re.ASCII)
_WITH_COMMAS = re.compile(r"\s*[+-]?\d[\d.]*,[\d.,]*\d\s*", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII)
_MONTH = re.compile(r"\d{4}-\d\d", re.ASCII)
_TRUTHS = {"true": 1, "false": 0}
_MORE_TRUTHS = _TRUTHS | {"yes": 1, "no": 0, "t": 1, "f": 0, "y": 1, "n": 0, "1": 1, "0": 0}
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a time without a zone stays one


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """One column as it stands in the file: its texts, and the line of each."""

    name: str
    texts: Sequence[str]
    lines: Sequence[int]

    @property
    def filled(self) -> list[str]:
        """The texts that are not empty."""
        return [text for text in self.texts if text]

    def lines_where(self, is_so: Callable[[str], object]) -> list[int]:
        """The lines whose text `is_so`."""
        return [line for text, line in zip(self.texts, self.lines, strict=True) if is_so(text)]


def as_column(cells: Cells, dtype: str | None) -> Column:
    """The column as plugins get it.

    Parameters
    ----------
    cells
        The column in the file.
    dtype
        What ``[data] dtypes`` says of it: a name of `DTYPES`; None to decide by the cells.

    Raises
    ------
    DataError
        E505.
    """
    if dtype is not None:
        return DTYPES[dtype](cells)
    return _kind_of(cells)(cells)


def as_classes(cells: Cells) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Class indices, shape (n,), and the classes: whole numbers by value, text by code point."""
    _require(_empty_answers(cells))
    classes = sorted(set(cells.texts))
    if all(_WHOLE.fullmatch(name) and len(name) <= _MAX_DIGITS for name in classes):
        classes.sort(key=int)
    code = {name: k for k, name in enumerate(classes)}
    return np.array([code[text] for text in cells.texts], dtype=np.int64), tuple(classes)


def as_values(cells: Cells) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """The values to predict, shape (n,), and no classes."""
    problems = list(_empty_answers(cells))
    if wrong := cells.lines_where(lambda text: text.strip() and not _NUMBER.fullmatch(text)):
        what = f"the answer, column {cells.name!r}, is no number on {lines_of(wrong)}"  # never quoted
        problems.append(_problem(what, "mend these cells: digits and a decimal point, nothing else"))
    _require(problems)
    return _numbers(cells).astype(np.float64), ()


def as_order(cells: Cells) -> NDArray[Any]:
    """What can be ordered by time, shape (n,): numbers, or nanoseconds of dates. No cell is empty."""
    if all(_NUMBER.fullmatch(text) for text in cells.texts):
        return _numbers(cells)
    times = [_nanoseconds(f"{text}-01" if _MONTH.fullmatch(text) else text) for text in cells.texts]
    wrong = [text for text, time in zip(cells.texts, times, strict=True) if time is None]
    if wrong:
        neither = cells.lines_where(lambda text: text == wrong[0])
        what = f"column {cells.name!r} decides the split by time, and {wrong[0]!r} on {lines_of(neither)} is no time"
        raise _refused(what, "write dates as 2026-11-23 or 2026-11-23 09:30, or numbers that grow with time")
    return np.array(times, dtype=np.int64)


def lines_of(lines: Sequence[int]) -> str:
    """``line 3``, or ``lines 3, 8 and 12``, or the first of them and how many there are."""
    if len(lines) == 1:
        return f"line {lines[0]}"
    shown = [str(line) for line in lines[:_SHOWN_LINES]]
    if len(lines) <= _SHOWN_LINES:
        return f"lines {', '.join(shown[:-1])} and {shown[-1]}"
    return f"lines {', '.join(shown)} and {len(lines) - _SHOWN_LINES:,} more"


def _kind_of(cells: Cells) -> Callable[[Cells], Column]:
    filled = cells.filled
    if not filled:
        fix = f'drop = ["{cells.name}"]   in [data], or its type:   dtypes = {{ {cells.name} = "float" }}'
        raise _refused(f"column {cells.name!r} is empty in every row", fix)
    n_numbers = sum(map(bool, map(_NUMBER.fullmatch, filled)))
    if n_numbers == len(filled):
        return _category if any(map(_NAME_OF_DIGITS.fullmatch, filled)) else _number
    with_commas = [text for text in filled if _WITH_COMMAS.fullmatch(text)]
    if with_commas and (n_numbers + len(with_commas)) * 2 > len(filled):
        what = f"column {cells.name!r} has numbers with commas ({with_commas[0]})"
        fix = f'write them with a point and nothing else: 1234.5, or   dtypes = {{ {cells.name} = "category" }}'
        raise _refused(what, fix)
    if n_numbers * 2 > len(filled):
        raise _mixed(cells)
    if all(text.lower() in _TRUTHS for text in filled):
        return _truth
    return _category


def _mixed(cells: Cells) -> DataError:
    """E505 for a column that is of numbers for its greater part."""
    other = next(text for text in cells.filled if not _NUMBER.fullmatch(text))
    there = cells.lines_where(lambda text: text and not _NUMBER.fullmatch(text))
    what = f"column {cells.name!r} has numbers, and text: {other!r} on {lines_of(there)}"
    fix = f'leave cells empty where nothing is known, or   dtypes = {{ {cells.name} = "category" }}'
    return _refused(what, fix)


def _number(cells: Cells) -> Column:
    return Column(name=cells.name, dtype="number", data=_numbers(cells))


def _whole(cells: Cells) -> Column:
    _require(_unfit(cells, _WHOLE.fullmatch, "a whole number"))
    return _number(cells)


def _float(cells: Cells) -> Column:
    return Column(name=cells.name, dtype="number", data=_numbers(cells).astype(np.float64))


def _truth(cells: Cells) -> Column:
    _require(_unfit(cells, lambda text: text.lower() in _MORE_TRUTHS, "true or false, yes or no, 1 or 0"))
    truths = [_MORE_TRUTHS[text.lower()] if text else np.nan for text in cells.texts]
    return Column(name=cells.name, dtype="number", data=np.array(truths))


def _time(cells: Cells) -> Column:
    _require(_unfit(cells, lambda text: _nanoseconds(text) is not None, "a date such as 2026-11-23"))
    times = [_nanoseconds(text) if text else MISSING_TIME for text in cells.texts]
    return Column(name=cells.name, dtype="time", data=np.array(times, dtype=np.int64))


def _category(cells: Cells) -> Column:
    values, codes = _codes(cells)
    return Column(name=cells.name, dtype="category", data=codes, values=values)


def _text(cells: Cells) -> Column:
    values, codes = _codes(cells)
    return Column(name=cells.name, dtype="text", data=codes, values=values)


DTYPES: Mapping[str, Callable[[Cells], Column]] = {
    "category": _category,
    "str": _text,
    "int": _whole,
    "float": _float,
    "bool": _truth,
    "time": _time,
}


def _codes(cells: Cells) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    values = sorted(set(cells.filled))
    code = {"": -1} | {value: k for k, value in enumerate(values)}
    return tuple(values), np.array([code[text] for text in cells.texts], dtype=np.int32)


def _numbers(cells: Cells) -> NDArray[Any]:
    """int64 where all are whole and none is missing, else float64."""
    _require(_unfit(cells, _NUMBER.fullmatch, "a number"))
    if all(map(_WHOLE.fullmatch, cells.texts)) and not any(len(text) > _MAX_DIGITS for text in cells.texts):
        return np.array([int(text) for text in cells.texts], dtype=np.int64)
    numbers = np.array([float(text) if text else np.nan for text in cells.texts], dtype=np.float64)
    if np.isinf(numbers).any():
        there = [line for line, is_inf in zip(cells.lines, np.isinf(numbers), strict=True) if is_inf]
        raise _refused(f"column {cells.name!r} has a number beyond 1.8e308 on {lines_of(there)}", "mend these cells")
    return numbers


def _nanoseconds(text: str) -> int | None:
    """Since 1970, in UTC where an offset is given; None where `text` is no time that 64 bits can hold."""
    if not _TIME.fullmatch(text):
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:  # the 30th of February
        return None
    if time.tzinfo is not None:
        time = time.astimezone(UTC).replace(tzinfo=None)
    since = (time - _EPOCH) // timedelta(microseconds=1) * 1000
    return since if -(2**63) < since < 2**63 else None


def _empty_answers(cells: Cells) -> Iterator[Problem]:
    if empty := cells.lines_where(lambda text: not text.strip()):
        what = f"the answer, column {cells.name!r}, is empty on {lines_of(empty)}"
        yield _problem(what, "leave these rows out, or fill them in: a row without its answer teaches nothing")


def _unfit(cells: Cells, fits: Callable[[str], object], wanted: str) -> Iterator[Problem]:
    if wrong := cells.lines_where(lambda text: text and not fits(text)):
        other = next(text for text in cells.filled if not fits(text))
        what = f"column {cells.name!r} has {other!r} on {lines_of(wrong)}, where {wanted} is needed"
        yield _problem(what, "mend these cells, or leave them empty where the value is missing")


def _require(problems: Iterable[Problem]) -> None:
    found = list(problems)
    if found:
        raise DataError(found[0], found)


def _problem(what: str, fix: str) -> Problem:
    return Problem(code="E505", message=what, fix=fix)


def _refused(what: str, fix: str) -> DataError:
    problem = _problem(what, fix)
    return DataError(problem, [problem])
