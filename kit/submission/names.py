"""Texts without a Python object for each: ten million row ids in 80 MB, and which of them a cell names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain, repeat
from typing import Any, TypeAlias, overload

import numpy as np
from numpy.typing import NDArray

from kit.submission.digits import whole_numbers

Words: TypeAlias = NDArray[np.uint64]
"""Texts as bytes of UTF-8, padded with zeros to a multiple of 8; shape (width, n): word by word, first one first."""

MAX_WIDTH = 16
"""In words: texts of more than 128 bytes are kept as they are, for the few competitions that have such ids."""

_MIX = np.uint64(0x9E3779B97F4A7C15)  # 2**64 over the golden ratio: D. E. Knuth, TAOCP volume 3, section 6.4
_PIECE = 2**16


class Names(Sequence[str]):
    """Different texts in a fixed order, found by their bytes.

    It is read like a tuple of `str`; each is made when it is asked for.

    Parameters
    ----------
    texts
        In their order; an array of `str` is taken as it is, without a Python object for each.
    """

    def __init__(self, texts: Iterable[str] | NDArray[np.str_]) -> None:
        if not isinstance(texts, np.ndarray):
            texts = tuple(texts)
        words = _to_words(texts)
        self.words: Words = np.zeros((0, len(texts)), np.uint64) if words is None else words
        self._texts: Sequence[str] | None = [str(text) for text in texts] if words is None else None

    @classmethod
    def of(cls, texts: Sequence[str]) -> Names:
        """The texts, as they are where they are `Names` already."""
        return texts if isinstance(texts, Names) else cls(texts)

    @classmethod
    def of_words(cls, words: Words) -> Names:
        """Those that are words already."""
        names = cls(())
        names.words = words
        return names

    @classmethod
    def of_pieces(cls, pieces: Sequence[Words]) -> Names:
        """Those that are words already, in pieces that may differ in width."""
        words = np.zeros((max(map(len, pieces), default=0), sum(piece.shape[1] for piece in pieces)), np.uint64)
        begin = 0
        for piece in pieces:
            words[: len(piece), begin : begin + piece.shape[1]] = piece
            begin += piece.shape[1]
        return cls.of_words(words)

    def take(self, rows: NDArray[np.intp]) -> Names:
        """Those at some places."""
        if self._texts is not None:
            return Names([self._texts[row] for row in rows.tolist()])
        return Names.of_words(self.words[:, rows])

    @property
    def has_words(self) -> bool:
        """Whether they can be found by their words; else they are too long, and are found by `at` alone."""
        return self._texts is None

    @property
    def width(self) -> int:
        """Words of the longest."""
        return len(self.words)

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[str, ...]: ...

    def __getitem__(self, place: int | slice) -> str | tuple[str, ...]:
        if isinstance(place, slice):
            return tuple(self[i] for i in range(*place.indices(len(self))))
        if self._texts is not None:
            return self._texts[place]
        return self.words[:, place].astype("<u8").tobytes().rstrip(b"\0").decode()

    def __len__(self) -> int:
        return int(self.words.shape[1])

    def __iter__(self) -> Iterator[str]:
        if self._texts is not None:
            return iter(self._texts)
        pieces = (self.words[:, a : a + _PIECE] for a in range(0, len(self), _PIECE))
        return chain.from_iterable(map(_to_texts, pieces))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, str):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"Names({[*self[:3]]}, {len(self)} in all)"

    def at(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Place of each text, -1 for one that is not among them."""
        if self._texts is not None:
            return np.fromiter(map(self._places.get, texts, repeat(-1)), np.int64, len(texts))
        room = 8 * self.width
        cells = [b"" if len(text) > room else text.encode("utf-8", "replace") for text in texts]
        cells = [b"" if len(cell) > room or b"\0" in cell else cell for cell in cells]
        found = self.find(_padded(np.array(cells, dtype=f"S{max(room, 1)}"), room)) if room else np.full(len(texts), -1)
        if not (empty := [row for row, cell in enumerate(cells) if not cell]):
            return found
        found[empty] = [-1 if texts[row] else self._empty for row in empty]
        return found

    def find(self, words: Words) -> NDArray[np.int64]:
        """Place of each text given by its words (as many as `width`), -1 for one that is not among them.

        Raises
        ------
        ValueError
            If `has_words` does not hold.
        """
        if not self.has_words:
            raise ValueError("these names have no words")
        if not len(self):
            return np.full(words.shape[1], -1)
        if self._by_byte is not None:
            return np.where(words[0] < 256, self._by_byte[(words[0] & np.uint64(255)).view(np.int64)], -1)
        if self._by_number is not None:
            last = len(self._by_number) - 1
            numbers = np.minimum(whole_numbers(words[0], last), np.uint64(last))
            return self._by_number.take(numbers.view(np.int64)).astype(np.int64)
        table, shift = self._table
        slots = _slots(words, shift)
        found = np.asarray(table.take(slots), dtype=np.int64)
        wrong = found >= 0
        wrong &= (self.words.take(found, axis=1) != words).any(axis=0)
        rows = np.flatnonzero(wrong)
        while len(rows):  # of those whose slot another text has: the next slot, until it fits or is free
            slots[rows] = (slots[rows] + 1) & (len(table) - 1)
            found[rows] = table.take(slots[rows])
            rows = rows[found[rows] >= 0]
            rows = rows[(self.words.take(found[rows], axis=1) != words.take(rows, axis=1)).any(axis=0)]
        return found

    @cached_property
    def _table(self) -> tuple[NDArray[np.int32], int]:
        """Hash table with open addressing and linear steps, at most half full: slot -> place, or -1."""
        bits = max(1, int(2 * len(self) - 1).bit_length())
        table = np.full(2**bits, -1, np.int32)
        slots = _slots(self.words, 64 - bits)
        rows = np.arange(len(self))
        while len(rows):
            free = rows[table.take(slots[rows]) < 0]
            table[slots[free]] = free  # of several that want it the last has it
            rows = rows[table.take(slots[rows]) != rows]
            slots[rows] = (slots[rows] + 1) & (len(table) - 1)
        return table, 64 - bits

    @cached_property
    def _by_byte(self) -> NDArray[np.int64] | None:
        """Where no text has more than one byte: byte -> place."""
        if self.width != 1 or not len(self) or self.words.max() > 255:
            return None
        places = np.full(256, -1, np.int64)
        places[self.words[0].view(np.int64)] = np.arange(len(self))
        return places

    @cached_property
    def _by_number(self) -> NDArray[np.int32] | None:
        """Where all texts are whole numbers that lie close together: number -> place, or -1, as its last is."""
        if self.width != 1 or not len(self):
            return None
        numbers = whole_numbers(self.words[0], 2**32)
        size = int(numbers.max()) + 2
        if size > 4 * len(self) + _PIECE:
            return None
        places = np.full(size, -1, np.int32)
        places[numbers.view(np.int64)] = np.arange(len(self))
        return places

    @cached_property
    def _places(self) -> dict[str, int]:
        return {text: place for place, text in enumerate(self)}

    @cached_property
    def _empty(self) -> int:
        empty = np.flatnonzero(~self.words.any(axis=0))
        return int(empty[0]) if len(empty) else -1


