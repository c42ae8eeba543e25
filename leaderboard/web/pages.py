"""The pages that students and the projector see."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from kit.errors import KitError, RefusedError, UsageError
from leaderboard.receipt import label
from leaderboard.web import actions, board_views, clerk, kit_index, look, markup
from leaderboard.web.board_page import board_view
from leaderboard.web.desk import desk_of
from leaderboard.web.problems import not_found, public, status_of
from leaderboard.web.render import fragment, page
from leaderboard.web.uploads import plain_fields
from leaderboard.web.views import CompetitionView, KitView, SubmitView, file_views
from leaderboard.web.visitors import ForbiddenError, Visitor, of_page, require_own_form
from leaderboard.web.words import refusals

if TYPE_CHECKING:
    from starlette.requests import Request

    from leaderboard.web.desk import Desk


def redirect(path: str) -> RedirectResponse:
    """Go on there, with GET."""
    return RedirectResponse(path, status_code=303)


def number_of(request: Request) -> int:
    """The number in ``/s/s412``. Raises `UsageError`, E001."""
    number = actions.number_in(request.path_params["label"].removeprefix("s"))
    if number is None:
        raise not_found(refusals.SUBMISSION_OF_LABEL)
    return number


async def start(request: Request) -> Response:
    """What there is: the competitions, or the one that there is."""
    desk = desk_of(request)
    return await _start_page(request, desk, await of_page(request, desk))


async def _start_page(
    request: Request, desk: Desk, visitor: Visitor, *, tried: str = "", error: KitError | None = None
) -> Response:
    """The same, with the nickname that was `tried` and why it can't be had."""
    known = await desk.ask(look.entered, [name for name, _ in desk.catalogue.titles()], visitor.team)
    ranks = {name: board_views.rank((await desk.standings.of(name, visitor.viewer))[1], visitor.team) for name in known}
    cards = await desk.ask(look.cards, desk.workspace, desk.catalogue.titles(), visitor.team, ranks)
    on = tuple(card for card in cards if card.is_on) or cards
    more = tuple(card for card in cards if card not in on)
    refused = public(error) if error else None
    status = status_of(refused) if refused else 200
    return page(
        request, desk, visitor, "start.html",
        status=status, on=on, more=more, tried=tried, refused=refused,
    )  # fmt: skip


def on_the_wall(request: Request, visitor: Visitor) -> Visitor:
    """Who looks at a board: nobody in particular where it is projected, for a whole class sees what its host opened."""
    return Visitor() if "screen" in request.query_params else visitor


async def board(request: Request) -> Response:
    """The leaderboard."""
    desk, name = desk_of(request), request.path_params["name"]
    actions.require_competition(desk, name)
    visitor = await of_page(request, desk)
    view = await board_view(
        desk, on_the_wall(request, visitor), name, request.query_params.get("part", ""), may_be_old=True
    )
    return page(
        request,
        desk,
        visitor,
        "board.html",
        competition=name,
        tab="board",
        view=view,
        address=desk.address(request),
        word_code=await desk.ask(actions.word_code) if visitor.is_host else "",
    )


async def rows(request: Request) -> Response:
    """What of the leaderboard changes, for live updates."""
    desk, name = desk_of(request), request.path_params["name"]
    actions.require_competition(desk, name)
    visitor = on_the_wall(request, await of_page(request, desk))
    view = await board_view(desk, visitor, name, request.query_params.get("part", ""))
    left = view.own.tries.left if view.own else ""  # what waits uses a try before it has a score
    tag = f'"{view.version}-{visitor.team or visitor.role}-{view.part}-{left}"'
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={"etag": tag})
    return HTMLResponse(fragment("live.html", view=view), headers={"etag": tag, "cache-control": "private, no-cache"})


async def events(request: Request) -> Response:
    """News of a competition, and of one's own submissions, as they happen."""
    desk, name = desk_of(request), request.path_params["name"]
    actions.require_competition(desk, name)
    visitor = on_the_wall(request, await of_page(request, desk))
    topics = list(desk.standings.topics_of(name, visitor.viewer))
    if visitor.team:
        topics.append(f"mine/{visitor.team}")
    if visitor.is_host:
        topics.append("queue")
    return actions.news(desk, visitor, topics, first=actions.missed(request, desk, name, visitor))


