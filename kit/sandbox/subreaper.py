"""The guard on Linux: a process that adopts whatever loses its parent, and lets nothing outlive the trusted process.

It is what the kernel calls a *subreaper*: no child of the plugin gets away by ``setsid`` or a double fork. It dies with
the trusted process, and everything under it dies with it.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

assert sys.platform == "linux"  # for type checkers: `kit.sandbox.guard` imports this nowhere else
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


def fork_guard(parent: int, let_go: Iterable[int]) -> None:
    """Fork: the first half becomes the guard, the second half returns and runs the plugin.

    Parameters
    ----------
    parent
        Process id of the trusted process; 0 where nobody waits for the end of it.
    let_go
        Descriptors that the guard must not hold open.
    """

    def stop(*_: object) -> None:
        _end_everything(runner)
        os._exit(128 + signal.SIGTERM)

    runner = 0
    signal.signal(signal.SIGTERM, stop)
    _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    if parent and os.getppid() != parent:  # it died before the signal was armed
        os._exit(128 + signal.SIGTERM)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    me, runner = os.getpid(), os.fork()
    if runner == 0:
        os.setpgid(0, 0)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != me:
            os._exit(128 + signal.SIGKILL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        return
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    for descriptor in (*let_go, 0, 1, 2):
        os.close(descriptor)
    _stay_behind(runner)


def _stay_behind(runner: int) -> NoReturn:
    while True:
        pid, status = os.waitpid(-1, 0)  # reaps those it adopted, too
        if pid == runner:
            break
    _end_everything(runner)
    if os.WIFSIGNALED(status):
        _end_by(os.WTERMSIG(status))
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def _end_by(number: int) -> None:
    """End as the runner ended, so that the sandbox reads the signal from one process."""
    if number != signal.SIGKILL:  # nobody may say what that one does
        signal.signal(number, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.kill(os.getpid(), number)
    time.sleep(1)


def _end_everything(runner: int) -> None:
    """Kill until there is nobody left. What a killed child leaves behind becomes ours and is killed next."""
    if runner:
        with suppress(OSError):  # gone, or not yet a group of its own
            os.killpg(runner, signal.SIGKILL)  # all at once, faster than anything can fork
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    while True:
        try:
            pids = [int(pid) for pid in children.read_text().split()]
        except OSError:
            pids = [runner] if runner else []
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG if not pids else 0)[0] and pids:
                pids.pop()
        except ChildProcessError:
            return
        if not pids:
            time.sleep(0.001)


def _prctl(option: int, value: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
