"""Every executor passes the same case."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit.errors import SandboxError
from kit.executor.base import Executor
from kit.executor.local import LocalExecutor
from kit.sandbox.process import ProcessSandbox
from kit.testing.executors import ExecutorCase, wait
from kit.testing.jobs import HONEST, stage_tiny_job


class TestLocalExecutor(ExecutorCase):
    @pytest.fixture
    def executor(self, tmp_path: Path) -> Executor:
        return LocalExecutor(ProcessSandbox(tmp_path / "scratch"))

    def test_a_sandbox_that_cannot_be_set_up_is_told_by_poll(self, tmp_path: Path) -> None:
        stage_tiny_job(tmp_path / "job", HONEST)
        (tmp_path / "file").write_text("")

        running = LocalExecutor(ProcessSandbox(tmp_path / "file" / "scratch")).start(tmp_path / "job")

        with pytest.raises(SandboxError, match="E801"):
            wait(running)
