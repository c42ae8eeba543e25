"""The page of each study: one HTML file with its charts and their numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from math import isfinite, log, nan
from typing import TYPE_CHECKING

from kit.notation import interval, number, score
from kit.plugin.settings import typed
from leaderboard.drawing import (
    Axis,
    Bar,
    Series,
    Span,
    bar_chart,
    charts,
    figure,
    interval_chart,
    line_chart,
    page,
    section,
    table,
)
from leaderboard.drawing.svg import SERIES
from leaderboard.study.grid import shown
from leaderboard.training import best_epoch

if TYPE_CHECKING:
    from kit.job import Json
    from kit.notation import Unit
    from leaderboard.runs import LocalRun
    from leaderboard.study.rates import Rates
    from leaderboard.study.rows import Growth, Size
    from leaderboard.study.sweep import Swept, Tried

_OF_A_CURVE = ("epoch", "epochs", "loss", "valid_loss", "valid_accuracy")
_LOSSES = {"loss": "train loss", "valid_loss": "valid loss"}
_NUMBERED = re.compile(r"(?P<stem>.*\D)(?P<number>\d+)")
_MAX_FIGURES = 64
_FAR_APART = 100.0  # values that differ by more than that are drawn on an axis of equal factors


def sweep_page(swept: Swept, said: Sequence[str]) -> str:
    """The page of a sweep. `said` are the sentences that the terminal shows under its table."""
    parts = [f"<p>{_escaped(sentence)}</p>" for sentence in said]
    parts += [section("Score", [charts(_scores(swept))], said=_of_intervals(swept.seeds))]
    has_losses = any(name in event for one in swept.tried for event in one.runs[0].events for name in _LOSSES)
    if has_losses and (curves := [_curve(one, swept) for one in swept.tried[:_MAX_FIGURES] if one.runs[0].events]):
        parts += [section("Curves", [charts(curves)], said="Loss by epoch, of the first seed; the best epoch is told.")]
    for title, figures in _logged(swept):
        parts += [section(title, [charts(figures)])]
    head, rows = sweep_table(swept)
    parts += [
        section(
            "All combinations",
            [table(head, rows, caption="Every combination", right=range(head.index("valid") + 1), best=swept.best)],
        )
    ]
    return page(f"{swept.name} on {swept.competition}: {', '.join(swept.names)}", parts)


def sweep_table(swept: Swept) -> tuple[list[str], list[list[str]]]:
    """Head and rows of the table of a sweep, in the order of the grid."""
    has_seeds, has_train = len(swept.seeds) > 1, any(one.train is not None for one in swept.tried)
    head = [
        *swept.names,
        *(["train"] * has_train),
        "valid",
        "95 % interval",
        *(["over seeds"] * has_seeds),
        "verdict",
        "seconds",
        "note",
    ]
    return head, [_row(place, one, swept, has_train=has_train) for place, one in enumerate(swept.tried)]


def _row(place: int, one: Tried, swept: Swept, *, has_train: bool) -> list[str]:
    unit = one.runs[0].unit
    around = interval(one.lo, one.hi, unit) if one.lo is not None and one.hi is not None else ""
    seeds = [run.valid_score for run in one.runs if run.valid_score is not None]
    spread = [interval(min(seeds), max(seeds), unit) if seeds else ""] if len(swept.seeds) > 1 else []
    like = "best" if place == swept.best else "tied" if one.is_like_best else ""
    return [
        *(typed(one.settings[name]) for name in swept.names),
        *([_score(one.train, unit)] * has_train),
        _score(one.valid, unit),
        around,
        *spread,
        one.verdict,
        f"{one.seconds:.1f}",
        like,
    ]


def _score(value: float | None, unit: Unit) -> str:
    return "-" if value is None else score(value, unit)


def _of_intervals(seeds: Sequence[int]) -> str:
    said = "The lines through the points are 95 % intervals: how much a score depends on which rows it stands on."
    return said if len(seeds) == 1 else f"Means over {len(seeds)} seeds. {said}"


def is_geometric(values: Sequence[float]) -> bool:
    """Whether values are rather equal factors apart than equal differences.

    Examples
    --------
    >>> is_geometric([1, 8, 64, 256]), is_geometric([10, 20, 30])
    (True, False)
    """
    ordered = sorted(set(values))
    if len(ordered) < 2 or ordered[0] <= 0 or ordered[-1] / ordered[0] < 4:
        return False

    def unevenness(places: Sequence[float]) -> float:
        steps = [after - before for before, after in pairwise(places)]
        return max(steps) / min(steps)

    return len(ordered) == 2 or unevenness([log(value) for value in ordered]) < unevenness(ordered)


def _axis_of(swept: Swept) -> str | None:
    """The swept number with the most values, which is drawn from left to right; None where none is a number."""

    def n_values(name: str) -> int:
        values = {one.settings[name] for one in swept.tried}
        return len(values) if all(type(value) in (int, float) for value in values) else 0

    name = max(swept.names, key=n_values)
    return name if n_values(name) > 1 else None


def _scores(swept: Swept) -> list[str]:
    unit, metric = swept.tried[0].runs[0].unit, swept.tried[0].runs[0].metric
    name = _axis_of(swept)
    groups = _groups(swept, name) if name else {}
    if name is None or len(groups) > SERIES:
        return [_score_by_name(swept, unit, metric)]
    ticks = tuple(sorted({float(one.settings[name]) for one in swept.tried}))  # type: ignore[arg-type]
    x = Axis(name=name, ticks=ticks, is_log=is_geometric(ticks))
    y = Axis(name=metric, written=_tick(unit))
    series = [_of_group(words or "valid", own, name) for words, own in groups.items()]
    if len(groups) == 1 and (own := [one for one in swept.tried if one.train is not None]):
        points = tuple((float(one.settings[name]), one.train or 0.0) for one in _sorted(own, name))  # type: ignore[arg-type]
        series += [Series(name="train", points=points)]
    caption = f"{metric} by {name}"
    return [figure(caption, line_chart(caption, series, x=x, y=y), _numbers(series, name, unit))]


def _groups(swept: Swept, name: str) -> dict[str, list[Tried]]:
    """The combinations by their other swept settings, in words."""
    found: dict[str, list[Tried]] = {}
    for one in swept.tried:
        others = {key: one.settings[key] for key in swept.names if key != name}
        found.setdefault(shown(others), []).append(one)
    return found


def _sorted(tried: Sequence[Tried], name: str) -> list[Tried]:
    return sorted(tried, key=lambda one: float(one.settings[name]))  # type: ignore[arg-type]


def _of_group(words: str, tried: Sequence[Tried], name: str) -> Series:
    known = [one for one in _sorted(tried, name) if one.valid is not None]
    return Series(
        name=words,
        points=tuple((float(one.settings[name]), one.valid or 0.0) for one in known),  # type: ignore[arg-type]
        intervals=tuple(map(_ends, known)),
    )


def _ends(one: Tried | Size) -> tuple[float, float]:
    """Of its interval; not a number where there is none."""
    return (nan if one.lo is None else one.lo, nan if one.hi is None else one.hi)


def _score_by_name(swept: Swept, unit: Unit, metric: str) -> str:
    spans, rows = [], []
    for one in swept.tried:
        words = shown({name: one.settings[name] for name in swept.names})
        words = words.partition("=")[2] if len(swept.names) == 1 else words
        if one.valid is not None:
            lo, hi = one.valid if one.lo is None else one.lo, one.valid if one.hi is None else one.hi
            spans.append(Span(name=words, lo=lo, value=one.valid, hi=hi))
            rows.append([words, number(one.valid, unit), number(lo, unit), number(hi, unit)])
    axis = Axis(name=f"{metric} by {swept.names[0]}" if len(swept.names) == 1 else metric, written=_tick(unit))
    numbers = table(["settings", "valid", "from", "to"], rows, caption="Scores and their intervals", right=range(1, 4))
    return figure(metric, interval_chart(metric, spans, axis=axis), numbers)


def _tick(unit: Unit) -> Callable[[float], str]:
    return (lambda value: f"{100 * value:.4g} %") if unit == "share" else (lambda value: f"{value:.4g}")


def _numbers(series: Sequence[Series], name: str, unit: Unit) -> str:
    """What is drawn, as a table: a row for each x."""
    places = sorted({place for one in series for place, _ in one.points})
    values: Mapping[tuple[int, float], float] = {
        (i, place): value for i, one in enumerate(series) for place, value in one.points
    }
    rows = [
        [f"{place:.9g}", *(number(values[i, place], unit) if (i, place) in values else "" for i in range(len(series)))]
        for place in places
    ]
    return table([name, *(one.name for one in series)], rows, caption=f"By {name}", right=range(1, len(series) + 1))


def _curve(one: Tried, swept: Swept) -> str:
    """Train and valid loss of the first seed by epoch."""
    run = one.runs[0]
    caption = shown({name: one.settings[name] for name in swept.names})
    return curve_of(run, caption, said=f"{one.verdict}, valid {_score(one.valid, run.unit)}")


def curve_of(run: LocalRun, caption: str, *, said: str = "") -> str:
    """The losses of a run by epoch, its best one told apart; of an agent its returns."""
    series = [
        Series(name=words, points=points, told=_best(run, name, points))
        for name, words in _LOSSES.items()
        if (points := _course(run, name))
    ]
    if not series and (points := _course(run, "mean_return")):
        series, x, y = [Series(name="mean return", points=points)], Axis(name="epoch"), Axis(name="mean return")
        drawing = line_chart(f"Mean return by epoch: {caption}", series, x=x, y=y)
        return figure(caption, drawing, _numbers(series, "epoch", "value"), said=said)
    if not series:
        return figure(caption, "", table(["logged"], [["no loss was logged"]], caption=caption), said=said)
    values = [value for one in series for _, value in one.points if isfinite(value) and value > 0]
    is_log = bool(values) and max(values) / min(values) > _FAR_APART
    drawing = line_chart(f"Loss by epoch: {caption}", series, x=Axis(name="epoch"), y=Axis(name="loss", is_log=is_log))
    return figure(caption, drawing, _numbers(series, "epoch", "value"), said=said)


def _course(run: LocalRun, name: str) -> tuple[tuple[float, float], ...]:
    """(epoch, value), the last that was told of an epoch."""
    values = {event.get("epoch", place): event[name] for place, event in enumerate(run.events) if name in event}
    return tuple(sorted((float(epoch), float(value)) for epoch, value in values.items()))


def _best(run: LocalRun, name: str, points: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], str] | None:
    best = best_epoch(run.events)
    if name != "valid_loss" or best is None:
        return None
    return next(((point, f"best: epoch {best:g}") for point in points if point[0] == best), None)


def _logged(swept: Swept) -> list[tuple[str, list[str]]]:
    """Figures of whatever else was logged: bars of numbered names (``gradient_1``, ``gradient_2``), else courses."""
    others = dict.fromkeys(
        name for one in swept.tried for event in one.runs[0].events for name in event if name not in _OF_A_CURVE
    )
    stems: dict[str, list[str]] = {}
    for name in others:
        match = _NUMBERED.fullmatch(name)
        stems.setdefault(match["stem"].rstrip("_ ") if match else name, []).append(name)
    found = []
    for stem, names in stems.items():
        figures = _bars(swept, names) if len(names) > 1 else _courses(swept, names[0])
        if figures:
            found.append((f"Logged: {stem}", figures))
    return found


def _bars(swept: Swept, names: Sequence[str]) -> list[str]:
    """For each combination the first value of each of `names`."""
    told = {
        caption: [(name, points[0][1]) for name in names if (points := _course(one.runs[0], name))]
        for one in swept.tried[:_MAX_FIGURES]
        if (caption := shown({name: one.settings[name] for name in swept.names}))
    }
    values = [value for pairs in told.values() for _, value in pairs if isfinite(value) and value > 0]
    is_log = bool(values) and max(values) / min(values) > _FAR_APART
    # One axis for all: what is compared stands side by side.
    low, high = (min(values) / 3, max(values) * 3) if is_log else (0.0, max(values, default=1.0))
    scale = ", equal factors equally long" if is_log else ""
    axis = Axis(name=f"first value{scale}", is_log=is_log, written=lambda v: f"{v:.2g}", low=low, high=high)
    return [
        figure(
            caption,
            bar_chart(caption, [Bar(name=name, value=value) for name, value in pairs], axis=axis),
            table(["name", "value"], [[name, f"{value:.6g}"] for name, value in pairs], caption=caption, right=(1,)),
        )
        for caption, pairs in told.items()
        if pairs
    ]


def _courses(swept: Swept, name: str) -> list[str]:
    """The course of one logged number, of several combinations in one chart."""
    series = [
        Series(name=shown({key: one.settings[key] for key in swept.names}), points=points)
        for one in swept.tried
        if (points := _course(one.runs[0], name))
    ]
    return [
        figure(
            f"{name} by epoch",
            line_chart(f"{name} by epoch", some, x=Axis(name="epoch"), y=Axis(name=name)),
            _numbers(some, "epoch", "value"),
        )
        for start in range(0, len(series), SERIES)
        if (some := series[start : start + SERIES])
    ]


def rates_page(rates: Rates, said: Sequence[str]) -> str:
    """The page of ``kit lr``."""
    caption = f"{rates.measure or 'loss'} by {rates.parameter}"
    series, x, y = rates_chart(rates)
    rows = [[typed(r.lr), f"{r.loss:.4g}", "stable" if r.is_stable else "", _how(r.run)] for r in rates.rates]
    numbers = table([rates.parameter, rates.measure or "loss", "note", "ended"], rows, caption=caption, right=(1,))
    parts = [f"<p>{_escaped(sentence)}</p>" for sentence in said]
    curves = [curve_of(rate.run, f"{rates.parameter}={typed(rate.lr)}") for rate in rates.rates]
    parts += [charts([figure(caption, line_chart(caption, [series], x=x, y=y), numbers)])]
    if any(len(_course(rate.run, name)) > 1 for rate in rates.rates for name in ("loss", "mean_return")):
        parts += [section("Courses", [charts(curves)])]
    return page(f"{rates.name} on {rates.competition}: the learning rate", parts)


def rates_chart(rates: Rates) -> tuple[Series, Axis, Axis]:
    """The loss of each rate, and the axes it is drawn on. One far above the start is drawn at the upper edge."""
    points = tuple((rate.lr, rate.loss) for rate in rates.rates)
    values = [loss for _, loss in points if isfinite(loss)]
    high = None
    if not rates.rises and isfinite(rates.start) and values and max(values) > 2 * abs(rates.start):
        high = 2 * abs(rates.start)
    x = Axis(name=rates.parameter, is_log=True, ticks=tuple(lr for lr, _ in points))
    told = next((((lr, loss), "largest stable") for lr, loss in points if lr == rates.largest), None)
    return Series(name=rates.measure or "loss", points=points, told=told), x, Axis(name=rates.measure, high=high)


def growth_page(growth: Growth, said: Sequence[str]) -> str:
    """The page of ``kit curve``."""
    unit, metric = growth.sizes[-1].runs[-1].unit, growth.sizes[-1].runs[-1].metric
    series, x, y = growth_chart(growth)
    caption = f"{metric} by rows to learn from"
    head, rows = growth_table(growth)
    parts = [f"<p>{_escaped(sentence)}</p>" for sentence in said]
    parts += [
        charts([figure(caption, line_chart(caption, series, x=x, y=y), _numbers(series, "rows", unit))]),
        section(
            "All sizes", [table(head, rows, caption="Every size", right=range(3))], said=_of_intervals(growth.seeds)
        ),
    ]
    return page(f"{growth.name} on {growth.competition}: would more data help?", parts)


def growth_chart(growth: Growth) -> tuple[list[Series], Axis, Axis]:
    """Valid and train score by rows, and the axes they are drawn on."""
    unit, metric = growth.sizes[-1].runs[-1].unit, growth.sizes[-1].runs[-1].metric
    known = [size for size in growth.sizes if size.valid is not None]
    points = tuple((float(size.n), size.valid or 0.0) for size in known)
    series = [Series(name="valid", points=points, intervals=tuple(map(_ends, known)))]
    if learned := [size for size in growth.sizes if size.train is not None]:
        series += [Series(name="train", points=tuple((float(s.n), s.train or 0.0) for s in learned))]
    ticks = tuple(float(size.n) for size in growth.sizes)
    x = Axis(name="rows to learn from", is_log=is_geometric(ticks), ticks=ticks, written=lambda v: f"{v:.0f}")
    return series, x, Axis(name=metric, written=_tick(unit))


def growth_table(growth: Growth) -> tuple[list[str], list[list[str]]]:
    """Head and rows of the table of ``kit curve``."""
    has_seeds = len(growth.seeds) > 1
    head = ["rows", "train", "valid", "95 % interval", *(["over seeds"] * has_seeds), "seconds", "note"]
    rows = []
    for size in growth.sizes:
        unit = size.runs[0].unit
        around = interval(size.lo, size.hi, unit) if size.lo is not None and size.hi is not None else ""
        seeds = [run.valid_score for run in size.runs if run.valid_score is not None]
        spread = [interval(min(seeds), max(seeds), unit) if seeds else ""] if has_seeds else []
        ended = next((_how(run) for run in size.runs if run.problem), "")
        seconds = f"{sum(run.seconds for run in size.runs):.1f}"
        rows.append([str(size.n), _score(size.train, unit), _score(size.valid, unit), around, *spread, seconds, ended])
    return head, rows


def _how(run: LocalRun) -> str:
    return f"failed {run.problem.code}" if run.problem else run.state


def _escaped(words: str) -> str:
    from html import escape

    return escape(words)


def settings_in_words(settings: Mapping[str, Json], names: Sequence[str]) -> str:
    """``hidden=8 lr=0.1``, of `names` only."""
    return shown({name: settings[name] for name in names})
