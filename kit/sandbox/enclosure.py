"""A run in namespaces of its own, as it is seen from outside: whether it began, what it holds in memory, its end.

All processes of the run are in one process namespace; when its first process ends, the kernel ends all others before
anybody is told. So nothing has to be looked for. Linux only.
"""

from __future__ import annotations

import os
import re
import signal
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import lru_cache

import psutil

from kit.sandbox.view import SCRATCH, SHARED_MEMORY, TEMPORARY

_INODE = 1 << 10  # what an empty file takes of the kernel's memory, which tmpfs does not count; about
_FREE_SOCKETS, _SOCKET = 256, 208 << 10  # so many are nobody's concern; of others, what may wait in one (wmem_default)


class Enclosure:
    """What is known of one run.

    Parameters
    ----------
    find_first
        Process id, outside, of the first process of the namespace; None while there is none.
    n_wrappers
        How many processes of the tree are ours: they don't count.

    Attributes
    ----------
    told
        A descriptor that the worker writes a byte into when all walls stand, before it reads the plugin. To be handed
        to it.
    """

    def __init__(self, find_first: Callable[[], int | None], *, n_wrappers: int) -> None:
        self.n_wrappers = n_wrappers
        self._find_first = find_first
        self._began = False
        self._files: list[int] = []
        self._shared = self._processes = self._sockets = -1
        self._looking = threading.Lock()
        self._told, self.told = os.pipe()
        os.set_blocking(self._told, False)

    @property
    def began(self) -> bool:
        """Whether the walls stand. Until then nobody has read a byte of the plugin."""
        if not self._began:
            with suppress(OSError):  # nothing was written yet
                self._began = bool(os.read(self._told, 1))
        return self._began

    def look(self) -> None:
        """Take hold of what is looked at later, as soon as it is there. To be called every now and then.

        The descriptors keep folders in memory alive when all processes are gone, so that they can be measured then.
        """
        with self._looking:
            if self._processes < 0 and self.began and (first := self._find_first()) is not None:
                self._take_hold(f"/proc/{first}")

    def _take_hold(self, process: str) -> None:
        root = f"{process}/root"
        with suppress(OSError):  # it has ended already
            self._files = [_hold(root + folder) for folder in (SCRATCH, TEMPORARY)]
            self._shared = _hold(root + SHARED_MEMORY)
            self._processes = _hold(root + "/proc")
            self._sockets = os.open(f"{process}/net/sockstat", os.O_RDONLY | os.O_CLOEXEC)

    def scratch_bytes(self) -> int:
        """What lies in the folders for files."""
        return sum(map(_used, self._files))

    def memory_bytes(self, processes: Iterable[psutil.Process]) -> int:
        """Resident bytes of `processes` and of all folders in memory; what is in both counts once.

        So does what they share: as much as the one has that shares most. Who else shares it, a template or others that
        use the same libraries, does not matter: a run has the same size whoever runs beside it.
        """
        private = shared = mapped = 0
        processes = list(processes)
        for process in processes:
            with suppress(psutil.Error):  # ended meanwhile
                own, with_others, of_folders = _resident(process)
                private, shared, mapped = private + own, max(shared, with_others), mapped + of_folders
        nameless, of_kernel = _unseen(processes)
        return private + shared + max(0, self.in_memory() + nameless - mapped) + of_kernel + self._in_sockets()

    def at_most(self, processes: Iterable[psutil.Process]) -> int:
        """Bytes that are not resident in `processes`, or may not be; some may count twice. Quick."""
        return self.in_memory() + sum(_unseen(processes)) + self._in_sockets()

    def in_memory(self) -> int:
        """What lies in the folders in memory."""
        return self.scratch_bytes() + (_used(self._shared) if self._shared >= 0 else 0)

    def _in_sockets(self) -> int:
        """What may wait in sockets that nobody reads: the kernel's memory."""
        if self._sockets < 0:
            return 0
        try:
            found = re.search(rb"used (\d+)", os.pread(self._sockets, 200, 0))
        except OSError:  # all have ended
            return 0
        return max(0, int(found[1]) - _FREE_SOCKETS) * _SOCKET if found else 0

    def n_processes(self) -> int:
        """How many processes there are, the first one left out; quick, also while a plugin makes more and more."""
        if self._processes < 0:
            return 0
        try:
            names = os.listdir(self._processes)  # noqa: PTH208 - a descriptor
        except OSError:  # all have ended
            return 0
        return sum(name.isdecimal() for name in names) - 1

    def end(self) -> None:
        """End the first process, and all others with it."""
        if (first := self._find_first()) is not None:
            with suppress(ProcessLookupError):
                os.kill(first, signal.SIGKILL)

    def close(self) -> None:
        """Let go of everything."""
        for descriptor in (*self._files, self._shared, self._processes, self._sockets, self._told, self.told):
            if descriptor >= 0:
                os.close(descriptor)
        self._files = []
        self._shared = self._processes = self._sockets = self._told = self.told = -1


