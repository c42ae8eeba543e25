"""A chart in characters, which a terminal without UTF-8 can show, too (`kit.cli.screen` replaces the glyphs)."""

from __future__ import annotations

from collections.abc import Sequence

from leaderboard.drawing.scale import Axis, Scale

_POINT, _SPAN, _LOST = "●", "│", "x"


def text_chart(
    points: Sequence[tuple[float, float]],
    *,
    x: Axis,
    y: Axis,
    width: int,
    height: int = 10,
    intervals: Sequence[tuple[float, float]] = (),
) -> list[str]:
    """Points, with their intervals where there are some, as lines.

    Parameters
    ----------
    points
        (x, y). A y without a place on its axis (not a number, infinite) is an ``x`` on the first line.
    x, y
        What the directions mean.
    width, height
        Columns altogether, and lines of the chart itself.
    intervals
        (lo, hi) of each point.
    """
    ends = [end for interval in intervals for end in interval]
    values = [*(value for _, value in points), *ends]
    up = Scale.of(y, values, height - 1, 0)
    marks = {round(up.at(value)): words for value, words in up.ticks(room=1.5)}
    left = max([*map(len, marks.values()), 1])
    # Half of the longest mark of the x axis stands to the right of its place.
    widest = max((len(x.written(value)) for value, _ in points), default=1)
    across = Scale.of(x, [place for place, _ in points], widest // 2, width - left - 4 - widest // 2)
    rows = [[" "] * (width - left - 3) for _ in range(height)]
    for (place, _), (lo, hi) in zip(points, intervals, strict=False):
        if y.can_place(lo) and y.can_place(hi):
            for row in range(round(up.at(hi)), round(up.at(lo)) + 1):
                rows[row][round(across.at(place))] = _SPAN
    for place, value in points:
        lies = round(up.at(value)) if y.can_place(value) else 0
        rows[lies][round(across.at(place))] = _POINT if y.can_place(value) else _LOST
    lines = [f"  {y.name}"] if y.name else []
    lines += [f"  {marks.get(i, ''):>{left}} {_SPAN}{''.join(row)}".rstrip() for i, row in enumerate(rows)]
    return [*lines, *_foot(across, left, width)]


def _foot(across: Scale, left: int, width: int) -> list[str]:
    longest = max((len(words) for _, words in across.ticks(room=0)), default=1)
    ticks = across.ticks(room=longest + 2)
    numbers = [" "] * width
    for value, words in ticks:
        start = left + 4 + round(across.at(value)) - len(words) // 2
        for place, letter in enumerate(words):
            if 0 <= start + place < width:
                numbers[start + place] = letter
    name = f"   {across.axis.name}" if across.axis.name else ""
    line = f"  {'':>{left}} └{'-' * (width - left - 4)}"
    return [line, "".join(numbers).rstrip(), f"  {'':>{left}}  {name.strip()}".rstrip()]
