"""Where an agent's environment counts as solved, and how many rows of a board have solved it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kit.notation import Unit, score

if TYPE_CHECKING:
    from kit.workspace import Workspace
    from leaderboard.standings import Standing


def solved_from(here: Workspace, name: str) -> float | None:
    """The mean return from which the environment of a competition counts as solved.

    None where there is no environment, nobody has said so, or nothing was prepared yet: a board prepares no data.
    """
    if here.competition(name).kind != "agent":
        return None
    from kit.prepare import read_prepared

    prepared = read_prepared(here.state / "prepared" / name)
    environment = prepared.facts.task.environment if prepared else None
    return environment.reward_threshold if environment else None


def n_solved(rows: Sequence[Standing], line: float) -> int:
    """Of how many teams the whole 95 % interval is at `line` or above: a score above it may be luck."""
    return sum(row.is_ranked and row.interval_lo >= line for row in rows)


def in_words(rows: Sequence[Standing], line: float, unit: Unit, *, is_cut: bool = False) -> str:
    """``solved from 475.0 on: 3 of 5 rows have their whole interval above it``.

    Parameters
    ----------
    rows
        The board.
    line
        From where on.
    unit
        Of the metric.
    is_cut
        `rows` are not all of them, so they are not counted.
    """
    n, n_ranked = n_solved(rows, line), sum(row.is_ranked for row in rows)
    told = f"solved from {score(line, unit)} on"
    if is_cut or not n_ranked:
        return f"{told}: where the whole interval is above it"
    if not n:
        return f"{told}: no row has its whole interval above it yet"
    whose = "row has its" if n == n_ranked == 1 else "rows has its" if n == 1 else "rows have their"
    return f"{told}: {n} of {n_ranked} {whose} whole interval above it"
