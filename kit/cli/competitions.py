"""``kit competitions``: what one can enter."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import click

from kit.cli import screen
from kit.cli.place import workspace
from kit.competition import Competition
from kit.errors import KitError, UsageError
from kit.plugin.manager import harness
from kit.workspace import Workspace

COLUMNS = (
    "name", "title", "summary", "kind", "metric", "practice", "opens", "closes", "rank", "n_teams", "best", "level",
    "provider", "problem",
)  # fmt: skip


@click.command()
@screen.formats(csv=True)
def command(form: screen.Form) -> None:
    """List the competitions you can enter."""
    here = workspace()
    board = harness().hook.open_board(workspace=here)
    rows = [_row(here, name) | _standing(board, name) for name in here.competitions]
    board.close()
    if form == "json":
        screen.show_json(rows)
    elif form == "csv":
        screen.show_csv(rows, COLUMNS)
    elif not rows:
        screen.show("There are no competitions here.  A folder  competitions/NAME  with a competition.toml is one.")
    else:
        _show(here, rows)


def _row(here: Workspace, name: str) -> dict[str, Any]:
    """One competition as plain values; a broken file is a row too, with what is wrong."""
    found = here.competitions[name]
    row: dict[str, Any] = dict.fromkeys(COLUMNS) | {"name": name, "level": found.level, "provider": found.provider}
    try:
        competition = here.competition(name)
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
    return time.isoformat() if time else None


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
        competition = here.competition(row["name"])
        you = f"{row['rank']} of {row['n_teams']}" if row["rank"] else "not tried"
        best = "-"
        if row["best"] is not None:
            best = screen.score(row["best"], here.metric(row["name"]).unit, step=row["step"])
        table.append((row["name"], row["summary"] or row["title"], you, best, ends(competition, here)))
    screen.show("\n".join(screen.grid(table, gap=3, shrinks={1: 10, 4: 12, 0: 10})))
    for row in rows:
        if row["problem"]:
            screen.show("\n" + "\n".join(screen.labelled(row["name"], row["problem"], room=len(row["name"]) + 3)))
    hint = [(f"kit info {rows[0]['name']}", "what it is, with sample rows")]
    screen.show("\n" + "\n".join(screen.described(hint)))


def ends(competition: Competition, here: Workspace) -> str:
    """When it closes, in the course's time zone, and how long that is from now."""
    closes = competition.schedule.closes
    if closes is None:
        return "no deadline, practice" if competition.practice else "no deadline"
    zone: tzinfo | None = ZoneInfo(here.config.zone) if here.config.zone else None
    left = closes - datetime.now(tz=closes.tzinfo)
    local = closes.astimezone(zone)
    if left <= timedelta():
        return f"closed since {local:%Y-%m-%d %H:%M}"
    return f"{local:%a %Y-%m-%d %H:%M} (in {screen.remaining(left.total_seconds())})"
