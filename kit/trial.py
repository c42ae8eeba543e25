"""Every check of ``kit check``, as a generator: the source first, then a trial on a few rows in a child of its own.

The trial's rows are some of the training and validation rows; a test row is never involved. The subset is made here
and not by the plugin: every class is in it, and in each half of it, because a classifier that has not seen a class
has no column for it.
"""

from __future__ import annotations

import ast
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from kit.dataset import Dataset, Index, Labels, Table, take, write_part
from kit.errors import PluginError, Problem
from kit.executor.base import Executor
from kit.job import Check, Job, Limits, Outcome, Progress, encode
from kit.plugin.advice import advice
from kit.plugin.archive import pack, unpack
from kit.plugin.check import static_checks
from kit.plugin.code import read_code, shown_file
from kit.plugin.signature import Function, find_function
from kit.prepare import Prepared
from kit.run import episodes, read_checks, read_log
from kit.sandbox.invariances import MAX_ROWS, NAMES
from kit.sandbox.predict import Questions
from kit.sandbox.rehearsal import Script, roughly
from kit.source.weights import on_this_computer

ORDER = ("file", "fit", "predict", *NAMES, "saves", "same seed", "time", "memory", "writes")
SOURCE = ("file", "fit", "arguments", "packages", "kind")
ADVICE = frozenset({"saves", "same seed", "time"})
"""Checks that never stop a submission: the score does not hang on them, or they are estimates."""

TIME_LIMIT_S = 60.0
FIT_LIMIT_S = 3.0
EPISODES = 8
ROWS, ROWS_OF_TABLES = 256, 1024  # rows of tables are small, and rare categories should be among them
_PER_CLASS, _LEAST_PER_CLASS = 8, 2  # enough for a cross-validation, where there are few classes
_POLL_S = 0.02
_LEAST_S, _LEAST_EPOCHS, _FAR_BEYOND = 5.0, 3, 1.3  # what has to be seen, and how sure it has to be


def blocks(check: Check) -> bool:
    """Whether what `check` found has to be mended before the plugin is submitted."""
    return not check.ok and check.name not in ADVICE


def checks(
    path: Path,
    *,
    name: str,
    prepared: Prepared,
    executor: Executor,
    limits: Limits,
    on_progress: Callable[[Progress], None] = lambda _: None,
    on_log: Callable[[bytes], None] = lambda _: None,
) -> Iterator[Check]:
    """Every check of a plugin, each as soon as it is known. What runs is left out where the source can't run.

    Parameters
    ----------
    path
        A folder with ``plugin.py``, or a single file.
    name
        How messages name it.
    prepared
        The competition's data.
    executor
        Where the trial runs.
    limits
        Of a run in the competition. The trial has a time limit of its own.
    on_progress
        Told how far the trial is.
    on_log
        Told what the plugin printed in the trial, with the whole traceback behind it where it failed.

    Raises
    ------
    PluginError
        E109 if the files can't be taken in.
    SandboxError
        If the trial could not be run.
    """
    can_run = True
    for check in static_checks(path, kind=prepared.facts.task.kind, shown=name):
        can_run = can_run and check.ok
        if check.name != "fit" or not check.ok:  # that it is there, its own check says when it has been called
            yield check
    if can_run:
        archive = pack(path)
        yield from trial(
            archive,
            name=name,
            prepared=prepared,
            executor=executor,
            limits=limits,
            on_progress=on_progress,
            on_log=on_log,
        )
    yield from advice(path, shown=name)


def trial(
    plugin: bytes,
    *,
    name: str,
    prepared: Prepared,
    executor: Executor,
    limits: Limits,
    on_progress: Callable[[Progress], None] = lambda _: None,
    on_log: Callable[[bytes], None] = lambda _: None,
) -> Iterator[Check]:
    """The checks that run the plugin, a packed one that has passed the others. Arguments as of `checks`."""
    with tempfile.TemporaryDirectory(prefix="kit-check-", ignore_cleanup_errors=True) as folder:
        job_dir = Path(folder)
        stage_trial(job_dir, plugin=plugin, name=name, prepared=prepared, limits=limits)
        running = executor.start(job_dir)
        known: tuple[Check, ...] = ()
        pace = None if _Seen.of(job_dir / "plugin", name).may_stop_early else Pace()
        is_hopeless = False
        try:
            while not is_hopeless and (outcome := running.poll()) is None:
                progress = running.progress()
                on_progress(progress)
                is_hopeless = pace is not None and pace.is_hopeless(progress)
                made = read_checks(job_dir)
                yield from made[len(known) :]
                known = made
                time.sleep(_POLL_S)
        finally:
            running.kill()
        made = read_checks(job_dir)
        on_log(read_log(job_dir))
        yield from made[len(known) :]
    if pace is not None and is_hopeless:
        problem = _would_take_too_long(pace, limits)
        yield Check(
            name=_next_of([check.name for check in made]), state="failed", detail=problem.message, problem=problem
        )
        return
    assert outcome is not None
    yield from _ending(outcome, [check.name for check in made], limits)


