"""The host's page: one-time entry, the class, the queue, and everything that can be done with one click."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from leaderboard.receipt import label
from leaderboard.web import actions, look
from leaderboard.web.pages import desk_of, posted, redirect
from leaderboard.web.render import page
from leaderboard.web.security import set_session
from leaderboard.web.views import HostCompetition, HostView, QueueRow, RosterRow, age
from leaderboard.web.visitors import ForbiddenError, Visitor, of_page

if TYPE_CHECKING:
    from starlette.requests import Request

    from leaderboard.board import Board
    from leaderboard.web.desk import Desk

_MOST_AUDIT = 60
_THIS_COMPUTER = ("127.0.0.1", "::1")


async def host_of(request: Request, desk: Desk) -> Visitor:
    """The host who asks. Raises `ForbiddenError` E408 for everybody else."""
    visitor = await of_page(request, desk)
    if not visitor.is_host:
        raise ForbiddenError("this page is the host's: open the address that   kit serve   has printed", is_known=True)
    return visitor


async def host(request: Request) -> Response:
    """The host's page; with a code in the address the way in, once."""
    desk = desk_of(request)
    code = request.query_params.get("code", "")
    if code:
        if (wait := desk.joining.wait_s(f"host {actions.address_of(request)}")) > 0:
            from leaderboard.web.problems import TooManyError

            raise TooManyError("tries to enter", wait)
        token = await desk.ask(
            lambda board: board.classroom.host_token(code[:200], label=f"browser at {actions.address_of(request)}")
        )
        if token is None:
            visitor = await of_page(request, desk)
            if visitor.is_host:  # the address was opened again in the browser that used it
                return redirect("/host")
            if desk.on_stale_code is not None and actions.address_of(request) in _THIS_COMPUTER:
                await desk.ask(lambda _: desk.on_stale_code and desk.on_stale_code())
            raise ForbiddenError("this address was used before, or is too old: kit serve prints another", is_known=True)
        response = redirect("/host")  # the code leaves the address at once
        set_session(response, token, is_tls=desk.serving.is_tls)
        return response
    visitor = await host_of(request, desk)
    view = await desk.ask(_view, desk, desk.address(request))
    return page(request, desk, visitor, "host.html", title="The host's page", tab="host", view=view)


def _view(board: Board, desk: Desk, address: str) -> HostView:
    here, serving = desk.workspace, desk.serving
    people = board.people
    now, real = board.store.clock(), board.classroom.names(real=True)
    teams = people.teams()
    line, found = look.line_of(board)
    n_of: dict[str, int] = {}
    competitions = []
    for name, title in desk.titles():
        rows = board.submissions(name)
        for row in rows:
            n_of[row.team] = n_of.get(row.team, 0) + (row.state == "scored")
        if rows or name == here.config.competition:
            competitions.append(_competition(board, desk, name, title, {team.handle for team in teams}))
    return HostView(
        address=address,
        word_code=actions.word_code(board),
        is_tls=serving.is_tls,
        why_no_code=serving.why_no_code,
        sandbox=serving.sandbox,
        competitions=tuple(competitions),
        roster=tuple(
            RosterRow(
                entrant_id=one.id,
                name=one.name,
                email=one.email,
                team=one.team,
                nickname=next((team.nickname or "" for team in teams if team.handle == one.team), ""),
                claimed="" if one.claimed_at is None else age(now - one.claimed_at),
                n_submissions=n_of.get(one.team, 0),
            )
            for one in people.entrants()
        ),
        queue=tuple(
            QueueRow(
                label=label(row.submission_id),
                id=row.submission_id,
                team=real.get(row.team, row.team),
                competition=row.competition,
                name=row.name,
                state=row.state,
                words=look.state_words(board.store.submission(row.submission_id), found.get(row.submission_id), row),
            )
            for row in line
        ),
        n_workers=look.workers(board),
        teams=tuple((team.handle, real.get(team.handle, team.public_name)) for team in teams),
        zone=here.config.zone or "",
    )


def _competition(board: Board, desk: Desk, name: str, title: str, teams: set[str]) -> HostCompetition:
    rows = board.submissions(name)
    silent = teams - {row.team for row in rows}
    return HostCompetition(
        name=name,
        title=title,
        phase=look.ends(board, desk.workspace, name),
        is_revealed=board.is_revealed(name),
        n_teams=len({row.team for row in rows if row.state == "scored"}),
        n_scored=sum(row.state == "scored" for row in rows),
        n_silent=len(silent),
        errors=_errors(board, name),
    )


def _errors(board: Board, name: str) -> tuple[tuple[str, str, int], ...]:
    """Code, what it stands for, and how many teams have met it; the most frequent first."""
    from kit.cli.explain import titles

    met: dict[str, set[str]] = {}
    for row in board.submissions(name):
        if row.reason_code:
            met.setdefault(row.reason_code, set()).add(row.team)
    for refusal in board.store.refusals(name):
        for code in refusal.codes:
            met.setdefault(code, set()).add(refusal.team)
    known = titles()
    found = ((code, known.get(code, code), len(hit)) for code, hit in met.items())
    return tuple(sorted(found, key=lambda one: (-one[2], one[0])))


async def release(request: Request) -> Response:
    """Set a name free."""
    desk = desk_of(request)
    visitor = await host_of(request, desk)
    fields = await posted(request, desk, visitor)
    number = int(fields["entrant"]) if fields.get("entrant", "").isdecimal() and len(fields["entrant"]) < 12 else 0
    await desk.ask(lambda board: board.people.release(number, actor="host"))
    return redirect("/host?done=released")


async def reveal(request: Request) -> Response:
    """Open the private ranking, for good."""
    desk = desk_of(request)
    visitor = await host_of(request, desk)
    fields = await posted(request, desk, visitor)
    name = fields.get("competition", "")
    actions.require_competition(desk, name)
    if fields.get("confirmed") == "yes":
        await desk.ask(lambda board: board.reveal(name))
    return redirect("/host?done=done")


ROUTES = [
    Route("/host", host),
    Route("/host/release", release, methods=["POST"]),
    Route("/host/reveal", reveal, methods=["POST"]),
]
