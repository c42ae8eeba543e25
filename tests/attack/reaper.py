"""Run a command and report which processes it left: ``python reaper.py REPORT COMMAND...``.

It adopts whatever loses its parent, as only an ancestor can: nobody gets away by a session or a double fork.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36
GRACE_S = 1.0
SERVER = b"kit.worker.template"  # serves the runs after this one, too; ends by itself


def main(report: str, *command: str) -> int:
    """The exit code of `command`, after all that it left was written down and ended."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    child = subprocess.Popen(command)
    code = child.wait()
    stop = time.monotonic() + GRACE_S
    while (left := left_over()) and time.monotonic() < stop:
        time.sleep(0.02)
    Path(report).write_text(json.dumps(left))
    while left_over():
        for pid in children():
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)
    return code


def children() -> list[int]:
    """Processes whose parent this one is, its first child and those it adopted, but for servers of the kit."""
    pids = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return [int(pid) for pid in pids if SERVER not in command_line(pid).split(b"\0")]


def command_line(pid: object) -> bytes:
    """Of a process; empty if it is gone."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def left_over() -> list[str]:
    """Command lines of the children that are still there; those that have ended are cleared away."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    return [f"{pid} {command_line(pid).decode(errors='replace')[:200]!r}" for pid in children()]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
