"""How the class is getting on, as drawings: lines of the best scores, submissions by the hour, verdicts.

Each drawing has its numbers beside it, for who can't see it or wants to know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from markupsafe import Markup

from kit.notation import score
from leaderboard.chronicle import short
from leaderboard.drawing.bars import Bar, bar_chart
from leaderboard.drawing.scale import Axis, Scale
from leaderboard.drawing.svg import box, line, path, svg, text
from leaderboard.overview import HOUR_S, Point
from leaderboard.web.views import Measured
from leaderboard.web.words import host as words
from leaderboard.web.words import times

_WIDTH, _HEIGHT = 680.0, 260.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 52.0, 118.0, 12.0, 28.0
_LETTER = 7.0  # about the width of one
_MOST_HOURS = 48
_NEAR_PX = 14.0  # words closer than that would lie over each other
_DAY_S = 86400
# From the shortest: how far apart times are marked.
_STEPS_S = (600, 1800, HOUR_S, 3 * HOUR_S, 6 * HOUR_S, 12 * HOUR_S, _DAY_S, 2 * _DAY_S, 7 * _DAY_S, 28 * _DAY_S)
_TEAMS = Axis(name=words.TEAMS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A drawing, what it says in a sentence, and the table of its numbers."""

    svg: Markup
    said: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def progress(
    best: Mapping[str, Sequence[Point]],
    names: Mapping[str, str],
    baselines: Mapping[str, float],
    metric: Measured,
    *,
    zone: tzinfo | None,
    now: float,
) -> Drawn | None:
    """One thin line a team of its best public score over time, with the baselines dashed; None before any score."""
    teams = {handle: points for handle, points in best.items() if handle in names and points}
    if not teams:
        return None
    first = min(points[0].at for points in teams.values())
    scores = [point.score for points in teams.values() for point in points]
    across = _time(first, now)
    axis = Axis(name=metric.name, written=lambda value: score(value, metric.unit))
    near = _near(scores, baselines, greater_is_better=metric.greater_is_better)
    up = Scale.of(axis, [*scores, *near.values()], _HEIGHT - _BOTTOM, _TOP)
    parts = [*_values(up), *_times(across, zone)]
    parts += [path(_steps(points, across, up), kind="team") for points in teams.values()]
    parts += _dashed(near, up)
    title = words.progress(metric.name)
    sign = -1 if metric.greater_is_better else 1
    ordered = sorted(teams.items(), key=lambda one: sign * one[1][-1].score)
    rows = tuple(
        (names[handle], score(points[-1].score, metric.unit), short(points[-1].at, zone)) for handle, points in ordered
    )
    return Drawn(
        svg=Markup(svg(_HEIGHT, title, parts, width=_WIDTH, kind="chart")),  # noqa: S704 - every word in it is escaped
        said=_beaten(teams, baselines, metric),
        head=words.progress_head(metric.name),
        rows=rows,
    )


def _near(scores: Sequence[float], baselines: Mapping[str, float], *, greater_is_better: bool) -> dict[str, float]:
    """The baselines that are drawn: a constant far behind all teams would squeeze them into a corner."""
    sign = 1 if greater_is_better else -1
    worst = min(sign * value for value in [*scores, *(v for name, v in baselines.items() if name != "constant")])
    return {name: value for name, value in baselines.items() if name != "constant" or sign * value >= worst}


def _beaten(teams: Mapping[str, Sequence[Point]], baselines: Mapping[str, float], metric: Measured) -> str:
    """How many teams are better than each baseline."""
    sign = 1 if metric.greater_is_better else -1
    told = []
    for name, value in baselines.items():
        n = sum(sign * points[-1].score > sign * value for points in teams.values())
        told.append(words.better_than(n, name, score(value, metric.unit)))
    return words.beaten(len(teams), told) if told else ""


def _time(first: float, now: float) -> Scale:
    """From the first submission to now, and at least a few minutes."""
    low = min(first, now - _STEPS_S[0])
    return Scale(axis=Axis(name=""), low=low, high=now, start=_LEFT, end=_WIDTH - _RIGHT)


def _steps(points: Sequence[Point], across: Scale, up: Scale) -> list[tuple[float, float]]:
    """The corners of a line that stays where it is until the score is better, and goes on to the end."""
    corners: list[tuple[float, float]] = []
    for point in points:
        if corners:
            corners.append((across.at(point.at), corners[-1][1]))
        corners.append((across.at(point.at), up.at(point.score)))
    return [*corners, (across.end, corners[-1][1])]


