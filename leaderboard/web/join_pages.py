"""The pages on which one joins a class, and the QR code that leads there."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.responses import Response
from starlette.routing import Route

from kit.errors import RefusedError
from leaderboard.web import actions
from leaderboard.web.desk import desk_of
from leaderboard.web.pages import posted, redirect
from leaderboard.web.problems import public, status_of
from leaderboard.web.render import page
from leaderboard.web.security import end_session, set_session
from leaderboard.web.views import JoinView
from leaderboard.web.visitors import Visitor, of_page
from leaderboard.web.words import pages as words

if TYPE_CHECKING:
    from starlette.requests import Request

    from leaderboard.web.desk import Desk

_WORD_CODE = re.compile(r"[a-z]{1,20}-[a-z]{1,20}-[0-9]{2}")


async def join_form(request: Request) -> Response:
    """The page on which one joins. With the code in the address it goes on to the names."""
    desk = desk_of(request)
    visitor = await of_page(request, desk)
    code = request.path_params.get("code", "")
    return await _join_page(request, desk, visitor, code)


async def _join_page(
    request: Request, desk: Desk, visitor: Visitor, code: str, *, error: RefusedError | None = None
) -> Response:
    names: tuple[tuple[int, str], ...] = ()
    if code and error is None:
        try:
            actions.require_code(desk, request, await desk.ask(actions.word_code), code)
            names = tuple((one.id, one.name) for one in await desk.ask(actions.free_names))
        except RefusedError as refused:
            error = refused
    is_known = bool(code) and error is None
    view = JoinView(
        address=desk.address(request),
        word_code=code if is_known else "",
        names=names,
        refused=public(error) if error else None,
        is_full=is_known and not names,
    )
    status = 200 if view.refused is None else status_of(view.refused)
    return page(request, desk, visitor, "join.html", tab="join", status=status, view=view)


async def join(request: Request) -> Response:
    """Join under a name: the code first, then the name, then it is confirmed."""
    desk = desk_of(request)
    visitor = await of_page(request, desk)
    fields = await posted(request, desk, visitor)
    code, chosen = fields.get("word_code", ""), fields.get("entrant", "")
    if not chosen:
        return redirect(f"/join/{quote(code, safe='')}") if code.strip() else redirect("/join")
    try:
        actions.require_code(desk, request, await desk.ask(actions.word_code), code)
        number = actions.number_in(chosen) or 0
        free = {one.id: one.name for one in await desk.ask(actions.free_names)}
        if number in free and fields.get("confirmed") != "yes":
            view = JoinView(address=desk.address(request), word_code=code, chosen=(number, free[number]))
            return page(request, desk, visitor, "join.html", tab="join", view=view)
        source = words.signed_in(words.BROWSER, actions.address_of(request))
        joined = await desk.ask(actions.claim, number, source)  # of one that is taken the host hears
    except RefusedError as error:
        return await _join_page(request, desk, visitor, code, error=error)
    response = redirect("/?done=joined")
    set_session(response, joined.token, is_tls=desk.serving.is_tls)
    return response


async def leave(request: Request) -> Response:
    """Leave the class in this browser."""
    desk = desk_of(request)
    visitor = await of_page(request, desk)
    await posted(request, desk, visitor)
    await desk.ask(actions.leave, visitor)
    response = redirect("/?done=left")
    end_session(response)
    return response


async def qr(request: Request) -> Response:
    """The class's address as a QR code: with the word code for the host, and for whoever shows one (``?code=``).

    Which is drawn as it came: whether it is the right one is told where tries are counted.
    """
    import segno

    desk = desk_of(request)
    visitor = await of_page(request, desk)
    address = f"{desk.address(request)}/join"
    code = await desk.ask(actions.word_code) if visitor.is_host else request.query_params.get("code", "")
    if _WORD_CODE.fullmatch(code):
        address += f"/{code}"
    drawn = io.BytesIO()
    segno.make(address, error="m").save(drawn, kind="svg", scale=8, border=2, svgclass=None, lineclass=None)
    return Response(drawn.getvalue(), media_type="image/svg+xml")


ROUTES = [
    Route("/join", join_form),
    Route("/join", join, methods=["POST"]),
    Route("/join/qr.svg", qr),
    Route("/join/{code}", join_form),
    Route("/leave", leave, methods=["POST"]),
]
