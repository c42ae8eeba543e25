"""`SandboxCase`: what every sandbox does with honest, broken and hostile plugins."""

# ruff: noqa: D102 - the name of a test says what it shows

from __future__ import annotations

import getpass
import multiprocessing
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from filelock import FileLock

from kit.job import Limits, Outcome
from kit.sandbox.base import Event, Sandbox
from kit.sandbox.predict import Conversation
from kit.testing.jobs import GENEROUS, HONEST, right_answers, tiny_job

PREDICT = """
def predict(model, X):
    return (X.reshape(len(X), -1)[:, 0] * 255).astype(int) % 10
"""
RUBBISH = """
import os, time
def fit(train):
    for descriptor in range(3, 1024):  # their numbers grow with what the kit has open
        try:
            os.write(descriptor, b"x" * 99)
        except OSError:
            pass
    time.sleep(30)
"""
CHILDREN = """
import os, time
def fit(train):
    for _ in range(40):
        if os.fork() == 0:
            time.sleep(60)
    time.sleep(60)
"""
HOG = """
import numpy as np
def fit(train):
    kept = []
    while True:
        kept.append(np.ones(10**6))
"""
DESCRIPTORS = f"""
import os
def fit(train):
    os.write(1, b"hello")
    assert os.read(0, 9) == b""
    return 1
{PREDICT}"""
DIES_WHEN_KEPT = f"""
import os
class Model:
    def __reduce__(self):
        os._exit(9)
def fit(train):
    return Model()
{PREDICT}"""
OWN_CLOCK = f"""
import time
time.perf_counter = lambda: float("nan")
def fit(train):
    return 1
{PREDICT}"""
THREADS = """
import threading, time
def fit(train):
    for _ in range(100):
        threading.Thread(target=time.sleep, args=(20,)).start()
    time.sleep(20)
"""
CLOSED_STREAMS = """
import sys, threading, time
def fit(train):
    threading.Thread(target=time.sleep, args=(60,)).start()
    sys.stdout.close()
    sys.stderr = None
    raise ValueError("told all the same")
"""
BROKEN = {
    "returns_none": ("def fit(train):\n    pass\n", "E201"),
    "raises": ("def fit(train):\n    return train.nope\n", "E202"),
    "closes_its_streams": (CLOSED_STREAMS, "E202"),
    "stops_at_import": ("1 / 0\ndef fit(train):\n    return 1\n", "E107"),
    "too_few_answers": ("def fit(train):\n    return 1\ndef predict(model, X):\n    return [0]\n", "E203"),
    "huge_answer": (
        "import numpy as np\nfit = lambda train: 1\ndef predict(model, X):\n    return np.zeros((len(X), 99999))\n",
        "E203",
    ),
    "segmentation_fault": ("import ctypes\ndef fit(train):\n    ctypes.string_at(0)\n", "E209"),
    "os_exit": ("import os\ndef fit(train):\n    os._exit(0)\n", "E210"),
    "sys_exit": ("import sys\ndef fit(train):\n    sys.exit()\n", "E210"),
    "text": ("def fit(train):\n    return 1\ndef predict(model, X):\n    return ['0'] * len(X)\n", "E211"),
    "no_predict": ("def fit(train):\n    return 1\n", "E212"),
    "predict_returns_none": ("def fit(train):\n    return 1\ndef predict(model, X):\n    pass\n", "E213"),
    "rubbish": (RUBBISH, "E216"),
    "closes_the_channel_and_returns": (
        "import os\ndef fit(train):\n    os.closerange(3, 999)\n    return 1\n",
        "E216",
    ),
    "closes_the_channel": (
        "import os, time\ndef fit(train):\n    os.closerange(3, 999)\n    time.sleep(30)\n",
        "E216",
    ),
}
SHORT = Limits(time_limit_s=2, memory_limit_mib=2048)
SURVIVOR = """
import os, sys, time
def fit(train):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            print("away", flush=True)
            os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(100)", "{mark}"])
        os._exit(0)
    time.sleep(0.3)
    return 1
"""


POOL = """
import multiprocessing
from net import square
class Number:
    def __init__(self, x):
        self.x = x
def double(number):
    return Number(2 * square(number.x))
def fit(train):
    with multiprocessing.get_context("{way}").Pool(2) as pool:
        print([number.x for number in pool.map(double, [Number(1), Number(3)])])
    return 1
"""


