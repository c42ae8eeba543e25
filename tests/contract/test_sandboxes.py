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

from kit.job import Limits
from kit.plugin.manager import harness
from kit.sandbox import template
from kit.sandbox.base import Sandbox
from kit.sandbox.bubblewrap import BubblewrapSandbox, missing
from kit.sandbox.predict import Conversation
from kit.sandbox.process import ProcessSandbox
from kit.sandbox.template import TemplateSandbox
from kit.testing.jobs import stage_tiny_job, tiny_job
from kit.testing.sandboxes import PREDICT, SandboxCase, Trial

ROOT = Path(__file__).resolve().parents[2]
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
    for _ in range(2):
        if os.fork() == 0:
            os.setsid()
            time.sleep(60)
    print("all there")
    time.sleep(60)
"""
REAP = "import sys; from pathlib import Path; from kit.sandbox.scratch import reap; reap(Path(sys.argv[1]))"
PARENT = """
import sys, time
from pathlib import Path
from kit.executor.local import LocalExecutor
from kit.plugin.manager import harness
job = Path(sys.argv[1])
LocalExecutor(harness().load("register_sandboxes", sys.argv[2])(job / "scratch")).start(job)
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


@pytest.mark.slow
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


NEEDS_BUBBLEWRAP = pytest.mark.skipif(bool(missing()), reason=missing())
BOTH = pytest.mark.parametrize("name", ["process", pytest.param("bubblewrap", marks=NEEDS_BUBBLEWRAP)])


@BOTH
@pytest.mark.skipif(find_spec("torch") is None, reason="needs torch")
def test_a_dataloader_with_workers_is_an_honest_use(tmp_path: Path, name: str) -> None:
    job, questions = tiny_job(tmp_path, LOADER)
    sandbox = harness().load("register_sandboxes", name)()  # in the temporary folder: a socket's path must be short

    outcome = sandbox.run(
        job,
        job.limits,
        log=tmp_path / "log.txt",
        serve=Conversation(questions),
        on_event=lambda event: None,
        cancelled=lambda: False,
    )

    assert outcome.status == "done"


@BOTH
@pytest.mark.skipif(sys.platform != "linux", reason="parent-death signal")
def test_a_parent_that_is_killed_leaves_nobody_alive_and_its_scratch_is_reaped(tmp_path: Path, name: str) -> None:
    stage_tiny_job(tmp_path, TWO_CHILDREN)
    parent = subprocess.Popen([sys.executable, "-P", "-c", PARENT, str(tmp_path), name])
    log, until = tmp_path / "out" / "log.txt", time.monotonic() + 30
    while not (log.exists() and log.read_text().endswith("\n")) and time.monotonic() < until:
        time.sleep(0.05)
    tree = psutil.Process(parent.pid).children(recursive=True)

    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    psutil.wait_procs(tree, timeout=10)

    assert len(tree) >= 4
    assert not [process for process in tree if process.is_running()]
    assert list((tmp_path / "scratch").glob("*"))
    subprocess.run([sys.executable, "-P", "-c", REAP, str(tmp_path / "scratch")], check=True)
    assert not list((tmp_path / "scratch").glob("*"))


LISTS = """
import os
def fit(train):
    for place in {places}:
        try:
            print(os.listdir(place))
        except OSError:
            print("no")
    return 1
"""
FULL = """
def fit(run):
    (run.workdir / "x").write_bytes(bytes(9 << 20))
"""


NAMELESS = """
import mmap, os, time
def fit(train):
    {hold}
    time.sleep(60)
"""
HELD = {
    "files without a name": "os.write(os.memfd_create('x'), bytes(220 << 20))",
    "shared memory of which no page is mapped": (
        "kept = mmap.mmap(-1, 220 << 20); kept.write(bytes(220 << 20)); kept.madvise(mmap.MADV_DONTNEED)"
    ),
    "page tables": (
        "kept = mmap.mmap(-1, 256 << 30, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, mmap.PROT_READ); kept.madvise(15)\n"
        "    for i in range(0, 256 << 30, 2 << 20): kept[i]"
    ),
}


class TestWhatIsInside:
    """Of the view, as a plugin sees it."""

    @pytest.fixture
    def run(self, tmp_path: Path) -> Trial:
        if why := missing():
            pytest.skip(why)
        return Trial(BubblewrapSandbox(tmp_path / "scratch"), tmp_path)

    def test_the_folder_of_the_job_its_neighbours_and_the_checkout_can_not_be_listed(
        self, run: Trial, tmp_path: Path
    ) -> None:
        places = [tmp_path, tmp_path / "job1" / "test", ROOT / "competitions", Path.home()]
        if not ROOT.is_relative_to("/tmp"):  # there the folder that holds its environment is one of our own
            places.append(ROOT)

        run(LISTS.format(places=[str(path) for path in places]) + PREDICT)

        assert (run.code, run.log.read_text()) == ("", "no\n" * len(places))

    def test_only_the_job_is_in_its_folder_and_all_else_is_empty(self, run: Trial) -> None:
        run(
            f"import os\ndef fit(train):\n    for name in ('/in', '/in/data', '/scratch', '/dev/shm'):\n"
            f"        print(sorted(os.listdir(name)))\n    return 1\n{PREDICT}"
        )

        assert run.log.read_text() == "['data', 'job.json', 'lib', 'plugin']\n['train', 'valid']\n[]\n[]\n"

    def test_scratch_that_is_full_is_the_limit_that_was_reached(self, run: Trial) -> None:
        outcome = run(FULL, Limits(time_limit_s=30, memory_limit_mib=2048, scratch_limit_mib=8))

        # A plugin that meets the full folder before we have looked ends by its own error, which says the same.
        assert (outcome.limit, run.code) in [("scratch_limit_mib", "E214"), (None, "E214")]

    def test_files_in_memory_count_as_memory(self, run: Trial) -> None:
        source = (
            "import time\ndef fit(train):\n    kept = b'x' * (90 << 20)\n"
            "    open('/dev/shm/x', 'wb').write(kept)\n    time.sleep(60)\n"
        )

        outcome = run(source, Limits(time_limit_s=30, memory_limit_mib=200))

        assert outcome.limit == "memory_limit_mib"

    @pytest.mark.parametrize("hold", HELD)
    def test_memory_counts_that_is_resident_in_no_process(self, run: Trial, hold: str) -> None:
        outcome = run(NAMELESS.format(hold=HELD[hold]), Limits(time_limit_s=30, memory_limit_mib=200))

        assert outcome.limit == "memory_limit_mib"

    def test_the_data_of_scikit_learn_are_not_there_and_it_is_said_why(self, run: Trial) -> None:
        outcome = run("from sklearn.datasets import load_digits\ndef fit(train):\n    return load_digits()\n")

        assert outcome.problem is not None
        assert "data come through train" in outcome.problem.why


@pytest.mark.slow
@pytest.mark.skipif(bool(template.missing()), reason=template.missing())
class TestWhatIsInsideTheCopyOfATemplate(TestWhatIsInside):
    """The same view, made by other means."""

    @pytest.fixture
    def run(self, tmp_path: Path, runtime: Path) -> Trial:
        return Trial(TemplateSandbox(tmp_path / "scratch", runtime, idle_s=60), tmp_path)
