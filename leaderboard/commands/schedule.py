"""``kit open``, ``close``, ``freeze``, ``extend`` and ``audit``: what the host of a class says of dates and tries."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import click

from kit.cli import completion, screen
from kit.cli.place import workspace
from kit.errors import Problem, UsageError
from kit.workspace import Workspace
from leaderboard.board import Board
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
        before = board.classroom.schedule(chosen)
        values: dict[str, Any] = {"opens": opens}
        if until is not None:
            values["closes"] = _moment(here, until, now)
        elif before.closes is not None and before.closes <= opens:
            values["closes"] = None
        _show(here, board, chosen, board.classroom.change(chosen, "open", why=why, **values), form)


@click.command("close")
@_NAME
@click.option("--at", metavar="WHEN", help="When: as for kit open; by default now, without grace.")
@click.option("--grace", metavar="SPAN", help="Take submissions so long after closing, marked late: 10min.")
@_WHY
@screen.formats()
def close_command(name: str | None, at: str | None, grace: str | None, why: str, form: screen.Form) -> None:
    """Close the competition NAME for the class, now or at a time."""
    with _hosted(name) as (here, board, chosen):
        now = board.store.clock()
        values: dict[str, Any] = {"closes": _moment(here, at, now) if at else now}
        if grace is not None or at is None:
            values["grace_s"] = read_span(grace) if grace else 0.0
        _show(here, board, chosen, board.classroom.change(chosen, "close", why=why, **values), form)


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
        closes = board.classroom.schedule(chosen).closes
        if last is not None and closes is None:
            raise UsageError(Problem(code="E002", message=f"{chosen} has no time at which it closes", fix=_CLOSE))
        freezes = None if off else now
        if at is not None:
            freezes = _moment(here, at, now)
        elif last is not None and closes is not None:
            freezes = closes - read_span(last)
        after = board.classroom.change(chosen, "unfreeze" if off else "freeze", why=why, freezes=freezes)
        _show(here, board, chosen, after, form)


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
        now, closes = board.store.clock(), board.classroom.schedule(chosen).closes
        if until is not None or by is not None:
            if closes is None:
                raise UsageError(Problem(code="E002", message=f"{chosen} closes for nobody", fix=_CLOSE))
            at = _moment(here, until, now) if until is not None else closes + read_span(by or "")
            board.classroom.change(chosen, "extend", team=team.handle, closes=at, why=why)
        given: dict[str, Any] = {key: n for key, n in (("per_day", tries), ("total", tries_total)) if n is not None}
        if given:
            board.classroom.change(chosen, "quota", team=team.handle, why=why, **given)
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
    if not board.classroom.is_class:
        fix = f"kit reveal {name}   opens it now; with a roster (kit roster add FILE) it can be set"
        raise UsageError(Problem(code="E002", message="a board of one's own opens when it is told to", fix=fix))
    reveals = _moment(here, at, board.store.clock())
    _show(here, board, name, board.classroom.change(name, "schedule-reveal", reveals=reveals), form)


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
        names = board.classroom.names(real=True)
        people = {f"entrant {one.id}": one.name for one in board.people.entrants(with_removed=True)}
    finally:
        board.close()
    if form == "json":
        screen.show_json([asdict(line) | {"detail": json.loads(line.detail)} for line in lines])
    elif form == "csv":
        screen.show_csv([asdict(line) for line in lines], AUDIT_COLUMNS)
    elif not lines:
        screen.show("Nothing was changed yet.")
    else:
        table = [
            [
                _short(line.at, _zone(here)),
                line.actor,
                line.action,
                people.get(line.about, names.get(line.about, line.about)),
                _in_words(json.loads(line.detail), names, _zone(here)),
            ]
            for line in lines
        ]
        screen.show("\n".join(screen.grid(table, shrinks={4: 12, 3: 8, 0: 16})))


_CLOSE = "kit close NAME --at WHEN   says when"
_TIMES = ("opens", "closes", "freezes", "reveals", "scheduled")


def _short(at: float, zone: tzinfo | None) -> str:
    """A time on the clock of the course, without its zone: of many below each other it is the same."""
    return f"{datetime.fromtimestamp(at, zone):%a %Y-%m-%d %H:%M}"


def _in_words(detail: dict[str, Any], names: dict[str, str], zone: tzinfo | None) -> str:
    """What a line of the audit says beside its action: ``closes Fri 2026-11-27 23:59 Europe/Berlin, why ill``."""
    told = []
    for key, value in detail.items():
        if key in _TIMES:
            told.append(f"{key} {'-' if value is None else _short(value, zone)}")
        elif key == "team":
            told.append(names.get(value, str(value)))
        elif isinstance(value, list):
            told.append(f"{key} {' '.join(map(str, value)) or 'none'}")
        else:
            told.append(f"{key} {value}")
    return ", ".join(told)


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
    grace = f", late for {schedule.grace_s / 60:.0f} min more" if schedule.grace_s and schedule.closes else ""
    rows = [
        ("opens", _when(schedule.opens, zone, now)),
        ("closes", _when(schedule.closes, zone, now) + grace),
        ("freezes", _when(schedule.freezes, zone, now)),
        ("reveals", _when(schedule.reveals, zone, now)),
    ]
    screen.show(name)
    screen.show("\n".join(line for label, text in rows for line in screen.labelled(label, text, room=9)))
    named = board.classroom.names(real=True)
    for handle, own in schedule.teams.items():
        if own.closes is not None and handle in named:
            until = _when(schedule.terms(handle).closes, zone, now)
            screen.show("\n".join(screen.labelled("", f"{named[handle]} until {until}", room=9)))
