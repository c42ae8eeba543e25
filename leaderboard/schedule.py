"""When things happen in a competition of a class: what its file says, and what the host has said since.

What the host says are lines of the audit. The schedule is reckoned from the file and these lines each time it is
asked for, here and nowhere else: what holds can always be traced to who said it, and when.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from kit.competition import Competition
from leaderboard.store.base import Event

CLASS_ACTIONS = ("open", "close", "freeze", "unfreeze", "schedule-reveal")
TEAM_ACTIONS = ("extend", "quota")
FAILURES_PER_TRY = 3  # failing runs of one's own code in a day, for each try of the day
_KEYS = ("opens", "closes", "grace_s", "freezes", "reveals")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What holds for one team. Intervals are half-open: at `opens` it is open, at `closes` it is closed.

    Parameters
    ----------
    opens, closes
        Unix seconds; None where there is no such limit. `closes` is the team's own where it was given more time.
    grace_s
        Seconds after `closes` in which a submission is taken and marked late.
    per_day, total
        Scored submissions in a day of the course, and altogether (None: as many as one likes).
    """

    opens: float | None
    closes: float | None
    grace_s: float
    per_day: int
    total: int | None

    @property
    def failures_per_day(self) -> int:
        """Runs of the team's own code that may fail in a day: enough to look for a mistake, too few to mine with."""
        return FAILURES_PER_TRY * self.per_day

    @property
    def ends(self) -> float | None:
        """First moment at which nothing is taken, late or not."""
        return None if self.closes is None else self.closes + self.grace_s

    def is_late(self, at: float) -> bool:
        """Whether what comes at this time comes after closing."""
        return self.closes is not None and at >= self.closes


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamTerms:
    """What the host gave one team: None where it has what all have."""

    closes: float | None = None
    per_day: int | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """What holds in a competition of a class. Times are unix seconds, None where there is none.

    Parameters
    ----------
    opens, closes, grace_s
        As in `Terms`, for everybody.
    freezes
        From then on the board stands still for everybody but the host; a team still sees its own scores.
    reveals
        When the private ranking opens by itself.
    per_day, total
        Tries of everybody.
    teams
        Handle of a team -> what it was given.
    """

    opens: float | None = None
    closes: float | None = None
    grace_s: float = 0.0
    freezes: float | None = None
    reveals: float | None = None
    per_day: int = 10
    total: int | None = None
    teams: Mapping[str, TeamTerms] = field(default_factory=lambda: MappingProxyType({}))

    def terms(self, team: str) -> Terms:
        """What holds for a team. More time than the class has is given, never taken."""
        own = self.teams.get(team, TeamTerms())
        closes = self.closes
        if closes is not None and own.closes is not None:
            closes = max(closes, own.closes)
        return Terms(
            opens=self.opens,
            closes=closes,
            grace_s=self.grace_s,
            per_day=self.per_day if own.per_day is None else own.per_day,
            total=self.total if own.total is None else own.total,
        )

    def is_frozen(self, now: float) -> bool:
        """Whether the board stands still."""
        return self.freezes is not None and now >= self.freezes


def effective(competition: Competition, events: Iterable[Event]) -> Schedule:
    """What holds: the file, and over it the lines of the audit about this competition, the later over the earlier.

    Lines that are no change of the schedule are skipped.
    """
    schedule = of_file(competition)
    teams: dict[str, TeamTerms] = {}
    for event in events:
        detail: dict[str, Any] = json.loads(event.detail)
        if event.action in CLASS_ACTIONS:
            schedule = replace(schedule, **{key: detail[key] for key in _KEYS if key in detail})
        elif event.action in TEAM_ACTIONS:
            given = {key: detail[key] for key in ("closes", "per_day", "total") if key in detail}
            teams[detail["team"]] = replace(teams.get(detail["team"], TeamTerms()), **given)
    return replace(schedule, teams=MappingProxyType(teams))


def of_file(competition: Competition) -> Schedule:
    """What the file of a competition says."""
    said, limits = competition.schedule, competition.limits
    return Schedule(
        opens=_seconds(said.opens),
        closes=_seconds(said.closes),
        grace_s=60.0 * said.grace_minutes,
        reveals=_seconds(said.reveals),
        per_day=limits.submissions_per_day,
        total=limits.submissions_total,
    )


def _seconds(at: datetime | None) -> float | None:
    return None if at is None else at.timestamp()
