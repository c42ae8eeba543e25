"""The host's pages: one-time entry, the overview, each competition, the audit, and the news of the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from leaderboard.web import actions, host_verdicts, host_views
from leaderboard.web.desk import desk_of
from leaderboard.web.host_competition import competition
from leaderboard.web.host_views import Tried
from leaderboard.web.pages import posted, redirect
from leaderboard.web.problems import TooManyError, not_found, status_of
from leaderboard.web.render import fragment, page
from leaderboard.web.security import is_this_computer, set_session
from leaderboard.web.visitors import ForbiddenError, Visitor, csrf_of, of_page
from leaderboard.web.words import refusals
from leaderboard.web.words.pages import BROWSER, signed_in

if TYPE_CHECKING:
    from starlette.requests import Request

    from leaderboard.web.desk import Desk


async def host_of(request: Request, desk: Desk) -> Visitor:
    """The host who asks. Raises `ForbiddenError` E408 for everybody else."""
    visitor = await of_page(request, desk)
    if not visitor.is_host:
        raise ForbiddenError(refusals.ONLY_HOST, is_known=True)
    return visitor


async def host(request: Request) -> Response:
    """The overview; with a code in the address the way in, once."""
    desk = desk_of(request)
    code = request.query_params.get("code", "")
    if code and request.method != "HEAD":  # a program that only looks at an address is no host
        return await _enter(request, desk, code)
    visitor = await host_of(request, desk)
    view = await desk.ask(host_views.overview, desk, desk.address(request))
    return page(request, desk, visitor, "host.html", tab="host", view=view, live=view.live)


async def _enter(request: Request, desk: Desk, code: str) -> Response:
    """Exchange a one-time code for a session; the code leaves the address at once."""
    source = actions.address_of(request)
    if (wait := desk.joining.wait_s(f"host {source}")) > 0:
        raise TooManyError(refusals.TRIES_TO_ENTER, wait)
    label = signed_in(BROWSER, source)
    token = await desk.ask(lambda board: board.classroom.host_token(code[:200], label=label))
    if token is not None:
        response = redirect("/host")
        set_session(response, token, is_tls=desk.serving.is_tls)
        return response
    visitor = await of_page(request, desk)
    if visitor.is_host:  # the address was opened again in the browser that used it
        return redirect("/host")
    if desk.on_stale_code is not None and is_this_computer(source):
        await desk.ask(lambda _: desk.on_stale_code and desk.on_stale_code())
    raise ForbiddenError(refusals.ADDRESS_USED, is_known=True)


async def live(request: Request) -> Response:
    """Who has joined, and the queue: the part of the overview that changes while one looks on."""
    desk = desk_of(request)
    visitor = await host_of(request, desk)
    view = await desk.ask(host_views.live, desk)
    return HTMLResponse(fragment("host_live.html", live=view, csrf=csrf_of(visitor, desk)))


async def events(request: Request) -> Response:
    """News of the class and of the queue, as they happen."""
    desk = desk_of(request)
    return actions.news(desk, await host_of(request, desk), ["queue"])


async def one(request: Request) -> Response:
    """One competition."""
    desk, name = desk_of(request), request.path_params["name"]
    visitor = await host_of(request, desk)
    actions.require_competition(desk, name)
    return await competition_page(request, desk, visitor, name)


async def competition_page(
    request: Request,
    desk: Desk,
    visitor: Visitor,
    name: str,
    *,
    tried: Tried | None = None,
    summary: tuple[tuple[str, str], ...] = (),
) -> Response:
    """The page of a competition, with a form that went wrong, or what an export would hold."""
    view = await desk.ask(competition, desk, name, await host_verdicts.counted(desk, name))
    status = 200 if tried is None or tried.told is None else status_of(tried.told)
    tried = tried or Tried()
    return page(
        request, desk, visitor, "host_competition.html",
        tab="host", status=status, view=view, tried=tried, summary=summary,
    )  # fmt: skip


async def cancel(request: Request) -> Response:
    """Cancel what waits or runs, whoever's it is."""
    desk = desk_of(request)
    visitor = await host_of(request, desk)
    fields = await posted(request, desk, visitor)
    number = actions.number_in(fields.get("label", "").removeprefix("s"))
    if number is None:
        raise not_found(refusals.SUBMISSION_OF_LABEL)
    await desk.ask(actions.cancel, number, visitor)
    return redirect("/host?done=cancelled")


ROUTES = [
    Route("/host", host),
    Route("/host/live", live),
    Route("/host/events", events),
    Route("/host/cancel", cancel, methods=["POST"]),
    Route("/host/c/{name}", one),
]
