"""One SQLite file as whoever keeps something in it uses it: rows that are read at once, and transactions."""
# ruff: noqa: S608 - what is put into the SQL are constants of this module; values are always parameters

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from leaderboard.store.connection import BUSY_TIMEOUT_S, connect, connect_empty, explained

# unixepoch('subsec') would need SQLite 3.42
NOW = "((julianday('now') - 2440587.5) * 86400.0)"


class Database:
    """A database of ours; opened when first used, made when first written to.

    Parameters
    ----------
    path
        The file.
    durable
        Whether commits survive a power cut.
    timeout_s
        Seconds to wait for another writer.

    Notes
    -----
    One object belongs to one thread of one process.
    """

    def __init__(self, path: Path, *, durable: bool = True, timeout_s: float = BUSY_TIMEOUT_S) -> None:
        self.path = path
        self._durable, self._timeout_s = durable, timeout_s
        self._connection: sqlite3.Connection | None = None

    def close(self) -> None:
        """Let go of the file. It is opened again when it is used."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @property
    def is_open(self) -> bool:
        """Whether it has been used, and not closed since."""
        return self._connection is not None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = connect(self.path, durable=self._durable, timeout_s=self._timeout_s)
        return self._connection

    def rows(self, sql: str, parameters: Any = ()) -> list[sqlite3.Row]:
        """Read at once: a reader that stays open lets the write-ahead log grow."""
        with explained(self.path):
            if self._connection is None and not self.path.exists():
                empty = connect_empty()
                try:
                    return empty.execute(sql, parameters).fetchall()
                finally:
                    empty.close()
            return self._open().execute(sql, parameters).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """One transaction that writes: committed at the end of the block, undone where it raises."""
        connection = self._open()
        with explained(self.path):
            if connection.in_transaction:  # an interrupt can come between any two lines
                connection.execute("rollback")
            try:
                connection.execute("begin immediate")
                yield connection
                connection.execute("commit")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("rollback")
                raise


def record(c: sqlite3.Connection, *, actor: str, action: str, about: str, detail: str = "{}") -> None:
    """Add a line to the audit, within a transaction."""
    c.execute(
        f"insert into events (at, actor, action, object, detail) values ({NOW}, ?, ?, ?, ?)",
        (actor, action, about, detail),
    )
