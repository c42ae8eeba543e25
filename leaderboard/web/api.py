"""The JSON API under ``/api/v1``: what the command line asks, and what anybody may ask who has a token."""

from __future__ import annotations

from dataclasses import asdict
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from kit.public_files import SAMPLE_NAME
from leaderboard.receipt import label
from leaderboard.solved import solved_from
from leaderboard.web import actions, api_submissions, look, models
from leaderboard.web.api_spec import answer, body_of, described, description, known
from leaderboard.web.clerk_standings import Row, Snapshot
from leaderboard.web.desk import desk_of
from leaderboard.web.views import iso
from leaderboard.web.visitors import Visitor, of_api
from leaderboard.web.words import pages as words

if TYPE_CHECKING:
    from leaderboard.board import Board
    from leaderboard.web.desk import Desk


def routes() -> list[BaseRoute]:
    """All of it."""
    return [
        Mount(
            "/api/v1",
            routes=[
                Route("/openapi.json", description),
                Route("/me", me),
                Route("/roster", roster, methods=["POST"]),
                Route("/join", join, methods=["POST"]),
                Route("/leave", leave, methods=["POST"]),
                Route("/competitions", competitions),
                Route("/competitions/{name}", about),
                Route("/competitions/{name}/sample_submission", sample_submission),
                Route("/competitions/{name}/data/{file:path}", data),
                Route("/competitions/{name}/standings", standings),
                Route("/competitions/{name}/events", events),
                *api_submissions.ROUTES,
            ],
        )
    ]


@described(models.MeModel, is_open=True)
async def me(request: Request) -> Response:
    """Who the bearer of the token is, and what the class is called."""
    desk = desk_of(request)
    visitor = await of_api(request, desk)
    config = desk.workspace.config
    return answer(
        {
            "role": visitor.role,
            "name": visitor.name,
            "team": visitor.team,
            "class_title": config.title,
            "zone": config.zone,
            "takes_code": not desk.serving.why_no_code,
            "competition": config.competition,
        }
    )


@described(models.RosterModel, takes=models.CodeModel, is_open=True)
async def roster(request: Request) -> Response:
    """The names on the roster that are still free, for who knows the word code."""
    desk = desk_of(request)
    asked = await body_of(request, models.CodeModel)
    actions.require_code(desk, request, await desk.ask(actions.word_code), asked.word_code)
    names = await desk.ask(actions.free_names)
    return answer(
        {
            "class_title": desk.workspace.config.title,
            "names": [{"entrant": one.id, "name": one.name} for one in names],
        }
    )


@described(models.TokenModel, takes=models.JoinModel, is_open=True)
async def join(request: Request) -> Response:
    """Join under a name: the token is in the answer, once."""
    desk = desk_of(request)
    asked = await body_of(request, models.JoinModel)
    actions.require_code(desk, request, await desk.ask(actions.word_code), asked.word_code)
    source = words.signed_in(asked.label, actions.address_of(request))
    if asked.entrant is None:
        joined = await desk.ask(actions.claim_by_name, asked.name, source)
    else:
        joined = await desk.ask(actions.claim, asked.entrant, source)
    return answer(
        {
            "token": joined.token,
            "name": joined.entrant.name,
            "team": joined.entrant.team,
            "team_name": joined.team_name,
            "class_title": desk.workspace.config.title,
        }
    )


@described(models.DoneModel)
async def leave(request: Request) -> Response:
    """Take the token back that this request came with."""
    desk = desk_of(request)
    visitor = await known(request, desk)
    await desk.ask(actions.leave, visitor)
    return answer({"done": True})


@described(models.CompetitionsModel, is_open=True)
async def competitions(request: Request) -> Response:
    """All competitions of the class: its default, what else is on, and then what there is to practise on."""
    desk = desk_of(request)
    visitor = await of_api(request, desk)
    names = [name for name, _ in desk.catalogue.titles()]
    found = await desk.ask(lambda board: [_competition(board, desk, visitor, name) for name in names])
    for row in found:
        if row.pop("has_score"):
            _, snapshot = await desk.standings.of(row["name"], visitor.viewer)
            row |= _place(snapshot, visitor)
    default = desk.workspace.config.competition
    found.sort(key=lambda row: (row["name"] != default, not row["is_on"]))
    return answer({"competitions": found, "default": default})


