"""Pages: templates of this package, with what every page has around its content."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.responses import HTMLResponse

from leaderboard.web.security import set_form_key
from leaderboard.web.views import Place
from leaderboard.web.visitors import Visitor, csrf_of, new_form_key
from leaderboard.web.words import pages as words

if TYPE_CHECKING:
    from starlette.requests import Request

    from leaderboard.web.board_views import BoardRow
    from leaderboard.web.desk import Desk


@cache
def templates() -> Environment:
    """The templates. What is put into them is escaped, and what they name must be there."""
    return Environment(
        loader=PackageLoader("leaderboard.web"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def fragment(template: str, **values: Any) -> str:
    """A piece of a page."""
    return templates().get_template(template).render(**values)


def draw_row(row: BoardRow) -> str:
    """The HTML of a row of the leaderboard's table."""
    return fragment("row.html", row=row)


def page(
    request: Request,
    desk: Desk,
    visitor: Visitor,
    template: str,
    *,
    status: int = 200,
    competition: str = "",
    tab: str = "",
    headers: dict[str, str] | None = None,
    **values: Any,
) -> HTMLResponse:
    """A whole page for a visitor. Who has no session gets a key for the page's forms with it."""
    fresh = "" if visitor.key else new_form_key()
    if fresh:
        visitor = Visitor(key=fresh)
    place = Place(
        class_title=desk.workspace.config.title or desk.workspace.root.name,
        role=visitor.role,
        name=visitor.name,
        team=visitor.team,
        csrf=csrf_of(visitor, desk),
        competition=competition,
        tab=tab,
        is_screen="screen" in request.query_params,
        notice=words.NOTICES.get(request.query_params.get("done", ""), ""),
    )
    response = HTMLResponse(fragment(template, place=place, **values), status_code=status, headers=headers)
    if fresh:
        set_form_key(response, fresh, is_tls=desk.serving.is_tls)
    return response
