"""What a plugin would try, tried from inside of a sandbox: `Sandbox.probe` tells what was found, and guesses nothing.

Run as ``python -P -m kit.sandbox.attempts SECRET PORT PID NAMESPACE TOLD WAIT``: a file, a port and a process of the
host, its process namespace, and two descriptors. Prints JSON: capability -> what worked, empty where nothing did.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from kit.job import Job, Limits, TaskFacts
from kit.sandbox.base import Capabilities
from kit.sandbox.enclosure import Enclosure
from kit.sandbox.guard import guard
from kit.sandbox.tree import Child

LIMITS = Limits(time_limit_s=60, memory_limit_mib=1024, scratch_limit_mib=16)
JOB = Job(
    plugin="",
    name="probe",
    train="",
    valid="",
    task=TaskFacts(kind="table-classification", classes=(), n_outputs=1, metric="", needs="labels", input_shape=()),
    limits=LIMITS,
)
"""Of nothing: only what is always inside."""
TIMEOUT_S = 20

Start = Callable[[tuple[str, ...], tuple[int, ...]], Child]


def try_from(start: Start, enclosure: Enclosure) -> Capabilities:
    """What is blocked for the processes that `start` makes in a sandbox.

    Parameters
    ----------
    start
        Is given the arguments of a worker's interpreter, and the descriptors that it is to hold; its output is a pipe.
    enclosure
        Of the process that is started.
    """
    go_on, wait = os.pipe()
    with tempfile.NamedTemporaryFile() as secret, socket.create_server(("127.0.0.1", 0)) as server:
        secret.write(b"secret")
        secret.flush()
        where = (secret.name, str(server.getsockname()[1]), str(os.getpid()), _namespace())
        command = ("-m", "kit.sandbox.attempts", *where, str(enclosure.told), str(go_on))
        try:
            child = start(command, (enclosure.told, go_on))
        except OSError as error:
            os.close(wait)
            return Capabilities.nothing(str(error))
        finally:
            os.close(go_on)
        assert child.stdout is not None
        with child.stdout as output:
            line = output.readline()
            enclosure.look()
            can_count = enclosure.n_processes() > 0
            os.close(wait)
            rest = output.read()
    with suppress(subprocess.TimeoutExpired):
        child.wait(TIMEOUT_S)
    enclosure.end()
    child.wait()
    return _found(line, rest, can_count=can_count)


def _found(line: bytes, rest: bytes, *, can_count: bool) -> Capabilities:
    try:
        worked: dict[str, str] = json.loads(line)
    except ValueError:
        said = (line + rest).decode(errors="replace").strip().splitlines()
        return Capabilities.nothing(said[-1] if said else "it ended without a word")
    if not can_count:
        worked |= dict.fromkeys(("memory", "pids"), "what a run uses can't be seen from outside")
    reasons = {name: text for name, text in worked.items() if text}
    blocked = {name: name not in reasons for name in Capabilities.NAMES}
    return Capabilities(**blocked, reasons=reasons)


def _namespace() -> str:
    return os.readlink("/proc/self/ns/pid")  # noqa: PTH115 - as text


def main() -> None:
    """Try everything."""
    secret, port, pid, namespace, told, wait = sys.argv[1:]
    guard(LIMITS)
    os.write(int(told), b".")
    tried = {
        "files": "a plugin can read and write what you can" if _can_read(secret) else "",
        "network": "a plugin can connect" if _can_connect(int(port)) else "",
        "processes": "a plugin sees your other processes" if _can_signal(int(pid)) else "",
        "disk": _where_it_can_write(),
        "survivors": "it has no process namespace of its own" if _namespace() == namespace else "",
    }
    print(json.dumps(tried), flush=True)
    os.read(int(wait), 1)


def _can_read(secret: str) -> bool:
    try:
        return Path(secret).read_bytes() == b"secret"
    except OSError:
        return False


def _can_connect(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 2).close()
    except OSError:
        return False
    return True


def _can_signal(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # it is there
    return pid != os.getpid()


def _where_it_can_write() -> str:
    """A folder outside of those that are limited in size, where something can be made."""
    for folder in ("/", "/dev", "/etc", "/in", "/in/lib/kit", "/usr", sys.prefix, sys.base_prefix):
        try:
            Path(folder, "made").mkdir()
        except OSError:
            continue
        return f"{folder} can be written to"
    state = os.statvfs(".")
    size = state.f_blocks * state.f_frsize
    return "" if size < 2 * LIMITS.scratch_limit_mib << 20 else f"its folder has {size >> 20} MiB"


if __name__ == "__main__":
    main()
