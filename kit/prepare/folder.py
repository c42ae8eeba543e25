"""A folder that one process at a time makes, and that is replaced as a whole."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from kit.disk import disk_errors
from kit.errors import Problem, StorageError

if TYPE_CHECKING:
    from filelock import BaseFileLock

LOCK_TIMEOUT_S = 600.0


@contextmanager
def locked(target: Path, tell: Callable[[str], None]) -> Iterator[None]:
    """One process at a time. The lock is the system's: it is gone when its owner is, however that ends."""
    from filelock import FileLock

    with disk_errors(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = FileLock(target.parent / f".{target.name}.lock", mode=0o600)
        _acquire(lock, target, tell)
    try:
        yield
    finally:
        lock.release()


def _acquire(lock: BaseFileLock, target: Path, tell: Callable[[str], None]) -> None:
    from filelock import Timeout

    with suppress(Timeout):
        lock.acquire(timeout=0)
        return
    tell(f"waiting for another process that prepares {target.name}")
    try:
        lock.acquire(timeout=LOCK_TIMEOUT_S)
    except Timeout:
        message = f"another process has been preparing {target.name} for {LOCK_TIMEOUT_S / 60:.0f} minutes"
        raise StorageError(Problem(code="E702", message=message, where=lock.lock_file, fix="try again later")) from None


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """An empty folder that takes the place of `target` when the block ends well. Called with the lock held."""
    ours = re.compile(rf"\.{re.escape(target.name)}\.[^.]+(\.old)?\.tmp")
    for left in target.parent.iterdir():
        if ours.fullmatch(left.name):  # of a process that was killed
            shutil.rmtree(left, ignore_errors=True)
    made = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent))
    old = made.with_suffix(".old.tmp")
    try:
        yield made
        if target.exists():
            target.rename(old)
        made.rename(target)
    finally:
        with suppress(OSError):
            shutil.rmtree(made)
        with suppress(OSError):
            shutil.rmtree(old)
