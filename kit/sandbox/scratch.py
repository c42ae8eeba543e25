"""The scratch folder of a run: made for it, removed after it, and found again where its owner was killed."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from kit.errors import Problem, SandboxError

MARK = "KIT_RUN"


def home() -> Path:
    """Where scratch folders are made by default: one place for each user."""
    return Path(tempfile.gettempdir()) / f"kit-{_user()}"


@contextmanager
def scratch(base: Path) -> Iterator[Path]:
    """A new folder that is removed afterwards. Those whose owners died are removed first."""
    folder = base / secrets.token_hex(4)
    lock = FileLock(folder.with_suffix(".lock"))
    try:
        base.mkdir(mode=0o700, parents=True, exist_ok=True)
        if hasattr(os, "getuid") and (base.stat().st_uid != os.getuid() or base.is_symlink()):
            raise PermissionError(1, "the scratch folder belongs to somebody else", str(base))
        reap(base)
        lock.acquire()
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise not_set_up(error) from None
    try:
        yield folder
    finally:
        _remove(folder)
        _give_up(lock)


def reap(base: Path) -> None:
    """End what processes left behind that were killed themselves. Nobody holds the lock of such a folder."""
    for file in base.glob("*.lock"):
        lock = FileLock(file)
        try:
            lock.acquire(timeout=0)
        except (Timeout, OSError):
            continue  # its owner lives
        folder = file.with_suffix("")
        if folder.exists():
            for process in marked(mark(folder)):
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
    """Remove a scratch folder, however deep a plugin made it and whatever permissions it took away.

    Folders are moved up to be emptied: neither recursion nor the length of a path is a limit then.
    """
    pending = [folder]
    while pending:
        here = pending.pop()
        with suppress(OSError):  # what can't be removed now is tried again at the next start
            here.chmod(0o700)
            with os.scandir(here) as found:
                entries = list(found)
            for entry in entries:
                if not entry.is_dir(follow_symlinks=False):
                    Path(entry.path).unlink()
                elif here == folder:
                    pending.append(Path(entry.path))
                else:
                    Path(entry.path).chmod(0o700)  # moving a folder writes into it
                    pending.append(Path(entry.path).rename(folder / secrets.token_hex(8)))
            if here != folder:
                here.rmdir()
    shutil.rmtree(folder, ignore_errors=True)


def size(folder: Path) -> int:
    """Bytes on disk below a folder: a sparse file counts by its blocks."""
    total, pending = 0, [os.fspath(folder)]
    while pending:  # not os.walk: it calls itself for every level, and a plugin says how many there are
        try:
            with os.scandir(pending.pop()) as entries:
                for entry in entries:
                    status = entry.stat(follow_symlinks=False)
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
                    else:
                        total += getattr(status, "st_blocks", status.st_size // 512) * 512
        except OSError:
            continue  # removed meanwhile
    return total


def mark(scratch: Path) -> str:
    """What every process of the run has in its environment, under the name `MARK`."""
    return scratch.name


def marked(mark: str) -> Iterator[psutil.Process]:
    """Processes of this user that carry a mark."""
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark:
                yield process
        except (psutil.Error, OSError):
            continue  # another user's, or gone


def not_set_up(error: OSError) -> SandboxError:
    """E801 for what the system refused."""
    message = f"the sandbox could not be set up: {error.strerror or error}"
    return SandboxError(Problem(code="E801", message=message, where=str(error.filename or ""), fix="kit doctor"))


def _user() -> str:
    return str(os.getuid()) if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
