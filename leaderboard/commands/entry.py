"""What is done before a plugin runs: find it, check its source, choose the competition, prepare what it runs on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kit.cli.entry import Named, find_plugin
from kit.errors import Problem, UsageError
from kit.job import Json
from kit.plugin.archive import pack
from kit.plugin.check import require_static
from kit.workspace import ANSWER_SUFFIXES, Workspace

if TYPE_CHECKING:
    from leaderboard.training import NewRun


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


def read_trainable(here: Workspace, path: str, competition: str | None, *, command: str = "kit run") -> Entry:
    """The plugin at `path`, its source in order. `command` is what was typed before it, for advice.

    Raises
    ------
    UsageError
        E006 for a file of answers, E001, E005.
    PluginError
        E1xx, everything that is wrong at once.
    """
    if Path(path).suffix.lower() in ANSWER_SUFFIXES:
        message = f"{path} is a file of answers: there is nothing to train"
        raise UsageError(Problem(code="E006", message=message, fix=f"kit submit {path}"))
    return read_entry(here, path, competition=competition, command=command)


def new_run(
    here: Workspace,
    entry: Entry,
    *,
    params: dict[str, Json],
    defaults: dict[str, Json],
    seed: int = 0,
    on_progress: Callable[[str], None] | None = None,
) -> NewRun:
    """What is to be run: the competition's data are prepared, its limits and its measured baselines known.

    Parameters
    ----------
    here, entry
        The workspace and the plugin.
    params, defaults, seed
        As in `LocalRun`.
    on_progress
        Told what is being done where the data have to be prepared first.
    """
    from leaderboard.training import NewRun, measured_against

    name = entry.competition
    reference, constant = measured_against(here.baselines(name), entry.kind)
    return NewRun(
        competition=name,
        prepared=here.prepared(name, on_progress=on_progress),
        metric=here.metric(name),
        limits=here.competition(name).limits.of_run(),
        archive=entry.archive,
        name=entry.name,
        plugin=entry.found.name,
        params=params,
        defaults=defaults,
        seed=seed,
        reference=reference,
        constant=constant,
    )
