"""The sandbox ``template``: a copy of a process that has imported the libraries, in namespaces of its own.

Inside it is as in `kit.sandbox.bubblewrap`: what `kit.sandbox.view` lists, no network, no process but the run's, and
the second wall. Nothing needs to be installed, and the libraries are imported once an evening and not once a run. Linux
only.

The processes are described in `kit.worker.template`. There is one template for each set of libraries, number of threads
and version of everything; its socket lies in a folder that only its user can open, and both sides ask the kernel who
the other one is. The copies of one template share the addresses of its libraries; no wall depends on these.
"""

from __future__ import annotations

import hashlib
import json
import os
import select
import signal
import site
import socket
import stat
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO

from filelock import FileLock

from kit.errors import Problem, SandboxError
from kit.job import Job, Limits, Outcome, encode
from kit.sandbox.base import Capabilities, Event, Serve
from kit.sandbox.enclosed import not_here, probe_enclosed, run_enclosed
from kit.sandbox.enclosure import Enclosure
from kit.sandbox.guard import WALLS
from kit.sandbox.limits import THREADS_EACH
from kit.sandbox.scratch import home, not_set_up
from kit.sandbox.view import JOB, SCRATCH, Mount, View, view

IDLE_S = 900.0
PROBE_IDLE_S = 10.0
MAX_TEMPLATES = 4  # with torch each holds 400 MB
START_TIMEOUT_S = 120.0
MAX_ORDER_BYTES, MAX_DESCRIPTORS = 1 << 18, 16
PRELOADED = {
    "pandas": ("pandas",),
    "scipy": ("scipy.sparse", "scipy.special", "scipy.stats"),
    "sklearn": (
        *("sklearn.compose", "sklearn.ensemble", "sklearn.linear_model", "sklearn.metrics", "sklearn.neighbors"),
        *("sklearn.neural_network", "sklearn.pipeline", "sklearn.preprocessing", "sklearn.svm"),
    ),
    # The first optimizer imports torch._dynamo, which takes as long as torch itself.
    "torch": ("torch", "torch.nn.functional", "torch.optim", "torch.utils.data", "torch._dynamo"),
    "torchvision": ("torchvision", "torchvision.transforms"),
}
"""What a template imports for each library that a plugin imports: the modules that take their time."""
_N_WRAPPERS = 2  # the keeper, and the first process inside
_PEER = struct.Struct("3i")  # struct ucred: process, user, group
_PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a template's copy is to do.

    Parameters
    ----------
    mounts, root, folder, environment
        What there is inside, the empty folder outside where it is put together, the working folder, all variables.
    module, arguments
        Whose ``main`` is called, and what follows its file in ``sys.argv``.
    descriptors
        Numbers of those that come with the order, after the first, which is the log.
    max_tasks
        About so many processes and threads may there be.
    """

    mounts: tuple[Mount, ...]
    root: str
    folder: str
    environment: dict[str, str]
    module: str
    arguments: tuple[str, ...]
    descriptors: tuple[int, ...]
    max_tasks: int


class TemplateSandbox:
    """Runs a job in a copy of a template. See the module.

    Parameters
    ----------
    scratch
        Where scratch folders are made.
    runtime
        Where the sockets of templates lie; its path must be short.
    idle_s
        A template that is started now ends when nothing was asked of it for so many seconds.
    """

    name = "template"

    def __init__(self, scratch: Path | None = None, runtime: Path | None = None, *, idle_s: float = IDLE_S) -> None:
        self._base = scratch or home()
        self._runtime, self._idle_s = runtime, idle_s

    def probe(self) -> Capabilities:
        """What is blocked, found by trying it from inside."""
        from kit.sandbox.attempts import JOB, LIMITS

        if why := missing():
            return Capabilities.nothing(why)
        return probe_enclosed(_Box(JOB, LIMITS, self._runtime or _runtime(), min(self._idle_s, PROBE_IDLE_S)))

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
        if why := missing():
            raise not_here(self.name, why)
        box = _Box(job, limits, self._runtime or _runtime(), self._idle_s)
        return run_enclosed(
            self.name,
            box,
            job,
            limits,
            base=self._base,
            log=log,
            serve=serve,
            on_event=on_event,
            cancelled=cancelled,
        )


def missing() -> str:
    """Why there can be no template here; empty where it is to be tried."""
    if sys.platform != "linux":
        return "there are no namespaces on this system, only on Linux"
    from kit.sandbox import landlock

    return _tried() if landlock.abi() else "this kernel has no Landlock, or it is switched off"


_TRIAL = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def do(name, *arguments):
    if getattr(libc, name)(*arguments):
        raise SystemExit(name + ": " + os.strerror(ctypes.get_errno()))
do("unshare", 0x10000000 | 0x20000000 | 0x00020000)
do("mount", b"none", b"/", None, 0x4000 | 0x40000, None)
child = os.fork()
if child == 0:
    do("mount", b"proc", b"/proc", b"proc", 0, None)
    raise SystemExit
raise SystemExit(os.waitpid(child, 0)[1])
"""


