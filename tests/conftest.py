"""Fixtures that more than one package's tests use."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kit.workspace import Workspace

ROOT = Path(__file__).resolve().parents[1]
KitProcess = subprocess.CompletedProcess[str]


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test reads or writes what belongs to the person who runs it; a data home stays, it is read-only."""
    for name in list(os.environ):
        if name.startswith("KIT_") and name != "KIT_DATA_HOME":
            monkeypatch.delenv(name)
    # As in an activated environment: what a screen prints must not depend on where the checkout lies.
    monkeypatch.delenv("UV_RUN_RECURSION_DEPTH", raising=False)
    monkeypatch.delenv("COLUMNS", raising=False)  # readline sets it for the process that imports it
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    home = tmp_path_factory.getbasetemp() / "home"
    home.mkdir(exist_ok=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "share"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.setenv("KIT_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture(scope="session")
def prepared_digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The prepared data of digits, made once: a process of its own takes a second or two to make them."""
    folder = tmp_path_factory.mktemp("prepared")
    (folder / "kit.toml").write_text("")
    return Workspace.find(folder, environ={}).prepared("digits").folder


@pytest.fixture
def bare_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace whose only competition by default is ``digits``; the current folder."""
    folder = tmp_path / "class"
    folder.mkdir()
    (folder / "kit.toml").write_text('title = "A class"\ncompetition = "digits"\n')
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def workspace(bare_workspace: Path, prepared_digits: Path) -> Path:
    """The same with the data of digits prepared, as after the first command."""
    shutil.copytree(prepared_digits, bare_workspace / ".kit" / "prepared" / "digits")
    return bare_workspace


@pytest.fixture
def kit(workspace: Path) -> Callable[..., KitProcess]:
    """Runs ``kit`` in the workspace as a process of its own, as a user does."""

    def run(*arguments: str, cwd: Path = workspace, **environment: str) -> KitProcess:
        return subprocess.run(
            [sys.executable, "-P", "-m", "kit", *arguments],
            cwd=cwd,
            env=os.environ | {"COLUMNS": "120"} | environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=100,
        )

    return run


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """The system's Chromium; one for each file of tests."""
    api = pytest.importorskip("playwright.sync_api", reason="the group docs is not installed")
    if (program := shutil.which("chromium")) is None:
        pytest.skip("there is no chromium")
    with api.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()
