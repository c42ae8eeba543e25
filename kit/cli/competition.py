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
    made = list(checks(prepared, here.metric(chosen), file=file))
    failed = [one for one in made if not one.ok]
    if form == "json":
        told = {"competition": chosen, "ready": not failed, "checks": [asdict(one) for one in made]}
        screen.show_json(told)
    else:
        _show(made)
    ctx.exit(MetricError.exit_code if failed else 0)


def _show(made: list[Check]) -> None:
    room = max(len(one.name) for one in made) + 2
    for one in made:
        state = {"ok": "ok", "failed": one.problem.code if one.problem else "no", "not checked": "-"}[one.state]
        detail = {"failed": "see below", "not checked": f"not checked: {one.detail}"}.get(one.state, one.detail)
        screen.show("\n".join(screen.labelled(one.name, f"{state:<5}{detail}", room=room)))
    problems = [one.problem for one in made if not one.ok and one.problem is not None]
    if problems:
        screen.show(f"\n{screen.error_text(MetricError(problems[0], problems))}\n")
        screen.show(f"{screen.count(len(problems), 'thing')} to mend before it is held.")
    else:
        screen.show("Ready: it can be held.")
