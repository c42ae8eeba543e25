"""The board's key, from which the order of the test rows is drawn for each submission."""

from __future__ import annotations

import os
from pathlib import Path

from kit.errors import Problem, StorageError
from leaderboard.store.connection import explained


def read_secret(path: Path) -> bytes:
    """The board's key: 32 random bytes that only its owner can read, made when first asked for.

    Raises
    ------
    StorageError
        E703, E704, E706.
    """
    with explained(path):
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            temporary = path.with_name(f".{path.name}.{os.getpid()}")
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(os.urandom(32))
            try:
                os.link(temporary, path)  # unlike a rename it never replaces the key of a quicker process
            except FileExistsError:
                pass
            finally:
                temporary.unlink()
        secret = path.read_bytes()
    if len(secret) != 32:
        raise StorageError(Problem(code="E704", message=f"{path} is not the key it was", where=str(path)))
    return secret
