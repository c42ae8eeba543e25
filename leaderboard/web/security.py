"""What every answer carries and every request has to hold: headers, cookies, the origin of forms, the access log."""

from __future__ import annotations

import hmac
import logging
import time
from ipaddress import ip_address
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SESSION_COOKIE = "kit_session"
FORM_COOKIE = "kit_form"
CSRF_FIELD = "csrf"
_YEAR_S = 365 * 24 * 3600
_TERM_S = 180 * 24 * 3600

# No inline script or style, nothing from another host, nobody frames us, forms lead here.
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
access = logging.getLogger("kit.access")


def is_this_computer(address: str) -> bool:
    """Whether a request from there comes from the computer that serves, whose the host is."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return (getattr(found, "ipv4_mapped", None) or found).is_loopback  # ::ffff:127.0.0.1 where one socket is for both


class Guard:
    """Adds the headers to every answer, and writes a line of the access log without query string or credentials."""

    def __init__(self, app: ASGIApp, *, is_tls: bool = False) -> None:
        self._app = app
        self._headers = dict(HEADERS)
        if is_tls:
            self._headers["strict-transport-security"] = f"max-age={_YEAR_S}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        try:
            await self._app(scope, receive, guarded)
        finally:
            milliseconds = 1000 * (time.perf_counter() - began)
            path = scope["path"].encode("unicode_escape").decode()  # no line of it is made up by who asks
            access.info("%s %s %s %.0f ms", scope["method"], path, status, milliseconds)


def set_session(response: Response, token: str, *, is_tls: bool) -> None:
    """Give a browser its token, where no script can read it and no other site can send it."""
    response.set_cookie(
        SESSION_COOKIE, token, max_age=_TERM_S, path="/", httponly=True, samesite="strict", secure=is_tls
    )


def end_session(response: Response) -> None:
    """Take the token back."""
    response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="strict")


def set_form_key(response: Response, key: str, *, is_tls: bool) -> None:
    """Give a browser without a session what its forms are signed with."""
    response.set_cookie(FORM_COOKIE, key, path="/", httponly=True, samesite="strict", secure=is_tls)


def form_token(secret: bytes, key: str) -> str:
    """What the forms of whoever holds `key` (a session, or a form key) must carry."""
    return hmac.digest(secret, b"form\0" + key.encode(), "sha256").hex()


def is_same_origin(request: Request) -> bool:
    """Whether a browser says that this request comes from one of our own pages, or nothing says otherwise."""
    site = request.headers.get("sec-fetch-site")
    if site not in (None, "same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    if origin is None:
        return True
    return origin.partition("://")[2].lower() == request.headers.get("host", "").lower()


def is_form_token(secret: bytes, key: str, token: str) -> bool:
    """Whether a form was made for whoever holds `key`; compared in constant time."""
    return bool(key) and hmac.compare_digest(form_token(secret, key).encode(), token.encode())
