"""How often somebody may ask for something: buckets that fill with time, in bounded memory."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable


class Limiter:
    """At most `burst` at once, and one more every `every_s` seconds, for each key.

    Parameters
    ----------
    burst, every_s
        The size of a bucket, and the seconds in which it gains one.
    most_keys
        How many keys are remembered; the one that was seen longest ago is forgotten first.
    clock
        Seconds that never go back.
    """

    def __init__(
        self, burst: int, every_s: float, *, most_keys: int = 10_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._burst, self._every_s, self._most_keys, self._clock = burst, every_s, most_keys, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # key -> (left, when)

    def __len__(self) -> int:
        return len(self._buckets)

    def wait_s(self, key: str, *, counts: bool = True) -> float:
        """0 where it may be done now, which then counts unless it is said not to; else the seconds until it may."""
        now = self._clock()
        left, when = self._buckets.pop(key, (float(self._burst), now))
        left = min(float(self._burst), left + (now - when) / self._every_s)
        allowed = left >= 1.0
        self._buckets[key] = (left - 1.0 if allowed and counts else left, now)
        if len(self._buckets) > self._most_keys:
            self._buckets.popitem(last=False)
        return 0.0 if allowed else (1.0 - left) * self._every_s
