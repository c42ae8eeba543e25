"""The host's page of what counts for the private ranking, where the choice is made for a team."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from starlette.routing import Route

from leaderboard.web import actions, look
from leaderboard.web.desk import desk_of
from leaderboard.web.host_forms import WrongFieldError, in_field
from leaderboard.web.host_pages import host_of
from leaderboard.web.host_views import Tried
from leaderboard.web.pages import posted, redirect
from leaderboard.web.problems import public, status_of
from leaderboard.web.render import page

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from leaderboard.board import Board
    from leaderboard.store.base import Submission
    from leaderboard.web.clerk_standings import Snapshot
    from leaderboard.web.desk import Desk
    from leaderboard.web.views import SubmissionView
    from leaderboard.web.visitors import Visitor


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionView:
    """What counts of one team's submissions to a competition.

    Parameters
    ----------
    name, title
        The competition.
    handle, team
        The team, and who it is.
    rows
        Its submissions that have a score, the newest first.
    most
        How many of them may be chosen.
    is_revealed
        Whether the private ranking is open: a choice changes what everybody has seen.
    """

    name: str
    title: str
    handle: str
    team: str
    rows: tuple[SubmissionView, ...]
    most: int
    is_revealed: bool


async def selection(request: Request) -> Response:
    """What counts of a team (``?team=``, however it is called)."""
    desk, name = desk_of(request), request.path_params["name"]
    visitor = await host_of(request, desk)
    actions.require_competition(desk, name)
    return await _page(request, desk, visitor, name, request.query_params.get("team", ""))


async def _page(
    request: Request, desk: Desk, visitor: Visitor, name: str, team: str, *, tried: Tried | None = None
) -> Response:
    handle, rows = await desk.ask(_submissions, name, team)
    snapshot = await desk.standings.with_scores(rows, name, visitor.viewer)
    view = await desk.ask(_view, desk, handle, snapshot)
    status = 200 if tried is None or tried.told is None else status_of(tried.told)
    return page(
        request, desk, visitor, "host_selection.html",
        tab="host", status=status, view=view, tried=tried or Tried(),
    )  # fmt: skip


def _submissions(board: Board, name: str, team: str) -> tuple[str, Sequence[Submission]]:
    handle = board.classroom.team(team).handle
    return handle, board.submissions(name, team=handle)


def _view(board: Board, desk: Desk, handle: str, snapshot: Snapshot) -> SelectionView:
    here, name = desk.workspace, snapshot.competition
    rows = look.submissions_of(board, here, handle, snapshot)
    return SelectionView(
        name=name,
        title=here.competition(name).title,
        handle=handle,
        team=board.classroom.names(real=True)[handle],
        rows=tuple(row for row in rows if row.can_select),
        most=here.competition(name).limits.selected,
        is_revealed=board.is_revealed(name),
    )


async def select(request: Request) -> Response:
    """Let the submissions that are ticked count, or none: then the best public ones do."""
    desk, name = desk_of(request), request.path_params["name"]
    visitor = await host_of(request, desk)
    actions.require_competition(desk, name)
    fields = await posted(request, desk, visitor)
    team = fields.get("team", "")
    handle, _ = await desk.ask(_submissions, name, team)
    try:
        await desk.ask(_select, name, handle, actions.numbers_in(fields))
    except WrongFieldError as wrong:
        tried = Tried(form="selection", fields=fields, wrong=wrong.field, told=public(wrong.error))
        return await _page(request, desk, visitor, name, handle, tried=tried)
    back = urlencode({"team": handle, "done": "selected"})
    return redirect(f"/host/c/{quote(name)}/selection?{back}")


def _select(board: Board, name: str, handle: str, numbers: Sequence[int]) -> None:
    with in_field("chosen"):
        board.classroom.select(name, handle, numbers, actor="host")


ROUTES = [
    Route("/host/c/{name}/selection", selection),
    Route("/host/c/{name}/selection", select, methods=["POST"]),
]
