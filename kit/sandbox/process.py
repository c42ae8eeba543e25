"""The sandbox ``process``: a child with limits, an empty environment and a scratch folder, and nothing more.

It stops accidents: endless loops, memory, forgotten children. It is no wall: a plugin can read what its user can read
and reach the network. It needs nothing, so it is what there is on every system, for one's own code.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import site
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import psutil
from filelock import FileLock, Timeout

from kit.errors import PluginError, Problem, SandboxError
from kit.job import Job, Limits, Outcome, Usage, encode
from kit.sandbox import limits as said
from kit.sandbox.base import Capabilities, Event, Serve
from kit.sandbox.channel import ChannelClosedError, ChannelNonsenseError, Frame, TrustedChannel
from kit.sandbox.guard import PARENT

MARK = "KIT_RUN"
SAMPLE_S = 0.1
END_GRACE_S = 1.0
_THREADS = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


class ProcessSandbox:
    """Runs a job in a child process. See the module for what that does and does not stop."""

    name = "process"

    def __init__(self, scratch: Path | None = None) -> None:
        self._base = scratch or Path(tempfile.gettempdir()) / f"kit-{_user()}"

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
        """Run `job`; see `Sandbox.run`. The calling thread must live until this returns, as it does by waiting."""
        with _scratch(self._base) as scratch:
            try:
                (scratch / "job.json").write_text(encode(job), encoding="utf-8")
                (scratch / "work").mkdir()
                child = _start(job, limits, scratch)
            except OSError as error:
                raise _not_set_up(error) from None
            pump = threading.Thread(target=_pump, args=(child.stderr, log, limits.output_limit_kib << 10), daemon=True)
            pace = said.Pace(time.monotonic())
            talk = _Talk(child, serve, _both(on_event, pace.hear))
            watch = _Watch(child, limits, scratch)
            try:
                pump.start()
                talk.start()
                watch.until(talk, cancelled)
            finally:
                watch.end_tree()
                watch.measure_scratch()
                pump.join(5.0)
                talk.join(5.0)
                _close(child)
            return _outcome(talk, watch, limits, pace)


@dataclass(kw_only=True)
class _Use:
    """The most that was seen of a tree of processes."""

    memory_mib: float = 0.0
    cpu_s: float = 0.0
    written: int = 0
    processes: int = 0


class _Talk(threading.Thread):
    """The trusted half of the conversation, in a thread of its own: it may wait on a pipe for ever."""

    def __init__(self, child: subprocess.Popen[bytes], serve: Serve, on_event: Callable[[Event], None]) -> None:
        super().__init__(name="kit-talk", daemon=True)
        self._serve = serve
        self._channel = TrustedChannel(cast(BinaryIO, child.stdout), cast(BinaryIO, child.stdin), on_event=on_event)
        self.ended = threading.Event()
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self._serve(self._channel)
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            self.error = error
        else:
            self._say_goodbye()
        finally:
            self.ended.set()

    def _say_goodbye(self) -> None:
        with suppress(ChannelClosedError):  # it is gone already, with all its answers here
            self._channel.send(Frame.END)

    @property
    def is_done(self) -> bool:
        """Whether everything that was wanted has come."""
        return self.ended.is_set() and self.error is None


@dataclass(kw_only=True)
class _Stop:
    """Why the tree was ended before its time."""

    limit: str = ""
    cancelled: bool = False


class _Watch:
    """Samples the tree of a child, ends it at a limit, and ends all of it afterwards."""

    def __init__(self, child: subprocess.Popen[bytes], limits: Limits, scratch: Path) -> None:
        self._child, self._limits, self._scratch = child, limits, scratch
        self._started = time.monotonic()
        self._seen: dict[int, psutil.Process] = {}
        self._scratch_at = self._started
        self.use = _Use()
        self.stop = _Stop()
        self.exit_code: int | None = None
        self.wall_s = 0.0

    def until(self, talk: _Talk, cancelled: Callable[[], bool]) -> None:
        """Wait until the conversation has ended, a limit is reached, or somebody cancels."""
        while not talk.ended.wait(SAMPLE_S):
            if cancelled():
                self.stop.cancelled = True
                return
            if limit := self._reached():
                self.stop.limit = limit
                return
        self.wall_s = time.monotonic() - self._started
        self._sample()
        if limit := "" if talk.is_done else self._reached():
            self.stop.limit = limit
        with suppress(subprocess.TimeoutExpired):  # it hangs, or has closed the channel only: `end_tree`
            self.exit_code = self._child.wait(END_GRACE_S)

    def end_tree(self) -> None:
        """Return when no process of the tree is alive."""
        self.wall_s = self.wall_s or time.monotonic() - self._started
        has_guard = sys.platform == "linux"
        if self._child.poll() is None and has_guard:
            self._child.terminate()
            with suppress(subprocess.TimeoutExpired):  # stopped, or worse: the harder way, below
                self._child.wait(2.0)
        code = self._child.poll()
        if not has_guard or code in (None, -signal.SIGKILL):
            self._children()
            self._sweep()
        self._child.wait()

    def _reached(self) -> str:
        """Name of a limit that is exceeded now."""
        now, limits = time.monotonic(), self._limits
        if now - self._started > limits.time_limit_s:
            return "time_limit_s"
        if len(_in_session(self._child.pid)) > limits.max_processes:
            _kill_groups(self._child.pid)
            return "max_processes"
        self._sample()
        if self.use.memory_mib > limits.memory_limit_mib:
            return "memory_limit_mib"
        if self.use.processes > limits.max_processes:
            return "max_processes"
        if limits.cpu_limit_s is not None and self.use.cpu_s > limits.cpu_limit_s:
            return "cpu_limit_s"
        if now - self._scratch_at > 1.0:
            self._scratch_at = now
            self.measure_scratch()
        return "scratch_limit_mib" if self.use.written > limits.scratch_limit_mib << 20 else ""

    def measure_scratch(self) -> None:
        """Look how much there is in the scratch folder."""
        self.use.written = max(self.use.written, _size(self._scratch))

    def _sample(self) -> None:
        tree, rss = self._children(), 0
        cpu = 0.0
        alive = []
        for process in tree:
            try:
                rss += process.memory_info().rss
                times = process.cpu_times()
                # What ended children used is in their parent's sum, so that those alive add up to the whole.
                cpu += (
                    times.user
                    + times.system
                    + getattr(times, "children_user", 0)
                    + getattr(times, "children_system", 0)
                )
                alive.append(process)
            except psutil.Error:
                continue  # ended between the two looks
        self.use.processes = len(alive)
        self.use.cpu_s = max(self.use.cpu_s, cpu)
        memory = rss / 2**20
        if len(alive) > 2 or memory > self._limits.memory_limit_mib:
            memory = min(memory, _proportional(alive) / 2**20)
        self.use.memory_mib = max(self.use.memory_mib, memory)

    def _children(self) -> list[psutil.Process]:
        try:
            root = psutil.Process(self._child.pid)
            tree = [root, *root.children(recursive=True)]
        except psutil.Error:
            tree = []
        self._seen |= {process.pid: process for process in tree}
        return tree

    def _sweep(self) -> None:
        """Kill all that was ever seen in the tree, and all that carries our mark, until there is nobody."""
        mark = _mark(self._scratch)
        for _ in range(50):
            alive = [p for p in [*self._seen.values(), *_marked(mark)] if _is_alive(p)]
            if not alive:
                return
            for process in alive:
                try:
                    process.kill()
                except psutil.Error:
                    continue
            psutil.wait_procs(alive, timeout=0.2)


def _start(job: Job, limits: Limits, scratch: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-P", "-m", "kit.worker", str(scratch / "job.json")]
    new_group: int = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)  # Windows: Ctrl-C does not reach it
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=scratch / "work",
        env=_environment(job, limits, scratch),
        start_new_session=os.name == "posix",
        creationflags=new_group,
    )


def _environment(job: Job, limits: Limits, scratch: Path) -> dict[str, str]:
    """All that the child sees of ours. Fixed, so that a repeat is a repeat and no secret is inside."""
    home = str(scratch / "work")
    environment = {
        "PATH": os.defpath if os.name == "posix" else os.environ.get("PATH", ""),
        "HOME": home,
        # As short as can be: sockets of multiprocessing lie in it, and their paths may have about 100 characters.
        "TMPDIR": str(scratch),
        "LANG": "C.UTF-8",
        "PYTHONUTF8": "1",
        "PYTHONHASHSEED": "0",
        "CUDA_VISIBLE_DEVICES": "" if limits.devices == "cpu" else limits.devices,
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
        MARK: _mark(scratch),
        PARENT: str(os.getpid()),
    }
    environment |= dict.fromkeys(_THREADS, str(job.n_threads))
    # Threads of OpenMP that wait for work spin, by default: where runs share the cores, a training took up to five
    # times as long.
    environment["OMP_WAIT_POLICY"] = "PASSIVE"
    # Byte-code may be written: in a fresh environment torch's would be compiled anew by every run, for 10 seconds.
    environment |= {name: os.environ[name] for name in ("PYTHONDONTWRITEBYTECODE",) if name in os.environ}
    if site.ENABLE_USER_SITE:  # packages that `pip install --user` put there are found by HOME
        environment["PYTHONUSERBASE"] = site.getuserbase()
    if sys.platform == "win32":
        environment |= {
            "SYSTEMROOT": os.environ.get("SYSTEMROOT", ""),
            "TEMP": str(scratch),
            "TMP": str(scratch),
            "USERPROFILE": home,
        }
    return environment


def _pump(stream: BinaryIO, log: Path, limit: int) -> None:
    """Copy the entrant's output to `log` up to `limit` bytes; read on and count what is more."""
    left, lost = limit, 0
    with log.open("wb", buffering=0) as kept:
        while chunk := stream.read1(1 << 16):  # type: ignore[attr-defined]
            try:
                kept.write(chunk[:left])
            except OSError:  # the disk is full: the results will say so, and the writer must not wait for us
                left = 0
            lost += max(0, len(chunk) - left)
            left = max(0, left - len(chunk))
        if lost:
            with suppress(OSError):
                kept.write(f"\n… {lost} more bytes were thrown away\n".encode())


