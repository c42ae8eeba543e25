"""What the client of a class hears from a server that hangs up in the middle of an upload."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import closing

import pytest

from leaderboard.client.http import AwayError, Http, LaterError

LONG = bytes(32 << 20)  # more than lies between the two
TOLD = {
    "error": {"code": "E709", "message": "the class server is busy", "why": "What you sent came too slowly."},
    "parts": [],
    "exit_code": 8,
    "retry_after_s": 10,
}


def sent_to(answer: bytes) -> str:
    """What comes of an upload to a server that answers at once, and hangs up."""

    def hang_up() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(answer)

    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        thread = threading.Thread(target=hang_up)
        thread.start()
        with pytest.raises((LaterError, AwayError)) as caught:
            Http(f"http://127.0.0.1:{listening.getsockname()[1]}").fetch("POST", "/", LONG)
        thread.join()
    return caught.value.problem.why


def test_why_an_upload_was_given_up_is_heard() -> None:
    body = json.dumps(TOLD).encode()
    head = f"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    assert sent_to(head.encode() + body) == "What you sent came too slowly."


def test_who_hangs_up_without_a_word_is_away() -> None:
    assert sent_to(b"")
