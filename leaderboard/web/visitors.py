"""Who asks: nobody in particular, a student, or the host."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from kit.errors import RefusedError
from leaderboard.views import Viewer
from leaderboard.web.security import FORM_COOKIE, SESSION_COOKIE, form_token, is_form_token, is_same_origin
from leaderboard.web.words import pages as words
from leaderboard.web.words import refusals

if TYPE_CHECKING:
    from starlette.requests import Request

    from leaderboard.board import Board
    from leaderboard.web.desk import Desk

_LONGEST = 200  # characters of a token; ours have 43
Role = Literal["anonymous", "student", "host"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who asks.

    Parameters
    ----------
    role
        What may be asked.
    team, entrant_id, name
        Of a student: handle of the team, number and name on the roster.
    token_id
        Of the token; None for nobody in particular.
    key
        What the visitor's forms are signed with.
    """

    role: Role = "anonymous"
    team: str = ""
    entrant_id: int | None = None
    name: str = ""
    token_id: int | None = None
    key: str = ""

    @property
    def is_host(self) -> bool:
        """Whether it is the host."""
        return self.role == "host"

    @property
    def viewer(self) -> Viewer:
        """What of a board the visitor may see."""
        return Viewer(is_host=self.is_host, team=self.team)


class ForbiddenError(RefusedError):
    """E408: a token is needed, and the one that came is none, or not for this."""

    def __init__(self, message: str, *, is_known: bool = False) -> None:
        super().__init__(refusals.forbidden(message, is_known=is_known))
        self.is_known = is_known


def bearer(request: Request) -> str:
    """The token of the ``Authorization`` header; empty where there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def of_api(request: Request, desk: Desk) -> Visitor:
    """Who asks the API: by the bearer token alone, so that no page of another site can ask in somebody's name."""
    token = bearer(request)
    if not token:
        return Visitor()
    visitor = await desk.ask(_known, token)
    if visitor is None:
        raise ForbiddenError(refusals.NOT_KNOWN)
    return visitor


async def of_page(request: Request, desk: Desk) -> Visitor:
    """Who looks at a page: by the browser's cookie. One that is of no use any more makes nobody of its bearer."""
    token = request.cookies.get(SESSION_COOKIE, "")
    visitor = await desk.ask(_known, token) if token else None
    if visitor is not None:
        return visitor
    return Visitor(key=request.cookies.get(FORM_COOKIE, "")[:64])


def new_form_key() -> str:
    """What the forms of a browser without a session are signed with."""
    return os.urandom(16).hex()


def csrf_of(visitor: Visitor, desk: Desk) -> str:
    """What the visitor's forms carry."""
    return form_token(desk.secret, visitor.key)


def require_own_form(request: Request, desk: Desk, visitor: Visitor, token: str) -> None:
    """Refuse a form that was not made here for this visitor.

    Raises
    ------
    ForbiddenError
        E408.
    """
    if not is_same_origin(request) or not is_form_token(desk.secret, visitor.key, token):
        raise ForbiddenError(refusals.FORM_TOO_OLD, is_known=True)


def _known(board: Board, token: str) -> Visitor | None:
    found = board.classroom.bearer(token) if len(token) <= _LONGEST else None
    if found is None:
        return None
    name = words.THE_HOST if found.entrant_id is None else found.name
    return Visitor(
        role=found.role, team=found.team, entrant_id=found.entrant_id, name=name, token_id=found.id, key=token
    )
