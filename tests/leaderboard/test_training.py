"""One run without a board: what is kept of it, whatever its end."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from kit.errors import Problem, StorageError, UsageError
from kit.executor.local import LocalExecutor
from kit.job import Json, Limits, Progress
from kit.metrics.accuracy import accuracy
from kit.plugin.archive import pack
from kit.sandbox.process import ProcessSandbox
from leaderboard.runs import LocalRun, Runs
from leaderboard.store.sqlite import SqliteStore
from leaderboard.training import NewRun, best_epoch, curve, measured_against, train

GOOD = """
def fit(train, run, epochs=2, right=True):
    for epoch in range(1, epochs + 1):
        run.log(epoch=epoch, loss=1 / epoch)
        print("epoch", epoch)
    return right

def predict(model, X):
    column = X.to_numpy()[:, 0].astype(int)
    return column % 3 if model else column * 0
"""
FAILS = GOOD.replace("return right", "raise ValueError('no')")
Train = Callable[..., LocalRun]


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path / "runs", SqliteStore(tmp_path / "board.sqlite"))


@pytest.fixture
def trained(runs: Runs, tiny: ModuleType, tmp_path: Path) -> Train:
    def run(source: str = GOOD, *, params: dict[str, Json] | None = None, seed: int = 0, **more: Any) -> LocalRun:
        path = tmp_path / "model.py"
        path.write_text(source)
        new = NewRun(
            competition="tiny",
            prepared=tiny.tiny_prepared(tmp_path),
            metric=accuracy(),
            limits=Limits(time_limit_s=30.0, memory_limit_mib=2048),
            archive=pack(path),
            name="plugins/model",
            plugin="model",
            params=params or {},
            defaults={"epochs": 2, "right": True},
            seed=seed,
            reference=1.0,
        )
        return train(new, runs, LocalExecutor(ProcessSandbox(tmp_path / "scratch")), **more)

    return run


def test_a_run_is_scored_on_the_validation_rows_and_kept(trained: Train, runs: Runs) -> None:
    run = trained(seed=3)

    assert (run.label, run.state, run.valid_score, run.train_score, run.seed) == ("r1", "done", 1.0, 1.0, 3)
    assert run.interval_lo is not None
    assert 0 < run.interval_lo < 1
    assert run.verdict is not None
    assert runs.all() == (run,) == (runs.get("r1"),)
    assert runs.log(run) == "epoch 1\nepoch 2\n"


def test_the_files_of_a_run_are_beside_it_and_nothing_else_is(trained: Train, runs: Runs) -> None:
    folder = runs.folder(trained())

    assert {path.name for path in folder.iterdir()} == {
        "run.json", "log.txt", "valid.npy", "train.npy", "score.npz", "model.bin",
    }  # fmt: skip
    assert [path.name for path in folder.parent.iterdir()] == ["r1"]


def test_no_test_row_is_asked_for(trained: Train, runs: Runs) -> None:
    run = trained(GOOD.replace("column = X", "print(len(X)); column = X"))
    asked = {int(line) for line in runs.log(run).splitlines() if line.isdecimal()}

    assert 60 not in asked


def test_parameters_reach_fit_and_are_kept(trained: Train) -> None:
    run = trained(params={"right": False})

    assert (run.params, run.settings["right"], run.changed) == ({"right": False}, False, {"right": False})
    assert run.valid_score != 1.0


def test_a_parameter_that_is_set_to_its_default_is_not_called_changed(trained: Train) -> None:
    assert trained(params={"epochs": 2}).changed == {}


def test_the_classes_that_are_taken_for_each_other_are_named(trained: Train) -> None:
    confused = trained(params={"right": False}).confused

    assert {(one.truth, one.answer) for one in confused} == {("b", "a"), ("c", "a")}
    assert [one.n for one in confused] == sorted((one.n for one in confused), reverse=True)


def test_a_plugin_that_fails_leaves_a_run_with_its_problem_curve_and_log(trained: Train, runs: Runs) -> None:
    run = trained(FAILS)

    assert (run.state, run.valid_score, run.verdict) == ("failed", None, None)
    assert run.problem is not None
    assert (run.problem.code, run.problem.printed) == ("E202", "epoch 1\nepoch 2")
    assert curve(run.events, "loss") == (1.0, 0.5)
    assert "ValueError" in runs.log(run)
    assert "ValueError" not in runs.own_log(run)


def test_answers_that_can_not_be_used_fail_the_run(trained: Train) -> None:
    run = trained(GOOD.replace("column % 3", "column % 3 + 5"))

    assert run.problem is not None
    assert run.problem.code == "E211"


def test_an_interrupt_keeps_what_was_learned(trained: Train, runs: Runs) -> None:
    def stop(progress: Progress) -> None:
        if progress.epoch == 2:
            raise KeyboardInterrupt

    slow = GOOD.replace('print("epoch", epoch)', "print('epoch', epoch, flush=True); import time; time.sleep(0.2)")
    run = trained(slow, params={"epochs": 500}, on_progress=stop)

    assert (run.state, run.valid_score, run.problem) == ("interrupted", None, None)
    assert curve(run.events, "loss")[:2] == (1.0, 0.5)
    assert runs.log(run).startswith("epoch 1")
    assert runs.last("tiny", "model") is None


def test_an_error_of_ours_keeps_nothing(trained: Train, runs: Runs, tmp_path: Path) -> None:
    def damage(_progress: Progress) -> None:
        raise StorageError(Problem(code="E703", message="no room"))

    with pytest.raises(StorageError, match="no room"):
        trained(on_progress=damage)

    assert runs.all() == ()
    assert list((tmp_path / "runs").iterdir()) == []


def test_a_killed_process_leaves_nothing_that_a_list_trips_over(trained: Train, runs: Runs, tmp_path: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from leaderboard.runs import Runs;"
        "from leaderboard.store.sqlite import SqliteStore; folder = Path(sys.argv[1]);"
        "runs = Runs(folder / 'runs', SqliteStore(folder / 'board.sqlite'))\n"
        "with runs.place() as place:\n"
        "    (place.kept / 'run.json').write_text('half')\n"
        "    os._exit(9)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False, timeout=60)
    left = {path.name for path in (tmp_path / "runs").iterdir()}

    assert left == {".r1", ".r1.lock"}
    assert (runs.all(), runs.labels()) == ((), ())
    assert trained().label == "r2"
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["r2"]


def test_two_places_at_once_do_not_disturb_each_other(runs: Runs, tmp_path: Path) -> None:
    other = Runs(tmp_path / "runs", SqliteStore(tmp_path / "board.sqlite"))
    with runs.place() as first, other.place() as second:
        assert (first.id, second.id) == (1, 2)
        assert first.kept.is_dir()
        assert second.kept.is_dir()


def test_a_run_that_can_not_be_read_is_named_and_does_not_hide_the_others(
    trained: Train, runs: Runs, tmp_path: Path
) -> None:
    runs_before = [trained(), trained()]
    (runs.folder(runs_before[0]) / "run.json").write_text("{}")

    assert runs.all() == (runs_before[1],)
    assert runs.labels() == ("r1", "r2")
    with pytest.raises(StorageError, match="E704"):
        runs.get("r1")


def test_an_unknown_run_is_answered_with_the_latest(trained: Train, runs: Runs) -> None:
    trained()

    for label in ("r9", "six", "", "s1", "r", "r-1"):
        with pytest.raises(UsageError, match="E001") as caught:
            runs.get(label)
        assert "r1" in caught.value.problem.fix


def test_the_last_run_is_of_the_same_plugin_and_competition_and_has_a_score(trained: Train, runs: Runs) -> None:
    first = trained()
    trained(FAILS)
    third = trained()

    assert runs.last("tiny", "model") == third
    assert runs.last("tiny", "model", before=third) == first
    assert runs.last("tiny", "other") is None
    assert runs.last("digits", "model") is None


def test_the_terms_of_the_validation_rows_are_kept(trained: Train, runs: Runs) -> None:
    run = trained(params={"right": False})
    score = runs.score(run)

    assert score is not None
    assert score.terms is not None
    assert float(np.mean(score.terms)) == run.valid_score


def test_a_curve_has_an_entry_for_each_epoch() -> None:
    events = [{"epoch": 1, "loss": 3.0}, {"epoch": 1, "loss": 2.0}, {"epoch": 2, "loss": 1.0}, {"other": 1.0}]

    assert curve(events, "loss") == (2.0, 1.0)


@pytest.mark.parametrize(
    ("events", "best"),
    [
        ([{"epoch": 1, "valid_loss": 0.5}, {"epoch": 2, "valid_loss": 0.4}, {"epoch": 3, "valid_loss": 0.6}], 2),
        ([{"epoch": 1, "valid_accuracy": 0.5}, {"epoch": 2, "valid_accuracy": 0.4}], 1),
        ([{"epoch": 1, "valid_loss": float("nan")}], None),
        ([{"epoch": 1, "loss": 0.5}], None),
    ],
)
def test_the_best_epoch_is_the_one_that_does_best_on_validation_rows(
    events: list[dict[str, float]], best: int | None
) -> None:
    assert best_epoch(events) == best


@pytest.mark.parametrize(
    ("kind", "against"),
    [("image-classification", (0.98, 0.1)), ("tabular-classification", (None, 0.1)), ("agent", (None, 0.2))],
)
def test_a_run_is_measured_against_the_simple_baseline_of_its_kind_wherever_that_stands(
    kind: str, against: tuple[float | None, float | None]
) -> None:
    baselines = {"cnn": {"train": 1.0}, "constant": {"train": 0.1, "valid": 0.2}, "logistic": {"train": 0.98}}
    assert measured_against(baselines, kind) == against
