from __future__ import annotations

from pathlib import Path

from leaderboard.store.base import Store
from leaderboard.store.people import People
from leaderboard.store.sqlite import SqliteStore
from leaderboard.store.sqlite_people import SqlitePeople
from leaderboard.testing_people import PeopleCase


class TestSqlitePeople(PeopleCase):
    def make(self, folder: Path) -> tuple[Store, People]:
        store = SqliteStore(folder / "board.sqlite", durable=False)
        return store, SqlitePeople(store.database)
