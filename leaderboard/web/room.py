"""Whether there is room for an upload: asked before its body is read, so that nothing half-read is lost."""

from __future__ import annotations

import logging
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kit.errors import KitError, StorageError
from leaderboard.store.sqlite import SqliteStore
from leaderboard.web.words import refusals

log = logging.getLogger("kit.serve")
DISK_KEPT_FREE = 256 << 20  # bytes that stay free for the database and for runs
MEMORY_KEPT_FREE = 192 << 20
LOCKED_S = 0.5
MOST_EACH = 8  # uploads of a team at the same time: who sends slowly takes no room from the others
SOON_S, LATEST_S = 2, 60
PER_S = 20  # are told to come again in the same second: two clerks take in more, and who is turned away costs, too


class BusyError(StorageError):
    """E709: not now, and when to try again."""

    def __init__(self, why: str, *, after_s: int) -> None:
        super().__init__(refusals.busy(why, after_s))
        self.after_s = after_s


class Room:
    """How many uploads are on the way, and what is left of disk and memory.

    Of many that are turned away each is told to come again later than those before it: else all would come at once.

    Parameters
    ----------
    state
        Folder of everything that is kept.
    most
        Uploads at the same time.
    disk_kept_free, memory_kept_free
        Bytes that an upload may not take.
    """

    def __init__(
        self,
        state: Path,
        *,
        most: int = 64,
        disk_kept_free: int = DISK_KEPT_FREE,
        memory_kept_free: int = MEMORY_KEPT_FREE,
    ) -> None:
        self._state, self._most = state, most
        self._disk_kept_free, self._memory_kept_free = disk_kept_free, memory_kept_free
        self._n = self._n_away = 0
        self._n_of: Counter[str] = Counter()

    @contextmanager
    def taken(self, team: str = "") -> Iterator[None]:
        """One upload's place. Raises `BusyError` where there is none, or none for this team."""
        if team and self._n_of[team] >= MOST_EACH:
            raise BusyError(refusals.many_of_team(MOST_EACH), after_s=SOON_S)
        if self._n >= self._most:
            self._n_away += 1
            after_s = min(LATEST_S, SOON_S + self._n_away // PER_S)
            raise BusyError(refusals.MANY_ARRIVE, after_s=after_s)
        self._n_away = max(0, self._n_away - 1) if self._n else 0  # some never come again
        self._n += 1
        self._n_of[team] += 1
        try:
            yield
        finally:
            self._n -= 1
            self._n_of -= Counter([team])  # forgets who has none on the way

    def require(self, size: int) -> None:
        """Refuse a body of `size` bytes for which there is no room, or which could not be noted down.

        Raises
        ------
        BusyError
            E709.
        """
        import psutil

        free = shutil.disk_usage(self._state).free
        if free < self._disk_kept_free + 3 * size:  # as it arrives, as it is kept, and what its scoring leaves
            raise BusyError(refusals.DISK_FULL, after_s=60)
        if psutil.virtual_memory().available < self._memory_kept_free + 2 * size:
            raise BusyError(refusals.MEMORY_FULL, after_s=20)
        store = SqliteStore(self._state / "board.sqlite", timeout_s=LOCKED_S)
        try:
            store.touch()
        except KitError as error:
            log.warning("nothing can be noted down: %s", error.problem.message)  # with a path, which is the host's
            raise BusyError(refusals.LOCKED, after_s=10) from error
        finally:
            store.close()
