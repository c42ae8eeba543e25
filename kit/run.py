"""The parent's side of a run: write a job's folder, and read what the job left in it.

::

    <job_dir>/job.json serve.json    what to run; what to ask, which is gone as soon as the run begins
              plugin/                exactly the submitted files
              out/                   answers.npy valid.npy train.npy model.bin replay.npz checks.json events.jsonl
                             log.txt outcome.json
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kit.dataset import Array
from kit.errors import Problem, SandboxError
from kit.job import Check, Checks, Job, Json, Limits, Outcome, decode, encode
from kit.plugin.archive import unpack
from kit.plugin.causes import with_cause
from kit.plugin.manifest import examine
from kit.sandbox.channel import ChannelNonsenseError, checked_event
from kit.sandbox.predict import Episodes, Questions, read_array
from kit.source.weights import on_this_computer

if TYPE_CHECKING:
    from kit.prepare import Prepared

CHANGED_AT = 946_684_800  # 1 January 2000: the same for all files that a plugin sees, so that it tells nothing
MAX_ARRAY_BYTES = 1 << 30
MAX_MODEL_BYTES = 80 << 20
MAX_TEXT_BYTES = 16 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What a run left.

    Parameters
    ----------
    answers, valid_answers, train_answers
        What ``predict`` returned for each part, a row for each of its rows in its order; None where it did not. Of an
        agent the returns of the episodes, as they were measured on the trusted side.
    model
        The fitted model as the worker pickled it; never opened. Empty where it was not kept.
    events
        The lines of ``run.log``: names and numbers.
    replay
        Of an agent some episodes, as `kit.environments.replay` packs them; empty where there are none.
    log
        What the plugin printed.
    outcome
        How it ended.
    checks
        What the three invariances found, on at most 64 validation rows.
    job
        What was run, and with which limits and threads; None where it was not kept.
    """

    outcome: Outcome
    answers: Array | None = None
    valid_answers: Array | None = None
    train_answers: Array | None = None
    model: bytes = b""
    replay: bytes = b""
    events: list[dict[str, float]] = field(default_factory=list)
    log: bytes = b""
    checks: tuple[Check, ...] = ()
    job: Job | None = None


def stage(
    job_dir: Path,
    *,
    plugin: bytes,
    name: str,
    prepared: Prepared,
    limits: Limits,
    params: Mapping[str, Json] | None = None,
    seed: int = 0,
    order_key: bytes | None = None,
    n_threads: int = 2,
    fit_limit_s: float | None = None,
) -> None:
    """Write the folder of a job, which an executor starts.

    Parameters
    ----------
    job_dir
        Made here; must not hold a job yet.
    plugin
        As `kit.plugin.archive.pack` packed it.
    name
        How the entrant calls the plugin (``plugins/my_cnn``).
    prepared
        The competition's data. The private side is not touched, but for the seeds of an agent's episodes: they stay
        on the trusted side, in ``serve.json``.
    limits
        What the run may use.
    params
        Hyper-parameters that differ from the defaults.
    seed
        Seed of the run.
    order_key
        Secret from the entrant: decides in which order test rows are asked for. None: they are not asked for.
    n_threads, fit_limit_s
        As in `Job`.
    """
    job_dir.mkdir(parents=True, exist_ok=True)
    unpack(plugin, job_dir / "plugin")
    facts = prepared.facts
    has_rows = facts.task.environment is None
    job = Job(
        plugin=str((job_dir / "plugin").resolve()),
        name=name,
        train=str(prepared.train.resolve()) if has_rows else "",
        valid=str(prepared.valid.resolve()) if has_rows else "",
        task=facts.task,
        limits=limits,
        params=dict(params or {}),
        seed=seed,
        n_threads=n_threads,
        fit_limit_s=fit_limit_s,
        preload=_imported(job_dir / "plugin"),
        weights=on_this_computer(limits.weights, prepared.weights),
    )
    questions = Questions(
        test=str(prepared.test.resolve()) if has_rows and order_key is not None else None,
        order_key=(order_key or b"").hex(),
        valid=str(prepared.valid.resolve()) if has_rows else None,
        n_train=facts.n_train,
        n_valid=facts.n_valid,
        n_outputs=facts.task.n_outputs,
        episodes=None if has_rows else episodes(prepared, name, plays_test=order_key is not None),
    )
    for folder in filter(None, (job.plugin, job.train, job.valid)):
        _settle_times(Path(folder))
    (job_dir / "serve.json").write_text(encode(questions), encoding="utf-8")
    (job_dir / "job.json").write_text(encode(job), encoding="utf-8")


