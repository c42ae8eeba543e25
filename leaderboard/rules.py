"""What a team may do. On a board of one's own the count of tries is shown and refuses nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from kit.competition import CompetitionLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """How many scored submissions a team has had, and may have.

    Parameters
    ----------
    used, limit
        In this day of the course.
    used_total, limit_total
        Altogether; None where there is no limit.
    next_at
        Unix seconds at which the next day begins.
    """

    used: int
    limit: int
    used_total: int
    limit_total: int | None
    next_at: float

    @property
    def left(self) -> int:
        """Tries left today, never negative."""
        today = self.limit - self.used
        total = today if self.limit_total is None else self.limit_total - self.used_total
        return max(0, min(today, total))


def tries(received: Iterable[float], limits: CompetitionLimits, *, now: float, zone: tzinfo | None = None) -> Tries:
    """Tries of a team at the time `now`.

    Parameters
    ----------
    received
        When its scored submissions were received, unix seconds. Refused, failed and cancelled ones use no try.
    limits
        The competition's.
    now
        Unix seconds.
    zone
        The course's time zone, whose midnight begins a day; None for that of this computer.
    """
    times = tuple(received)
    today = datetime.fromtimestamp(now, zone).date()
    begin, end = _midnight(today, zone), _midnight(today + timedelta(days=1), zone)
    return Tries(
        used=sum(begin <= at < end for at in times),
        limit=limits.submissions_per_day,
        used_total=len(times),
        limit_total=limits.submissions_total,
        next_at=end,
    )


def _midnight(day: date, zone: tzinfo | None) -> float:
    return datetime.combine(day, time(), zone).timestamp()
