"""The JSON API under ``/api/v1``: what the command line asks, and what anybody may ask who has a token.

Only the bearer token counts here, no cookie: no page of another site can ask in somebody's name. Requests are checked
by hand and answered in our one shape of errors; spectree writes the description from the models.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import tzinfo
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError  # noqa: TID253 - only servers import this
from spectree import Response as Answers
from spectree import SecurityScheme, SpecTree
from spectree.models import SecureType, SecuritySchemeData
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from kit import __version__
from kit.errors import UsageError
from kit.public_files import SAMPLE_NAME
from leaderboard.receipt import label
from leaderboard.solved import solved_from
from leaderboard.store.base import InLine, Submission
from leaderboard.web import actions, clerk, look, models, withheld
from leaderboard.web.clerk import Snapshot, Told
from leaderboard.web.problems import as_json, headers_of, not_found, status_of
from leaderboard.web.views import iso
from leaderboard.web.visitors import ForbiddenError, Visitor, of_api
from leaderboard.web.words import pages as words
from leaderboard.web.words import refusals

if TYPE_CHECKING:
    from leaderboard.board import Board
    from leaderboard.forecast import Place
    from leaderboard.web.desk import Desk

M = TypeVar("M", bound=BaseModel)
Handler = Callable[[Request], Awaitable[Response]]
_MAX_JSON = 64 << 10
_ERRORS = {
    f"HTTP_{status}": models.ErrorModel for status in (400, 401, 403, 404, 405, 409, 411, 413, 415, 422, 429, 503)
}

spec = SpecTree(
    "starlette",
    title="The class board",
    version=f"v1, kit {__version__}",
    path="api/spectree",
    page_templates={},  # its pages load from another host
    mode="strict",
    annotations=False,
    validation_error_model=models.ErrorModel,
    security_schemes=[SecurityScheme(name="token", data=SecuritySchemeData(type=SecureType.HTTP, scheme="bearer"))],
)


def described(
    answer: type[BaseModel] | None, *, status: int = 200, takes: type[BaseModel] | None = None, is_open: bool = False
) -> Callable[[Handler], Handler]:
    """Describe a handler: what it takes and gives, and whether it does without a token."""
    return spec.validate(
        json=takes,
        resp=Answers(**({f"HTTP_{status}": answer} | _ERRORS)),
        security={} if is_open else {"token": []},
        skip_validation=True,
    )


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
                Route("/competitions/{name}/submissions", submissions),
                Route("/competitions/{name}/submissions", submit, methods=["POST"]),
                Route("/competitions/{name}/select", select, methods=["POST"]),
                Route("/submissions/{number}", submission),
                Route("/submissions/{number}/log", log),
                Route("/submissions/{number}/cancel", cancel, methods=["POST"]),
            ],
        )
    ]


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


async def _body(request: Request, model: type[M]) -> M:
    """The body of a request. Raises `UsageError` E002 with every problem of it."""
    read = bytearray()
    async for chunk in request.stream():
        read += chunk
        if len(read) > _MAX_JSON:
            raise UsageError(refusals.BODY_TOO_LONG)
    try:
        return model.model_validate_json(bytes(read))
    except ValidationError as error:
        parts = [
            refusals.in_body(".".join(map(str, one["loc"])), one["msg"])
            for one in error.errors(include_url=False, include_input=False, include_context=False)
        ]
        raise UsageError(refusals.BODY_WRONG, parts) from None


def _number(request: Request) -> int:
    number = actions.number_in(str(request.path_params["number"]))
    if number is None:
        raise not_found(refusals.SUBMISSION_OF_NUMBER)
    return number


async def _known(request: Request, desk: Desk) -> Visitor:
    visitor = await of_api(request, desk)
    if visitor.role == "anonymous":
        raise ForbiddenError(refusals.NOT_JOINED)
    return visitor


async def description(request: Request) -> Response:
    """The OpenAPI description of all this."""
    spec.app = request.app
    return JSONResponse(spec.spec)


@described(models.MeModel, is_open=True)
async def me(request: Request) -> Response:
    """Who the bearer of the token is, and what the class is called."""
    desk = _desk(request)
    visitor = await of_api(request, desk)
    config = desk.workspace.config
    return JSONResponse(
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
    desk = _desk(request)
    asked = await _body(request, models.CodeModel)
    actions.require_code(desk, request, await desk.ask(actions.word_code), asked.word_code)
    names = await desk.ask(actions.free_names)
    return JSONResponse(
        {
            "class_title": desk.workspace.config.title,
            "names": [{"entrant": one.id, "name": one.name} for one in names],
        }
    )


@described(models.TokenModel, takes=models.JoinModel, is_open=True)
async def join(request: Request) -> Response:
    """Join under a name: the token is in the answer, once."""
    desk = _desk(request)
    asked = await _body(request, models.JoinModel)
    actions.require_code(desk, request, await desk.ask(actions.word_code), asked.word_code)
    source = words.signed_in(asked.label, actions.address_of(request))
    joined = await desk.ask(actions.claim, asked.entrant, source)
    return JSONResponse(
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
    desk = _desk(request)
    visitor = await _known(request, desk)
    await desk.ask(actions.leave, visitor)
    return JSONResponse({"done": True})


@described(models.CompetitionsModel, is_open=True)
async def competitions(request: Request) -> Response:
    """All competitions of the class: its default, what else is on, and then what there is to practise on."""
    desk = _desk(request)
    visitor = await of_api(request, desk)
    found = await desk.ask(lambda board: [_competition(board, desk, visitor, name) for name, _ in desk.titles()])
    for row in found:
        if row.pop("has_score"):
            _, snapshot = await desk.snapshot(row["name"], visitor.viewer)
            row |= _place(snapshot, visitor)
    default = desk.workspace.config.competition
    found.sort(key=lambda row: (row["name"] != default, not row["is_on"]))
    return JSONResponse(_finite({"competitions": found, "default": default}))


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
    desk, name = _desk(request), request.path_params["name"]
    actions.require_competition(desk, name)
    await _known(request, desk)
    return JSONResponse(_finite(await desk.about(name)))


@described(None)
async def data(request: Request) -> Response:
    """One of the public files of a competition."""
    from leaderboard.web.pages import handed_out

    desk = _desk(request)
    visitor = await _known(request, desk)
    return await handed_out(desk, visitor, request.path_params["name"], request.path_params["file"])


@described(None)
async def sample_submission(request: Request) -> Response:
    """The sample submission of a competition."""
    from leaderboard.web.pages import handed_out

    desk = _desk(request)
    visitor = await _known(request, desk)
    return await handed_out(desk, visitor, request.path_params["name"], SAMPLE_NAME)


@described(models.StandingsModel, is_open=True)
async def standings(request: Request) -> Response:
    """Who stands where. With ``If-None-Match`` of the version that is known, 304 where nothing has changed."""
    desk, name = _desk(request), request.path_params["name"]
    actions.require_competition(desk, name)
    visitor = await of_api(request, desk)
    version, snapshot = await desk.snapshot(name, visitor.viewer)
    tag = f'"{version}-{visitor.team or visitor.role}"'
    headers = {"etag": tag, "cache-control": "private, no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    here = desk.workspace
    names, now = await desk.ask(lambda board: (look.names(board, here, name, visitor), board.store.clock()))
    competition, metric = here.competition(name), look.measured(here, name)

    def plain(rows: tuple[clerk.Row, ...], part: str) -> list[dict[str, Any]]:
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
    return JSONResponse(_finite(told), headers=headers)


@described(None, is_open=True)
async def events(request: Request) -> Response:
    """News as server-sent events: ``standings`` with the version, ``mine`` when a submission of one's own has moved."""
    desk, name = _desk(request), request.path_params["name"]
    actions.require_competition(desk, name)
    visitor = await of_api(request, desk)
    own = [f"mine/{visitor.team}"] if visitor.team else []
    topics = [*desk.topics_of(name, visitor.viewer), *own]
    return actions.news(desk, visitor, topics, first=actions.missed(request, desk, name, visitor))


