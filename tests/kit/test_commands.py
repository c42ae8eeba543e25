"""The kit's own commands as they are typed: competitions, info, data, plugins, doctor, init."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from kit.cli import run
from kit.workspace import Workspace


def typed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    assert run(arguments) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    return json.loads(typed(capsys, *arguments, "--json"))


def test_competitions_are_listed(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert {row["name"] for row in told(capsys, "competitions")} >= {"digits", "mnist", "breast-cancer"}
    assert "8x8 images" in typed(capsys, "competitions")


def test_a_broken_competition_is_listed_with_what_is_wrong(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (workspace / "competitions" / "broken").mkdir(parents=True)
    (workspace / "competitions" / "broken" / "competition.toml").write_text("title = 3")

    rows = {row["name"]: row for row in told(capsys, "competitions")}

    assert rows["broken"]["problem"].startswith("E004")
    assert rows["digits"]["problem"] is None


def test_lists_as_csv_have_a_header_and_a_row_each(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("competitions", "plugins"):
        rows = list(csv.DictReader(io.StringIO(typed(capsys, command, "--csv"))))

        assert [row["name"] for row in rows] == sorted(row["name"] for row in rows)


def test_info_tells_sizes_limits_and_that_it_is_practice(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = typed(capsys, "info", "digits")

    assert "train 862   valid 216   public test 240 (hidden)   private test 479 (hidden)" in out
    assert "10 submissions a day" in out
    assert "practice" in out


def test_info_draws_images(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert set("▀▄█") <= set(typed(capsys, "info", "digits"))


def test_info_says_whose_probability_is_asked_for(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = typed(capsys, "info", "breast-cancer")

    assert 'column "benign": the probability, 0 to 1, that it is benign (y = 1)' in out
    assert "mean radius" in out


def test_info_says_what_the_score_is_and_what_comes_for_nothing(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    iris, diabetes = typed(capsys, "info", "iris"), typed(capsys, "info", "diabetes")

    assert "f1(average=macro), higher is better: how well is each class found" in iris
    assert "perfect 1      always the same answer 0.2121" in iris
    assert "rmse, lower is better: how far off" in diabetes
    assert "perfect 0      always the same answer 74.3" in diabetes
    params = told(capsys, "info", "iris")["metric"]["params"]
    assert params == {"average": "macro", "pos_label": 1, "zero_division": 0.0, "labels": []}


def test_info_warns_of_a_handful_of_rows_that_are_scored(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundled = Workspace.find(workspace).competitions["iris"].path / "competition.toml"
    own = workspace / "competitions" / "few" / "competition.toml"
    own.parent.mkdir(parents=True)
    own.write_text(re.sub(r"(?m)^public = .*", "public = 0.1", bundled.read_text()))

    out = typed(capsys, "info", "few")

    assert "8 public rows can't tell two teams apart" in out
    assert "private rows can't" not in out


@pytest.mark.parametrize(
    ("feedback", "words"), [("rounded", "rounded to what"), ("ladder", "clear improvement on your own best")]
)
def test_info_says_what_is_told_of_public_scores(
    feedback: str, words: str, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundled = Workspace.find(workspace).competitions["iris"].path / "competition.toml"
    own = workspace / "competitions" / "coarse" / "competition.toml"
    own.parent.mkdir(parents=True)
    own.write_text(f'{bundled.read_text()}\n[leaderboard]\nfeedback = "{feedback}"\n')

    assert words in typed(capsys, "info", "coarse")
    assert "Feedback" not in typed(capsys, "info", "iris")


def test_info_never_tells_the_salt(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "digits-1" not in typed(capsys, "info", "digits", "--json")


def test_data_are_written_once_and_not_again(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    typed(capsys, "data", "digits", "--csv")
    before = (workspace / "data" / "digits" / "train.csv").read_bytes()
    (workspace / "data" / "digits" / "train.csv").write_text("mine")

    assert run(["data", "digits", "--csv"]) == 2
    assert (workspace / "data" / "digits" / "train.csv").read_text() == "mine"
    assert run(["data", "digits", "--csv", "--force"]) == 0
    assert (workspace / "data" / "digits" / "train.csv").read_bytes() == before


def test_the_other_form_of_the_data_may_lie_beside_the_first(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(capsys, "data", "digits", "--csv")
    assert run(["data", "digits"]) == 0

    (workspace / "data" / "digits" / "sample_submission.csv").write_text("mine")
    assert run(["data", "digits", "--to", "data/digits"]) == 2


def test_what_data_writes_can_be_sent(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = told(capsys, "data", "digits", "--csv", "--to", "here")["files"]

    assert "here/sample_submission.csv" in files
    assert run(["submit", "here/sample_submission.csv", "-c", "digits"]) == 0


def test_plugins_are_listed_with_those_that_can_not_be_used(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (workspace / "plugins").mkdir()
    (workspace / "plugins" / "bad.py").write_text("def fit(:\n")

    rows = {row["name"]: row for row in told(capsys, "plugins")["plugins"]}

    assert rows["bad"]["problem"].startswith("E101")
    assert rows["cnn"]["level"] == "bundled"


def test_a_plugin_that_hides_another_is_told(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (workspace / "plugins").mkdir()
    (workspace / "plugins" / "cnn.py").write_text('"""Mine."""\ndef fit(train):\n    return 1\n')

    assert "cnn hides another one of this name" in typed(capsys, "plugins")


def test_doctor_says_where_a_setting_is_from(
    workspace: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIT_EXECUTOR_WORKERS", "1")

    settings = {s["name"]: s for s in told(capsys, "doctor")["settings"]}

    assert settings["executor_workers"] == {"name": "executor_workers", "value": 1, "origin": "KIT_EXECUTOR_WORKERS"}
    assert settings["competition"]["origin"] == "kit.toml"


def test_doctor_says_what_the_sandbox_does_not_block(
    workspace: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIT_SANDBOX_NAME", "process")

    assert "accidents, not malice" in typed(capsys, "doctor")


def test_doctor_tries_every_sandbox(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = told(capsys, "doctor")

    assert {report["sandbox"]["name"], *(other["name"] for other in report["other_sandboxes"])} == {
        "bubblewrap", "process", "template",
    }  # fmt: skip


def test_doctor_fails_where_a_setting_is_broken(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (workspace / "kit.toml").write_text("nonsense = 1\n")

    assert run(["doctor"]) == 1
    assert "nonsense" in capsys.readouterr().out


def test_init_says_what_to_type_next(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = typed(capsys, "init", "other")

    assert (workspace / "other" / "plugins" / "my_cnn" / "plugin.py").is_file()
    assert "-C other submit plugins/my_cnn" in out


def test_outside_a_workspace_it_is_said_where_things_are_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert run(["competitions"]) == 0
    assert "No kit.toml" in capsys.readouterr().err.splitlines()[0]


@pytest.mark.parametrize(
    ("asked", "fix"),
    [
        ("submit", "kit submit --help"),
        ("E299", "kit explain   lists all codes"),
        ("E3O1", "did you mean"),
    ],
)
def test_what_is_no_error_code_is_answered_with_what_helps(
    asked: str, fix: str, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["explain", asked]) == 2

    assert fix in capsys.readouterr().err.replace("uv run kit", "kit").replace(".venv/bin/kit", "kit")


@pytest.mark.parametrize("columns", [60, 80])
@pytest.mark.parametrize(
    "arguments", [[], ["competitions"], ["info", "digits"], ["info", "breast-cancer"], ["plugins"]], ids=str
)
def test_screens_are_no_wider_than_the_terminal(
    columns: int,
    arguments: list[str],
    workspace: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    out = typed(capsys, *arguments)

    assert [line for line in out.splitlines() if len(line) > columns] == []
    assert "…" in out or columns == 80 or arguments not in (["competitions"], ["plugins"])


def test_a_broken_competition_tells_what_is_wrong_below_the_table(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (workspace / "competitions" / "broken").mkdir(parents=True)
    (workspace / "competitions" / "broken" / "competition.toml").write_text("title = 3")

    assert "competitions/broken/competition.toml: 6 things to fix" in typed(capsys, "competitions")


def test_sizes_of_small_files_are_told_in_kilobytes(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = typed(capsys, "data", "digits", "--csv")

    assert " kB" in out
    assert "0.0 MB" not in out
