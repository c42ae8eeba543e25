"""run and runs as they are typed."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kit.cli import run as kit_run
from kit.errors import Problem
from kit.job import Check, Json, Usage
from leaderboard.commands.run_step import next_step
from leaderboard.commands.run_words import Ran, confused, differences, in_words, lines, told
from leaderboard.runs import Confusion, LocalRun
from leaderboard.statistics import Comparison
from leaderboard.verdict import Verdict

LEARNS = '''"""Guesses by the brightness of the middle."""
import numpy as np

def fit(train, run, epochs=3, lr=0.1, threes=True):
    for epoch in range(1, epochs + 1):
        run.log(epoch=epoch, loss=2 / epoch, valid_loss=2 / epoch, valid_accuracy=0.1 * epoch)
    print("fitted", epochs)
    return 3 if threes else 4

def predict(model, X):
    return np.full(len(X), model)
'''
SLOW = LEARNS.replace("run.log(", "__import__('time').sleep(0.1); run.log(")
KEYS = {
    "run", "id", "competition", "digest", "name", "plugin", "plugin_sha256", "params", "defaults", "settings", "seed",
    "state", "at", "seconds", "kind", "metric", "metric_version", "unit", "valid_score", "interval_lo", "interval_hi",
    "n_valid", "train_score", "verdict", "confused", "checks", "events", "usage", "versions", "problem", "notes",
}  # fmt: skip


@pytest.fixture
def here(workspace: Path) -> Path:
    (workspace / "plugins").mkdir()
    (workspace / "plugins" / "mine.py").write_text(LEARNS)
    (workspace / "plugins" / "slow.py").write_text(SLOW)
    (workspace / "plugins" / "fails.py").write_text(LEARNS.replace("    return 3", "    return train.nothing"))
    return workspace


def typed(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> tuple[str, str]:
    capsys.readouterr()
    assert kit_run(arguments) == code, capsys.readouterr().err
    out, err = capsys.readouterr()
    return out, err


def as_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    return json.loads(typed(capsys, *arguments, "--json")[0])


def a_run(number: int = 1, **changes: Any) -> LocalRun:
    """A run that was done, on nobody's disk."""
    run = LocalRun(
        id=number, competition="digits", digest="d", name="mine", plugin="mine", plugin_sha256="a", params={},
        defaults={"epochs": 15, "lr": 0.002}, seed=0, state="done", at=0.0, seconds=1.0, kind="image-classification",
        metric="accuracy", metric_version=1, unit="share", valid_score=0.9, interval_lo=0.8, interval_hi=0.95,
        n_valid=100, versions={},
    )  # fmt: skip
    return replace(run, **changes)


