"""What ``kit`` alone knows of a class that this workspace holds: what its host does next, and what hosts type."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from kit.cli.competitions import moment
from kit.errors import KitError
from kit.workspace import Workspace

if TYPE_CHECKING:
    from leaderboard.class_step import Step
    from leaderboard.schedule import Schedule
    from leaderboard.store.base import Store
    from leaderboard.store.people import Entrant

_ATTENDED_WITHIN_S = 20.0
PATIENCE_S = 0.1  # for a board that another program has locked
_OF_HOST = {
    "kit roster": "who is in the class",
    "kit roster add FILE": "put students on it",
    "kit serve": "open the class board",
    "kit leaderboard": "who is where",
    "kit open NAME": "when it begins",
    "kit close NAME": "when it ends",
    "kit extend TEAM": "more time or tries",
    "kit competitions": "what there is to enter",
    "kit reveal NAME": "open the private ranking",
    "kit export grades": "points for the gradebook",
    "kit similar": "teams with the same answers",
    "kit audit": "what was changed, by whom",
    "kit explain CODE": "what an error means",
    "kit doctor": "what is installed and set",
}


def host_commands(workspace: Workspace) -> dict[str, str] | None:
    """What the host of a class types, and what for; None where this workspace has no class."""
    return None if host_step(workspace) is None else _OF_HOST


def host_step(workspace: Workspace) -> Step | None:
    """What the host of a class board does next; None where this workspace has no class."""
    state = workspace.found_state
    if state is None or not (state / "board.sqlite").exists():
        return None
    from leaderboard.store.sqlite import SqliteStore
    from leaderboard.store.sqlite_people import SqlitePeople

    try:
        store = SqliteStore(state / "board.sqlite", timeout_s=PATIENCE_S)
    except KitError:
        return None
    try:
        people = SqlitePeople(store.database)
        return _step_of_host(workspace, store, people.entrants()) if people.is_class() else None
    except KitError:
        return None
    finally:
        store.close()


def _step_of_host(workspace: Workspace, store: Store, everybody: tuple[Entrant, ...]) -> Step:
    from leaderboard.board import REVEAL
    from leaderboard.schedule import effective

    command, words = _serving(everybody, is_served=store.n_attending(_ATTENDED_WITHIN_S) > 0)
    name = workspace.config.competition
    if name is None:
        return command, words
    competition, events = workspace.competition(name), store.audit(about=name)
    schedule = effective(competition, events)
    if any(event.action == REVEAL for event in events):
        return f"export grades -c {name}{' --practice' if competition.practice else ''}", "points for the gradebook"
    if _is_over(schedule, store.clock()):
        return f"reveal {name}", f"{name} has ended: open the private ranking, for good"
    return command, words + _closing(name, schedule, workspace)


def _serving(everybody: tuple[Entrant, ...], *, is_served: bool) -> Step:
    joined = sum(one.claimed_at is not None for one in everybody)
    said = f"{joined} of {len(everybody)} on the roster have joined"
    return ("roster", f"the board is served now: {said}") if is_served else ("serve", f"open the class board: {said}")


def _is_over(schedule: Schedule, now: float) -> bool:
    """Whether nobody can hand in any more."""
    ends = [schedule.terms(team).ends for team in ("", *schedule.teams)]
    return all(end is not None and now >= end for end in ends)


def _closing(name: str, schedule: Schedule, workspace: Workspace) -> str:
    if schedule.closes is None:
        return ""
    zone: tzinfo | None = ZoneInfo(workspace.config.zone) if workspace.config.zone else None
    closes = datetime.fromtimestamp(schedule.closes, zone).astimezone(zone)
    return f"; {name} ends {moment(closes)}" if closes > datetime.now(closes.tzinfo) else ""
