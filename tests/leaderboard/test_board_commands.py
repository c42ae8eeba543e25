"""submit, leaderboard, reveal and demo as they are typed."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from kit.cli import run
from kit.workspace import Workspace

FIRST = "def fit(train):\n    return 1\n\ndef predict(model, X):\n    return [3] * len(X)\n"


@pytest.fixture
def here(workspace: Path) -> Path:
    """A workspace with a plugin and a file of predictions for digits."""
    (workspace / "plugins").mkdir()
    (workspace / "plugins" / "threes.py").write_text(FIRST)
    rows = [f"{row_id},3" for row_id in Workspace.find(workspace).prepared("digits").form().row_ids]
    (workspace / "preds.csv").write_text("\n".join(["id,label", *rows, ""]))
    return workspace


def typed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    assert run(arguments) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    return json.loads(typed(capsys, *arguments, "--json"))


@pytest.mark.parametrize("path", ["plugins/threes.py", "threes", "preds.csv"])
def test_a_plugin_and_a_file_of_the_same_answers_get_the_same_score(
    path: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    receipt = told(capsys, "submit", path)

    assert receipt["state"] == "scored"
    assert receipt["score"] == pytest.approx(26 / 240)
    assert receipt["interval_lo"] < receipt["score"] < receipt["interval_hi"]


def test_a_plugin_is_scored_in_public_on_its_own_validation_rows_too(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = typed(capsys, "submit", "plugins/threes.py")

    assert "public score" in out
    assert "your valid" in out
    assert "1 of 1" in out


def test_what_a_run_used_is_told(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    usage = told(capsys, "submit", "threes")["usage"]

    assert usage["wall_s"] > usage["fit_s"] + usage["predict_s"]


def test_the_same_bytes_again_are_answered_with_the_earlier_score(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = told(capsys, "submit", "preds.csv")
    again = told(capsys, "submit", "preds.csv")

    assert (again["submission"], again["is_repeat"], again["tries"]["used"]) == (first["submission"], True, 1)


def test_the_chosen_competition_is_said_with_the_reason(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["submit", "preds.csv"])

    assert "digits / preds.csv   (kit.toml)" in capsys.readouterr().err


def test_the_private_score_is_nowhere_before_the_reveal(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["submit", "preds.csv"])
    before = told(capsys, "leaderboard", "digits")
    after = told(capsys, "reveal", "digits", "--yes")

    assert before["private"] is None
    assert after["private"][0]["score"] == pytest.approx(48 / 479)
    assert told(capsys, "leaderboard", "digits")["revealed"]


def test_what_the_host_has_said_of_dates_is_told_to_the_host_too(
    workspace: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    run(["close", "digits", "--at", "in 49h"])
    assert "(in 2 d 0 h)" in typed(capsys, "competitions")
    assert "(in 2 d 0 h)" in typed(capsys, "info", "digits")
    run(["close", "digits"])
    assert re.search(r"Ends +closed since \d", typed(capsys, "info", "digits"))
    (row,) = (row for row in told(capsys, "competitions") if row["name"] == "digits")
    assert row["closes"][:19] == told(capsys, "info", "digits")["schedule"]["closes"][:19]
    run(["open", "digits", "--at", "in 3h"])
    assert "opens " in typed(capsys, "info", "digits")


def test_a_revealed_board_shows_both_parts(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["submit", "preds.csv"])
    run(["reveal", "digits", "--yes"])

    out = typed(capsys, "leaderboard", "digits")

    assert "10.8 %" in out
    assert "10.0 %" in out


def test_a_reveal_says_whose_work_it_would_leave_out(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (workspace / "class.csv").write_text("name\nCeyda Example\nAnna Example\n")
    run(["roster", "add", "class.csv"])
    run(["close", "digits"])
    run(["extend", "Ceyda", "-c", "digits", "--until", "in 20h"])
    capsys.readouterr()
    for arguments in (["--at", "in 2h"], []):
        run(["reveal", "digits", *arguments])
        assert "Ceyda Example has time until" in capsys.readouterr().err
    run(["reveal", "digits", "--at", "in 21h"])
    assert "has time until" not in capsys.readouterr().err


def test_a_reveal_that_nobody_can_confirm_is_not_done(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Path(os.devnull).open() as nobody:
        monkeypatch.setattr(sys, "stdin", nobody)
        assert run(["reveal", "digits"]) == 2

    assert not told(capsys, "leaderboard", "digits")["revealed"]


def test_the_leaderboard_as_csv_has_unrounded_scores(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["submit", "preds.csv"])

    header, row = typed(capsys, "leaderboard", "digits", "--csv").splitlines()

    assert dict(zip(header.split(","), row.split(","), strict=True))["score"] == str(26 / 240)


def test_an_empty_board_says_how_to_be_the_first(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "submit PATH -c digits" in typed(capsys, "leaderboard", "digits")


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [("empty.csv", b"", "E312"), ("binary.csv", bytes(range(256)), "E312"), ("header.csv", b"id,label\n", "E305")],
)
def test_a_bad_file_is_refused_with_its_code(
    name: str, content: bytes, code: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / name).write_bytes(content)

    assert run(["submit", name]) == 4
    assert code in capsys.readouterr().err


def test_a_folder_that_is_called_csv_is_told(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "folder.csv").mkdir()

    assert run(["submit", "folder.csv"]) == 4
    assert "it is a folder" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_answered_with_the_nearest(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["submit", "pred.csv"]) == 2
    assert "did you mean   preds.csv ?" in capsys.readouterr().err


def test_a_refused_file_used_no_try(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "bad.csv").write_text("id,label\n1,2\n")

    run(["submit", "bad.csv"])

    assert "This did not use one of your tries." in capsys.readouterr().err
    assert told(capsys, "leaderboard", "digits")["public"] == []


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_ctrl_c_says_what_was_kept_and_the_next_command_works(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "plugins" / "slow.py").write_text("import time\n\ndef fit(train):\n    time.sleep(60)\n")
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "kit", "submit", "plugins/slow.py"], stderr=subprocess.PIPE, text=True
    )
    wait_for_a_run(here)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)

    assert process.returncode == 130
    assert "was not scored. This did not use one of your tries." in err
    assert "Traceback" not in err
    assert told(capsys, "submit", "preds.csv")["rank"] == 1


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_a_killed_command_is_finished_by_the_next_one_which_says_so(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "plugins" / "slow.py").write_text(f"import time\ntime.sleep(3)\n{FIRST}")
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "kit", "submit", "plugins/slow.py"], stderr=subprocess.DEVNULL
    )
    wait_for_a_run(here)
    process.kill()
    process.wait()

    receipt = told(capsys, "submit", "preds.csv")

    assert "plugins/slow.py" in receipt["notes"][0]
    assert len(told(capsys, "leaderboard", "digits")["public"]) == 2


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_a_command_that_is_ended_from_outside_has_not_succeeded_and_its_job_waits(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "plugins" / "slow.py").write_text(f"import time\ntime.sleep(3)\n{FIRST}")
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "kit", "submit", "plugins/slow.py"], stderr=subprocess.PIPE, text=True
    )
    wait_for_a_run(here)
    process.terminate()
    _, err = process.communicate(timeout=30)

    assert process.returncode == 143
    assert "waits in the queue" in err
    assert told(capsys, "submit", "preds.csv")["n_teams"] == 2


def wait_for_a_run(here: Path) -> None:
    deadline = time.monotonic() + 30
    while not any((here / ".kit" / "attempts").glob("*/*")) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.5)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_demo_ends_with_a_board_and_a_next_step(capsys: pytest.CaptureFixture[str], workspace: Path) -> None:
    board = told(capsys, "demo")

    assert len(board["public"]) == 4
    assert Path(board["workspace"], "plugins", "cnn", "plugin.py").is_file()


@pytest.mark.slow  # .ci/run has the demo without torch as its first stage besides
def test_the_demo_without_torch_says_what_adds_the_rest(
    capsys: pytest.CaptureFixture[str], workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leaderboard.commands.demo.find_spec", lambda name: None)

    assert run(["demo"]) == 0

    told = capsys.readouterr()
    assert "you / neighbours" in told.out
    assert "mlp and cnn need torch" in told.err
    assert "Next   kit new my_net --from logistic -c digits" in told.err
    assert "KNeighborsClassifier" in told.err


def test_a_workbook_is_told_what_it_is(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "answers.xlsx").write_bytes(b"PK\x03\x04" + b"\0" * 100)

    assert run(["submit", "answers.xlsx"]) == 4
    assert "E312" in capsys.readouterr().err


def test_a_mistake_in_the_source_of_what_is_scored_is_told(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    never = "\n\ndef steps():\n    import torch\n    for opt in ():\n        loss.backward()\n        opt.step()\n"
    constant = (
        "import numpy as np\n\ndef fit(train):\n    return 3\n\ndef predict(model, X):\n    return [model] * len(X)\n"
    )
    (here / "forgets.py").write_text(constant + never)
    assert run(["submit", "./forgets.py", "-c", "digits"]) == 0

    assert "E121 forgets.py line 13: gradients are never set back" in " ".join(capsys.readouterr().err.split())


def test_a_plugin_that_fails_shows_what_it_printed_last(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = ["def fit(train):", "    for i in range(100):", "        print('step', i)", "    return train.nothing"]
    (here / "plugins" / "loud.py").write_text("\n".join([*lines, ""]))

    assert run(["submit", "plugins/loud.py"]) == 3
    told = capsys.readouterr().err
    assert "Printed  step 90" in told
    assert "step 99" in told
    assert "step 89" not in told


def test_what_comes_after_the_reveal_is_told_that_it_counts_for_the_public_ranking_only(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["reveal", "digits", "--yes"])
    capsys.readouterr()

    assert run(["submit", "preds.csv"]) == 0
    told = capsys.readouterr().err
    assert "the private ranking is open already" in told
    assert "Next   kit leaderboard digits --public" in told


def test_what_comes_in_the_grace_is_told_that_it_is_late(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "roster.csv").write_text("name\nAda Example\n", encoding="utf-8")
    run(["roster", "add", "roster.csv"])
    run(["close", "digits", "--grace", "10min"])
    capsys.readouterr()

    assert run(["submit", "preds.csv", "--team", "Ada Example"]) == 0
    assert "late: it came after closing, in the grace" in capsys.readouterr().err


def test_after_the_reveal_later_submissions_are_counted_and_the_public_board_has_them(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["submit", "preds.csv"])
    run(["reveal", "digits", "--yes"])
    run(["submit", "threes"])

    private, public = typed(capsys, "leaderboard"), typed(capsys, "leaderboard", "--public")

    assert "1 later submission is ranked in public only: kit leaderboard digits --public" in " ".join(private.split())
    assert "you / threes" not in private
    assert "you / threes" in public


def test_as_json_a_revealed_board_says_when_and_how_many_came_later(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["reveal", "digits", "--yes"])
    run(["submit", "threes"])

    board = told(capsys, "leaderboard", "--public")

    assert (board["revealed"], board["n_late"], board["private"]) == (True, 1, None)
    assert board["revealed_at"] <= board["public"][0]["last_at"]


@pytest.mark.parametrize("name", ["", " ", "a\nb", "\x1b[31mred", "x" * 61])
def test_a_team_needs_a_name_that_can_stand_on_a_line(
    name: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["submit", "preds.csv", "--team", name]) == 2
    assert "E002" in capsys.readouterr().err


def test_scores_of_another_version_of_a_competition_are_counted_under_the_board(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundled = Workspace.find(here).competitions["digits"].path / "competition.toml"
    own = here / "competitions" / "mine" / "competition.toml"
    own.parent.mkdir(parents=True)
    own.write_text(bundled.read_text())
    typed(capsys, "submit", "threes", "-c", "mine")
    own.write_text(bundled.read_text().replace("digits-1", "digits-2").replace("test = 0.4", "test = 0.3"))
    typed(capsys, "info", "mine")

    assert run(["leaderboard", "mine"]) == 0
    assert "1 earlier score belongs to another version of mine" in capsys.readouterr().err


def test_the_doctor_finds_a_damaged_board(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    typed(capsys, "submit", "preds.csv")
    (here / ".kit" / "board.sqlite").write_bytes(b"garbage" * 1000)

    assert run(["doctor"]) == 1
    assert "E704" in capsys.readouterr().out


def test_a_score_no_better_than_a_constant_one_is_told_so(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no better than always the same answer" in typed(capsys, "submit", "constant", "-c", "digits")


def test_a_name_is_no_formula_in_a_spreadsheet(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    typed(capsys, "submit", "preds.csv", "--team", "=1+1")

    assert "'=1+1" in typed(capsys, "leaderboard", "--csv")


@pytest.mark.parametrize("columns", [60, 100])
def test_the_board_is_no_wider_than_the_terminal_and_loses_the_bars_first(
    columns: int, here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    typed(capsys, "submit", "preds.csv", "--team", "a team with quite a long name")
    before = typed(capsys, "leaderboard", "digits")
    after = typed(capsys, "reveal", "digits", "--yes")

    assert [line for line in (before + after).splitlines() if len(line) > columns] == []
    assert ("●" in before) is (columns == 100)


def test_whoever_is_in_a_class_is_told_of_the_own_first_score(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "roster.csv").write_text("name\nAda Lovelace\n")
    typed(capsys, "roster", "add", "roster.csv")
    assert "your first score" in typed(capsys, "submit", "preds.csv", "--team", "Ada Lovelace")


def test_a_smaller_error_is_down_and_said_to_be_better(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ids = Workspace.find(here).prepared("diabetes").form().row_ids
    said = []
    for value in (100, 150, 120):
        (here / "preds.csv").write_text("\n".join(["id,progression", *(f"{i},{value}" for i in ids), ""]))
        said.append(typed(capsys, "submit", "preds.csv", "-c", "diabetes"))

    assert "the first score of " in said[0]
    assert re.search(r"was 8\d\.\d, down 1\d\.\d \(lower is better\)", said[1])
    assert re.search(r"your best stays 7\d\.\d", said[2])


def test_scores_are_kept_under_the_parameters_of_the_metric(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = here / "competitions" / "flowers"
    folder.mkdir(parents=True)
    text = (Path(__file__).parents[2] / "competitions" / "iris" / "competition.toml").read_text()
    (folder / "competition.toml").write_text(text)
    typed(capsys, "submit", "constant", "-c", "flowers")
    assert told(capsys, "leaderboard", "flowers")["public"]
    (folder / "competition.toml").write_text(text.replace('"macro"', '"micro"'))

    assert told(capsys, "leaderboard", "flowers")["public"] == []


@pytest.mark.parametrize("command", [["roster", "add", "names.csv"], ["submit", "names.csv"]])
def test_a_file_outside_the_folder_worked_in_is_told_as_it_is_written_from_there(
    command: list[str], here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(here.parent)
    Path("names.csv").write_text("name\nAda Example\n", encoding="utf-8")
    assert run(["-C", here.name, *command]) == 2
    assert f"from there it is   {Path('..') / 'names.csv'}" in capsys.readouterr().err
