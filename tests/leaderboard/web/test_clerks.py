"""Clerks are processes: they are killed, or lose their server."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from starlette.requests import Request

from leaderboard.web.actions import sender_of
from leaderboard.web.visitors import Visitor

SERVER = """
import multiprocessing, os, time
from concurrent.futures import ProcessPoolExecutor
from leaderboard.web import clerk

if __name__ == "__main__":
    spawn = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(1, mp_context=spawn, initializer=clerk.begin)
    print(pool.submit(os.getpid).result(), flush=True)
    time.sleep(60)
"""


@pytest.mark.slow
def test_a_clerk_ends_with_a_server_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "server.py"
    script.write_text(SERVER)
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        clerk = psutil.Process(int(server.stdout.readline()))
        server.kill()
    _, alive = psutil.wait_procs([clerk], timeout=10)
    assert alive == []


def test_what_comes_without_a_key_has_one_for_when_its_clerk_is_killed() -> None:
    request = Request({"type": "http", "headers": [], "query_string": b""})
    keys = {sender_of(request, Visitor(), {}).client_key for _ in range(2)}
    assert len(keys - {None}) == 2