class Trial:
    """Runs plugins that are given as source, each with a job of its own, and keeps what came of the last one."""

    talk: Conversation
    outcome: Outcome

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self._sandbox, self._folder, self._n = sandbox, folder, 0
        self.log = folder / "log.txt"
        self.events: list[Event] = []

    def __call__(
        self, source: str, limits: Limits = GENEROUS, cancelled: Callable[[], bool] = lambda: False, **others: str
    ) -> Outcome:
        """How the run of `source` ended; `others` are the sources of its own modules."""
        self._n += 1
        self.events.clear()
        job, questions = tiny_job(self._folder / f"job{self._n}", source, limits=limits)
        for name, text in others.items():
            (Path(job.plugin) / f"{name}.py").write_text(text, encoding="utf-8")
        self.talk = Conversation(questions)
        self.outcome = self._sandbox.run(
            job, limits, log=self.log, serve=self.talk, on_event=self.events.append, cancelled=cancelled
        )
        return self.outcome

    @property
    def code(self) -> str:
        """Code of the last run's problem, or "" where there was none."""
        return self.outcome.problem.code if self.outcome.problem else ""

    @property
    def answers(self) -> list[int]:
        """Answers to the test rows."""
        return [] if self.talk.answers is None else [int(answer) for answer in self.talk.answers]


