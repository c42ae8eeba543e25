"""What is registered, by whom, and what happens when two register the same or one can't be loaded."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kit.errors import UsageError
from kit.plugin.built_in import BUNDLED, COMPETITIONS, MODELS
from kit.plugin.manager import Registered, by_name, harness, resolve

REGISTERS = [
    "register_commands",
    "register_competitions",
    "register_executors",
    "register_metrics",
    "register_models",
    "register_sandboxes",
    "register_sources",
]


def installed(folder: Path, name: str, module: str) -> None:
    """A distribution with one module and an entry point for it, as an installer leaves it."""
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.py").write_text(module)
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[kit]\n{name} = {name}\n")


def in_python(code: str, folder: Path) -> str:
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(folder)!r})\n{code}"]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


@pytest.mark.parametrize("hook", REGISTERS)
def test_everything_of_ours_comes_through_a_hook(hook: str) -> None:
    assert harness().catalogue(hook)


@pytest.mark.parametrize("hook", ["register_metrics", "register_sources", "register_sandboxes", "register_executors"])
def test_every_registered_string_names_something_that_exists(hook: str) -> None:
    for registered in harness().catalogue(hook).values():
        assert resolve(registered.value) is not None


def test_a_stranger_registers_as_we_do(tmp_path: Path) -> None:
    module = "from kit import hookimpl\n@hookimpl\ndef register_metrics():\n    return {'fair': 'theirs:FAIR'}\n"
    installed(tmp_path, "theirs", module)

    out = in_python(
        "from kit.plugin.manager import harness\nprint(harness().catalogue('register_metrics')['fair'])", tmp_path
    )

    assert "origin='theirs'" in out


def test_a_distribution_that_can_not_be_loaded_stops_no_other(tmp_path: Path) -> None:
    installed(tmp_path, "broken", "import a_module_that_is_not_there\n")

    out = in_python(
        "from kit.plugin.manager import harness\n"
        "print(harness().broken, 'submit' in harness().catalogue('register_commands'))",
        tmp_path,
    )

    assert "a_module_that_is_not_there" in out
    assert out.rstrip().endswith("True")


def test_a_name_that_two_register_is_refused_and_names_both() -> None:
    twice = [Registered(name="f1", value="a:F", origin="one"), Registered(name="f1", value="b:F", origin="two")]

    with pytest.raises(UsageError, match="one and by two") as caught:
        by_name(twice, "register_metrics")
    assert caught.value.code == "E007"


def test_a_name_that_nobody_registered_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="E001") as caught:
        harness().load("register_metrics", "acuracy")
    assert caught.value.problem.fix == "did you mean   accuracy ?"


@pytest.mark.parametrize("reference", ["kit.nowhere:X", "kit.metrics.rmse:NOTHING", "kit.metrics.rmse"])
def test_what_is_registered_and_is_not_there_is_told(reference: str) -> None:
    with pytest.raises(UsageError, match="can't be loaded"):
        resolve(reference)


@pytest.mark.parametrize(
    ("names", "pattern"), [(COMPETITIONS, "competitions/*/competition.toml"), (MODELS, "plugins/*/plugin.py")]
)
def test_what_ships_is_what_is_in_the_repository(names: tuple[str, ...], pattern: str) -> None:
    git = shutil.which("git")
    listed = subprocess.run([git or "git", "ls-files", pattern], cwd=BUNDLED, capture_output=True, text=True)
    if git is None or listed.returncode:
        pytest.skip("no repository to ask: this is a copy of its files")

    assert tuple(Path(file).parent.name for file in listed.stdout.split()) == names


def test_nothing_else_is_registered_as_a_model_that_ships() -> None:
    assert set(harness().catalogue("register_models")) == set(MODELS)
