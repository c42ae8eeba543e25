"""sweep, lr and curve as they are typed."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from kit.cli import run as kit_run

LEARNS = '''"""The nearest mean of a class, moved away from it by hand."""
import numpy as np

def fit(train, run, shift=0.0, epochs=2, lr=0.1, fails=False):
    if fails:
        raise ValueError("no")
    for epoch in range(1, epochs + 1):
        start = 2.3 if epoch == 1 and lr > 0.001 else 2.0
        loss = float("nan") if lr > 5 else start - min(1.9, lr)
        run.log(epoch=epoch, loss=loss, valid_loss=loss, gradient_1=0.1, gradient_2=lr)
    return np.array([train.flat[train.y == k].mean(0) if (train.y == k).any() else 9 for k in range(10)]) + shift

def predict(model, X):
    return ((X.reshape(len(X), 1, -1) - model) ** 2).sum(2).argmin(1)
'''
SLOW = LEARNS.replace("run.log(", "__import__('time').sleep(0.3); run.log(")


@pytest.fixture
def here(workspace: Path) -> Path:
    (workspace / "plugins").mkdir()
    (workspace / "plugins" / "mine.py").write_text(LEARNS)
    (workspace / "plugins" / "slow.py").write_text(SLOW)
    return workspace


def typed(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> tuple[str, str]:
    capsys.readouterr()
    assert kit_run(arguments) == code, capsys.readouterr().err
    out, err = capsys.readouterr()
    return out, err


def as_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    return json.loads(typed(capsys, *arguments, "--json")[0])


def test_a_sweep_shows_each_combination_and_names_the_best_and_those_that_are_tied(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, err = typed(capsys, "sweep", "mine", "--set", "shift=0,9", "--set", "epochs=1,2", "--html", "page.html")
    lines = [line.split() for line in out.splitlines()]

    assert lines[0][:4] == ["shift", "epochs", "train", "valid"]
    assert [line[:2] for line in lines[1:5]] == [["0", "1"], ["0", "2"], ["9", "1"], ["9", "2"]]
    assert [line[-1] for line in lines[1:3]] == ["best", "tied"]
    assert "shift=0 epochs=1 is best with" in out
    assert "not distinguishable from it on these 216 images is shift=0 epochs=2." in " ".join(out.split())
    assert "4 runs to make" in err
    assert "4 of 4" in err
    page = (here / "page.html").read_text(encoding="utf-8")
    assert "accuracy by shift" in page
    assert "Logged: gradient" in page
    assert [run["params"] for run in as_json(capsys, "runs")][-1].keys() == {"shift", "epochs"}


def test_what_was_run_before_is_not_run_again(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = as_json(capsys, "run", "mine", "--set", "shift=0.5")
    out, err = typed(capsys, "sweep", "mine", "--set", "shift=0,0.5", "--json")
    again = as_json(capsys, "sweep", "mine", "--set", "shift=0.5,0")

    assert "1 of 2 runs reused" in err
    assert json.loads(out)["combinations"][1]["runs"][0]["run"] == first["run"]
    assert [one["n_reused"] for one in again["combinations"]] == [1, 1]
    assert len(as_json(capsys, "runs")) == 2


def test_other_code_is_another_sweep(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    as_json(capsys, "sweep", "mine", "--set", "shift=0")
    (here / "plugins" / "mine.py").write_text(LEARNS + "\n")

    assert as_json(capsys, "sweep", "mine", "--set", "shift=0")["combinations"][0]["n_reused"] == 0


def test_a_combination_that_fails_is_shown_with_its_code_and_stops_no_other(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, _ = typed(capsys, "sweep", "mine", "--set", "fails=true,false")

    assert "failed E202" in out
    assert "fails=true: E202" in out
    assert "fails=false has" in out
    assert as_json(capsys, "sweep", "mine", "--set", "fails=true")["best"] is None


def test_each_run_is_a_row_of_the_csv(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(
        csv.DictReader(io.StringIO(typed(capsys, "sweep", "mine", "--set", "shift=0", "--seeds", "2", "--csv")[0]))
    )

    assert [(row["shift"], row["seed"], row["state"]) for row in rows] == [("0.0", "0", "done"), ("0.0", "1", "done")]


def test_sixty_columns_are_enough(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    texts = [
        typed(capsys, "sweep", "mine", "--set", "shift=0,9")[0],
        typed(capsys, "curve", "mine", "--sizes", "1/2,all")[0],
    ]

    assert [line for text in texts for line in text.splitlines() if len(line) > 60 and "Next" not in line] == []


@pytest.mark.parametrize("command", ["sweep", "lr", "curve"])
def test_a_file_of_answers_can_not_be_studied(command: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "E006" in typed(capsys, command, "preds.csv", code=2)[1]


def test_a_curve_says_whether_more_rows_would_help(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = typed(capsys, "curve", "mine", "--sizes", "20,all", "--html", "page.html")
    found = as_json(capsys, "curve", "mine", "--sizes", "20,all")

    assert "More data would still help: from 20 to 862 rows the score went from" in " ".join(out.split())
    assert out.count("●") == 2
    assert [size["rows"] for size in found["sizes"]] == [20, 862]
    assert found["more"] == "helps"
    assert "would more data help?" in (here / "page.html").read_text(encoding="utf-8")
    assert as_json(capsys, "runs") == []


def test_an_agent_has_no_rows_for_a_curve(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "has no rows" in typed(capsys, "curve", "constant", "-c", "cartpole", code=2)[1]
    assert "kit sweep ppo -c cartpole --set steps=" in typed(capsys, "curve", "ppo", "-c", "cartpole", code=2)[1]


AGENT = """import numpy as np