def _hold(folder: str) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)


def _used(folder: int) -> int:
    """Bytes of a file system: its blocks, and something for each of its files."""
    state = os.fstatvfs(folder)
    return (state.f_blocks - state.f_bfree) * state.f_frsize + (state.f_files - state.f_ffree - 1) * _INODE


@lru_cache(maxsize=1)
def _nameless() -> int:
    """Number of the file system that holds what has no name: `memfd_create`, and memory that is shared by a fork."""
    descriptor = os.memfd_create("kit")
    try:
        return os.fstat(descriptor).st_dev
    finally:
        os.close(descriptor)


def _unseen(processes: Iterable[psutil.Process]) -> tuple[int, int]:
    """Bytes in memory that need not be resident in any of `processes`: those of nameless files, and of page tables.

    Of a nameless file that is mapped only, all that is mapped counts: how much of it is there can't be seen.
    """
    device = _nameless()
    mark = b" %02x:%02x " % (os.major(device), os.minor(device))
    opened: dict[int, int] = {}
    mapped: dict[int, int] = {}
    tables = 0
    for process in processes:
        with suppress(OSError):  # ended, or it hides what it has
            folder = f"/proc/{process.pid}"
            status = _text(f"{folder}/status")
            tables += int(status.partition(b"VmPTE:")[2].split(maxsplit=1)[0]) << 10 if b"VmPTE:" in status else 0
            with os.scandir(f"{folder}/fd") as found:
                for entry in found:
                    with suppress(OSError):  # closed
                        state = entry.stat()
                        if state.st_dev == device:
                            opened[state.st_ino] = state.st_blocks * 512
            if mark in (maps := _text(f"{folder}/maps")):
                for inode, size in _mapped(maps, mark).items():
                    mapped[inode] = max(mapped.get(inode, 0), size)
    return sum((mapped | opened).values()), tables


def _mapped(maps: bytes, mark: bytes) -> dict[int, int]:
    """Inode -> bytes mapped, of the lines of ``/proc/PID/maps`` that have the file system's `mark`."""
    sizes: dict[int, int] = {}
    for line in maps.splitlines():
        place, device, rest = line.partition(mark)
        if device:
            begin, end = (int(number, 16) for number in place.split(maxsplit=1)[0].split(b"-"))
            inode = int(rest.split(maxsplit=1)[0])
            sizes[inode] = sizes.get(inode, 0) + end - begin
    return sizes


def _text(file: str) -> bytes:
    with open(file, "rb") as opened:  # noqa: PTH123 - ten times a second
        return opened.read()


def _resident(process: psutil.Process) -> tuple[int, int, int]:
    """Resident bytes of a process: its own, those it shares, and how much of both is its part of shared memory.

    A process that hides its maps (``PR_SET_DUMPABLE``) counts with all that is resident.
    """
    try:
        text = _text(f"/proc/{process.pid}/smaps_rollup")
        lines = dict(line.split(b":", 1) for line in text.splitlines()[1:])
    except OSError:
        return process.memory_info().rss, 0, 0
    names = (b"Rss", b"Private_Clean", b"Private_Dirty", b"Pss_Shmem")
    resident, clean, dirty, of_folders = (int(lines.get(name, b"0").split()[0]) << 10 for name in names)
    return clean + dirty, resident - clean - dirty, of_folders
