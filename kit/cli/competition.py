"""``kit competition``: for who makes one. ``kit competition check`` tries whether it can be held."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from kit.cli import completion, screen
from kit.cli.place import workspace
from kit.cli.progress import LiveLine
from kit.errors import MetricError

if TYPE_CHECKING:
    from kit.errors import Problem
    from kit.job import Check


@click.group()
def command() -> None:
    """Make a competition of your own, and try it before anybody enters."""


@command.command("check")
@click.argument("name", required=False, shell_complete=completion.competitions)
@screen.formats()
@click.pass_context
def check(ctx: click.Context, name: str | None, form: screen.Form) -> None:
    """Try the competition NAME: its metric, submissions it must score, and files it must refuse.

    Exit 7 where something has to be mended before it is held.
    """
    from kit.chosen_metric import metric_file
    from kit.selftest import checks

    here = workspace()
    chosen, reason = here.choose_competition(name)
    screen.say(f"{chosen}   ({reason})")
    with LiveLine() as line:
        prepared = here.prepared(chosen, on_progress=line.say)
    file = metric_file(here.competition(chosen), here.folder(chosen))
    made = []
    for one in checks(prepared, here.metric(chosen), file=file):  # resamples of a slow metric take a minute
        made.append(one)
        if form != "json":
            _show(one)
    failed = [one for one in made if not one.ok]
    if form == "json":
        told = {"competition": chosen, "ready": not failed, "checks": [asdict(one) for one in made]}
        screen.show_json(told)
    else:
        _conclude([one.problem for one in failed if one.problem is not None])
    ctx.exit(MetricError.exit_code if failed else 0)


def _show(one: Check) -> None:
    from kit.selftest import NAMES

    state = {"ok": "ok", "failed": one.problem.code if one.problem else "no", "not checked": "-"}[one.state]
    detail = {"failed": "see below", "not checked": f"not checked: {one.detail}"}.get(one.state, one.detail)
    screen.show("\n".join(screen.labelled(one.name, f"{state:<5}{detail}", room=max(map(len, NAMES)) + 2)))


def _conclude(problems: list[Problem]) -> None:
    if problems:
        screen.show(f"\n{screen.error_text(MetricError(problems[0], problems))}\n")
        screen.show(f"{screen.count(len(problems), 'thing')} to mend before it is held.")
    else:
        screen.show("Ready: it can be held.")
