"""DataFrames by their columns: what the CSV files of them would say, without a text for each cell.

Whatever is not plain is left to the readers of files, who can say what is wrong: `LookCloserError` says nothing.
Nothing is decided here that they would decide otherwise; a property test compares them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kit.metrics.base import Array, FloatArray
from kit.submission.cells import LARGEST, Cells, LabelReader, to_number
from kit.submission.names import MAX_WIDTH, Names, Words
from kit.submission.tokens import PAD, Tokens

if TYPE_CHECKING:
    import pandas as pd
    from pandas.api.extensions import ExtensionArray

_PLAIN_NAME = re.compile(r"(?!PAR1|ARROW1)\w[\w .:()/%+-]*", re.ASCII)
_MASKED = {"Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64", "Float64"}
_MAX_CHARACTERS = 2**15  # of a cell: as UTF-8 not more than the reader of files takes
_PIECE = 2**16
_DENSE = 4  # whole numbers among not more than so many times their count are looked up in a list


class LookCloserError(Exception):
    """A table is not plain, or not right."""


class Frame:
    """A DataFrame as the file that it would be.

    Parameters
    ----------
    table
        Is not changed.
    id_column
        The column that tells the rows.
    whole_names
        Whether columns may be called by numbers, as those of probabilities are.
    """

    def __init__(self, table: pd.DataFrame, id_column: str, *, whole_names: bool) -> None:
        if not {*map(type, table.columns)} <= ({str, int} if whole_names else {str}):
            raise LookCloserError
        names = [str(name) for name in table.columns]
        if len({*names}) < len(names) or id_column not in names or not len(table):
            raise LookCloserError
        if not all(map(_PLAIN_NAME.fullmatch, names)):
            raise LookCloserError
        self._table = table
        self._places = {name: place for place, name in enumerate(names)}
        self._id_column = id_column
        self._columns: dict[str, Column] = {}
        self.names = [name for name in names if name != id_column]

    @property
    def ids(self) -> Ids:
        """The ids, as they would be written."""
        return Ids(self[self._id_column])

    def __getitem__(self, name: str) -> Column:
        if name not in self._columns:
            self._columns[name] = Column(self._table.iloc[:, self._places[name]])
        return self._columns[name]

    def told(self, name: str) -> Sequence[str]:
        """The different cells as pandas shows them, which may be shorter than what it writes: 0.1 of float32."""
        column = self._table.iloc[:, self._places[name]]
        if column.dtype.kind in "bf":
            return [str(cell) for cell in column.dropna().unique()]
        return self[name].different[0]

    def __len__(self) -> int:
        return len(self._table)


class Column:
    """The cells of a column, of a Series or of the array in one: whole numbers, float64, or what is written as text."""

    def __init__(self, cells: Any) -> None:
        self._given: Any = _plain(cells) if hasattr(cells, "iloc") else cells

    def __len__(self) -> int:
        return len(self._given)

    def of(self, rows: NDArray[np.intp] | None) -> Column:
        """Those of some rows; None for all."""
        return self if rows is None else Column(self._given[rows])

    @property
    def are_whole(self) -> bool:
        """Whether it holds whole numbers, and nothing else."""
        return bool(self._given.dtype.kind in "iu")

    @cached_property
    def cells(self) -> Array:
        """As they are."""
        return np.asarray(self._given)

    def arrow(self) -> list[Any] | None:
        """Pieces of Arrow's own, where it holds text in them and no cell is missing."""
        if self._given.dtype == object or not hasattr(self._given, "__arrow_array__"):
            return None
        found = self._given.__arrow_array__()
        pieces = found.chunks if hasattr(found, "chunks") else [found]
        is_text = all(str(piece.type) in ("string", "large_string") and not piece.null_count for piece in pieces)
        return pieces if is_text else None

    @cached_property
    def different(self) -> tuple[Sequence[str], NDArray[np.intp]]:
        """The different texts that its cells would be written as, and which of them stands in each row."""
        import pandas as pd

        cells = self._given
        if isinstance(cells, np.ndarray):
            if cells.dtype.kind in "iu" and (dense := _dense(cells)) is not None:
                return dense
            if cells.dtype == object and {*map(type, cells)} not in ({str}, {int}):
                raise LookCloserError
            if cells.dtype.kind == "f" and ((cells == 0) & np.signbit(cells)).any():  # equal to 0.0, and written -0.0
                raise LookCloserError
        codes, values = pd.factorize(cells)
        if codes.min(initial=0) < 0:
            raise LookCloserError
        texts = [str(value) for value in values.tolist()]
        _require_writable(texts)
        return texts, codes

    def labels(self, reader: LabelReader) -> NDArray[np.int64]:
        """Class indices, as the reader of a file gives them."""
        texts, codes = self.different
        known = reader.read(Cells(name="", texts=texts, lines=range(len(texts))))
        if known.min(initial=0) < 0:
            raise LookCloserError
        return known[codes]

    def numbers(self) -> FloatArray:
        """Finite float64."""
        numbers = self.cells.astype(np.float64) if self.cells.dtype != object else self._parsed()
        if not (np.abs(numbers) <= LARGEST).all():
            raise LookCloserError
        return numbers

    def _parsed(self) -> FloatArray:
        if not {*map(type, self.cells)} <= {str, int, float}:
            raise LookCloserError
        return np.fromiter(map(to_number, map(str, self.cells)), np.float64, len(self.cells))

    def flags(self) -> NDArray[np.int64]:
        """0 and 1."""
        numbers = self.numbers()
        if not ((numbers == 0) | (numbers == 1)).all():
            raise LookCloserError
        return numbers.astype(np.int64)

    def texts(self) -> NDArray[Any]:
        """As they would be written: a list as its names, what is missing as nothing."""
        written = np.empty(len(self.cells), dtype=object)
        for begin in range(0, len(written), _PIECE):
            texts = list(map(_written, self.cells[begin : begin + _PIECE].tolist()))
            _require_writable(texts)
            written[begin : begin + _PIECE] = texts
        return written

    def settled(self) -> NDArray[Any]:
        """Finite float64, and where one of them is no number all as text."""
        if self.cells.dtype != object:
            return self.numbers()
        texts, codes = self.different
        numbers = np.fromiter(map(to_number, texts), np.float64, len(texts))
        return numbers[codes] if np.isfinite(numbers).all() else np.array(texts, dtype=object)[codes]


