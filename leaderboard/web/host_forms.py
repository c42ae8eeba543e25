"""The forms of the host's page of a competition: what is typed is read as the command line reads it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.datastructures import UploadFile
from starlette.routing import Route

from kit.errors import KitError, RefusedError, UsageError
from leaderboard import timetable
from leaderboard.dates import read_moment, read_span
from leaderboard.web import actions, look
from leaderboard.web.desk import desk_of
from leaderboard.web.host_competition import LAST_S
from leaderboard.web.host_pages import competition_page, host_of
from leaderboard.web.host_views import Tried
from leaderboard.web.pages import posted, redirect
from leaderboard.web.problems import public
from leaderboard.web.uploads import capped, plain_fields
from leaderboard.web.visitors import require_own_form
from leaderboard.web.words import host as words

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from kit.workspace import Workspace
    from leaderboard.board import Board
    from leaderboard.web.desk import Desk
    from leaderboard.web.visitors import Visitor

Fields = Mapping[str, str]
Change = Callable[["Board", "Workspace", str, Fields], str]
MAX_SHEET = 8 << 20  # bytes of a table that a teacher uploads
_MOST_TRIES = 6  # digits
_MOST_WHY = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A file of a form; empty bytes where none was chosen."""

    name: str = ""
    data: bytes = b""


async def posted_sheet(request: Request, desk: Desk, visitor: Visitor) -> tuple[dict[str, str], Sheet]:
    """The fields of a form of ours, and its file. Raises `TooLargeError` E311."""
    reader = capped(request, MAX_SHEET)
    async with reader.form(max_files=1, max_fields=30, max_part_size=1 << 20) as form:
        fields = plain_fields(form)
        file = next((value for value in form.values() if isinstance(value, UploadFile) and value.filename), None)
        sheet = Sheet() if file is None else Sheet(name=file.filename or "", data=await file.read())
    require_own_form(request, desk, visitor, fields.get("csrf", ""))
    return fields, sheet


class WrongFieldError(Exception):
    """What was typed into a field can't be used. Never leaves the pages: it becomes words beside the field."""

    def __init__(self, field: str, error: KitError) -> None:
        super().__init__(f"{field}: {error}")
        self.field, self.error = field, error


@contextmanager
def in_field(name: str, *, fix: str = "") -> Iterator[None]:
    """Whatever is wrong in here is told beside this field, with `fix` in place of what a command line would do."""
    try:
        yield
    except (UsageError, RefusedError) as error:
        raise wrong_field(name, error, fix=fix) from error


def wrong_field(name: str, error: KitError, *, fix: str = "") -> WrongFieldError:
    """`error` as one of a field, with `fix` in place of its own."""
    if fix:
        error.problem = replace(error.problem, fix=fix)
    return WrongFieldError(name, error)


def changing(form: str, change: Change) -> Callable[[Request], Awaitable[Response]]:
    """What answers a form of this name: does the change, or shows the form again with what was typed."""

    async def answer(request: Request) -> Response:
        desk, name = desk_of(request), request.path_params["name"]
        visitor = await host_of(request, desk)
        actions.require_competition(desk, name)
        fields = await posted(request, desk, visitor)
        try:
            done = await desk.ask(change, desk.workspace, name, fields)
        except WrongFieldError as wrong:
            tried = Tried(form=form, fields=fields, wrong=wrong.field, told=public(wrong.error))
            return await competition_page(request, desk, visitor, name, tried=tried)
        back = "/host" if fields.get("back") == "overview" else f"/host/c/{quote(name)}"
        return redirect(f"{back}?done={done}")

    return answer


def _moment(board: Board, here: Workspace, fields: Fields, name: str) -> float | None:
    """The moment in a field; None where nothing was typed."""
    if not fields.get(name, "").strip():
        return None
    zone = look.zone_of(here)
    with in_field(name, fix=words.SAY_A_TIME if zone else ""):  # without a zone it is told which is missing
        return read_moment(fields[name], now=board.store.clock(), zone=zone)


