"""What a worker does to itself before it reads a byte of the plugin: limits, and a guard that ends all it starts.

On Linux the process forks. The first half stays behind as a guard that adopts whatever loses its parent (a
*subreaper*), so that no child of the plugin gets away by ``setsid`` or a double fork; it dies with the trusted
process, and everything under it dies with it. Elsewhere a thread watches for the end of the parent.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from kit.job import Limits

PARENT = "KIT_PARENT"
BACKSTOP_MIB = 16 << 10
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


def guard(limits: Limits, *, let_go: Iterable[int] = ()) -> None:
    """Set the limits and see to it that nothing outlives the trusted process. Returns in the process that goes on.

    Parameters
    ----------
    limits
        What the run may use.
    let_go
        Descriptors that the guard must not hold open.
    """
    parent = int(os.environ.pop(PARENT, "0"))
    if sys.platform == "linux":
        _fork_guard(parent, let_go)
    elif parent:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    if os.name == "posix":
        _set_limits(limits)


def _set_limits(limits: Limits) -> None:
    import resource

    def limit(which: int, value: int) -> None:
        hard = resource.getrlimit(which)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (value, value))

    limit(resource.RLIMIT_CORE, 0)
    limit(resource.RLIMIT_FSIZE, limits.file_limit_mib << 20)
    limit(resource.RLIMIT_NOFILE, limits.max_open_files)
    if limits.cpu_limit_s is not None:
        limit(resource.RLIMIT_CPU, max(1, round(limits.cpu_limit_s)))
    if sys.platform == "linux" and os.getuid() != 0:
        # The kernel counts all threads of the user. Far above what the parent counts to, but a fork bomb ends here.
        limit(resource.RLIMIT_NPROC, _n_tasks_of_user() + 4 * limits.max_processes)
    if limits.devices == "cpu" and sys.platform == "linux":
        # Only a backstop behind the parent's sampling. Not RLIMIT_AS: torch alone reserves gigabytes it never uses.
        limit(resource.RLIMIT_DATA, limits.memory_limit_mib + BACKSTOP_MIB << 20)


def _n_tasks_of_user() -> int:
    total = 0
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # gone
            total += process.stat().st_uid == os.getuid() and len(list((process / "task").iterdir()))
    return total


if sys.platform == "linux":

    def _fork_guard(parent: int, let_go: Iterable[int]) -> None:
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
        if os.WIFSIGNALED(status):  # end as it ended, so that the sandbox reads the signal from one process
            number = os.WTERMSIG(status)
            signal.signal(number, signal.SIG_DFL) if number not in (signal.SIGKILL, signal.SIGSTOP) else None
            import resource

            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            os.kill(os.getpid(), number)
            time.sleep(1)
        os._exit(os.waitstatus_to_exitcode(status) & 0xFF)

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
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
            try:
                while os.waitpid(-1, os.WNOHANG if not pids else 0)[0] and pids:
                    pids.pop()
            except ChildProcessError:
                return
            if not pids:
                time.sleep(0.001)

    def _prctl(option: int, value: int) -> None:
        import ctypes

        if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl")

else:

    def _fork_guard(parent: int, let_go: Iterable[int]) -> None:
        raise NotImplementedError


def _watch(parent: int) -> None:
    import psutil

    try:
        process = psutil.Process(parent)
        while process.is_running():
            time.sleep(0.5)
    except psutil.NoSuchProcess:
        pass  # the parent is gone: end, below
    os._exit(128 + signal.SIGTERM)
