"""When a submission will have its turn: the queue played ahead, with the times that earlier runs took."""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from leaderboard.store.base import InLine

UNKNOWN_SHARE = 0.5  # of the time limit, where nothing has run yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a submission stands in the queue.

    Parameters
    ----------
    position
        1 for the one that starts next; 0 for one that runs.
    starts_in_s
        Expected seconds until it starts; None where nothing works.
    """

    submission_id: int
    position: int
    starts_in_s: float | None


def places(
    line: Sequence[InLine], *, n_workers: int, now: float, seconds_of: Callable[[InLine], float]
) -> dict[int, Place]:
    """The place of everything that runs or waits.

    Parameters
    ----------
    line
        As `Store.line` gives it.
    n_workers
        How many work; those that run something are among them.
    now
        Unix seconds, by the store.
    seconds_of
        How long one will probably take.

    Notes
    -----
    The same rule as the store's claim: of the teams without a running job, the one whose last turn is the longest ago.
    """
    running = [row for row in line if row.state == "running"]
    found = {row.submission_id: Place(submission_id=row.submission_id, position=0, starts_in_s=0.0) for row in running}
    ends = [(max(0.0, (row.started_at or now) + seconds_of(row) - now), row.team) for row in running]
    heapq.heapify(ends)
    of_team: dict[str, deque[InLine]] = {}  # what each team waits for, its oldest first
    for row in sorted((row for row in line if row.state == "queued"), key=lambda one: one.submission_id):
        of_team.setdefault(row.team, deque()).append(row)
    n_running = Counter(row.team for row in running)
    began = {team: rows[0].turn_at or 0.0 for team, rows in of_team.items()}
    able = [(began[team], rows[0].submission_id, team) for team, rows in of_team.items() if not n_running[team]]
    heapq.heapify(able)
    at, n_idle = 0.0, n_workers - len(running)
    order: list[tuple[InLine, float | None]] = []
    while able or ends:
        if able and n_idle > 0:
            _, _, team = heapq.heappop(able)
            row = of_team[team].popleft()
            order.append((row, at))
            heapq.heappush(ends, (at + seconds_of(row), team))
            began[team] = now + at
            n_running[team] += 1
            n_idle -= 1
        elif ends:
            at, team = heapq.heappop(ends)
            n_running[team] -= 1
            n_idle += 1
            if of_team.get(team) and not n_running[team]:
                heapq.heappush(able, (began[team], of_team[team][0].submission_id, team))
        else:  # nothing works
            order = [(row, None) for row in line if row.state == "queued"]
            break
    for position, (row, starts_in_s) in enumerate(order, start=1):
        found[row.submission_id] = Place(submission_id=row.submission_id, position=position, starts_in_s=starts_in_s)
    return found


def expected_s(times: Iterable[float], time_limit_s: float) -> float:
    """How long one more will probably take: the median of those before, or half of what it may take."""
    known = list(times)
    return median(known) if known else UNKNOWN_SHARE * time_limit_s
