"""A class of three with a server, in this process: no port, but real clerks."""

from __future__ import annotations

import csv
import io
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from kit.workspace import Workspace
from leaderboard.board import Board
from leaderboard.store.people import NewEntrant
from leaderboard.web.actions import claim
from leaderboard.web.app import create_app
from leaderboard.web.desk import Serving
from leaderboard.web.security import SESSION_COOKIE

NAMES = ("Anna Example", "Ben Example", "Cleo Example")
Bearer = dict[str, str]
Join = Callable[[str], Bearer]
KitProcess = subprocess.CompletedProcess[str]
TestClient.__test__ = False  # it is no class of tests


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What ``kit serve`` has printed."""

    students: str
    host: str
    port: int
    log: Path


Serve = Callable[..., AbstractContextManager[Served]]


@pytest.fixture
def here(workspace: Path) -> Workspace:
    """A workspace with a roster."""
    found = Workspace.find(workspace)
    board = Board.of(found)
    board.people.put([NewEntrant(name=name) for name in NAMES], actor="host")
    board.close()
    return found


@pytest.fixture
def board(here: Workspace) -> Iterator[Board]:
    """The board of the class, as the server's own processes see it."""
    opened = Board.of(here)
    yield opened
    opened.close()


@pytest.fixture
def client(here: Workspace) -> Iterator[TestClient]:
    """A browser that follows no redirect."""
    app = create_app(here, Serving(n_clerks=1, warms_up=False))
    with TestClient(app, base_url="http://class.test", follow_redirects=False, raise_server_exceptions=False) as made:
        yield made


@pytest.fixture
def joined(board: Board) -> Join:
    """Joins under a name, and gives the header of whoever did."""

    def join(name: str) -> Bearer:
        number = 1 + NAMES.index(name)
        return {"authorization": f"Bearer {claim(board, number, 'test').token}"}

    return join


@pytest.fixture
def anna(joined: Join) -> Bearer:
    """The header of a student."""
    return joined(NAMES[0])


@pytest.fixture
def ben(joined: Join) -> Bearer:
    """The header of another student."""
    return joined(NAMES[1])


@pytest.fixture
def host(board: Board) -> Bearer:
    """The header of the host."""
    token = board.classroom.host_token(board.classroom.host_code(), label="test")
    assert token is not None
    return {"authorization": f"Bearer {token}"}


def cookie_of(header: Bearer) -> dict[str, str]:
    """The same person in a browser."""
    return {"cookie": f"{SESSION_COOKIE}={header['authorization'].removeprefix('Bearer ')}"}


@pytest.fixture
def as_browser() -> Callable[[Bearer], dict[str, str]]:
    """The header of an API's caller -> that of the same person's browser."""
    return cookie_of


@pytest.fixture
def answers(here: Workspace) -> Callable[..., bytes]:
    """A file of answers to digits: always the same digit."""
    form = here.prepared("digits").form()

    def make(digit: int = 3, *, n: int | None = None) -> bytes:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["id", "label"])
        writer.writerows([row_id, digit] for row_id in form.row_ids[:n])
        return text.getvalue().encode()

    return make


@pytest.fixture
def serve(here: Workspace, tmp_path: Path) -> Serve:
    """Serves the class on a port of this computer with ``kit serve``, as long as it is needed."""

    @contextmanager
    def serving(*options: str, port: int = 0) -> Iterator[Served]:
        line = [sys.executable, "-P", "-m", "kit", "serve", "--host", "127.0.0.1", "--port", str(port), *options]
        log = tmp_path / "serve.log"
        with log.open("ab") as told:
            server = subprocess.Popen(line, cwd=here.root, stdout=subprocess.PIPE, stderr=told, text=True)
        try:
            yield _printed(server, log)
        finally:
            server.send_signal(signal.SIGTERM)
            assert server.wait(60) == 0
            assert server.stdout is not None
            server.stdout.close()

    return serving


def _printed(server: subprocess.Popen[str], log: Path) -> Served:
    assert server.stdout is not None
    text = ""
    while (found := re.search(r"https?://\S+/host\?code=\S+", text)) is None:
        line = server.stdout.readline()
        assert line, log.read_text()
        text += line
    students = re.search(r"https?://[^/]+:(\d+)/join/\S+", text)
    assert students is not None, text
    return Served(students=students[0], host=found[0], port=int(students[1]), log=log)


@pytest.fixture
def student(tmp_path: Path) -> Callable[..., KitProcess]:
    """Runs ``kit`` as a student does, on a computer of the student's own."""
    home = tmp_path / "student"
    home.mkdir()
    (home / "kit.toml").write_text("")
    environment = os.environ | {"XDG_CONFIG_HOME": str(home / "config"), "COLUMNS": "120"}

    def run(*arguments: str, **more: str) -> KitProcess:
        line = [sys.executable, "-P", "-m", "kit", *arguments]
        return subprocess.run(line, cwd=home, env=environment | more, capture_output=True, text=True, timeout=100)

    return run