@described(models.SubmissionModel, status=201)
async def submit(request: Request) -> Response:
    """Hand in a file: the bytes as the body, or a form with a field ``file``.

    Headers: ``X-Filename`` (how it is called), ``Idempotency-Key`` (a repeated request is the same submission),
    ``X-Made-At`` (unix seconds, where it waited on the way). ``?replace=1``: instead of what still waits. A file of
    answers is scored in the answer; a plugin is queued.
    """
    desk = _desk(request)
    visitor = await _known(request, desk)
    said, _, _ = await actions.deliver(request, desk, visitor, request.path_params["name"])
    if said.told is not None or said.submission_id is None:
        assert said.told is not None
        return JSONResponse(as_json(said.told), status_code=status_of(said.told), headers=headers_of(said.told))
    told = await _submission(desk, visitor, said.submission_id, receipt=said.receipt)
    told |= {"is_repeat": said.is_repeat, "notes": list(said.notes)}
    return JSONResponse(_finite(told), status_code=201)


@described(models.SubmissionsModel)
async def submissions(request: Request) -> Response:
    """The team's submissions to a competition, oldest first."""
    desk, name = _desk(request), request.path_params["name"]
    actions.require_competition(desk, name)
    visitor = await _known(request, desk)
    actions.require_team(visitor)
    _, snapshot = await desk.snapshot(name, visitor.viewer)

    def found(board: Board) -> list[dict[str, Any]]:
        line, places = look.line_of(board)
        queued = {row.submission_id: row for row in line}
        rows = [withheld.for_team(board, row) for row in board.submissions(name, team=visitor.team)]
        return [_told(row, snapshot, places.get(row.id), queued.get(row.id)) for row in rows]

    return JSONResponse(_finite({"submissions": await desk.ask(found)}))


