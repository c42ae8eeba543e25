"""What entrants are told of public scores: all of it, rounded, or clear improvements only.

Kept scores stay exact, and whatever is shown is made here: rank, interval and JSON are of the same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal

from leaderboard.store.base import Scored

Feedback = Literal["full", "rounded", "ladder"]
_LENGTH = 2 * 1.959963984540054  # of a 95 % interval, in standard errors


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Public scores as entrants may see them.

    Parameters
    ----------
    rows
        Every scored submission. One that was no clear improvement has the score of the team's best before it.
    withheld
        Numbers of those submissions.
    """

    rows: tuple[Scored, ...]
    withheld: frozenset[int] = frozenset()


def told(
    rows: Iterable[Scored], feedback: Feedback, *, is_improvement: Callable[[Scored | None, Scored], bool]
) -> Told:
    """Public scores as `feedback` wants them shown.

    Parameters
    ----------
    rows
        The exact ones, oldest first.
    feedback
        ``full``: as they are. ``rounded``: to what the rows of the part can tell. ``ladder``: a submission that is no
        clear improvement shows the team's best so far, and the others to one row of the part.
    is_improvement
        Of the team's best so far (None at first) and a submission; asked for the Ladder only.

    References
    ----------
    A. Blum, M. Hardt, "The Ladder: a reliable leaderboard for machine learning competitions", ICML 2015 (the
    parameter-free form, section 4).
    """
    exact = tuple(rows)
    if feedback == "full":
        return Told(rows=exact)
    from leaderboard.statistics.feedback import common_step

    if feedback == "rounded":
        step = common_step(standard_error(row.interval_lo, row.interval_hi) for row in exact)
        return Told(rows=tuple(_rounded(row, step) for row in exact))
    best: dict[str, Scored] = {}
    shown: list[Scored] = []
    withheld: set[int] = set()
    for row in exact:
        if is_improvement(best.get(row.team), row):
            best[row.team] = row
        else:
            withheld.add(row.submission_id)
        shown.append(_like(row, _rounded(best[row.team], 1 / row.n)))
    return Told(rows=tuple(shown), withheld=frozenset(withheld))


def standard_error(lo: float, hi: float) -> float:
    """Of a score, by its 95 % interval: what stands on the board, so that no terms need be read."""
    return (hi - lo) / _LENGTH


def _rounded(row: Scored, step: float) -> Scored:
    from leaderboard.statistics.feedback import rounded

    value, lo, hi = (rounded(number, step) for number in (row.value, row.interval_lo, row.interval_hi))
    return replace(row, value=value, interval_lo=lo, interval_hi=hi)


def _like(row: Scored, other: Scored) -> Scored:
    """`row` with the score of another."""
    return replace(
        row,
        value=other.value,
        interval_lo=other.interval_lo,
        interval_hi=other.interval_hi,
        n=other.n,
        terms_sha256=other.terms_sha256,
    )
