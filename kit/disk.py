"""What a full disk or a forbidden file is called: one place that turns `OSError` into words."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kit.errors import Problem, StorageError

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) if hasattr(errno, "EDQUOT") else (errno.ENOSPC, errno.EFBIG)


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn an `OSError` of the block into a `StorageError` about `path`: E703 or E706."""
    try:
        yield
    except OSError as error:
        raise StorageError(disk_problem(error, path)) from error


def disk_problem(error: OSError, path: Path | str) -> Problem:
    """What `error` means at `path`: E703 for a full disk, else E706."""
    where = str(error.filename or path)
    if error.errno in FULL:
        return full_disk(path)
    return Problem(
        code="E706",
        message=f"{where} can't be opened or written: {error.strerror or error}",
        where=where,
        fix="make the folder writable for yourself, or work in another one with   kit -C DIR",
    )


def full_disk(path: Path | str) -> Problem:
    """E703, with the space that is left."""
    free = ""
    with suppress(OSError):
        free = f"{shutil.disk_usage(Path(path).parent).free / 2**20:.0f} MiB are free there. "
    return Problem(
        code="E703",
        message=f"the disk is full, or a quota is reached: {path}",
        where=str(path),
        why=f"{free}What was stored before is unharmed, and nothing half-written is kept.",
        fix="make room, then type the same command again",
    )
