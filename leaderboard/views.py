"""What of a class board who sees: the host all of it, everybody else what is not withheld."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from leaderboard.standings import Standing
from leaderboard.store.base import Scored

Show = Literal["all", "top", "neighbours"]
_NEIGHBOURS = 2  # rows above and below one's own


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who looks. `team` is the handle of a student's; without one it is anybody."""

    is_host: bool = False
    team: str = ""


HOST = Viewer(is_host=True)
ANYBODY = Viewer()


def unfrozen(rows: Iterable[Scored], viewer: Viewer, *, freezes: float | None, now: float) -> tuple[Scored, ...]:
    """The scores that a viewer may see: on a board that stands still those before the freeze, and all of one's own."""
    if viewer.is_host or freezes is None or now < freezes:
        return tuple(rows)
    return tuple(row for row in rows if row.received_at < freezes or row.team == viewer.team)


def merged(ranked: Sequence[Standing], others: Sequence[Standing], *, greater_is_better: bool) -> tuple[Standing, ...]:
    """Both in the order of their scores. A row of `others` has the rank that a team with its score would have.

    Parameters
    ----------
    ranked
        The teams, best first.
    others
        Rows of the host and of people, which are no teams and rank nobody; of equal ones the team stands first.
    """
    sign = -1 if greater_is_better else 1
    placed = [
        replace(
            row,
            is_ranked=False,
            rank_lo=None,
            rank_hi=None,
            n_tied=None,
            bracket=None,
            public_rank=None,
            rank=1 + sum(sign * team.score < sign * row.score for team in ranked),
        )
        for row in others
    ]
    return tuple(sorted((*ranked, *placed), key=lambda row: (sign * row.score, not row.is_ranked)))


def shown_to(rows: Sequence[Standing], viewer: Viewer, *, show: Show, top: int) -> tuple[Standing, ...]:
    """The rows that a competition shows a viewer: all, the best and one's own, or one's own with its neighbours.

    Rows that are not ranked are always shown, and the host sees everything. Whoever has no row sees of ``neighbours``
    nobody else's.
    """
    if viewer.is_host or show == "all":
        return tuple(rows)
    teams = [row for row in rows if row.is_ranked]
    place = next((place for place, row in enumerate(teams) if row.team == viewer.team), None)
    if show == "top":
        seen = {row.team for row in teams if row.rank <= top}
    else:
        seen = (
            set()
            if place is None
            else {row.team for row in teams[max(0, place - _NEIGHBOURS) : place + _NEIGHBOURS + 1]}
        )
    return tuple(row for row in rows if not row.is_ranked or row.team in seen or row.team == viewer.team)
