"""Jobs on one machine: who works, who died, and the one way in which a job is run.

A worker holds a lock on a file of its own while it lives. The kernel lets go of it when the worker dies, however it
dies, so nobody guesses by process ids and nobody waits for a lease to end. Workers elsewhere have no such file here:
for them the lease counts.
"""

from __future__ import annotations

import platform
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, NoReturn
from uuid import uuid4

from kit.errors import LeaseLostError, StorageError
from kit.executor.base import Executor, Running
from kit.job import Outcome, Progress
from leaderboard.store.base import HEARTBEAT_S, Directive, JobSource, Lease, Store

if TYPE_CHECKING:
    from filelock import BaseFileLock

POLL_S = 0.03
OnProgress = Callable[[Progress], None]


class Worker:
    """A name, and a lock that says its owner lives.

    Parameters
    ----------
    folder
        Where the locks of this machine's workers are.
    """

    def __init__(self, folder: Path) -> None:
        self.name = f"{platform.node() or 'here'}-{uuid4().hex[:12]}"
        self._path = _lock_path(folder, self.name)
        self._lock: BaseFileLock | None = None

    def __enter__(self) -> Worker:
        from filelock import FileLock  # 60 ms, for those who work only

        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = FileLock(self._path)
        self._lock.acquire(timeout=0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._lock is not None:
            _forget(self._path, self._lock)
            self._lock = None


def put_back_dead(store: Store, folder: Path, *, but: str = "") -> int:
    """Put back the jobs of workers of this machine that died; how many there were. `but` is ourselves."""
    from filelock import FileLock, Timeout

    n = 0
    for name in store.holders():
        path = _lock_path(folder, name)
        if name == but or not path.exists():
            continue
        lock = FileLock(path)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            continue  # it lives
        n += store.put_back(name)
        _forget(path, lock)
    return n


def remove_stale(store: Store, attempts: Path) -> None:
    """Remove the folders of attempts that no running job owns: their workers died."""
    with suppress(FileNotFoundError):
        folders = list(attempts.iterdir())  # before the question, so that a new attempt is not among them
        running = store.tokens()
        for folder in folders:
            if folder.name not in running:
                shutil.rmtree(folder, ignore_errors=True)


def execute(
    lease: Lease, source: JobSource, executor: Executor | None, *, on_progress: OnProgress | None = None
) -> None:
    """Run the job of `lease` and hand in how it ended. Nothing else runs a job.

    Parameters
    ----------
    lease
        The right to do so.
    source
        Where the job is from: stages it, and scores what it leaves.
    executor
        Runs ``run`` jobs; ``score`` jobs need none.
    on_progress
        Told whenever the run gets further.

    Raises
    ------
    LeaseLostError
        If another worker owns the job by now. It was stopped, and nothing was written.
    KeyboardInterrupt
        After an interrupt: the job was stopped and is cancelled.
    SystemExit
        After SIGTERM, with code 0: the job was stopped and is queued again.
    KitError
        If the job could not be run or scored: it is queued again, unless its source has ended it.
    """
    running: list[Running] = []
    with _exit_on_sigterm():
        try:
            outcome = Outcome(status="done")  # a file is scored where the solutions are: by the source
            if lease.kind == "run":
                assert executor is not None, "a run needs an executor"
                running.append(executor.start(source.stage(lease)))
                outcome = _watch(running[0], lease, source, on_progress)
            source.finish(lease, outcome)
        except BaseException as error:
            for job in running:
                job.kill()
            _hand_back(lease, source, error)
            raise


def _watch(running: Running, lease: Lease, source: JobSource, on_progress: OnProgress | None) -> Outcome:
    last, beat = Progress(), time.monotonic()
    while (outcome := running.poll()) is None:
        progress = running.progress()
        if on_progress is not None and progress != last:
            on_progress(progress)
        last = progress
        if time.monotonic() - beat >= HEARTBEAT_S:
            beat = time.monotonic()
            if source.heartbeat(lease, progress) is Directive.CANCEL:
                running.kill()
                return Outcome(status="killed")
        time.sleep(POLL_S)
    return outcome


def _hand_back(lease: Lease, source: JobSource, error: BaseException) -> None:
    """Say that the job is not being worked on any more; where that can't be said, the lock or the lease will."""
    with suppress(StorageError):
        if isinstance(error, KeyboardInterrupt):
            source.finish(lease, Outcome(status="killed"))
        elif not isinstance(error, LeaseLostError):
            # A server that is stopped three times during a long run has not lost three workers.
            source.release(lease, type(error).__name__, counts=not isinstance(error, SystemExit))


@contextmanager
def _exit_on_sigterm() -> Iterator[None]:
    """Turn SIGTERM into SystemExit(0), so that what is being done is left in order."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set handlers
        return
    before = signal.signal(signal.SIGTERM, _exit)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _exit(_number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


def _lock_path(folder: Path, worker: str) -> Path:
    return folder / f"{worker}.lock"


def _forget(path: Path, lock: BaseFileLock) -> None:
    # Names are never used twice, so taking the file away under its lock misleads nobody.
    with suppress(OSError):  # Windows removes no open file
        path.unlink(missing_ok=True)
    lock.release()
    with suppress(OSError):
        path.unlink(missing_ok=True)
