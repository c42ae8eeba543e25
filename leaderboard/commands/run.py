"""``kit run``: train a plugin here, score it on the validation rows, and say what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli import completion, screen
from kit.cli.entry import competition_option
from kit.cli.invocation import current
from kit.cli.place import workspace
from kit.cli.progress import LiveLine
from kit.errors import PluginError, Problem
from kit.job import Json
from kit.plugin.settings import chosen, read_parameters, typed
from leaderboard.commands.advice import advised
from leaderboard.commands.entry import Entry, new_run, read_trainable
from leaderboard.commands.run_step import in_vain, next_step
from leaderboard.commands.run_words import Ran, as_json, lines, what_was_kept

if TYPE_CHECKING:
    from kit.metrics.base import Metric
    from kit.workspace import Workspace
    from leaderboard.runs import LocalRun, Runs
    from leaderboard.statistics import Comparison

MAX_SEED = 2**32 - 1  # what NumPy's global generator takes


@click.command()
@click.argument("path", shell_complete=completion.plugins)
@competition_option()
@click.option("--set", "given", metavar="NAME=VALUE", multiple=True, help="A parameter of fit; may be repeated.")
@click.option(
    "--seed", type=click.IntRange(0, MAX_SEED), default=0, show_default=True, help="Another draw of what is random."
)
@screen.formats()
def command(path: str, competition: str | None, given: tuple[str, ...], seed: int, form: screen.Form) -> None:
    """Train PATH, a plugin (folder, .py file or name), here and score it on the validation rows.

    It runs as a submission would, but uses no try and nothing of it is on the board.
    """
    from leaderboard.runs import Runs

    here = workspace()
    entry = read_trainable(here, path, competition)
    params, defaults = _params(entry, given)
    settings = "".join(f" {name}={typed(value)}" for name, value in {**defaults, **params}.items())
    screen.say(
        "\n".join(
            screen.labelled(
                "",
                f"{entry.competition} / {entry.name}  {settings} seed={seed}   ({entry.chosen_by})",
                room=0,
                indent=0,
            )
        )
    )
    runs = Runs.of(here)
    run = _train(here, runs, entry, params=params, defaults=defaults, seed=seed)
    current().kept = what_was_kept(run) if run.state == "interrupted" else f"It is kept as {run.label}."
    ran = _ran(here, runs, entry, run, explicit=competition)
    if form == "json":
        screen.show_json(as_json(ran))
    if run.state == "interrupted":
        raise KeyboardInterrupt
    if run.problem is not None:
        current().after_error = f"What it did until then is kept:   kit runs {run.label}"
        raise _failed(run.problem, runs.log(run))
    if form != "json":
        screen.show("\n".join(lines(ran)))


def _failed(problem: Problem, log: str) -> PluginError:
    """The error with the plugin's whole traceback as its note: ``--traceback`` shows it."""
    from kit.clues import whole_traceback

    error = PluginError(problem)
    if traceback := whole_traceback(log.encode()):
        error.add_note(traceback)
    return error


def _params(entry: Entry, given: tuple[str, ...]) -> tuple[dict[str, Json], dict[str, Json]]:
    known = read_parameters(entry.found.path, shown=entry.name)
    return chosen(given, known), known.values


def _train(
    here: Workspace, runs: Runs, entry: Entry, *, params: dict[str, Json], defaults: dict[str, Json], seed: int
) -> LocalRun:
    from leaderboard.training import train

    with LiveLine() as shown:
        new = new_run(here, entry, params=params, defaults=defaults, seed=seed, on_progress=shown.say)
        return train(new, runs, here.executor(), on_progress=shown.show)


def _ran(here: Workspace, runs: Runs, entry: Entry, run: LocalRun, *, explicit: str | None) -> Ran:
    competition = here.competition(entry.competition)
    before = runs.last(run.competition, run.plugin, before=run)
    comparison = _compared(runs, run, before, here.metric(entry.competition)) if before else None
    flag = f" -c {explicit}" if explicit else ""
    advice = advised(entry.found.path, entry.name)
    return Ran(
        run=run,
        before=before,
        comparison=comparison,
        next_step=next_step(
            run,
            called=entry.name,
            flag=flag,
            time_limit_s=competition.limits.time_limit_s,
            better=before if comparison and comparison.kind == "worse" else None,
            earlier=in_vain(runs, run),
            advice=advice,
        ),
        advice=advice,
        printed=runs.own_log(run),
    )


def _compared(runs: Runs, run: LocalRun, before: LocalRun, metric: Metric) -> Comparison | None:
    """Both on the same rows, by the same metric; None where one of them is not there or was of others."""
    from leaderboard.statistics import compare

    own, other = ((one.digest, one.metric, one.metric_version) for one in (run, before))
    score, earlier = runs.score(run), runs.score(before)
    if own != other or score is None or earlier is None or score.n != earlier.n:
        return None
    return compare(metric, score, earlier, seed_text=f"{run.competition}/valid")
