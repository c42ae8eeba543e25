"""Something that many ask for at the same time, and that is made once."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

K = TypeVar("K")
T = TypeVar("T")
_MOST = 500  # are kept; the one that was made longest ago is forgotten first
_MOMENT_S = 10.0  # a page may be as old while the next is drawn: it may have no scripts to be told of news
log = logging.getLogger("kit.serve")


class Once(Generic[K, T]):
    """Values by key, each made once for each stamp of what it is made of, however many ask for it meanwhile."""

    def __init__(self) -> None:
        self._known: dict[K, tuple[str, T, float]] = {}
        self._making: dict[K, tuple[str, asyncio.Task[T]]] = {}

    async def get(self, key: K, stamp: str, make: Callable[[], Awaitable[T]], *, may_be_old: bool = False) -> T:
        """The value of `key`.

        Parameters
        ----------
        key
            Which.
        stamp
            Of what it is made.
        make
            Makes it.
        may_be_old
            Whether the one of a moment ago is good enough while this one is made.
        """
        known = self._known.get(key)
        if known is not None and known[0] == stamp:
            return known[1]
        made_of, making = self._making.get(key, ("", None))
        if making is None or made_of != stamp:
            making = asyncio.create_task(self._make(key, stamp, make))
            making.add_done_callback(notice)
            self._making[key] = stamp, making
        if known is not None and may_be_old and time.monotonic() - known[2] < _MOMENT_S:
            return known[1]
        return await asyncio.shield(making)

    async def _make(self, key: K, stamp: str, make: Callable[[], Awaitable[T]]) -> T:
        try:
            made = await make()
        finally:
            if self._making.get(key, ("",))[0] == stamp:
                del self._making[key]
        self._known.pop(key, None)
        self._known[key] = stamp, made, time.monotonic()
        while len(self._known) > _MOST:
            self._known.pop(next(iter(self._known)))
        return made


def notice(task: asyncio.Task[object]) -> None:
    """Notice how a task ended that nobody waits for."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("what was begun for others could not be done", exc_info=error)
