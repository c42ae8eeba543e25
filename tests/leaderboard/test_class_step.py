"""The step that ``kit`` alone names to whoever is in a class."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kit.workspace import Workspace
from leaderboard.class_step import JoinedClass, Sent, step_in_class
from leaderboard.client.remote import Listed

ROW: dict[str, Any] = {
    "name": "digits",
    "greater_is_better": True,
    "takes_code": True,
    "opens": None,
    "closes": None,
    "tries_left": 10,
    "next_try": None,
    "rank": None,
}
SENT = Sent(competition="digits", blob_sha256="0", state="scored", valid_score=None)


def at(hours: float) -> str:
    """A time, so many hours from now, as the API tells it."""
    return (datetime.now().astimezone() + timedelta(hours=hours, seconds=30)).isoformat()


def seen(*, n_waiting: int = 0, sent: tuple[Sent, ...] = (), is_away: bool = False, **row: Any) -> JoinedClass:
    listed = Listed(rows=(ROW | row,), default="digits", at=time.time(), is_away=is_away)
    return JoinedClass(listed=listed, row=listed.rows[0], n_waiting=n_waiting, submissions=sent)


@pytest.mark.parametrize(
    ("of_class", "command", "why"),
    [
        (lambda: seen(n_waiting=2), "leaderboard digits", "outbox (2)"),
        (lambda: seen(opens=at(2)), "info digits", "it opens"),
        (lambda: seen(closes=at(-1)), "leaderboard digits", "has ended"),
        (lambda: seen(tries_left=0, next_try=at(3)), "leaderboard digits", "(in 3 h 0 min)"),
        (lambda: seen(takes_code=False), "data digits --csv", "10 tries left"),
        (lambda: seen(takes_code=False, sent=(SENT,)), "leaderboard digits", "who is where"),
    ],
    ids=["waiting", "early", "closed", "no try", "files", "sent"],
)
def test_what_the_class_asks_for_comes_before_plugins(
    of_class: Callable[[], JoinedClass], command: str, why: str, workspace: Path
) -> None:
    step = step_in_class(Workspace.find(workspace), of_class())
    assert step is not None
    assert (step[0], why in step[1]) == (command, True)


def test_an_open_competition_that_takes_code_is_a_question_of_plugins(workspace: Path) -> None:
    assert step_in_class(Workspace.find(workspace), seen(closes=at(5))) is None


def test_what_is_known_of_a_class_that_is_away_is_told_as_old() -> None:
    assert seen(closes=at(5), is_away=True).words().startswith("the class does not answer; at ")


def test_the_competition_is_named_where_the_workspace_means_another(workspace: Path) -> None:
    assert seen().flag(Workspace.find(workspace), None) == ""
    (workspace / "kit.toml").write_text('competition = "mnist"\n')
    assert seen().flag(Workspace.find(workspace), None) == " -c digits"
