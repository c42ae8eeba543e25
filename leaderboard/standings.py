"""Who stands where: pure functions from scores to ranks. Terminal, page and JSON show the same rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from leaderboard.store.base import Scored


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One row of a leaderboard.

    Parameters
    ----------
    rank
        From 1; equal unrounded scores share it (1, 1, 3).
    team
        Whose row it is.
    kind, name, submission_id
        The submission that counts.
    score, interval_lo, interval_hi, n
        Its score, the 95 % interval and the number of rows it stands on.
    n_tries, last_at
        Scored submissions of the team, and when the last one was received (unix seconds).
    public_rank
        On a private board: the rank on the public one; None elsewhere.
    rank_lo, rank_hi
        Best and worst rank that the rows of this part leave possible, with 95 % confidence; None where that can't be
        told: what the scores are made of is not on disk.
    n_tied
        How many other teams have a rank within these; None as before.
    bracket
        Number of the bracket that the row is in, from 1; rows of one bracket can't be told apart. None for a row that
        is in none.
    step
        Score and interval are told in multiples of it; 0 where they are exact.
    is_ranked
        False for a row that only stands for comparison: a baseline, or people. Its `rank` is the one that a team with
        its score would have; no team has another rank for it.
    """

    rank: int
    team: str
    kind: Literal["csv", "plugin"]
    name: str
    submission_id: int
    score: float
    interval_lo: float
    interval_hi: float
    n: int
    n_tries: int
    last_at: float
    public_rank: int | None = None
    rank_lo: int | None = None
    rank_hi: int | None = None
    n_tied: int | None = None
    bracket: int | None = None
    step: float = 0.0
    is_ranked: bool = True

    @property
    def in_leader_group(self) -> bool | None:
        """Whether it may be the best of all; None where that can't be told."""
        return None if self.rank_lo is None else self.rank_lo == 1

    @property
    def moved(self) -> int | None:
        """Places won (positive) or lost from the public to the private board."""
        return None if self.public_rank is None else self.public_rank - self.rank


def public_standings(scores: Iterable[Scored], *, greater_is_better: bool) -> tuple[Standing, ...]:
    """Each team with its best public score, best first; of equal ones the earlier first."""
    teams = _by_team(scores)
    best = [_best_first(rows, greater_is_better)[0] for rows in teams.values()]
    return _ranked(best, teams, greater_is_better)


def private_standings(
    public: Iterable[Scored], private: Iterable[Scored], *, greater_is_better: bool, selected: int
) -> tuple[Standing, ...]:
    """Each team with its best private score among the submissions that count, and how far it moved.

    Parameters
    ----------
    public, private
        Scores of both parts.
    greater_is_better
        Direction of the metric.
    selected
        How many submissions of a team count: those it chose, or with none chosen its best public ones.
    """
    teams = _by_team(public)
    private_of = {row.submission_id: row for row in private}
    best = []
    for rows in teams.values():
        chosen = [row for row in rows if row.selected] or rows
        counting = _best_first(chosen, greater_is_better)[:selected]
        hidden = [private_of[row.submission_id] for row in counting if row.submission_id in private_of]
        best += _best_first(hidden, greater_is_better)[:1]
    before = {row.team: row.rank for row in _public_ranks(teams, greater_is_better)}
    return tuple(replace(row, public_rank=before[row.team]) for row in _ranked(best, teams, greater_is_better))


def with_rank_intervals(
    standings: Sequence[Standing], intervals: Sequence[tuple[int, int]] | None
) -> tuple[Standing, ...]:
    """The rows with the ranks that they may have, with their ties and brackets.

    Parameters
    ----------
    standings
        The whole board, best first.
    intervals
        Best and worst rank of each row, as `leaderboard.statistics.ranks.rank_intervals` gives them; None where they
        are not known.

    Notes
    -----
    Brackets are made from the top: one takes rows while the intervals of all in it hold each other's ranks, the next
    begins behind it. So no row is in two, and a bracket may hold fewer rows than each is tied with.
    """
    if intervals is None:
        return tuple(standings)
    ranked = [with_ranks(row, interval, standings) for row, interval in zip(standings, intervals, strict=True)]
    brackets: list[list[Standing]] = []
    for row in ranked:
        if brackets and all(_are_tied(row, other) for other in brackets[-1]):
            brackets[-1].append(row)
        else:
            brackets.append([row])
    several = [rows for rows in brackets if len(rows) > 1]
    number = {row.team: place for place, rows in enumerate(several, start=1) for row in rows}
    return tuple(replace(row, bracket=number.get(row.team)) for row in ranked)


def with_ranks(row: Standing, interval: tuple[int, int], standings: Sequence[Standing]) -> Standing:
    """One row of `standings` with the ranks that it may have, and how many others have one of these."""
    lo, hi = min(interval[0], row.rank), max(interval[1], row.rank)
    return replace(row, rank_lo=lo, rank_hi=hi, n_tied=sum(lo <= other.rank <= hi for other in standings) - 1)


def _are_tied(a: Standing, b: Standing) -> bool:
    return all(
        x.rank_lo is not None and x.rank_hi is not None and x.rank_lo <= y.rank <= x.rank_hi
        for x, y in ((a, b), (b, a))
    )


def _public_ranks(teams: Mapping[str, Sequence[Scored]], greater_is_better: bool) -> tuple[Standing, ...]:
    return public_standings((row for rows in teams.values() for row in rows), greater_is_better=greater_is_better)


def _by_team(scores: Iterable[Scored]) -> dict[str, list[Scored]]:
    teams: dict[str, list[Scored]] = defaultdict(list)
    for row in scores:
        teams[row.team].append(row)
    return dict(teams)


def _best_first(rows: Iterable[Scored], greater_is_better: bool) -> list[Scored]:
    sign = -1 if greater_is_better else 1
    return sorted(rows, key=lambda row: (sign * row.value, row.received_at, row.submission_id))


def _ranked(
    best: Iterable[Scored], teams: Mapping[str, Sequence[Scored]], greater_is_better: bool
) -> tuple[Standing, ...]:
    standings: list[Standing] = []
    for place, row in enumerate(_best_first(best, greater_is_better), start=1):
        tied = bool(standings) and standings[-1].score == row.value
        standings.append(
            Standing(
                rank=standings[-1].rank if tied else place,
                team=row.team,
                kind=row.kind,
                name=row.name,
                submission_id=row.submission_id,
                score=row.value,
                interval_lo=row.interval_lo,
                interval_hi=row.interval_hi,
                n=row.n,
                n_tries=len(teams[row.team]),
                last_at=max(other.received_at for other in teams[row.team]),
            )
        )
    return tuple(standings)
