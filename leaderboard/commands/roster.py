"""``kit roster``: who is in the class."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from kit.cli import screen
from kit.cli.invocation import seen_from_directory
from kit.cli.place import workspace
from kit.disk import disk_errors
from kit.errors import Problem, UsageError
from leaderboard.classroom import Added, Classroom
from leaderboard.commands.submit import open_board

COLUMNS = ("name", "email", "team", "nickname", "handle", "claimed_at")


@click.group(invoke_without_command=True)
@screen.formats(csv=True)
@click.pass_context
def command(ctx: click.Context, form: screen.Form) -> None:
    """Show who is in the class, in which team, and who has joined. With a roster the board is a class board."""
    if ctx.invoked_subcommand is not None:
        return
    with _classroom() as classroom:
        rows = _rows(classroom)
        code = classroom.word_code() if rows else ""
    if form == "json":
        screen.show_json({"code": code, "entrants": rows})
    elif form == "csv":
        screen.show_csv(rows, COLUMNS)
    elif not rows:
        screen.show("There is no class yet.\n")
        screen.show("\n".join(screen.described([("kit roster add FILE", "a list of names, or an export")])))
    else:
        _show(rows, code)


@command.command("add")
@click.argument("file", type=click.Path(path_type=Path))
@screen.formats()
def add(file: Path, form: screen.Form) -> None:
    """Put the people of FILE on the roster: a CSV with name,email, or an export of Canvas, Moodle or nbgrader.

    Whoever is on it already is brought up to date; nobody is removed. FILE may be - for what is piped in, which may
    be a name a line.
    """
    from leaderboard.roster import SOURCES, read_lines, read_roster
    from leaderboard.sheets import decoded

    if str(file) == "-":
        found = read_lines(decoded(sys.stdin.buffer.read())[0])
    else:
        found = read_roster(_read(file), name=str(file))
    with _classroom() as classroom:
        added = classroom.add(found.rows)
        n = len(classroom.people.entrants())
    if form == "json":
        told = {"source": found.source, "notes": found.notes, "n": n}
        screen.show_json(told | {key: getattr(added, key) for key in Added.__slots__})
        return
    screen.say(f"{file}   read as {SOURCES[found.source]}")
    for note in found.notes:
        screen.say("\n".join(screen.labelled("left out", note, room=11)))
    for label, names in (("added", added.added), ("changed", added.changed), ("unchanged", added.unchanged)):
        if names:
            listed = f": {', '.join(names)}" if label != "unchanged" else ""
            screen.show("\n".join(screen.labelled(label, f"{len(names)}{listed}", room=11)))
    screen.show("\n".join(screen.labelled("class", screen.count(n, "student"), room=11)))


@command.command("remove")
@click.argument("who")
def remove(who: str) -> None:
    """Take WHO (a name or an e-mail address) off the roster. Scores stay; the person can't submit any more."""
    with _classroom() as classroom:
        one = classroom.entrant(who)
        classroom.people.remove(one.id, actor="host")
    screen.show(f"{one.name} is off the roster.")


@command.command("rename")
@click.argument("who")
@click.argument("name")
def rename(who: str, name: str) -> None:
    """Correct the name of WHO to NAME."""
    with _classroom() as classroom:
        one = classroom.entrant(who)
        written = classroom.rename(one, name)
    screen.show(f"{one.name} is {written} now.")


@command.command("nickname")
@click.argument("who", metavar="TEAM")
@click.argument("nickname")
def nickname(who: str, nickname: str) -> None:
    """Call TEAM by NICKNAME on the board; by its two words again where NICKNAME is empty."""
    with _classroom() as classroom:
        team = classroom.team(who)
        classroom.set_nickname(team.handle, nickname, actor="host")
        after = classroom.team(team.handle)
    screen.show(f"{team.public_name} is {after.public_name} now.")


@command.command("release")
@click.argument("who")
def release(who: str) -> None:
    """Let the name of WHO be taken again: whoever joined under it has to join anew."""
    with _classroom() as classroom:
        one = classroom.entrant(who)
        was_claimed = classroom.people.release(one.id, actor="host")
    screen.show(f"{one.name} is free again." if was_claimed else f"Nobody had joined as {one.name}.")


@command.command("code")
@click.option("--new", "anew", is_flag=True, help="Make another one; the old one is of no use from then on.")
def code(anew: bool) -> None:
    """Print the words with which the class is joined."""
    with _classroom() as classroom:
        screen.show(classroom.word_code(anew=anew))


@contextmanager
def _classroom() -> Iterator[Classroom]:
    board = open_board(workspace())
    try:
        yield board.classroom
    finally:
        board.close()


def _read(file: Path) -> bytes:
    if not file.exists():
        beside = seen_from_directory(file)
        fix = f"-C works in that folder: from there it is   {beside}" if beside else "see how the file is called"
        if not beside and not re.search(r"[/\\]|\.\w+$", str(file)):
            fix = f'if it is a name:   echo "{file}" | kit roster add -'
        raise UsageError(Problem(code="E001", message=f"there is no file {file}", fix=fix))
    with disk_errors(file):
        return file.read_bytes()


def _rows(classroom: Classroom) -> list[dict[str, Any]]:
    teams = {team.handle: team for team in classroom.people.teams()}
    return [
        {
            "name": one.name,
            "email": one.email,
            "team": teams[one.team].label or None,
            "nickname": teams[one.team].nickname,
            "handle": one.team,
            "claimed_at": one.claimed_at,
            "external": dict(one.external),
        }
        for one in classroom.people.entrants()
    ]


def _show(rows: Sequence[dict[str, Any]], code: str) -> None:
    has_teams = any(row["team"] for row in rows)
    table = [["name", "email", *["team"] * has_teams, "on the board", "joined"]]
    for row in rows:
        called = row["nickname"] or row["handle"]
        joined = "yes" if row["claimed_at"] else "-"
        table.append([row["name"], row["email"], *[row["team"] or ""] * has_teams, called, joined])
    screen.show("\n".join(screen.grid(table, gap=3, shrinks={1: 8, 0: 12})))
    n_joined = sum(row["claimed_at"] is not None for row in rows)
    screen.show(f"\n  {screen.count(len(rows), 'student')}, {n_joined} joined. The class is joined with   {code}")
