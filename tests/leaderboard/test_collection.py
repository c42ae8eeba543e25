"""A folder of collected files, scored in one go."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kit.cli import run
from kit.workspace import Workspace
from leaderboard.commands.collection import expanded

Write = Callable[..., None]


@pytest.fixture
def answers(workspace: Path) -> Write:
    """Writes files that answer every row of digits with one class; one of them may lack a row."""
    row_ids = Workspace.find(workspace).prepared("digits").form().row_ids

    def write(**labels: int | None) -> None:
        for name, label in labels.items():
            path = workspace / f"{name.replace('__', '/')}.csv"
            path.parent.mkdir(exist_ok=True)
            rows = [f"{row_id},{3 if label is None else label}" for row_id in row_ids]
            path.write_text("\n".join(["id,label", *(rows[1:] if label is None else rows), ""]))

    return write


def submit(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    capsys.readouterr()
    assert run(["submit", *arguments]) == code
    return capsys.readouterr().out


def submitted(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> Any:
    return json.loads(submit(capsys, *arguments, "--json", code=code))


def test_each_file_is_a_row_of_its_team(answers: Write, capsys: pytest.CaptureFixture[str]) -> None:
    answers(answers__anna=3, answers__bob=1)

    out = submit(capsys, "answers/anna.csv", "answers/bob.csv", "--team-from-filename")

    first, second = (line.split() for line in out.splitlines()[2:4])
    assert (first[:2], second[:2]) == (["1", "anna"], ["2", "bob"])
    assert "2 scored" in out


def test_without_team_from_filename_files_are_rows_of_one_s_own(
    answers: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    answers(a=3, b=1)

    assert [row["team"] for row in submitted(capsys, "a.csv", "b.csv")] == ["you / a", "you / b"]


def test_a_pattern_is_expanded_where_the_shell_does_not(answers: Write, capsys: pytest.CaptureFixture[str]) -> None:
    answers(answers__anna=3, answers__bob=1)

    assert len(submitted(capsys, "answers/*.csv")) == 2


def test_a_pattern_that_nothing_matches_is_told(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["submit", "answers/*.csv"]) == 2
    assert "no file matches answers/*.csv" in capsys.readouterr().err


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(workspace: Path) -> None:
    (workspace / "a[1].csv").write_text("")
    (workspace / "a1.csv").write_text("")

    assert expanded(["a[1].csv"]) == ["a[1].csv"]


def test_a_file_that_cannot_be_scored_is_one_line_and_its_code_the_exit_code(
    answers: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    answers(anna=3, carl=None)

    out = submit(capsys, "anna.csv", "carl.csv", "--team-from-filename", code=4)

    assert "1 file not scored" in out
    assert any(line.split()[:2] == ["E305", "carl.csv"] for line in out.splitlines())
    assert "kit submit carl.csv -c digits --team carl" in out


def test_every_file_that_is_not_scored_has_its_command(answers: Write, capsys: pytest.CaptureFixture[str]) -> None:
    answers(anna=3, ben=None, carl=None)

    out = submit(capsys, "anna.csv", "ben.csv", "carl.csv", "--team-from-filename", code=4)

    assert "kit submit ben.csv -c digits --team ben" in out
    assert "kit submit carl.csv -c digits --team carl" in out


def test_a_folder_stands_for_the_files_in_it_where_names_are_teams(
    answers: Write, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers(handed_in__anna=3, handed_in__ben=1)
    (workspace / "handed_in" / "notes.txt").write_text("late: carl")

    rows = submitted(capsys, "handed_in", "-c", "digits", "--team-from-filename")

    assert [row["team"] for row in rows] == ["anna", "ben"]


def test_the_same_bytes_under_two_names_are_told(answers: Write, capsys: pytest.CaptureFixture[str]) -> None:
    answers(anna=3, ben=3, carl=1)

    out = submit(capsys, "anna.csv", "ben.csv", "carl.csv", "--team-from-filename")

    assert out.count("the same bytes as anna's") == 1


def test_the_exit_code_is_the_highest_of_the_files(answers: Write, capsys: pytest.CaptureFixture[str]) -> None:
    answers(anna=3, carl=None)

    rows = submitted(capsys, "gone.csv", "carl.csv", "anna.csv", code=4)

    assert [row["code"] for row in rows] == ["E001", "E305", None]


def test_the_first_problem_and_the_number_of_all_are_told(
    answers: Write, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers(anna=3, carl=None)
    lines = (workspace / "carl.csv").read_text().splitlines()
    (workspace / "carl.csv").write_text("\n".join([*lines, lines[5], ""]))

    out = submit(capsys, "anna.csv", "carl.csv", code=4)

    assert "and 1 more" in out


def test_a_file_named_twice_is_scored_once(answers: Write, capsys: pytest.CaptureFixture[str]) -> None:
    answers(anna=3, bob=1)

    assert run(["submit", "anna.csv", "./anna.csv", "bob.csv", "--json"]) == 0

    told = capsys.readouterr()
    assert len(json.loads(told.out)) == 2
    assert "./anna.csv is named twice" in told.err


def test_two_files_of_one_name_in_two_folders_are_told_and_nothing_is_scored(
    answers: Write, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers(mon__anna=3, tue__anna=1, tue__bob=1)

    assert run(["submit", "mon/anna.csv", "tue/anna.csv", "tue/bob.csv", "--team-from-filename"]) == 2

    assert "mon/anna.csv and tue/anna.csv would be one row: anna" in capsys.readouterr().err
    assert not (workspace / ".kit" / "board.sqlite").exists()


def test_with_one_team_all_files_are_its_submissions(answers: Write, capsys: pytest.CaptureFixture[str]) -> None:
    answers(mon__anna=3, tue__anna=1)

    rows = submitted(capsys, "mon/anna.csv", "tue/anna.csv", "--team", "Anna")

    assert [row["team"] for row in rows] == ["Anna", "Anna"]


def test_both_ways_to_name_a_team_are_one_too_many(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["submit", "a.csv", "--team", "Anna", "--team-from-filename"]) == 2
    assert capsys.readouterr().err.startswith("E002")


def test_plugins_may_be_among_the_paths(answers: Write, capsys: pytest.CaptureFixture[str]) -> None:
    answers(anna=3)

    rows = submitted(capsys, "anna.csv", "constant", "--team-from-filename", "-c", "digits")

    assert [row["team"] for row in rows] == ["anna", "constant"]


def test_the_same_folder_again_uses_no_further_try(answers: Write, capsys: pytest.CaptureFixture[str]) -> None:
    answers(anna=3, bob=1)
    submit(capsys, "anna.csv", "bob.csv")

    assert "scored before" in submit(capsys, "anna.csv", "bob.csv")


def test_a_team_that_did_better_before_is_ranked_by_that(answers: Write, capsys: pytest.CaptureFixture[str]) -> None:
    answers(mon__anna=3, tue__anna=1, bob=1)
    submit(capsys, "mon/anna.csv", "--team-from-filename")

    out = submit(capsys, "tue/anna.csv", "bob.csv", "--team-from-filename")

    assert "ranked by its best" in out.splitlines()[2]


def test_as_csv_scored_and_refused_files_are_rows(answers: Write, capsys: pytest.CaptureFixture[str]) -> None:
    answers(anna=3, carl=None)

    out = submit(capsys, "anna.csv", "carl.csv", "--team-from-filename", "--csv", code=4)

    rows = list(csv.DictReader(io.StringIO(out)))
    assert [(row["team"], row["code"]) for row in rows] == [("anna", ""), ("carl", "E305")]


def test_a_folder_of_files_is_told_how_it_is_sent(answers: Write, capsys: pytest.CaptureFixture[str]) -> None:
    answers(answers__anna=3)

    assert run(["submit", "answers", "-c", "digits"]) == 2
    assert "kit submit answers/*.csv" in capsys.readouterr().err


def test_a_locked_board_ends_all_after_what_was_scored_is_shown(
    answers: Write, workspace: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(anna=3, bob=1)
    monkeypatch.setattr("leaderboard.commands.collection.LiveLine", _remove_folder_before("bob", workspace))

    out = submit(capsys, "anna.csv", "bob.csv", code=8)

    assert "you / anna" in out


def _remove_folder_before(name: str, workspace: Path) -> Callable[[str], Any]:
    """A disk that goes away between two files."""
    from kit.cli.progress import LiveLine

    def line(start: str) -> LiveLine:
        if name in start:
            objects = workspace / ".kit" / "objects"
            objects.rename(workspace / "moved")
            objects.write_text("a file where a folder should be")
        return LiveLine(start)

    return line


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGINT for one process on Windows")
def test_ctrl_c_says_what_was_scored(answers: Write, workspace: Path) -> None:
    answers(anna=3)
    (workspace / "slow.py").write_text("import time\n\ndef fit(train):\n    time.sleep(60)\n    return 1\n")
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "kit", "submit", "anna.csv", "./slow.py"], stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "training" in line:
            break
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)

    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "1 of 2 were scored: anna.csv" in told
