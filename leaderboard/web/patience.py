"""How slowly the body of a request may come: as slowly as a bad line sends, too slowly to hold a place for ever.

Bodies are read while they arrive, and whoever sends an upload has one of few places meanwhile
(`leaderboard.web.room.Room`). One that stalls for `GRACE_S`, or falls behind `LEAST_PER_S` by as much, is given up: a
file of a megabyte may take two and a half minutes. What came quickly buys no longer stall behind it. Counted is the
time for which the server waits, not that in which it is busy itself.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders

from leaderboard.web.room import BusyError
from leaderboard.web.words import refusals

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

GRACE_S = 30.0  # as long as browsers wait for a line that has gone
LEAST_PER_S = 8 << 10  # bytes: 64 kbit/s, less than a telephone with one bar sends
AGAIN_S = 10


class Patience:
    """Gives up bodies that come too slowly: their place is free again, and the answer is a 408.

    Parameters
    ----------
    app
        What reads them.
    grace_s
        Seconds for which a body may stall, or by which it may fall behind.
    """

    def __init__(self, app: ASGIApp, *, grace_s: float = GRACE_S) -> None:
        self._app, self._grace_s = app, grace_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = _Body(receive, self._grace_s)

        async def answer(message: Message) -> None:
            if body.is_given_up and message["type"] == "http.response.start":
                message["status"] = 408
                MutableHeaders(scope=message)["connection"] = "close"  # what is still on the way is not waited for
            await send(message)

        await self._app(scope, body.receive, answer)


class _Body:
    """The body of one request on its way. Behind its end nothing is timed: who listens to news may stay for hours."""

    def __init__(self, receive: Receive, grace_s: float) -> None:
        self._receive, self._grace_s = receive, grace_s
        self._left_s = grace_s
        self._is_whole = self.is_given_up = False

    async def receive(self) -> Message:
        """The next piece of it. Raises `BusyError` E709 where it came too slowly."""
        if self._is_whole:
            return await self._receive()
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._left_s):
                message = await self._receive()
        except TimeoutError:
            self.is_given_up = True
            raise BusyError(refusals.TOO_SLOW, after_s=AGAIN_S) from None
        earned_s = len(message.get("body", b"")) / LEAST_PER_S
        self._left_s = min(self._grace_s, self._left_s - (time.monotonic() - began) + earned_s)
        self._is_whole = not message.get("more_body", False)
        return message