class Ids:
    """The ids of a table: whole numbers as they are, others as words."""

    def __init__(self, column: Column) -> None:
        self._column = column

    def __len__(self) -> int:
        return len(self._column)

    def of(self, others: Ids) -> NDArray[np.intp] | None:
        """The row of `others` with each of these ids, None if both are in the same order.

        Raises
        ------
        LookCloserError
            If one is missing, or is there twice.
        """
        if len(self) != len(others):
            raise LookCloserError
        if self._column.are_whole and others._column.are_whole:
            return _rows_of_numbers(self._column.cells, others._column.cells)
        return _rows_of_names(self.names, others.names)

    @cached_property
    def names(self) -> Names:
        """As text."""
        if self._column.are_whole:
            return Names(self._column.cells.astype("U20"))
        pieces = self._column.arrow()
        return Names.of_pieces(
            [*map(_of_arrow, pieces)] if pieces else [*map(_of_objects, _pieces(self._column.cells))]
        )

    @property
    def n_bytes(self) -> int:
        """At most so many, written with a separator and between quotation marks."""
        return 21 * len(self) if self._column.are_whole else 8 * self.names.width * len(self) + 3 * len(self)


def _plain(series: pd.Series[Any]) -> Array | ExtensionArray:
    """The cells, if it is known how they would be written."""
    dtype = series.dtype
    if str(dtype) in ("str", "string"):
        texts: ExtensionArray = series.array
        return texts
    cells: Array = series.to_numpy()
    kind = cells.dtype.kind
    if isinstance(dtype, np.dtype):
        is_known = kind in "biuO" or (kind == "f" and cells.dtype.itemsize <= 8)
    elif dtype.name == "category":
        is_known = kind in "iuO"
    else:
        is_known = str(dtype) in _MASKED and kind in "iuf" and not series.hasnans
    if not is_known:
        raise LookCloserError
    if kind == "b":
        return cells.view(np.int8)
    return cells.astype(np.float64, copy=False) if kind == "f" else cells


def _dense(cells: Array) -> tuple[Sequence[str], NDArray[np.intp]] | None:
    lowest, highest = int(cells.min()), int(cells.max())
    if highest - lowest >= len(cells) or not -(2**62) < lowest <= highest < 2**62:
        return None
    codes = cells.astype(np.intp) - lowest
    is_there = np.bincount(codes, minlength=highest - lowest + 1) > 0
    if not is_there.all():
        codes = (np.cumsum(is_there) - 1)[codes]
    return [str(number) for number in (np.flatnonzero(is_there) + lowest).tolist()], codes


def _written(cell: Any) -> str:
    kind = type(cell)
    if kind is str:
        return str(cell)
    if cell is None or (kind is float and cell != cell):
        return ""
    if kind in (int, float):
        return str(cell)
    if kind in (list, tuple, np.ndarray):
        return " ".join(map(str, cell))
    raise LookCloserError


