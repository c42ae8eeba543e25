from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from kit.errors import LeaseLostError, Problem, SandboxError
from kit.job import Outcome, Progress, Resources
from kit.workspace import Workspace
from leaderboard import queue
from leaderboard.board import Board
from leaderboard.queue import Worker, execute, put_back_dead, remove_stale
from leaderboard.store.base import Directive, Finished, Lease
from leaderboard.store.sqlite import SqliteStore
from leaderboard.testing import ROOM, claimed, take_in

HOLD = """
import sys, time
from pathlib import Path
from leaderboard.queue import Worker
from leaderboard.store.sqlite import SqliteStore
from leaderboard.testing import claimed
state = Path(sys.argv[1])
worker = Worker(state / "workers").__enter__()
claimed(SqliteStore(state / "board.sqlite"), worker.name)
print("holds", flush=True)
time.sleep(60)
"""


class Sleep:
    """An executor whose jobs are processes that sleep."""

    name = "sleep"

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.process: subprocess.Popen[bytes] | None = None

    def capacity(self) -> Resources:
        return ROOM

    def start(self, job_dir: Path) -> Sleep:
        self.process = subprocess.Popen([sys.executable, "-c", f"import time; time.sleep({self.seconds})"])
        return self

    def poll(self) -> Outcome | None:
        assert self.process is not None
        return None if self.process.poll() is None else Outcome(status="done")

    def progress(self) -> Progress:
        return Progress(phase="training")

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()


class Source:
    """A source that has nothing to score."""

    def __init__(self, store: SqliteStore, folder: Path) -> None:
        self.store, self.folder = store, folder

    def claim(self, worker: str, free: Resources) -> Lease | None:
        return self.store.claim(worker, free)

    def stage(self, lease: Lease) -> Path:
        return self.folder

    def heartbeat(self, lease: Lease, progress: Progress) -> Directive:
        return self.store.heartbeat(lease, progress)

    def finish(self, lease: Lease, outcome: Outcome) -> None:
        self.store.finish(lease, Finished(state="cancelled" if outcome.status == "killed" else "scored"))

    def release(self, lease: Lease, reason: str, *, counts: bool = True) -> None:
        self.store.release(lease, reason, counts=counts)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with closing(SqliteStore(tmp_path / "board.sqlite")) as opened:
        yield opened


@pytest.fixture
def source(store: SqliteStore, tmp_path: Path) -> Source:
    return Source(store, tmp_path)


def state_of(store: SqliteStore) -> str:
    return store.submission(1).state


def test_a_job_is_run_and_handed_in(store: SqliteStore, source: Source) -> None:
    take_in(store)
    seen: list[Progress] = []
    execute(claimed(store), source, Sleep(0.1), on_progress=seen.append)
    assert (state_of(store), seen) == ("scored", [Progress(phase="training")])


def test_a_request_to_stop_kills_the_run(store: SqliteStore, source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "HEARTBEAT_S", 0.05)
    take_in(store)
    lease, executor = claimed(store), Sleep(60)
    store.cancel(1)
    execute(lease, source, executor)
    assert executor.process is not None
    assert executor.process.poll() is not None
    assert state_of(store) == "cancelled"


def test_a_lost_lease_kills_the_run_and_writes_nothing(
    store: SqliteStore, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "HEARTBEAT_S", 0.05)
    take_in(store)
    lease, executor = claimed(store), Sleep(60)
    store.put_back("w1")
    claimed(store, "w2")
    with pytest.raises(LeaseLostError):
        execute(lease, source, executor)
    assert executor.process is not None
    assert executor.process.poll() is not None
    assert (state_of(store), store.holders()) == ("running", ("w2",))


def interrupted(store: SqliteStore, source: Source, number: int, caught: type[BaseException]) -> Sleep:
    """Run a long job and send ourselves a signal in the middle of it."""
    take_in(store)
    executor = Sleep(60)
    send = f"import os, time; time.sleep(0.3); os.kill({os.getpid()}, {number})"
    # A shell starts what it runs in the background with Ctrl-C ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with subprocess.Popen([sys.executable, "-c", send]), pytest.raises(caught):
            execute(claimed(store), source, executor)
    finally:
        signal.signal(signal.SIGINT, before)
    return executor


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_an_interrupt_kills_the_run_and_cancels_it(store: SqliteStore, source: Source) -> None:
    executor = interrupted(store, source, signal.SIGINT, KeyboardInterrupt)
    assert executor.process is not None
    assert executor.process.poll() is not None
    assert state_of(store) == "cancelled"


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_sigterm_puts_the_job_back_and_exits_with_0(store: SqliteStore, source: Source) -> None:
    before = signal.getsignal(signal.SIGTERM)
    executor = interrupted(store, source, signal.SIGTERM, SystemExit)
    assert executor.process is not None
    assert executor.process.poll() is not None
    assert (state_of(store), signal.getsignal(signal.SIGTERM)) == ("queued", before)
    for _ in range(3):  # and it was no attempt that failed
        assert state_of(store) == "queued"
        store.release(claimed(store), "the worker died")


