"""The host's page of the roster: who is in the class, who has joined, and from where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from kit.errors import Problem, UsageError
from leaderboard.roster import SOURCES, read_lines, read_roster
from leaderboard.web import actions, host_views
from leaderboard.web.host_forms import Sheet, WrongFieldError, in_field, posted_sheet
from leaderboard.web.host_pages import host_of
from leaderboard.web.host_views import Tried
from leaderboard.web.pages import desk_of, posted, redirect
from leaderboard.web.problems import public, status_of
from leaderboard.web.render import page

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from leaderboard.board import Board
    from leaderboard.roster import RosterFile
    from leaderboard.web.desk import Desk
    from leaderboard.web.visitors import Visitor


async def roster(request: Request) -> Response:
    """Who is in the class."""
    desk = desk_of(request)
    return await _page(request, desk, await host_of(request, desk))


async def _page(
    request: Request,
    desk: Desk,
    visitor: Visitor,
    *,
    tried: Tried | None = None,
    added: tuple[tuple[str, str], ...] = (),
) -> Response:
    view = await desk.ask(host_views.roster, desk, visitor.token_id)
    status = 200 if tried is None or tried.told is None else status_of(tried.told)
    return page(
        request, desk, visitor, "host_roster.html",
        title="Roster", tab="host", status=status, view=view, tried=tried or Tried(), added=added,
    )  # fmt: skip


async def add(request: Request) -> Response:
    """Put people on the roster: of a file, or of lines that were typed."""
    desk = desk_of(request)
    visitor = await host_of(request, desk)
    fields, sheet = await posted_sheet(request, desk, visitor)
    try:
        added = await desk.ask(_add, fields.get("lines", ""), sheet)
    except WrongFieldError as wrong:
        tried = Tried(form="add", fields=fields, wrong=wrong.field, told=public(wrong.error))
        return await _page(request, desk, visitor, tried=tried)
    return await _page(request, desk, visitor, added=added)


def _add(board: Board, lines: str, sheet: Sheet) -> tuple[tuple[str, str], ...]:
    """Put them on it; what was done as (label, words), as ``kit roster add`` tells it."""
    if not sheet.data and not lines.strip():
        problem = Problem(code="E013", message="there is nobody in it", fix="choose a file, or type a name a line")
        raise WrongFieldError("lines", UsageError(problem))
    field = "file" if sheet.data else "lines"
    with in_field(field):
        found: RosterFile = read_roster(sheet.data, name=sheet.name) if sheet.data else read_lines(lines)
        made = board.classroom.add(found.rows)
    told = [("read as", SOURCES[found.source])] if sheet.data else []
    told += [("left out", note) for note in found.notes]
    told += [("added", f"{len(made.added)}: {', '.join(made.added)}")] if made.added else []
    told += [("changed", f"{len(made.changed)}: {', '.join(made.changed)}")] if made.changed else []
    told += [("unchanged", str(len(made.unchanged)))] if made.unchanged else []
    return tuple(told)


async def release(request: Request) -> Response:
    """Let a name be taken again: who had joined under it has to join anew."""
    desk = desk_of(request)
    visitor = await host_of(request, desk)
    fields = await posted(request, desk, visitor)
    was_claimed = await desk.ask(lambda board: board.people.release(_number(fields, "entrant"), actor="host"))
    return redirect(f"{_back(fields)}?done={'released' if was_claimed else 'was-free'}")


async def remove(request: Request) -> Response:
    """Take somebody off the roster: scores stay, and who is put on it again is known again."""
    desk = desk_of(request)
    visitor = await host_of(request, desk)
    fields = await posted(request, desk, visitor)
    await desk.ask(lambda board: board.people.remove(_number(fields, "entrant"), actor="host"))
    return redirect("/host/roster?done=removed")


async def revoke(request: Request) -> Response:
    """Take a token back: the browser or the command line that has it is out; the name stays taken."""
    desk = desk_of(request)
    visitor = await host_of(request, desk)
    fields = await posted(request, desk, visitor)
    await desk.ask(lambda board: board.people.revoke(_number(fields, "token"), actor="host"))
    return redirect("/host/roster?done=revoked")


async def word_code(request: Request) -> Response:
    """Make a new word code; the old one lets nobody in any more."""
    desk = desk_of(request)
    visitor = await host_of(request, desk)
    fields = await posted(request, desk, visitor)
    await desk.ask(lambda board: board.classroom.word_code(anew=True))
    return redirect(f"{_back(fields)}?done=code")


async def nickname(request: Request) -> Response:
    """Call a team by its two words again."""
    desk = desk_of(request)
    visitor = await host_of(request, desk)
    fields = await posted(request, desk, visitor)
    await desk.ask(_clear_nickname, fields.get("team", ""))
    return redirect("/host/roster?done=nickname")


def _clear_nickname(board: Board, team: str) -> None:
    board.classroom.set_nickname(board.classroom.team(team).handle, "", actor="host")


def _number(fields: dict[str, str], name: str) -> int:
    return actions.number_in(fields.get(name, "")) or 0  # nobody has this number


def _back(fields: dict[str, str]) -> str:
    return "/host/roster" if fields.get("back") == "roster" else "/host"


ROUTES = [
    Route("/host/roster", roster),
    Route("/host/roster/add", add, methods=["POST"]),
    Route("/host/release", release, methods=["POST"]),
    Route("/host/remove", remove, methods=["POST"]),
    Route("/host/revoke", revoke, methods=["POST"]),
    Route("/host/code", word_code, methods=["POST"]),
    Route("/host/nickname", nickname, methods=["POST"]),
]
