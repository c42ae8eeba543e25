"""Runs on one's own: ``kit run`` keeps each under ``.kit/runs/r6/``, and nothing of them is on a board.

::

    .kit/runs/r6/run.json       everything in numbers and words (`LocalRun`)
              r6/log.txt        what the plugin printed
              r6/valid.npy train.npy score.npz model.bin replay.npz
              .r6/  .r6.lock    while it goes on; a process that dies leaves them, and the next run removes them

Numbers are drawn from the counter of the submissions, so ``r6`` and ``s6`` are never both there.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from kit.disk import disk_errors
from kit.errors import Problem, StorageError, UsageError
from kit.job import TRACEBACK_MARK, Check, Json, Usage, decode, encode
from leaderboard.store.base import Store
from leaderboard.store.sqlite import SqliteStore
from leaderboard.verdict import Verdict

if TYPE_CHECKING:
    from kit.scoring import PartScore
    from kit.workspace import Workspace

RunState = Literal["done", "failed", "interrupted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """`n` validation rows of class `truth` were answered with `answer`."""

    truth: str
    answer: str
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalRun:
    """One run, as it lies in ``run.json``.

    Parameters
    ----------
    id
        Its number; `label` is how it is shown.
    competition, digest
        What it was for, and the digest of the prepared data: scores of two runs with the same digest are of the same
        rows.
    name, plugin, plugin_sha256
        How the entrant called the plugin, its id, and the sha256 of its packed files.
    params, defaults
        What ``--set`` said, and the defaults that stood in ``fit``.
    seed
        Of the run.
    state
        ``interrupted`` was ended with Ctrl-C: there is a curve and a log, but no score.
    at, seconds
        When it began (unix seconds), and how long it took altogether.
    kind, metric, metric_version, unit
        Of the competition, and what measured it.
    valid_score, interval_lo, interval_hi, n_valid
        Score on the validation rows, its 95 % interval, and how many they are; None where there is none.
    train_score
        Score on the rows it learned from; None where asking for them would have taken too long.
    verdict
        What is said of it; None where there is no score.
    solved_from
        Of an agent: the mean return from which its environment counts as solved; None where nobody has said.
    confused
        Classes that are taken for each other most often, the worst first.
    checks
        What the invariances found.
    events
        The lines of ``run.log``.
    usage, versions
        What it used, and with which packages it ran.
    problem
        Why it failed.
    notes
        What should be known of it though it has a score: answers that are all alike, a loss that rises.
    """

    id: int
    competition: str
    digest: str
    name: str
    plugin: str
    plugin_sha256: str
    params: dict[str, Json]
    defaults: dict[str, Json]
    seed: int
    state: RunState
    at: float
    seconds: float
    kind: str
    metric: str
    metric_version: int
    unit: Literal["share", "value"]
    valid_score: float | None = None
    interval_lo: float | None = None
    interval_hi: float | None = None
    n_valid: int | None = None
    train_score: float | None = None
    verdict: Verdict | None = None
    solved_from: float | None = None
    confused: tuple[Confusion, ...] = ()
    checks: tuple[Check, ...] = ()
    events: tuple[dict[str, int | float], ...] = ()  # int first: an epoch stays a whole number
    usage: Usage = field(default_factory=Usage)
    versions: dict[str, str]
    problem: Problem | None = None
    notes: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """``r6``."""
        return f"r{self.id}"

    @property
    def settings(self) -> dict[str, Json]:
        """The hyper-parameters it ran with."""
        return self.defaults | self.params

    @property
    def changed(self) -> dict[str, Json]:
        """Those of them that are not the default."""
        return {name: value for name, value in self.params.items() if self.defaults.get(name, ...) != value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a run that goes on has its files: `job` is the executor's, `kept` becomes the run's folder."""

    id: int
    job: Path
    kept: Path


