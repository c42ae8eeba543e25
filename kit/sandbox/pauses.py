"""Time in which a run waits for the trusted side, and which its limit does not count."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LIMIT_S = 3600.0


class Pauses:
    """The pauses of one run. One thread makes them, others look.

    Parameters
    ----------
    limit_s
        Together they may be so long; what is longer counts as time of the run.
    """

    def __init__(self, limit_s: float = LIMIT_S, *, now: Callable[[], float] = time.monotonic) -> None:
        self.limit_s, self._now = limit_s, now
        # One value, because another thread looks: the seconds of the pauses that have ended, and when this one began.
        self._state: tuple[float, float | None] = (0.0, None)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """The run waits for us while the block goes on."""
        ended, since = self._state[0], self._now()
        self._state = (ended, since)
        try:
            yield
        finally:
            self._state = (ended + self._now() - since, None)

    @property
    def is_on(self) -> bool:
        """Whether the run waits now."""
        return self._state[1] is not None

    @property
    def seconds(self) -> float:
        """All pauses together, the present one included, up to the limit."""
        ended, since = self._state
        return min(self.limit_s, ended + (self._now() - since if since is not None else 0.0))

    @property
    def left_s(self) -> float:
        """Seconds of pauses that are left."""
        return max(0.0, self.limit_s - self.seconds)
