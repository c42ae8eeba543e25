"""Every store against the conformance case."""

from __future__ import annotations

from pathlib import Path

from leaderboard.store.base import Store
from leaderboard.store.sqlite import SqliteStore
from leaderboard.testing import StoreCase


class TestSqliteStore(StoreCase):
    def make(self, folder: Path, *, lease_s: float) -> Store:
        return SqliteStore(folder / "board.sqlite", lease_s=lease_s)
