"""The host's page of the roster: who is in the class, who has joined, and from where."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from starlette.routing import Route

from kit.errors import UsageError
from leaderboard.roster import SOURCES, read_lines, read_roster
from leaderboard.web import actions, host_views
from leaderboard.web.desk import desk_of
from leaderboard.web.host_forms import Sheet, WrongFieldError, in_field, posted_sheet
from leaderboard.web.host_pages import host_of
from leaderboard.web.host_views import Tried
from leaderboard.web.pages import posted, redirect
from leaderboard.web.problems import not_found, public, status_of
from leaderboard.web.render import page
from leaderboard.web.words import host as words
from leaderboard.web.words import refusals

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from leaderboard.board import Board
    from leaderboard.roster import RosterFile
    from leaderboard.web.desk import Desk
    from leaderboard.web.host_forms import Fields
    from leaderboard.web.visitors import Visitor

Change = Callable[["Board", "Fields"], str]


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
        tab="host", status=status, view=view, tried=tried or Tried(), added=added,
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
        raise WrongFieldError("lines", UsageError(words.NOBODY_IN_IT))
    field = "file" if sheet.data else "lines"
    with in_field(field):
        found: RosterFile = read_roster(sheet.data, name=sheet.name) if sheet.data else read_lines(lines)
        made = board.classroom.add(found.rows)
    told = [(words.READ_AS, SOURCES[found.source])] if sheet.data else []
    told += [(words.LEFT_OUT, note) for note in found.notes]
    told += [(words.ADDED, words.named(made.added))] if made.added else []
    told += [(words.CHANGED, words.named(made.changed))] if made.changed else []
    told += [(words.UNCHANGED, str(len(made.unchanged)))] if made.unchanged else []
    return tuple(told)


async def rename(request: Request) -> Response:
    """Correct a name: whoever has joined under it stays in."""
    desk = desk_of(request)
    visitor = await host_of(request, desk)
    fields = await posted(request, desk, visitor)
    try:
        await desk.ask(_rename, fields)
    except WrongFieldError as wrong:
        form = f"rename-{_number(fields, 'entrant')}"
        tried = Tried(form=form, fields=fields, wrong=wrong.field, told=public(wrong.error))
        return await _page(request, desk, visitor, tried=tried)
    return redirect("/host/roster?done=renamed")


def _rename(board: Board, fields: Fields) -> None:
    number = _number(fields, "entrant")
    one = next((one for one in board.people.entrants() if one.id == number), None)
    if one is None:
        raise not_found(refusals.STUDENT_OF_NUMBER)
    with in_field("name"):
        board.classroom.rename(one, fields.get("name", ""))


def changing(change: Change, *, back: str = "/host/roster") -> Callable[[Request], Awaitable[Response]]:
    """What answers a small form: does the change, and goes back to where the form was, with a word of what was done."""

    async def answer(request: Request) -> Response:
        desk = desk_of(request)
        fields = await posted(request, desk, await host_of(request, desk))
        done = await desk.ask(change, fields)
        return redirect(f"{'/host/roster' if fields.get('back') == 'roster' else back}?done={done}")

    return answer


def _release(board: Board, fields: Fields) -> str:
    """Let a name be taken again: who had joined under it has to join anew."""
    return "released" if board.people.release(_number(fields, "entrant"), actor="host") else "was-free"


def _remove(board: Board, fields: Fields) -> str:
    """Take somebody off the roster: scores stay, and who is put on it again is known again."""
    board.people.remove(_number(fields, "entrant"), actor="host")
    return "removed"


def _revoke(board: Board, fields: Fields) -> str:
    """Take a token back: the browser or the command line that has it is out; the name stays taken."""
    board.people.revoke(_number(fields, "token"), actor="host")
    return "revoked"


def _word_code(board: Board, fields: Fields) -> str:  # noqa: ARG001 - one form of all
    """Make a new word code; the old one lets nobody in any more."""
    board.classroom.word_code(anew=True)
    return "code"


def _clear_nickname(board: Board, fields: Fields) -> str:
    """Call a team by its two words again."""
    board.classroom.set_nickname(board.classroom.team(fields.get("team", "")).handle, "", actor="host")
    return "nickname"


def _number(fields: Fields, name: str) -> int:
    return actions.number_in(fields.get(name, "")) or 0  # nobody has this number


ROUTES = [
    Route("/host/roster", roster),
    Route("/host/roster/add", add, methods=["POST"]),
    Route("/host/rename", rename, methods=["POST"]),
    Route("/host/release", changing(_release, back="/host"), methods=["POST"]),
    Route("/host/remove", changing(_remove), methods=["POST"]),
    Route("/host/revoke", changing(_revoke), methods=["POST"]),
    Route("/host/code", changing(_word_code, back="/host"), methods=["POST"]),
    Route("/host/nickname", changing(_clear_nickname), methods=["POST"]),
]
