"""``kit lr``: nine short runs, each with another learning rate."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from kit.cli import completion, screen
from kit.cli.entry import competition_option
from kit.cli.place import workspace
from kit.cli.progress import LiveLine
from kit.plugin.settings import typed
from leaderboard.commands.entry import new_run, read_trainable
from leaderboard.commands.study import ended, executed, failures, options, written

if TYPE_CHECKING:
    from leaderboard.runs import LocalRun
    from leaderboard.study.rates import Rates

_NEAR = 2.5  # a suggestion this near to the default is no reason to change it
COLUMNS = ("lr", "loss", "is_stable", "seconds", "code")


@click.command()
@click.argument("path", shell_complete=completion.plugins)
@competition_option()
@click.option("--set", "given", metavar="NAME=VALUE", multiple=True, help="Another parameter of fit; may be repeated.")
@click.option("--around", type=click.FloatRange(min=0, min_open=True), metavar="LR", help="Not the default, but this.")
@click.option("--seconds", type=click.FloatRange(min=0.1), metavar="S", help="How long each may learn; 10 by default.")
@options(seeds=False)
@screen.formats(csv=True)
def command(
    path: str,
    competition: str | None,
    given: tuple[str, ...],
    around: float | None,
    seconds: float | None,
    jobs: int | None,
    html: str | None,
    form: screen.Form,
) -> None:
    """Try nine learning rates around the `lr=` of PATH, a plugin, in short runs; see where training breaks.

    One epoch each where fit has `epochs`. None of these runs is kept.
    """
    from kit.plugin.settings import chosen, read_parameters
    from leaderboard.runs import Runs
    from leaderboard.store.sqlite import SqliteStore
    from leaderboard.study.pages import rates_page
    from leaderboard.study.rates import FACTORS, LIMIT_S, judged, rate_of, short_runs
    from leaderboard.study.sweep import Plan

    here = workspace()
    entry = read_trainable(here, path, competition, command="kit lr")
    known = read_parameters(entry.found.path, shown=entry.name)
    name, middle = rate_of(known, entry.name, around=around)
    others = {key: value for key, value in chosen(given, known).items() if key != name}
    screen.say(f"{entry.competition} / {entry.name}   {len(FACTORS)} learning rates   ({entry.chosen_by})")
    with LiveLine() as line:
        new = new_run(here, entry, params=others, defaults=known.values, on_progress=line.say)
    news = short_runs(new, known, name, middle, limit_s=seconds or LIMIT_S)
    names = [f"{name}={typed(one.params[name])}" for one in news]
    with TemporaryDirectory(prefix="kit-lr-", ignore_cleanup_errors=True) as folder:
        runs = Runs(Path(folder) / "runs", SqliteStore(Path(folder) / "numbers.sqlite"))
        plan = Plan(news=news, before={})
        made = executed(plan, runs, here.executor(), names, jobs=jobs, kept="", told=_told)
    rates = judged(new, name, middle, made)
    if around is not None and type(known.values[name]) is float:
        rates = replace(rates, default=float(str(known.values[name])))
    said = sentences(rates)
    page = written(html, rates_page(rates, said)) if html else ""
    if form == "json":
        screen.show_json(as_json(rates))
    elif form == "csv":
        screen.show_csv(as_json(rates)["rates"], COLUMNS)
    else:
        failed = failures([rate.run for rate in rates.rates], names)
        flag = f" -c {competition}" if competition else ""
        screen.show("\n".join([*lines(rates, said), *failed, *filter(None, [page]), *_next(rates, flag)]))


def _told(run: LocalRun) -> str:
    """What the plugin says of its loss, and how long it took; or the code of what stopped it."""
    from leaderboard.training import curve

    words = [
        f"{name.replace('_', ' ')} {told[-1]:.3g}"
        for name in ("loss", "valid_loss", "mean_return")
        if (told := curve(run.events, name))
    ]
    return "   ".join([*words, screen.duration(run.seconds)]) if run.problem is None else ended(run)


def lines(rates: Rates, said: list[str]) -> list[str]:
    """The chart and the sentences under it."""
    from leaderboard.drawing import text_chart
    from leaderboard.study.pages import rates_chart

    series, x, y = rates_chart(rates)
    chart = text_chart(series.points, x=x, y=y, width=min(screen.width(), 76)) if rates.measure else []
    return [*chart, "", *(line for sentence in said for line in screen.labelled("", sentence, room=0))]


def sentences(rates: Rates) -> list[str]:
    """What the losses say about the rate."""
    name = rates.parameter
    if not rates.measure:
        told = "run.log(epoch=..., loss=...)   or an agent's   run.log(epoch=..., mean_return=...)"
        return [f"Nothing was logged that could be compared: in fit   {told}   tells it."]
    lowest, highest = (typed(rates.rates[i].lr) for i in (0, -1))
    moved, better = ("rose clearly above", "higher") if rates.rises else ("fell clearly below", "lower")
    if rates.largest is None:
        words = f"With none of them the {rates.measure} {moved} {rates.start:.3g}, where it began."
        return [words, f"Try others: --around {typed(rates.default / 1e4)}, or --around {typed(rates.default * 1e4)}."]
    suggested = rates.suggested
    assert suggested is not None
    found = f"The largest stable {name} is {typed(rates.largest)}: the {rates.measure} is a number and clearly {better}"
    said = [f"{found} than {rates.start:.3g}, where it began."]
    if rates.largest == rates.rates[-1].lr:
        said += [f"That is the largest one that was tried. Larger ones:   --around {highest}"]
    elif rates.largest == rates.rates[0].lr:
        said += [f"That is the smallest one that was tried. Smaller ones:   --around {lowest}"]
    is_near = 1 / _NEAR <= suggested / rates.default <= _NEAR
    fits = f", which the default {typed(rates.default)} is near enough to" if is_near else ""
    return [*said, f"Suggested: {name}={typed(suggested)}, a third of that{fits}."]


def _next(rates: Rates, flag: str) -> list[str]:
    if rates.suggested is None:
        return []
    step = screen.typed(f"kit run {rates.name}{flag} --set {rates.parameter}={typed(rates.suggested)}")
    return [f"  {'Next':<9}{step}      a whole run with it"]


def as_json(rates: Rates) -> dict[str, Any]:
    """Everything there is to know of it, under stable keys."""
    return {
        "competition": rates.competition,
        "name": rates.name,
        "parameter": rates.parameter,
        "default": rates.default,
        "measure": rates.measure,
        "start": rates.start,
        "largest": rates.largest,
        "suggested": rates.suggested,
        "rates": [
            {
                "lr": rate.lr,
                "loss": rate.loss,
                "is_stable": rate.is_stable,
                "seconds": rate.run.seconds,
                "code": rate.run.problem.code if rate.run.problem else "",
            }
            for rate in rates.rates
        ],
    }
