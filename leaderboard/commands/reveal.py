"""``kit reveal``: open the private ranking, for good."""

from __future__ import annotations

import sys

import click

from kit.cli import completion, screen
from kit.cli.place import workspace
from kit.errors import Problem, UsageError
from leaderboard.commands.leaderboard import lines, moment, named
from leaderboard.commands.schedule import say_left_out, schedule_reveal
from leaderboard.commands.submit import open_board
from leaderboard.plain_standings import as_json, names_of
from leaderboard.solved import solved_from


@click.command()
@click.argument("name", shell_complete=completion.competitions)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--at", metavar="WHEN", help="Let it open by itself then: as for kit open. For a class.")
@screen.formats()
def command(name: str, yes: bool, at: str | None, form: screen.Form) -> None:
    """Open the private ranking of NAME, for good. What is handed in later is ranked in public only."""
    here = workspace()
    chosen, _ = here.choose_competition(name)
    competition = here.competition(chosen)
    metric = here.metric(chosen)
    board = open_board(here)
    try:
        if at is not None:
            schedule_reveal(here, board, chosen, at, form)
            return
        was_open = board.is_revealed(chosen)
        if not was_open:
            say_left_out(here, board, chosen, board.store.clock())
        if not (yes or was_open):
            _ask(chosen)
        event = board.reveal(chosen)
        names = names_of(board)
        public, private = (named(board.standings(chosen, part), names) for part in ("public", "private"))
        shake_up = board.shake_up(chosen)
        now, line = board.store.clock(), solved_from(here, chosen)
    finally:
        board.close()
    if form == "json":
        told = as_json(chosen, competition, metric, public, private, shake_up, line=line)
        screen.show_json(told | {"revealed_at": event.at, "was_open": was_open})
        return
    when = moment(here, event.at)
    said = f"was opened before, at {when}" if was_open else f"is open since now, {when}"
    screen.say(f"The private ranking of {chosen} {said}.\n")
    screen.show("\n".join(lines(chosen, competition, metric, public, private, now=now, shake_up=shake_up, line=line)))


def _ask(competition: str) -> None:
    if not sys.stdin.isatty():
        message = "kit reveal asks before it opens a ranking, and there is nobody to answer"
        raise UsageError(Problem(code="E002", message=message, fix=f"kit reveal {competition} --yes"))
    click.confirm(f"Open the private ranking of {competition}? It can't be closed again.", abort=True, err=True)
