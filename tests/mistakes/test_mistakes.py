"""Beginners' plugins, each with one mistake, on the road that they take: the right code, the right line, the cause.

The first line of a plugin says what is wrong with it, and what has to come out::

    # the mistake | competition | submit or check | code | line | a part of the cause
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from kit.cli import run
from kit.workspace import Workspace

PLUGINS = sorted((Path(__file__).parent / "plugins").glob("*.py"))
COMPETITIONS = ("digits", "breast-cancer")


class Mistake(NamedTuple):
    """The first line of a plugin."""

    what: str
    competition: str
    command: str
    code: str
    line: str
    cause: str


def read(plugin: Path) -> Mistake:
    first = plugin.read_text(encoding="utf-8").partition("\n")[0]
    return Mistake(*(part.strip() for part in first.removeprefix("#").split("|")))


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The prepared data of the competitions, made once."""
    folder = tmp_path_factory.mktemp("mistakes")
    (folder / "kit.toml").write_text("")
    here = Workspace.find(folder, environ={})
    for name in COMPETITIONS:
        here.prepared(name)
    return here.state / "prepared"


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda path: path.stem)
def test_a_beginners_mistake_is_explained(
    plugin: Path, workspace: Path, prepared: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    mistake = read(plugin)
    if "import torch\n" in plugin.read_text(encoding="utf-8"):
        pytest.importorskip("torch")
    shutil.copytree(prepared, workspace / ".kit" / "prepared")
    (workspace / "plugins").mkdir()
    shutil.copy(plugin, workspace / "plugins")
    monkeypatch.setenv("COLUMNS", "200")

    exit_code = run([mistake.command, f"plugins/{plugin.name}", "-c", mistake.competition])

    said = capfd.readouterr()
    told = said.out + said.err
    assert mistake.cause in " ".join(told.split()), told
    assert max(map(len, told.splitlines())) <= 100
    if mistake.code == "-":
        assert exit_code == 0
        return
    place = f"plugins/{plugin.name}:{mistake.line.removeprefix('line ')}"
    assert f"{mistake.code}  " in told
    assert place in told or mistake.line in told, told
    assert exit_code == (0 if mistake.code.startswith("E12") and "Ready" in told else 3)


def test_there_are_twenty_and_each_line_is_one_of_the_file() -> None:
    assert len(PLUGINS) >= 20
    for plugin in PLUGINS:
        line = read(plugin).line.removeprefix("line ")
        assert line == "-" or plugin.read_text(encoding="utf-8").splitlines()[int(line) - 1].strip()
