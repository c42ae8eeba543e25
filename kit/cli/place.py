"""Where a command works: the workspace, said aloud where it is not the folder one stands in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import click

from kit.cli import screen
from kit.cli.invocation import current
from kit.plugin.manager import harness
from kit.workspace import Workspace

F = TypeVar("F", bound=Callable[..., Any])


def workspace() -> Workspace:
    """The workspace of the current folder; says so where there is none and the user's data folder is taken."""
    found = Workspace.find()
    if not found.has_file:
        screen.say(f"No kit.toml in this folder or above it: what is kept goes to {found.root}")
    return found


def local_option() -> Callable[[F], F]:
    """Add ``--local`` to a command, which is told as ``is_local``."""
    words = "This computer's own board, though you are in a class."
    return click.option("--local", "is_local", is_flag=True, help=words)


def class_board(*, is_local: bool = False) -> Any:
    """The board of the class that one has joined; None where one is in none, or means the workspace's own board.

    Whoever names a workspace with ``-C`` means its board.
    """
    if is_local or current().directory is not None:
        return None
    return harness().hook.class_board()


def begin_in_class(board: Any) -> None:
    """Say which class this is, and send what has waited for it."""
    screen.say(board.heading)
    for entry, label, error in board.flush():
        if error is None:
            screen.say(f"  sent {entry.name}, kept since {clock(entry.made_at)}: it is {label}")
        else:
            screen.say(f"  {entry.name}, kept since {clock(entry.made_at)}, was not taken:")
            screen.say(screen.error_text(error))


def clock(at: float) -> str:
    """``14:32``, by the clock of this computer; with the day where that is another."""
    then = datetime.fromtimestamp(at).astimezone()
    return f"{then:%H:%M}" if then.date() == datetime.now().astimezone().date() else f"{then:%Y-%m-%d %H:%M}"
