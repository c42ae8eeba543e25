"""Bodies that come too slowly: their place is free again, and those who sent them are told."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn

from kit.workspace import Workspace
from leaderboard.web.app import create_app
from leaderboard.web.desk import Serving
from leaderboard.web.patience import LEAST_PER_S, Patience
from leaderboard.web.room import BusyError

Bearer = dict[str, str]
HAND_IN = "/api/v1/competitions/digits/submissions"


def read(*pieces: tuple[float, bytes], grace_s: float = 0.2) -> tuple[int, dict[bytes, bytes], bytes]:
    """The answer to a body whose pieces each take so many seconds: what came of it, or why it was given up."""
    left = list(pieces)
    told: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if not left:
            await asyncio.sleep(60)
        seconds, piece = left.pop(0)
        await asyncio.sleep(seconds)
        return {"type": "http.request", "body": piece, "more_body": bool(left)}

    async def send(message: Any) -> None:
        told.append(message)

    async def reader(_: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        try:
            while more:
                message = await receive()
                body, more = body + message["body"], message["more_body"]
        except BusyError as error:
            body = error.problem.why.encode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})

    asyncio.run(Patience(reader, grace_s=grace_s)({"type": "http"}, receive, send))
    return told[0]["status"], dict(told[0]["headers"]), told[1]["body"]


def test_a_body_that_comes_at_once_is_read() -> None:
    assert read((0.0, b"id,"), (0.0, b"label")) == (200, {}, b"id,label")


def test_a_body_that_stalls_is_given_up() -> None:
    status, headers, said = read((0.0, b"id,"), (5.0, b"label"))
    assert (status, headers) == (408, {b"connection": b"close"})
    assert b"so slowly that it was given up" in said


def test_a_byte_now_and_then_keeps_no_place() -> None:
    assert read(*[(0.03, b"x")] * 20)[0] == 408


@pytest.mark.slow
def test_a_line_that_is_slow_and_steady_is_waited_for() -> None:
    pieces = [
        (0.3, bytes(LEAST_PER_S))
    ] * 4  # longer than the grace in all, each so short that a busy computer may be late
    assert read(*pieces, grace_s=1.0)[0] == 200


def test_what_came_quickly_buys_no_longer_stall() -> None:
    assert read((0.0, bytes(10 * LEAST_PER_S)), (0.5, b"x"))[0] == 408


@contextmanager
def listening(here: Workspace, serving: Serving) -> Iterator[int]:
    """The port on which a board is served."""
    server = uvicorn.Server(uvicorn.Config(create_app(here, serving), log_config=None, access_log=False))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started:
                time.sleep(0.02)
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(30)


def begun(port: int, who: Bearer, first: bytes, length: int) -> socket.socket:
    """An upload of which only the beginning was sent."""
    lines = [f"POST {HAND_IN} HTTP/1.1", "host: x", *(f"{key}: {value}" for key, value in who.items())]
    sent = socket.create_connection(("127.0.0.1", port), timeout=30)
    sent.sendall("\r\n".join([*lines, f"content-length: {length}", "", ""]).encode() + first)
    return sent


def answer(sent: socket.socket) -> tuple[bytes, dict[str, Any]]:
    """Status line and content of everything that comes until the server hangs up."""
    with sent, sent.makefile("rb") as file:
        head, _, body = file.read().partition(b"\r\n\r\n")
    return head.partition(b"\r\n")[0], json.loads(body)


@pytest.mark.slow
def test_on_the_line_who_listens_to_news_is_not_hurried(here: Workspace) -> None:
    line = b"GET /c/digits/events HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    with listening(here, Serving(n_clerks=1, patience_s=0.2)) as port:
        heard = socket.create_connection(("127.0.0.1", port), timeout=1.0)
        heard.sendall(line)
        with heard, heard.makefile("rb") as file, pytest.raises(TimeoutError):
            file.read()  # to its end, and it has none


@pytest.mark.slow
def test_on_the_line_a_place_that_is_held_slowly_is_given_to_the_next(
    here: Workspace, anna: Bearer, ben: Bearer, answers: Callable[..., bytes]
) -> None:
    data = answers()
    with listening(here, Serving(n_clerks=1, most_uploads=1, patience_s=1.0)) as port:
        slow = begun(port, anna, data[:100], len(data))
        time.sleep(0.3)
        refused, _ = answer(begun(port, ben | {"connection": "close"}, data, len(data)))
        status, told = answer(slow)
        taken, _ = answer(begun(port, ben | {"connection": "close"}, data, len(data)))
    assert [line.split()[1] for line in (refused, status, taken)] == [b"503", b"408", b"201"]
    assert (told["error"]["code"], told["retry_after_s"]) == ("E709", 10)
