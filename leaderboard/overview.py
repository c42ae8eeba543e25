"""How a class is getting on: pure functions for the host's page, over what the store has."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leaderboard.rules import is_own_failure
from leaderboard.store.base import Refusal, Scored, Submission
from leaderboard.store.people import Entrant
from leaderboard.views import HOST

if TYPE_CHECKING:
    from leaderboard.board import Board

HOUR_S = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A team's best public score from a moment on (unix seconds)."""

    at: float
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeCount:
    """An error, how often it came, and how many teams had it."""

    code: str
    n: int
    n_teams: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """A class in one competition.

    Parameters
    ----------
    best
        Handle of a team -> its best public score over time, one point for each improvement.
    hours
        Beginning of an hour (unix seconds) -> submissions in it; without gaps, from the first to the last.
    states
        State -> how many submissions of the class are in it.
    errors
        The most frequent first.
    without
        Who has no submission, with whatever teammates.
    """

    best: Mapping[str, tuple[Point, ...]]
    hours: Mapping[int, int]
    states: Mapping[str, int]
    errors: tuple[CodeCount, ...]
    without: tuple[Entrant, ...]


def overview(board: Board, competition: str, *, greater_is_better: bool) -> Overview:
    """How the class of a board is getting on. For the host: a freeze hides nothing here. Nothing private is in it.

    Parameters
    ----------
    board, competition
        Whose class, and in what.
    greater_is_better
        Direction of the metric.
    """
    handles = board.classroom.handles()
    rows = [row for row in board.submissions(competition) if row.team in handles]
    refusals = [refusal for refusal in board.store.refusals(competition) if refusal.team in handles]
    return Overview(
        best=best_over_time(board.told(competition, viewer=HOST), greater_is_better=greater_is_better),
        hours=per_hour(rows),
        states=Counter(row.state for row in rows),
        errors=errors_by_code(rows, refusals),
        without=without_submission(board.people.entrants(), rows),
    )


def best_over_time(scores: Iterable[Scored], *, greater_is_better: bool) -> dict[str, tuple[Point, ...]]:
    """Each team's best score so far, one point for each improvement.

    Parameters
    ----------
    scores
        Public ones as they may be seen, oldest first.
    greater_is_better
        Direction of the metric.
    """
    found: dict[str, list[Point]] = defaultdict(list)
    for row in scores:
        points = found[row.team]
        sign = 1 if greater_is_better else -1
        if not points or sign * row.value > sign * points[-1].score:
            points.append(Point(at=row.received_at, score=row.value))
    return {team: tuple(points) for team, points in found.items()}


def per_hour(rows: Iterable[Submission]) -> dict[int, int]:
    """Submissions in each hour, from the first that had one to the last; hours without are 0."""
    counted = Counter(math.floor(row.received_at / HOUR_S) * HOUR_S for row in rows)
    if not counted:
        return {}
    return {hour: counted[hour] for hour in range(min(counted), max(counted) + 1, HOUR_S)}


def errors_by_code(rows: Iterable[Submission], refusals: Iterable[Refusal]) -> tuple[CodeCount, ...]:
    """What went wrong in the class's own code and files, the most frequent first: what to teach again."""
    seen = [(row.reason_code or "", row.team) for row in rows if is_own_failure(row)]
    seen += [(code, refusal.team) for refusal in refusals for code in refusal.codes]
    counted, teams = Counter(code for code, _ in seen), defaultdict(set)
    for code, team in seen:
        teams[code].add(team)
    found = [CodeCount(code=code, n=n, n_teams=len(teams[code])) for code, n in counted.items()]
    return tuple(sorted(found, key=lambda row: (-row.n_teams, -row.n, row.code)))


def without_submission(entrants: Sequence[Entrant], rows: Iterable[Submission]) -> tuple[Entrant, ...]:
    """Who has handed in nothing yet, not even something that failed."""
    active = {row.team for row in rows}
    return tuple(one for one in entrants if one.team not in active)
