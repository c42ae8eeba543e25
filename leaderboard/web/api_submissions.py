"""The part of the JSON API that is about submissions: hand in, look, choose, cancel."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from leaderboard.receipt import label
from leaderboard.solved import solved_from
from leaderboard.store.base import InLine, Submission
from leaderboard.web import actions, clerk, look, models, withheld
from leaderboard.web.api_spec import answer, body_of, described, known
from leaderboard.web.clerk import Told
from leaderboard.web.clerk_standings import Snapshot
from leaderboard.web.desk import desk_of
from leaderboard.web.problems import as_json, headers_of, not_found, status_of
from leaderboard.web.visitors import Visitor
from leaderboard.web.words import refusals

if TYPE_CHECKING:
    from leaderboard.board import Board
    from leaderboard.forecast import Place
    from leaderboard.web.desk import Desk


@described(models.SubmissionModel, status=201)
async def submit(request: Request) -> Response:
    """Hand in a file: the bytes as the body, or a form with a field ``file``.

    Headers: ``X-Filename`` (how it is called), ``Idempotency-Key`` (a repeated request is the same submission),
    ``X-Made-At`` (unix seconds, where it waited on the way). ``?replace=1``: instead of what still waits. A file of
    answers is scored in the answer; a plugin is queued.
    """
    desk = desk_of(request)
    visitor = await known(request, desk)
    said, _, _ = await actions.deliver(request, desk, visitor, request.path_params["name"])
    if said.told is not None or said.submission_id is None:
        assert said.told is not None
        return JSONResponse(as_json(said.told), status_code=status_of(said.told), headers=headers_of(said.told))
    told = await _submission(desk, visitor, said.submission_id, receipt=said.receipt)
    told |= {"is_repeat": said.is_repeat, "notes": list(said.notes)}
    return answer((told), status=201)


@described(models.SubmissionsModel)
async def submissions(request: Request) -> Response:
    """The team's submissions to a competition, oldest first."""
    desk, name = desk_of(request), request.path_params["name"]
    actions.require_competition(desk, name)
    visitor = await known(request, desk)
    actions.require_team(visitor)
    _, snapshot = await desk.standings.of(name, visitor.viewer)

    def found(board: Board) -> list[dict[str, Any]]:
        line, places = look.line_of(board)
        queued = {row.submission_id: row for row in line}
        rows = [withheld.for_team(board, row) for row in board.submissions(name, team=visitor.team)]
        return [_told(row, snapshot, places.get(row.id), queued.get(row.id)) for row in rows]

    return answer({"submissions": await desk.ask(found)})


@described(models.SelectedModel, takes=models.SelectModel)
async def select(request: Request) -> Response:
    """Let these submissions of the team count for the private ranking; none of them: its best public ones do."""
    desk, name = desk_of(request), request.path_params["name"]
    actions.require_competition(desk, name)
    visitor = await known(request, desk)
    asked = await body_of(request, models.SelectModel)
    chosen = await desk.ask(actions.select, name, visitor, asked.submissions)
    return JSONResponse({"selected": list(chosen)})


@described(models.SubmissionModel)
async def submission(request: Request) -> Response:
    """One submission: where it is, and when it is over what became of it."""
    desk = desk_of(request)
    visitor = await known(request, desk)
    return answer(await _submission(desk, visitor, _number(request)))


async def _submission(desk: Desk, visitor: Visitor, number: int, *, receipt: str = "") -> dict[str, Any]:
    row = await desk.ask(look.own_submission, number, visitor)
    if not receipt and row.state in ("scored", "cancelled"):
        receipt = await desk.clerk(clerk.receipt, number)
    snapshot = Snapshot(competition=row.competition)

    def found(board: Board) -> dict[str, Any]:
        line, places = look.line_of(board)
        queued = {one.submission_id: one for one in line}
        told = _told(row, snapshot, places.get(number), queued.get(number))
        line_of_solved = solved_from(desk.workspace, row.competition) if row.state == "scored" else None
        return told | {"usage": look.run_of(board, row) if row.is_over else {}, "solved_from": line_of_solved}

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
        "solved_from": None,
    }


@described(models.LogModel)
async def log(request: Request) -> Response:
    """What a plugin of one's own printed."""
    desk = desk_of(request)
    visitor = await known(request, desk)
    row = await desk.ask(look.own_submission, _number(request), visitor)
    return JSONResponse({"log": await desk.ask(look.log_of, row, visitor)})


@described(models.SubmissionModel)
async def cancel(request: Request) -> Response:
    """Cancel a submission of one's own: at once where it waits, soon where it runs."""
    desk = desk_of(request)
    visitor = await known(request, desk)
    await desk.ask(actions.cancel, _number(request), visitor)
    return answer(await _submission(desk, visitor, _number(request)))


def _number(request: Request) -> int:
    number = actions.number_in(str(request.path_params["number"]))
    if number is None:
        raise not_found(refusals.SUBMISSION_OF_NUMBER)
    return number


ROUTES = [
    Route("/competitions/{name}/submissions", submissions),
    Route("/competitions/{name}/submissions", submit, methods=["POST"]),
    Route("/competitions/{name}/select", select, methods=["POST"]),
    Route("/submissions/{number}", submission),
    Route("/submissions/{number}/log", log),
    Route("/submissions/{number}/cancel", cancel, methods=["POST"]),
]