async def about(request: Request) -> Response:
    """What a competition is."""
    desk, name = desk_of(request), request.path_params["name"]
    actions.require_competition(desk, name)
    visitor = await of_page(request, desk)
    told = await desk.catalogue.about(name)
    deadline, dates = await desk.ask(look.times, desk.workspace, name, visitor.team)
    view = CompetitionView(
        name=name,
        title=told["title"],
        summary=told["summary"],
        kind=told["task"]["kind"],
        lines=tuple((key, tuple(texts)) for key, texts in told["lines"].items()),
        files=file_views(told["files"]),
        deadline=deadline,
        dates=dates,
        columns=(told["row_id_column_name"], *told["columns"]) if told["columns"] else (),
        story=markup.without_title(markup.blocks(told["story"])),
        takes_code=bool(told["takes_code"]) and not desk.serving.why_no_code,
        practice=told["practice"],
    )
    return page(request, desk, visitor, "about.html", competition=name, tab="about", view=view)


async def data(request: Request) -> Response:
    """One of the files that are handed out."""
    desk, name = desk_of(request), request.path_params["name"]
    visitor = await of_page(request, desk)
    return await actions.handed_out(desk, visitor, name, request.path_params["file"])


async def submit_form(request: Request) -> Response:
    """The form for handing in."""
    desk, name = desk_of(request), request.path_params["name"]
    actions.require_competition(desk, name)
    visitor = await of_page(request, desk)
    if visitor.role == "anonymous":
        return redirect("/join")
    actions.require_team(visitor)
    return await _submit_page(request, desk, visitor, name)


async def _submit_page(
    request: Request,
    desk: Desk,
    visitor: Visitor,
    name: str,
    *,
    refused: clerk.Told | None = None,
    refused_name: str = "",
) -> Response:
    here = desk.workspace
    tries, deadline = await desk.ask(look.own_terms, here, name, visitor.team)
    waiting = await desk.ask(
        lambda b: sum(
            (row.team, row.competition, row.state) == (visitor.team, name, "queued") for row in b.store.line()
        )
    )
    view = SubmitView(
        name=name,
        title=here.competition(name).title,
        tries=tries,
        deadline=deadline,
        takes_code=not here.competition(name).takes_files_only and not desk.serving.why_no_code,
        takes_files=here.competition(name).kind != "agent",
        why_no_code=desk.serving.why_no_code,
        refused=refused,
        refused_name=refused_name,
        client_key=secrets.token_hex(16),
        waiting=waiting,
    )
    status = 200 if refused is None else status_of(refused)
    return page(request, desk, visitor, "submit.html", competition=name, tab="submit", status=status, view=view)


async def submit(request: Request) -> Response:
    """Hand in a file: on to its page, or back with everything that was wrong."""
    desk, name = desk_of(request), request.path_params["name"]
    actions.require_competition(desk, name)
    visitor = await of_page(request, desk)
    if visitor.role == "anonymous":
        return redirect("/join")
    actions.require_team(visitor)

    def own(fields: dict[str, str]) -> None:
        require_own_form(request, desk, visitor, fields.get("csrf", ""))

    try:
        said, file, _ = await actions.deliver(request, desk, visitor, name, own_form=own)
    except ForbiddenError:
        raise
    except KitError as error:
        return await _submit_page(request, desk, visitor, name, refused=public(error))
    if said.told is not None or said.submission_id is None:
        return await _submit_page(request, desk, visitor, name, refused=said.told, refused_name=file)
    return redirect(f"/s/{label(said.submission_id)}?done={'again' if said.is_repeat else 'sent'}")


async def mine(request: Request) -> Response:
    """A team's own submissions."""
    desk, name = desk_of(request), request.path_params["name"]
    actions.require_competition(desk, name)
    visitor = await of_page(request, desk)
    if visitor.role == "anonymous":
        return redirect("/join")
    actions.require_team(visitor)
    rows = await desk.ask(lambda board: board.submissions(name, team=visitor.team))
    snapshot = await desk.standings.with_scores(rows, name, visitor.viewer)
    view = await desk.ask(look.mine, desk.workspace, visitor.team, snapshot)
    return page(request, desk, visitor, "mine.html", competition=name, tab="mine", view=view)


async def submission(request: Request) -> Response:
    """One submission: where it is, what it got, or why not."""
    desk = desk_of(request)
    visitor = await of_page(request, desk)
    row = await desk.ask(look.own_submission, number_of(request), visitor)
    snapshot = await desk.standings.with_scores([row], row.competition, visitor.viewer)
    view = await desk.ask(look.one_submission, desk.workspace, row, snapshot)
    return page(request, desk, visitor, "submission.html", competition=row.competition, tab="mine", view=view)


