"""What the commands that take a plugin have in common: the option that says for what, and how both are found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from kit.cli import completion
from kit.workspace import Found, Workspace, is_path

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A plugin and what it is for.

    Parameters
    ----------
    found
        Where it is.
    name
        How the entrant calls it: ``plugins/my_cnn`` or ``my_cnn``.
    competition, chosen_by
        What it is for, and who says so.
    """

    found: Found
    name: str
    competition: str
    chosen_by: str


def competition_option(*, help: str = "Which competition; else the plugin or kit.toml says.") -> Callable[[F], F]:  # noqa: A002
    """Add ``-c`` to a command, which is told as ``competition``."""
    return click.option("-c", "--competition", metavar="NAME", shell_complete=completion.competitions, help=help)


def find_plugin(here: Workspace, path: str, *, competition: str | None, command: str) -> Named:
    """The plugin at `path`, whose source can be read at least. `command` is what was typed before it, for advice.

    Raises
    ------
    UsageError
        E001, E005, E006; E012 if the competition takes files only.
    PluginError
        E101, E106 and whatever else there is to mend in a source that can't be read.
    """
    from kit.plugin.check import require_static
    from kit.plugin.manifest import examine

    found = here.model(path, command=command)
    name = path.rstrip("/") if is_path(path) else found.name
    manifest, _ = examine(found.path, shown=name)
    if manifest is None:
        require_static(found.path, shown=name)
    assert manifest is not None
    chosen, reason = here.choose_competition(competition, manifest.competition, manifest.tasks)
    here.require_rows(chosen)
    return Named(found=found, name=name, competition=chosen, chosen_by=reason)
