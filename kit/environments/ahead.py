"""Random numbers of many episodes, drawn ahead: a call for each episode would take longer than its steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from kit.environments.base import Array, Flags

Draw: TypeAlias = Callable[[np.random.Generator, int], Array]


class Ahead:
    """What the generator of each row gives next; gymnasium's own generator of the same seed gives the same.

    Parameters
    ----------
    draw
        Draws as many numbers, or rows of numbers, as asked for, of float64: the first axis counts them.
    n
        How many are drawn together.
    """

    def __init__(self, draw: Draw, n: int) -> None:
        self._draw, self._n = draw, n
        self._random: list[np.random.Generator] = []
        self._drawn: Array = np.empty(0)
        self._places = np.empty(0, dtype=np.int64)  # where a row's numbers are: rows that are dropped leave theirs
        self._used = np.empty(0, dtype=np.int64)  # of each place

    def begin(self, seeds: Sequence[int]) -> None:
        """A row for each seed."""
        self._random = [np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed))) for seed in seeds]
        drawn = [self._draw(one, self._n) for one in self._random]
        self._drawn = np.stack(drawn) if drawn else np.empty((0, self._n))
        self._places, self._used = np.arange(len(seeds)), np.zeros(len(seeds), dtype=np.int64)

    def next(self, rows: Flags | None = None) -> Array:
        """The next of each row, or of those that are True."""
        places = self._places if rows is None else self._places[rows]
        used = self._used[places]
        if used.size and used.max() == self._n:
            for place in places[used == self._n]:
                self._drawn[place], self._used[place] = self._draw(self._random[place], self._n), 0
            used = self._used[places]
        self._used[places] = used + 1
        taken: Array = self._drawn[places, used]
        return taken

    def keep(self, rows: Flags) -> None:
        """Drop the rows that are False."""
        self._places = self._places[rows]