def _values(up: Scale) -> list[str]:
    parts = []
    for value, written in up.ticks(room=18):
        parts += [line(_LEFT, up.at(value), _WIDTH - _RIGHT, up.at(value), kind="rule")]
        parts += [text(_LEFT - 6, up.at(value) + 4, written, kind="soft", anchor="end")]
    return parts


def _times(across: Scale, zone: tzinfo | None) -> list[str]:
    """Marks of the time below: the clock within two days, else the date."""
    span = across.high - across.low
    step = next((step for step in _STEPS_S if span / step <= 6), span / 6)
    parts, y = [], _HEIGHT - _BOTTOM
    for at in _round_times(across.low, across.high, step, zone):
        then = datetime.fromtimestamp(at, zone)
        written = times.weekday_clock(then) if step < _DAY_S else times.day_of_month(then)
        parts += [line(across.at(at), y, across.at(at), y + 4, kind="rule")]
        parts += [text(across.at(at), y + 18, written, kind="soft", anchor="middle")]
    return parts


def _round_times(low: float, high: float, step: float, zone: tzinfo | None) -> list[float]:
    """The multiples of `step` since midnight, on the clock of the course."""
    start = datetime.fromtimestamp(low, zone)
    midnight = start - timedelta(hours=start.hour, minutes=start.minute, seconds=start.second)
    at, found = midnight.timestamp(), []
    while at <= high:
        if at >= low:
            found.append(at)
        at += step
    return found


def _dashed(baselines: Mapping[str, float], up: Scale) -> list[str]:
    """A dashed line for each baseline, with its name at the end where that does not lie over another."""
    parts, last = [], float("inf")
    for name, value in sorted(baselines.items(), key=lambda one: up.at(one[1]), reverse=True):
        y = up.at(value)
        parts.append(line(_LEFT, y, _WIDTH - _RIGHT, y, kind="baseline"))
        at = min(y, last - _NEAR_PX)
        called = words.SAME_ANSWER if name == "constant" else name
        parts.append(text(_WIDTH - _RIGHT + 6, at + 4, _short(called), kind="soft"))
        last = at
    return parts


def _short(called: str) -> str:
    most = int((_RIGHT - 8) / _LETTER)
    return called if len(called) <= most else f"{called[: most - 1]}…"


def hours(counted: Mapping[int, int], *, zone: tzinfo | None, now: float) -> Drawn | None:
    """Submissions in each of the last hours as bars; None where there are none."""
    last = int(now // HOUR_S) * HOUR_S
    shown = {at: counted.get(at, 0) for at in range(last - (_MOST_HOURS - 1) * HOUR_S, last + HOUR_S, HOUR_S)}
    if not any(shown.values()):
        return None
    first = next(at for at, n in shown.items() if n)
    shown = {at: n for at, n in shown.items() if at >= min(first, last - 11 * HOUR_S)}
    height, bottom = 140.0, 112.0
    across = Scale(axis=Axis(name=""), low=min(shown), high=last + HOUR_S, start=_LEFT, end=_WIDTH - 12)
    most = max(shown.values())
    wide = (across.end - across.start) / len(shown)
    parts = [line(_LEFT, bottom, _WIDTH - 12, bottom, kind="rule")]
    parts += [text(_LEFT - 6, 18, str(most), kind="soft", anchor="end")]
    every = max(1, round(len(shown) / 8))
    for place, (at, n) in enumerate(shown.items()):
        high = (bottom - 14) * n / most
        parts.append(box(across.at(at) + 1, bottom - high, wide - 2, high, kind="bar"))
        if place % every == 0:
            written = times.weekday_hour(datetime.fromtimestamp(at, zone))
            parts.append(text(across.at(at) + wide / 2, bottom + 18, written, kind="soft", anchor="middle"))
    told = words.in_hours(sum(shown.values()), len(shown), shown[last])
    rows = tuple((short(at, zone), str(n)) for at, n in shown.items() if n)
    return Drawn(
        svg=Markup(svg(height, words.HOURS, parts, width=_WIDTH, kind="chart")),  # noqa: S704
        said=told,
        head=words.HOURS_HEAD,
        rows=rows,
    )


def verdicts(counted: Mapping[str, int]) -> Drawn | None:
    """How many teams' newest plugins were judged how, as bars; None where none was."""
    known = [(kind, n) for kind in words.VERDICT if (n := counted.get(kind))]
    if not known:
        return None
    drawn = bar_chart(words.VERDICTS, [Bar(name=words.VERDICT[kind], value=n) for kind, n in known], axis=_TEAMS)
    return Drawn(
        svg=Markup(drawn),  # noqa: S704
        said=words.judged(known),
        head=words.VERDICTS_HEAD,
        rows=tuple((words.VERDICT[kind], str(n)) for kind, n in known),
    )
