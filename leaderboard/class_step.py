"""What ``kit`` alone knows of a class that one has joined: what somebody in it can do there now.

The class is asked once, for a second or two; where it does not answer, what it last said is taken, and told as that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit.cli.competitions import moment
from kit.cli.place import clock
from kit.cli.screen import count
from kit.errors import RefusedError
from kit.plugin.manifest import examine, is_installed
from kit.workspace import Workspace

if TYPE_CHECKING:
    from leaderboard.client.remote import ClassBoard, Listed

Step = tuple[str, str]  # a command without "kit", and what it is for


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Something that was sent to the class from here; `state` as when it was last seen."""

    competition: str
    blob_sha256: str
    state: str
    valid_score: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedClass:
    """A class that one has joined, as it is now.

    Parameters
    ----------
    listed
        What the class says.
    row
        The competition that is meant where none is named; None where that can't be told.
    n_waiting
        Submissions in the outbox.
    submissions
        What was sent from here, oldest first.
    """

    listed: Listed
    row: dict[str, Any] | None
    n_waiting: int
    submissions: tuple[Sent, ...]

    @property
    def name(self) -> str:
        """Of the competition that is meant; empty where that can't be told."""
        return "" if self.row is None else str(self.row["name"])

    def ranking(self, submission: Sent) -> str:
        """The command that shows a board with a submission on it."""
        return f"leaderboard {submission.competition}"

    def is_there(self, submission: Sent) -> bool:
        """Whether the class has it, and will tell or has told a score."""
        return submission.state in ("scored", "queued", "running")

    def is_better(self, competition: str, new: float, old: float) -> bool:
        """Whether a score is better than another one."""
        greater = next((row["greater_is_better"] for row in self.listed.rows if row["name"] == competition), True)
        return new > old if greater else new < old

    def flag(self, workspace: Workspace, plugin: Path | None) -> str:
        """``-c NAME`` where a command for `plugin` would not mean the competition of the class by itself."""
        manifest = examine(plugin)[0] if plugin is not None else None
        is_said = workspace.config.competition == self.listed.default == self.name
        return "" if is_said or (manifest is not None and manifest.competition) else f" -c {self.name}"

    def words(self) -> str:
        """How long there is, and how many tries: ``digits ends Fri 2026-11-27 23:59 (in 2 d 4 h), 7 tries left``."""
        if self.row is None:
            return "the class does not answer now" if self.listed.is_away else ""
        closes, left = _time(self.row["closes"]), self.row["tries_left"]
        ends = f"ends {moment(closes)}" if closes is not None else "has no deadline"
        said = f"{self.name} {ends}" + (f", {count(left, 'try', 'tries')} left" if left is not None else "")
        return f"the class does not answer; at {clock(self.listed.at)} it said: {said}" if self.listed.is_away else said


def joined_class(board: ClassBoard) -> JoinedClass:
    """What the class says now, or last said. Raises `KitError` where it does not know one any more."""
    from leaderboard.client import outbox
    from leaderboard.client.remote import sent

    listed = board.listed()
    fields = ("competition", "state", "valid_score")
    return JoinedClass(
        listed=listed,
        row=_meant(listed),
        n_waiting=len(outbox.waiting(board.membership)),
        submissions=tuple(Sent(blob_sha256=row["sha256"], **{key: row[key] for key in fields}) for row in sent()),
    )


def _meant(listed: Listed) -> dict[str, Any] | None:
    """The class's own, the only one, or else the first that one has tried."""
    named = [row for row in listed.rows if row["name"] == listed.default]
    only = list(listed.rows) if len(listed.rows) == 1 else []
    tried = [row for row in listed.rows if row["rank"] is not None]
    return next(iter([*named, *only, *tried]), None)


def step_in_class(workspace: Workspace, seen: JoinedClass) -> Step | None:
    """What a class asks for before it is a question of plugins; None where it is."""
    if seen.n_waiting:
        when = ", once the class answers" if seen.listed.is_away else ""
        return f"leaderboard {seen.name}".rstrip(), f"sends what waits in the outbox ({seen.n_waiting}){when}"
    if seen.row is None:
        return None
    row, name = seen.row, seen.name
    opens, closes, next_try = (_time(row[key]) for key in ("opens", "closes", "next_try"))
    now = datetime.now().astimezone()
    if opens is not None and now < opens:
        return f"info {name}", f"what {name} asks: it opens {moment(opens)}"
    if closes is not None and now >= closes:
        return f"leaderboard {name}", f"who is where: {name} has ended"
    if next_try is not None and now < next_try:
        return f"leaderboard {name}", f"no try is left now, the next opens {moment(next_try)}; kit run scores here"
    can_train = is_installed("torch") or is_installed("sklearn")
    if not (row["takes_code"] and can_train and name in workspace.competitions):
        if any(one.competition == name for one in seen.submissions) or row["rank"] is not None:
            return f"leaderboard {name}", f"who is where; {seen.words()}"
        return f"data {name} --csv", f"the rows to answer, for kit submit; {seen.words()}"
    return None


def step_of_stranger(error: RefusedError) -> Step:
    """What to do where the class does not know one's token any more."""
    return "leave", f"{error.problem.message}: leave, then join again"


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
