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
from leaderboard.web.words import host as words

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
    return page(request, desk, visitor, "host_audit.html", tab="host", rows=rows, is_cut=is_cut)


def _rows(board: Board, desk: Desk, newest: int | None) -> tuple[AuditRow, ...]:
    """What was done, the newest first."""
    events = board.store.audit(newest=newest)
    called, zone = Called.of(board), look.zone_of(desk.workspace)
    told = in_words(events, called, zone)
    return tuple(_audit_row(event, line) for event, line in zip(reversed(events), reversed(told), strict=True))


def _audit_row(event: Event, line: Line) -> AuditRow:
    verb = _verb(event)
    about = "" if event.about == "class" else f" {line.about}"
    who = words.ACTORS.get(event.actor, line.actor)
    if event.actor == "student":  # who claims a name is who it is about, or says so
        who, about = line.about if event.action == "claim" else words.SOMEBODY, "" if event.action == "claim" else about
    return AuditRow(at=line.at, who=who, what=f"{verb}{about}", detail=line.detail.removeprefix(f"name {line.about}"))


def _verb(event: Event) -> str:
    """What was done; of something with a time of its own whether it was done at once."""
    if event.action in _TIMES:
        at_once, ahead, back = words.TIMED[event.action]
        at = json.loads(event.detail).get(_TIMES[event.action])
        return back if at is None else at_once if at <= event.at + 1 else ahead
    return words.ACTIONS.get(event.action, event.action.replace("-", " "))


_TIMES = {"open": "opens", "close": "closes", "freeze": "freezes", "schedule-reveal": "reveals"}
ROUTES = [Route("/host/audit", audit)]