def _close(child: subprocess.Popen[bytes]) -> None:
    for stream in (child.stdin, child.stdout, child.stderr):
        if stream is not None:
            with suppress(OSError):  # what was not yet written has nobody to read it
                stream.close()


def _outcome(talk: _Talk, watch: _Watch, limits: Limits, pace: said.Pace) -> Outcome:
    usage = Usage(
        wall_s=round(watch.wall_s, 3),
        cpu_s=round(watch.use.cpu_s, 3),
        peak_memory_mib=round(watch.use.memory_mib, 1),
        bytes_written=watch.use.written,
    )
    error, code = talk.error, watch.exit_code
    if talk.is_done:
        return Outcome(status="done", usage=usage, exit=said.exit_in_words(code))
    if watch.stop.cancelled:
        return Outcome(status="killed", usage=usage, exit="cancelled")
    if watch.stop.limit:
        problem = said.limit_problem(watch.stop.limit, limits, usage, pace)
        return Outcome(status="limit", limit=watch.stop.limit, problem=problem, usage=usage, exit="stopped by a limit")
    if isinstance(error, PluginError):
        problem = error.problem
    elif isinstance(error, ChannelNonsenseError):
        problem = said.nonsense(str(error))
    elif isinstance(error, ChannelClosedError):
        problem = said.exit_problem(code)
    else:
        raise error if error is not None else SandboxError(said.not_heard())
    return Outcome(status="failed", problem=problem, usage=usage, exit=said.exit_in_words(code))


