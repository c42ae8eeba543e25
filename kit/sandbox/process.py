"""The sandbox ``process``: a child with limits, an empty environment and a scratch folder, and nothing more.

It stops accidents: endless loops, memory, forgotten children. It is no wall: a plugin can read what its user can read
and reach the network. It needs nothing, so it is what there is on every system, for one's own code.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil

from kit.job import Job, Limits, Outcome
from kit.sandbox.base import Capabilities, Event, Serve
from kit.sandbox.child import environment, run_child
from kit.sandbox.scratch import home


class ProcessSandbox:
    """Runs a job in a child process. See the module for what that does and does not stop."""

    name = "process"

    def __init__(self, scratch: Path | None = None) -> None:
        self._base = scratch or home()

    def probe(self) -> Capabilities:
        """What is blocked, found by trying it from a child like a plugin's."""
        linux = sys.platform == "linux"
        can_read, can_connect = _try_from_child()
        reasons = {
            "files": "a plugin can read and write what you can" if can_read else "not found out",
            "network": "a plugin can connect" if can_connect else "not found out",
            "processes": "a plugin sees and can signal your other processes",
            "disk": "only files in its scratch folder are measured; each file is limited in size",
        }
        if not linux:
            reasons["survivors"] = "a child that leaves its session and clears its environment is not found"
        return Capabilities(
            files=False,
            network=False,
            processes=False,
            memory=psutil.Process().memory_info().rss > 0,
            pids=True,
            disk=False,
            survivors=linux,
            reasons=reasons,
        )

    def run(
        self,
        job: Job,
        limits: Limits,
        *,
        log: Path,
        serve: Serve,
        on_event: Callable[[Event], None],
        cancelled: Callable[[], bool],
    ) -> Outcome:
        """Run `job`; see `Sandbox.run`."""
        return run_child(
            lambda scratch: _start(job, limits, scratch),
            job,
            limits,
            base=self._base,
            log=log,
            serve=serve,
            on_event=on_event,
            cancelled=cancelled,
        )


def _start(job: Job, limits: Limits, scratch: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-P", "-m", "kit.worker", str(scratch / "job.json")]
    new_group: int = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)  # Windows: Ctrl-C does not reach it
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=scratch / "work",
        env=environment(job, limits, scratch),
        start_new_session=os.name == "posix",
        creationflags=new_group,
    )


_TRIAL = """
import os, socket, sys
print(int(os.access(sys.argv[1], os.R_OK)))
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[2])), 2).close()
    print(1)
except OSError:
    print(0)
"""


def _try_from_child() -> tuple[bool, bool]:
    """Whether a child like a plugin's can read a file of ours, and connect to a port."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        command = [sys.executable, "-I", "-S", "-c", _TRIAL, __file__, port]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)  # noqa: S603
        except (OSError, subprocess.SubprocessError):
            return False, False
    can_read, can_connect = done.stdout.split()
    return can_read == "1", can_connect == "1"
