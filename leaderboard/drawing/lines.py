"""Lines over an axis: curves by epoch, a score against the size of a model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from leaderboard.drawing.scale import Axis, Scale
from leaderboard.drawing.svg import SERIES, WIDTH, Anchor, line, mark, path, svg, text

_LEFT, _RIGHT, _BOTTOM = 52, 10, 40
_LEGEND = 18  # of a line of it
_LETTER = 7.0  # about the width of one
_DOTS = 20  # more points than that are a line without marks


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Values of one sort.

    Parameters
    ----------
    name
        Stands in the legend and over a column of the table.
    points
        (x, y), x ascending. A y without a place on its axis (not a number, infinite) is drawn as a cross at the top.
    intervals
        (lo, hi) of each point; empty where there are none.
    told
        A point that is told apart, and what it is: ``((25, 0.17), "best")``; None where there is none.
    """

    name: str
    points: tuple[tuple[float, float], ...]
    intervals: tuple[tuple[float, float], ...] = ()
    told: tuple[tuple[float, float], str] | None = None


def line_chart(title: str, series: Sequence[Series], *, x: Axis, y: Axis, height: float = 210) -> str:
    """Some `series` over one another, as SVG."""
    legend, top = _legend(series)
    places = [place for one in series for place, _ in one.points]
    values = [value for one in series for value in (*(v for _, v in one.points), *_ends(one))]
    across = Scale.of(x, places, _LEFT, WIDTH - _RIGHT)
    up = Scale.of(y, values, height - _BOTTOM, top + 6)
    parts = [*_frame(across, up, height), *legend]
    for place, one in enumerate(series):
        parts += _drawn(one, place, across, up)
    return svg(height, title, parts)


def _ends(series: Series) -> list[float]:
    return [end for interval in series.intervals for end in interval]


def _legend(series: Sequence[Series]) -> tuple[list[str], float]:
    """The names with their marks, in as many lines as they need, and where the chart may begin."""
    parts, x, y = [], float(_LEFT), 12.0
    for place, one in enumerate(series):
        wide = 26 + _LETTER * len(one.name)
        if x > _LEFT and x + wide > WIDTH:
            x, y = float(_LEFT), y + _LEGEND
        parts += [mark(x + 5, y - 4, place), text(x + 14, y, one.name, kind="soft")]
        x += wide
    return parts, y + 4 if series else 0.0


def _frame(across: Scale, up: Scale, height: float) -> list[str]:
    bottom, parts = height - _BOTTOM, []
    for value, words in up.ticks(room=16):
        parts += [line(_LEFT, up.at(value), WIDTH - _RIGHT, up.at(value), kind="rule")]
        parts += [text(_LEFT - 6, up.at(value) + 4, words, kind="soft", anchor="end")]
    longest = max((len(words) for _, words in across.ticks(room=0)), default=1)
    for value, words in across.ticks(room=_LETTER * longest + 6):
        parts += [line(across.at(value), bottom, across.at(value), bottom + 4, kind="rule")]
        parts += [text(across.at(value), bottom + 16, words, kind="soft", anchor="middle")]
    name = f"{up.axis.name} by {across.axis.name}".strip()
    return [*parts, text((_LEFT + WIDTH - _RIGHT) / 2, height - 6, name, kind="soft", anchor="middle")]


def _drawn(series: Series, place: int, across: Scale, up: Scale) -> Iterable[str]:
    kind = f"s{place % SERIES}"
    points = [(px, py) for px, py in series.points if across.axis.can_place(px)]
    known = [(across.at(px), up.at(py)) for px, py in points if up.axis.can_place(py)]
    for (px, _), (lo, hi) in zip(series.points, series.intervals, strict=False):
        if across.axis.can_place(px) and up.axis.can_place(lo) and up.axis.can_place(hi):
            yield line(across.at(px), up.at(lo), across.at(px), up.at(hi), kind=f"span {kind}")
    if len(known) > 1:
        yield path(known, kind=f"line {kind}")
    if len(known) <= _DOTS:
        yield from (mark(px, py, place) for px, py in known)
    for px, py in points:
        if not up.axis.can_place(py):
            yield text(across.at(px), up.end + 4, "x", kind="lost", anchor="middle")
    if series.told is not None:
        (px, py), words = series.told
        if across.axis.can_place(px) and up.axis.can_place(py):
            yield line(across.at(px), up.start, across.at(px), up.end, kind="told")
            yield mark(across.at(px), up.at(py), place)
            yield text(across.at(px), up.end + 10, words, kind="soft over", anchor=_anchor(across, px))


def _anchor(across: Scale, value: float) -> Anchor:
    share = (across.at(value) - across.start) / (across.end - across.start)
    return "start" if share < 0.2 else "end" if share > 0.8 else "middle"