def _slots(words: Words, shift: int) -> NDArray[np.int64]:
    mixed = np.zeros(words.shape[1], np.uint64)
    for word in words:
        mixed ^= word
        mixed *= _MIX
        mixed ^= mixed >> np.uint64(32)
    mixed *= _MIX
    return np.asarray((mixed >> np.uint64(shift)).view(np.int64))


def _to_words(texts: Sequence[str] | NDArray[np.str_]) -> Words | None:
    """None where a text is too long, or holds a zero character: zeros at the end would not be told from padding."""
    if isinstance(texts, np.ndarray):
        longest = texts.dtype.itemsize // 4
        pieces = [texts[a : a + _PIECE] for a in range(0, len(texts), _PIECE)]
        encoded = [_encoded(piece) for piece in pieces] if longest <= 8 * MAX_WIDTH else [None]
    else:
        encoded = [_encoded_texts(texts[a : a + _PIECE]) for a in range(0, len(texts), _PIECE)]
    cells = [piece for piece in encoded if piece is not None]
    if len(cells) < len(encoded):
        return None
    width = max((-(-piece.dtype.itemsize // 8) for piece in cells), default=1)
    words = np.empty((width, len(texts)), np.uint64)
    for place, piece in enumerate(cells):
        words[:, place * _PIECE : place * _PIECE + len(piece)] = _padded(piece, 8 * width)
    return words


def _encoded(texts: NDArray[np.str_]) -> NDArray[np.bytes_] | None:
    letters = np.ascontiguousarray(texts).view(np.uint32).reshape(len(texts), -1)
    if letters.size and letters.max() < 128:
        longest = int(np.flatnonzero(letters.any(axis=0)).max(initial=0)) + 1
        return np.ascontiguousarray(letters[:, :longest].astype(np.uint8)).view(f"S{longest}").ravel()
    return _encoded_texts(texts.tolist())


def _encoded_texts(texts: Sequence[str]) -> NDArray[np.bytes_] | None:
    cells = [text.encode("utf-8", "surrogatepass") for text in texts]
    longest = max(map(len, cells), default=0)
    if longest > 8 * MAX_WIDTH or any(b"\0" in cell for cell in cells):
        return None
    return np.array(cells, dtype=f"S{max(1, longest)}")


def _padded(cells: NDArray[np.bytes_], n_bytes: int) -> Words:
    padded = np.ascontiguousarray(cells.astype(f"S{n_bytes}"))
    return np.asarray(padded.view("<u8").reshape(len(cells), n_bytes // 8).T, dtype=np.uint64)


def _to_texts(words: Words) -> list[str]:
    rows: Any = np.ascontiguousarray(words.T.astype("<u8")).view(f"S{8 * len(words)}").ravel()
    return [row.decode("utf-8", "surrogatepass") for row in rows.tolist()]
