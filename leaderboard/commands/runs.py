"""``kit runs``: what was tried, and everything that one run left."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from kit.cli import completion, screen
from kit.cli.entry import competition_option
from kit.cli.place import workspace
from kit.errors import PluginError
from kit.plugin.settings import typed
from leaderboard.commands.run_words import confused, failed_checks, plain, told, valid_in_words

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from kit.workspace import Workspace
    from leaderboard.runs import LocalRun, Runs

COLUMNS = (
    "run", "competition", "plugin", "name", "changed", "seed", "state", "metric", "valid_score", "interval_lo",
    "interval_hi", "n_valid", "train_score", "verdict", "seconds", "at",
)  # fmt: skip
_SHOWN = 20
_ROOM = 11
_EPOCHS = 12
_FIRST_LINES, _LAST_LINES = 5, 10  # of what was printed


def labels(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    """Runs for completion in the shell, the latest first: by the names of their folders, none is read."""
    here = completion.workspace_of(ctx)
    state = here.found_state if here else None
    numbers = [folder.name[1:] for folder in (state / "runs").glob("r*")] if state else []
    latest_first = sorted((int(number) for number in numbers if number.isdecimal()), reverse=True)
    return completion.beginning(incomplete, [f"r{number}" for number in latest_first])


@click.command()
@click.argument("label", metavar="[RUN]", required=False, shell_complete=labels)
@competition_option(help="Only those for this competition.")
@click.option("--all", "shows_all", is_flag=True, help=f"Every run, not the latest {_SHOWN}.")
@screen.formats(csv=True)
def command(label: str | None, competition: str | None, shows_all: bool, form: screen.Form) -> None:
    """List what you ran with `kit run`, the latest first, or show RUN: settings, curve, log, environment."""
    from leaderboard.runs import Runs

    here = workspace()
    runs = Runs.of(here)
    if label is None:
        _list(here, runs, competition, form, shows_all=shows_all)
        return
    run = runs.get(label)
    if form == "json":
        screen.show_json(plain(run) | {"log": runs.log(run), "folder": str(runs.folder(run))})
    elif form == "csv":
        screen.show_csv(*_curve_as_csv(run))
    else:
        screen.show("\n".join(details(run, runs, now=time.time())))


def _list(here: Workspace, runs: Runs, competition: str | None, form: screen.Form, *, shows_all: bool) -> None:
    everything = runs.all()[::-1]
    found = [run for run in everything if competition in (None, run.competition)]
    if competition is not None and not found:
        here.competition(competition)  # says so where there is none of this name
    readable = {run.label for run in everything}
    if damaged := [label for label in runs.labels() if label not in readable]:
        screen.say(f"  {', '.join(damaged)} can't be read by this version of the kit, and are left out")
    if form == "json":
        screen.show_json([plain(run) for run in found])
    elif form == "csv":
        screen.show_csv([_row_of_csv(run) for run in found], COLUMNS)
    elif not found:
        screen.show("\n".join(["nothing was run yet.", "", *screen.described([("kit run PATH", "be the first")])]))
    else:
        shown = found if shows_all else found[:_SHOWN]
        left = len(found) - len(shown)
        more = [f"  … and {screen.count(left, 'earlier run')}: --all"] if left else []
        screen.show("\n".join([*table(shown, now=time.time()), *more]))


def table(runs: Sequence[LocalRun], *, now: float) -> list[str]:
    """The runs as lines; in a terminal too narrow for them without the intervals."""
    has_several = len({run.competition for run in runs}) > 1
    lines = screen.grid(_cells(runs, now, has_several=has_several, has_intervals=True), gap=3)
    if screen.fits(lines):
        return lines
    settings = 3 if has_several else 2
    cells = _cells(runs, now, has_several=has_several, has_intervals=False)
    return screen.grid(cells, gap=3, shrinks={settings: 8, 1: 6, settings - 1: 6})


def _cells(runs: Sequence[LocalRun], now: float, *, has_several: bool, has_intervals: bool) -> list[list[str]]:
    head = ["run", *(["for"] * has_several), "plugin", "settings", "valid", "95 % interval", "verdict", "when"]
    rows = [head]
    for run in runs:
        around = ""
        if run.interval_lo is not None and run.interval_hi is not None:
            around = screen.interval(run.interval_lo, run.interval_hi, run.unit)
        rows.append(
            [
                run.label,
                *([run.competition] * has_several),
                run.plugin,
                _changed(run) or "-",
                "-" if run.valid_score is None else screen.score(run.valid_score, run.unit),
                around,
                _ended(run),
                screen.age(now - run.at),
            ]
        )
    place = head.index("95 % interval")
    return rows if has_intervals else [row[:place] + row[place + 1 :] for row in rows]


def _ended(run: LocalRun) -> str:
    """The verdict, or why there is none."""
    if run.verdict is not None:
        return run.verdict.kind
    return f"failed {run.problem.code}" if run.problem else run.state


def _changed(run: LocalRun) -> str:
    """What was set to something else than the default."""
    found = [f"{name}={typed(value)}" for name, value in run.changed.items()]
    return " ".join([*found, *([f"seed={run.seed}"] if run.seed else [])])


def _row_of_csv(run: LocalRun) -> dict[str, Any]:
    return plain(run) | {"changed": _changed(run), "verdict": run.verdict.kind if run.verdict else ""}


def details(run: LocalRun, runs: Runs, *, now: float) -> list[str]:
    """One run as text: what it was, what came of it, its curve and its log."""
    settings = " ".join(f"{name}={typed(value)}" for name, value in run.settings.items())
    marked = f"   (not the default: {', '.join(run.changed)})" if run.changed else ""
    ago = screen.age(now - run.at)
    heading = f"{run.label}   {run.competition} / {run.name}   {run.state}, {'now' if ago == 'now' else f'{ago} ago'}"
    usage = run.usage
    rows = [("settings", f"{settings} seed={run.seed}{marked}".lstrip())]
    if run.valid_score is not None:
        rows.append(("valid", valid_in_words(run)))
    if run.train_score is not None:
        rows.append(("train", screen.score(run.train_score, run.unit)))
    if run.verdict is not None:
        rows.append(("verdict", f"{run.verdict.kind}: {run.verdict.because}"))
    if run.confused:
        rows.append(("confused", confused(run)))
    rows += [("check", told(check)) for check in failed_checks(run)]
    took = f"{screen.duration(usage.fit_s)} to fit, {screen.duration(usage.predict_s)} to predict"
    rows.append(("time", f"{took}, {screen.duration(run.seconds)} altogether"))
    rows.append(("memory", f"{usage.peak_memory_mib:.0f} MiB"))
    rows.append(("with", ", ".join(f"{name} {version}" for name, version in run.versions.items())))
    rows.append(("code", f"sha256 {run.plugin_sha256[:16]}"))
    rows.append(("files", screen.clean(str(runs.folder(run)))))
    text = [line for label, words in rows for line in screen.labelled(label, words, room=_ROOM)]
    return [heading, *text, *_failure(run), *_curve(run), *_log(run, runs)]


def _failure(run: LocalRun) -> list[str]:
    if run.problem is None:
        return []
    return ["", screen.error_text(PluginError(replace(run.problem, printed="")))]  # what it printed comes below


def _curve(run: LocalRun) -> list[str]:
    """The numbers of ``run.log``: the course of each, and a table of some epochs with the best one marked."""
    from leaderboard.training import best_epoch, curve

    names = list(dict.fromkeys(name for event in run.events for name in event if name != "epoch"))
    if not names:
        return []
    courses = [[name, screen.sparkline(curve(run.events, name), cells=24)] for name in names]
    told_epochs = curve(run.events, "epoch")
    if not told_epochs:
        return ["", *screen.grid(courses)]
    best = best_epoch(run.events)
    by_epoch: dict[float, dict[str, float]] = {}
    for event in run.events:
        by_epoch.setdefault(event.get("epoch", 0), {}).update(event)
    rows = [["epoch", *names, ""]]
    for epoch in _some(told_epochs, best):
        cells = [f"{by_epoch[epoch][name]:.4g}" if name in by_epoch[epoch] else "" for name in names]
        rows.append([f"{epoch:.9g}", *cells, "best" if epoch == best else ""])
    shrinks = dict.fromkeys(range(1, len(names) + 1), 5)
    return ["", *screen.grid(courses), "", *screen.grid(rows, right=range(len(names) + 1), shrinks=shrinks)]


def _some(epochs: Sequence[float], best: float | None) -> list[float]:
    """At most `_EPOCHS` of them, evenly, with the first, the last and the best."""
    step = (len(epochs) - 1) / max(1, min(len(epochs), _EPOCHS) - 1)
    chosen = {epochs[round(i * step)] for i in range(min(len(epochs), _EPOCHS))}
    return sorted(chosen | ({best} if best is not None else set()))


def _curve_as_csv(run: LocalRun) -> tuple[list[dict[str, Any]], list[str]]:
    names = list(dict.fromkeys(name for event in run.events for name in event))
    return [dict(event) for event in run.events], names


def _log(run: LocalRun, runs: Runs) -> list[str]:
    lines = screen.clean(runs.own_log(run)).strip().splitlines()
    if not lines:
        return []
    between = len(lines) - _FIRST_LINES - _LAST_LINES
    if between > 0:
        where = (
            f"… {screen.count(between, 'line')} between; all are in {screen.clean(str(runs.folder(run) / 'log.txt'))}"
        )
        lines = [*lines[:_FIRST_LINES], where, *lines[-_LAST_LINES:]]
    return ["", "  printed", *(f"    {line}" for line in lines)]