@lru_cache(maxsize=1)
def _tried() -> str:
    """Why a user can't have namespaces here (users, processes, files); empty where he can. A system may deny some."""
    command = [sys.executable, "-I", "-S", "-c", _TRIAL]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)  # noqa: S603
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    said = done.stderr.strip().splitlines()
    return f"this system gives its users no namespaces ({said[-1] if said else 'no reason given'})" * bool(
        done.returncode
    )


class Copy:
    """A run that a template has begun, as far as `kit.sandbox.child` and `kit.sandbox.tree` use a `subprocess.Popen`.

    Parameters
    ----------
    connection
        To its keeper, which has said that it began.
    pid
        Of the keeper.
    """

    def __init__(self, connection: socket.socket, pid: int) -> None:
        self.pid = pid
        self.stdin: IO[bytes] | None = None
        self.stdout: IO[bytes] | None = None
        self.stderr: IO[bytes] | None = None
        self._connection, self._asking = connection, threading.Lock()
        self._code: int | None = None

    def poll(self) -> int | None:
        """How the run ended, as `subprocess.Popen.returncode` says it; None while it goes on."""
        with suppress(subprocess.TimeoutExpired):
            return self.wait(0)
        return None

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end of all processes of the run."""
        with self._asking:
            if self._code is None:
                if not select.select([self._connection], [], [], timeout)[0]:
                    raise subprocess.TimeoutExpired("template", timeout or 0.0)
                self._code = self._hear()
        return self._code

    def terminate(self) -> None:
        """Ask for the end of all processes of the run."""
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_WR)

    def _hear(self) -> int:
        with self._connection:
            said = _received(self._connection)
            self.terminate()
            _received(self._connection)  # the keeper is gone, too
        return int(said) if said else -signal.SIGKILL


class _Box:
    """One run: its namespaces, and the copy that is in them."""

    def __init__(self, job: Job, limits: Limits, runtime: Path, idle_s: float) -> None:
        self._job, self._limits, self._runtime, self._idle_s = job, limits, runtime, idle_s
        self._copy: Copy | None = None
        self._first_pid = 0
        self.enclosure = Enclosure(self._first, n_wrappers=_N_WRAPPERS)

    def start(self, scratch: Path) -> Copy:
        """Start the worker."""
        seen = view(self._job, self._limits, scratch / "job.json")
        to_worker, from_worker = os.pipe(), os.pipe()
        given = (to_worker[0], from_worker[1], self.enclosure.told)
        root = scratch / "root"
        root.mkdir()
        try:
            copy = self._start(seen, root, "kit.worker.__main__", (JOB, *map(str, given)), given)
        except BaseException:
            os.close(to_worker[1])
            os.close(from_worker[0])
            raise
        finally:
            os.close(to_worker[0])
            os.close(from_worker[1])
        copy.stdin, copy.stdout = os.fdopen(to_worker[1], "wb"), os.fdopen(from_worker[0], "rb")
        return copy

    def start_plain(self, command: tuple[str, ...], given: tuple[int, ...]) -> Copy:
        """Start ``-m`` and a module of ours, with its arguments; what it prints is its output."""
        _make_private(self._runtime)
        root = self._runtime / "probe"
        root.mkdir(exist_ok=True)
        seen = view(self._job, self._limits, Path())
        copy = self._start(seen, root, command[1], command[2:], given)
        copy.stdout, copy.stderr = copy.stderr, None
        return copy

    def _start(self, seen: View, root: Path, module: str, arguments: tuple[str, ...], given: tuple[int, ...]) -> Copy:
        mounts, walls = _with_package(seen)
        order = Order(
            mounts=mounts,
            root=str(root),
            folder=SCRATCH,
            environment=seen.environment | {WALLS: json.dumps(walls)},
            module=module,
            arguments=arguments,
            descriptors=given,
            max_tasks=THREADS_EACH * self._limits.max_processes,  # as `kit.sandbox.guard` allows: threads count
        )
        log, to_log = os.pipe()
        try:
            template = _Template(self._runtime, seen.environment, modules(self._job), self._idle_s)
            connection, keeper, self._first_pid = template.give(order, (to_log, *given))
        except BaseException:
            os.close(log)
            raise
        finally:
            os.close(to_log)
        self._copy = Copy(connection, keeper)
        self._copy.stderr = os.fdopen(log, "rb")
        return self._copy

    def _first(self) -> int | None:
        return self._first_pid if self._copy is not None and self._copy.poll() is None else None


def modules(job: Job) -> tuple[str, ...]:
    """What the template of `job` imports."""
    libraries = {*job.preload, *(("pandas",) if job.train and job.task.kind.startswith("tabular") else ())}
    return tuple(name for library in PRELOADED if library in libraries for name in PRELOADED[library])


def _with_package(seen: View) -> tuple[tuple[Mount, ...], dict[str, list[str]]]:
    """The mounts and the walls of a view, with our package also where the template has imported it from."""
    own = str(_PACKAGE)
    mounts = (*seen.mounts, Mount(kind="bind", target=own, source=own))
    return mounts, {"readable": [*map(str, seen.readable), own], "writable": [*map(str, seen.writable)]}


# pandas and scikit-learn import pyarrow where it is installed, whose allocator would begin a thread of its own.
_NO_THREADS = {"JE_ARROW_MALLOC_CONF": "background_thread:false"}


class _Template:
    """A template that runs, or that is started when something is to be given to it."""

    def __init__(self, runtime: Path, environment: dict[str, str], names: tuple[str, ...], idle_s: float) -> None:
        # What is inside only is not for the template: where our package lies there, and that nothing can be written.
        self._environment = {k: v for k, v in environment.items() if k not in ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE")}
        self._environment |= {k: os.environ[k] for k in ("PYTHONDONTWRITEBYTECODE",) if k in os.environ}
        self._environment |= _NO_THREADS
        self._names, self._idle_s = names, idle_s
        _make_private(runtime)
        self._socket = runtime / f"{_key(self._environment, names)}.sock"

    def give(self, order: Order, given: tuple[int, ...]) -> tuple[socket.socket, int, int]:
        """Have `order` begun: the connection to its keeper, the process ids of the keeper and of the first process.

        Raises
        ------
        SandboxError
            E801 if no template can be started, or it does not answer.
        """
        for _ in range(2):  # it may end itself in this very moment
            connection = self._connected()
            try:
                socket.send_fds(connection, [encode(order).encode()], given)
                connection.settimeout(START_TIMEOUT_S)
                said = _received(connection)
                connection.settimeout(None)
            except ConnectionError:  # it was ended while it was asked
                said = b""
            except (OSError, TimeoutError) as error:
                connection.close()
                raise not_set_up(error) from None
            if said:
                keeper, first = said.split()
                return connection, int(keeper), int(first)
            connection.close()
        raise self._no_answer()

    def _connected(self) -> socket.socket:
        with suppress(OSError):
            return _connect(self._socket)
        with FileLock(self._socket.with_name("start.lock")):
            with suppress(OSError):  # somebody else has started it meanwhile
                return _connect(self._socket)
            self._socket.unlink(missing_ok=True)
            _make_room(self._socket.parent)
            self._begin()
            return _connect(self._socket)

    def _begin(self) -> None:
        arguments = (str(self._socket), str(self._idle_s), *self._names)
        with self._log.open("wb") as log:
            started = subprocess.run(  # noqa: S603 - our own interpreter and module; it goes on in the background
                [sys.executable, "-P", "-m", "kit.worker.template", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                cwd="/",
                env=self._environment,
                start_new_session=True,
                timeout=START_TIMEOUT_S,
                check=False,
            )
        if started.returncode:
            raise self._no_answer()

    @property
    def _log(self) -> Path:
        return self._socket.with_suffix(".log")

    def _no_answer(self) -> SandboxError:
        lines = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        last = lines[-1] if lines else "it ended without a word"
        return SandboxError(
            Problem(code="E801", message=f"the template of the sandbox did not answer: {last}", fix="kit doctor")
        )


def _make_room(folder: Path) -> None:
    """Have templates end that were not used for longest; each ends when it sees that its socket is gone."""

    def used_at(place: Path) -> float:
        try:
            return place.lstat().st_mtime
        except FileNotFoundError:  # it has ended by itself
            return 0.0

    sockets = sorted(folder.glob("*.sock"), key=used_at)
    for place in sockets[: max(0, len(sockets) + 1 - MAX_TEMPLATES)]:
        place.unlink(missing_ok=True)


def _connect(place: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        connection.connect(str(place))
        peer = _PEER.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
        if peer[1] != os.getuid():
            raise PermissionError(1, "the template belongs to somebody else", str(place))
        os.utime(place)
    except OSError:
        connection.close()
        raise
    return connection


def _received(connection: socket.socket) -> bytes:
    """The next message; empty where the other side is gone."""
    with suppress(ConnectionError):
        return connection.recv(64)
    return b""


def _runtime() -> Path:
    """The user's folder for sockets, where there is one."""
    given = os.environ.get("XDG_RUNTIME_DIR", "")
    return Path(given) / "kit" if given and Path(given).is_dir() else home() / "templates"


def _make_private(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = folder.lstat()
        if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.getuid() or state.st_mode & 0o077:
            raise PermissionError(1, "the folder of the templates is not only its user's", str(folder))
    except OSError as error:
        raise not_set_up(error) from None


def _key(environment: dict[str, str], names: tuple[str, ...]) -> str:
    """Name of a template: of all that its copies depend on, so that an upgrade or an edited file makes another one."""
    text = json.dumps([sys.version, sys.executable, sorted(environment.items()), names, *_versions()])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _versions() -> Iterator[str | int]:
    for folder, _, files in os.walk(_PACKAGE):
        for file in files:
            if file.endswith(".py"):
                state = os.stat(f"{folder}/{file}")  # noqa: PTH116 - a hundred files at every run
                yield from (file, state.st_mtime_ns, state.st_size)
    for packages in site.getsitepackages():  # an installation makes a folder there
        with suppress(FileNotFoundError):
            yield Path(packages).stat().st_mtime_ns
    for name in ("user", "pid", "mnt", "net"):  # whoever is in a container does not use one outside
        yield Path(f"/proc/self/ns/{name}").stat().st_ino