@described(models.SelectedModel, takes=models.SelectModel)
async def select(request: Request) -> Response:
    """Let these submissions of the team count for the private ranking; none of them: its best public ones do."""
    desk, name = _desk(request), request.path_params["name"]
    actions.require_competition(desk, name)
    visitor = await _known(request, desk)
    asked = await _body(request, models.SelectModel)
    chosen = await desk.ask(actions.select, name, visitor, asked.submissions)
    return JSONResponse({"selected": list(chosen)})


@described(models.SubmissionModel)
async def submission(request: Request) -> Response:
    """One submission: where it is, and when it is over what became of it."""
    desk = _desk(request)
    visitor = await _known(request, desk)
    return JSONResponse(_finite(await _submission(desk, visitor, _number(request))))


async def _submission(desk: Desk, visitor: Visitor, number: int, *, receipt: str = "") -> dict[str, Any]:
    row = await desk.ask(look.own_submission, number, visitor)
    if not receipt and row.state in ("scored", "cancelled"):
        receipt = await desk.clerk(clerk.receipt, number)
    snapshot = Snapshot(competition=row.competition)

    def found(board: Board) -> dict[str, Any]:
        line, places = look.line_of(board)
        queued = {one.submission_id: one for one in line}
        told = _told(row, snapshot, places.get(number), queued.get(number))
        return told | {"usage": look.run_of(board, row) if row.is_over else {}}

    told = await desk.ask(found)
    if receipt:
        told["receipt"] = json.loads(receipt)
        told["score"] = told["receipt"]["score"]
    return told


def _told(row: Submission, snapshot: Snapshot, place: Place | None, queued: InLine | None) -> dict[str, Any]:
    problem = row.problem
    score = snapshot.scores.get(row.id)
    return {
        "submission": label(row.id),
        "id": row.id,
        "competition": row.competition,
        "team": row.team,
        "name": row.name,
        "kind": row.kind,
        "state": row.state,
        "state_words": look.state_words(row, place, queued),
        "position": place.position if place else None,
        "starts_in_s": place.starts_in_s if place else None,
        "score": score[0] if score else None,
        "received_at": row.received_at,
        "valid_score": row.valid_score,
        "is_selected": row.is_selected,
        "is_late": row.is_late,
        "is_repeat": False,
        "notes": [],
        "progress": json.loads(queued.progress) if queued and queued.progress else None,
        "error": as_json(Told(exit_code=4 if row.kind == "csv" else 3, problem=problem)) if problem else None,
        "receipt": None,
        "usage": {},
    }


@described(models.LogModel)
async def log(request: Request) -> Response:
    """What a plugin of one's own printed."""
    desk = _desk(request)
    visitor = await _known(request, desk)
    row = await desk.ask(look.own_submission, _number(request), visitor)
    return JSONResponse({"log": await desk.ask(look.log_of, row, visitor)})


@described(models.SubmissionModel)
async def cancel(request: Request) -> Response:
    """Cancel a submission of one's own: at once where it waits, soon where it runs."""
    desk = _desk(request)
    visitor = await _known(request, desk)
    await desk.ask(actions.cancel, _number(request), visitor)
    return JSONResponse(_finite(await _submission(desk, visitor, _number(request))))


def _finite(value: Any) -> Any:
    """`value` as JSON can hold it: null where a number is not finite."""
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value
