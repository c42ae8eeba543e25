"""Runs in copies of a template: the same as in a new process, and apart from each other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest

from kit.errors import SandboxError
from kit.job import Job, Limits, Outcome, TaskFacts
from kit.sandbox.base import Sandbox
from kit.sandbox.predict import Conversation
from kit.sandbox.process import ProcessSandbox
from kit.sandbox.template import MAX_TEMPLATES, TemplateSandbox, missing, modules
from kit.testing.jobs import tiny_job
from kit.testing.sandboxes import PREDICT

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())


class Runs:
    """Runs sources in a sandbox; `printed` is what the last one printed."""

    def __init__(self, folder: Path, runtime: Path) -> None:
        self.folder, self.runtime = folder, runtime
        self.sandbox: Sandbox = TemplateSandbox(folder / "scratch", runtime, idle_s=30)
        self.printed = ""

    def __call__(self, source: str, *preload: str, n_threads: int = 2) -> Outcome:
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        job, questions = tiny_job(folder, source)
        job = replace(job, preload=preload, n_threads=n_threads)
        outcome = self.sandbox.run(
            job,
            job.limits,
            log=folder / "log.txt",
            serve=Conversation(questions),
            on_event=lambda event: None,
            cancelled=lambda: False,
        )
        self.printed = (folder / "log.txt").read_text()
        return outcome

    def asked(self, expression: str, *preload: str) -> str:
        """What an expression is inside."""
        names = "import os, sys\nfrom pathlib import Path\n"
        outcome = self(f"{names}def fit(train):\n    print({expression})\n    return 1\n{PREDICT}", *preload)
        assert outcome.status == "done", outcome
        return self.printed.strip()

    def processes(self) -> list[psutil.Process]:
        """Templates of these tests, and all copies of them."""
        everybody = psutil.process_iter(["cmdline"])
        return [p for p in everybody if any(str(self.runtime) in part for part in p.info["cmdline"] or ())]


@pytest.fixture(scope="module")
def runtime() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="kit-") as short:  # the path of a socket may have about 100 characters
        yield Path(short)


@pytest.fixture
def runs(tmp_path: Path, runtime: Path) -> Runs:
    return Runs(tmp_path, runtime)


def eventually(found: bool | object, within_s: float = 10.0) -> bool:
    """Whether a condition comes true."""
    assert callable(found)
    until = time.monotonic() + within_s
    while not (result := bool(found())) and time.monotonic() < until:
        time.sleep(0.05)
    return result


def test_two_runs_share_no_process(runs: Runs) -> None:
    source = f"""
import json, numpy
def fit(train):
    print(hasattr(numpy, "left_behind"), json.dumps(1))
    numpy.left_behind = True
    json.dumps = lambda value: "mine"
    return 1
{PREDICT}"""
    printed = []
    for _ in range(2):
        runs(source)
        printed.append(runs.printed)

    assert printed == ["False 1\n"] * 2


def test_what_is_drawn_at_import_is_not_the_same_for_two_runs(runs: Runs) -> None:
    expression = "__import__('multiprocessing').current_process().authkey, __import__('numpy').random.default_rng()"
    keys = [runs.asked(expression.replace("default_rng()", "default_rng().random()")) for _ in range(2)]

    assert keys[0] != keys[1]


BLAS = f"""
import hashlib, numpy as np
from threadpoolctl import threadpool_info
def digest(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()
def fit(train):
    rows = np.random.default_rng(0).normal(size=(700, 300))
    print(digest(rows.T @ rows), digest(np.linalg.svd(rows)[1]))
    MORE
    print(sorted((pool["user_api"], pool["num_threads"]) for pool in threadpool_info()))
    return 1
{PREDICT}"""
TREES = BLAS.replace(
    "    MORE\n",
    """    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    labels = rows[:, 0] > 0
    print(digest(HistGradientBoostingClassifier(max_iter=20).fit(rows, labels).predict_proba(rows)))
    print(digest(LogisticRegression().fit(rows, labels).coef_))
""",
)
NETWORK = BLAS.replace(
    "    MORE\n",
    """    import torch
    from torch import nn
    net = nn.Sequential(nn.Linear(300, 64), nn.ReLU(), nn.Linear(64, 10))
    optimizer = torch.optim.Adam(net.parameters())
    X, y = torch.tensor(rows, dtype=torch.float32), torch.arange(700) % 10
    for _ in range(20):
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(X), y).backward()
        optimizer.step()
    print(digest(net(X).detach().numpy()), torch.get_num_threads())
