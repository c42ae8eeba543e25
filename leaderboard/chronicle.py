"""The audit in words: who did what, to what, and when."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from leaderboard.board import Board
    from leaderboard.store.base import Event

_TIMES = ("opens", "closes", "freezes", "reveals", "scheduled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """How what the audit names is called: `teams` by handle, `people` as ``entrant 3``."""

    teams: Mapping[str, str]
    people: Mapping[str, str]

    @classmethod
    def of(cls, board: Board) -> Called:
        """By real names: the audit is the host's."""
        people = {f"entrant {one.id}": one.name for one in board.people.entrants(with_removed=True)}
        return cls(teams=board.classroom.names(real=True), people=people)

    def __call__(self, name: str) -> str:
        """How `name` is called; what is nobody's name stays as it is."""
        return self.people.get(name, self.teams.get(name, name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the audit in words. `at` is on the clock of the course, without its zone."""

    at: str
    actor: str
    action: str
    about: str
    detail: str


def in_words(events: Sequence[Event], called: Called, zone: tzinfo | None) -> tuple[Line, ...]:
    """Lines of the audit as they are read."""
    return tuple(
        Line(
            at=short(event.at, zone),
            actor=called(event.actor),
            action=event.action,
            about=called(event.about),
            detail=_detail(json.loads(event.detail), called, zone),
        )
        for event in events
    )


def short(at: float, zone: tzinfo | None) -> str:
    """A time on the clock of the course, without its zone: of many below each other it is the same."""
    return f"{datetime.fromtimestamp(at, zone):%a %Y-%m-%d %H:%M}"


def _detail(detail: Mapping[str, Any], called: Called, zone: tzinfo | None) -> str:
    """What a line says beside its action: ``closes Fri 2026-11-27 23:59, why ill``."""
    told = []
    for key, value in detail.items():
        if key in _TIMES:
            told.append(f"{key} {'-' if value is None else short(value, zone)}")
        elif key == "team":
            told.append(called.teams.get(value, str(value)))
        elif isinstance(value, list):
            told.append(f"{key} {' '.join(map(str, value)) or 'none'}")
        else:
            told.append(f"{key} {value}")
    return ", ".join(told)
