"""The trusted half of ``task.features``: features of the rows that a run was given, from the cache or computed now.

A run can only name weights that its competition allows, and ``train`` or ``valid``. What is missing is computed by a
process that holds no entrant's code (`kit.backbones`), and the clock of the run stands still meanwhile.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from kit.backbones.__main__ import Order
from kit.backbones.cache import Cache, Digests, digests, key, trim
from kit.disk import disk_errors
from kit.errors import PluginError, Problem, SandboxError
from kit.job import Job, encode
from kit.sandbox.channel import ChannelClosedError
from kit.sandbox.pauses import Pauses
from kit.source.homes import cache_home
from kit.source.weights import kept
from kit.weights import Weights, weights

_POLL_S = 0.1
OnDone = Callable[[int, int], None]


class Features:
    """Gives features to one run.

    Parameters
    ----------
    job
        Whose rows and weights these are.
    on_done
        Told how many of how many images are computed, again and again.
    """

    def __init__(self, job: Job, *, on_done: OnDone = lambda _done, _all: None) -> None:
        self._job, self._on_done = job, on_done
        self._digests: dict[str, Digests] = {}

    def __call__(self, request: bytes, pauses: Pauses, is_over: Callable[[], bool]) -> NDArray[np.float32]:
        """The features that a run asks for, shape (n_rows, n_features).

        Parameters
        ----------
        request
            JSON of the name of the weights and of the part, from the entrant's process.
        pauses
            The clock of the run.
        is_over
            Whether nobody waits any more.

        Raises
        ------
        PluginError
            E222, E223 if it asks for what it may not have.
        SandboxError, StorageError
            If they can't be computed or kept: the host's to mend.
        ChannelClosedError
            If the run is over.
        """
        name, part = _read(request)
        wanted, file, images = self._weights(name), self._job.weights[name], self._images(part)
        if part not in self._digests:
            self._digests[part] = digests(np.load(images, mmap_mode="r", allow_pickle=False))
        found = kept(Path(file))
        if found is None:
            raise SandboxError(Problem(code="E801", message=f"the weights {name} are gone", where=file))
        device = "cpu" if self._job.limits.devices == "cpu" else "cuda"
        folder = cache_home() / "features" / key(wanted, found.sha256, device)
        cache = Cache(folder, wanted.n_features)
        features, is_there = cache.read(self._digests[part])
        if not is_there.all():
            rows = _first_of_each(self._digests[part], ~is_there)
            with pauses.paused(), disk_errors(folder):
                folder.mkdir(parents=True, exist_ok=True)
                order = Order(
                    weights=name,
                    file=file,
                    images=str(images),
                    rows=tuple(rows.tolist()),
                    folder=str(folder),
                    threads=_cores(),
                    device=self._job.limits.devices,
                )
                self._compute(order, pauses, is_over)
            features, is_there = cache.read(self._digests[part])
            trim(folder.parent)
        if not is_there.all():
            raise _not_computed("they are not in the cache")
        return features

    def _weights(self, name: str) -> Weights:
        found = weights(name)
        if found is None or name not in self._job.weights:  # the worker has said so already, unless it was replaced
            raise PluginError(Problem(code="E222", message="weights were asked for that this run does not have"))
        return found

    def _images(self, part: str) -> Path:
        folder = {"train": self._job.train, "valid": self._job.valid}.get(part, "")
        file = Path(folder) / "X.npy"
        if not folder or not file.is_file():
            raise PluginError(Problem(code="E223", message="features were asked for of something that is no photos"))
        return file

    def _compute(self, order: Order, pauses: Pauses, is_over: Callable[[], bool]) -> None:
        self._on_done(0, len(order.rows))
        with _process() as (child, lines, errors):
            assert child.stdin is not None
            with suppress(OSError):  # it has ended already: told below
                child.stdin.write(f"{encode(order)}\n".encode())
                child.stdin.flush()
            while (line := _next(lines)) is not None:
                if line:
                    self._on_done(int(line), len(order.rows))
                if is_over():
                    raise ChannelClosedError("the run is over")
                if not pauses.left_s:
                    raise PluginError(_too_long(pauses.limit_s))
            if child.wait():
                raise _not_computed(b"".join(errors).decode(errors="replace").strip().rpartition("\n")[2])


def _read(request: bytes) -> tuple[str, str]:
    with suppress(ValueError, RecursionError):
        asked = json.loads(request)
        if isinstance(asked, dict) and all(isinstance(asked.get(key), str) for key in ("weights", "part")):
            return asked["weights"], asked["part"]
    raise PluginError(Problem(code="E223", message="features were asked for of something that is no photos"))


def _first_of_each(wanted: Digests, is_missing: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Rows to compute: of images that are the same, one."""
    first: dict[bytes, int] = {}
    packed = wanted.tolist()
    for row in np.flatnonzero(is_missing).tolist():
        first.setdefault(packed[row], row)
    return np.fromiter(first.values(), dtype=np.intp)


@contextmanager
def _process() -> Iterator[tuple[subprocess.Popen[bytes], queue.SimpleQueue[bytes | None], list[bytes]]]:
    """The computing process, what it prints line by line and None at its end, and what it complains of."""
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", "kit.backbones"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=os.name == "posix",  # Ctrl-C is for us: it ends when we close its input
    )
    assert child.stdout is not None
    assert child.stderr is not None
    lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    errors: list[bytes] = []
    readers = [
        threading.Thread(target=_tell, args=(child.stdout, lines), daemon=True),
        threading.Thread(target=lambda stream: errors.extend(stream), args=(child.stderr,), daemon=True),
    ]
    try:
        for reader in readers:
            reader.start()
        yield child, lines, errors
    finally:
        child.kill()
        child.wait()
        for reader in readers:
            reader.join()
        for stream in (child.stdin, child.stdout, child.stderr):
            with suppress(OSError):
                stream.close()  # type: ignore[union-attr]


def _tell(stream: IO[bytes], lines: queue.SimpleQueue[bytes | None]) -> None:
    for line in stream:
        lines.put(line)
    lines.put(None)


def _next(lines: queue.SimpleQueue[bytes | None]) -> bytes | None:
    """The next line, empty where there is none for a moment; None when there will be no more."""
    with suppress(queue.Empty):
        return lines.get(timeout=_POLL_S)
    return b""


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _too_long(limit_s: float) -> Problem:
    return Problem(
        code="E206",
        message=f"the features of the photos were not ready after {limit_s:g} s",
        why="Those that are ready are kept: the next run goes on where this one stopped.",
        fix="run it again, or take a smaller network",
    )


def _not_computed(why: str) -> SandboxError:
    return SandboxError(Problem(code="E801", message=f"the features of the photos could not be computed: {why}"))
