"""Who does a server's work, so that its loop only answers: boards in threads, clerks in processes."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from leaderboard.board import Board
from leaderboard.web import clerk
from leaderboard.web.room import BusyError
from leaderboard.web.words import refusals

if TYPE_CHECKING:
    from kit.workspace import Workspace

P = ParamSpec("P")
T = TypeVar("T")
_THREADS = 6
_MOST_WAITING = 256  # deliveries that wait for a clerk
log = logging.getLogger("kit.serve")


class Staff:
    """The threads and processes of one server.

    Parameters
    ----------
    workspace
        Whose board is served.
    n_clerks
        How many processes read and score files.
    warms_up
        Whether they are started at once.
    """

    def __init__(self, workspace: Workspace, *, n_clerks: int, warms_up: bool) -> None:
        self._workspace, self._n_clerks, self._warms_up = workspace, n_clerks, warms_up
        self._boards = threading.local()
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="kit-board")
        self._clerks: ProcessPoolExecutor | None = None
        self._n_waiting = 0

    def begin(self) -> None:
        """Have clerks from now on."""
        # Spawned, not forked: this process has threads, and one of them may hold a lock.
        self._clerks = ProcessPoolExecutor(
            self._n_clerks, mp_context=multiprocessing.get_context("spawn"), initializer=clerk.begin
        )
        if self._warms_up:
            for _ in range(self._n_clerks):  # each starts when there is work for it
                self._clerks.submit(clerk.warm, self._workspace.root)

    def end(self) -> None:
        """Let everybody finish what was begun, and go."""
        if self._clerks is not None:
            self._clerks.shutdown(wait=True, cancel_futures=True)
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def ask(self, function: Callable[Concatenate[Board, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `function` says of a board, in a thread that has one of its own."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: function(self._board(), *args, **kwargs))

    def _board(self) -> Board:
        board: Board | None = getattr(self._boards, "board", None)
        if board is None:
            board = self._boards.board = Board.of(self._workspace)
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
                assert clerks is not None, "they have begun"
                try:
                    return await asyncio.wrap_future(clerks.submit(function, self._workspace.root, *args, **kwargs))
                except BrokenProcessPool:
                    if self._clerks is clerks:
                        log.warning("a clerk was ended from outside: another one takes over")
                        clerks.shutdown(wait=False)
                        self.begin()
                    if attempt == 2:
                        raise BusyError(refusals.CLERK_ENDED, after_s=5) from None
        finally:
            self._n_waiting -= 1
        raise AssertionError("three attempts return or raise")