def stage_trial(job_dir: Path, *, plugin: bytes, name: str, prepared: Prepared, limits: Limits) -> None:
    """Write the folder of a trial, which an executor starts. Arguments as of `checks`."""
    unpack(plugin, job_dir / "plugin")
    seen, task = _Seen.of(job_dir / "plugin", name), prepared.facts.task
    has_rows = task.environment is None
    # A fit of an agent does not grow with rows: it is as long in a trial as in a run.
    n_rows, n_fewer = write_subset(prepared, job_dir) if has_rows else (1, 1)
    valid = tuple(prepared.rows("valid").ids[:MAX_ROWS].tolist()) if has_rows else ()
    job = Job(
        plugin=str((job_dir / "plugin").resolve()),
        name=name,
        train=str((job_dir / "train").resolve()) if has_rows else "",
        valid=str((job_dir / "valid").resolve()) if has_rows else "",
        task=task,
        limits=replace(limits, time_limit_s=TIME_LIMIT_S),
        fit_limit_s=min(FIT_LIMIT_S, limits.time_limit_s),
        weights=on_this_computer(limits.weights, prepared.weights),
    )
    questions = Questions(
        test=None,
        order_key="",
        n_train=n_rows,
        n_valid=len(valid),
        n_outputs=task.n_outputs,
        valid=job.valid or None,
        episodes=None if has_rows else episodes(prepared, name, plays_test=False, most=EPISODES),
    )
    script = Script(
        signature=seen.signature,
        where=seen.predict_where,
        form=replace(prepared.form(), row_ids=valid, wrong=None),
        n_rows=n_rows,
        n_fewer=n_fewer,
        n_full=prepared.facts.n_train if has_rows else 1,
        time_limit_s=limits.time_limit_s,
        watches_clock=seen.watches_clock,
    )
    for file, value in (("rehearsal", script), ("serve", questions), ("job", job)):
        (job_dir / f"{file}.json").write_text(encode(value), encoding="utf-8")


def write_subset(prepared: Prepared, folder: Path) -> tuple[int, int]:
    """Write ``train`` and ``valid`` of a trial into `folder`; how many rows to learn from, and how many half are.

    Every class is among the first half of the rows, as often as `_PER_CLASS` says where the data and the room allow.
    """
    train, valid = prepared.rows("train"), prepared.rows("valid")
    assert isinstance(train, Dataset)
    assert isinstance(valid, Dataset)
    most = ROWS_OF_TABLES if isinstance(train.storage, Table) else ROWS
    index, n_fewer = choose_rows(train.y, len(prepared.facts.task.classes), most)
    for name, part, rows in (("train", train, index), ("valid", valid, np.arange(min(MAX_ROWS, len(valid))))):
        write_part(folder / name, take(part.storage, rows), ids=part.ids[rows], y=part.y[rows])
    return len(index), n_fewer