def test_a_failing_sandbox_puts_the_job_back(store: SqliteStore, source: Source) -> None:
    class Broken(Sleep):
        def poll(self) -> Outcome | None:
            raise SandboxError(Problem(code="E801", message="no"))

    take_in(store)
    with pytest.raises(SandboxError):
        execute(claimed(store), source, Broken(60))
    assert state_of(store) == "queued"


def test_the_job_of_a_killed_worker_is_put_back_at_once(store: SqliteStore, tmp_path: Path) -> None:
    take_in(store)
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"holds\n"
        assert put_back_dead(store, tmp_path / "workers") == 0  # it lives
        process.kill()
        process.wait()
    assert put_back_dead(store, tmp_path / "workers") == 1
    assert claimed(store).attempt == 2
    assert list((tmp_path / "workers").iterdir()) == []


def test_a_worker_without_a_lock_here_is_left_to_its_lease(store: SqliteStore, tmp_path: Path) -> None:
    take_in(store)
    claimed(store, "elsewhere")
    assert put_back_dead(store, tmp_path / "workers") == 0


def test_a_worker_leaves_no_lock_behind(tmp_path: Path) -> None:
    with Worker(tmp_path / "workers"):
        assert len(list((tmp_path / "workers").iterdir())) == 1
    assert list((tmp_path / "workers").iterdir()) == []


def test_folders_of_dead_attempts_are_removed_and_no_others(store: SqliteStore, tmp_path: Path) -> None:
    take_in(store)
    lease = claimed(store)
    for name in (lease.token, "f" * 32):
        (tmp_path / "attempts" / name).mkdir(parents=True)
    remove_stale(store, tmp_path / "attempts")
    assert [folder.name for folder in (tmp_path / "attempts").iterdir()] == [lease.token]


def write_files(tiny: ModuleType, folder: Path, prefix: str, n: int) -> list[str]:
    prepared = tiny.tiny_prepared(folder)
    paths = [folder / f"{prefix}{i}.csv" for i in range(n)]
    for i, path in enumerate(paths):
        path.write_bytes(tiny.answers(prepared, int(prefix.encode().hex(), 16) + i))
    return [str(path) for path in paths]


def test_four_processes_at_once_lose_nothing_and_score_nothing_twice(
    board: Board, tiny: ModuleType, tiny_script: Path, tmp_path: Path
) -> None:
    files = [write_files(tiny, tmp_path, prefix, 5) for prefix in "abcd"]
    same = write_files(tiny, tmp_path, "same", 1)
    started = [
        subprocess.Popen([sys.executable, str(tiny_script), str(tmp_path), *own, *same], stdout=subprocess.PIPE)
        for own in files
    ]
    answers = [process.communicate(timeout=100)[0].decode().splitlines() for process in started]
    assert [len(lines) for lines in answers] == [7, 7, 7, 7]
    assert [s.state for s in board.submissions("tiny")] == ["scored"] * 21
    assert sorted(s.id for s in board.submissions("tiny")) == list(range(1, 22))
    assert sum(line.endswith("True") for lines in answers for line in lines) == 3


@pytest.mark.slow
def test_a_command_that_is_killed_leaves_nothing_lost_stuck_or_scored_twice(
    board: Board, tiny: ModuleType, tiny_script: Path, tmp_path: Path
) -> None:
    rng = random.Random(7)
    first, *files = ([sys.executable, str(tiny_script), str(tmp_path), f] for f in write_files(tiny, tmp_path, "k", 16))
    began = time.monotonic()
    subprocess.run(first, check=True, capture_output=True)
    takes_s = time.monotonic() - began  # on this computer, as busy as it is
    for n, command in enumerate(files):
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()  # it is about to begin
            time.sleep(rng.uniform(0.0, takes_s / 2))
            process.kill()
        if n % 2:  # a job whose third worker dies is given up, by rule
            board.leftovers()
    board.leftovers()
    submissions = board.submissions("tiny")
    counted = [row.submission_id for row in board.store.public_scores("tiny")]
    assert [(s.id, s.reason_code, s.message) for s in submissions if s.state != "scored"] == []
    assert counted == [s.id for s in submissions]
    assert board.store.holders() == ()
    assert len(submissions) > 3  # some were killed after they had been taken in


@pytest.mark.slow
@pytest.mark.parametrize("ends", [lambda worker: worker.terminate(), lambda worker: worker.stdin.close()])
def test_a_worker_of_a_server_ends_without_a_word(bare_workspace: Path, ends: Callable[[Any], None]) -> None:
    line = [sys.executable, "-P", "-m", "kit", "worker", "--while-open"]
    pipe = subprocess.PIPE
    with (
        closing(Board.of(Workspace.find(bare_workspace))) as board,
        subprocess.Popen(line, stdin=pipe, stdout=pipe, stderr=pipe) as worker,
    ):
        while not board.store.n_attending(20):
            time.sleep(0.05)
        ends(worker)
        assert worker.wait(10) == 0
        assert (worker.stdout and worker.stdout.read(), worker.stderr and worker.stderr.read()) == (b"", b"")
