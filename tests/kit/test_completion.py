"""Completion in the shell, asked for as click's scripts ask, and by a real bash."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kit.cli import run

KIT = Path(sys.executable).with_name("kit")
HEAVY = {"numpy", "pandas", "sklearn", "torch", "pydantic", "rich", "sqlite3"}


def complete(folder: Path, line: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """What a shell is answered for `line`; its last word is the one that is being typed."""
    words = line.split(" ")
    asked = {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1), "_KIT_COMPLETE": "bash_complete"}
    return subprocess.run(
        [sys.executable, "-P", "-c", "from kit.__main__ import main; main()"],
        cwd=folder,
        env=os.environ | asked | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def completed(folder: Path, line: str) -> set[str]:
    done = complete(folder, line)
    assert done.stderr == ""
    return set(done.stdout.split())


@pytest.fixture
def here(workspace: Path) -> Path:
    (workspace / "plugins").mkdir()
    (workspace / "plugins" / "mine.py").write_text("def fit(train):\n    return 1\n")
    (workspace / "preds.csv").write_text("")
    (workspace / "notes.txt").write_text("")
    return workspace


def test_commands_are_completed(here: Path) -> None:
    assert completed(here, "kit sub") == {"plain,submit"}


@pytest.mark.parametrize(
    "line",
    [
        "kit info dig",
        "kit data dig",
        "kit leaderboard dig",
        "kit reveal dig",
        "kit submit x -c dig",
        "kit new x -c dig",
    ],
)
def test_competitions_are_completed(line: str, here: Path) -> None:
    assert completed(here, line) == {"plain,digits"}


def test_plugins_and_files_of_predictions_are_completed(here: Path) -> None:
    found = completed(here, "kit submit ")

    assert {"plain,mine", "plain,cnn", "plain,preds.csv"} <= found
    assert "plain,notes.txt" not in found


@pytest.mark.parametrize("name", ["odd$(touch x)", "odd;ls", "odd one", "odd`ls`", "odd*", "odd\nplain,sub"])
def test_a_name_that_means_something_to_a_shell_is_left_to_the_shell_which_quotes_it(name: str, here: Path) -> None:
    (here / "plugins" / name).mkdir()
    (here / "plugins" / name / "plugin.py").write_text("")
    (here / f"{name}.csv").write_text("")

    assert complete(here, "kit submit od").stdout == "file,od\n"
    assert "odd" not in complete(here, "kit check ").stdout


def test_what_can_be_copied_is_completed(here: Path) -> None:
    assert completed(here, "kit new x --from mi") == {"plain,mine"}


def test_a_path_is_left_to_the_shell(here: Path) -> None:
    assert completed(here, "kit submit plugins/m") == {"file,plugins/m"}


def test_runs_are_completed_the_latest_first(here: Path) -> None:
    for name in ("r2", "r10", ".r11", "notes"):
        (here / ".kit" / "runs" / name).mkdir(parents=True)

    assert complete(here, "kit runs r").stdout.split() == ["plain,r10", "plain,r2"]


@pytest.mark.parametrize("line", ["kit check mi", "kit run mi"])
def test_what_can_be_checked_and_run_is_completed(line: str, here: Path) -> None:
    assert completed(here, line) == {"plain,mine"}


def test_codes_are_completed_in_either_case(here: Path) -> None:
    assert completed(here, "kit explain e00") >= {"plain,E001", "plain,E008"}


def test_metrics_are_completed(here: Path) -> None:
    assert completed(here, "kit metrics rms") == {"plain,rmse", "plain,rmsle", "plain,rmsse"}


def test_another_folder_completes_its_own_names(here: Path, tmp_path: Path) -> None:
    assert completed(tmp_path, f"kit -C {here} submit mi") == {"plain,mine"}


@pytest.mark.parametrize(
    "line", ["kit nothing ", "kit submit x --nothing y", "kit -C /nowhere submit ", "kit info a b c "]
)
def test_what_is_typed_wrong_completes_in_silence(line: str, here: Path) -> None:
    done = complete(here, line)

    assert done.stderr == ""
    assert "kit" not in done.stdout.replace("file,", "")


def test_settings_with_something_to_fix_are_no_noise(here: Path) -> None:
    (here / "kit.toml").write_text("workers = two")

    assert complete(here, "kit info ").stderr == ""


def test_a_mistake_of_ours_is_no_noise(here: Path) -> None:
    code = "import kit.cli.explain as e; e.titles = lambda: 1 / 0; from kit.__main__ import main; main()"
    asked = {"COMP_WORDS": "kit explain E", "COMP_CWORD": "2", "_KIT_COMPLETE": "bash_complete"}

    done = subprocess.run(
        [sys.executable, "-P", "-c", code], cwd=here, env=os.environ | asked, capture_output=True, text=True, timeout=60
    )

    assert (done.stdout, done.stderr) == ("", "")


@pytest.mark.parametrize("line", ["kit ", "kit info ", "kit data ", "kit submit ", "kit new x --from ", "kit explain "])
def test_completing_imports_nothing_heavy(line: str, here: Path) -> None:
    code = "import atexit, sys; atexit.register(lambda: print(*sys.modules)); from kit.__main__ import main; main()"
    asked = {"COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1), "_KIT_COMPLETE": "bash_complete"}

    done = subprocess.run(
        [sys.executable, "-P", "-c", code], cwd=here, env=os.environ | asked, capture_output=True, text=True, timeout=60
    )

    assert HEAVY.intersection(done.stdout.splitlines()[-1].split()) == set()


@pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash here")
@pytest.mark.parametrize(
    ("words", "expected"),
    [(["kit", "lead"], ["leaderboard"]), (["kit", "info", "dig"], ["digits"]), (["kit", "submit", "min"], ["mine"])],
)
def test_a_real_bash_completes_with_the_printed_script(words: list[str], expected: list[str], here: Path) -> None:
    script = f"""
set -eu
eval "$(kit completion bash)"
complete -p kit > /dev/null
COMP_WORDS=({" ".join(words)})
COMP_CWORD={len(words) - 1}
_kit_completion kit {words[-1]} {words[-2]}
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    path = f"{KIT.parent}{os.pathsep}{os.environ['PATH']}"

    done = subprocess.run(
        ["bash", "--norc", "-c", script], cwd=here, env=os.environ | {"PATH": path}, capture_output=True, text=True,
        timeout=60,
    )  # fmt: skip

    assert done.stderr == ""
    assert done.stdout.split() == expected


@pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash here")
def test_a_real_bash_completes_files_of_a_folder_of_plugins(here: Path) -> None:
    script = """
eval "$(kit completion bash)"
COMP_WORDS=(kit submit plugins/m) COMP_CWORD=2
compopt() { printf "%s " "$@"; }  # outside of readline the real one has nothing to set
_kit_completion kit plugins/m submit
"""
    path = f"{KIT.parent}{os.pathsep}{os.environ['PATH']}"

    done = subprocess.run(
        ["bash", "--norc", "-c", script], cwd=here, env=os.environ | {"PATH": path}, capture_output=True, text=True,
        timeout=60,
    )  # fmt: skip

    assert done.stdout == "-o default "


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell_is_printed(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", shell]) == 0
    assert f"_KIT_COMPLETE={shell}_complete" in capsys.readouterr().out


def test_without_a_shell_it_says_how_to_install_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion"]) == 0
    assert "~/.bashrc" in capsys.readouterr().out


def test_an_unknown_shell_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", "tcsh"]) == 2
    assert "bash" in capsys.readouterr().err
