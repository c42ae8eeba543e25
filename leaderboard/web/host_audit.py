"""The host's page of the audit: who did what, and when, in words."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.routing import Route

from leaderboard.chronicle import Called, Line, in_words
from leaderboard.web import look
from leaderboard.web.desk import desk_of
from leaderboard.web.host_pages import host_of
from leaderboard.web.render import page

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from leaderboard.board import Board
    from leaderboard.store.base import Event
    from leaderboard.web.desk import Desk

_MOST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """A line of the audit: when, who, what in words, and the details."""

    at: str
    who: str
    what: str
    detail: str


async def audit(request: Request) -> Response:
    """What was done, the newest first."""
    desk = desk_of(request)
    visitor = await host_of(request, desk)
    shows_all = "all" in request.query_params
    rows = await desk.ask(_rows, desk, None if shows_all else _MOST)
    is_cut = not shows_all and len(rows) == _MOST
    return page(request, desk, visitor, "host_audit.html", title="Audit", tab="host", rows=rows, is_cut=is_cut)


def _rows(board: Board, desk: Desk, newest: int | None) -> tuple[AuditRow, ...]:
    """What was done, the newest first."""
    events = board.store.audit(newest=newest)
    called, zone = Called.of(board), look.zone_of(desk.workspace)
    told = in_words(events, called, zone)
    return tuple(_audit_row(event, line) for event, line in zip(reversed(events), reversed(told), strict=True))


def _audit_row(event: Event, line: Line) -> AuditRow:
    verb = _verb(event)
    about = "" if event.about == "class" else f" {line.about}"
    who = ACTORS.get(event.actor, line.actor)
    if event.actor == "student":  # who claims a name is who it is about, or says so
        who, about = line.about if event.action == "claim" else "Somebody", "" if event.action == "claim" else about
    return AuditRow(at=line.at, who=who, what=f"{verb}{about}", detail=line.detail.removeprefix(f"name {line.about}"))


def _verb(event: Event) -> str:
    """What was done; of something with a time of its own whether it was done at once."""
    if event.action in _TIMED:
        key, at_once, ahead, back = _TIMED[event.action]
        at = json.loads(event.detail).get(key)
        return back if at is None else at_once if at <= event.at + 1 else ahead
    return ACTIONS.get(event.action, event.action.replace("-", " "))


_TIMED = {
    "open": ("opens", "opened", "set when it opens:", "opened"),
    "close": ("closes", "closed", "set when it closes:", "closed"),
    "freeze": ("freezes", "froze the board of", "set when the board freezes:", "froze the board of"),
    "schedule-reveal": (
        "reveals",
        "opened the private ranking of",
        "set when the private ranking opens:",
        "took back when the private ranking opens:",
    ),
}
ACTORS = {"host": "The host", "schedule": "The schedule", "somebody": "Somebody"}
ACTIONS = {
    "unfreeze": "let the board move again:",
    "reveal": "opened the private ranking of",
    "extend": "gave more time in",
    "quota": "gave other tries in",
    "select": "chose what counts in",
    "cancel": "cancelled a submission to",
    "export": "took the grades of",
    "roster-add": "added",
    "roster-change": "changed",
    "roster-remove": "took off the roster",
    "claim": "joined",
    "claim-refused": "was not let in as",
    "release": "set free the name of",
    "nickname": "set the name on the board of",
    "token": "was given a token",
    "revoke": "took back",
    "code": "came in with a host's address",
    "code-refused": "came with a host's address that was used or too old",
    "set": "made new:",
}
ROUTES = [Route("/host/audit", audit)]
