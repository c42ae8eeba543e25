"""``kit verify``: the same answers again, or what differs and why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kit.cli import run
from kit.metrics.accuracy import accuracy
from kit.metrics.rmse import rmse
from kit.workspace import Workspace
from leaderboard.board import Board
from leaderboard.commands.verify import lines
from leaderboard.verification import Verified

STEADY = "def fit(train, run):\n    return run.seed\n\ndef predict(model, X):\n    return [model + 3] * len(X)\n"
RANDOM = STEADY.replace("[model + 3] * len(X)", "[b % 10 for b in __import__('os').urandom(len(X))]")
FAILS = "def fit(train):\n    raise ValueError('no')\n\ndef predict(model, X):\n    return X\n"


@pytest.fixture
def here(workspace: Path) -> Path:
    (workspace / "plugins").mkdir()
    (workspace / "kit.toml").write_text('competition = "digits"\n[sandbox]\nname = "process"\n')
    for name, source in (("steady", STEADY), ("random_answers", RANDOM), ("fails", FAILS)):
        (workspace / "plugins" / f"{name}.py").write_text(source)
    return workspace


def verified(capsys: pytest.CaptureFixture[str], path: str, code: int) -> Any:
    run(["submit", path])
    capsys.readouterr()
    assert run(["verify", "s1", "--json"]) == code, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


def test_a_plugin_that_draws_nothing_is_verified(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = verified(capsys, "plugins/steady.py", 0)

    assert (found["is_equal"], found["n"], found["n_different"]) == (True, 719, 0)
    assert found["score_before"] == found["score_now"] == pytest.approx(26 / 240)
    assert found["versions_before"] == found["versions_now"]
    assert list((here / ".kit" / "verifying").iterdir()) == []


def test_unseeded_answers_are_told_apart_with_how_the_score_moves(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = verified(capsys, "plugins/random_answers.py", 10)

    assert found["n_different"] > 500
    assert run(["verify", "s1"]) == 10
    said = " ".join(capsys.readouterr().out.split())
    assert "of 719 images differ" in said
    assert "not seeded" in said


def test_a_plugin_that_fails_again_for_the_same_reason_is_equal(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = verified(capsys, "plugins/fails.py", 0)

    assert (found["is_equal"], found["code_before"], found["problem"]["code"]) == (True, "E202", "E202")


def test_a_file_is_read_and_scored_again(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [f"{row_id},3" for row_id in Workspace.find(here).prepared("digits").form().row_ids]
    (here / "preds.csv").write_text("\n".join(["id,label", *rows, ""]))

    found = verified(capsys, "preds.csv", 0)

    assert (found["kind"], found["is_equal"], found["versions_before"]) == ("csv", True, {})
    run(["verify", "s1"])
    assert "read again" in capsys.readouterr().out


@pytest.mark.parametrize(("label", "words"), [("s9", "there is no submission 's9'"), ("r9", "r9 is a run of your own")])
def test_an_unknown_label_is_told(label: str, words: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", label]) == 2
    assert words in capsys.readouterr().err


def test_verifying_is_no_try_and_no_submission(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    verified(capsys, "plugins/steady.py", 0)

    board = Board.of(Workspace.find(here))
    assert len(board.submissions("digits")) == 1
    assert board.tries("digits", "you / steady").used == 1
    board.close()


def told(**fields: Any) -> str:
    values: dict[str, Any] = {"n": 9, "n_different": 2, "score_before": 0.5, "score_now": 0.25} | fields
    found = Verified(submission="s3", competition="c", name="p", kind="plugin", is_equal=False, **values)
    return " ".join(" ".join(lines(found, rmse() if found.largest else accuracy())).split())


def test_another_version_is_named() -> None:
    before, now = {"numpy": "1", "python": "3"}, {"numpy": "2", "python": "3"}

    assert "another version: numpy 1 then and 2 now." in told(versions_before=before, versions_now=now)


def test_another_sandbox_or_limit_is_named() -> None:
    before, now = {"sandbox": "bubblewrap", "threads": "2"}, {"sandbox": "process", "threads": "2"}

    said = told(circumstances_before=before, circumstances_now=now)

    assert "ran otherwise: sandbox bubblewrap then and process now." in said


def test_what_it_was_shut_into_is_kept(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = verified(capsys, "plugins/steady.py", 0)

    assert found["circumstances_before"] == found["circumstances_now"]
    assert (found["circumstances_now"]["sandbox"], found["circumstances_now"]["time_limit_s"]) == ("process", "60.0")


def test_last_digits_are_blamed_on_threads() -> None:
    said = told(largest=2e-7)

    assert "2 of 9 rows differ, by 2e-07 at most" in said
    assert "threads" in said


def test_other_rows_are_not_compared() -> None:
    said = told(n_different=None, score_before=None, is_of_other_rows=True)

    assert "the competition has other rows now" in said
    assert "has changed since it was scored" in said