class Runs:
    """The runs of one workspace. Looking at them makes nothing.

    Parameters
    ----------
    folder
        Where they lie.
    store
        Has the counter.
    """

    def __init__(self, folder: Path, store: Store) -> None:
        self._folder, self._store = folder, store

    @classmethod
    def of(cls, workspace: Workspace) -> Runs:
        """The runs of a workspace of the kit."""
        return cls(workspace.state / "runs", SqliteStore(workspace.state / "board.sqlite"))

    def all(self, competition: str | None = None) -> tuple[LocalRun, ...]:
        """Every run that is over and can be read, or those for one competition; oldest first."""
        runs = (self._read(number) for number in self._numbers())
        return tuple(run for run in runs if isinstance(run, LocalRun) and competition in (None, run.competition))

    def latest_of(self, plugin_sha256: str) -> LocalRun | None:
        """The latest run of exactly this plugin; quick however many there are."""
        return next(self.of_plugin(plugin_sha256), None)

    def of_plugin(self, plugin_sha256: str) -> Iterator[LocalRun]:
        """The runs of exactly this plugin, the latest first; quick however many others there are."""
        for number in reversed(self._numbers()):
            with suppress(OSError):
                text = (self._folder / f"r{number}" / "run.json").read_bytes()
                # Most are of other bytes: to find that out takes no decoding.
                run = self._read(number) if plugin_sha256.encode() in text else None
                if run is not None and run.plugin_sha256 == plugin_sha256:
                    yield run

    def labels(self) -> tuple[str, ...]:
        """Of every run that is over, also of those that can't be read: changed by hand, or by another version."""
        return tuple(f"r{number}" for number in self._numbers())

    def get(self, label: str) -> LocalRun:
        """The run of this label; ``6`` is as good as ``r6``.

        Raises
        ------
        UsageError
            E001 if there is none, with the latest.
        StorageError
            E704 if it can't be read.
        """
        digits = label.removeprefix("r")
        number = int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 12 else 0
        numbers = self._numbers()
        if number not in numbers:
            raise UsageError(_unknown(label, numbers))
        run = self._read(number)
        if run is None:
            path = self._folder / f"r{number}"
            message = f"{path / 'run.json'} can't be read by this version of the kit"
            raise StorageError(Problem(code="E704", message=message, where=str(path), fix=f"delete   {path}"))
        return run

    def folder(self, run: LocalRun) -> Path:
        """Where its files are."""
        return self._folder / run.label

    def log(self, run: LocalRun) -> str:
        """What the plugin printed, and the whole traceback where it failed."""
        try:
            return (self.folder(run) / "log.txt").read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""

    def own_log(self, run: LocalRun) -> str:
        """What the plugin printed itself, without the traceback that ended it."""
        return self.log(run).partition(TRACEBACK_MARK)[0]

    def score(self, run: LocalRun) -> PartScore | None:
        """The score on the validation rows, with what comparisons are made of; None where it is not there."""
        from leaderboard.artifacts import part_score

        if run.valid_score is None or run.n_valid is None:
            return None
        try:
            data = (self.folder(run) / "score.npz").read_bytes()
            return part_score(data, value=run.valid_score, n=run.n_valid)
        except (OSError, ValueError):
            return None

    def valid_answers(self, run: LocalRun) -> bytes | None:
        """The ``.npy`` file of its answers to the validation rows; None where it is not there."""
        try:
            return (self.folder(run) / "valid.npy").read_bytes()
        except FileNotFoundError:
            return None

    def replay(self, run: LocalRun) -> bytes | None:
        """Some of an agent's episodes, as `kit.environments.replay` packs them; None where there are none."""
        try:
            return (self.folder(run) / "replay.npz").read_bytes()
        except FileNotFoundError:
            return None

    def last(self, competition: str, plugin: str, *, before: LocalRun | None = None) -> LocalRun | None:
        """The latest run of a plugin that was done and has a score."""
        for number in reversed(self._numbers()):
            run = self._read(number) if before is None or number < before.id else None
            if run and (run.competition, run.plugin) == (competition, plugin) and run.valid_score is not None:
                return run
        return None

    @contextmanager
    def place(self) -> Iterator[Place]:
        """A place for a new run, with its number; what is not kept when it is left is removed.

        Raises
        ------
        StorageError
            E702 to E708.
        """
        from filelock import FileLock

        self._remove_dead()
        number = self._store.next_number()
        self._store.close()  # an hour of training needs no database
        folder = self._folder / f".r{number}"
        with disk_errors(folder):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            # A lock is let go of by the kernel when its owner dies, however it dies: see `_remove_dead`.
            lock = FileLock(folder.with_name(f"{folder.name}.lock"))
            lock.acquire(timeout=10)
            try:
                (folder / "kept").mkdir(parents=True, mode=0o700)
                yield Place(id=number, job=folder / "job", kept=folder / "kept")
            finally:
                shutil.rmtree(folder, ignore_errors=True)
                _forget(lock)

    def keep(self, place: Place, run: LocalRun, files: Mapping[str, bytes]) -> LocalRun:
        """Keep a run and its files: all of it or nothing."""
        with disk_errors(self._folder):
            for name, data in files.items():
                (place.kept / name).write_bytes(data)
            (place.kept / "run.json").write_text(encode(run), encoding="utf-8")
            place.kept.rename(self._folder / run.label)
        return run

    def _numbers(self) -> list[int]:
        """Ascending."""
        if not self._folder.is_dir():
            return []
        names = (path.name for path in self._folder.iterdir())
        return sorted(int(name[1:]) for name in names if name[:1] == "r" and name[1:].isdecimal())

    def _read(self, number: int) -> LocalRun | None:
        try:
            return decode(LocalRun, (self._folder / f"r{number}" / "run.json").read_bytes())
        except (OSError, ValueError):
            return None

    def _remove_dead(self) -> None:
        """Remove what killed processes have left: the locks that nobody holds tell which."""
        from filelock import FileLock, Timeout

        for path in self._folder.glob(".r*.lock"):
            lock = FileLock(path)
            with suppress(Timeout, OSError):
                lock.acquire(timeout=0)
                shutil.rmtree(path.with_suffix(""), ignore_errors=True)
                _forget(lock)


def _forget(lock: object) -> None:
    from filelock import BaseFileLock

    assert isinstance(lock, BaseFileLock)
    path = Path(lock.lock_file)
    with suppress(OSError):  # Windows removes no open file
        path.unlink(missing_ok=True)
    lock.release()
    with suppress(OSError):
        path.unlink(missing_ok=True)


def _unknown(label: str, numbers: list[int]) -> Problem:
    if not numbers:
        return Problem(code="E001", message=f"there is no run {label!r}", fix="kit run PATH   makes the first one")
    listed = ", ".join(f"r{number}" for number in numbers[-3:])
    return Problem(
        code="E001", message=f"there is no run {label!r}", fix=f"the latest: {listed}.   kit runs   lists all"
    )