def _both(first: Callable[[Event], None], second: Callable[[Event], None]) -> Callable[[Event], None]:
    def hear(event: Event) -> None:
        second(event)
        first(event)

    return hear


def _not_set_up(error: OSError) -> SandboxError:
    message = f"the sandbox could not be set up: {error.strerror or error}"
    return SandboxError(Problem(code="E801", message=message, where=str(error.filename or ""), fix="kit doctor"))


@contextmanager
def _scratch(base: Path) -> Iterator[Path]:
    """A new folder that is removed afterwards. Those whose owners died are removed first."""
    folder = base / secrets.token_hex(4)
    lock = FileLock(folder.with_suffix(".lock"))
    try:
        base.mkdir(mode=0o700, parents=True, exist_ok=True)
        if hasattr(os, "getuid") and (base.stat().st_uid != os.getuid() or base.is_symlink()):
            raise PermissionError(1, "the scratch folder belongs to somebody else", str(base))
        _reap(base)
        lock.acquire()
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise _not_set_up(error) from None
    try:
        yield folder
    finally:
        _remove(folder)
        _give_up(lock)


def _reap(base: Path) -> None:
    """End what processes left behind that were killed themselves. Nobody holds the lock of such a folder."""
    for file in base.glob("*.lock"):
        lock = FileLock(file)
        try:
            lock.acquire(timeout=0)
        except (Timeout, OSError):
            continue  # its owner lives
        folder = file.with_suffix("")
        if folder.exists():
            for process in _marked(_mark(folder)):
                try:
                    process.kill()
                except psutil.Error:
                    continue
        _remove(folder)
        _give_up(lock)


