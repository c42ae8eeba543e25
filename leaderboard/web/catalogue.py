"""What the competitions of a class are called and what they are, also after one was changed while the server runs."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit.errors import KitError
from leaderboard.web import clerk_files
from leaderboard.web.once import Once

if TYPE_CHECKING:
    from kit.workspace import Workspace
    from leaderboard.web.staff import Staff

_FILES = ("competition.toml", "README.md", "baselines.json")


class Catalogue:
    """The competitions of a workspace.

    What is said of one is kept as long as its files and its prepared data are the same: reading them all takes longer
    than drawing the page on which they stand.
    """

    def __init__(self, workspace: Workspace, staff: Staff) -> None:
        self._workspace, self._staff = workspace, staff
        self._titles: dict[str, tuple[str, str | None]] = {}
        self._about = Once[str, dict[str, Any]]()

    def titles(self) -> tuple[tuple[str, str], ...]:
        """(name, title) of the competitions that can be read."""
        told = ((name, self._title(name)) for name in self._workspace.competitions)
        return tuple((name, title) for name, title in told if title is not None)

    def _title(self, name: str) -> str | None:
        stamp = self._stamp(name)
        if self._titles.get(name, (None,))[0] != stamp:
            title = None
            with suppress(KitError):  # the host's page and `kit competitions` say what is wrong with it
                title = self._workspace.competition(name).title
            self._titles[name] = stamp, title
        return self._titles[name][1]

    async def about(self, name: str) -> dict[str, Any]:
        """What a competition is, as `leaderboard.web.clerk_files.about` says it."""
        return await self._about.get(name, self._stamp(name), lambda: self._staff.clerk(clerk_files.about, name))

    def _stamp(self, name: str) -> str:
        """Changes with what a competition is made of."""
        folder, prepared = self._workspace.folder(name), self._workspace.state / "prepared" / name
        return _marks([*(folder / file for file in _FILES), prepared / "public" / "facts.json"])


def _marks(paths: Iterable[Path]) -> str:
    """When each file was written and how long it is; nothing of those that are not there."""
    marks = []
    for path in paths:
        try:
            stat = path.stat()
        except OSError:
            continue
        marks.append(f"{stat.st_mtime_ns}/{stat.st_size}")
    return " ".join(marks)
