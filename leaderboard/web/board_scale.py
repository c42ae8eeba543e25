"""The scale on which the leaderboard draws all its intervals: from one round number to another."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kit.notation import Unit, number
from leaderboard.standings import Standing

_NEAR = 0.9  # of the rows: what the scale is made for
_ROOM = 0.25  # of the scale: how far beside it a baseline may lie to be on it
_MOST = 7  # spaces between marks
_LEAST = 1e-12
_ROUNDING = 1e-6  # of a step
_STEPS = (1.0, 2.0, 5.0, 10.0, 20.0)  # with 2.5, every other mark of a share would have a decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A scale from `lo` to `hi`, marked at each `step`; the number of steps between is whole."""

    lo: float
    hi: float
    step: float

    @property
    def n_steps(self) -> int:
        """How many spaces there are between its marks."""
        return round((self.hi - self.lo) / self.step)

    def on(self, value: float) -> float:
        """The place of `value` from 0 to 100; beyond an end, that end."""
        if not math.isfinite(value):
            return 0.0
        return round(min(100.0, max(0.0, 100 * (value - self.lo) / (self.hi - self.lo))), 1)

    def is_below(self, value: float) -> bool:
        """Whether `value` lies beyond its low end."""
        return value < self.lo - _ROUNDING * self.step

    def is_above(self, value: float) -> bool:
        """Whether `value` lies beyond its high end."""
        return value > self.hi + _ROUNDING * self.step

    def holds(self, value: float) -> bool:
        """Whether `value` lies on it."""
        return not self.is_below(value) and not self.is_above(value)

    def marks(self, unit: Unit) -> tuple[Mark, ...]:
        """What is written at it. Where there is little room, those that are not `is_round` can be left out."""
        values = [self.lo + place * self.step for place in range(self.n_steps + 1)]
        return tuple(
            Mark(at=self.on(value), words=number(value, unit, step=self.step), is_round=_is_even(value / self.step))
            for value in values
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A number at its place on a scale, from 0 to 100."""

    at: float
    words: str
    is_round: bool = True


def scale_of(rows: Sequence[Standing], baselines: Iterable[float]) -> Scale:
    """The scale for rows, best first, and near baselines; what is far behind squeezes no others."""
    finite = [row for row in rows if math.isfinite(row.interval_lo + row.interval_hi)]
    if not finite:
        return Scale(lo=0.0, hi=1.0, step=0.2)
    near = finite[: max(3, math.ceil(_NEAR * len(finite)))]
    lo, hi = min(s.interval_lo for s in near), max(s.interval_hi for s in near)
    room = _ROOM * (hi - lo)
    beside = [value for value in baselines if lo - room <= value <= hi + room]
    return rounded(min([lo, *beside]), max([hi, *beside]))


def rounded(lo: float, hi: float) -> Scale:
    """The narrowest scale between round numbers that holds `lo` and `hi`.

    Examples
    --------
    >>> rounded(0.692, 0.988)
    Scale(lo=0.65, hi=1.0, step=0.05)
    """
    if hi - lo <= max(_LEAST, 1e-9 * max(abs(lo), abs(hi))):  # one point, but for rounding
        room = 0.1 * abs(lo) or 0.5
        lo, hi = lo - room, hi + room
    power = 10.0 ** math.floor(math.log10((hi - lo) / _MOST))
    step = next(step * power for step in _STEPS if _n_steps(lo, hi, step * power) <= _MOST)
    first, last = _ends(lo, hi, step)
    return Scale(lo=_clean(first * step), hi=_clean(last * step), step=_clean(step))


def _ends(lo: float, hi: float, step: float) -> tuple[int, int]:
    return math.floor(lo / step + _ROUNDING), math.ceil(hi / step - _ROUNDING)


def _n_steps(lo: float, hi: float, step: float) -> int:
    first, last = _ends(lo, hi, step)
    return last - first


def _clean(value: float) -> float:
    return float(f"{value:.12g}")


def _is_even(place: float) -> bool:
    return round(place) % 2 == 0
