"""Scores by the numbers of their submissions, tens of thousands of them, in few bytes and quick to send."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping

Told = tuple[float, float, float]
_N = 3


class Scores(Mapping[int, Told]):
    """Number of a submission -> its score and the ends of its interval; as a dict, at a tenth of the memory.

    They go from one process to another with every change of the standings, where unpacking a dict of twenty thousand
    tuples would hold up whoever waits for a page.

    Parameters
    ----------
    rows
        (number, (score, low end, high end)), the numbers ascending.
    """

    def __init__(self, rows: Iterable[tuple[int, Told]] = ()) -> None:
        self._numbers, self._values = array("q"), array("d")
        for number, values in rows:
            self._numbers.append(number)
            self._values.extend(values)

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[int]:
        return iter(self._numbers)

    def __getitem__(self, number: int) -> Told:
        place = bisect_left(self._numbers, number)
        if place == len(self._numbers) or self._numbers[place] != number:
            raise KeyError(number)
        value, lo, hi = self._values[_N * place : _N * place + _N]
        return value, lo, hi