def _span(fields: Fields, name: str) -> float | None:
    if not fields.get(name, "").strip():
        return None
    with in_field(name):
        return read_span(fields[name])


def _tries(fields: Fields, name: str) -> int | None:
    text = fields.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_TRIES):
        raise WrongFieldError(name, UsageError(words.no_number(text)))
    return int(text)


def _why(fields: Fields) -> str:
    return fields.get("why", "").strip()[:_MOST_WHY]


def _open(board: Board, here: Workspace, name: str, fields: Fields) -> str:
    at, until = _moment(board, here, fields, "at"), _moment(board, here, fields, "until")
    with in_field("at" if until is None else "until"):
        timetable.open_from(board, name, board.store.clock() if at is None else at, until=until, why=_why(fields))
    return "opened" if at is None else "set"


def _close(board: Board, here: Workspace, name: str, fields: Fields) -> str:
    at, grace_s = _moment(board, here, fields, "at"), _span(fields, "grace")
    with in_field("at"):
        timetable.close_at(board, name, at, grace_s=grace_s, why=_why(fields))
    return "closed" if at is None else "set"


def _freeze(board: Board, here: Workspace, name: str, fields: Fields) -> str:
    how, at = fields.get("how", ""), _moment(board, here, fields, "at")
    if how == "off":
        timetable.freeze_at(board, name, None, why=_why(fields))
        return "moving"
    if how == "last":
        with in_field("at", fix=words.SAY_CLOSING_FIRST):
            at = timetable.before_closing(board, name, LAST_S)
    now = board.store.clock()
    timetable.freeze_at(board, name, now if at is None else at, why=_why(fields))
    return "frozen" if at is None or at <= now else "set"


def _reveal(board: Board, here: Workspace, name: str, fields: Fields) -> str:  # noqa: ARG001 - one form of all
    if fields.get("confirmed") != "yes":
        raise WrongFieldError("confirmed", UsageError(words.NOT_CONFIRMED))
    board.reveal(name)
    return "revealed"


def _schedule(board: Board, here: Workspace, name: str, fields: Fields) -> str:
    if fields.get("how") == "off":
        timetable.reveal_at(board, name, None)
        return "set"
    at = _moment(board, here, fields, "at")
    if at is None:
        raise WrongFieldError("at", UsageError(words.NO_TIME))
    with in_field("at"):
        timetable.reveal_at(board, name, at)
    return "set"


def _extend(board: Board, here: Workspace, name: str, fields: Fields) -> str:
    with in_field("team"):
        team = board.classroom.team(fields.get("team", ""))
    until, by_s = _moment(board, here, fields, "until"), _span(fields, "by")
    per_day, total = _tries(fields, "tries"), _tries(fields, "tries_total")
    _require_one_end(until, by_s)
    if until is None and by_s is None and per_day is None and total is None:
        raise WrongFieldError("by", UsageError(words.NOTHING_GIVEN))
    if by_s is not None:
        with in_field("by", fix=words.SAY_CLOSING_FIRST):
            until = timetable.after_closing(board, name, by_s)
    if until is not None:
        with in_field("until", fix=words.SAY_CLOSING_FIRST):
            timetable.extend(board, name, team.handle, until, why=_why(fields))
    if per_day is not None or total is not None:
        timetable.give_tries(board, name, team.handle, per_day=per_day, total=total, why=_why(fields))
    return "extended"


def _require_one_end(until: float | None, by_s: float | None) -> None:
    if until is not None and by_s is not None:
        raise WrongFieldError("until", UsageError(words.TWO_ENDS))


FORMS: Mapping[str, Change] = {
    "open": _open,
    "close": _close,
    "freeze": _freeze,
    "reveal": _reveal,
    "schedule": _schedule,
    "extend": _extend,
}
ROUTES = [Route(f"/host/c/{{name}}/{form}", changing(form, change), methods=["POST"]) for form, change in FORMS.items()]
