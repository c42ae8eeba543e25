"""A class as it is: a server on a port, a student's kit, and the server away for a while."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kit.workspace import Workspace

KitProcess = subprocess.CompletedProcess[str]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="ends the server with a signal that Windows has not"),
]


@contextmanager
def served(here: Workspace, port: int) -> Iterator[tuple[str, int]]:
    """The address with the word code, and the port."""
    line = [sys.executable, "-P", "-m", "kit", "serve", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    server = subprocess.Popen(line, cwd=here.root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert server.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:(\d+)/join/\S+", server.stdout.readline())
        assert found is not None
        yield found[0], int(found[1])
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(30) == 0
        server.stdout.close()  # type: ignore[union-attr]


@pytest.fixture
def student(tmp_path: Path) -> Callable[..., KitProcess]:
    """Runs ``kit`` as a student does, on a computer of the student's own."""
    home = tmp_path / "student"
    home.mkdir()
    (home / "kit.toml").write_text("")
    environment = os.environ | {"XDG_CONFIG_HOME": str(home / "config"), "COLUMNS": "120"}

    def run(*arguments: str) -> KitProcess:
        line = [sys.executable, "-P", "-m", "kit", *arguments]
        return subprocess.run(line, cwd=home, env=environment, capture_output=True, text=True, timeout=100)

    return run


def test_a_student_joins_hands_in_and_loses_nothing_while_the_server_is_away(
    here: Workspace, student: Callable[..., KitProcess], answers: Callable[..., bytes], tmp_path: Path
) -> None:
    for digit in (3, 4):
        (tmp_path / "student" / f"{digit}.csv").write_bytes(answers(digit))
    with served(here, 0) as (address, port):
        assert student("join", address, "--name", "anna example").returncode == 0
        sent = student("submit", "3.csv")
        assert "tries left     9 of 10 today" in sent.stdout
        assert sent.stderr.startswith('class "A class" at http://127.0.0.1')
    away = student("submit", "4.csv")
    assert (away.returncode, "E701" in away.stderr, "outbox: 1" in away.stderr) == (8, True, True)
    assert "nobody has a score yet" in student("leaderboard", "digits", "--local").stdout
    with served(here, port):
        board = student("leaderboard")
        assert "sent 4.csv, kept since" in board.stderr
        assert re.search(r"\(you\).* 2 +now", board.stdout)
        assert student("leave").returncode == 0
    assert student("leave").returncode == 2


def test_a_port_that_is_taken_is_told_with_another(here: Workspace) -> None:
    with served(here, 0) as (_, port):
        line = [sys.executable, "-P", "-m", "kit", "serve", "--host", "127.0.0.1", "--port", str(port)]
        second = subprocess.run(line, cwd=here.root, capture_output=True, text=True, timeout=60)
    assert second.returncode == 2
    assert f"port {port} is used by another program" in second.stderr
