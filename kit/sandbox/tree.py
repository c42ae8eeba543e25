"""The tree of processes of a run: what it uses, whether it is over a limit, and the end of all of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import IO, TYPE_CHECKING, Protocol

import psutil

from kit.job import Limits
from kit.sandbox.limits import THREADS_EACH
from kit.sandbox.pauses import Pauses
from kit.sandbox.scratch import mark, marked, size

if TYPE_CHECKING:
    from kit.sandbox.enclosure import Enclosure

SAMPLE_S = 0.1
END_GRACE_S = 1.0


class Child(Protocol):
    """What is used of a `subprocess.Popen`: its pipes, and what it tells of its process."""

    stdin: IO[bytes] | None
    stdout: IO[bytes] | None
    stderr: IO[bytes] | None
    pid: int

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """The exit code. Raises `subprocess.TimeoutExpired`."""

    def terminate(self) -> None:
        """Ask it to end."""


class Conversation(Protocol):
    """What a `Watch` waits for."""

    ended: Event
    is_over: Event

    @property
    def is_done(self) -> bool:
        """Whether everything that was wanted has come."""


@dataclass(kw_only=True)
class Use:
    """The most that was seen of a tree of processes."""

    memory_mib: float = 0.0
    cpu_s: float = 0.0
    written: int = 0
    processes: int = 0
    threads: int = 0


@dataclass(kw_only=True)
class Stop:
    """Why the tree was ended before its time."""

    limit: str = ""
    cancelled: bool = False
    of_threads: bool = False


class Watch:
    """Samples the tree of a child, ends it at a limit, and ends all of it afterwards.

    Parameters
    ----------
    enclosure
        The namespaces that the child runs in, where it has some of its own.
    pauses
        What the limit of time does not count, but for what the tree computes meanwhile: a plugin could train on while
        it waits, and the longer the busier it keeps the processor.
    """

    def __init__(
        self,
        child: Child,
        limits: Limits,
        scratch: Path,
        enclosure: Enclosure | None = None,
        pauses: Pauses | None = None,
    ) -> None:
        self._pauses = pauses or Pauses()
        self._child, self._limits, self._scratch, self._enclosure = child, limits, scratch, enclosure
        self._n_wrappers = enclosure.n_wrappers if enclosure else int(sys.platform == "linux")  # the guard
        self._started = time.monotonic()
        self._seen: dict[int, psutil.Process] = {}
        self._scratch_at = self._started
        self._looked_at, self._was_paused, self._cpu_s, self._worked_s = self._started, False, 0.0, 0.0
        self.use = Use()
        self.stop = Stop()
        self.exit_code: int | None = None
        self.wall_s = 0.0

    def until(self, talk: Conversation, cancelled: Callable[[], bool]) -> None:
        """Wait until the conversation has ended, a limit is reached, or somebody cancels."""
        while not talk.ended.wait(SAMPLE_S):
            if cancelled():
                self.stop.cancelled = True
                return
            if limit := self._reached():
                self.stop.limit = limit
                return
            if self._pauses.is_on and self._child.poll() is not None:  # the talk does not hear of it while it computes
                talk.is_over.set()
        self.wall_s = time.monotonic() - self._started
        self.measure_scratch()
        self._sample()
        if limit := "" if talk.is_done else self._reached():
            self.stop.limit = limit
        with suppress(subprocess.TimeoutExpired):  # it hangs, or has closed the channel only: `end_tree`
            self.exit_code = self._read(self._child.wait(END_GRACE_S))

    def end_tree(self) -> None:
        """Return when no process of the tree is alive."""
        self.wall_s = self.wall_s or time.monotonic() - self._started
        if self._enclosure:
            self._enclosure.end()
            self._child.wait()
            return
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
        if now - self._started - self._pauses.seconds + self._worked_s > limits.time_limit_s:
            return "time_limit_s"
        if self._too_many():
            return "max_processes"
        before_s = self._cpu_s
        self._sample()
        self._count_work(now, self._cpu_s - before_s)
        if self.use.memory_mib > limits.memory_limit_mib:
            return "memory_limit_mib"
        self.stop.of_threads = self.use.threads > THREADS_EACH * limits.max_processes
        if self.stop.of_threads or self.use.processes > limits.max_processes:
            return "max_processes"
        if limits.cpu_limit_s is not None and self.use.cpu_s > limits.cpu_limit_s:
            return "cpu_limit_s"
        if self._enclosure or now - self._scratch_at > 1.0:
            self._scratch_at = now
            self.measure_scratch()
        return "scratch_limit_mib" if self.use.written > limits.scratch_limit_mib << 20 else ""

    def _count_work(self, now: float, cpu_s: float) -> None:
        """Add to what counts of the pauses: of the time since the last look what the tree did not spend waiting."""
        if self._was_paused and self._pauses.is_on:
            self._worked_s += min(max(0.0, cpu_s), now - self._looked_at)
        self._looked_at, self._was_paused = now, self._pauses.is_on

    def look(self) -> None:
        """Look what is used now: a short run may end between two looks."""
        self.measure_scratch()
        self._sample()

    def measure_scratch(self) -> None:
        """Look how much there is in the scratch folder."""
        if self._enclosure:
            self._enclosure.look()
        written = self._enclosure.scratch_bytes() if self._enclosure else size(self._scratch)
        self.use.written = max(self.use.written, written)

    def _read(self, code: int) -> int:
        """An exit code as `subprocess` tells it. From namespaces, a signal comes as 128 and its number."""
        return 128 - code if self._enclosure and code > 128 else code

    def _too_many(self) -> bool:
        """Whether there are too many processes, counted so quickly that a fork bomb can be stopped."""
        most = self._limits.max_processes
        if self._enclosure:
            return self._enclosure.n_processes() > most
        if len(_in_session(self._child.pid)) <= most:
            return False
        _kill_groups(self._child.pid)
        return True

    def _sample(self) -> None:
        tree, rss = self._children(), 0
        cpu, threads = 0.0, 0
        alive = []
        for n, process in enumerate(tree):
            try:
                # Copies of a template look as large as it is. The wrappers hold nothing of their own.
                rss += process.memory_info().rss if n >= self._n_wrappers or not self._enclosure else 0
                times = process.cpu_times()
                threads += process.num_threads()
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
        self.use.processes = len(alive) - self._n_wrappers
        self.use.threads = threads
        self._cpu_s, self.use.cpu_s = cpu, max(self.use.cpu_s, cpu)
        memory = rss + (self._enclosure.at_most(alive[self._n_wrappers :]) if self._enclosure else 0)
        if self.use.processes > 1 or memory > self._limits.memory_limit_mib << 20:
            exact = self._enclosure.memory_bytes(alive[self._n_wrappers :]) if self._enclosure else _proportional(alive)
            memory = min(memory, exact)
        self.use.memory_mib = max(self.use.memory_mib, memory / 2**20)

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
        name = mark(self._scratch)
        for _ in range(50):
            alive = [p for p in [*self._seen.values(), *marked(name)] if _is_alive(p)]
            if not alive:
                return
            for process in alive:
                try:
                    process.kill()
                except psutil.Error:
                    continue
            psutil.wait_procs(alive, timeout=0.2)


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
        except psutil.AccessDenied:  # it hides its maps (PR_SET_DUMPABLE)
            with suppress(psutil.Error):
                total += process.memory_info().rss
        except psutil.Error:
            continue  # ended meanwhile
    return total


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