def fit(task, run, slope=0.5, lr=0.1):
    for epoch in (1, 2):
        run.log(epoch=epoch, mean_return=20 + (100 * lr if lr <= 1 else 0) * (epoch > 1))
    return np.array([0.1, slope, 1, 1])

def predict(model, X):
    return (X @ model > 0).astype(int)
"""


@pytest.mark.slow
def test_settings_and_rates_of_an_agent_are_compared_by_its_returns(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("gymnasium")
    (here / "plugins" / "agent.py").write_text(AGENT)
    out, _ = typed(capsys, "sweep", "agent", "-c", "cartpole", "--set", "slope=-9,0.5", "--html", "sweep.html")
    lines = [line.split() for line in out.splitlines()]
    assert lines[0] == ["slope", "valid", "95", "%", "interval", "verdict", "seconds", "note"]
    assert "solved" in lines[2]
    assert "mean_return by epoch" in (here / "sweep.html").read_text(encoding="utf-8")

    out, err = typed(capsys, "lr", "agent", "-c", "cartpole", "--html", "lr.html")
    assert "mean return 120" in err
    assert "The largest stable lr is 1" in out
    assert "kit run agent -c cartpole --set lr=0.33" in out
    assert "Mean return by epoch" in (here / "lr.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_sweep_of_an_agent_goes_on_where_it_was_stopped(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("gymnasium")
    (here / "plugins" / "agent.py").write_text(AGENT)
    as_json(capsys, "sweep", "agent", "-c", "cartpole", "--set", "slope=0.5")
    told = as_json(capsys, "sweep", "agent", "-c", "cartpole", "--set", "slope=0.5,1")

    assert [one["n_reused"] for one in told["combinations"]] == [1, 0]


@pytest.mark.slow
def test_nine_rates_are_drawn_and_a_third_of_the_largest_stable_one_is_suggested(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, err = typed(capsys, "lr", "mine", "--html", "page.html")

    assert "The largest stable lr is 3" in out
    assert "Suggested: lr=1, a third of that." in out
    assert "kit run mine --set lr=1" in out
    assert "9 of 9" in err
    assert "the learning rate" in (here / "page.html").read_text(encoding="utf-8")
    assert as_json(capsys, "runs") == []


def trains(folder: Path) -> bool:
    return any((folder / ".kit" / "runs").glob("r*"))


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_sweep_that_was_stopped_goes_on_where_it_was(
    number: signal.Signals, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["sweep", "slow", "--set", "shift=0,1,2,3,4,5", "--jobs", "1"]
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "kit", *words], cwd=here, env=os.environ | {"COLUMNS": "120"}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    until = time.monotonic() + 60
    while not trains(here) and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    n_kept = len(as_json(capsys, "runs"))

    if number == signal.SIGINT:
        assert process.returncode == 130
        assert f"{n_kept} run" in err
        assert "the same command goes on from there" in err
    assert 1 <= n_kept < 6
    found = as_json(capsys, *words)
    assert sum(one["n_reused"] for one in found["combinations"]) == n_kept
    assert sorted(path.name for path in (here / ".kit" / "runs").iterdir() if path.name.startswith(".")) == []


@pytest.mark.slow
@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one core")
@pytest.mark.parametrize(("jobs", "are_at_once"), [("1", False), ("2", True)])
def test_as_many_runs_are_made_at_once_as_there_are_jobs(
    jobs: str, are_at_once: bool, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(capsys, "sweep", "slow", "--set", "shift=0,1", "--jobs", jobs)

    first, second = sorted(as_json(capsys, "runs"), key=lambda run: float(run["at"]))
    assert (second["at"] < first["at"] + first["seconds"]) == are_at_once
