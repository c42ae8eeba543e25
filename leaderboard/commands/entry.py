"""What ``kit submit`` and ``kit run`` do before a plugin runs: find it, check its source, choose the competition."""

from __future__ import annotations

from dataclasses import dataclass

from kit.plugin.archive import pack
from kit.plugin.check import require_static
from kit.plugin.manifest import examine
from kit.workspace import Found, Workspace, is_path


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A plugin that may run.

    Parameters
    ----------
    found
        Where it is.
    name
        How the entrant calls it: ``plugins/my_cnn`` or ``my_cnn``.
    competition, chosen_by
        What it is for, and who says so.
    kind
        Of the competition.
    archive
        Its files, packed.
    """

    found: Found
    name: str
    competition: str
    chosen_by: str
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
    found = here.model(path, command=command)
    name = path.rstrip("/") if is_path(path) else found.name
    manifest, _ = examine(found.path, shown=name)
    if manifest is None:
        require_static(found.path, shown=name)
    assert manifest is not None
    chosen, reason = here.choose_competition(competition, manifest.competition, manifest.tasks)
    kind = here.competition(chosen).kind
    require_static(found.path, kind=kind, shown=name)
    return Entry(found=found, name=name, competition=chosen, chosen_by=reason, kind=kind, archive=pack(found.path))
