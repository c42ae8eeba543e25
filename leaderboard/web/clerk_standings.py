"""The standings of a competition as a process beside the server reckons them, and which rows of them are for whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from leaderboard.standings import Standing, public_standings
from leaderboard.views import ANYBODY, Show, Viewer, shown_to
from leaderboard.web import clerk
from leaderboard.web.scores import Scores

if TYPE_CHECKING:
    from leaderboard.statistics.selection import ShakeUp
    from leaderboard.store.base import Scored

_MOST_HISTORY = 40  # of a team's scores: a sparkline shows no more


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One team on the board.

    Parameters
    ----------
    standing
        As everywhere.
    course
        The team's best score after each of its tries, oldest first.
    before
        The rank at the beginning of the day of the course; None where the team had none.
    """

    standing: Standing
    course: tuple[float, ...] = ()
    before: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The standings of one competition at one moment, ready to be shown. Holds nothing private before the reveal.

    `scores` are what is told of each submission: score and the ends of its interval, in multiples of `step`. `show` and
    `top` say which rows are for whom; `n_teams` is how many teams there are, and `is_cut` whether rows of some of them
    were left out by `seen_by`. `n_private` is on how many rows the private ranking stands, 0 where that is not known.
    """

    competition: str
    public: tuple[Row, ...] = ()
    private: tuple[Row, ...] | None = None
    revealed_at: float | None = None
    n_late: int = 0
    n_outdated: int = 0
    shake_up: ShakeUp | None = None
    baselines: Mapping[str, float] = field(default_factory=dict)
    scores: Mapping[int, tuple[float, float, float]] = field(default_factory=Scores)
    step: float = 0.0
    show: Show = "all"
    top: int = 10
    n_teams: int = 0
    n_private: int = 0
    is_cut: bool = False


def seen_by(whole: Snapshot, viewer: Viewer) -> Snapshot:
    """What a viewer is shown of a snapshot: what the others have is in no row, and in nothing made of rows."""
    public = _seen(whole, whole.public, viewer)
    private = None if whole.private is None else _seen(whole, whole.private, viewer)
    is_cut = len(public) < len(whole.public) or len(private or ()) < len(whole.private or ())
    return replace(whole, public=public, private=private, is_cut=is_cut) if is_cut else whole


def _seen(whole: Snapshot, rows: tuple[Row, ...], viewer: Viewer) -> tuple[Row, ...]:
    shown = shown_to([row.standing for row in rows], viewer, show=whole.show, top=whole.top)
    teams = {standing.team for standing in shown}
    return tuple(row for row in rows if row.standing.team in teams)


def snapshot(root: Path, competition: str, viewer: Viewer = ANYBODY) -> Snapshot:
    """The standings of a competition as a viewer may know them now, with every row: `seen_by` says which are shown."""
    here, board = clerk.opened(root)
    zone = ZoneInfo(here.config.zone) if here.config.zone else None
    metric, settings = here.metric(competition), here.competition(competition).leaderboard
    revealed_at = board.revealed_at(competition)
    public = board.standings(competition, viewer=viewer)
    private = board.standings(competition, "private", viewer=viewer) if revealed_at is not None else None
    told_rows = board.told(competition, viewer=viewer)
    courses = _courses(told_rows, greater_is_better=metric.greater_is_better)
    before = _ranks_before(told_rows, _midnight(zone), greater_is_better=metric.greater_is_better)
    scores = {name: parts["public"] for name, parts in here.baselines(competition).items() if "public" in parts}

    prepared = here.found_prepared(competition)

    def rows(standings: tuple[Standing, ...]) -> tuple[Row, ...]:
        return tuple(
            Row(standing=row, course=courses.get(row.team, ()), before=before.get(row.team)) for row in standings
        )

    return Snapshot(
        competition=competition,
        public=rows(public),
        private=None if private is None else rows(private),
        revealed_at=revealed_at,
        n_late=board.n_late(competition),
        n_outdated=board.n_outdated(competition),
        shake_up=board.shake_up(competition) if private is not None else None,
        baselines=scores,
        scores=Scores(
            (row.submission_id, (row.value, row.interval_lo, row.interval_hi))
            for row in told_rows
            if viewer.team in ("", row.team)  # made for one team it is asked for that team's alone
        ),
        step=public[0].step if public else 0.0,
        show=settings.show,
        top=settings.top,
        n_teams=sum(row.is_ranked for row in public),
        n_private=prepared.facts.n_private if prepared else 0,
    )


def _courses(told_rows: Sequence[Scored], *, greater_is_better: bool) -> dict[str, tuple[float, ...]]:
    better = max if greater_is_better else min
    courses: dict[str, list[float]] = {}
    for row in told_rows:
        course = courses.setdefault(row.team, [])
        course.append(better(course[-1], row.value) if course else row.value)
    return {team: tuple(course[-_MOST_HISTORY:]) for team, course in courses.items()}


def _ranks_before(told_rows: Sequence[Scored], until: float, *, greater_is_better: bool) -> dict[str, int]:
    rows = [row for row in told_rows if row.received_at < until]
    return {row.team: row.rank for row in public_standings(rows, greater_is_better=greater_is_better)}


def _midnight(zone: tzinfo | None) -> float:
    now = datetime.now(zone)
    return (now - timedelta(hours=now.hour, minutes=now.minute, seconds=now.second)).timestamp()