def _require_writable(texts: Sequence[str]) -> None:
    """Refuse what a file could not hold, or only over several lines."""
    if max(map(len, texts), default=0) > _MAX_CHARACTERS:
        raise LookCloserError
    joined = "".join(texts)
    if any(mark in joined for mark in "\0\r\n"):
        raise LookCloserError
    if not joined.isascii():
        try:
            joined.encode()
        except UnicodeEncodeError:
            raise LookCloserError from None


def _rows_of_numbers(ids: Array, others: Array) -> NDArray[np.intp] | None:
    n = len(ids)
    is_same = np.array_equal(ids, others)
    if is_same and (ids[1:] > ids[:-1]).all():
        return None
    lowest, highest = int(ids.min()), int(ids.max())
    if highest - lowest >= _DENSE * n or not -(2**62) < lowest <= highest < 2**62:
        return _rows_of_names(Names(ids.astype("U20")), Names(others.astype("U20")))
    if int(others.min()) != lowest or int(others.max()) != highest:
        raise LookCloserError
    row_of = np.full(highest - lowest + 1, -1, np.intp)
    row_of[others.astype(np.intp) - lowest] = np.arange(n)
    rows = row_of[ids.astype(np.intp) - lowest]
    _require_permutation(rows)
    return None if is_same else rows


def _rows_of_names(ids: Names, others: Names) -> NDArray[np.intp] | None:
    if not (ids.has_words and others.has_words) or ids.width != others.width:
        raise LookCloserError
    if np.array_equal(ids.words, others.words) and _are_rising(ids.words):
        return None
    rows = others.find(ids.words)
    _require_permutation(rows)
    return None if (rows[1:] > rows[:-1]).all() else rows


def _are_rising(words: Words) -> bool:
    """Whether each text comes after the one before it, so that none is there twice."""
    is_equal, is_greater = np.ones(words.shape[1] - 1, dtype=np.bool_), np.zeros(words.shape[1] - 1, dtype=np.bool_)
    for word in words:
        swapped = word.byteswap()  # the first byte of a word is its lowest
        is_greater |= is_equal & (swapped[1:] > swapped[:-1])
        is_equal &= swapped[1:] == swapped[:-1]
    return bool(is_greater.all())


def _require_permutation(rows: NDArray[np.intp]) -> None:
    """Refuse rows that are missing or there twice: then the ids of both tables differ, each from the others."""
    is_taken = np.zeros(len(rows), dtype=np.bool_)
    is_taken[rows[rows >= 0]] = True
    if not is_taken.all():
        raise LookCloserError


def _pieces(cells: Array) -> Iterator[list[str]]:
    for begin in range(0, len(cells), _PIECE):
        piece = cells[begin : begin + _PIECE].tolist()
        kinds = {*map(type, piece)}
        if not kinds <= {str, int}:
            raise LookCloserError
        yield piece if kinds == {str} else list(map(str, piece))


def _of_objects(texts: list[str]) -> Words:
    joined = "".join(texts)
    try:
        data = joined.encode()
        lengths = np.fromiter(map(len, texts if joined.isascii() else map(str.encode, texts)), np.int64, len(texts))
    except UnicodeEncodeError:
        raise LookCloserError from None
    return _words(np.frombuffer(data, np.uint8), lengths, lambda: texts)


def _of_arrow(piece: Any) -> Words:
    _, offsets, data = piece.buffers()
    kind = np.int64 if str(piece.type) == "large_string" else np.int32
    places = np.frombuffer(offsets, kind, len(piece) + 1, piece.offset * np.dtype(kind).itemsize).astype(np.int64)
    raw = np.frombuffer(data, np.uint8)[places[0] : places[-1]] if data is not None else np.empty(0, np.uint8)
    return _words(raw, np.diff(places), piece.to_pylist)


def _words(raw: NDArray[np.uint8], lengths: NDArray[np.int64], texts: Callable[[], list[str]]) -> Words:
    """Ids that stand one behind the other, if a file could hold them on one line each and none is blank."""
    if not lengths.all() or lengths.max(initial=0) > 8 * MAX_WIDTH or raw.min(initial=32) < 32:
        raise LookCloserError
    may_be_blank = raw.max(initial=0) > 127 or (raw == 32).any()
    if may_be_blank and not all(map(str.strip, texts())):
        raise LookCloserError
    ends = PAD + np.cumsum(lengths)
    padded = np.concatenate([np.zeros(PAD, np.uint8), raw, np.zeros(1, np.uint8)])
    words = Tokens(raw=padded, starts=ends - lengths, ends=ends).words(-(-int(lengths.max(initial=1)) // 8))
    assert words is not None, "it is as wide as the longest"
    return words
