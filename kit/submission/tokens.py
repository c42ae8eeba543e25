"""Cells as places in the bytes of a file, and the numbers in them, without a Python object for each.

Eight bytes are loaded as one word; a number is its digits divided by a power of ten.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kit.submission.digits import ZEROS, add_up, not_digits
from kit.submission.names import Words

PAD = 32
"""Bytes that have to stand before the first cell: words are loaded backwards, from the end of a cell."""

MAX_CELL = 64
"""Bytes of the longest number that is looked at."""

_U = np.uint64
_MAX_FRACTION = 22  # 10**22 is the last power of ten that is exact in float64
_MAX_DIGITS = 18
_POWERS = 10.0 ** np.arange(_MAX_FRACTION + 1)
_WHOLE_POWERS = np.array([10**i for i in range(_MAX_DIGITS + 1)], np.uint64)
_UPPER_HALF = _U(0xFFFFFFFFF8000000)  # sign, exponent and 26 of the 53 bits
_HIGH_POWERS = (_POWERS.view(np.uint64) & _UPPER_HALF).view(np.float64)
_NUMBER_BYTES = np.isin(np.arange(256), np.frombuffer(b"0123456789+-.eE", np.uint8))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tokens:
    """Cells of one column in a piece of a file.

    Parameters
    ----------
    raw
        The piece, uint8, with at least `PAD` bytes before the first cell and one byte behind the last.
    starts, ends
        Where each begins, and the place behind its last byte.
    """

    raw: NDArray[np.uint8]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]

    def words(self, width: int) -> Words | None:
        """The cells as words, shape (width, n); None if one is longer than that."""
        lengths = self.ends - self.starts
        if lengths.max(initial=0) > 8 * width:
            return None
        loaded = _loads(self.raw)
        words = np.empty((width, len(lengths)), np.uint64)
        for place in range(width):
            inside = lengths - 8 * place if width == 1 else np.clip(lengths - 8 * place, 0, 8)
            ends = self.ends if width == 1 else np.minimum(self.starts + 8 * place + inside, self.ends)
            np.right_shift(loaded[ends - 8], ((8 - inside) << 3).view(np.uint64), out=words[place])
        return words

    def numbers(self) -> NDArray[np.float64] | None:
        """float64 of each cell, as `float` gives it; None if one of them is not a plain decimal number."""
        if not len(self.starts):
            return np.empty(0)
        minus = self.raw.take(self.starts) == ord("-")
        starts = self.starts + minus if minus.any() else self.starts
        points = self._points(starts)
        fractions = self.ends - points - 1
        np.maximum(fractions, 0, out=fractions)
        wholes = points - starts
        odd = (wholes > 8) | (fractions > _MAX_FRACTION) | (wholes + fractions < 1)
        digits = self._digits(points, wholes, fractions, odd)
        numbers = _divided(digits, np.minimum(fractions, _MAX_FRACTION), odd)
        if minus.any():
            numbers[minus] *= -1
        rows = np.flatnonzero(odd)
        if len(rows):
            read = self._read_one_by_one(rows)
            if read is None:
                return None
            numbers[rows] = read
        return numbers

    def _points(self, starts: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where the decimal point of each cell is, or its end where it has none."""
        points = np.minimum(starts + 1, self.ends)
        if (self.raw.take(points) == ord(".")).all():  # 0.25, as most probabilities are
            return points
        points = self.ends.copy()
        found = np.flatnonzero(self.raw == ord("."))
        rows = np.minimum(np.searchsorted(self.ends, found), len(points) - 1)
        inside = (found >= self.starts[rows]) & (found < self.ends[rows])
        points[rows[inside]] = found[inside]
        return points

    def _digits(
        self,
        points: NDArray[np.int64],
        wholes: NDArray[np.int64],
        fractions: NDArray[np.int64],
        odd: NDArray[np.bool_],
    ) -> NDArray[np.uint64]:
        """All digits of each cell as one whole number. Cells that are none, or have too many, are marked as `odd`."""
        longest = int(fractions.max())
        words = _last_words(self.raw, self.ends, min(-(-longest // 8), 3))
        digits = np.zeros(len(points), np.uint64)
        for place, word in zip((0, 8), words[:2], strict=False):
            part = _eight(word, np.clip(fractions - place, 0, 8), odd)
            digits += part if not place else part * _U(10**place)
        if longest > 16:
            rows = np.flatnonzero(fractions > 16)
            is_odd = odd[rows]
            part = _eight(words[2].take(rows), np.minimum(fractions.take(rows) - 16, 8), is_odd)
            odd[rows] = is_odd | (part >= 10 ** (_MAX_DIGITS - 16))
            digits[rows] += part * _U(10**16)
        if longest and (wholes == 1).all():
            part = (self.raw.take(points - 1) ^ np.uint8(ord("0"))).astype(np.uint64)
            odd |= part > 9
        else:
            part = _eight(_last_words(self.raw, points, 1)[0], np.minimum(wholes, 8), odd)
        if part.any():
            odd |= part.astype(np.float64) * _POWERS.take(np.minimum(fractions, _MAX_FRACTION)) >= 10.0**_MAX_DIGITS / 2
            digits += part * _WHOLE_POWERS.take(np.minimum(fractions, _MAX_DIGITS))
        return digits

    def _read_one_by_one(self, rows: NDArray[np.int64]) -> NDArray[np.float64] | None:
        """The numbers of a few cells by the parser of Python itself, which NumPy calls."""
        starts, lengths = self.starts[rows], self.ends[rows] - self.starts[rows]
        if lengths.min() < 1 or lengths.max() > MAX_CELL:
            return None
        places = np.arange(lengths.max())
        is_inside = places < lengths[:, None]
        cells = self.raw.take(np.where(is_inside, starts[:, None] + places, 0))
        if not (_NUMBER_BYTES.take(cells) | ~is_inside).all():  # 1_000 and nan are numbers to Python
            return None
        cells[~is_inside] = 0
        try:
            with np.errstate(over="ignore"):  # what is too large is infinite, and refused as such
                return np.ascontiguousarray(cells).view(f"S{cells.shape[1]}").ravel().astype(np.float64)
        except ValueError:
            return None


def _loads(raw: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """The eight bytes from each place on as a word whose lowest byte comes first: a view, not a copy."""
    return np.ndarray((len(raw) - 7,), dtype="<u8", buffer=raw.data, strides=(1,))


def _last_words(raw: NDArray[np.uint8], ends: NDArray[np.int64], n_words: int) -> Words:
    """The words before each place, the last first, shape (n_words, n): copied at once, which costs as much as one."""
    size = 8 * n_words
    if not size:
        return np.empty((0, len(ends)), np.uint64)
    spans = np.ndarray((len(raw) - size + 1,), dtype=f"V{size}", buffer=raw.data, strides=(1,))[ends - size]
    return np.asarray(spans.view("<u8").reshape(len(ends), n_words).T[::-1], dtype=np.uint64, order="C")


def _eight(word: NDArray[np.uint64], lengths: NDArray[np.int64], odd: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """The number of at most eight digits at the end of each word; what holds something else is marked as `odd`."""
    word = word ^ ZEROS
    if lengths.min(initial=8) < 8:
        unused = ((8 - lengths) << 3).view(np.uint64)
        word >>= unused
        word <<= unused
    if (bad := not_digits(word)).any():
        odd |= bad != 0
    return add_up(word)


def _divided(digits: NDArray[np.uint64], places: NDArray[np.int64], odd: NDArray[np.bool_]) -> NDArray[np.float64]:
    """``digits / 10**places``, rounded once; those whose rounding is not certain are marked as `odd`.

    Up to 2**53 both sides are exact, so that the division is what rounds.
    """
    upper = digits.astype(np.float64)
    numbers = upper / _POWERS.take(places)
    rows = np.flatnonzero(digits > 2**53)
    if len(rows):
        numbers[rows], is_odd = _divided_exactly(digits.take(rows), places.take(rows))
        odd[rows] |= is_odd
    return numbers


def _divided_exactly(
    digits: NDArray[np.uint64], places: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Of digits beyond 2**53: ``digits / 10**places``, and where its rounding is not certain.

    The remainder of a first quotient is taken exactly (T. J. Dekker, "A floating-point technique for extending the
    available precision", Numerische Mathematik 18, 1971), divided in turn and added. The sum is certain if it stays the
    same for a remainder that is a little larger and one that is a little smaller (A. Ziv, ACM Transactions on
    Mathematical Software 17, 1991).
    """
    power, upper = _POWERS.take(places), digits.astype(np.float64)
    lower = (digits - upper.astype(np.uint64)).view(np.int64).astype(np.float64)
    quotient = upper / power
    product = quotient * power
    high_q, high_p = (quotient.view(np.uint64) & _UPPER_HALF).view(np.float64), _HIGH_POWERS.take(places)
    low_q, low_p = quotient - high_q, power - high_p
    error = ((high_q * high_p - product) + high_q * low_p + low_q * high_p) + low_q * low_p
    rest = (upper - product - error + lower) / power
    slack = quotient * 2.0**-98
    number = quotient + (rest + slack)
    return number, number != quotient + (rest - slack)
