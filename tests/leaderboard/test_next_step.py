"""``kit`` alone: the start screen, and the step that follows from what was edited, checked, run and submitted."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from kit.cli import run
from kit.cli.check import leave_stamp
from kit.plugin.archive import pack
from kit.workspace import Workspace, init
from leaderboard.next_step import next_step

Kit = Callable[..., subprocess.CompletedProcess[str]]
THREES = "def fit(train):\n    return 1\n\n\ndef predict(model, X):\n    return [3] * len(X)\n"
FAILS = "def fit(train):\n    raise ValueError('no')\n"


def step(folder: Path) -> str:
    """The command of the next step."""
    found = next_step(Workspace.find(folder))
    assert found is not None
    return found.partition("      ")[0]


def edit(workspace: Path, text: str, name: str = "mine") -> Path:
    path = workspace / "plugins" / name / "plugin.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path.parent


def check(workspace: Path, plugin: Path) -> None:
    leave_stamp(Workspace.find(workspace), sha256(pack(plugin)).hexdigest(), {"ready": True})


@pytest.fixture
def with_starter(workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace as `kit init` makes it; the current folder."""
    init(tmp_path / "with_starter")
    monkeypatch.chdir(tmp_path / "with_starter")
    return tmp_path / "with_starter"


def test_it_begins_with_a_new_plugin_where_there_is_no_starter(workspace: Path) -> None:
    assert step(workspace) == "kit new my_net"


def test_it_begins_with_sending_the_starter_where_there_is_one(with_starter: Path) -> None:
    assert step(with_starter) == "kit submit plugins/my_cnn"


