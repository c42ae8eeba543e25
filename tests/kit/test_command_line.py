"""The group and the boundary: names, exit codes, and how this kit is called."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kit import __version__
from kit.cli import run
from kit.cli.explain import titles
from kit.cli.invocation import Invocation, program
from kit.plugin.manager import harness

HEAVY = {"numpy", "pandas", "sklearn", "torch", "pydantic", "rich", "sqlite3"}


def kit(*arguments: str, stdout: int = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "kit", *arguments], stdout=stdout, stderr=subprocess.PIPE, text=True, timeout=60
    )


@pytest.mark.parametrize("arguments", [[], ["--help"], ["--version"]])
def test_kit_and_its_help_import_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    code = f"import sys, kit.cli; kit.cli.run({arguments!r}); print(*sys.modules)"

    done = subprocess.run([sys.executable, "-P", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)

    assert HEAVY.intersection(done.stdout.split()) == set()


@pytest.mark.parametrize("name", sorted(harness().catalogue("register_commands")))
def test_every_command_can_be_loaded_and_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"Usage: kit {name}")


def test_an_unknown_command_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["submt"]) == 2
    assert "submit ?" in capsys.readouterr().err


def test_a_wrong_option_is_a_mistake_of_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "--jsn"]) == 2
    assert capsys.readouterr().err.startswith("E002")


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"kit {__version__}\n"


def test_c_works_in_another_folder_and_comes_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = Path.cwd()

    assert run(["-C", str(tmp_path), "init", "here"]) == 0

    assert (tmp_path / "here" / "kit.toml").is_file()
    assert Path.cwd() == before


def test_c_with_a_folder_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-C", "nowhere", "explain"]) == 2
    assert "nowhere" in capsys.readouterr().err


def test_a_reader_who_leaves_early_is_no_error() -> None:
    shell = f"{sys.executable} -P -m kit explain | head -1"

    done = subprocess.run(["bash", "-o", "pipefail", "-c", shell], capture_output=True, text=True, timeout=60)

    assert done.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a disk that is always full")
def test_a_full_disk_under_the_output_is_told() -> None:
    with Path("/dev/full").open("w") as full:
        done = kit("explain", stdout=full.fileno())

    assert done.returncode == 8
    assert done.stderr.startswith("E703")


def test_a_mistake_of_ours_says_so_and_where_to_look(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("kit.cli.explain.titles", lambda: 1 / 0)

    assert run(["explain"]) == 1

    told = capsys.readouterr().err
    assert "--traceback" in told
    assert "Traceback" not in told


def test_traceback_shows_where(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("kit.cli.explain.titles", lambda: 1 / 0)

    run(["--traceback", "explain"])

    assert "ZeroDivisionError" in capsys.readouterr().err


def test_ctrl_c_ends_with_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("kit.cli.explain.titles", interrupted)

    assert run(["explain"]) == 130
    assert "stopped" in capsys.readouterr().err


def test_no_colour_reaches_a_pipe() -> None:
    assert "\x1b" not in kit("submt").stderr


def test_every_code_that_is_listed_has_a_lesson_that_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    for code in titles():
        assert run(["explain", code.lower()]) == 0
        assert capsys.readouterr().out.startswith(f"{code}  ")


def test_kit_on_the_path_is_called_kit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script = tmp_path / "kit"
    script.write_text("")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "argv", [str(script)])

    assert program(tmp_path, {"PATH": str(tmp_path)}) == "kit"


def test_under_uv_run_in_a_checkout_the_reader_types_uv_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    uv = tmp_path / "uv"
    uv.write_text("")
    uv.chmod(0o755)
    checkout = Path(__file__).resolve().parents[2]

    typed = program(
        checkout, {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{tmp_path}", "UV_RUN_RECURSION_DEPTH": "1"}
    )

    assert typed.startswith("uv run ")


def test_elsewhere_the_script_is_named_by_its_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script = tmp_path / "bin" / "kit"
    script.parent.mkdir()
    script.write_text("")
    monkeypatch.setattr(sys, "argv", [str(script)])

    assert program(tmp_path, {"PATH": ""}) == "bin/kit"


def test_a_parameter_of_fit_typed_as_an_option_is_answered_with_set(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["run", "my_cnn", "--lr", "0.01"]) == 2
    told = capsys.readouterr().err

    assert "--set lr=VALUE" in told
    assert "Did you mean" not in told


def test_a_folder_below_home_is_printed_as_a_shell_takes_it() -> None:
    assert Invocation(_program="kit").prefix(directory="~/a b/demo-1") == "kit -C ~/'a b/demo-1'"
    assert Invocation(_program="kit").prefix(directory="~/demo-1") == "kit -C ~/demo-1"


def test_a_tilde_that_no_shell_has_expanded_is_home(capsys: pytest.CaptureFixture[str]) -> None:
    (Path(os.environ["HOME"]) / "here").mkdir(exist_ok=True)

    assert run(["-C", "~/here", "competitions"]) == 0
