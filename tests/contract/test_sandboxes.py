"""Every sandbox passes the same case."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest

from kit.sandbox.base import Sandbox
from kit.sandbox.bubblewrap import BubblewrapSandbox
from kit.sandbox.predict import Conversation
from kit.sandbox.process import ProcessSandbox
from kit.sandbox.template import TemplateSandbox
from kit.testing.jobs import stage_tiny_job, tiny_job
from kit.testing.sandboxes import PREDICT, SandboxCase, Trial

LOADER = f"""
import torch
from torch.utils.data import DataLoader, TensorDataset
def fit(train):
    X, y = train.tensors()
    return sum(len(batch) for batch, _ in DataLoader(TensorDataset(X, y), batch_size=16, num_workers=2))
{PREDICT}"""
TWO_CHILDREN = """
import os, time
def fit(run):
    pids = [os.getpid()]
    for _ in range(2):
        if (pid := os.fork()) == 0:
            os.setsid()
            time.sleep(60)
        pids.append(pid)
    print(*pids)
    time.sleep(60)
"""
REAP = "import sys; from pathlib import Path; from kit.sandbox.scratch import reap; reap(Path(sys.argv[1]))"
PARENT = """
import sys, time
from pathlib import Path
from kit.executor.local import LocalExecutor
from kit.sandbox.process import ProcessSandbox
job = Path(sys.argv[1])
LocalExecutor(ProcessSandbox(job / "scratch")).start(job)
time.sleep(60)
"""


class TestBubblewrapSandbox(SandboxCase):
    @pytest.fixture
    def sandbox(self, tmp_path: Path) -> Sandbox:
        sandbox = BubblewrapSandbox(tmp_path / "scratch")
        if not (found := sandbox.probe()).is_complete:
            pytest.skip(str(found.reasons))
        return sandbox


@pytest.fixture(scope="session")
def runtime() -> Iterator[Path]:
    """Where the templates of all tests are; these end with it."""
    with tempfile.TemporaryDirectory(prefix="kit-") as short:  # the path of a socket may have about 100 characters
        yield Path(short)


class TestTemplateSandbox(SandboxCase):
    @pytest.fixture
    def sandbox(self, tmp_path: Path, runtime: Path) -> Sandbox:
        sandbox = TemplateSandbox(tmp_path / "scratch", runtime, idle_s=60)
        if not (found := sandbox.probe()).is_complete:
            pytest.skip(str(found.reasons))
        return sandbox


class TestProcessSandbox(SandboxCase):
    @pytest.fixture
    def sandbox(self, tmp_path: Path) -> Sandbox:
        return ProcessSandbox(tmp_path / "scratch")

    @pytest.mark.skipif(sys.platform != "linux", reason="the guard")
    def test_a_plugin_that_kills_its_guard_survives_no_more_than_others(self, run: Trial) -> None:
        source = (
            "import os, signal, time\ndef fit(train):\n    os.kill(os.getppid(), signal.SIGKILL)\n    time.sleep(60)\n"
        )

        run(source)

        assert run.code == "E209"


@pytest.mark.skipif(find_spec("torch") is None, reason="needs torch")
def test_a_dataloader_with_workers_is_an_honest_use(tmp_path: Path) -> None:
    job, questions = tiny_job(tmp_path, LOADER)
    sandbox = ProcessSandbox()  # in the temporary folder: a socket's path must be short

    outcome = sandbox.run(
        job,
        job.limits,
        log=tmp_path / "log.txt",
        serve=Conversation(questions),
        on_event=lambda event: None,
        cancelled=lambda: False,
    )

    assert outcome.status == "done"


@pytest.mark.skipif(sys.platform != "linux", reason="parent-death signal")
def test_a_parent_that_is_killed_leaves_nobody_alive_and_its_scratch_is_reaped(tmp_path: Path) -> None:
    stage_tiny_job(tmp_path, TWO_CHILDREN)
    parent = subprocess.Popen([sys.executable, "-P", "-c", PARENT, str(tmp_path)])
    log, until = tmp_path / "out" / "log.txt", time.monotonic() + 30
    while not (log.exists() and log.read_text().endswith("\n")) and time.monotonic() < until:
        time.sleep(0.05)
    pids = [int(pid) for pid in log.read_text().split()]

    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    psutil.wait_procs([psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)], timeout=10)

    assert [psutil.pid_exists(pid) for pid in pids] == [False] * 3
    assert list((tmp_path / "scratch").glob("*"))
    stage_tiny_job(tmp_path / "next", "def fit(train):\n    return 1\n")
    subprocess.run([sys.executable, "-P", "-c", REAP, str(tmp_path / "scratch")], check=True)
    assert not list((tmp_path / "scratch").glob("*"))