def test_without_torch_it_begins_with_a_plugin_that_needs_none(
    with_starter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leaderboard.next_step.is_installed", lambda name: name != "torch")

    assert step(with_starter) == "kit new my_net --from logistic"


def test_below_the_workspace_the_starter_goes_by_its_name(with_starter: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(with_starter / "plugins")

    assert step(with_starter) == "kit submit my_cnn"


def test_an_edited_starter_is_checked(with_starter: Path) -> None:
    path = with_starter / "plugins" / "my_cnn" / "plugin.py"
    path.write_text(path.read_text().replace("epochs=15", "epochs=20"))

    assert step(with_starter) == "kit check my_cnn"


def test_a_new_plugin_is_checked(with_starter: Path) -> None:
    assert run(["new", "my_net"]) == 0

    assert step(with_starter) == "kit check my_net"


def test_the_plugin_that_was_edited_last_counts(workspace: Path) -> None:
    os.utime(edit(workspace, THREES, "old") / "plugin.py", (0, 0))
    edit(workspace, THREES, "young")

    assert step(workspace) == "kit check young"


def test_a_checked_plugin_is_run(workspace: Path) -> None:
    check(workspace, edit(workspace, THREES))

    assert step(workspace) == "kit run mine"


def test_a_checked_plugin_that_was_edited_is_checked_again(workspace: Path) -> None:
    check(workspace, edit(workspace, THREES))
    edit(workspace, THREES.replace("3", "4"))

    assert step(workspace) == "kit check mine"


def test_run_then_submit_then_look_then_again(workspace: Path) -> None:
    edit(workspace, THREES)
    assert run(["run", "mine"]) == 0
    assert step(workspace) == "kit submit mine"

    assert run(["submit", "mine"]) == 0
    assert step(workspace) == "kit leaderboard digits"

    edit(workspace, THREES.replace("3", "4"))
    assert step(workspace) == "kit check mine"


def test_a_run_that_is_no_better_than_what_was_sent_is_not_sent(workspace: Path) -> None:
    edit(workspace, THREES)
    assert run(["submit", "mine"]) == 0
    edit(workspace, THREES.replace("[3]", "[(3)]"))
    assert run(["run", "mine"]) == 0

    assert step(workspace) == "kit run mine"


def test_what_a_run_was_set_to_has_to_be_written_first(workspace: Path) -> None:
    edit(workspace, THREES.replace("fit(train)", "fit(train, lr=0.1)"))
    assert run(["run", "mine", "--set", "lr=0.2"]) == 0

    assert "first write lr=0.2 into the file" in (next_step(Workspace.find(workspace)) or "")


def test_a_run_that_failed_is_looked_at(workspace: Path) -> None:
    edit(workspace, FAILS)
    assert run(["run", "mine"]) == 3

    assert step(workspace).startswith("kit runs r")


def test_a_file_that_was_sent_leads_to_the_board(workspace: Path) -> None:
    rows = [f"{row_id},3" for row_id in Workspace.find(workspace).prepared("digits").form().row_ids]
    (workspace / "preds.csv").write_text("\n".join(["id,label", *rows, ""]))
    assert run(["submit", "preds.csv"]) == 0

    assert step(workspace) == "kit leaderboard digits"


def test_after_the_reveal_it_leads_to_the_board_that_has_what_was_sent(workspace: Path) -> None:
    edit(workspace, THREES)
    assert run(["reveal", "digits", "--yes"]) == 0
    assert run(["submit", "mine"]) == 0

    assert step(workspace) == "kit leaderboard digits --public"


def test_where_nothing_says_which_competition_is_meant_the_step_does(workspace: Path) -> None:
    (workspace / "kit.toml").write_text("")

    assert step(workspace) == "kit new my_net -c digits"
    edit(workspace, THREES)
    assert step(workspace) == "kit check mine -c digits"
    edit(workspace, f'COMPETITION = "mnist"\n{THREES}')
    assert step(workspace) == "kit check mine"


@pytest.mark.parametrize("broken", ["def fit(train)\n", "", "\0", "def predict(x): ...\n"])
def test_a_broken_plugin_is_checked(broken: str, workspace: Path) -> None:
    edit(workspace, broken)

    assert step(workspace) == "kit check mine"


def test_a_plugin_that_can_t_be_packed_is_checked(workspace: Path) -> None:
    (edit(workspace, THREES) / "link").symlink_to(workspace)

    assert step(workspace) == "kit check mine"


def test_a_locked_board_delays_and_stops_nothing(with_starter: Path, kit: Kit) -> None:
    assert run(["submit", "constant"]) == 0
    holder = sqlite3.connect(with_starter / ".kit" / "board.sqlite", isolation_level=None)
    holder.execute("pragma locking_mode = exclusive")
    holder.execute("begin exclusive")

    done = kit(cwd=with_starter)

    holder.close()
    assert done.returncode == 0
    assert "Next    kit " in done.stdout


@pytest.mark.parametrize("damage", [b"no database", b""])
def test_a_damaged_board_stops_nothing(damage: bytes, with_starter: Path) -> None:
    (with_starter / ".kit").mkdir()
    (with_starter / ".kit" / "board.sqlite").write_bytes(damage)

    assert step(with_starter) == "kit submit plugins/my_cnn"


def test_looking_makes_nothing(with_starter: Path, kit: Kit) -> None:
    before = sorted(with_starter.rglob("*"))

    assert kit(cwd=with_starter).returncode == 0

    assert sorted(with_starter.rglob("*")) == before


def test_settings_with_something_to_fix_are_told_and_the_screen_is_shown(workspace: Path, kit: Kit) -> None:
    (workspace / "kit.toml").write_text("executor = 3")

    done = kit()

    assert done.returncode == 0
    assert "E003" in done.stdout
    assert "kit competitions" in done.stdout


def test_two_plugins_of_one_name_are_told_and_the_screen_is_shown(workspace: Path, kit: Kit) -> None:
    edit(workspace, THREES)
    shutil.copy(workspace / "plugins" / "mine" / "plugin.py", workspace / "plugins" / "mine.py")

    done = kit()

    assert done.returncode == 0
    assert "kit competitions" in done.stdout


def test_a_stranger_s_clone_begins_with_its_starter(tmp_path: Path) -> None:
    # A clone runs from its own folder: kit and the plugins of the workspace are the same checkout.
    root = Path(__file__).resolve().parents[2]
    clone = tmp_path / "clone"
    for name in ("kit", "leaderboard", "plugins", "competitions"):
        shutil.copytree(
            root / name,
            clone / name,
            ignore=shutil.ignore_patterns("__pycache__", ".kit"),
            copy_function=shutil.copyfile,
        )
    for name in ("kit.toml", "pyproject.toml"):
        shutil.copyfile(root / name, clone / name)
    code = "from kit.workspace import Workspace as W; from leaderboard.next_step import *; print(next_step(W.find()))"

    def told() -> str:
        environment = os.environ | {"PYTHONPATH": str(clone)}
        return subprocess.run(
            [sys.executable, "-c", code], cwd=clone, env=environment, capture_output=True, text=True, check=True
        ).stdout

    assert told().startswith("kit submit plugins/my_cnn")
    os.utime(clone / "pyproject.toml", (0, 0))  # the clone is of long ago, and something was edited since
    os.utime(clone / "plugins" / "mlp" / "plugin.py")
    assert told().startswith("kit check ")


@pytest.mark.parametrize("columns", [60, 80, 100, 120])
def test_the_start_screen_fits_the_terminal(columns: int, with_starter: Path, kit: Kit) -> None:
    lines = kit(cwd=with_starter, COLUMNS=str(columns)).stdout.splitlines()

    assert max(map(len, lines)) <= columns


def test_the_start_screen_has_two_columns_where_they_fit(with_starter: Path, kit: Kit) -> None:
    out = kit(cwd=with_starter, COLUMNS="120").stdout

    assert any(line.count("kit ") == 2 for line in out.splitlines() if line.startswith("  kit "))
