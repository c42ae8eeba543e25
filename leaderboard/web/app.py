"""The class board as an ASGI application, for `kit serve` and for any other ASGI server.

``uvicorn --factory leaderboard.web.app:app`` in the workspace's folder serves it, too.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from kit.errors import KitError, UsageError
from leaderboard.web import (
    api,
    host_audit,
    host_exports,
    host_forms,
    host_pages,
    host_roster,
    host_selection,
    join_pages,
    pages,
)
from leaderboard.web.desk import Desk, Serving
from leaderboard.web.pace import Pace, Paces
from leaderboard.web.patience import Patience
from leaderboard.web.problems import as_json, headers_of, hidden, public, status_of
from leaderboard.web.render import page
from leaderboard.web.security import Guard
from leaderboard.web.visitors import Visitor
from leaderboard.web.words import pages as words
from leaderboard.web.words import refusals

if TYPE_CHECKING:
    from starlette.requests import Request

    from kit.workspace import Workspace
    from leaderboard.web.clerk import Told

STATIC = Path(__file__).parent / "static"
_PAGES = tuple(
    route
    for module in (host_pages, host_forms, host_roster, host_selection, host_exports, host_audit, join_pages, pages)
    for route in module.ROUTES
)


def app() -> Starlette:
    """The board of the workspace of the current folder. Code is taken where it is shut in."""
    from kit.workspace import Workspace
    from leaderboard.web.serving import serving_of

    here = Workspace.find()
    return create_app(here, serving_of(here))


def create_app(workspace: Workspace, serving: Serving | None = None) -> Starlette:
    """The application that serves the board of `workspace`.

    Parameters
    ----------
    workspace
        Whose board.
    serving
        How; by default without plugins, over plain HTTP.
    """
    serving = serving or Serving(why_no_code=words.NO_SANDBOX)
    desk, paces = Desk(workspace, serving), Paces()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with desk.open():
            yield

    made = Starlette(
        routes=[*api.routes(), *_PAGES, Mount("/static", StaticFiles(directory=STATIC))],
        middleware=[
            Middleware(Guard, is_tls=serving.is_tls),
            Middleware(Pace, paces=paces, refuse=lambda request, error: _answer(request, public(error))),
            Middleware(Patience, grace_s=serving.patience_s),
        ],
        exception_handlers={KitError: _known, HTTPException: _http, ClientDisconnect: _gone, Exception: _unknown},
        lifespan=lifespan,
    )
    made.state.desk, made.state.paces = desk, paces
    return made


async def _known(request: Request, error: Exception) -> Response:
    assert isinstance(error, KitError)
    return _answer(request, public(error))


async def _unknown(request: Request, error: Exception) -> Response:
    """A mistake of ours: its words stay in the log."""
    return _answer(request, hidden(error), status=500)


async def _gone(request: Request, error: Exception) -> Response:  # noqa: ARG001 - as every handler
    """Whoever sent something went away before all of it had come: nobody reads this, and nothing is wrong here."""
    return Response(status_code=400)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    said = public(UsageError(refusals.no_request(error.status_code)))
    return _answer(request, said, status=error.status_code)


def _answer(request: Request, said: Told, *, status: int | None = None) -> Response:
    status = status or status_of(said)
    headers = headers_of(said)
    if request.url.path.startswith("/api/"):
        return JSONResponse(as_json(said), status_code=status, headers=headers)
    if request.url.path.endswith(("/rows", "/events", ".svg")):
        return PlainTextResponse(f"{said.problem.code}  {said.problem.message}\n", status_code=status, headers=headers)
    desk: Desk = request.app.state.desk
    visitor = Visitor(key="-")  # who looks is not looked up for a page that says that something went wrong
    return page(request, desk, visitor, "problem.html", status=status, headers=headers, said=said)
