"""What the host takes along: standings and grades as files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from kit.errors import RefusedError, UsageError
from leaderboard.grades import FORMATS
from leaderboard.web import actions, host_clerk
from leaderboard.web.desk import desk_of
from leaderboard.web.host_clerk import Grades, Order
from leaderboard.web.host_forms import WrongFieldError, posted_sheet, wrong_field
from leaderboard.web.host_pages import competition_page, host_of
from leaderboard.web.host_views import Tried
from leaderboard.web.problems import public
from leaderboard.web.words import host as words

if TYPE_CHECKING:
    from starlette.requests import Request

    from leaderboard.board import Board
    from leaderboard.web.desk import Desk
    from leaderboard.web.host_forms import Fields

_CSV, _JSON = "text/csv; charset=utf-8", "application/json"


async def standings_csv(request: Request) -> Response:
    """The standings as CSV."""
    return await _standings(request, as_json=False)


async def standings_json(request: Request) -> Response:
    """The standings as JSON."""
    return await _standings(request, as_json=True)


async def _standings(request: Request, *, as_json: bool) -> Response:
    desk, name = desk_of(request), request.path_params["name"]
    await host_of(request, desk)
    actions.require_competition(desk, name)
    content = await desk.clerk(host_clerk.standings, name, as_json=as_json)
    return _file(content, f"standings-{name}.{'json' if as_json else 'csv'}", _JSON if as_json else _CSV)


def _file(content: bytes, name: str, media_type: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Response(content, media_type=media_type, headers=headers)


async def grades(request: Request) -> Response:
    """The grades as a file, or, where the host only wants to look, what would be in it."""
    desk, name = desk_of(request), request.path_params["name"]
    visitor = await host_of(request, desk)
    actions.require_competition(desk, name)
    fields, sheet = await posted_sheet(request, desk, visitor)
    try:
        made = await _made(
            desk, _order(name, fields, sheet.data), is_practice=desk.workspace.competition(name).practice
        )
    except WrongFieldError as wrong:
        tried = Tried(form="grades", fields=fields, wrong=wrong.field, told=public(wrong.error))
        return await competition_page(request, desk, visitor, name, tried=tried)
    if fields.get("then") == "look":
        tried = Tried(form="grades", fields=fields)
        return await competition_page(request, desk, visitor, name, tried=tried, summary=made.summary)
    form = fields["format"]
    await desk.ask(_note, name, form)
    if form == "json":
        return _file(made.content, f"grades-{name}.json", _JSON)
    return _file(made.content, f"grades-{name}-{form}.csv", _CSV)


def _note(board: Board, name: str, form: str) -> None:
    """Private scores leave the server: that is worth a line of the audit."""
    part = "private" if board.is_revealed(name) else "public"
    board.store.record(actor="host", action="export", about=name, detail=json.dumps({"form": form, "part": part}))


def _order(name: str, fields: Fields, template: bytes) -> Order:
    form = fields.get("format", "")
    if form not in (*FORMATS, "json"):
        raise WrongFieldError("format", UsageError(words.no_format(form, FORMATS)))
    return Order(
        competition=name,
        form=form,
        rule=fields.get("rule", "").strip() or None,
        column=fields.get("column", "").strip() or None,
        late_penalty=_penalty(fields.get("late", "").strip()),
        is_provisional=fields.get("provisional") == "yes",
        allows_practice=fields.get("practice") == "yes",
        template=template or None,
    )


def _penalty(text: str) -> float:
    """A share of the points: of 0 to 100 per cent."""
    try:
        percent = float(text.removesuffix("%")) if text else 0.0
    except ValueError:
        percent = -1.0
    if not 0.0 <= percent <= 100.0:
        raise WrongFieldError("late", UsageError(words.no_percentage(text)))
    return percent / 100


async def _made(desk: Desk, order: Order, *, is_practice: bool) -> Grades:
    """The grades; what is wrong is told beside the field that it is about."""
    try:
        return await desk.clerk(host_clerk.grades, order)
    except RefusedError as error:
        raise wrong_field("provisional", error, fix=words.TICK_OR_REVEAL) from error
    except UsageError as error:
        if error.code == "E014":
            raise WrongFieldError("template", error) from error
        if is_practice and not order.allows_practice:
            raise wrong_field("practice", error, fix=words.TICK_IF_NO_MATTER) from error
        raise WrongFieldError("rule", error) from error


ROUTES = [
    Route("/host/c/{name}/standings.csv", standings_csv),
    Route("/host/c/{name}/standings.json", standings_json),
    Route("/host/c/{name}/grades", grades, methods=["POST"]),
]