def episodes(prepared: Prepared, name: str, *, plays_test: bool, most: int | None = None) -> Episodes:
    """What an agent plays: all validation episodes, or the first `most` of them, and all that count if `plays_test`."""
    environment = prepared.facts.task.environment
    assert environment is not None, "an agent's competition"
    return Episodes(
        environment=environment,
        valid=prepared.seeds("valid")[:most],
        test=prepared.seeds("test") if plays_test else (),
        batch=prepared.facts.batch,
        name=name,
        public=prepared.public_episodes() if plays_test else (),
    )


def _settle_times(folder: Path) -> None:
    """Give `folder` and all in it the same modification time."""
    with suppress(OSError):  # prepared by somebody else, for a class that shares it
        for path in (*folder.rglob("*"), folder):
            if path.stat().st_mtime != CHANGED_AT:
                os.utime(path, (CHANGED_AT, CHANGED_AT))


def _imported(plugin: Path) -> tuple[str, ...]:
    """Modules that the plugin imports; none where its source can't be read, which the worker will say."""
    manifest, _ = examine(plugin)
    return tuple(found.module for found in manifest.imports) if manifest else ()


def collect(job_dir: Path) -> Left:
    """What the job in `job_dir` left.

    Raises
    ------
    SandboxError
        E801 if there is no outcome, or a file is not what an executor writes.
    """
    out = job_dir / "out"
    outcome = _read(out / "outcome.json", MAX_TEXT_BYTES)
    if not outcome:
        raise SandboxError(Problem(code="E801", message="the run left no outcome", where=str(out)))
    try:
        staged = _read(job_dir / "job.json", MAX_TEXT_BYTES)
        return Left(
            outcome=decode(Outcome, outcome),
            answers=_array(out / "answers.npy"),
            valid_answers=_array(out / "valid.npy"),
            train_answers=_array(out / "train.npy"),
            model=_read(out / "model.bin", MAX_MODEL_BYTES),
            replay=_read(out / "replay.npz", MAX_TEXT_BYTES),
            events=_events(_read(out / "events.jsonl", MAX_TEXT_BYTES)),
            log=read_log(job_dir),
            checks=read_checks(job_dir),
            job=decode(Job, staged) if staged else None,
        )
    except (ValueError, ChannelNonsenseError) as error:
        message = f"what the run left is damaged: {error}"
        raise SandboxError(Problem(code="E801", message=message, where=str(out))) from None


def read_log(job_dir: Path) -> bytes:
    """What the plugin printed so far, with the whole traceback behind it where it failed."""
    return _read(job_dir / "out" / "log.txt", MAX_TEXT_BYTES)


def read_checks(job_dir: Path) -> tuple[Check, ...]:
    """The checks of the job in `job_dir` that are known by now, with their causes where the source tells them.

    Raises
    ------
    SandboxError
        E801 if the file is not what an executor writes.
    """
    file = job_dir / "out" / "checks.json"
    checks = _read(file, MAX_TEXT_BYTES)
    if not checks:
        return ()
    try:
        made = decode(Checks, checks).checks
    except ValueError as error:
        raise _not_ours(file, f"is damaged: {error}") from None
    if all(check.ok for check in made):
        return made
    name = decode(Job, _read(job_dir / "job.json", MAX_TEXT_BYTES)).name
    return tuple(with_cause(check, job_dir / "plugin", name) for check in made)


def _array(file: Path) -> Array | None:
    data = _read(file, MAX_ARRAY_BYTES)
    return read_array(data) if data else None


def _events(lines: bytes) -> list[dict[str, float]]:
    return [event for line in lines.splitlines() if (event := checked_event(line)) is not None]


def _read(file: Path, limit: int) -> bytes:
    """The bytes of a regular file of one name, empty where there is none. Follows no link and waits for no pipe."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(file, flags)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise _not_ours(file, error.strerror or "can't be opened") from None
    with os.fdopen(descriptor, "rb") as stream:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
            raise _not_ours(file, "is no plain file")
        if status.st_size > limit:
            raise _not_ours(file, f"is larger than {limit >> 20} MiB")
        return stream.read(limit)


def _not_ours(file: Path, what: str) -> SandboxError:
    return SandboxError(Problem(code="E801", message=f"{file.name} of a run {what}", where=str(file)))
