"""What every route works with: who does the work, what is shown, the open streams, and how much is allowed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leaderboard.secret import read_secret
from leaderboard.views import Viewer
from leaderboard.web.board_views import BoardView
from leaderboard.web.catalogue import Catalogue
from leaderboard.web.events import Streams
from leaderboard.web.limits import Limiter
from leaderboard.web.news import News, Watch
from leaderboard.web.once import Once, notice
from leaderboard.web.patience import GRACE_S
from leaderboard.web.room import DISK_KEPT_FREE, MEMORY_KEPT_FREE, Room
from leaderboard.web.snapshots import Snapshots
from leaderboard.web.staff import Staff

if TYPE_CHECKING:
    from starlette.requests import Request

    from kit.workspace import Workspace

WATCH_S = 0.2
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
    patience_s
        How many seconds an upload may stall, or fall behind what `leaderboard.web.patience` asks of it.
    disk_kept_free, memory_kept_free
        Bytes that no upload may take: where there are fewer left, all are told to come again.
    """

    is_tls: bool = False
    address: str = ""
    why_no_code: str = ""
    sandbox: str = ""
    n_clerks: int = 2
    warms_up: bool = True
    most_uploads: int = 64
    most_streams: int = 1000
    patience_s: float = GRACE_S
    disk_kept_free: int = DISK_KEPT_FREE
    memory_kept_free: int = MEMORY_KEPT_FREE


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
        self.uploads = self.state / "uploads"
        self.staff = Staff(workspace, n_clerks=serving.n_clerks, warms_up=serving.warms_up)
        self.ask, self.clerk = self.staff.ask, self.staff.clerk
        self.streams = Streams(most=serving.most_streams)
        self.standings = Snapshots(self.staff, self.streams, tuple(workspace.competitions))
        self.boards = Once[tuple[str, str, Viewer], BoardView]()  # as they look, by competition, part, and for whom
        self.catalogue = Catalogue(workspace, self.staff)
        self.verdicts: dict[int, str] = {}  # on plugins that were looked at for the host
        self.room = Room(
            self.state,
            most=serving.most_uploads,
            disk_kept_free=serving.disk_kept_free,
            memory_kept_free=serving.memory_kept_free,
        )
        self.joining = Limiter(10, 6.0)  # wrong codes of an address: a class behind one router mistypes some
        self.joining_at_all = Limiter(120, 0.25, most_keys=1)
        self.submitting = Limiter(12, 5.0)  # of a team
        self.on_stale_code: Callable[[], None] | None = None
        self._watching = ThreadPoolExecutor(1, thread_name_prefix="kit-watch")
        self._event = 0

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Everything while the server runs: clerks, and who watches for news."""
        for left in self.uploads.glob("*") if self.uploads.is_dir() else ():
            left.unlink(missing_ok=True)  # of a server that was killed: nothing in it was acknowledged
        self.staff.begin()
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
            self.staff.end()
            self._watching.shutdown(wait=True)

    def address(self, request: Request) -> str:
        """How students reach this server; where nobody said so, as this request did."""
        return self.serving.address or f"{request.url.scheme}://{request.url.netloc}"

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
        if news.event != self._event:
            self._event = news.event
            asyncio.ensure_future(self._end_revoked()).add_done_callback(notice)
        self.standings.tell(news)
        for team in news.teams:
            self.streams.publish(f"mine/{team}", str(news.n))
        self.streams.publish("queue", str(news.n))

    async def _end_revoked(self) -> None:
        """Whose token was taken back is told no more, also on what is open already."""
        tokens = await self.ask(lambda board: board.people.tokens())
        self.streams.end({str(token.id) for token in tokens if token.revoked_at is not None})


def desk_of(request: Request) -> Desk:
    """The server's own things."""
    desk: Desk = request.app.state.desk
    return desk
