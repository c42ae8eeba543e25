"""``kit open``, ``close``, ``freeze``, ``extend`` and ``audit``: what the host of a class says of dates and tries."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import tzinfo
from zoneinfo import ZoneInfo

import click

from kit.cli import completion, screen
from kit.cli.place import workspace
from kit.workspace import Workspace
from leaderboard import timetable
from leaderboard.board import Board
from leaderboard.chronicle import Called, in_words
from leaderboard.commands.submit import open_board
from leaderboard.dates import read_moment, read_span, said
from leaderboard.schedule import Schedule

AUDIT_COLUMNS = ("at", "actor", "action", "about", "detail")
_SHOWN = 40
_NAME = click.argument("name", required=False, shell_complete=completion.competitions)
_WHY = click.option("--why", default="", metavar="TEXT", help="The reason, for the audit.")


@click.command("open")
@_NAME
@click.option("--at", metavar="WHEN", help='When: "Fri 09:00", "in 2h", a date with its zone; by default now.')
@click.option("--until", metavar="WHEN", help="When it closes.")
@_WHY
@screen.formats()
def open_command(name: str | None, at: str | None, until: str | None, why: str, form: screen.Form) -> None:
    """Open the competition NAME for the class, now or at a time. Where it had closed, without --until it stays open."""
    with _hosted(name) as (here, board, chosen):
        now = board.store.clock()
        opens = _moment(here, at, now) if at else now
        closes = None if until is None else _moment(here, until, now)
        _show(here, board, chosen, timetable.open_from(board, chosen, opens, until=closes, why=why), form)


@click.command("close")
@_NAME
@click.option("--at", metavar="WHEN", help="When: as for kit open; by default now, without grace.")
@click.option("--grace", metavar="SPAN", help="Take submissions so long after closing, marked late: 10min.")
@_WHY
@screen.formats()
def close_command(name: str | None, at: str | None, grace: str | None, why: str, form: screen.Form) -> None:
    """Close the competition NAME for the class, now or at a time."""
    with _hosted(name) as (here, board, chosen):
        closes = _moment(here, at, board.store.clock()) if at else None
        grace_s = None if grace is None else read_span(grace)
        _show(here, board, chosen, timetable.close_at(board, chosen, closes, grace_s=grace_s, why=why), form)


@click.command("freeze")
@_NAME
@click.option("--at", metavar="WHEN", help="When: as for kit open; by default now.")
@click.option("--last", metavar="SPAN", help="So long before it closes: 2h.")
@click.option("--off", is_flag=True, help="Let the board move again.")
@_WHY
@screen.formats()
def freeze_command(name: str | None, at: str | None, last: str | None, off: bool, why: str, form: screen.Form) -> None:
    """Let the board of NAME stand still until the reveal: shown as it was, and to everybody the own scores."""
    if sum((at is not None, last is not None, off)) > 1:
        raise click.UsageError("--at, --last and --off exclude each other")
    with _hosted(name) as (here, board, chosen):
        now = board.store.clock()
        freezes = None if off else now
        if at is not None:
            freezes = _moment(here, at, now)
        elif last is not None:
            freezes = timetable.before_closing(board, chosen, read_span(last))
        _show(here, board, chosen, timetable.freeze_at(board, chosen, freezes, why=why), form)


@click.command("extend")
@click.argument("who", metavar="TEAM")
@click.option("-c", "--competition", "name", metavar="NAME", help="Which one.", shell_complete=completion.competitions)
@click.option("--until", metavar="WHEN", help="Until when: as for kit open.")
@click.option("--by", metavar="SPAN", help="So much longer than the class: 2d.")
@click.option("--tries", type=click.IntRange(min=0), metavar="N", help="Tries in a day.")
@click.option("--tries-total", type=click.IntRange(min=0), metavar="N", help="Tries altogether.")
@_WHY
@screen.formats()
def extend_command(
    who: str,
    name: str | None,
    until: str | None,
    by: str | None,
    tries: int | None,
    tries_total: int | None,
    why: str,
    form: screen.Form,
) -> None:
    """Give one TEAM (its name, or that of somebody in it) more time, or other tries."""
    if (until is None) == (by is None) and tries is None and tries_total is None:
        raise click.UsageError("say one of --until, --by, --tries and --tries-total")
    with _hosted(name) as (here, board, chosen):
        team = board.classroom.team(who)
        now = board.store.clock()
        if until is not None:
            timetable.extend(board, chosen, team.handle, _moment(here, until, now), why=why)
        elif by is not None:
            timetable.extend(board, chosen, team.handle, timetable.after_closing(board, chosen, read_span(by)), why=why)
        if tries is not None or tries_total is not None:
            timetable.give_tries(board, chosen, team.handle, per_day=tries, total=tries_total, why=why)
        terms = board.classroom.schedule(chosen).terms(team.handle)
        called = board.classroom.names(real=True)[team.handle]
        if form == "json":
            screen.show_json({"competition": chosen, "team": team.handle, "name": called, **asdict(terms)})
            return
        total = "" if terms.total is None else f", {terms.total} altogether"
        rows = [("closes", _when(terms.closes, _zone(here), now)), ("tries", f"{terms.per_day} a day{total}")]
        screen.show(f"{chosen}   {called}")
        screen.show("\n".join(line for label, text in rows for line in screen.labelled(label, text, room=9)))


def schedule_reveal(here: Workspace, board: Board, name: str, at: str, form: screen.Form) -> None:
    """Set the time at which the private ranking opens by itself, and show what holds."""
    reveals = _moment(here, at, board.store.clock())
    _show(here, board, name, timetable.reveal_at(board, name, reveals), form)
    say_left_out(here, board, name, reveals)


def say_left_out(here: Workspace, board: Board, name: str, at: float) -> None:
    """Say whose work a reveal at a time would leave out of the private ranking; on a board of one's own nobody's."""
    if board.classroom.is_class:
        for words in timetable.left_out(board, name, at=at, zone=_zone(here)):
            screen.say("\n".join(screen.labelled("Note", words, room=6)))


@click.command("audit")
@click.argument("name", required=False, metavar="[NAME]")
@click.option("--all", "shows_all", is_flag=True, help=f"Every line, not the newest {_SHOWN}.")
@screen.formats(csv=True)
def audit_command(name: str | None, shows_all: bool, form: screen.Form) -> None:
    """Show what the host and the class have done, the newest last: of one competition, or everything."""
    here = workspace()
    board = open_board(here)
    try:
        lines = board.store.audit(about=name, newest=None if shows_all or form != "words" else _SHOWN)
        called = Called.of(board)
    finally:
        board.close()
    if form == "json":
        screen.show_json([asdict(line) | {"detail": json.loads(line.detail)} for line in lines])
    elif form == "csv":
        screen.show_csv([asdict(line) for line in lines], AUDIT_COLUMNS)
    elif not lines:
        screen.show("Nothing was changed yet.")
    else:
        told = in_words(lines, called, _zone(here))
        table = [[line.at, line.actor, line.action, line.about, line.detail] for line in told]
        screen.show("\n".join(screen.grid(table, shrinks={4: 12, 3: 8, 0: 16})))


@contextmanager
def _hosted(name: str | None) -> Iterator[tuple[Workspace, Board, str]]:
    """The workspace, its board and the competition; says where there is no class that the change would be for."""
    here = workspace()
    chosen, reason = here.choose_competition(name)
    here.competition(chosen)
    if name is None:
        screen.say(f"{chosen}   ({reason})")
    board = open_board(here)
    try:
        if not board.classroom.is_class:
            screen.say("There is no class here: dates and tries refuse nothing.   kit roster add FILE   makes one.")
        yield here, board, chosen
    finally:
        board.close()


def _zone(here: Workspace) -> tzinfo | None:
    return ZoneInfo(here.config.zone) if here.config.zone else None


def _moment(here: Workspace, text: str, now: float) -> float:
    return read_moment(text, now=now, zone=_zone(here))


def _when(at: float | None, zone: tzinfo | None, now: float | None = None) -> str:
    return "-" if at is None else said(at, zone=zone, now=now)


def _show(here: Workspace, board: Board, name: str, schedule: Schedule, form: screen.Form) -> None:
    """What holds now."""
    if form == "json":
        teams = {handle: asdict(terms) for handle, terms in schedule.teams.items()}
        told = {key: getattr(schedule, key) for key in ("opens", "closes", "grace_s", "freezes", "reveals")}
        screen.show_json({"competition": name, **told, "teams": teams})
        return
    now, zone = board.store.clock(), _zone(here)
    rows = timetable.dates(schedule, zone=zone, now=now)
    screen.show(name)
    screen.show("\n".join(line for label, text in rows for line in screen.labelled(label, text, room=9)))
    named = board.classroom.names(real=True)
    for handle, own in schedule.teams.items():
        if own.closes is not None and handle in named:
            until = _when(schedule.terms(handle).closes, zone, now)
            screen.show("\n".join(screen.labelled("", f"{named[handle]} until {until}", room=9)))
