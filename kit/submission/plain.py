"""The quick way through a CSV that is plain and right; whatever is not is left to the one that can say why.

Nothing is decided here that `kit.submission.reader` would decide otherwise: what this accepts, that accepts too, with
the same answers and the same notes (a property test compares them), and a refusal says nothing but "look closer".
"""

from __future__ import annotations

import codecs
import csv
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kit.submission.cells import (
    LARGEST,
    FigureReader,
    FlagReader,
    LabelReader,
    Reader,
    TextReader,
    labels_note,
    whole_classes,
)
from kit.submission.names import MAX_WIDTH, Names, Words
from kit.submission.text import MAX_CELL_BYTES
from kit.submission.tokens import PAD, Tokens

_PIECE = 2**19  # bytes that a thread works on at a time: what comes of them stays in the cache of a core
_MAX_HEADER = 2**16
_THREADS = min(8, os.cpu_count() or 1)
_COMMA, _QUOTE, _NEWLINE, _RETURN = b',"\n\r'
_MARK = b"\xef\xbb\xbf"


class _LookCloserError(Exception):
    """The file is not plain, or not right."""


@dataclass(slots=True, kw_only=True, eq=False)
class Columns:
    """What a file holds, in the order of the ids.

    Parameters
    ----------
    arrays
        Name of an asked column -> its cells, as its reader gives them.
    notes
        What was accepted though it is not quite the form.
    """

    arrays: dict[str, NDArray[Any]]
    notes: list[str] = field(default_factory=list)


def read_plain(data: bytes, id_column: str, ids: Names, readers: Mapping[str, Reader]) -> Columns | None:
    """The asked columns of a plain CSV with exactly the asked ids; None if there is anything to say about it.

    Plain is UTF-8 with commas, a header of the asked columns in any order, one row a line, and cells that are quoted
    wholly or not at all, with nothing in them that would need it. Rows may be in any order.

    Parameters
    ----------
    data
        The file.
    id_column, ids
        The column that tells the rows, and what has to be in it.
    readers
        Each other column, and what reads its cells where this can't; readers themselves stay as they are.
    """
    try:
        return _read(data, id_column, ids, readers)
    except _LookCloserError:
        return None


def read_texts(data: bytes) -> dict[str, Names] | None:
    """All columns of a plain CSV, whatever they are called, as text; None where it is not plain, or has long cells."""
    try:
        return _read_texts(data)
    except _LookCloserError:
        return None


def _read_texts(data: bytes) -> dict[str, Names]:
    first, header, has_returns = _header(data)
    last = _end_of_rows(data)
    if len({*header}) < len(header) or not _is_utf8(data):
        raise _LookCloserError
    has_quotes = _has_quotes(data, first, has_returns=has_returns)
    sheet = _Sheet(header, "", Names(()), {}, has_returns=has_returns, has_quotes=has_quotes)
    pieces = [_Piece(data, a, b) for a, b in pairwise(_cuts(data, first, last))]
    if not pieces:
        raise _LookCloserError
    with ThreadPoolExecutor(min(_THREADS, len(pieces))) as pool:
        words = list(pool.map(sheet.words, pieces))
    return {name: Names.of_pieces([piece[name] for piece in words]) for name in header}


def _is_utf8(data: bytes) -> bool:
    if data.isascii():
        return True
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for begin in range(0, len(data), _PIECE):
            decoder.decode(data[begin : begin + _PIECE], begin + _PIECE >= len(data))
    except UnicodeDecodeError:
        return False
    return True


def _read(data: bytes, id_column: str, ids: Names, readers: Mapping[str, Reader]) -> Columns:
    if not ids.has_words or not len(ids):
        raise _LookCloserError
    first, header, has_returns = _header(data)
    if sorted(header) != sorted((id_column, *readers)):
        raise _LookCloserError
    last = _end_of_rows(data)
    has_quotes = _has_quotes(data, first, has_returns=has_returns)
    sheet = _Sheet(header, id_column, ids, readers, has_returns=has_returns, has_quotes=has_quotes)
    cuts = _cuts(data, first, last)
    pieces = [_Piece(data, a, b) for a, b in pairwise(cuts)]
    with ThreadPoolExecutor(min(_THREADS, len(pieces) or 1)) as pool:
        counts = list(pool.map(sheet.count, pieces))
        offsets = np.cumsum([0, *counts])
        if offsets[-1] != len(ids):
            raise _LookCloserError
        list(pool.map(sheet.take, pieces, offsets.tolist(), counts))
    notes = ["lines end as on Windows (CRLF)"] if has_returns else []
    if data.startswith(_MARK):
        notes.append("it starts with a byte order mark (BOM), which was skipped")
    if header != (id_column, *readers):
        notes.append("columns are in another order")
    return sheet.columns(notes)


