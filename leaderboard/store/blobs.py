"""Bytes that are kept: ``objects/<sha256>``, written once and never changed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

from kit.errors import Problem, StorageError
from leaderboard.store.base import Blob, Store
from leaderboard.store.connection import explained, sync


class Blobs:
    """The blobs of a store.

    Parameters
    ----------
    folder
        Where the files lie; made when the first one is written.
    store
        Where each one has its row, written after the file.
    """

    def __init__(self, folder: Path, store: Store) -> None:
        self._folder, self._store = folder, store

    def put(self, data: bytes, media_type: str) -> str:
        """Keep `data` and return its sha256."""
        return self.put_all({"": (data, media_type)})[""]

    def put_all(self, parts: Mapping[str, tuple[bytes, str]]) -> dict[str, str]:
        """Keep several: name -> (bytes, media type) gives name -> sha256.

        Raises
        ------
        StorageError
            E703, E706. What was written by then is named by nothing, and is written again the next time.
        """
        named = {name: (sha256(data).hexdigest(), data, media) for name, (data, media) in parts.items()}
        self._write((digest, data) for digest, data, _ in named.values())
        self._store.keep_blobs(Blob(sha256=digest, size=len(data), media_type=m) for digest, data, m in named.values())
        return {name: digest for name, (digest, _, _) in named.items()}

    def get(self, digest: str) -> bytes:
        """The bytes with this sha256.

        Raises
        ------
        StorageError
            E704 if they are missing, or not what was kept.
        """
        blob = self._store.blob(digest)
        path = self._folder / digest
        with explained(path):
            if blob is None or not path.exists():
                raise StorageError(_damaged(path, "is missing"))
            if path.stat().st_size != blob.size:
                raise StorageError(_damaged(path, f"has {path.stat().st_size} bytes, not {blob.size}"))
            data = path.read_bytes()
        if sha256(data).hexdigest() != digest:
            raise StorageError(_damaged(path, "holds other bytes than its name says"))
        return data

    def _write(self, items: Iterable[tuple[str, bytes]]) -> None:
        with explained(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            for digest, data in items:
                path = self._folder / digest
                if not path.exists() or path.stat().st_size != len(data):
                    _write_whole(path, data)
            sync(self._folder)


def _write_whole(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.urandom(8).hex()}")  # threads and containers share process ids
    try:
        temporary.write_bytes(data)
        sync(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _damaged(path: Path, what: str) -> Problem:
    return Problem(
        code="E704",
        message=f"{path} {what}",
        where=str(path),
        why="It holds the bytes of a submission, or what a run left behind.",
        fix="put it back from a copy of the workspace",
    )
