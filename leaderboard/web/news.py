"""What others have written into the store since one looked last: what the server tells those who listen."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kit.errors import KitError
from leaderboard.board import Board

if TYPE_CHECKING:
    from kit.competition import LeaderboardSettings
    from kit.workspace import Workspace
    from leaderboard.store.base import InLine, Mark

PHASES_S = 2.0
Phase = tuple[bool, bool, "LeaderboardSettings"]  # whether the board stands still, is revealed, and how it is shown


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What changed: (competition, team) of new scores, teams whose submissions moved, how far the audit has grown.

    `turned` are the competitions that time has changed, or the host in their files, `frozen` those whose board stands
    still; `n` is another number each time.
    """

    scored: frozenset[tuple[str, str]]
    turned: frozenset[str]
    teams: frozenset[str]
    frozen: frozenset[str]
    event: int
    n: int


class Watch:
    """Compares the store with how it was a moment ago. Lives in one thread: SQLite counts changes by connection."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._board: Board | None = None
        self._version = -1
        self._mark: Mark | None = None
        self._line: dict[int, InLine] = {}
        self._phases: dict[str, Phase] = {}
        self._next_phases = 0.0
        self._n = 0

    def look(self) -> News | None:
        """What is new; None where nobody wrote."""
        if self._board is None:
            self._board = Board.of(self._workspace)
        store = self._board.store
        version = store.version()
        mark = self._mark if self._mark is not None and version == self._version else store.mark()
        if self._mark is not None and mark.event != self._mark.event:
            self._next_phases = 0.0  # the host may have frozen a board, and the next score is behind it
        turned = self._turned(self._board)
        if version == self._version and not turned:
            return None
        line = {row.submission_id: row for row in store.line()}
        scored = frozenset() if self._mark is None else store.scored_since(self._mark)
        moved = {**self._line, **line}.values()
        teams = {row.team for row in moved if self._line.get(row.submission_id) != line.get(row.submission_id)}
        self._version, self._mark, self._line = version, mark, line
        self._n += 1
        return News(
            scored=scored,
            turned=turned,
            teams=frozenset(teams),
            frozen=frozenset(name for name, (is_frozen, *_) in self._phases.items() if is_frozen),
            event=mark.event,
            n=self._n,
        )

    def _turned(self, board: Board) -> frozenset[str]:
        """The competitions that are frozen, thawed or revealed by now, as it was set, or that are shown otherwise."""
        if time.monotonic() < self._next_phases:
            return frozenset()
        self._next_phases = time.monotonic() + PHASES_S
        now, before = board.store.clock(), self._phases
        for name in self._workspace.competitions:
            with contextlib.suppress(KitError):  # one with a broken file has no phases
                is_frozen = board.classroom.is_class and board.classroom.schedule(name).is_frozen(now)
                is_revealed = board.is_revealed(name)
                shown = self._workspace.competition(name).leaderboard
                self._phases = self._phases | {name: (is_frozen and not is_revealed, is_revealed, shown)}
        return frozenset(name for name, phase in self._phases.items() if before.get(name, phase) != phase)

    def close(self) -> None:
        """Let go of the database."""
        if self._board is not None:
            self._board.close()
