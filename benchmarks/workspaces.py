"""A temporary workspace whose competitions are prepared, so that a benchmark times what comes after that."""

from __future__ import annotations

from pathlib import Path

from kit.workspace import Workspace


def prepared_workspace(folder: Path, *competitions: str) -> Path:
    """Make `folder` a workspace and prepare these competitions in it."""
    (folder / "kit.toml").write_text('title = "A benchmark"\n')
    for name in competitions:
        Workspace.find(folder).prepared(name)
    return folder
