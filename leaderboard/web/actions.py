"""What visitors do, from pages and through the API alike: join, hand in, cancel."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kit.errors import RefusedError, nearest
from leaderboard.board import Board
from leaderboard.receipt import label
from leaderboard.sender import Sender
from leaderboard.store.base import Submission
from leaderboard.tokens import is_same
from leaderboard.web import clerk, clerk_files, look
from leaderboard.web.clerk import Delivery, TakenIn
from leaderboard.web.events import event
from leaderboard.web.problems import TooManyError, not_found, of_clerk
from leaderboard.web.room import BusyError
from leaderboard.web.uploads import announced, received
from leaderboard.web.visitors import ForbiddenError, Visitor
from leaderboard.web.words import refusals

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from leaderboard.store.people import Entrant
    from leaderboard.web.desk import Desk

_KEY = re.compile(r"[\x21-\x7e]{1,100}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """Somebody who has just joined. The token is told once, here; its hash is what is kept."""

    token: str
    entrant: Entrant
    team_name: str


def number_in(text: str) -> int | None:
    """The number that a visitor sent; None where it is none, or longer than any that a store can hold."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else None


def numbers_in(fields: Mapping[str, str]) -> list[int]:
    """The submissions that are ticked in a form: their labels are the names of its boxes."""
    return [number for key in fields if key[:1] == "s" and (number := number_in(key[1:])) is not None]


def address_of(request: Request) -> str:
    """The address that a request comes from."""
    return request.client.host if request.client else ""


def news(desk: Desk, visitor: Visitor, topics: Sequence[str], *, first: bytes = b"") -> Response:
    """What happens about `topics`, as server-sent events. Raises `BusyError` where too many listen already."""
    from starlette.responses import StreamingResponse

    of = "" if visitor.token_id is None else str(visitor.token_id)
    if not desk.streams.has_room(of):
        raise BusyError(refusals.MANY_LISTEN, after_s=30)
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}  # nothing on the way is to keep or collect it
    told = desk.streams.listen(*topics, first=first, of=of)
    return StreamingResponse(told, media_type="text/event-stream", headers=headers)


def missed(request: Request, desk: Desk, competition: str, visitor: Visitor) -> bytes:
    """News for a page that says which standings it shows (``?seen=``): that they are others, where they are by now.

    They change between the page and its stream, and while a laptop sleeps.
    """
    seen, now = request.query_params.get("seen", ""), desk.standings.version_of(competition, visitor.viewer)
    return event("standings", now) if seen and seen != now else b""


def require_code(desk: Desk, request: Request, board_code: str, typed: str) -> None:
    """Refuse a wrong word code, and whoever tries many wrong ones.

    The right one does not count: thirty students may come from one address. Whoever has tried too many is not told
    whether the next one is right.

    Raises
    ------
    RefusedError
        E407, E409.
    """
    is_right = is_same("-".join(typed.casefold().replace("-", " ").split()), board_code)
    for limiter, key in ((desk.joining, address_of(request)), (desk.joining_at_all, "")):
        if (wait := limiter.wait_s(key, counts=not is_right)) > 0:
            raise TooManyError(refusals.TRIES_TO_JOIN, wait)
    if not is_right:
        raise RefusedError(refusals.wrong_code(typed))


def word_code(board: Board) -> str:
    """The code of the class."""
    return board.classroom.word_code()


def free_names(board: Board) -> tuple[Entrant, ...]:
    """Who is on the roster and has not joined yet, by name."""
    free = (entrant for entrant in board.people.entrants() if entrant.claimed_at is None)
    return tuple(sorted(free, key=lambda entrant: (entrant.name.casefold(), entrant.id)))


def claim(board: Board, entrant_id: int, source: str) -> Joined:
    """Join under a name, once the code was the right one.

    Raises
    ------
    RefusedError
        E407 if the name has been claimed, which the host is told, or is not on the roster.
    """
    entrant = next((one for one in board.people.entrants() if one.id == entrant_id), None)
    if entrant is None:
        raise RefusedError(refusals.NAME_TAKEN)
    classroom = board.classroom
    token, made = classroom.join(classroom.word_code(), entrant_id, label=source)
    return Joined(token=token, entrant=entrant, team_name=classroom.names(real=False)[made.team])


def claim_by_name(board: Board, name: str, source: str) -> Joined:
    """Join under a name as somebody has typed it, once the code was the right one.

    Raises
    ------
    RefusedError
        E407 if it is not the name of one who has not joined yet. Whether it is another's is told to the host alone.
    """
    typed = " ".join(name.split()).casefold()
    called = [one for one in board.people.entrants() if one.name.casefold() == typed]
    free = [one for one in called if one.claimed_at is None]
    if len(free) == 1:
        return claim(board, free[0].id, source)
    if called and not free:
        with suppress(RefusedError):  # of which the host has heard by then
            return claim(board, called[0].id, source)
    raise RefusedError(refusals.not_free(name.strip(), _meant(name, [one.name for one in free_names(board)])))