class SandboxCase:
    """Subclass it, override `sandbox`, and pytest collects the tests."""

    @pytest.fixture
    def sandbox(self, tmp_path: Path) -> Sandbox:
        """The sandbox to be tested, with its scratch folders in ``tmp_path / "scratch"`` where it has some."""
        raise NotImplementedError

    @pytest.fixture
    def run(self, sandbox: Sandbox, tmp_path: Path) -> Trial:
        """Runs plugins that are given as source."""
        return Trial(sandbox, tmp_path)

    @pytest.fixture
    def many_tasks(self) -> Iterator[None]:
        """One at a time: the system counts the processes and threads of a user, whichever test has started them."""
        with FileLock(Path(tempfile.gettempdir()) / f"kit-many-tasks-{getpass.getuser()}.lock"):
            yield

    def test_an_honest_plugin_answers_every_row_in_its_order(self, run: Trial, tmp_path: Path) -> None:
        outcome = run(HONEST)

        assert (outcome.status, outcome.problem) == ("done", None)
        assert run.answers == right_answers(tmp_path / "job1")
        assert {"epoch": 1, "loss": 0.5} in run.events

    def test_a_repeat_gives_the_same(self, run: Trial) -> None:
        source = HONEST.replace("% 10", "% 10 + __import__('numpy').random.randint(2, size=len(X))")
        answers = [(run(source).status, run.answers) for _ in range(2)]

        assert answers[0] == answers[1]

    @pytest.mark.parametrize("name", BROKEN)
    def test_a_broken_plugin_gets_its_code(self, run: Trial, name: str) -> None:
        source, code = BROKEN[name]

        outcome = run(source)

        assert (outcome.status, run.code) == ("failed", code)

    def test_an_endless_loop_is_stopped_at_the_time_limit(self, run: Trial) -> None:
        outcome = run("def fit(train):\n    while True:\n        pass\n", SHORT)

        assert (outcome.status, outcome.limit, run.code) == ("limit", "time_limit_s", "E206")

    def test_memory_is_limited(self, run: Trial) -> None:
        outcome = run(HOG, Limits(time_limit_s=30, memory_limit_mib=200))

        assert (outcome.limit, run.code) == ("memory_limit_mib", "E208")

    @pytest.mark.usefixtures("many_tasks")
    def test_too_many_processes_are_stopped(self, run: Trial) -> None:
        outcome = run(CHILDREN, Limits(time_limit_s=30, memory_limit_mib=2048, max_processes=20))

        assert (outcome.limit, run.code) == ("max_processes", "E214")

    @pytest.mark.usefixtures("many_tasks")
    def test_too_many_threads_are_stopped(self, run: Trial) -> None:
        outcome = run(THREADS, replace(SHORT, time_limit_s=10, max_processes=20))

        # An ordinary user's are refused by the system itself, which is an error of the plugin's.
        assert outcome.problem is not None
        assert run.code in ("E214", "E202")
        assert "thread" in f"{outcome.problem.message} {outcome.problem.excerpt}"

    def test_a_plugin_that_replaces_the_clock_disturbs_no_measurement(self, run: Trial) -> None:
        run(OWN_CLOCK)

        assert run.code == ""

    def test_a_grandchild_in_a_session_of_its_own_does_not_survive(self, run: Trial, tmp_path: Path) -> None:
        mark = f"survivor-of-{tmp_path.name}-{time.monotonic_ns()}"

        outcome = run(SURVIVOR.format(mark=mark) + PREDICT)

        assert (outcome.status, run.log.read_text()) == ("done", "away\n")
        assert not [p for p in psutil.process_iter(["cmdline"]) if mark in (p.info["cmdline"] or ())]

    def test_ten_megabytes_of_output_are_cut_and_do_not_block(self, run: Trial) -> None:
        outcome = run(f"def fit(train):\n    for _ in range(10):\n        print('x' * 10**6)\n    return 1\n{PREDICT}")

        assert outcome.status == "done"
        assert run.log.stat().st_size < 1.1 * 2**20

    def test_printing_and_reading_do_not_disturb_the_channel(self, run: Trial) -> None:
        assert run(DESCRIPTORS).status == "done"
        assert run.log.read_bytes() == b"hello"

    def test_closed_streams_and_living_threads_delay_no_end(self, run: Trial) -> None:
        assert run(CLOSED_STREAMS).exit == "exit code 3"

    # Not "forkserver": the path of its socket, in the scratch folder of a test, would be longer than the system takes.
    @pytest.mark.parametrize("way", sorted({"fork", "spawn"}.intersection(multiprocessing.get_all_start_methods())))
    def test_processes_of_a_pool_know_the_plugins_own_modules(self, run: Trial, way: str) -> None:
        run(POOL.format(way=way) + PREDICT, net="def square(x):\n    return x * x\n")

        assert (run.code, run.log.read_text()) == ("", "[2, 18]\n")

    def test_nothing_is_a_failure_once_the_test_rows_are_answered(self, run: Trial) -> None:
        assert run(DIES_WHEN_KEPT).status == "done"
        assert run.talk.model == b""

    def test_cancelling_ends_it_at_once(self, run: Trial) -> None:
        begun = time.monotonic()

        outcome = run(
            "import time\ndef fit(train):\n    time.sleep(60)\n", cancelled=lambda: time.monotonic() > begun + 1
        )

        assert outcome.status == "killed"
        assert time.monotonic() - begun < 10

    def test_the_scratch_is_gone_afterwards(self, run: Trial, tmp_path: Path) -> None:
        run("def fit(run):\n    (run.workdir / 'x').mkdir(mode=0)\n    return 1\n")

        assert not list((tmp_path / "scratch").glob("*"))

    def test_an_outcome_tells_what_was_used(self, run: Trial) -> None:
        usage = run(
            f"def fit(run):\n    (run.workdir / 'x').write_bytes(b'x' * 3_000_000)\n    return 1\n{PREDICT}"
        ).usage

        assert usage.bytes_written >= 3_000_000
        assert usage.peak_memory_mib > 10
        assert usage.cpu_s > 0
        assert usage.wall_s > 0

    def test_the_scratch_folder_is_limited(self, run: Trial) -> None:
        source = "def fit(run):\n    (run.workdir / 'x').write_bytes(bytes(9 << 20))\n    while True:\n        pass\n"

        outcome = run(source, Limits(time_limit_s=30, memory_limit_mib=2048, scratch_limit_mib=8))

        assert (outcome.limit, run.code) == ("scratch_limit_mib", "E214")

    def test_processor_time_is_limited(self, run: Trial) -> None:
        source = "def fit(train):\n    while True:\n        pass\n"

        assert run(source, Limits(time_limit_s=30, memory_limit_mib=2048, cpu_limit_s=1.5)).limit == "cpu_limit_s"

    def test_a_run_whose_output_cannot_be_kept_goes_on(self, run: Trial) -> None:
        if not Path("/dev/full").exists():
            pytest.skip("needs a device that is always full")
        run.log = Path("/dev/full")

        assert run(f"def fit(train):\n    print('x' * 10**6)\n    return 1\n{PREDICT}").status == "done"

    def test_the_environment_holds_nothing_of_ours(self, run: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SECRET_TOKEN", "s3cret")

        run(f"import os\ndef fit(train):\n    print(sorted(os.environ))\n    return 1\n{PREDICT}")

        assert "SECRET_TOKEN" not in run.log.read_text()
        assert "KIT_DATA_HOME" not in run.log.read_text()

    def test_what_it_blocks_comes_with_reasons_for_what_it_does_not(self, sandbox: Sandbox) -> None:
        found = sandbox.probe()
        names = ("files", "network", "processes", "memory", "pids", "disk", "survivors")

        assert all(getattr(found, name) or found.reasons[name] for name in names)
