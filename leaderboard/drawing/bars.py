"""One bar, or one interval, a line: things with names side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from leaderboard.drawing.scale import Axis, Scale
from leaderboard.drawing.svg import WIDTH, box, line, mark, svg, text

_RIGHT, _BOTTOM, _ROW = 12, 36, 24
_LETTER, _LONGEST = 7.0, 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A name and how much of something it has. What has no place on the axis is written as it is."""

    name: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A name and its value within an interval."""

    name: str
    lo: float
    value: float
    hi: float


def bar_chart(title: str, bars: Sequence[Bar], *, axis: Axis) -> str:
    """A bar for each of `bars`, in their order, as SVG; the value stands beside it."""
    left = _room([bar.name for bar in bars])
    values = [bar.value for bar in bars]
    written = [axis.written(value) for value in values]
    right = _RIGHT + _LETTER * max(map(len, written), default=0)
    across = Scale.of(axis, values if axis.is_log else (*values, 0.0), left, WIDTH - right)
    # A bar begins at 0 where the axis has one: its length is what is compared.
    start = left if axis.is_log or across.low > 0 else across.at(0.0)
    parts = []
    for place, (bar, words) in enumerate(zip(bars, written, strict=True)):
        y = _ROW * place + 4
        end = across.at(bar.value) if axis.can_place(bar.value) else start
        parts += [text(left - 6, y + 14, _short(bar.name), anchor="end")]
        parts += [box(min(start, end), y, abs(end - start), _ROW - 8, kind="bar s0")]
        parts += [text(max(start, end) + 5, y + 13, words, kind="soft")]
    height = _ROW * len(bars) + 24
    parts += [text((left + WIDTH) / 2, height - 6, axis.name, kind="soft", anchor="middle")]
    return svg(height, title, parts)


def interval_chart(title: str, spans: Sequence[Span], *, axis: Axis) -> str:
    """An interval for each of `spans`, in their order, as SVG."""
    left = _room([span.name for span in spans])
    ends = [end for span in spans for end in (span.lo, span.value, span.hi)]
    across = Scale.of(axis, ends, left, WIDTH - _RIGHT)
    bottom, parts = _ROW * len(spans) + 6, []
    longest = max((len(words) for _, words in across.ticks(room=0)), default=1)
    for value, words in across.ticks(room=_LETTER * longest + 8):
        parts += [line(across.at(value), 0, across.at(value), bottom, kind="rule")]
        parts += [text(across.at(value), bottom + 14, words, kind="soft", anchor="middle")]
    for place, span in enumerate(spans):
        y = _ROW * place + 14
        parts += [text(left - 6, y + 4, _short(span.name), anchor="end")]
        if axis.can_place(span.lo) and axis.can_place(span.hi):
            parts += [line(across.at(span.lo), y, across.at(span.hi), y, kind="span s0")]
        if axis.can_place(span.value):
            parts += [mark(across.at(span.value), y, 0)]
    height = bottom + _BOTTOM
    parts += [text((left + WIDTH) / 2, height - 6, axis.name, kind="soft", anchor="middle")]
    return svg(height, title, parts)


def _room(names: Sequence[str]) -> float:
    return 14 + _LETTER * max((min(len(name), _LONGEST) for name in names), default=0)


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
