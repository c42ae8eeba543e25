"""A scratch class whose board is served by ``kit serve``, a process of its own, and what its students send."""

from __future__ import annotations

import csv
import io
import platform
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import psutil

from benchmarks.pairs import environment
from benchmarks.workspaces import prepared_workspace
from kit.workspace import Workspace
from leaderboard.board import Board
from leaderboard.store.people import NewEntrant
from leaderboard.web.actions import claim

FILES = """\
title = "Many rows"
kind = "tabular-classification"
[data]
source = "files"
path = "data"
[split]
method = "official"
salt = "many"
[metric]
name = "accuracy"
[submission]
columns = ["label"]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Student:
    """Somebody who has joined: the handle of the team, and the token."""

    team: str
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Class:
    """A workspace with students who have joined."""

    root: Path
    competition: str
    students: tuple[Student, ...]

    @contextmanager
    def board(self) -> Iterator[Board]:
        """Its board, beside the server's."""
        opened = Board.of(Workspace.find(self.root))
        try:
            yield opened
        finally:
            opened.close()

    def answers(self, seed: int) -> bytes:
        """A file of answers, another one for each seed."""
        form = Workspace.find(self.root).prepared(self.competition).form()
        drawn = np.random.default_rng(seed).integers(0, len(form.classes) or 2, len(form.row_ids)).tolist()
        return _csv(["id", "label"], zip(form.row_ids, (form.classes[one] for one in drawn), strict=True))


def scratch_class(folder: Path, n_students: int, *, competition: str = "digits", n_rows: int = 0) -> Class:
    """A class in `folder`, all of whom have joined; with `n_rows` its competition is one of files with so many."""
    if n_rows:
        _write_files(folder / "competitions" / competition, n_rows)
    prepared_workspace(folder, competition)
    with (folder / "kit.toml").open("a") as settings:
        settings.write(f'competition = "{competition}"\n')
    made = Class(root=folder, competition=competition, students=())
    with made.board() as board:
        board.people.put([NewEntrant(name=f"Student {number:03}") for number in range(n_students)], actor="host")
        joined = [claim(board, one.id, "a benchmark") for one in board.people.entrants()]
    students = tuple(Student(team=one.entrant.team, token=one.token) for one in joined)
    return Class(root=folder, competition=competition, students=students)


def _write_files(folder: Path, n_rows: int) -> None:
    """A competition of files: a table with so many test rows, and two classes."""
    (folder / "data").mkdir(parents=True)
    (folder / "competition.toml").write_text(FILES)
    labels = ["yes" if one else "no" for one in np.random.default_rng(0).integers(0, 2, n_rows).tolist()]
    usage = ["Public" if row % 3 == 0 else "Private" for row in range(n_rows)]
    ids = range(n_rows)
    data = folder / "data"
    (data / "solution.csv").write_bytes(_csv(["id", "label", "Usage"], zip(ids, labels, usage, strict=True)))
    (data / "sample_submission.csv").write_bytes(_csv(["id", "label"], ([row, "no"] for row in ids)))
    (data / "train.csv").write_text("id,x,label\n-1,1,yes\n-2,0,no\n")


def _csv(header: Sequence[str], rows: object) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)  # type: ignore[arg-type]
    return text.getvalue().encode()


class Server:
    """``kit serve`` on a class, on this computer alone; started again on the same port after it was killed.

    Parameters
    ----------
    root
        The workspace.
    n_workers
        Processes that score.
    """

    def __init__(self, root: Path, *, n_workers: int = 2) -> None:
        self._root, self._n_workers = root, n_workers
        self.port = 0
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def process(self) -> psutil.Process:
        """The server itself, without what works for it."""
        assert self._process is not None
        return psutil.Process(self._process.pid)

    @property
    def mib(self) -> float:
        """Memory of the server itself."""
        return float(self.process.memory_info().rss) / 2**20

    def start(self) -> None:
        """Start it, and wait until it has said its address."""
        line = [sys.executable, "-P", "-m", "kit", "serve", "--host", "127.0.0.1", "--port", str(self.port)]
        self._process = subprocess.Popen(
            [*line, "--workers", str(self._n_workers)],
            cwd=self._root,
            env=environment(OMP_NUM_THREADS="1"),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", self._process.stdout.readline())
        if found is None:
            raise SystemExit("kit serve said no address")
        self.port = int(found[1])

    def kill(self) -> None:
        """As a power cut would: it is told nothing. Whoever works for it has to notice."""
        assert self._process is not None
        self._process.kill()
        self._close()

    def stop(self) -> None:
        """As Ctrl-C does."""
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        self._close()

    def _close(self) -> None:
        assert self._process is not None
        self._process.wait(60)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def wait_until_warm(self, made: Class) -> None:
        """Wait until its workers attend. Its clerks are started before them, and are not asked."""
        with made.board() as board:
            wait_until("no worker attends", lambda: board.store.n_attending(60.0) >= self._n_workers)

    def workers(self) -> list[psutil.Process]:
        """The processes of ``kit worker`` that this server has started."""
        return [one for one in self._children() if "worker" in one.cmdline()]

    def clerks(self) -> list[psutil.Process]:
        """The processes of this server that read files and reckon standings."""
        return [one for one in self._children() if any("spawn_main" in word for word in one.cmdline())]

    def _children(self) -> list[psutil.Process]:
        return [one for one in self.process.children() if one.status() != psutil.STATUS_ZOMBIE]


def table(title: str, rows: Sequence[tuple[str, str, str]], *, load_after: str) -> None:
    """Print what was measured, what is to be reached and what was, and where."""
    print(title)
    widths = [max(len(row[column]) for row in (("what", "goal", ""), *rows)) + 2 for column in (0, 1)]
    print(f"  {'what':<{widths[0]}}{'goal':<{widths[1]}}reached")
    for what, goal, reached in rows:
        print(f"  {what:<{widths[0]}}{goal:<{widths[1]}}{reached}")
    print(f"  {versions()}; {load_after} at the end")


def versions() -> str:
    """What decides how fast a server is."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("starlette", "uvicorn", "jinja2"))
    return f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {packages}"


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of `values` does not exceed: one of them, the next above."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(np.ceil(share * len(ordered))) - 1)]


def wait_until(what: str, is_so: Callable[[], bool], *, most_s: float = 60.0, every_s: float = 0.1) -> float:
    """Seconds until `is_so` says yes. Raises `SystemExit` where it never does."""
    begun = time.monotonic()
    while not is_so():
        if time.monotonic() - begun > most_s:
            raise SystemExit(f"{what}: not within {most_s:g} s")
        time.sleep(every_s)
    return time.monotonic() - begun
