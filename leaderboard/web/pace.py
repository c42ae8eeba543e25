"""How fast somebody may ask: so fast that no class notices, too slowly to keep the others out.

A whole class may come from one address, behind a router or a telephone that shares its line. While everybody hands in,
a board changes up to five times a second (`leaderboard.web.desk.WATCH_S`), and forty browsers that follow it ask for
its rows each time: an address has 200 requests a second, and 1,000 at once. Who shows a token or a cookie has 20 a
second and 200 at once, within the address's: a script that runs wild is stopped before its neighbours notice.

Not counted are this computer, whose the host is, the files that pages are made of, and whoever has no address: a proxy
that keeps it to itself has limits of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.requests import Request

from leaderboard.web.limits import Limiter
from leaderboard.web.problems import TooManyError
from leaderboard.web.security import SESSION_COOKIE, is_this_computer
from leaderboard.web.words import refusals

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send


class Paces:
    """The buckets of one server. `clock` gives seconds that never go back."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.of_address = Limiter(1000, 1 / 200, clock=clock)
        self.of_bearer = Limiter(200, 1 / 20, clock=clock)

    def wait_s(self, request: Request) -> float:
        """0 where this request may be answered now, which then counts; else the seconds until it may."""
        address = request.client.host if request.client else ""
        if not address or is_this_computer(address) or request.scope["path"].startswith("/static/"):
            return 0.0
        shown = request.headers.get("authorization", "") or request.cookies.get(SESSION_COOKIE, "")
        # First what one bearer has: what is refused there takes nothing from the neighbours.
        own = self.of_bearer.wait_s(f"{address} {hash(shown)}") if shown else 0.0
        return own or self.of_address.wait_s(address)


class Pace:
    """Answers with 429 and when to come again, before anything is looked up or read.

    Parameters
    ----------
    app
        What answers all else.
    paces
        Whose buckets count.
    refuse
        The answer to a request that came too soon.
    """

    def __init__(self, app: ASGIApp, *, paces: Paces, refuse: Callable[[Request, TooManyError], Response]) -> None:
        self._app, self._paces, self._refuse = app, paces, refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "http" and (wait_s := self._paces.wait_s(request := Request(scope))) > 0:
            await self._refuse(request, TooManyError(refusals.REQUESTS, wait_s))(scope, receive, send)
            return
        await self._app(scope, receive, send)
