"""Images as text: two pixels a character, drawn with half blocks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kit.cli import screen

_GAP = 3
_WIDEST = 16  # columns of one image; larger ones are averaged down
_HALVES = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


def drawn_side_by_side(images: Sequence[NDArray[np.uint8]], names: Sequence[str], *, room: int) -> list[str]:
    """As many of `images` as fit into `room` columns, each with its name below.

    Parameters
    ----------
    images
        Each uint8 (channels, height, width).
    names
        One for each image.
    room
        Columns.
    """
    blocks = [half_blocks(image) for image in images]
    width = max((len(block[0]) for block in blocks), default=1) + _GAP
    fitting = max(1, room // width)
    height = max((len(block) for block in blocks), default=0)
    lines = [
        "".join(f"{block[i] if i < len(block) else '':<{width}}" for block in blocks[:fitting]) for i in range(height)
    ]
    lines.append("".join(f"{screen.fitted(name, width - 1):^{width - _GAP}}{'':<{_GAP}}" for name in names[:fitting]))
    return [f"   {line}".rstrip() for line in lines]


def half_blocks(image: NDArray[np.uint8]) -> list[str]:
    """One image, shape (channels, height, width), as lines of text: ink where it is brighter than half its range."""
    grey = _shrunk(image.astype(np.float64).mean(axis=0))
    ink = grey > (float(grey.min()) + float(grey.max())) / 2
    if len(ink) % 2:
        ink = np.vstack([ink, np.zeros((1, ink.shape[1]), dtype=bool)])
    return [
        "".join(_HALVES[bool(top), bool(bottom)] for top, bottom in zip(ink[i], ink[i + 1], strict=True))
        for i in range(0, len(ink), 2)
    ]


def _shrunk(grey: NDArray[np.float64]) -> NDArray[np.float64]:
    """Averaged over squares until it is at most `_WIDEST` columns wide."""
    step = -(-grey.shape[1] // _WIDEST)
    height, width = (n // step * step for n in grey.shape)
    squares = grey[:height, :width].reshape(height // step, step, width // step, step)
    return np.asarray(squares.mean(axis=(1, 3)))
