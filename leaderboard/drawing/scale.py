"""From values to places on paper: linear or logarithmic, and where the axis is marked."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)  # what people count in
_MOST = 1e100  # its square is still a number
_MARGIN = 0.05  # of the range, so that no point lies on the frame


def plainly(value: float) -> str:
    """A number with at most four digits: ``0.001``, ``256``, ``1.5e-05``."""
    return f"{value:.4g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """What one direction of a chart means.

    Parameters
    ----------
    name
        Written beside it.
    is_log
        Equal factors are equally long. Values that are not above 0 have no place then.
    written
        How a value is written.
    ticks
        Which values are marked; empty: round ones.
    low, high
        Where it begins and ends; None: where the values do.
    """

    name: str
    is_log: bool = False
    written: Callable[[float], str] = plainly
    ticks: tuple[float, ...] = ()
    low: float | None = None
    high: float | None = None

    def can_place(self, value: float) -> bool:
        """Whether `value` has a place on it; what is beyond all measure, as a loss that has diverged, has none."""
        return abs(value) <= _MOST and (value >= 1 / _MOST or not self.is_log)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """An axis on paper: `low` lies at `start`, `high` at `end`."""

    axis: Axis
    low: float
    high: float
    start: float
    end: float

    @classmethod
    def of(cls, axis: Axis, values: Iterable[float], start: float, end: float) -> Scale:
        """The scale that `values` fit on, those that have a place."""
        known = [value for value in (*values, *axis.ticks) if axis.can_place(value)] or [1.0]
        low, high = (math.log(end) if axis.is_log else end for end in (min(known), max(known)))
        margin = _MARGIN * (high - low) or (0.5 if axis.is_log else abs(high) / 2 or 0.5)
        ends = [low - margin, high + margin]
        if axis.is_log:
            ends = [math.exp(end) for end in ends]
        low = ends[0] if axis.low is None else axis.low
        high = ends[1] if axis.high is None else axis.high
        return cls(axis=axis, low=low, high=max(high, math.nextafter(low, math.inf)), start=start, end=end)

    def at(self, value: float) -> float:
        """The place of `value`; beyond an end, that end."""
        share = (self._place(value) - self._place(self.low)) / (self._place(self.high) - self._place(self.low))
        return self.start + min(max(share, 0.0), 1.0) * (self.end - self.start)

    def ticks(self, *, room: float) -> list[tuple[float, str]]:
        """The marked values and how they are written, each with `room` to itself."""
        kept: list[tuple[float, str]] = []
        for value in self.axis.ticks or self._round():
            if not kept or abs(self.at(value) - self.at(kept[-1][0])) >= room:
                kept.append((value, self.axis.written(value)))
        return kept

    def _place(self, value: float) -> float:
        return math.log(value) if self.axis.is_log else value

    def _round(self) -> Sequence[float]:
        if self.axis.is_log:
            first, last = math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9)
            powers = [10.0**power for power in range(first, last + 1)]
            return powers if len(powers) > 1 else [self.low, self.high]
        return round_values(self.low, self.high)


def round_values(low: float, high: float, most: int = 5) -> list[float]:
    """At most about `most` round values between two others.

    Examples
    --------
    >>> round_values(0.03, 1.0)
    [0.2, 0.4, 0.6, 0.8, 1.0]
    """
    rough = (high - low) / most
    if not rough > 0 or not math.isfinite(rough):
        return [low]
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(step * power for step in _STEPS if step * power >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{place * step:.12g}") for place in range(first, last + 1)]