def _competition(board: Board, desk: Desk, visitor: Visitor, name: str) -> dict[str, Any]:
    competition, metric = desk.workspace.competition(name), look.measured(desk.workspace, name)
    terms, zone = board.classroom.schedule(name).terms(visitor.team), look.zone_of(desk.workspace)
    tries = board.tries(name, visitor.team) if visitor.team else None
    waits = tries is not None and tries.left == 0 and not tries.is_over
    return {
        "name": name,
        "title": competition.title,
        "summary": competition.summary,
        "kind": competition.kind,
        "metric": metric.name,
        "unit": metric.unit,
        "greater_is_better": metric.greater_is_better,
        "practice": competition.practice,
        "is_on": look.is_on(board, desk.workspace, name),
        "feedback": competition.leaderboard.feedback,
        "ends": look.ends(board, desk.workspace, name, visitor.team),
        "is_revealed": board.is_revealed(name),
        "takes_code": not competition.takes_files_only and not desk.serving.why_no_code,
        "opens": _iso(terms.opens, zone),
        "closes": _iso(terms.closes, zone),
        "tries_left": tries.left if tries else None,
        "tries_per_day": tries.limit if tries else None,
        "next_try": _iso(tries.next_at, zone) if tries and waits else None,
        "rank": None,
        "n_teams": None,
        "own_best": None,
        "best": None,
        "step": 0.0,
        "has_score": tries is not None and tries.used_total > 0,
    }


def _place(snapshot: Snapshot, visitor: Visitor) -> dict[str, Any]:
    """Where the visitor's team stands in public; the best score of all where the competition shows it."""
    rows = [row.standing for row in snapshot.public if row.standing.is_ranked]
    own = next((row for row in rows if row.team == visitor.team), None)
    return {
        "rank": own.rank if own else None,
        "n_teams": snapshot.n_teams,
        "own_best": own.score if own else None,
        "best": rows[0].score if rows and not snapshot.is_cut else None,
        "step": snapshot.step,
    }


def _iso(at: float | None, zone: tzinfo | None) -> str | None:
    return None if at is None else iso(at, zone)


@described(models.AboutModel)
async def about(request: Request) -> Response:
    """What a competition is."""
    desk, name = desk_of(request), request.path_params["name"]
    actions.require_competition(desk, name)
    await known(request, desk)
    return answer(await desk.catalogue.about(name))


@described(None)
async def data(request: Request) -> Response:
    """One of the public files of a competition."""
    desk = desk_of(request)
    visitor = await known(request, desk)
    return await actions.handed_out(desk, visitor, request.path_params["name"], request.path_params["file"])


@described(None)
async def sample_submission(request: Request) -> Response:
    """The sample submission of a competition."""
    desk = desk_of(request)
    visitor = await known(request, desk)
    return await actions.handed_out(desk, visitor, request.path_params["name"], SAMPLE_NAME)


@described(models.StandingsModel, is_open=True)
async def standings(request: Request) -> Response:
    """Who stands where. With ``If-None-Match`` of the version that is known, 304 where nothing has changed."""
    desk, name = desk_of(request), request.path_params["name"]
    actions.require_competition(desk, name)
    visitor = await of_api(request, desk)
    version, snapshot = await desk.standings.of(name, visitor.viewer)
    tag = f'"{version}-{visitor.team or visitor.role}"'
    headers = {"etag": tag, "cache-control": "private, no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    here = desk.workspace
    names, now = await desk.ask(lambda board: (look.names(board, here, name, visitor), board.store.clock()))
    competition, metric = here.competition(name), look.measured(here, name)

    def plain(rows: tuple[Row, ...], part: str) -> list[dict[str, Any]]:
        return [
            asdict(row.standing)
            | {
                "who": names(row.standing.team),
                "is_you": (is_you := bool(visitor.team) and row.standing.team == visitor.team),
                # How a team calls its files may tell who it is, and what it tries.
                "name": row.standing.name if is_you or visitor.is_host or not row.standing.is_ranked else "",
                "submission": label(row.standing.submission_id),
                "moved": row.standing.moved,
                "in_leader_group": row.standing.in_leader_group,
                "part": part,
            }
            for row in rows
        ]

    told = {
        "competition": name,
        "metric": metric.name,
        "unit": metric.unit,
        "greater_is_better": metric.greater_is_better,
        "kind": competition.kind,
        "practice": competition.practice,
        "feedback": competition.leaderboard.feedback,
        "solved_from": solved_from(here, name),
        "revealed": snapshot.revealed_at is not None,
        "revealed_at": snapshot.revealed_at,
        "public": plain(snapshot.public, "public"),
        "private": None if snapshot.private is None else plain(snapshot.private, "private"),
        "shake_up": asdict(snapshot.shake_up) if snapshot.shake_up else None,
        "n_late": snapshot.n_late,
        "n_outdated": snapshot.n_outdated,
        "n_teams": snapshot.n_teams,
        "is_cut": snapshot.is_cut,
        "version": version,
        "now": now,
        "own": names(visitor.team) if visitor.team else "",
    }
    return answer((told), headers=headers)


@described(None, is_open=True)
async def events(request: Request) -> Response:
    """News as server-sent events: ``standings`` with the version, ``mine`` when a submission of one's own has moved."""
    desk, name = desk_of(request), request.path_params["name"]
    actions.require_competition(desk, name)
    visitor = await of_api(request, desk)
    own = [f"mine/{visitor.team}"] if visitor.team else []
    topics = [*desk.standings.topics_of(name, visitor.viewer), *own]
    return actions.news(desk, visitor, topics, first=actions.missed(request, desk, name, visitor))
