"""A class as it is: a server on a port, a student's kit, and the server away for a while."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from kit.workspace import Workspace

Serve = Callable[..., AbstractContextManager[Any]]
KitProcess = subprocess.CompletedProcess[str]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="ends the server with a signal that Windows has not"),
]


def test_a_student_joins_hands_in_and_loses_nothing_while_the_server_is_away(
    serve: Serve, student: Callable[..., KitProcess], answers: Callable[..., bytes], tmp_path: Path
) -> None:
    for digit in (3, 4):
        (tmp_path / "student" / f"{digit}.csv").write_bytes(answers(digit))
    with serve("--workers", "1") as served:
        assert student("join", served.students, "--name", "anna example").returncode == 0
        sent = student("submit", "3.csv")
        assert "tries left     9 of 10 today" in sent.stdout
        assert sent.stderr.startswith('class "A class" at http://127.0.0.1')
    away = student("submit", "4.csv")
    assert (away.returncode, "E701" in away.stderr, "outbox: 1" in away.stderr) == (8, True, True)
    assert "nobody has a score yet" in student("leaderboard", "digits", "--local").stdout
    with serve("--workers", "1", port=served.port):
        board = student("leaderboard")
        assert "sent 4.csv, kept since" in board.stderr
        assert re.search(r"\(you\).* 2 +now", board.stdout)
        assert student("leave").returncode == 0
    assert student("leave").returncode == 2


def test_where_code_is_not_shut_in_the_server_says_so_once_in_its_first_line(here: Workspace, serve: Serve) -> None:
    with (here.root / "kit.toml").open("a") as file:
        file.write('[sandbox]\nname = "process"\n')
    with serve("--workers", "2") as served:
        time.sleep(3)  # its workers know by then
        told = served.log.read_text()
    assert "FILES ONLY" in told.partition("\n")[0]
    assert "sudo apt install" not in told


def test_a_port_that_is_taken_is_told_with_another(here: Workspace, serve: Serve) -> None:
    with serve() as served:
        line = [sys.executable, "-P", "-m", "kit", "serve", "--host", "127.0.0.1", "--port", str(served.port)]
        second = subprocess.run(line, cwd=here.root, capture_output=True, text=True, timeout=60)
        assert "network     only this computer gets here" in served.log.read_text()
    assert second.returncode == 2
    assert f"port {served.port} is used by another program" in second.stderr
