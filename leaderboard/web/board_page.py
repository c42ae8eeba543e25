"""The leaderboard's view: made once for each change, and marked for each visitor."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from kit.cli.screen import noun_of
from leaderboard.views import ANYBODY
from leaderboard.web import look, views
from leaderboard.web.problems import not_found
from leaderboard.web.views import BoardView

if TYPE_CHECKING:
    from leaderboard.web.clerk import Snapshot
    from leaderboard.web.desk import Desk
    from leaderboard.web.visitors import Visitor

_FRESH_S = 20  # ages are told anew


async def board_view(desk: Desk, visitor: Visitor, name: str, part: str) -> BoardView:
    """The leaderboard of a competition as this visitor sees it.

    Raises
    ------
    RefusedError
        E402 where the private part is asked for before the reveal.
    """
    version, snapshot = await desk.snapshot(name, visitor.viewer)
    chosen: Literal["public", "private"] = "public"
    if part == "private" or (not part and snapshot.private is not None):
        chosen = "private"
    elif part not in ("", "public"):
        raise not_found(f"part {part[:20]!r}")
    if chosen == "private" and snapshot.private is None:
        await desk.ask(lambda board: board.standings(name, "private"))  # says why not
        raise not_found("private ranking yet")  # it was opened this moment
    seen = visitor.viewer if desk.is_frozen(name) or snapshot.show != "all" else ANYBODY
    key = (name, chosen, seen)
    stamp = f"{version}/{int(time.time() / _FRESH_S)}"
    if desk.views.get(key, ("",))[0] != stamp:
        desk.keep_view(key, (stamp, await _made(desk, name, chosen, version, snapshot)))
    return _of_visitor(desk.views[key][1], visitor)


def _of_visitor(view: BoardView, visitor: Visitor) -> BoardView:
    """The view with the visitor's own row marked."""
    if not visitor.team:
        return view
    rows = tuple(replace(row, is_you=True) if row.team == visitor.team else row for row in view.rows)
    return replace(view, rows=rows)


async def _made(
    desk: Desk, name: str, part: Literal["public", "private"], version: str, snapshot: Snapshot
) -> BoardView:
    from leaderboard.web.visitors import Visitor

    here = desk.workspace
    metric, competition = look.measured(here, name), here.competition(name)
    names, ends, now = await desk.ask(
        lambda board: (look.names(board, here, name, Visitor()), look.ends(board, here, name), board.store.clock())
    )
    noun = noun_of(competition.kind)
    rows = snapshot.public if part == "public" else snapshot.private or ()
    words = f"{part} part" + (f", {rows[0].standing.n} {noun}s" if rows else "")
    return BoardView(
        name=name,
        title=competition.title,
        summary=competition.summary,
        part=part,
        part_words=words,
        has_private=snapshot.private is not None,
        metric=metric.name,
        direction="higher is better" if metric.greater_is_better else "lower is better",
        ends=ends,
        rows=views.board_rows(snapshot, part, metric, names, now=now, zone=look.zone_of(here)),
        legend=views.legend(snapshot, part, noun, names),
        is_cut=snapshot.is_cut,
        version=version,
        scale=views.scale_words(snapshot, part, metric),
        practice=competition.practice,
        is_frozen=desk.is_frozen(name),
    )
