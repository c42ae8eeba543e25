"""Eight digits at a time.

Digits are added up inside of words (D. Lemire, "Number parsing at a gigabyte per second", Software: Practice and
Experience 51, 2021).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ZEROS = np.uint64(0x3030303030303030)
"""The text ``00000000``."""

_ZERO = np.uint64(0x30)
_TO_HIGH, _HIGH = np.uint64(0x7676767676767676), np.uint64(0x8080808080808080)
_STEPS = tuple(
    (np.uint64(shift), np.uint64(factor), np.uint64(mask))
    for shift, factor, mask in (
        (8, 10, 0x00FF00FF00FF00FF),
        (16, 100, 0x0000FFFF0000FFFF),
        (32, 10_000, 0x00000000FFFFFFFF),
    )
)


def add_up(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The numbers of eight digits each, the first in the lowest byte, of which `ZEROS` were taken off; in place."""
    for shift, factor, mask in _STEPS:
        low = words >> shift
        words *= factor
        words += low
        words &= mask
    return words


def not_digits(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Not 0 where one of the eight bytes of a word, off which `ZEROS` were taken, is no digit."""
    return ((words + _TO_HIGH) | words) & _HIGH


def whole_numbers(words: NDArray[np.uint64], otherwise: int) -> NDArray[np.uint64]:
    """The numbers of texts, each padded with zeros to eight bytes.

    `otherwise` for a text that is none, or would be written in another way: ``007``, ``1.0``, nothing.
    """
    exponents = words.astype(np.float64).view(np.uint64) >> np.uint64(52)  # its upper bits tell the last byte in use
    unused = np.uint64(1080) - ((exponents + np.uint64(1)) & np.uint64(0xFFF8))
    digits = (words << unused) ^ ZEROS
    digits >>= unused
    digits <<= unused
    is_other = not_digits(digits) != 0
    numbers = add_up(digits)
    is_zero = words == _ZERO
    is_other |= (words.astype(np.uint8) == _ZERO.astype(np.uint8)) != is_zero
    is_other |= (numbers == 0) != is_zero
    numbers[is_other] = otherwise
    return numbers
