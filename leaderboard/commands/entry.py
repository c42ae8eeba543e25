"""What ``kit submit`` and ``kit run`` do before a plugin runs: find it, check its source, choose the competition."""

from __future__ import annotations

from dataclasses import dataclass

from kit.cli.entry import Named, find_plugin
from kit.plugin.archive import pack
from kit.plugin.check import require_static
from kit.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Named):
    """A plugin that may run.

    Parameters
    ----------
    found, name, competition, chosen_by
        As in `Named`.
    kind
        Of the competition.
    archive
        Its files, packed.
    """

    kind: str
    archive: bytes


def read_entry(here: Workspace, path: str, *, competition: str | None, command: str = "kit submit") -> Entry:
    """The plugin at `path`, its source in order. `command` is what was typed before it, for advice.

    Raises
    ------
    UsageError
        E001, E005, E006.
    PluginError
        E1xx, everything that is wrong at once.
    """
    named = find_plugin(here, path, competition=competition, command=command)
    kind = here.competition(named.competition).kind
    require_static(named.found.path, kind=kind, shown=named.name)
    return Entry(
        found=named.found,
        name=named.name,
        competition=named.competition,
        chosen_by=named.chosen_by,
        kind=kind,
        archive=pack(named.found.path),
    )
