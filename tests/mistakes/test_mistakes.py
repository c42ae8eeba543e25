"""Beginners' plugins, each with one mistake, on the road that they take: the right code, the right line, the cause.

The first line of a plugin says what is wrong with it, and what has to come out::

    # the mistake | competition | submit or check | code | line | a part of the cause
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

from kit.workspace import Workspace

PLUGINS = sorted((Path(__file__).parent / "plugins").glob("*.py"))
COMPETITIONS = ("digits", "breast-cancer")
Finished = subprocess.CompletedProcess[str]


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
def finished(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[Finished]]]:
    """What ``kit`` says of each plugin that is tested now; two at a time, because each waits for a child."""
    folder = tmp_path_factory.mktemp("mistakes")
    (folder / "kit.toml").write_text("")
    here = Workspace.find(folder, environ={})
    for name in COMPETITIONS:
        here.prepared(name)
    chosen = [item.callspec.params.get("plugin") for item in request.session.items if hasattr(item, "callspec")]
    with ThreadPoolExecutor(2) as pool:
        yield {p.stem: pool.submit(typed, p, folder, here.state / "prepared") for p in PLUGINS if p in chosen}


def typed(plugin: Path, folder: Path, prepared: Path) -> Finished:
    """Run the plugin's command in a workspace of its own."""
    mistake, here = read(plugin), folder / plugin.stem
    shutil.copytree(prepared, here / ".kit" / "prepared")
    (here / "kit.toml").write_text("")
    (here / "plugins").mkdir()
    shutil.copy(plugin, here / "plugins")
    ours = {name: value for name, value in os.environ.items() if not name.startswith("KIT_")}
    return subprocess.run(
        [sys.executable, "-P", "-m", "kit", mistake.command, f"plugins/{plugin.name}", "-c", mistake.competition],
        cwd=here,
        env=ours | {"COLUMNS": "200", "HOME": str(folder), "XDG_DATA_HOME": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=100,
    )


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda path: path.stem)
def test_a_beginners_mistake_is_explained(plugin: Path, finished: dict[str, Future[Finished]]) -> None:
    mistake = read(plugin)
    if "import torch\n" in plugin.read_text(encoding="utf-8"):
        pytest.importorskip("torch")

    done = finished[plugin.stem].result()
    told = done.stdout

    assert mistake.cause in " ".join(told.split()), told
    assert f"plugins/{plugin.name}:{mistake.line}" in told or f"line {mistake.line}" in told or mistake.code == "-"
    assert mistake.code == "-" or f"{mistake.code}  " in told
    assert done.returncode == (0 if "Ready" in told or mistake.code == "-" else 3)
    assert "Traceback" not in told
    assert max(map(len, told.splitlines())) <= 100, told


def test_there_are_twenty_and_each_line_is_one_of_the_file() -> None:
    assert len(PLUGINS) >= 20
    for plugin in PLUGINS:
        line = read(plugin).line
        assert line == "-" or plugin.read_text(encoding="utf-8").splitlines()[int(line) - 1].strip()