def test_a_run_ends_with_its_score_the_verdict_and_the_next_command(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, err = typed(capsys, "run", "plugins/mine.py")

    assert "digits / plugins/mine.py   epochs=3 lr=0.1 threes=true seed=0   (kit.toml)" in err
    assert re.search(r"epoch 3/3  loss 0.667  valid loss 0.667  valid 30.0 %   \S+  0.0 s", out)
    assert re.search(r"  valid    \d+\.\d %   \(95 % interval \d+\.\d - \d+\.\d, 216 images\)", out)
    assert "  verdict  not learning: train " in out
    assert re.search(r"  confused \d read as 3 \(\d+x\), \d as 3 \(\d+x\)", out)
    assert "it is too small, or its units are dead" in " ".join(out.split())
    assert '  run      r1\n  printed  1 line, the last: "fitted 3"   all: kit runs r1\n' in out
    assert "  Next     kit runs r1      its curve, and what it printed" in out


def test_a_second_run_is_compared_with_the_first_one(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = as_json(capsys, "run", "mine", "--set", "threes=false", "--seed", "2")
    out, _ = typed(capsys, "run", "mine")
    second = as_json(capsys, "runs", "r2")

    line = next(line for line in out.splitlines() if "last run" in line)
    assert "r1, threes=false, seed=2" in line
    assert re.search(r"\(\d+ images? better, \d+ worse\)", line)
    assert (first["previous"], first["comparison"]) == (None, None)
    assert second["params"] == {}


def test_json_has_everything_unrounded(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    as_json(capsys, "run", "mine")
    found = as_json(capsys, "run", "mine", "--set", "epochs=4")

    assert found.keys() >= KEYS | {"previous", "comparison", "next"}
    assert (found["previous"], found["comparison"]["kind"]) == ("r1", "unclear")
    assert (found["n_valid"], found["valid_score"] * 216 % 1) == (216, pytest.approx(0, abs=1e-9))
    assert [event["epoch"] for event in found["events"]] == [1, 2, 3, 4]


def test_a_run_uses_no_try_and_is_on_no_board(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    typed(capsys, "run", "mine")

    assert as_json(capsys, "leaderboard", "digits")["public"] == []


def test_runs_and_submissions_share_their_numbers(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels = [as_json(capsys, "run", "mine")["run"], as_json(capsys, "submit", "mine")["submission"]]

    assert [*labels, as_json(capsys, "run", "mine")["run"]] == ["r1", "s2", "r3"]


def test_what_is_run_here_is_what_a_submission_shows_as_valid(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = as_json(capsys, "run", "mine")

    assert as_json(capsys, "submit", "mine")["valid_score"] == own["valid_score"]


def test_a_plugin_that_fails_is_told_and_its_run_is_kept(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, err = typed(capsys, "run", "fails", code=3)

    assert (out, "E202" in err, "kit runs r1" in err) == ("", True, True)
    shown, _ = typed(capsys, "runs", "r1")
    assert "E202" in shown
    assert "    fitted 3" in shown


def test_settings_that_are_wrong_are_told_before_anything_runs(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, err = typed(capsys, "run", "mine", "--set", "epocs=3", "--set", "lr=fast", code=2)

    assert "did you mean   epochs" in err
    assert "lr takes a number" in err
    assert as_json(capsys, "runs") == []


@pytest.mark.parametrize("seed", ["-1", "two", str(2**32)])
def test_a_seed_is_a_whole_number_that_numpy_takes(seed: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "E002" in typed(capsys, "run", "mine", "--seed", seed, code=2)[1]


def test_a_file_of_answers_is_for_submit(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "kit submit preds.csv" in typed(capsys, "run", "preds.csv", code=2)[1]


def test_the_runs_are_listed_the_latest_first(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    typed(capsys, "run", "mine", "--set", "epochs=5")
    typed(capsys, "run", "fails", code=3)
    lines = typed(capsys, "runs")[0].splitlines()

    assert lines[0].split() == ["run", "plugin", "settings", "valid", "95", "%", "interval", "verdict", "when"]
    assert [line.split()[:3] for line in lines[1:]] == [["r2", "fails", "-"], ["r1", "mine", "epochs=5"]]
    assert "failed E202" in lines[1]


def test_runs_as_csv_are_unrounded(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = as_json(capsys, "run", "mine", "--set", "epochs=5")
    (row,) = csv.DictReader(io.StringIO(typed(capsys, "runs", "--csv")[0]))

    assert (row["run"], row["changed"], float(row["valid_score"])) == ("r1", "epochs=5", found["valid_score"])


def test_one_run_is_shown_with_settings_curve_log_and_environment(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(capsys, "run", "mine", "--set", "epochs=30")
    out, _ = typed(capsys, "runs", "r1")

    assert "settings   epochs=30 lr=0.1 threes=true seed=0   (not the default: epochs)" in out
    assert re.search(r"\n  valid_loss      [▁▂▃▄▅▆▇█]+\n", out)
    assert re.search(r"\n +30 +0\.06667 +0\.06667 +3 +best\n", out)
    assert "fitted 30" in out
    assert "numpy 2." in out
    assert "memory" in out


def test_a_curve_can_be_had_as_csv(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    typed(capsys, "run", "mine")
    rows = list(csv.DictReader(io.StringIO(typed(capsys, "runs", "r1", "--csv")[0])))

    assert [(row["epoch"], row["loss"]) for row in rows] == [("1", "2.0"), ("2", "1.0"), ("3", "0.6666666666666666")]


def test_a_run_that_can_not_be_read_is_said_to_be_left_out(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        typed(capsys, "run", "mine")
    (here / ".kit" / "runs" / "r1" / "run.json").write_text("{")
    out, err = typed(capsys, "runs")

    assert ("r2" in out, "r1" in out) == (True, False)
    assert "r1 can't be read" in err


def test_where_nothing_was_run_that_is_said(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "kit run PATH" in typed(capsys, "runs")[0]
    assert "did you mean   digits" in typed(capsys, "runs", "-c", "digit", code=2)[1]
    assert "E001" in typed(capsys, "runs", "r1", code=2)[1]


def test_sixty_columns_are_enough(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    typed(capsys, "run", "mine", "--set", "threes=false")
    texts = [typed(capsys, *words)[0] for words in (["run", "mine"], ["runs"], ["runs", "r2"])]

    assert [line for text in texts for line in text.splitlines() if len(line) > 60] == []


def test_the_next_command_stands_on_one_line_in_a_narrow_terminal(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    (here / "plugins" / "mine.py").write_text(LEARNS.replace("loss=2 / epoch", "loss=9.0"))
    out, _ = typed(capsys, "run", "plugins/mine.py", "--set", "epochs=4", "--set", "threes=false")

    assert re.search(r"\n  Next     kit run plugins/mine.py --set .* --set lr=0.01\n           a smaller", out)


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "kit", *arguments],
        cwd=folder, env=os.environ | {"COLUMNS": "120"}, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def trains(folder: Path) -> bool:
    """Whether the child of a run in `folder` has begun."""
    return any((folder / ".kit" / "runs").glob(".r*/job/out/log.txt"))


@pytest.mark.parametrize(
    ("signals", "code"), [([signal.SIGINT], 130), ([signal.SIGTERM], 143), ([signal.SIGINT] * 300, 130)]
)
def test_ctrl_c_keeps_what_was_learned_so_far(
    signals: list[signal.Signals], code: int, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    process = start(here, "run", "slow", "--set", "epochs=600")
    until = time.monotonic() + 60
    while not trains(here) and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(2)
    for number in signals:  # the next ones come while the run is being kept, and while Python ends
        process.send_signal(number)
        time.sleep(0.01)
    out, err = process.communicate(timeout=60)

    assert (process.returncode, out) == (code, "")
    assert re.search(r"stopped\.  r1 keeps its \d+ epochs? so far; there is no score\.   kit runs r1", err)
    run = as_json(capsys, "runs", "r1")
    assert (run["state"], run["valid_score"], run["params"]) == ("interrupted", None, {"epochs": 600})
    assert len(run["events"]) > 0
    assert [path.name for path in (here / ".kit" / "runs").iterdir()] == ["r1"]
    assert "interrupted" in typed(capsys, "runs")[0]


@pytest.mark.slow
def test_two_runs_at_once_are_both_kept(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    typed(capsys, "info", "digits")  # the data are there
    processes = [start(here, "run", "slow", "--set", f"epochs={n}") for n in (5, 6)]
    codes = [(process.communicate(timeout=90), process.returncode)[1] for process in processes]

    assert codes == [0, 0]
    assert sorted(run["params"]["epochs"] for run in as_json(capsys, "runs")) == [5, 6]


@pytest.mark.parametrize(
    ("kind", "n_better", "n_worse", "words"),
    [
        ("unclear", 3, 2, "no clear difference (3 images better, 2 worse)"),
        ("better", 14, 2, "clearly better (14 images better, 2 worse)"),
        ("worse", 1, 9, "clearly worse (1 image better, 9 worse)"),
        ("unclear", 0, 0, "no difference: the same images are right"),
        ("unclear", None, None, "no clear difference"),
        ("better", None, None, "clearly better"),
    ],
)
def test_a_comparison_is_said_without_statistics(
    kind: Any, n_better: int | None, n_worse: int | None, words: str
) -> None:
    assert in_words(Comparison(kind=kind, p=0.5, n_better=n_better, n_worse=n_worse), "image") == words


def test_scores_of_other_rows_are_not_compared() -> None:
    assert "can't be compared" in in_words(None, "row")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"params": {"epochs": 20}}, "epochs=15"),
        ({"params": {"lr": 0.1}, "seed": 4}, "lr=0.002, seed=0"),
        ({"plugin_sha256": "b"}, "other code"),
        ({}, "the same code and settings"),
    ],
)
def test_the_last_run_is_named_by_what_differs(changes: dict[str, Any], words: str) -> None:
    assert differences(a_run(2, **changes), a_run(1)) == words


def test_an_epoch_that_is_no_count_does_not_fill_the_screen() -> None:
    run = a_run(events=({"epoch": 1e300, "loss": 1e300, "valid_accuracy": 1e300},))

    assert all(len(line) <= 100 for line in lines(Ran(run=run, before=None, comparison=None, next_step=("", ""))))


def test_classes_of_tables_are_taken_for_each_other() -> None:
    pairs = (Confusion(truth="cat", answer="dog", n=3), Confusion(truth="dog", answer="cat", n=1))

    assert confused(a_run(kind="tabular-classification", confused=pairs)) == "cat taken for dog (3x), dog for cat (1x)"


def verdict(kind: Any, cause: Any = "") -> Verdict:
    return Verdict(kind=kind, because="", advice="", cause=cause)


TOO_HIGH = verdict("not learning", "rate too high")


FALLING = tuple({"epoch": n, "valid_loss": abs(n - 6) + 1.0} for n in range(1, 16))
FROM_0 = tuple({"epoch": n, "valid_loss": abs(n - 6) + 1.0} for n in range(15))


@pytest.mark.parametrize(
    ("changes", "command"),
    [
        ({}, "kit submit mine"),
        ({"verdict": verdict("appropriate"), "params": {"epochs": 20}}, "kit submit mine"),
        ({"verdict": TOO_HIGH}, "kit run mine --set lr=0.0002"),
        ({"verdict": TOO_HIGH, "params": {"lr": 100.0}}, "kit run mine --set lr=0.01"),
        ({"verdict": TOO_HIGH, "defaults": {}}, "kit runs r1"),
        ({"verdict": verdict("not learning")}, "kit run mine --set lr=0.02"),
        ({"verdict": verdict("not learning"), "params": {"epochs": 2}}, "kit run mine --set epochs=8"),
        ({"verdict": verdict("not learning"), "events": ({"loss": 2.3},)}, "kit runs r1"),  # it learned all at once
        ({"verdict": verdict("not learning", "no step")}, "kit explain E126"),
        ({"verdict": verdict("not learning", "one answer")}, "kit runs r1"),
        ({"verdict": verdict("not learning", "one answer"), "defaults": {"hidden": 1}}, "kit run mine --set hidden=8"),
        ({"verdict": verdict("under-fitting"), "seed": 3}, "kit run mine --set epochs=30 --seed 3"),
        ({"verdict": verdict("under-fitting"), "usage": Usage(wall_s=50.0)}, "kit submit mine"),
        ({"verdict": verdict("over-fitting"), "events": FALLING}, "kit run mine --set epochs=6"),
        ({"verdict": verdict("over-fitting"), "events": FROM_0}, "kit run mine --set epochs=7"),
        ({"state": "failed"}, "kit runs r1"),
        (
            {"verdict": verdict("over-fitting"), "events": FALLING, "defaults": {"rounds": 500}},
            "kit run mine --set rounds=6",
        ),
        (
            {"verdict": verdict("over-fitting"), "events": FALLING, "params": {"lr": 0.1}},
            "kit run mine --set lr=0.1 --set epochs=6",
        ),
    ],
)
def test_the_next_command_follows_from_the_verdict(changes: dict[str, Any], command: str) -> None:
    assert next_step(a_run(**changes), called="mine", flag="", time_limit_s=60.0)[0] == command


def test_a_rate_is_not_advised_downwards_again_and_again() -> None:
    rates = [a_run(n, verdict=TOO_HIGH, params={"lr": 10.0**-n}) for n in range(3, 6)]
    steps = [next_step(rates[n], called="x", flag="", time_limit_s=60.0, earlier=rates[:n])[0] for n in range(3)]

    assert steps == ["kit run x --set lr=0.0001", "kit run x --set lr=1e-05", "kit runs r5"]


NEVER_RUN = """

def steps():
    import torch
    for opt in ():
        loss.backward()
        opt.step()
"""


def test_a_mistake_in_the_source_is_told_on_a_line(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    (here / "plugins" / "mine.py").write_text(LEARNS + NEVER_RUN)
    out, _ = typed(capsys, "run", "mine")

    assert "  Next     kit explain E121" in out
    assert re.search(r"\n  advice   E121 (\S+ )?line \d+: .*\s+kit explain E121\n", out), out


def test_of_a_long_log_the_beginning_and_the_end_are_shown(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "plugins" / "mine.py").write_text(
        LEARNS.replace('print("fitted", epochs)', "[print(i) for i in range(405)]")
    )
    out = typed(capsys, "run", "mine")[0]
    shown = typed(capsys, "runs", "r1")[0].partition("  printed\n")[2]

    assert 'printed  405 lines, the last: "404"   all: kit runs r1' in out
    assert [line.strip() for line in shown.splitlines()[:5]] == ["0", "1", "2", "3", "4"]
    assert re.search(r"\n +… 390 lines between; all are in \S+r1.log.txt\n +395\n", shown)
    assert shown.rstrip().endswith("404")


def test_what_was_set_has_to_be_written_down_before_it_is_submitted() -> None:
    params: dict[str, Json] = {"epochs": 20}
    command, why = next_step(a_run(params=params), called="mine", flag=" -c digits", time_limit_s=60.0)

    assert (command, "write epochs=20 there first" in why) == ("kit submit mine -c digits", True)


def test_after_a_clearly_worse_run_the_better_one_is_shown() -> None:
    assert next_step(a_run(2), called="mine", flag="", time_limit_s=60.0, better=a_run(1))[0] == "kit runs r1"


def test_a_failed_invariance_is_told_with_its_lesson_and_comes_first() -> None:
    problem = Problem(code="E205", message="predict() changes its mind")
    check = Check(name="same twice", state="failed", problem=problem)

    assert told(check).startswith("same twice: predict() changes its mind   ")
    assert told(check).endswith("kit explain E205")
    assert next_step(a_run(checks=(check,)), called="mine", flag="", time_limit_s=60.0)[0] == "kit explain E205"