def _meant(name: str, free: Sequence[str]) -> str:
    """Which of the names that are free is meant by one that is not; empty where none is.

    Classmates may share a surname: who looks for a name that was taken is not to be led to another's.
    """
    near = nearest(name.strip(), free)
    return near if near is not None and nearest(name.split()[0], [near.split()[0]]) is not None else ""


def leave(board: Board, visitor: Visitor) -> None:
    """Take back the token that the visitor came with. The name stays taken: only the host sets it free."""
    if visitor.token_id is not None:
        board.people.revoke(visitor.token_id, actor=visitor.team or visitor.role)


def require_team(visitor: Visitor) -> None:
    """Refuse whoever hands in for nobody. Raises `ForbiddenError`, E408."""
    if visitor.is_host:
        raise ForbiddenError(refusals.HOST_HAS_NO_TEAM, is_known=True)
    if not visitor.team:
        raise ForbiddenError(refusals.ONLY_JOINED)


def require_competition(desk: Desk, name: str) -> None:
    """Refuse what is no competition here. Raises `UsageError`, E001."""
    if name not in desk.workspace.competitions:
        raise not_found(refusals.competition(name))


async def handed_out(desk: Desk, visitor: Visitor, name: str, file: str) -> Response:
    """A public file as a download, for who has joined."""
    require_competition(desk, name)
    if visitor.role == "anonymous":
        require_team(visitor)
    from starlette.responses import FileResponse

    path = await desk.clerk(clerk_files.public_file, name, file)
    if not path:
        raise not_found(refusals.file(file))
    shown = file.rpartition("/")[2]
    return FileResponse(path, filename=shown, media_type="text/csv" if shown.endswith(".csv") else None)


async def deliver(
    request: Request, desk: Desk, visitor: Visitor, competition: str, *, own_form: object = None
) -> tuple[TakenIn, str, dict[str, str]]:
    """Take in what `request` brings: what became of it, how it is called, and the fields of the form around it.

    Everything that can be refused without the file is refused before it is read.

    Parameters
    ----------
    own_form
        Called with the fields of a form; raises where it is not one of ours.
    """
    require_competition(desk, competition)
    require_team(visitor)
    if (wait := desk.submitting.wait_s(visitor.team)) > 0:
        raise TooManyError(refusals.SUBMISSIONS, wait)
    size = announced(request)  # before there is room for it: what is too large would come again and again
    with desk.room.taken(visitor.team):
        await desk.ask(lambda _: desk.room.require(size))
        async with received(request, desk.uploads) as upload:
            if callable(own_form):
                own_form(upload.fields)
            delivery = Delivery(
                competition=competition,
                path=str(upload.path),
                name=upload.name,
                team=visitor.team,
                sender=sender_of(request, visitor, upload.fields),
                why_no_code=desk.serving.why_no_code,
            )
            said = await desk.clerk(clerk.take_in, delivery)
    told = of_clerk(said.told) if said.told is not None else None
    return replace(said, told=told), upload.name, upload.fields


def sender_of(request: Request, visitor: Visitor, fields: Mapping[str, str]) -> Sender:
    """Who sends what a request brings, and how: by its headers, or by the fields of a form."""
    key = request.headers.get("idempotency-key", "") or fields.get("client_key", "")
    try:
        made_at = float(request.headers.get("x-made-at", ""))
    except ValueError:
        made_at = float("nan")
    wants = request.query_params.get("replace", "") or fields.get("replace", "")
    return Sender(
        entrant_id=visitor.entrant_id,
        # One of our own where none came: a clerk that is killed is asked again, and must not take it in twice.
        client_key=key if _KEY.fullmatch(key) else secrets.token_hex(16),
        made_at=made_at if 0 < made_at < 1e11 else None,
        replaces=wants in ("1", "true", "on"),
    )


def cancel(board: Board, number: int, visitor: Visitor) -> Submission:
    """Cancel a submission of one's own, or any one as the host: at once where it waits, soon where it runs."""
    row = look.own_submission(board, number, visitor)
    if board.store.cancel(row.id) and visitor.is_host:
        detail = json.dumps({"team": row.team, "submission": label(row.id)})
        board.store.record(actor="host", action="cancel", about=row.competition, detail=detail)
    return board.store.submission(row.id)


def select(board: Board, competition: str, visitor: Visitor, numbers: Sequence[int]) -> tuple[int, ...]:
    """Let these submissions count for the private ranking. Raises `RefusedError`, E405, also once that is open."""
    require_team(visitor)
    if board.is_revealed(competition):  # who has seen all private scores would choose the best
        raise RefusedError(refusals.settled(competition))
    chosen = board.classroom.select(competition, visitor.team, numbers, actor=visitor.team)
    return tuple(row.id for row in chosen)
