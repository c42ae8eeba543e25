"""``kit select``: which submissions count for the private ranking."""

from __future__ import annotations

import click

from kit.cli import completion, screen
from kit.cli.place import class_board, local_option, workspace
from kit.errors import Problem, UsageError
from leaderboard.board import Board
from leaderboard.commands.submit import open_board
from leaderboard.receipt import label


@click.command()
@click.argument("labels", metavar="[SUBMISSION...]", nargs=-1)
@click.option("-c", "--competition", "name", metavar="NAME", help="Which one.", shell_complete=completion.competitions)
@click.option("--team", metavar="TEAM", help="Whose, where no submission says it.")
@click.option("--none", "clears", is_flag=True, help="Choose none: the best public ones count again.")
@local_option()
@screen.formats()
def command(
    labels: tuple[str, ...], name: str | None, team: str | None, clears: bool, is_local: bool, form: screen.Form
) -> None:
    """Let SUBMISSION (s7, s12) and no other of its team count for the private ranking; alone, show what counts."""
    if clears and labels:
        raise click.UsageError("--none chooses no submission")
    if (joined := class_board(is_local=is_local)) is not None:
        from leaderboard.commands.in_class import select

        select(joined, [_number(text) for text in labels], name, changes=bool(labels) or clears, form=form)
        return
    here = workspace()
    board = open_board(here)
    try:
        numbers = [_number(text) for text in labels]
        chosen, whose = _whose(board, numbers, name or here.choose_competition(None)[0], team)
        if labels or clears:
            board.classroom.select(chosen, whose, numbers, actor="host")
        rows = [row for row in board.submissions(chosen, team=whose) if row.is_selected]
    finally:
        board.close()
    most = here.competition(chosen).limits.selected
    if form == "json":
        told = {"competition": chosen, "team": whose, "selected": [label(row.id) for row in rows], "most": most}
        screen.show_json(told)
    elif rows:
        listed = ", ".join(f"{label(row.id)} ({row.name})" for row in rows)
        screen.show(f"{chosen}   {len(rows)} of {most} chosen for the private ranking: {listed}")
    else:
        best = "submission counts" if most == 1 else f"{most} submissions count"
        screen.show(f"{chosen}   none is chosen: the best public {best} for the private ranking")


def _number(text: str) -> int:
    digits = text.removeprefix("s")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 12):
        fix = "a submission is named like   s12"
        raise UsageError(Problem(code="E001", message=f"there is no submission {text!r}", fix=fix))
    return int(digits)


def _whose(board: Board, numbers: list[int], competition: str, team: str | None) -> tuple[str, str]:
    """Competition and team: those of the first submission, else those that were named."""
    if numbers:
        try:
            first = board.store.submission(numbers[0])
        except KeyError:
            message = f"there is no submission s{numbers[0]}"
            raise UsageError(Problem(code="E001", message=message, fix="kit submit   says how it is kept")) from None
        return first.competition, first.team
    if team is None:
        raise click.UsageError("name submissions, or whose choice is meant with --team")
    if board.classroom.is_class:
        return competition, board.classroom.team(team).handle
    return competition, team
