"""A client of HTTP/1.1 that costs next to nothing: hundreds of them leave the server its cores."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Line:
    """One connection that stays open, opened anew where the server has closed it.

    Parameters
    ----------
    port
        On this computer.
    token
        Of whoever asks; with `is_browser` it goes into the cookie.
    """

    def __init__(self, port: int, *, token: str = "", is_browser: bool = False) -> None:
        self._port = port
        self._own = ""
        if token:
            self._own = f"cookie: kit_session={token}\r\n" if is_browser else f"authorization: Bearer {token}\r\n"
        self._turn = asyncio.Lock()
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(
        self, method: str, path: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Ask once, after what was asked before. Raises `OSError` or `EOFError` where there is no whole answer."""
        async with self._turn:
            try:
                await self._send(method, path, body, headers or {})
                return await self._answer(is_head=method == "HEAD")
            except (OSError, EOFError):
                await self.hang_up()
                raise

    async def ask_again(
        self, method: str, path: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """As `ask`, a second time where the server had closed the connection meanwhile."""
        try:
            return await self.ask(method, path, body=body, headers=headers)
        except (OSError, EOFError):
            return await self.ask(method, path, body=body, headers=headers)

    async def open_unread(self, path: str) -> None:
        """Ask for something and never read what comes: the system takes a few kilobytes of it, and then no more."""
        opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        opened.setblocking(False)
        await asyncio.get_running_loop().sock_connect(opened, ("127.0.0.1", self._port))
        self._reader, self._writer = await asyncio.open_connection(sock=opened, limit=1)
        await self._send("GET", path, b"", {})

    async def events(self, path: str) -> AsyncIterator[bytes]:
        """The lines of a stream of events, without its framing; the first one when the stream is open."""
        await self._send("GET", path, b"", {})
        assert self._reader is not None
        status, headers = await self._head()
        if status != 200 or "chunked" not in headers.get("transfer-encoding", ""):
            raise OSError(f"no stream: {status}")
        while size := int(await self._reader.readline(), 16):
            chunk = await self._reader.readexactly(size + 2)
            for line in chunk[:-2].splitlines():
                yield line

    def close(self) -> None:
        """Hang up, soon."""
        if self._writer is not None:
            with suppress(OSError):
                self._writer.close()
        self._reader = self._writer = None

    async def hang_up(self) -> None:
        """Hang up, now."""
        writer = self._writer
        self.close()
        if writer is not None:
            with suppress(OSError):
                await writer.wait_closed()

    async def _send(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> None:
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 20)
        length = f"content-length: {len(body)}\r\n" if method == "POST" else ""
        more = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{self._port}\r\n{self._own}{length}{more}\r\n"
        self._writer.write(head.encode() + body)
        await self._writer.drain()

    async def _head(self) -> tuple[int, dict[str, str]]:
        assert self._reader is not None
        status, *lines = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip().split("\r\n")
        pairs = (line.partition(":") for line in lines)
        return int(status.split(" ")[1]), {name.lower(): value.strip() for name, _, value in pairs}

    async def _answer(self, *, is_head: bool) -> Answer:
        assert self._reader is not None
        status, headers = await self._head()
        body = b""
        if not is_head and status not in (204, 304):
            body = await self._reader.readexactly(int(headers.get("content-length", "0")))
        if headers.get("connection", "").lower() == "close":
            self.close()
        return Answer(status=status, headers=headers, body=body)
