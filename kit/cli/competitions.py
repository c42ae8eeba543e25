"""``kit competitions``: what one can enter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import click

from kit.cli import screen
from kit.cli.place import begin_in_class, class_board, clock, local_option, workspace
from kit.competition import Competition, Schedule
from kit.errors import KitError, UsageError
from kit.plugin.manager import harness
from kit.workspace import Workspace

COLUMNS = (
    "name", "title", "summary", "kind", "metric", "practice", "opens", "closes", "rank", "n_teams", "own_best", "best",
    "level", "provider", "problem", "tries_left", "tries_per_day", "next_try", "is_on", "as_of",
)  # fmt: skip
_ROOM_FOR_TASKS = 80


@click.command()
@click.option("--all", "shows_all", is_flag=True, help="In a class also those that it does not take part in.")
@local_option()
@screen.formats(csv=True)
def command(shows_all: bool, is_local: bool, form: screen.Form) -> None:
    """List the competitions you can enter: those of your class, or of this computer."""
    if (joined := class_board(is_local=is_local)) is not None and _show_of_class(joined, form, shows_all=shows_all):
        return
    here = workspace()
    board = harness().hook.open_board(workspace=here)
    rows = [_row(here, name, board) | _standing(board, name) for name in here.competitions]
    board.close()
    if form == "json":
        screen.show_json(rows)
    elif form == "csv":
        screen.show_csv(rows, COLUMNS)
    elif not rows:
        screen.show("There are no competitions here.  A folder  competitions/NAME  with a competition.toml is one.")
    else:
        _show(here, rows)


def _show_of_class(joined: Any, form: screen.Form, *, shows_all: bool) -> bool:
    """List those of the class, as it says now or last said; False where it does not answer and never did."""
    told = joined.listed()
    if told.is_away:
        screen.say(joined.heading)
        those = f"this is what it said at {clock(told.at)}" if told.rows else "these are this computer's own"
        screen.say(f"  it does not answer now: {those}")
    else:
        begin_in_class(joined)
    if told.is_away and not told.rows:
        return False
    if form == "words":
        on = [row for row in told.rows if row.get("is_on", True)]  # a server of before does not say
        _show_rows_of_class(told.rows if shows_all or not on else on, n_of_all=len(told.rows))
        return True
    as_of = _written(datetime.fromtimestamp(told.at).astimezone())
    of_all = {"level": "class", "provider": joined.membership.url, "as_of": as_of}
    rows = [{key: row.get(key) for key in COLUMNS} | of_all for row in told.rows]
    if form == "json":
        screen.show_json(rows)
    else:
        screen.show_csv(rows, COLUMNS)
    return True


def _show_rows_of_class(rows: Sequence[Mapping[str, Any]], *, n_of_all: int) -> None:
    is_wide = screen.width() >= _ROOM_FOR_TASKS  # else rather the whole name, and when it ends
    table: list[tuple[str, ...]] = [("name", "you", "best of all", "tries", "ends", "task")]
    for row in rows:
        you = f"{row['rank']} of {row['n_teams']}" if row["rank"] else "not tried"
        if is_wide and row.get("own_best") is not None:
            you += f", {_score(row, 'own_best')}"
        left = "-" if row["tries_left"] is None else f"{row['tries_left']} left"
        table.append((row["name"], you, _score(row, "best"), left, _time_of(row), row["summary"] or row["title"]))
    if not is_wide:
        table = [columns[:-1] for columns in table]
    screen.show("\n".join(screen.grid(table, gap=3, shrinks={len(table[0]) - 1: 12, 0: 10})))
    named = rows[0]["name"] if rows else "NAME"
    more = [("kit competitions --all", f"{n_of_all - len(rows)} more to practise on")] if n_of_all > len(rows) else []
    hints = [(f"kit info {named}", "what it is"), *more, ("kit competitions --local", "those of this computer alone")]
    screen.show("\n" + "\n".join(screen.described(hints)))


def _score(row: Mapping[str, Any], which: str) -> str:
    return "-" if row[which] is None else screen.score(row[which], row["unit"], step=row["step"])


def _time_of(row: Mapping[str, Any]) -> str:
    """When a competition opens, or else closes; in a class for one's own team."""
    opens, closes = (datetime.fromisoformat(row[key]) if row[key] else None for key in ("opens", "closes"))
    return _when(opens, closes, practice=row["practice"])


