"""Where a command works: the workspace, said aloud where it is not the folder one stands in."""

from __future__ import annotations

from collections.abc import Callable
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