""",
)


@pytest.mark.parametrize("n_threads", [1, 2])
def test_linear_algebra_and_its_threads_are_those_of_a_new_process(runs: Runs, n_threads: int) -> None:
    assert_same_as_cold(runs, BLAS.replace("MORE", "pass"), n_threads=n_threads)


@pytest.mark.slow
def test_openmp_and_scikit_learn_give_what_they_give_in_a_new_process(runs: Runs) -> None:
    assert_same_as_cold(runs, TREES, "pandas", "sklearn")


@pytest.mark.slow
@pytest.mark.skipif(find_spec("torch") is None, reason="needs torch")
def test_torch_gives_what_it_gives_in_a_new_process(runs: Runs) -> None:
    assert_same_as_cold(runs, NETWORK, "torch")


LOADER = f"""
import torch
from torch.utils.data import DataLoader, TensorDataset
def fit(train):
    X, y = train.tensors()
    return sum(len(batch) for batch, _ in DataLoader(TensorDataset(X, y), batch_size=16, num_workers=2))
{PREDICT}"""


@pytest.mark.slow
@pytest.mark.skipif(find_spec("torch") is None, reason="needs torch")
def test_a_dataloader_with_workers_is_an_honest_use(runs: Runs) -> None:
    assert runs(LOADER, "torch").status == "done"


JOBLIB = f"""
from joblib import Parallel, delayed
from math import factorial
def fit(train):
    return Parallel(n_jobs=2)(delayed(factorial)(n) for n in range(4))
{PREDICT}"""


def test_processes_of_joblib_are_an_honest_use(runs: Runs) -> None:
    assert runs(JOBLIB, "sklearn").status == "done", runs.printed


def assert_same_as_cold(runs: Runs, source: str, *preload: str, n_threads: int = 2) -> None:
    for _ in range(2):
        assert runs(source, *preload, n_threads=n_threads).status == "done", runs.printed
    warm = runs.printed
    runs.sandbox = ProcessSandbox(runs.folder / "scratch")
    runs(source, n_threads=n_threads)
    assert warm == runs.printed


def test_libraries_are_there_before_the_plugin_and_only_those_it_imports(runs: Runs) -> None:
    loaded = "[name for name in ('sklearn', 'pandas', 'torch') if name in sys.modules]"

    assert runs.asked(loaded) == "[]"
    assert runs.asked(loaded, "pandas", "unheard_of") == "['pandas']"


def test_who_is_handed_a_table_finds_pandas_imported() -> None:
    facts = TaskFacts(kind="tabular-regression", classes=(), n_outputs=1, metric="m", needs="values", input_shape=(3,))
    limits = Limits(time_limit_s=1, memory_limit_mib=64)
    job = Job(plugin="/p", name="p", train="/t", valid="/v", task=facts, limits=limits, preload=("unheard_of",))

    assert modules(job) == ("pandas",)
    assert modules(replace(job, task=replace(facts, kind="image-classification"))) == ()


def test_inside_it_is_nobody_with_both_walls_around_and_no_more_tasks_than_allowed(runs: Runs) -> None:
    status = dict(line.split(":\t", 1) for line in runs.asked("Path('/proc/self/status').read_text()").splitlines())

    assert status["Uid"].split() == ["65534"] * 4
    assert (status["NoNewPrivs"], status["Seccomp"], status["CapEff"]) == ("1", "2", "0" * 16)
    if tuple(map(int, os.uname().release.split(".")[:2])) >= (6, 14):
        assert runs.asked("Path('/proc/sys/kernel/pid_max').read_text()") == str(300 + 4 * 256)


def test_a_run_holds_its_standard_streams_the_channel_and_its_data_and_sees_two_processes(runs: Runs) -> None:
    ends = "[end for end in map(os.path.realpath, Path('/proc/self/fd').iterdir()) if '/in/data/' not in end]"

    assert "socket" not in runs.asked(ends)
    assert runs.asked(f"len({ends})") == "6"  # and the folder that is listed
    assert runs.asked("[name for name in os.listdir('/proc') if name.isdigit()]") == "['1', '2']"


def test_of_the_checkout_only_the_package_is_there(runs: Runs) -> None:
    source = f"""
