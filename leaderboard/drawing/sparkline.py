"""A curve as large as a word."""

from __future__ import annotations

from collections.abc import Sequence

from leaderboard.drawing.scale import Axis, Scale
from leaderboard.drawing.svg import mark, path, svg

_WIDTH, _HEIGHT = 90, 22


def sparkline(title: str, values: Sequence[float], *, is_log: bool = False) -> str:
    """The course of `values`, the last one marked, as SVG; its numbers have to be told elsewhere."""
    axis = Axis(name="", is_log=is_log)
    known = [(float(place), value) for place, value in enumerate(values) if axis.can_place(value)]
    if not known:
        return svg(_HEIGHT, title, [], width=_WIDTH, kind="spark")
    across = Scale.of(Axis(name=""), [place for place, _ in known], 2, _WIDTH - 4)
    up = Scale.of(axis, [value for _, value in known], _HEIGHT - 3, 3)
    points = [(across.at(place), up.at(value)) for place, value in known]
    curve = [path(points, kind="line s0")] if len(points) > 1 else []
    return svg(_HEIGHT, title, [*curve, mark(*points[-1], 0)], width=_WIDTH, kind="spark")