def _row(here: Workspace, name: str, board: Any) -> dict[str, Any]:
    """One competition as plain values; a broken file is a row too, with what is wrong."""
    found = here.competitions[name]
    row: dict[str, Any] = dict.fromkeys(COLUMNS) | {"name": name, "level": found.level, "provider": found.provider}
    try:
        competition = as_held(here, name, board)
    except KitError as error:
        return row | {"problem": str(error)}
    return row | {
        "title": competition.title,
        "summary": competition.summary,
        "kind": competition.kind,
        "metric": competition.metric.name,
        "practice": competition.practice,
        "opens": _written(competition.schedule.opens),
        "closes": _written(competition.schedule.closes),
    }


def _written(time: datetime | None) -> str | None:
    return time.isoformat(timespec="seconds") if time else None


def _standing(board: Any, name: str) -> dict[str, Any]:
    """The best rank of a row of one's own, and the best public score of all."""
    try:
        standings = board.standings(name, has_ties=False)
    except UsageError:  # a broken competition: its row says so
        return {}
    if not standings:
        return {}
    own = [row.rank for row in standings if row.team == "you" or row.team.startswith("you / ")]
    return {
        "rank": min(own, default=None),
        "n_teams": len(standings),
        "best": standings[0].score,
        "step": standings[0].step,
    }


def _show(here: Workspace, rows: list[dict[str, Any]]) -> None:
    table = [("name", "task", "you", "best", "ends")]
    for row in rows:
        if row["problem"]:
            table.append((row["name"], "has something to fix", "", "", ""))
            continue
        you = f"{row['rank']} of {row['n_teams']}" if row["rank"] else "not tried"
        best = "-"
        if row["best"] is not None:
            best = screen.score(row["best"], here.metric(row["name"]).unit, step=row["step"])
        table.append((row["name"], row["summary"] or row["title"], you, best, _time_of(row)))
    screen.show("\n".join(screen.grid(table, gap=3, shrinks={1: 10, 4: 12, 0: 10})))
    for row in rows:
        if row["problem"]:
            screen.show("\n" + "\n".join(screen.labelled(row["name"], row["problem"], room=len(row["name"]) + 3)))
    hint = [(f"kit info {rows[0]['name']}", "what it is, with sample rows")]
    screen.show("\n" + "\n".join(screen.described(hint)))


def as_held(here: Workspace, name: str, board: Any) -> Competition:
    """A competition with the dates that hold, by the course's clock: what its host has said stands over its file."""
    competition, said, zone = here.competition(name), board.classroom.schedule(name), _zone(here)

    def date(at: float | None) -> datetime | None:
        return None if at is None else datetime.fromtimestamp(at, zone).astimezone(zone)

    schedule = Schedule(
        opens=date(said.opens),
        closes=date(said.closes),
        grace_minutes=round(said.grace_s / 60),
        reveals=date(said.reveals),
    )
    return replace(competition, schedule=schedule)


def _zone(here: Workspace) -> tzinfo | None:
    return ZoneInfo(here.config.zone) if here.config.zone else None


def ends(competition: Competition, here: Workspace) -> str:
    """When it opens, or else closes, in the course's time zone, and how long that is from now."""
    said, zone = competition.schedule, _zone(here)
    opens, closes = (at.astimezone(zone) if at else None for at in (said.opens, said.closes))
    return _when(opens, closes, practice=competition.practice)


def _when(opens: datetime | None, closes: datetime | None, *, practice: bool) -> str:
    if opens is not None and opens > datetime.now(tz=opens.tzinfo):
        return f"opens {moment(opens)}"
    if closes is None:
        return "no deadline, practice" if practice else "no deadline"
    if closes <= datetime.now(tz=closes.tzinfo):
        return f"closed since {closes:%Y-%m-%d %H:%M}"
    return moment(closes)


def moment(at: datetime) -> str:
    """A point in time that is to come, by its own clock: ``Fri 2026-11-27 23:59 (in 2 d 4 h)``."""
    left = at - datetime.now(tz=at.tzinfo)
    return f"{at:%a %Y-%m-%d %H:%M} (in {screen.remaining(left.total_seconds())})"
