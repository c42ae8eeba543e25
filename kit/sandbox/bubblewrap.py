"""The sandbox ``bubblewrap``: the worker in namespaces of its own, which the program ``bwrap`` makes.

Inside there is what `kit.sandbox.view` lists, no network, and no process but the run's. The worker then puts up the
second wall (`kit.sandbox.walls`) before it reads the plugin. Nothing needs privileges. Linux only.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from importlib.util import cache_from_source, find_spec
from pathlib import Path

import psutil

from kit.job import Job, Limits, Outcome
from kit.sandbox.base import Capabilities, Event, Serve
from kit.sandbox.enclosed import not_here, probe_enclosed, run_enclosed
from kit.sandbox.enclosure import Enclosure
from kit.sandbox.guard import WALLS
from kit.sandbox.scratch import home
from kit.sandbox.view import SCRATCH, SHARED_MEMORY, Mount, View, view

_NAMESPACES = (
    *("--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--new-session", "--clearenv"),
    *("--cap-drop", "ALL", "--uid", "65534", "--gid", "65534", "--hostname", "sandbox"),
)
_N_WRAPPERS = 2  # bwrap outside, and bwrap as the first process inside


class BubblewrapSandbox:
    """Runs a job in namespaces. See the module."""

    name = "bubblewrap"

    def __init__(self, scratch: Path | None = None) -> None:
        self._base = scratch or home()

    def probe(self) -> Capabilities:
        """What is blocked, found by trying it from inside."""
        from kit.sandbox.attempts import JOB, LIMITS

        if why := missing():
            return Capabilities.nothing(why)
        return probe_enclosed(_Box(JOB, LIMITS))

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
        write_bytecode()
        box = _Box(job, limits)
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


class _Box:
    """One run: its namespaces, and the child that is ``bwrap``."""

    def __init__(self, job: Job, limits: Limits) -> None:
        self._job, self._limits = job, limits
        self._child: subprocess.Popen[bytes] | None = None
        self.enclosure = Enclosure(self._first, n_wrappers=_N_WRAPPERS)

    def start(self, scratch: Path) -> subprocess.Popen[bytes]:
        seen = view(self._job, self._limits, scratch / "job.json")
        to_worker, from_worker = os.pipe(), os.pipe()
        # Not standard input and output: bwrap holds these open itself, and nobody would see the worker close them.
        given = (to_worker[0], from_worker[1], self.enclosure.told)
        try:
            child = self._child = _start(seen, (*seen.command, *map(str, given)), given)
        except OSError:
            os.close(to_worker[1])
            os.close(from_worker[0])
            raise
        finally:
            os.close(to_worker[0])
            os.close(from_worker[1])
        child.stderr = child.stdout  # what is printed and what goes wrong is one log
        child.stdin, child.stdout = os.fdopen(to_worker[1], "wb"), os.fdopen(from_worker[0], "rb")
        return child

    def start_plain(self, arguments: tuple[str, ...], given: tuple[int, ...]) -> subprocess.Popen[bytes]:
        """The interpreter alone, in what is there without a job."""
        seen = view(self._job, self._limits, None)
        self._child = _start(seen, (sys.executable, "-P", *arguments), given)
        return self._child

    def _first(self) -> int | None:
        """The first process inside: the only child of ``bwrap``."""
        if self._child is None or self._child.poll() is not None:
            return None
        try:
            return next((child.pid for child in psutil.Process(self._child.pid).children()), None)
        except psutil.Error:
            return None


def missing() -> str:
    """Why bubblewrap can't be used here, found by trying the namespaces alone; empty where it can."""
    if sys.platform != "linux":
        return "there are no namespaces on this system, only on Linux"
    program = shutil.which("bwrap")
    if program is None:
        return "the program bwrap is not installed (package bubblewrap)"
    return _refusal(program)


@lru_cache(maxsize=1)
def write_bytecode() -> None:
    """Have the byte-code of torch written, where that was never done: inside it can't be, and each run would be slow.

    It takes some seconds, once for each environment. No byte of an entrant is read.
    """
    names = [name for name in ("torch", "torchvision") if (spec := find_spec(name)) and _is_uncompiled(spec.origin)]
    if names:
        variables = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        command = [sys.executable, "-P", "-c", f"import {', '.join(names)}"]
        with suppress(OSError, subprocess.SubprocessError):  # the plugin that needs it will say so
            subprocess.run(command, env=variables, capture_output=True, timeout=300, check=False)  # noqa: S603


def _is_uncompiled(file: str | None) -> bool:
    return file is not None and os.access(Path(file).parent, os.W_OK) and not Path(cache_from_source(file)).exists()


@lru_cache(maxsize=1)
def _refusal(program: str) -> str:
    mounts = ("--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "--size", "4096", "--tmpfs", SHARED_MEMORY)
    command = [program, *_NAMESPACES, *mounts, "--remount-ro", "/", "--", "/bin/true"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)  # noqa: S603
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    said = done.stderr.strip().splitlines()
    return "" if done.returncode == 0 else (said or ["bwrap fails without a word"])[0].removeprefix("bwrap: ")


def _start(seen: View, command: tuple[str, ...], given: tuple[int, ...] = ()) -> subprocess.Popen[bytes]:
    """Start `command` in what is `seen`; it holds the descriptors that are `given`, and prints into one pipe."""
    walls = {"readable": [*map(str, seen.readable)], "writable": [*map(str, seen.writable)]}
    environment = seen.environment | {WALLS: json.dumps(walls)}
    texts: list[int] = []
    try:
        options = [*_NAMESPACES, *_mounted(seen, texts), "--chdir", SCRATCH]
        for name, value in environment.items():
            options += ["--setenv", name, value]
        # Not as arguments, which can be read inside: they name folders of the host.
        texts.append(_readable("".join(f"{option}\0" for option in options)))
        return subprocess.Popen(  # noqa: S603 - bwrap, with options of ours
            [shutil.which("bwrap") or "bwrap", "--args", str(texts[-1]), "--", *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(*given, *texts),
            cwd="/",
            env={},
            start_new_session=True,
        )
    finally:
        for descriptor in texts:
            os.close(descriptor)


def _mounted(seen: View, texts: list[int]) -> Iterator[str]:
    """Options for the mounts of a view. Descriptors that they name are added to `texts`."""
    read_only = ["/", "/dev"]  # or one could write beside the mounts, without a limit
    for mount in seen.mounts:
        if mount.kind == "file":
            texts.append(_readable(mount.source))
            yield from ("--file", str(texts[-1]), mount.target)
        elif mount.kind in ("tmpfs", "empty"):
            yield from ("--size", str(mount.size or 4096), "--tmpfs", mount.target)
            read_only += [mount.target] if mount.kind == "empty" else []
        else:
            yield from _one(mount)
    for target in reversed(read_only):
        yield from ("--remount-ro", target)


def _one(mount: Mount) -> tuple[str, ...]:
    if mount.kind in ("proc", "dev"):
        return f"--{mount.kind}", mount.target
    option = {"bind": "--ro-bind", "device": "--dev-bind", "link": "--symlink"}[mount.kind]
    return option, mount.source, mount.target


def _readable(text: str) -> int:
    """A descriptor from which `text` can be read."""
    descriptor = os.memfd_create("text")
    os.write(descriptor, os.fsencode(text))
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor
