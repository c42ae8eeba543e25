"""What every route works with: boards in threads, clerks in processes, the open streams, and how much is allowed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import multiprocessing
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from kit.errors import KitError
from leaderboard.board import Board
from leaderboard.secret import read_secret
from leaderboard.views import ANYBODY, HOST, Viewer
from leaderboard.web import clerk
from leaderboard.web.clerk import Snapshot
from leaderboard.web.events import Streams
from leaderboard.web.limits import Limiter
from leaderboard.web.news import News, Watch
from leaderboard.web.room import BusyError, Room
from leaderboard.web.words import refusals

if TYPE_CHECKING:
    from starlette.requests import Request

    from kit.workspace import Workspace
    from leaderboard.store.base import Submission
    from leaderboard.web.board_views import BoardView

P = ParamSpec("P")
T = TypeVar("T")
Seen = tuple[str, Viewer]
WATCH_S = 0.2
_MOST_SNAPSHOTS = 500
_THREADS = 6
_NEW_S, _NOTICED_S = 20.0, 4.0
_MOMENT_S = 10.0  # a page may be as old while the next is drawn: it may have no scripts to be told of news
_MOST_WAITING = 256  # deliveries that wait for a clerk
log = logging.getLogger("kit.serve")


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """How a board is served.

    Parameters
    ----------
    is_tls
        Whether browsers come over HTTPS: cookies are sent over it only, then.
    address
        How students reach it, ``http://10.0.0.5:8800``; empty takes what each request says.
    why_no_code
        Why plugins are not taken; empty where they are.
    sandbox
        What runs them, for the host's page.
    n_clerks
        Processes that read and score files.
    warms_up
        Whether they are started at once, so that the first files wait for nothing.
    most_uploads, most_streams
        How many uploads may be on the way at the same time, and how many may listen to news.
    """

    is_tls: bool = False
    address: str = ""
    why_no_code: str = ""
    sandbox: str = ""
    n_clerks: int = 2
    warms_up: bool = True
    most_uploads: int = 64
    most_streams: int = 1000


class Desk:
    """One server's own things. Made by `leaderboard.web.app.create_app`, opened and closed with it.

    Parameters
    ----------
    workspace
        Whose board is served.
    serving
        How.
    """

    def __init__(self, workspace: Workspace, serving: Serving) -> None:
        self.workspace, self.serving = workspace, serving
        self.root = workspace.root
        self.state = workspace.state
        self.secret = read_secret(self.state / "secret")
        self.streams = Streams(most=serving.most_streams)
        self.room = Room(self.state, most=serving.most_uploads)
        self.joining = Limiter(10, 6.0)  # wrong codes of an address: a class behind one router mistypes some
        self.joining_at_all = Limiter(120, 0.25, most_keys=1)
        self.submitting = Limiter(12, 5.0)  # of a team
        self.on_stale_code: Callable[[], None] | None = None
        self.uploads = self.state / "uploads"
        self._boards = threading.local()
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="kit-board")
        self._watching = ThreadPoolExecutor(1, thread_name_prefix="kit-watch")
        self._clerks: ProcessPoolExecutor | None = None
        self._n_waiting = 0
        self._snapshots: dict[Seen, tuple[str, Snapshot]] = {}
        self._making: dict[Seen, asyncio.Task[tuple[str, Snapshot]]] = {}
        self._versions: dict[Seen, int] = {}
        self._frozen: frozenset[str] = frozenset()
        self._event = 0
        self.began = time.time()  # of this server: versions of an earlier one are others
        self._views: dict[tuple[str, str, Viewer], tuple[str, BoardView, float]] = {}
        self._drawing: dict[tuple[str, str, Viewer], tuple[str, asyncio.Task[BoardView]]] = {}
        self._titles: tuple[tuple[str, str], ...] | None = None
        self._about: dict[str, dict[str, Any]] = {}
        self.verdicts: dict[int, str] = {}  # on plugins that were looked at for the host

    # -- life --------------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Everything while the server runs: clerks, and who watches for news."""
        for left in self.uploads.glob("*") if self.uploads.is_dir() else ():
            left.unlink(missing_ok=True)  # of a server that was killed: nothing in it was acknowledged
        self._clerks = self._new_clerks()
        has_looked = asyncio.Event()
        watcher = asyncio.create_task(self._watch(has_looked))
        try:
            await has_looked.wait()  # who comes first must not see a frozen board move
            yield
        finally:
            self.streams.close()
            watcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watcher
            self._clerks.shutdown(wait=True, cancel_futures=True)
            self._threads.shutdown(wait=True, cancel_futures=True)
            self._watching.shutdown(wait=True)

    def _new_clerks(self) -> ProcessPoolExecutor:
        # Spawned, not forked: this process has threads, and one of them may hold a lock.
        clerks = ProcessPoolExecutor(
            self.serving.n_clerks, mp_context=multiprocessing.get_context("spawn"), initializer=clerk.begin
        )
        if self.serving.warms_up:
            for _ in range(self.serving.n_clerks):  # each starts when there is work for it
                clerks.submit(clerk.warm, self.root)
        return clerks

    # -- work --------------------------------------------------------------------------------------------------------

    async def ask(self, function: Callable[Concatenate[Board, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `function` says of a board, in a thread that has one of its own."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: function(self._board(), *args, **kwargs))

    def _board(self) -> Board:
        board: Board | None = getattr(self._boards, "board", None)
        if board is None:
            board = self._boards.board = Board.of(self.workspace)
        return board

    async def clerk(self, function: Callable[Concatenate[Path, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What a clerk says. One that was killed is replaced, and asked again: what it does can be repeated.

        Raises
        ------
        BusyError
            E709 where too many wait.
        """
        if self._n_waiting >= _MOST_WAITING:
            raise BusyError(refusals.MANY_WAIT, after_s=5)
        self._n_waiting += 1
        try:
            for attempt in range(3):
                clerks = self._clerks
                assert clerks is not None, "the desk is open"
                try:
                    return await asyncio.wrap_future(clerks.submit(function, self.root, *args, **kwargs))
                except BrokenProcessPool:
                    if self._clerks is clerks:
                        log.warning("a clerk was ended from outside: another one takes over")
                        clerks.shutdown(wait=False)
                        self._clerks = self._new_clerks()
                    if attempt == 2:
                        raise BusyError(refusals.CLERK_ENDED, after_s=5) from None
        finally:
            self._n_waiting -= 1
        raise AssertionError("three attempts return or raise")

    async def snapshot(self, competition: str, viewer: Viewer = ANYBODY) -> tuple[str, Snapshot]:
        """The standings with the rows that a viewer is shown, and the version that they are of.

        They are made once for each change, the last ones meanwhile, and are the same for all, but on a board that
        stands still: there a team sees its own new scores, too. Nobody gets them past `leaderboard.web.clerk.seen_by`.
        """
        version, whole = await self._whole(competition, viewer)
        return version, clerk.seen_by(whole, viewer)

    async def snapshot_with(self, rows: Sequence[Submission], competition: str, viewer: Viewer) -> Snapshot:
        """The same with the scores that these submissions got a moment ago: they are waited for, a moment long.

        Who has handed in a file is led to its page at once, and nothing would tell that page of the score later.
        """
        new = {row.id for row in rows if row.state == "scored" and time.time() - (row.finished_at or 0.0) < _NEW_S}
        until = time.monotonic() + _NOTICED_S
        while True:
            _, snapshot = await self.snapshot(competition, viewer)
            if new <= snapshot.scores.keys() or time.monotonic() > until:
                return snapshot
            await asyncio.sleep(WATCH_S / 4)

    async def _whole(self, competition: str, viewer: Viewer) -> tuple[str, Snapshot]:
        seen = competition, viewer if competition in self._frozen else ANYBODY
        version = self.version_of(*seen)
        known = self._snapshots.get(seen)
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
        _look(made)
        if self._making.get(seen) is made:  # it holds what it made
            del self._making[seen]
        is_made = not made.cancelled() and made.exception() is None
        if is_made and made.result()[0] != self.version_of(*seen) and not self.streams.is_closed:
            asyncio.ensure_future(self._whole(*seen)).add_done_callback(_look)

    async def _make(self, seen: Seen, version: str) -> tuple[str, Snapshot]:
        competition, viewer = seen
        made = await self.clerk(clerk.snapshot, competition, viewer)
        self._snapshots.pop(seen, None)
        self._snapshots[seen] = version, made
        while len(self._snapshots) > _MOST_SNAPSHOTS:
            self._snapshots.pop(next(iter(self._snapshots)))
        self.streams.publish(_topic(seen), version)
        return version, made

    def is_frozen(self, competition: str) -> bool:
        """Whether the board of a competition stands still."""
        return competition in self._frozen

    def version_of(self, competition: str, viewer: Viewer = ANYBODY) -> str:
        """Changes whenever the standings of `competition` may have, as a viewer sees them.

        On a board that stands still others' scores change it for the host alone: it would tell that there are some.
        """
        version = f"{int(self.began)}-{self._versions.get((competition, ANYBODY), 0)}"
        if competition not in self._frozen or viewer == ANYBODY:
            return version
        return f"{version}.{self._versions.get((competition, viewer), 0)}"

    def topics_of(self, competition: str, viewer: Viewer) -> tuple[str, ...]:
        """What news of the standings of `competition` a viewer listens to."""
        return tuple(_topic((competition, one)) for one in dict.fromkeys((ANYBODY, viewer)))

    # -- what is said of the class -----------------------------------------------------------------------------------

    def titles(self) -> tuple[tuple[str, str], ...]:
        """(name, title) of the competitions that can be read."""
        if self._titles is None:
            found = []
            for name in self.workspace.competitions:
                with contextlib.suppress(KitError):  # the host's page and `kit competitions` say what is wrong with it
                    found.append((name, self.workspace.competition(name).title))
            self._titles = tuple(found)
        return self._titles

    async def about(self, competition: str) -> dict[str, Any]:
        """What a competition is, as `leaderboard.web.clerk.about` says it."""
        if competition not in self._about:
            self._about[competition] = await self.clerk(clerk.about, competition)
        return self._about[competition]

    def address(self, request: Request) -> str:
        """How students reach this server; where nobody said so, as this request did."""
        return self.serving.address or f"{request.url.scheme}://{request.url.netloc}"

    async def view(
        self,
        key: tuple[str, str, Viewer],
        stamp: str,
        make: Callable[[Board], BoardView],
        *,
        may_be_old: bool,
    ) -> BoardView:
        """A leaderboard as it looks, made once for each `stamp`, however many ask for it meanwhile.

        Parameters
        ----------
        key
            Competition, part, and for whom.
        stamp
            Of what it is made.
        make
            Makes it, in a thread.
        may_be_old
            Whether the one of a moment ago is good enough while this one is made: for a page, which is told of news.
        """
        known = self._views.get(key)
        if known is not None and known[0] == stamp:
            return known[1]
        drawn_of, drawing = self._drawing.get(key, ("", None))
        if drawing is None or drawn_of != stamp:
            drawing = asyncio.create_task(self._draw(key, stamp, make))
            drawing.add_done_callback(_look)
            self._drawing[key] = stamp, drawing
        if known is not None and may_be_old and time.monotonic() - known[2] < _MOMENT_S:
            return known[1]
        return await asyncio.shield(drawing)

    async def _draw(self, key: tuple[str, str, Viewer], stamp: str, make: Callable[[Board], BoardView]) -> BoardView:
        try:
            made = await self.ask(make)
        finally:
            if self._drawing.get(key, ("",))[0] == stamp:
                del self._drawing[key]
        self._views.pop(key, None)
        self._views[key] = stamp, made, time.monotonic()
        while len(self._views) > _MOST_SNAPSHOTS:
            self._views.pop(next(iter(self._views)))
        return made

    # -- news --------------------------------------------------------------------------------------------------------

    async def _watch(self, has_looked: asyncio.Event) -> None:
        """Look for what others wrote, a few times a second, and tell those who listen."""
        loop = asyncio.get_running_loop()
        watch = Watch(self.workspace)
        try:
            while True:
                try:
                    news = await loop.run_in_executor(self._watching, watch.look)
                except Exception:
                    log.exception("looking for news failed; it is tried again")
                    has_looked.set()
                    await asyncio.sleep(1.0)
                    continue
                if news is not None:
                    self._tell(news)
                has_looked.set()
                await asyncio.sleep(WATCH_S)
        finally:
            await loop.run_in_executor(self._watching, watch.close)

    def _tell(self, news: News) -> None:
        self._frozen = news.frozen
        for seen in [(name, viewer) for name, viewer in self._snapshots if viewer != ANYBODY and name in news.turned]:
            del self._snapshots[seen]  # of the last time that this board stood still
        if news.event != self._event:
            asyncio.ensure_future(self._end_revoked()).add_done_callback(_look)
        for seen in self._changed(news):
            self._versions[seen] = self._versions.get(seen, 0) + 1
            if seen in self._snapshots:
                # Those who listen are told when it is made.
                task = asyncio.ensure_future(self._whole(*seen))
                task.add_done_callback(_look)
            else:
                self.streams.publish(_topic(seen), self.version_of(*seen))
        for team in news.teams:
            self.streams.publish(f"mine/{team}", str(news.n))
        self.streams.publish("queue", str(news.n))

    async def _end_revoked(self) -> None:
        """Whose token was taken back is told no more, also on what is open already."""
        tokens = await self.ask(lambda board: board.people.tokens())
        self.streams.end({str(token.id) for token in tokens if token.revoked_at is not None})

    def _changed(self, news: News) -> set[Seen]:
        """The standings that are others now, and for whom."""
        changed = {(competition, ANYBODY) for competition in news.turned}
        if news.event != self._event:
            self._event = news.event
            changed |= {(competition, ANYBODY) for competition in self.workspace.competitions}
        for competition, team in news.scored:
            viewers = (HOST, Viewer(team=team)) if competition in news.frozen else (ANYBODY,)
            changed |= {(competition, viewer) for viewer in viewers}
        return changed


def desk_of(request: Request) -> Desk:
    """The server's own things."""
    desk: Desk = request.app.state.desk
    return desk


def _topic(seen: Seen) -> str:
    """Under which name it is told that standings are others."""
    competition, viewer = seen
    return f"standings/{competition}" if viewer == ANYBODY else f"standings/{competition}/{viewer.team or 'host'}"


def _look(task: asyncio.Task[object]) -> None:
    """Notice how a task ended that nobody waits for."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("standings could not be made", exc_info=error)
