"""The standings as they are shown: made once for each change, the same for all, and told to those who listen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from leaderboard.views import ANYBODY, HOST, Viewer
from leaderboard.web import clerk_standings
from leaderboard.web.clerk_standings import Snapshot
from leaderboard.web.once import notice

if TYPE_CHECKING:
    from leaderboard.store.base import Submission
    from leaderboard.web.events import Streams
    from leaderboard.web.news import News
    from leaderboard.web.staff import Staff

Seen = tuple[str, Viewer]
_MOST = 500
_NEW_S, _NOTICED_S, _LOOKS_EACH_S = 20.0, 4.0, 0.05


class Snapshots:
    """The standings of every competition, as far as somebody has asked for them.

    Parameters
    ----------
    staff
        Whose clerks make them.
    streams
        Where it is told that they are others.
    competitions
        Names of all there are.
    """

    def __init__(self, staff: Staff, streams: Streams, competitions: Sequence[str]) -> None:
        self._staff, self._streams, self._competitions = staff, streams, tuple(competitions)
        self._began = time.time()  # versions of an earlier server are others
        self._known: dict[Seen, tuple[str, Snapshot]] = {}
        self._making: dict[Seen, asyncio.Task[tuple[str, Snapshot]]] = {}
        self._versions: dict[Seen, int] = {}
        self._frozen: frozenset[str] = frozenset()
        self._event = 0

    async def of(self, competition: str, viewer: Viewer = ANYBODY) -> tuple[str, Snapshot]:
        """The standings with the rows that a viewer is shown, and the version that they are of.

        They are made once for each change, the last ones meanwhile, and are the same for all, but on a board that
        stands still: there a team sees its own new scores, too. Nobody gets them past `clerk_standings.seen_by`.
        """
        version, whole = await self._whole(competition, viewer)
        return version, clerk_standings.seen_by(whole, viewer)

    async def with_scores(self, rows: Sequence[Submission], competition: str, viewer: Viewer) -> Snapshot:
        """The same with the scores that these submissions got a moment ago: they are waited for, a moment long.

        Who has handed in a file is led to its page at once, and nothing would tell that page of the score later.
        """
        new = {row.id for row in rows if row.state == "scored" and time.time() - (row.finished_at or 0.0) < _NEW_S}
        until = time.monotonic() + _NOTICED_S
        while True:
            _, snapshot = await self.of(competition, viewer)
            if new <= snapshot.scores.keys() or time.monotonic() > until:
                return snapshot
            await asyncio.sleep(_LOOKS_EACH_S)

    async def _whole(self, competition: str, viewer: Viewer) -> tuple[str, Snapshot]:
        seen = competition, viewer if competition in self._frozen else ANYBODY
        version = self.version_of(*seen)
        known = self._known.get(seen)
        if known is not None and known[0] == version:
            return known
        making = self._making.get(seen)
        if making is None or making.done():
            making = asyncio.create_task(self._make(seen, version))
            making.add_done_callback(lambda done: self._go_on(seen, done))
            self._making[seen] = making
        if known is not None:  # a moment old is better than late
            return known
        return await asyncio.shield(making)

    def _go_on(self, seen: Seen, made: asyncio.Task[tuple[str, Snapshot]]) -> None:
        """Make them again where they have changed meanwhile: those who only listen ask for nothing."""
        notice(made)
        if self._making.get(seen) is made:  # it holds what it made
            del self._making[seen]
        is_made = not made.cancelled() and made.exception() is None
        if is_made and made.result()[0] != self.version_of(*seen) and not self._streams.is_closed:
            asyncio.ensure_future(self._whole(*seen)).add_done_callback(notice)

    async def _make(self, seen: Seen, version: str) -> tuple[str, Snapshot]:
        competition, viewer = seen
        made = await self._staff.clerk(clerk_standings.snapshot, competition, viewer)
        self._known.pop(seen, None)
        self._known[seen] = version, made
        while len(self._known) > _MOST:
            self._known.pop(next(iter(self._known)))
        self._streams.publish(_topic(seen), version)
        return version, made

    def is_frozen(self, competition: str) -> bool:
        """Whether the board of a competition stands still."""
        return competition in self._frozen

    def version_of(self, competition: str, viewer: Viewer = ANYBODY) -> str:
        """Changes whenever the standings of `competition` may have, as a viewer sees them.

        On a board that stands still others' scores change it for the host alone: it would tell that there are some.
        """
        version = f"{int(self._began)}-{self._versions.get((competition, ANYBODY), 0)}"
        if competition not in self._frozen or viewer == ANYBODY:
            return version
        return f"{version}.{self._versions.get((competition, viewer), 0)}"

    def topics_of(self, competition: str, viewer: Viewer) -> tuple[str, ...]:
        """What news of the standings of `competition` a viewer listens to."""
        return tuple(_topic((competition, one)) for one in dict.fromkeys((ANYBODY, viewer)))

    def tell(self, news: News) -> None:
        """Go on from what is new: new versions, and standings made anew for those who listen."""
        self._frozen = news.frozen
        for seen in [(name, viewer) for name, viewer in self._known if viewer != ANYBODY and name in news.turned]:
            del self._known[seen]  # of the last time that this board stood still
        for seen in self._changed(news):
            self._versions[seen] = self._versions.get(seen, 0) + 1
            if seen in self._known:  # those who listen are told when it is made
                asyncio.ensure_future(self._whole(*seen)).add_done_callback(notice)
            else:
                self._streams.publish(_topic(seen), self.version_of(*seen))

    def _changed(self, news: News) -> set[Seen]:
        """The standings that are others now, and for whom."""
        changed = {(competition, ANYBODY) for competition in news.turned}
        if news.event != self._event:
            self._event = news.event
            changed |= {(competition, ANYBODY) for competition in self._competitions}
        for competition, team in news.scored:
            viewers = (HOST, Viewer(team=team)) if competition in news.frozen else (ANYBODY,)
            changed |= {(competition, viewer) for viewer in viewers}
        return changed


def _topic(seen: Seen) -> str:
    """Under which name it is told that standings are others."""
    competition, viewer = seen
    return f"standings/{competition}" if viewer == ANYBODY else f"standings/{competition}/{viewer.team or 'host'}"
