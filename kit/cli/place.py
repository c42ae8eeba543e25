"""Where a command works: the workspace, said aloud where it is not the folder one stands in."""

from __future__ import annotations

from kit.cli import screen
from kit.workspace import Workspace


def workspace() -> Workspace:
    """The workspace of the current folder; says so where there is none and the user's data folder is taken."""
    found = Workspace.find()
    if not found.has_file:
        screen.say(f"No kit.toml in this folder or above it: what is kept goes to {found.root}")
    return found