import kit, leaderboard
def fit(train):
    return 1
{PREDICT}"""
    outcome = runs(source)

    assert outcome.problem is not None
    assert "leaderboard" in outcome.problem.message


def test_the_environment_is_that_of_a_run_and_not_of_the_template(runs: Runs) -> None:
    found = runs.asked("os.environ['PATH'], os.environ['HOME'], os.getcwd(), sys.argv[1:], 'KIT_WALLS' in os.environ")

    assert found == "/usr/bin:/bin /scratch /scratch ['/in/job.json'] False"


PARENT = """
import sys
from pathlib import Path
from kit.sandbox.predict import Conversation
from kit.sandbox.template import TemplateSandbox
from kit.testing.jobs import tiny_job
folder, runtime = map(Path, sys.argv[1:])
job, questions = tiny_job(folder / "job", Path(sys.argv[0]).read_text() if False else '''
import os, time
def fit(train):
    for _ in range(2):
        if os.fork() == 0:
            os.setsid()
            time.sleep(60)
    print("begun", flush=True)
    time.sleep(60)
''')
TemplateSandbox(folder / "scratch", runtime, idle_s=30).run(job, job.limits, log=folder / "log.txt",
    serve=Conversation(questions), on_event=print, cancelled=lambda: False)
"""


def test_a_trusted_process_that_is_killed_leaves_nobody_but_the_template(runs: Runs, tmp_path: Path) -> None:
    runs.asked("1")
    only_template = len(runs.processes())
    parent = subprocess.Popen([sys.executable, "-P", "-c", PARENT, str(tmp_path), str(runs.runtime)])
    log = tmp_path / "log.txt"
    assert eventually(lambda: log.exists() and "begun" in log.read_text(), 30)
    assert len(runs.processes()) >= only_template + 5

    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()

    assert eventually(lambda: len(runs.processes()) == only_template)


def test_a_killed_keeper_takes_its_run_with_it(runs: Runs, tmp_path: Path) -> None:
    source = "import time\ndef fit(run):\n    run.log(begun=1)\n    time.sleep(60)\n"
    job, questions = tiny_job(tmp_path / "job", source)
    runs.asked("1")

    outcome = runs.sandbox.run(
        job,
        job.limits,
        log=tmp_path / "log.txt",
        serve=Conversation(questions),
        on_event=lambda event: kill_keepers(runs) if event else None,
        cancelled=lambda: False,
    )

    assert outcome.status == "failed"
    assert eventually(lambda: all(not process.children() for process in runs.processes()))


def kill_keepers(runs: Runs) -> None:
    pids = {process.pid for process in runs.processes()}
    for process in runs.processes():
        with suppress(psutil.NoSuchProcess):  # of a run whose keeper is gone
            if process.ppid() in pids:
                process.kill()


def test_a_template_ends_when_nobody_asks_and_the_next_run_starts_another(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="kit-") as short:
        runs = Runs(tmp_path, Path(short))
        runs.sandbox = TemplateSandbox(tmp_path / "scratch", runs.runtime, idle_s=0.5)
        for _ in range(2):
            assert runs.asked("7") == "7"
            assert eventually(lambda: not runs.processes())
        assert [file.name for file in runs.runtime.iterdir()] == ["start.lock"]


@pytest.mark.slow
def test_a_template_whose_socket_is_gone_ends_and_a_killed_one_is_replaced(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="kit-") as short:
        runs = Runs(tmp_path, Path(short))
        assert runs.asked("7") == "7"
        (template,) = runs.processes()
        template.kill()
        assert runs.asked("8") == "8"
    assert eventually(lambda: not runs.processes())


def test_other_threads_other_template(runs: Runs) -> None:
    before = set(runs.runtime.glob("*.sock"))

    runs(f"def fit(train):\n    return 1\n{PREDICT}", n_threads=3)

    assert len(set(runs.runtime.glob("*.sock")) - before) == 1


def test_there_are_no_more_than_a_few_templates_and_the_oldest_goes(runs: Runs) -> None:
    for n_threads in range(1, MAX_TEMPLATES + 2):
        runs(f"def fit(train):\n    return 1\n{PREDICT}", n_threads=n_threads)

    assert len(list(runs.runtime.glob("*.sock"))) == MAX_TEMPLATES


def test_the_folder_of_sockets_is_made_by_whoever_needs_it_first(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="kit-") as short:
        runtime = Path(short) / "made"

        assert TemplateSandbox(tmp_path, runtime, idle_s=1).probe().is_complete
        assert runtime.stat().st_mode & 0o777 == 0o700


def test_a_folder_of_sockets_that_others_can_open_is_not_used(runs: Runs, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    runs.sandbox = TemplateSandbox(tmp_path / "scratch", shared)

    with pytest.raises(SandboxError, match="E801"):
        runs("def fit(train):\n    return 1\n")


def test_what_is_wrong_with_the_namespaces_is_said_and_is_not_the_entrants_fault(
    runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kit.sandbox import template

    monkeypatch.setattr(template, "SCRATCH", "/nowhere")

    with pytest.raises(SandboxError, match="nowhere"):
        runs("def fit(train):\n    return 1\n")
