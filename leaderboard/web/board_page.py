"""The leaderboard's view: made once for each change, and marked for each visitor."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from kit.cli.screen import noun_of
from leaderboard.solved import solved_from
from leaderboard.views import ANYBODY
from leaderboard.web import board_views, look
from leaderboard.web.board_views import BoardView, Part
from leaderboard.web.problems import not_found
from leaderboard.web.render import draw_row
from leaderboard.web.words import refusals

if TYPE_CHECKING:
    from leaderboard.board import Board
    from leaderboard.web.clerk_standings import Snapshot
    from leaderboard.web.desk import Desk
    from leaderboard.web.visitors import Visitor

_FRESH_S = 20  # ages are told anew


async def board_view(desk: Desk, visitor: Visitor, name: str, part: str, *, may_be_old: bool = False) -> BoardView:
    """The leaderboard of a competition as this visitor sees it; the one of a moment ago where it `may_be_old`.

    Raises
    ------
    RefusedError
        E402 where the private part is asked for before the reveal.
    """
    version, snapshot = await desk.standings.of(name, visitor.viewer)
    chosen: Part = "public"
    if part == "private" or (not part and snapshot.private is not None):
        chosen = "private"
    elif part not in ("", "public"):
        raise not_found(refusals.part(part))
    if chosen == "private" and snapshot.private is None:
        await desk.ask(lambda board: board.standings(name, "private"))  # says why not
        raise not_found(refusals.PRIVATE_RANKING)  # it was opened this moment
    seen = visitor.viewer if desk.standings.is_frozen(name) or snapshot.show != "all" else ANYBODY
    key = (name, chosen, seen)
    stamp = f"{version}/{int(time.time() / _FRESH_S)}"

    def make(board: Board) -> BoardView:
        return _made(board, desk, name, chosen, version, snapshot)

    view = await desk.boards.get(key, stamp, lambda: desk.ask(make), may_be_old=may_be_old)
    return await _of_visitor(desk, view, visitor)


async def _of_visitor(desk: Desk, view: BoardView, visitor: Visitor) -> BoardView:
    """The view with what is the visitor's own: the row, the tries, and the deadline that holds for the team."""
    if not visitor.team:
        return view
    tries, deadline = await desk.ask(look.own_terms, desk.workspace, view.name, visitor.team)
    drawn = tuple(
        draw_row(replace(row, is_you=True)) if row.team == visitor.team else as_drawn
        for row, as_drawn in zip(view.rows, view.drawn, strict=True)
    )
    row = next((row for row in view.rows if row.team == visitor.team), None)
    name = row.who if row else (await desk.ask(look.names, desk.workspace, view.name, visitor))(visitor.team)
    own = board_views.own(view, row, tries, name=name)
    return replace(view, drawn=drawn, own=own, deadline=deadline)


def _made(board: Board, desk: Desk, name: str, part: Part, version: str, snapshot: Snapshot) -> BoardView:
    from leaderboard.web.visitors import Visitor

    here = desk.workspace
    metric, competition = look.measured(here, name), here.competition(name)
    names, now = look.names(board, here, name, Visitor()), board.store.clock()
    noun = noun_of(competition.kind)
    shown = board_views.board_rows(snapshot, part, metric, names, now=now)
    is_revealed, practice = snapshot.private is not None, competition.practice
    return BoardView(
        name=name,
        title=competition.title,
        summary=competition.summary,
        part=part,
        about=board_views.about(snapshot, part, noun, metric, practice=practice, is_revealed=is_revealed),
        has_private=is_revealed,
        deadline=look.deadline(board, here, name),
        rows=shown,
        drawn=tuple(map(draw_row, shown)),
        lead=board_views.lead(snapshot, part, noun, metric, names),
        ticker=board_views.ticker(snapshot, metric, names, now=now),
        n_teams=snapshot.n_teams,
        key=board_views.key(shown),
        legend=board_views.legend(snapshot, part, noun, metric, line=solved_from(here, name)),
        is_cut=snapshot.is_cut,
        version=version,
        marks=board_views.scale_for(snapshot, part).marks(metric.unit),
        has_nicknames=competition.leaderboard.names != "real",
        is_frozen=desk.standings.is_frozen(name),
    )