def choose_rows(y: Labels, n_classes: int, most: int) -> tuple[Index, int]:
    """Rows for a trial, and how many of them, from the first on, hold every class that there is.

    Parameters
    ----------
    y : shape (n,)
        Class indices, or values where there are no classes.
    n_classes
        0 where there are none.
    most
        How many rows, where the classes have room in half of them.
    """
    first = np.arange(0)
    if n_classes:
        each = max(_LEAST_PER_CLASS, min(_PER_CLASS, most // 2 // n_classes))
        places = [np.flatnonzero(y == k)[:each] for k in range(n_classes)]
        first = np.array([rows[i] for i in range(each) for rows in places if i < len(rows)], dtype=np.intp)
    n = min(len(y), max(most, 2 * len(first)))
    others = np.setdiff1d(np.arange(len(y)), first)[: n - len(first)]  # in the order of the part: their shares stay
    return np.concatenate([first, others]), max(n // 2, min(len(first), n))


def _ending(outcome: Outcome, known: list[str], limits: Limits) -> Iterator[Check]:
    """What is known when the child has ended: why it stopped too early, or how much memory it took."""
    if outcome.problem is not None:
        name = _next_of(known)
        problem = _out_of_time(limits) if outcome.limit == "time_limit_s" else outcome.problem
        yield Check(name=name, state="failed", detail=problem.message, problem=problem)
        return
    if outcome.status != "done" or "fit" not in known:
        return
    used = f"{outcome.usage.peak_memory_mib:.0f} MiB in this trial, {limits.memory_limit_mib} MiB are allowed"
    yield Check(name="memory", state="ok", detail=used)
    why = "this sandbox does not tell what is written outside of run.workdir"
    yield Check(name="writes", state="not checked", detail=why)


def _next_of(known: list[str]) -> str:
    """The check that would have come: it is the one that failed."""
    return next(name for name in ORDER[1:] if name not in known)


class Pace:
    """How fast a trial learns, and whether it could end within its limit."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._began = self._latest = Progress()
        self._began_at = self._latest_at = now()

    def is_hopeless(self, progress: Progress) -> bool:
        """Whether the epochs, at the pace of those so far, take far longer than a trial has."""
        if progress.epoch is not None and self._began.epoch is None:
            self._began, self._began_at = progress, self._now()
        if progress.epoch != self._latest.epoch:
            self._latest, self._latest_at = progress, self._now()
        took_s, n = self._latest_at - self._began_at, (self._latest.epoch or 0) - (self._began.epoch or 0)
        is_known = progress.phase == "training" and n >= _LEAST_EPOCHS and took_s >= _LEAST_S
        return is_known and self.total_s > _FAR_BEYOND * TIME_LIMIT_S

    @property
    def total_s(self) -> float:
        """Seconds that all epochs would take, 0 where that is not known."""
        n, epochs = (self._latest.epoch or 0) - (self._began.epoch or 0), self._latest.epochs or 0
        return (self._latest_at - self._began_at) / n * epochs if n > 0 else 0.0

    @property
    def reached(self) -> str:
        """``epoch 390 of 5000``."""
        return f"epoch {self._latest.epoch} of {self._latest.epochs}"


def _would_take_too_long(pace: Pace, limits: Limits) -> Problem:
    return Problem(
        code="E206",
        message=f"a trial on a few rows would take about {roughly(pace.total_s)}, and it has {TIME_LIMIT_S:g} s",
        why=f"It was stopped in {pace.reached}. A run on all rows has {limits.time_limit_s:g} s in this competition.",
        fix="fewer epochs, or stop in time:\n   if run.seconds_left < 5: break",
    )


def _out_of_time(limits: Limits) -> Problem:
    return Problem(
        code="E206",
        message=f"a trial on a few rows took longer than {TIME_LIMIT_S:g} s",
        why=f"A run on all rows has {limits.time_limit_s:g} s in this competition.",
        fix="fewer epochs, or stop in time:\n   if run.seconds_left < 5: break",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What a trial has to know of the source."""

    signature: str
    predict_where: str
    watches_clock: bool
    may_stop_early: bool  # a loop that is left: the number of its epochs says nothing

    @classmethod
    def of(cls, path: Path, shown: str) -> _Seen:
        code, problems = read_code(path, shown)
        if code is None:
            raise PluginError(problems[0], problems)
        fit, predict = find_function(code, "fit"), find_function(code, "predict")
        has_source = isinstance(fit, Function) and fit.definition is not None
        nodes = [node for module in code.modules for node in ast.walk(module.tree)]
        loops = [node for node in nodes if isinstance(node, (ast.For, ast.While))]
        leaves = any(isinstance(node, (ast.Break, ast.Return, ast.Raise)) for loop in loops for node in ast.walk(loop))
        watches_clock = any(isinstance(node, ast.Attribute) and node.attr == "seconds_left" for node in nodes)
        watches_clock |= has_source and _goes_by_clock(fit.definition)  # type: ignore[union-attr, arg-type]
        return cls(
            signature=f"fit({ast.unparse(fit.definition.args)})" if has_source else "fit(...)",  # type: ignore[union-attr]
            predict_where=predict.where if isinstance(predict, Function) else shown_file(shown),
            watches_clock=watches_clock,
            may_stop_early=leaves or watches_clock,
        )


def _goes_by_clock(fit: ast.FunctionDef) -> bool:
    """Whether `fit` loops over `kit.images.epochs`, which asks `run.seconds_left` for it."""
    called = (ast.unparse(node.func) for node in ast.walk(fit) if isinstance(node, ast.Call))
    return not {"kit.images.epochs", "images.epochs", "epochs"}.isdisjoint(called)