def _header(data: bytes) -> tuple[int, tuple[str, ...], bool]:
    """Where the rows begin, the names of the columns, and whether lines end with CRLF."""
    begin = len(_MARK) if data.startswith(_MARK) else 0
    end = data.find(b"\n", begin, begin + _MAX_HEADER)
    if end < 0:
        raise _LookCloserError
    line = data[begin:end]
    try:
        (cells,) = csv.reader([line.removesuffix(b"\r").decode()], strict=True)
    except (UnicodeDecodeError, ValueError, csv.Error):
        raise _LookCloserError from None
    return end + 1, tuple(cells), line.endswith(b"\r")


def _has_quotes(data: bytes, first: int, *, has_returns: bool) -> bool:
    """Whether there are any in the rows. What no plain file has is refused: to ask for a byte costs next to nothing."""
    if b"\0" in data or (b"\r" in data and not has_returns):
        raise _LookCloserError
    return data.find(_QUOTE, first) >= 0


def _end_of_rows(data: bytes) -> int:
    """Behind the last row, without its line end: a few blank lines may follow."""
    end = len(data)
    while end and len(data) - end < PAD and data[end - 1] in b"\r\n":
        end -= 1
    return end


def _cuts(data: bytes, first: int, last: int) -> list[int]:
    cuts = [first]
    while cuts[-1] < last:
        newline = data.find(b"\n", min(cuts[-1] + _PIECE, last), min(cuts[-1] + 3 * _PIECE, last))
        if newline < 0 and last - cuts[-1] > 3 * _PIECE:  # a line of more than a mebibyte
            raise _LookCloserError
        cuts.append(newline + 1 if newline >= 0 else last)
    return cuts


class _Piece:
    """Whole lines of a file, the last with its newline, and `PAD` bytes before them."""

    def __init__(self, data: bytes, first: int, last: int) -> None:
        self._data, self._first, self._last = data, first, last

    def raw(self) -> NDArray[np.uint8]:
        if self._first >= PAD and self._data[self._last - 1] == _NEWLINE:
            return np.frombuffer(self._data, np.uint8, self._last - self._first + PAD, self._first - PAD)
        rows = self._data[self._first : self._last].rstrip(b"\r\n")
        ends_with = b"\r\n" if self._data[self._last : self._last + 1] == b"\r" else b"\n"
        return np.frombuffer(b"\0" * PAD + rows + ends_with, np.uint8)


