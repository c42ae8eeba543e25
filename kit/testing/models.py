"""`ModelPluginCase`: what ``kit check`` finds of a plugin, as one test a check, for those who publish plugins."""

# ruff: noqa: D102 - the name of a test says what it shows

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import ClassVar

import pytest

from kit.config import FILE_NAME
from kit.errors import Problem
from kit.job import Check
from kit.trial import ORDER, SOURCE, checks
from kit.workspace import Workspace

NAMES = (*SOURCE, *(name for name in ORDER if name not in SOURCE))


class ModelPluginCase:
    """Subclass it, say which plugin it is, and pytest collects a test for each check of ``kit check``.

    A check that failed fails its test, with the words of ``kit check``; one that could not be tried is skipped with
    the reason. The plugin runs once, in a child process, on a few rows of the competition.

    Attributes
    ----------
    path
        The plugin: a folder with ``plugin.py``, or a single file.
    competition
        What it is tried on; one that comes with the kit, or is installed. The default needs no download.
    """

    path: ClassVar[Path]
    competition: ClassVar[str] = "digits"

    @pytest.fixture
    def made(self) -> tuple[Check, ...]:
        """All checks of the plugin."""
        return _made(self.path, self.competition)

    @pytest.mark.parametrize("name", NAMES)
    def test_check(self, made: tuple[Check, ...], name: str) -> None:
        found = [check for check in made if check.name == name]
        if failed := [check for check in found if not check.ok]:
            pytest.fail("\n\n".join(_in_words(check.problem) if check.problem else check.detail for check in failed))
        if all(check.state == "not checked" for check in found):
            pytest.skip(found[0].detail if found else "what came before it failed")


@cache
def _made(path: Path, competition: str) -> tuple[Check, ...]:
    """Once for all tests of a class; not a fixture of its scope, which pytest wants to be a method of the class."""
    with tempfile.TemporaryDirectory(prefix="kit-models-", ignore_cleanup_errors=True) as root:
        Path(root, FILE_NAME).write_text(f'competition = "{competition}"\n', encoding="utf-8")
        here = Workspace.find(Path(root), environ={})
        prepared, limits = here.prepared(competition), here.competition(competition).limits.of_run()
        return tuple(checks(path, name=path.name, prepared=prepared, executor=here.executor(), limits=limits))


def _in_words(problem: Problem) -> str:
    parts = [f"{problem.code}  {problem.message}", problem.where, problem.excerpt]
    parts += [f"{label}  {text}" for label, text in (("Why", problem.why), ("Fix", problem.fix)) if text]
    return "\n      ".join(filter(None, parts))
