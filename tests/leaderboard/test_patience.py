"""What the client of a class does while an answer lets wait."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from leaderboard.client import http
from leaderboard.client.http import Http


@pytest.fixture
def slow() -> Iterator[tuple[str, threading.Event]]:
    """The address of a server that answers twice, and the first time only after its event."""
    said = threading.Event()

    def answer() -> None:
        for _ in range(2):
            connection, _ = listening.accept()
            with connection:
                connection.recv(4096)
                said.wait(20)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=answer)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", said
        thread.join()


def test_who_waits_for_the_class_is_told_so_once(
    slow: tuple[str, threading.Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "PATIENCE_S", 0.02)
    address, said = slow
    times: list[bool] = []

    def on_wait() -> None:
        times.append(said.is_set())
        said.set()

    server = Http(address, on_wait=on_wait)
    assert [server.get("/"), server.get("/")] == [{}, {}]
    assert times == [False]
