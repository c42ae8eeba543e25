"""How each team's newest plugin would be judged: too little, too much, or about right."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from kit.errors import KitError
from leaderboard.web import host_clerk

if TYPE_CHECKING:
    from leaderboard.board import Board
    from leaderboard.web.desk import Desk

_MOST = 40  # are looked at for one page: what is left has its turn with the next
_PATIENCE_S = 2.0


async def counted(desk: Desk, competition: str) -> Mapping[str, int]:
    """Verdict -> how many teams' newest plugins have it, as far as they have been looked at.

    Whoever asks waits for two seconds at most: what takes longer is there the next time.
    """
    newest = await desk.ask(_newest, competition)
    left = tuple(number for number in newest if number not in desk.verdicts)[:_MOST]
    if left:
        await asyncio.wait({asyncio.create_task(_look_at(desk, competition, left))}, timeout=_PATIENCE_S)
    return Counter(verdict for number in newest if (verdict := desk.verdicts.get(number)))


async def _look_at(desk: Desk, competition: str, numbers: tuple[int, ...]) -> None:
    try:
        desk.verdicts |= await desk.clerk(host_clerk.verdicts, competition, numbers)
    except KitError:  # busy with what students hand in: the next page asks again
        return


def _newest(board: Board, competition: str) -> tuple[int, ...]:
    """The newest scored plugin of each team of the class."""
    handles = board.classroom.handles()
    rows = board.submissions(competition)
    newest = {row.team: row.id for row in rows if row.kind == "plugin" and row.state == "scored"}
    return tuple(number for team, number in newest.items() if team in handles)
