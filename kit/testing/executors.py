"""`ExecutorCase`: what every executor does with a staged job."""

# ruff: noqa: D102 - the name of a test says what it shows

from __future__ import annotations

import time
from pathlib import Path

import pytest

from kit.executor.base import Executor, Running
from kit.job import Outcome
from kit.run import collect
from kit.testing.jobs import HONEST, right_answers, stage_tiny_job

SLEEP = "import time\ndef fit(train, run, epochs=7):\n    run.log(epoch=2, loss=0.25)\n    time.sleep(60)\n"


def wait(running: Running, seconds: float = 60) -> Outcome:
    """The outcome of `running`, which must come within `seconds`."""
    until = time.monotonic() + seconds
    while (outcome := running.poll()) is None:
        assert time.monotonic() < until, "the job did not end"
        time.sleep(0.02)
    return outcome


class ExecutorCase:
    """Subclass it, override `executor`, and pytest collects the tests."""

    @pytest.fixture
    def executor(self, tmp_path: Path) -> Executor:
        """The executor to be tested."""
        raise NotImplementedError

    def test_a_job_leaves_answers_model_and_outcome_in_its_folder(self, executor: Executor, tmp_path: Path) -> None:
        stage_tiny_job(tmp_path / "job", HONEST)

        outcome = wait(executor.start(tmp_path / "job"))

        left = collect(tmp_path / "job")
        assert left.outcome == outcome
        assert left.answers is not None
        assert left.answers.tolist() == right_answers(tmp_path / "job")
        assert left.events == [{"epoch": 1, "loss": 0.5}]
        assert left.model

    def test_start_returns_while_the_job_runs_and_progress_tells_where_it_is(
        self, executor: Executor, tmp_path: Path
    ) -> None:
        stage_tiny_job(tmp_path / "job", SLEEP)
        running = executor.start(tmp_path / "job")
        until = time.monotonic() + 30
        while running.progress().epoch is None and time.monotonic() < until:
            time.sleep(0.02)

        found = running.progress()
        running.kill()

        assert (found.phase, found.epoch, found.epochs, found.loss) == ("training", 2, 7, (0.25,))

    def test_kill_is_idempotent_and_the_outcome_stays(self, executor: Executor, tmp_path: Path) -> None:
        stage_tiny_job(tmp_path / "job", SLEEP)
        running = executor.start(tmp_path / "job")

        running.kill()
        running.kill()

        assert [wait(running, 1).status, wait(running, 1).status] == ["killed", "killed"]

    def test_two_jobs_at_once_share_nothing(self, executor: Executor, tmp_path: Path) -> None:
        for name in ("a", "b"):
            stage_tiny_job(tmp_path / name, HONEST)

        outcomes = [wait(running) for running in [executor.start(tmp_path / name) for name in ("a", "b")]]

        assert [outcome.status for outcome in outcomes] == ["done", "done"]

    def test_capacity_is_something(self, executor: Executor) -> None:
        assert executor.capacity().cpus >= 1
