"""What a worker does to itself before it reads a byte of the plugin: limits, and a guard that ends all it starts.

On Linux the process forks, and its first half stays behind as the guard (`kit.sandbox.subreaper`). Elsewhere a thread
watches for the end of the parent.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from kit.job import Limits
from kit.sandbox.limits import THREADS_EACH

PARENT = "KIT_PARENT"
WALLS = "KIT_WALLS"
"""Set where there are namespaces around the process: what `shut_in` is to be given, as JSON."""
BACKSTOP_MIB = 16 << 10


def guard(limits: Limits, *, let_go: Iterable[int] = ()) -> bool:
    """Set the limits and see to it that nothing outlives the trusted process. Returns in the process that goes on.

    Parameters
    ----------
    limits
        What the run may use.
    let_go
        Descriptors that the guard must not hold open.

    Returns
    -------
    bool
        Whether the process is shut in: there are walls around it, and no network.
    """
    if walls := os.environ.pop(WALLS, ""):  # nothing outlives the namespace
        _set_limits(limits)
        _shut_in(**json.loads(walls))
        return True
    parent = int(os.environ.pop(PARENT, "0"))
    if sys.platform == "linux":
        from kit.sandbox.subreaper import fork_guard

        fork_guard(parent, let_go)
    elif parent:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    if os.name == "posix":
        _set_limits(limits)
    return False


def _shut_in(*, readable: list[str], writable: list[str]) -> None:
    from kit.sandbox.walls import shut_in

    # There is a network namespace, so internet sockets reach nobody but the run itself.
    shut_in(readable=[*map(Path, readable)], writable=[*map(Path, writable)], network=True)


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
        limit(resource.RLIMIT_NPROC, _n_tasks_of_user() + THREADS_EACH * limits.max_processes)
    if limits.devices == "cpu" and sys.platform == "linux":
        # Only a backstop behind the parent's sampling. Not RLIMIT_AS: torch alone reserves gigabytes it never uses.
        limit(resource.RLIMIT_DATA, limits.memory_limit_mib + BACKSTOP_MIB << 20)


def _n_tasks_of_user() -> int:
    total = 0
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # gone
            total += process.stat().st_uid == os.getuid() and len(list((process / "task").iterdir()))
    return total


def _watch(parent: int) -> None:
    import psutil

    try:
        process = psutil.Process(parent)
        while process.is_running():
            time.sleep(0.5)
    except psutil.NoSuchProcess:
        pass  # the parent is gone: end, below
    os._exit(128 + signal.SIGTERM)
