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
        self._ended = 0.0
        self._since: float | None = None

    @contextmanager
    def paused(self) -> Iterator[None]:
        """The run waits for us while the block goes on."""
        self._since = self._now()
        try:
            yield
        finally:
            # First the end, then the sum: who looks in between sees a pause too short and never twice.
            since, self._since = self._since, None
            self._ended += self._now() - since

    @property
    def is_on(self) -> bool:
        """Whether the run waits now."""
        return self._since is not None

    @property
    def seconds(self) -> float:
        """All pauses together, the present one included, up to the limit."""
        since = self._since
        return min(self.limit_s, self._ended + (self._now() - since if since is not None else 0.0))

    @property
    def left_s(self) -> float:
        """Seconds of pauses that are left."""
        return max(0.0, self.limit_s - self.seconds)