def _give_up(lock: FileLock) -> None:
    """Release `lock` and remove its file, while it is still held where that is possible.

    Who has opened the file meanwhile then gets no lock on a file that is gone: FileLock looks, and begins anew.
    """
    file = Path(lock.lock_file)
    with suppress(PermissionError):  # Windows: after the release only
        file.unlink(missing_ok=True)
    lock.release()
    with suppress(OSError):
        if os.name != "posix":
            file.unlink(missing_ok=True)


def _remove(folder: Path) -> None:
    """Remove a scratch folder, also where a plugin took the permissions of its own folders away."""
    for parent, names, _ in os.walk(folder):
        for name in names:  # before the walk goes into it
            path = Path(parent, name)
            with suppress(OSError):
                if not path.is_symlink():
                    path.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)  # what can't be removed now is tried again at the next start


def _size(folder: Path) -> int:
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                status = (Path(parent) / name).lstat()
            except OSError:
                continue  # removed meanwhile
            total += getattr(status, "st_blocks", status.st_size // 512) * 512
    return total


def _in_session(session: int) -> list[int]:
    """Processes of a session: one system call each, so that even a fork bomb is counted while it can be stopped."""
    found = []
    for pid in psutil.pids() if hasattr(os, "getsid") else ():
        with suppress(OSError):  # gone
            if os.getsid(pid) == session:
                found.append(pid)
    return found


def _kill_groups(session: int) -> None:
    """Kill every group of a session but its leader's: a whole group at once can't fork faster than it dies."""
    groups = set()
    for pid in _in_session(session):
        with suppress(OSError):
            groups.add(os.getpgid(pid))
    for group in groups - {session}:
        with suppress(OSError):
            os.killpg(group, signal.SIGKILL)


def _proportional(processes: list[psutil.Process]) -> int:
    """Resident bytes, those shared by several processes counted once, where the system tells."""
    total = 0
    for process in processes:
        try:
            full = process.memory_full_info()
            total += getattr(full, "pss", 0) or getattr(full, "uss", 0) or full.rss
        except psutil.Error:
            continue  # ended meanwhile
    return total


def _mark(scratch: Path) -> str:
    return scratch.name


def _marked(mark: str) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark:
                yield process
        except (psutil.Error, OSError):
            continue  # another user's, or gone


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _user() -> str:
    return str(os.getuid()) if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")


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
