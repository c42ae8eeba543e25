"""``kit curve``: how the score grows with the rows that are learned from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from kit.cli import completion, screen
from kit.cli.entry import competition_option
from kit.cli.place import workspace
from kit.cli.progress import LiveLine
from kit.errors import Problem, UsageError
from leaderboard.commands.entry import new_run, read_trainable
from leaderboard.commands.study import executed, failures, options, written

if TYPE_CHECKING:
    from leaderboard.study.rows import Growth

COLUMNS = (
    "rows", "seed", "state", "metric", "valid_score", "interval_lo", "interval_hi", "n_valid", "train_score", "seconds",
    "code",
)  # fmt: skip


@click.command()
@click.argument("path", shell_complete=completion.plugins)
@competition_option()
@click.option("--set", "given", metavar="NAME=VALUE", multiple=True, help="A parameter of fit; may be repeated.")
@click.option("--sizes", metavar="N,N", help="Shares or counts of rows; 1/16,1/8,1/4,1/2,all by default.")
@options()
@screen.formats(csv=True)
def command(
    path: str,
    competition: str | None,
    given: tuple[str, ...],
    sizes: str | None,
    seeds: int,
    jobs: int | None,
    html: str | None,
    form: screen.Form,
) -> None:
    """Train PATH, a plugin (folder, .py file or name), on more and more of the rows, and see whether more would help.

    The parts are random, each holds the ones before it, and all are scored on the same validation rows.
    """
    from kit.plugin.settings import chosen, read_parameters
    from leaderboard.runs import Runs
    from leaderboard.store.sqlite import SqliteStore
    from leaderboard.study.grid import require_few
    from leaderboard.study.pages import growth_page
    from leaderboard.study.rows import grown, parts_of, read_sizes, to_run
    from leaderboard.study.sweep import Plan

    here = workspace()
    entry = read_trainable(here, path, competition, command="kit curve")
    known = read_parameters(entry.found.path, shown=entry.name)
    if entry.kind == "agent":
        raise UsageError(_no_rows(entry.competition, entry.name, list(known.values)))
    params = chosen(given, known)
    screen.say(f"{entry.competition} / {entry.name}   ({entry.chosen_by})")
    with LiveLine() as line:
        new = new_run(here, entry, params=params, defaults=known.values, on_progress=line.say)
    facts = new.prepared.facts
    counts = read_sizes(sizes, facts.n_train, len(facts.task.classes))
    require_few(len(counts) * seeds, agreed=False)
    state = here.state / "study"  # not among the runs of `kit runs`, whose scores are of all rows
    state.mkdir(mode=0o700, exist_ok=True)
    runs = Runs(state / "runs", SqliteStore(state / "numbers.sqlite"))
    with parts_of(new.prepared, counts, range(seeds)) as parts:
        plan = Plan.of(to_run(new, parts, counts, range(seeds)), runs)
        seeded = [
            f"{one.prepared.facts.n_train} rows" + (f" seed={one.seed}" if seeds > 1 else "") for one in plan.news
        ]
        made = executed(plan, runs, here.executor(), seeded, jobs=jobs, kept="the same command goes on from there")
    growth = grown(plan, made, runs, sizes=counts, seeds=range(seeds))
    said = sentences(growth, screen.noun_of(entry.kind))
    page = written(html, growth_page(growth, said)) if html else ""
    if form == "json":
        screen.show_json(as_json(growth))
    elif form == "csv":
        screen.show_csv(_rows(growth), COLUMNS)
    else:
        every = [run for size in growth.sizes for run in size.runs]
        screen.show("\n".join([*lines(growth, said), *failures(every, seeded), *filter(None, [page])]))


def _no_rows(competition: str, called: str, settings: Sequence[str]) -> Problem:
    from leaderboard.training import LENGTHS

    why = "An agent learns by acting: how much it tries is up to its own settings."
    name = next((name for name in settings if name in LENGTHS), "")
    fix = f"kit sweep {called} -c {competition} --set {name or 'NAME'}=VALUE,VALUE"
    fix += "" if name else f"   of {', '.join(settings)}" if settings else "   where fit has such a setting"
    return Problem(code="E015", message=f"{competition} has no rows: a curve over rows needs some", why=why, fix=fix)


def lines(growth: Growth, said: list[str]) -> list[str]:
    """The chart, the table and the sentences under them."""
    from leaderboard.drawing import text_chart
    from leaderboard.study.pages import growth_chart, growth_table

    series, x, y = growth_chart(growth)
    width = min(screen.width(), 76)
    chart = text_chart(series[0].points, x=x, y=y, width=width, intervals=series[0].intervals)
    head, rows = growth_table(growth)
    table = screen.grid([head, *rows], right=range(3), shrinks={len(head) - 1: 4})
    return [*chart, "", *table, "", *(line for sentence in said for line in screen.labelled("", sentence, room=0))]


def sentences(growth: Growth, noun: str) -> list[str]:
    """Whether more rows would help, as far as these tell."""
    fewer, most = growth.sizes[-2:]
    if not growth.more or fewer.valid is None or most.valid is None:
        return ["Of the largest size, or of the one before it, there is no score: nothing can be said."]
    unit, n_valid = most.runs[0].unit, most.runs[0].n_valid or 0
    step = f"from {fewer.n} to {most.n} rows the score went from {screen.score(fewer.valid, unit)}"
    step += f" to {screen.score(most.valid, unit)}"
    on = f"on these {screen.count(n_valid, noun)}"
    if growth.more == "helps":
        return [f"More data would still help: {step}, clearly better {on}."]
    if growth.more == "hurts":
        return [f"The last rows did harm: {step}, clearly worse {on}. Is their sort, or their labels, another one?"]
    return [f"Whether more data would help can't be told: {step}, which may be luck {on}."]


def as_json(growth: Growth) -> dict[str, Any]:
    """Everything there is to know of a curve, under stable keys."""
    return {
        "competition": growth.competition,
        "name": growth.name,
        "seeds": list(growth.seeds),
        "more": growth.more,
        "sizes": [
            {
                "rows": size.n,
                "valid_score": size.valid,
                "interval_lo": size.lo,
                "interval_hi": size.hi,
                "train_score": size.train,
            }
            for size in growth.sizes
        ],
        "runs": _rows(growth),
    }


def _rows(growth: Growth) -> list[dict[str, Any]]:
    return [
        {
            "rows": size.n,
            "seed": run.seed,
            "state": run.state,
            "metric": run.metric,
            "valid_score": run.valid_score,
            "interval_lo": run.interval_lo,
            "interval_hi": run.interval_hi,
            "n_valid": run.n_valid,
            "train_score": run.train_score,
            "seconds": run.seconds,
            "code": run.problem.code if run.problem else "",
        }
        for size in growth.sizes
        for run in size.runs
    ]
