"""``kit sweep``: every combination of some settings, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from kit.cli import completion, screen
from kit.cli.entry import competition_option
from kit.cli.place import workspace
from kit.cli.progress import LiveLine
from leaderboard.commands.entry import new_run, read_trainable
from leaderboard.commands.study import executed, failures, options, written

if TYPE_CHECKING:
    from leaderboard.runs import LocalRun
    from leaderboard.study.sweep import Swept

_LISTED = 4  # of those that are as good as the best


@click.command()
@click.argument("path", shell_complete=completion.plugins)
@competition_option()
@click.option("--set", "given", metavar="NAME=VALUE,VALUE", multiple=True, help="Values to try; may be repeated.")
@options()
@click.option("--yes", is_flag=True, help="Run it however many runs that makes.")
@screen.formats(csv=True)
def command(
    path: str,
    competition: str | None,
    given: tuple[str, ...],
    seeds: int,
    jobs: int | None,
    html: str | None,
    yes: bool,
    form: screen.Form,
) -> None:
    """Run PATH, a plugin (folder, .py file or name), with every combination of some settings, and compare them.

    Each is a run as `kit run` makes it. What was run before is not run again.
    """
    from kit.plugin.settings import read_parameters
    from leaderboard.runs import Runs
    from leaderboard.study.grid import read_grid, require_few
    from leaderboard.study.pages import settings_in_words, sweep_page
    from leaderboard.study.sweep import Plan, combined, summed_up

    here = workspace()
    entry = read_trainable(here, path, competition, command="kit sweep")
    known = read_parameters(entry.found.path, shown=entry.name)
    grid = read_grid(given, known, called=f"{entry.name} -c {competition}" if competition else entry.name)
    require_few(len(grid) * seeds, agreed=yes)
    screen.say(f"{entry.competition} / {entry.name}   {screen.count(len(grid), 'combination')}   ({entry.chosen_by})")
    with LiveLine() as line:
        new = new_run(here, entry, params={}, defaults=known.values, on_progress=line.say)
    runs = Runs.of(here)
    plan = Plan.of(combined(new, grid, range(seeds)), runs)
    names = [
        settings_in_words(one.params, list(one.params)) + (f" seed={one.seed}" if seeds > 1 else "")
        for one in plan.news
    ]
    made = executed(plan, runs, here.executor(), names, jobs=jobs, kept="the same command goes on from there")
    swept = summed_up(plan, made, runs, seeds=range(seeds))
    said = sentences(swept, screen.noun_of(entry.kind))
    page = written(html, sweep_page(swept, said)) if html else ""
    if form == "json":
        screen.show_json(as_json(swept))
    elif form == "csv":
        screen.show_csv(_rows(swept), [*grid[0], *COLUMNS])
    else:
        every = [run for one in swept.tried for run in one.runs]
        screen.show("\n".join([*lines(swept, said), *failures(every, names), *filter(None, [page]), *_next(swept)]))


COLUMNS = (
    "seed", "run", "state", "metric", "valid_score", "interval_lo", "interval_hi", "n_valid", "train_score", "verdict",
    "seconds", "code",
)  # fmt: skip


def lines(swept: Swept, said: list[str]) -> list[str]:
    """The table and the sentences under it; in a terminal too narrow for it without intervals and seconds."""
    from leaderboard.study.pages import sweep_table

    head, rows = sweep_table(swept)
    less_and_less = ("", "over seeds", "95 % interval", "seconds")
    table: list[str] = []
    for n in range(1, len(less_and_less) + 1):
        kept = [place for place, name in enumerate(head) if name not in less_and_less[1:n]]
        cells = [[row[place] for place in kept] for row in (head, *rows)]
        table = screen.grid(cells, right=range(head.index("valid") + 1), shrinks={len(kept) - 1: 4, len(kept) - 2: 8})
        if screen.fits(table):
            break
    return [*table, "", *(line for sentence in said for line in screen.labelled("", sentence, room=0))]


def sentences(swept: Swept, noun: str) -> list[str]:
    """What can be said of the best, and what can't."""
    from leaderboard.study.pages import settings_in_words

    if swept.best is None:
        return ["None of them has a score."]
    best = swept.tried[swept.best]
    assert best.valid is not None
    named = settings_in_words(best.settings, swept.names)
    score = screen.score(best.valid, best.runs[0].unit)
    others = [settings_in_words(swept.tried[place].settings, swept.names) for place in swept.like_best]
    n_scored = sum(one.valid is not None for one in swept.tried)
    on = f"on these {screen.count(best.runs[0].n_valid or 0, noun)}"
    if n_scored == 1:
        return [f"{named} has {score}; there is nothing to compare it with."]
    if not others:
        return [f"{named} is best with {score}, clearly better than each of the others {on}."]
    listed = ", ".join(others[:_LISTED]) + (f" and {len(others) - _LISTED} more" if len(others) > _LISTED else "")
    verb = "is" if len(others) == 1 else "are"
    return [f"{named} is best with {score}, but not distinguishable from it {on} {verb} {listed}."]


def _next(swept: Swept) -> list[str]:
    from leaderboard.study.grid import shown

    if swept.best is None:
        return []
    best = swept.tried[swept.best]
    settings = shown(dict(best.settings)).replace(" ", ", ")
    return [f"  {'Next':<9}{screen.typed(f'kit runs {best.runs[0].label}')}      then write {settings} into the file"]


def as_json(swept: Swept) -> dict[str, Any]:
    """Everything there is to know of a sweep, under stable keys."""
    return {
        "competition": swept.competition,
        "name": swept.name,
        "swept": list(swept.names),
        "seeds": list(swept.seeds),
        "best": swept.best,
        "combinations": [
            {
                "settings": dict(one.settings),
                "valid_score": one.valid,
                "interval_lo": one.lo,
                "interval_hi": one.hi,
                "train_score": one.train,
                "verdict": one.verdict,
                "seconds": one.seconds,
                "is_like_best": one.is_like_best,
                "n_reused": one.n_reused,
                "runs": [_of_run(run) for run in one.runs],
            }
            for one in swept.tried
        ],
    }


def _rows(swept: Swept) -> list[dict[str, Any]]:
    return [{**one.settings, **_of_run(run)} for one in swept.tried for run in one.runs]


def _of_run(run: LocalRun) -> dict[str, Any]:
    return {
        "run": run.label,
        "seed": run.seed,
        "state": run.state,
        "metric": run.metric,
        "valid_score": run.valid_score,
        "interval_lo": run.interval_lo,
        "interval_hi": run.interval_hi,
        "n_valid": run.n_valid,
        "train_score": run.train_score,
        "verdict": run.verdict.kind if run.verdict else "",
        "seconds": run.seconds,
        "code": run.problem.code if run.problem else "",
    }
