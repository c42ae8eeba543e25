"""Whose row on a board a submission is."""

from __future__ import annotations

from pathlib import Path

_OWN = "you / "


def own_row(name: str) -> str:
    """On a board of one's own every plugin, and every stem of a file, is a row: ``you / my_cnn``."""
    from kit.workspace import answers_stem

    path = Path(name)
    if path.name == "plugin.py":  # the folder is the plugin
        path = path.parent
    return f"{_OWN}{answers_stem(str(path)) or path.resolve().stem}"


def owner(team: str) -> str:
    """Who stands behind a row: all rows of one's own are one person's."""
    return _OWN if team.startswith(_OWN) else team
