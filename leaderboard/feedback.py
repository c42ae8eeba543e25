"""What entrants are told of public scores: all of it, rounded, or clear improvements only.

Kept scores stay exact, and whatever is shown is made here: rank, interval and JSON are of the same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from leaderboard.store.base import Scored

if TYPE_CHECKING:
    from kit.metrics.base import Metric

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
    step
        Scores and intervals are multiples of it; 0 where they are exact.
    """

    rows: tuple[Scored, ...]
    withheld: frozenset[int] = frozenset()
    step: float = 0.0


def told(
    rows: Iterable[Scored],
    feedback: Feedback,
    *,
    metric: Metric,
    is_improvement: Callable[[Scored | None, Scored], bool],
) -> Told:
    """Public scores as `feedback` wants them shown.

    Parameters
    ----------
    rows
        The exact ones, oldest first.
    feedback
        ``full``: as they are. ``rounded``: to what the rows of the part can tell. ``ladder``: a submission that is no
        clear improvement shows the team's best so far. A share of rows is told to one row of the part, other scores
        as for ``rounded``.
    metric
        What the scores are of.
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
    if feedback == "rounded":
        return _in_steps(Told(rows=exact), _common_step(exact), metric)
    best: dict[str, Scored] = {}
    shown: list[Scored] = []
    withheld: set[int] = set()
    for row in exact:
        if is_improvement(best.get(row.team), row):
            best[row.team] = row
        else:
            withheld.add(row.submission_id)
        shown.append(_like(row, best[row.team]))
    step = 1 / shown[0].n if shown and metric.interval == "wilson" else _common_step(shown)
    return _in_steps(Told(rows=tuple(shown), withheld=frozenset(withheld)), step, metric)


def standard_error(lo: float, hi: float) -> float:
    """Of a score, by its 95 % interval: what stands on the board, so that no terms need be read."""
    return (hi - lo) / _LENGTH


def _common_step(rows: Iterable[Scored]) -> float:
    from leaderboard.statistics.feedback import common_step

    return common_step(standard_error(row.interval_lo, row.interval_hi) for row in rows)


def _in_steps(shown: Told, step: float, metric: Metric) -> Told:
    return replace(shown, rows=tuple(_rounded(row, step, metric) for row in shown.rows), step=step)


def _rounded(row: Scored, step: float, metric: Metric) -> Scored:
    """`row` in steps. Its interval holds the exact one, and no end falls on the score but where nothing is beyond."""
    from leaderboard.statistics.feedback import rounded, rounded_out

    if step <= 0:
        return row
    value = rounded(row.value, step)
    lo, hi = rounded_out(row.interval_lo, row.interval_hi, step)
    least, most = sorted((metric.best, metric.worst))
    if lo == value and row.interval_lo < row.value:
        lo = max(least, rounded(value - step, step))
    if hi == value and row.interval_hi > row.value:
        hi = min(most, rounded(value + step, step))
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