class _Sheet:
    """The asked columns while the pieces of a file are read into them, by several threads."""

    def __init__(
        self,
        header: Sequence[str],
        id_column: str,
        ids: Names,
        readers: Mapping[str, Reader],
        *,
        has_returns: bool,
        has_quotes: bool,
    ) -> None:
        self._header, self._id_column, self._ids, self._readers = header, id_column, ids, readers
        self._has_returns, self._has_quotes = has_returns, has_quotes
        self._arrays = {name: np.empty(len(ids), _dtype(reader)) for name, reader in readers.items()}
        self._spellings = {
            name: _Spellings(reader.classes) for name, reader in readers.items() if isinstance(reader, LabelReader)
        }
        self._is_taken = np.zeros(len(ids), np.bool_)
        self._in_order = True

    def count(self, piece: _Piece) -> int:
        """Rows of a piece."""
        return int(np.count_nonzero(piece.raw()[PAD:] == _NEWLINE))

    def words(self, piece: _Piece) -> dict[str, Words]:
        """The cells of a piece, each as text."""
        words = {}
        for name, cells in self._tokens(piece.raw(), self.count(piece)).items():
            longest = int((cells.ends - cells.starts).max(initial=1))
            found = cells.words(-(-max(longest, 1) // 8)) if longest <= 8 * MAX_WIDTH else None
            if found is None:
                raise _LookCloserError
            words[name] = found
        return words

    def take(self, piece: _Piece, offset: int, n_rows: int) -> None:
        """Write the cells of a piece, whose first row is the `offset`-th of the file, to where they belong."""
        raw = piece.raw()
        tokens = self._tokens(raw, n_rows)
        places = self._places(tokens[self._id_column], offset)
        self._is_taken[places] = True
        for name, reader in self._readers.items():
            self._arrays[name][places] = self._cells(name, reader, tokens[name])

    def columns(self, notes: list[str]) -> Columns:
        if not self._is_taken.all():
            raise _LookCloserError
        if not self._in_order:
            notes.append("rows are in another order")
        notes += [labels_note(min(s.rewritten)) for s in self._spellings.values() if s.rewritten]
        return Columns(arrays=self._arrays, notes=notes)

    def _tokens(self, raw: NDArray[np.uint8], n_rows: int) -> dict[str, Tokens]:
        width = len(self._header)
        rows = raw[PAD:]
        breaks = np.flatnonzero((rows == _COMMA) | (rows == _NEWLINE))
        if len(breaks) != n_rows * width:
            raise _LookCloserError
        breaks += PAD
        grid = np.ascontiguousarray(breaks.reshape(n_rows, width).T)
        if not (raw.take(grid[-1]) == _NEWLINE).all():  # there are no more of them, so all others are commas
            raise _LookCloserError
        starts = np.empty_like(grid)
        starts[1:] = grid[:-1] + 1
        starts[0, 0], starts[0, 1:] = PAD, grid[-1, :-1] + 1
        if self._has_returns:
            grid[-1] -= 1
            if np.count_nonzero(rows == _RETURN) != n_rows or not (raw.take(grid[-1]) == _RETURN).all():
                raise _LookCloserError
        if self._has_quotes and (n_quotes := int(np.count_nonzero(rows == _QUOTE))):
            _unquote(raw, starts, grid, n_quotes)
        return {name: Tokens(raw=raw, starts=starts[i], ends=grid[i]) for i, name in enumerate(self._header)}

    def _places(self, cells: Tokens, offset: int) -> slice | NDArray[np.int64]:
        words = cells.words(self._ids.width)
        if words is None:
            raise _LookCloserError
        same = slice(offset, offset + words.shape[1])
        expected = self._ids.words[:, same]
        if words.shape == expected.shape and (words == expected).all():
            return same
        self._in_order = False
        places = self._ids.find(words)
        if (places < 0).any():
            raise _LookCloserError
        return places

    def _cells(self, name: str, reader: Reader, cells: Tokens) -> NDArray[Any]:
        if isinstance(reader, TextReader):
            return _texts(cells)
        if isinstance(reader, LabelReader):
            return self._spellings[name].codes_of(cells)
        numbers = cells.numbers()
        if numbers is None or not (np.abs(numbers) <= LARGEST).all():
            raise _LookCloserError
        if isinstance(reader, FigureReader):
            return _texts(cells)
        if not isinstance(reader, FlagReader):
            return numbers
        if not ((numbers == 0) | (numbers == 1)).all():
            raise _LookCloserError
        return numbers.astype(np.int64)


class _Spellings:
    """How classes may be written: by their names, and whole numbers as ``3.0`` too."""

    def __init__(self, classes: Sequence[str]) -> None:
        names = [name.strip() for name in classes]
        if len(set(names)) < len(names):
            raise _LookCloserError
        more = [f"{name}.0" for name in names] if whole_classes(names) else []
        self._names, self._n_classes = Names([*names, *more]), len(names)
        self.rewritten: set[str] = set()

    def codes_of(self, cells: Tokens) -> NDArray[np.int64]:
        words = cells.words(self._names.width) if self._names.has_words else None
        if words is None:
            raise _LookCloserError
        places = self._names.find(words)
        if places.min(initial=0) < 0:
            raise _LookCloserError
        if places.max(initial=0) < self._n_classes:
            return places
        others = np.unique(places[places >= self._n_classes]).tolist()
        self.rewritten |= {self._names[place] for place in others}
        return places % self._n_classes


def _dtype(reader: Reader) -> type[Any]:
    if isinstance(reader, TextReader | FigureReader):
        return object
    return np.int64 if isinstance(reader, LabelReader | FlagReader) else np.float64


def _unquote(raw: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64], n_quotes: int) -> None:
    """Leave the quotation marks around cells out, if there are no others.

    A cell that holds a separator looks like two, of which one has a mark at one side only, so it is found out.
    """
    opened, closed = raw.take(starts) == _QUOTE, raw.take(ends - 1) == _QUOTE
    if not ((opened == closed).all() and n_quotes == 2 * np.count_nonzero(opened) and (ends - starts > opened).all()):
        raise _LookCloserError
    starts += opened
    ends -= opened


def _texts(cells: Tokens) -> NDArray[Any]:
    if (cells.ends - cells.starts).max(initial=0) > MAX_CELL_BYTES:
        raise _LookCloserError
    raw = cells.raw.tobytes()
    texts = np.empty(len(cells.starts), object)
    try:
        texts[:] = [raw[a:b].decode() for a, b in zip(cells.starts.tolist(), cells.ends.tolist(), strict=True)]
    except UnicodeDecodeError:
        raise _LookCloserError from None
    return texts