async def log(request: Request) -> Response:
    """What the plugin printed, as plain text."""
    desk = desk_of(request)
    visitor = await of_page(request, desk)
    row = await desk.ask(look.own_submission, number_of(request), visitor)
    return PlainTextResponse(await desk.ask(look.log_of, row, visitor))


async def posted(request: Request, desk: Desk, visitor: Visitor) -> dict[str, str]:
    """The fields of one of our small forms. Raises `ForbiddenError` where it is none of ours."""
    async with request.form(max_files=0, max_fields=50, max_part_size=4096) as form:
        fields = plain_fields(form)
    require_own_form(request, desk, visitor, fields.get("csrf", ""))
    return fields


async def cancel(request: Request) -> Response:
    """Cancel a submission."""
    desk = desk_of(request)
    visitor = await of_page(request, desk)
    await posted(request, desk, visitor)
    row = await desk.ask(actions.cancel, number_of(request), visitor)
    return redirect(f"/s/{label(row.id)}?done=cancelled")


async def select(request: Request) -> Response:
    """Choose the submissions that count for the private ranking."""
    desk, name = desk_of(request), request.path_params["name"]
    actions.require_competition(desk, name)
    visitor = await of_page(request, desk)
    fields = await posted(request, desk, visitor)
    await desk.ask(actions.select, name, visitor, actions.numbers_in(fields))
    return redirect(f"/c/{quote(name)}/mine?done=selected")


async def nickname(request: Request) -> Response:
    """Call one's team by a name of its own choice."""
    desk = desk_of(request)
    visitor = await of_page(request, desk)
    fields = await posted(request, desk, visitor)
    actions.require_team(visitor)
    tried = fields.get("nickname", "")
    try:
        await desk.ask(lambda board: board.classroom.set_nickname(visitor.team, tried, actor=visitor.team))
    except (RefusedError, UsageError) as error:
        return await _start_page(request, desk, visitor, tried=tried, error=error)
    return redirect("/?done=done")


async def icon(_: Request) -> Response:
    """Where browsers look for it beside what is no page: a log, a picture."""
    return redirect("/static/icon.svg")


async def kit_page(request: Request) -> Response:
    """The wheels, as pip and uv read them, and the line that installs from here."""
    desk = desk_of(request)
    visitor = await of_page(request, desk)
    found = await desk.ask(lambda _: kit_index.wheels(desk.root / kit_index.FOLDER))
    address = desk.address(request)
    view = KitView(
        lines=(kit_index.install_line(address), kit_index.install_line(address, tool="uv")),
        platforms=kit_index.served(found),
        wheels=tuple((f"{wheel.file}#sha256={wheel.sha256}", wheel.file) for wheel in found),
        is_complete=any(wheel.name == kit_index.OURS for wheel in found),
    )
    return page(request, desk, visitor, "kit.html", tab="kit", view=view)


async def wheel(request: Request) -> Response:
    """One wheel."""
    desk, file = desk_of(request), request.path_params["file"]
    found = await desk.ask(lambda _: {one.file for one in kit_index.wheels(desk.root / kit_index.FOLDER)})
    if file not in found:
        raise not_found(refusals.WHEEL)
    return FileResponse(desk.root / kit_index.FOLDER / file, media_type="application/octet-stream")


async def lesson(request: Request) -> Response:
    """What an error means, at length."""
    from kit.cli import explain

    desk, code = desk_of(request), request.path_params["code"]
    visitor = await of_page(request, desk)
    if code not in explain.titles():
        raise not_found(refusals.LESSON)
    first, _, text = explain.lesson(code).partition("\n")
    title = first.removeprefix("#").strip().removeprefix(code).strip()
    return page(request, desk, visitor, "lesson.html", heading=title, code=code, blocks=markup.lesson(text))


ROUTES = [
    Route("/", start),
    Route("/favicon.ico", icon),
    Route("/c/{name}", board),
    Route("/c/{name}/rows", rows),
    Route("/c/{name}/events", events),
    Route("/c/{name}/about", about),
    Route("/c/{name}/data/{file:path}", data),
    Route("/c/{name}/submit", submit_form),
    Route("/c/{name}/submit", submit, methods=["POST"]),
    Route("/c/{name}/mine", mine),
    Route("/c/{name}/select", select, methods=["POST"]),
    Route("/nickname", nickname, methods=["POST"]),
    Route("/s/{label}", submission),
    Route("/s/{label}/log", log),
    Route("/s/{label}/cancel", cancel, methods=["POST"]),
    Route("/explain/{code}", lesson),
    Route("/kit/", kit_page),
    Route("/kit/{file}", wheel),
]
