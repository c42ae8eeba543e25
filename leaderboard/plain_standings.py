"""Standings as plain values under stable keys, for files and other programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from leaderboard.solved import n_solved

if TYPE_CHECKING:
    from kit.competition import Competition
    from kit.metrics.base import Metric
    from leaderboard.board import Board
    from leaderboard.standings import Standing
    from leaderboard.statistics.selection import ShakeUp

COLUMNS = (
    "rank", "public_rank", "moved", "rank_lo", "rank_hi", "n_tied", "in_leader_group", "bracket", "team", "who", "name",
    "kind", "submission", "score", "interval_lo", "interval_hi", "n", "n_tries", "last_at", "part", "is_ranked",
)  # fmt: skip


def as_json(
    name: str,
    competition: Competition,
    metric: Metric,
    public: Sequence[Standing],
    private: Sequence[Standing] | None,
    shake_up: ShakeUp | None = None,
    names: Mapping[str, str] | None = None,
    line: float | None = None,
) -> dict[str, Any]:
    """The standings under stable keys; ``private`` and ``shake_up`` are null until it is revealed.

    `line` is from where on an environment counts as solved; ``n_solved`` says how many rows of the ranking part are.
    """
    return {
        "competition": name,
        "metric": metric.name,
        "greater_is_better": metric.greater_is_better,
        "feedback": competition.leaderboard.feedback,
        "solved_from": line,
        "n_solved": None if line is None else n_solved(public if private is None else private, line),
        "revealed": private is not None,
        "public": plain(public, "public", names or {}),
        "private": None if private is None else plain(private, "private", names or {}),
        "shake_up": asdict(shake_up) if shake_up else None,
    }


def names_of(board: Board) -> dict[str, str]:
    """Handle of a team -> how the host calls it: who it is, and what the others see; empty where there is no class."""
    if not board.classroom.is_class:
        return {}
    shown = board.classroom.names(real=False)
    return {handle: f"{who} ({shown[handle]})" for handle, who in board.classroom.names(real=True).items()}


def plain(standings: Sequence[Standing], part: str, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """The rows as plain values under stable keys."""
    return [
        asdict(row)
        | {
            "who": names.get(row.team, row.team),
            "submission": f"s{row.submission_id}",
            "moved": row.moved,
            "in_leader_group": row.in_leader_group,
            "part": part,
        }
        for row in standings
    ]
