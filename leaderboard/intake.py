"""From submitted bytes to a scored submission: the one path of files and plugins, on the side that has the solutions.

A file gives its predictions by being read, a plugin by being run elsewhere; from there on both are the same.
"""

from __future__ import annotations

import hmac
import json
import platform
import shutil
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from kit.errors import MetricError, ParticipantVisibleError, PluginError, Problem
from kit.job import Outcome, Progress, Resources, encode
from leaderboard.artifacts import SEED, circumstances, npy, npz, packed, score_of_part, small, versions
from leaderboard.store.base import (
    Directive,
    Finished,
    Kept,
    Lease,
    Part,
    Refusal,
    ScoreRow,
    Store,
    Submission,
    Yardstick,
)
from leaderboard.store.blobs import Blobs
from leaderboard.store.connection import explained

if TYPE_CHECKING:
    from kit.competition import Competition
    from kit.metrics.base import Metric
    from kit.prepare import Prepared
    from kit.run import Left
    from kit.scoring import PartScore
    from kit.submission import Form, Predictions

NPY, NPZ, JSON, TEXT, TAR, CSV, OPAQUE = (
    "application/x-npy",
    "application/x-npz",
    "application/json",
    "text/plain",
    "application/x-tar",
    "text/csv",
    "application/octet-stream",
)
Blobbed = dict[str, tuple[bytes, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What the board is told of a competition.

    Parameters
    ----------
    competition, metric
        Its file, and what ranks it.
    prepare
        Gives its data, and makes them where that was not done yet: asked when something is handed in.
    find
        Gives its data if they were made before from the competition as it is now: asked by those who only look.
    """

    competition: Competition
    metric: Metric
    prepare: Callable[[], Prepared]
    find: Callable[[], Prepared | None]


class Intake:
    """The source of this machine's jobs: what workers run comes from it, and what they leave is scored by it.

    Parameters
    ----------
    store, blobs
        Where everything is kept.
    attempts
        Folder of the folders of running jobs.
    setting
        Name of a competition -> what there is to know of it.
    secret
        Gives the board's key, from which the order of the test rows is drawn for each submission.
    """

    def __init__(
        self,
        store: Store,
        blobs: Blobs,
        *,
        attempts: Path,
        setting: Callable[[str], Setting],
        secret: Callable[[], bytes],
    ) -> None:
        self._store, self._blobs, self._attempts = store, blobs, attempts
        self._setting, self._secret = setting, secret
        # (sha256 of a file, digest of the competition's public data) -> what this process read a moment ago
        self._read: dict[tuple[str, str], Predictions] = {}
        self._staged: dict[str, str] = {}  # token of an attempt -> digest of the public data that it was given

    def read(
        self, competition: str, data: bytes, *, name: str, team: str, others: Callable[[], Iterable[Form]] | None
    ) -> tuple[str, ...]:
        """Read a submitted file, and give the notes there are on it.

        Raises
        ------
        ParticipantVisibleError
            E301, with every problem. The file leaves a row among the refusals, and nothing else.
        """
        from kit.submission import read_csv

        digest = sha256(data).hexdigest()
        try:
            prepared = self._setting(competition).prepare()
            predictions = read_csv(data, prepared.form(), name=name, others=others or tuple)
        except ParticipantVisibleError as error:
            self._store.refuse(
                Refusal(competition=competition, team=team, size=len(data), sha256=digest, codes=error.codes)
            )
            raise
        self._read = {(digest, prepared.facts.digest): predictions}
        return predictions.notes

    def yardstick(self, competition: str) -> Yardstick:
        """What a score of this competition is measured with, now."""
        setting = self._setting(competition)
        return _yardstick(setting.metric, _sha256_of(setting.prepare().solution))

    def yardstick_of_board(self, competition: str) -> Yardstick | None:
        """What the scores that stand on the board were measured with; None where there is no score.

        Where the data are not here any more, the solution of the newest score is taken for the present one: a look
        at the board makes nothing, and needs no network.
        """
        newest = self._store.newest_yardstick(competition)
        if newest is None:
            return None
        setting = self._setting(competition)
        prepared = setting.find()
        return _yardstick(setting.metric, _sha256_of(prepared.solution) if prepared else newest.solution_sha256)

    def claim(self, worker: str, free: Resources) -> Lease | None:
        """As `Store.claim`."""
        return self._store.claim(worker, free)

    def heartbeat(self, lease: Lease, progress: Progress) -> Directive:
        """As `Store.heartbeat`."""
        return self._store.heartbeat(lease, progress)

    def release(self, lease: Lease, reason: str, *, counts: bool = True) -> None:
        """As `Store.release`; the attempt's folder is removed."""
        self._remove(lease)
        self._store.release(lease, reason, counts=counts)

    def stage(self, lease: Lease) -> Path:
        """Write the folder of a run: the plugin, the public data, and nothing of the solution."""
        folder = self._folder(lease)
        self._staged[lease.token] = self.stage_again(self._store.submission(lease.submission_id), folder)
        return folder

    def stage_again(self, submission: Submission, folder: Path) -> str:
        """Write the folder of a run of a submission, the same each time; the digest of the public data in it."""
        from kit.run import stage

        setting = self._setting(submission.competition)
        prepared = setting.prepare()
        stage(
            folder,
            plugin=self._blobs.get(submission.blob_sha256),
            name=submission.name,
            prepared=prepared,
            limits=setting.competition.limits.of_run(),
            seed=SEED,
            order_key=hmac.digest(self._secret(), submission.blob_sha256.encode(), "sha256"),
        )
        return prepared.facts.digest

    def read_again(self, submission: Submission) -> Predictions:
        """The predictions in a file that was handed in, read anew."""
        return self._predictions(submission, self._setting(submission.competition).prepare())

    def answers_in(self, submission: Submission, left: Left) -> Predictions:
        """The predictions that a run of a submission left.

        Raises
        ------
        PluginError
            E2xx: why there are none.
        """
        from kit.submission import from_answers

        if left.outcome.problem is not None or left.answers is None:
            raise PluginError(left.outcome.problem or _no_answers(submission))
        form = self._setting(submission.competition).prepare().form()
        return from_answers(left.answers, form, where=submission.name)

    def public_score(self, competition: str, predictions: Predictions) -> float:
        """What the public rows give. Of the private ones nothing is said."""
        from kit.scoring import score
        from kit.solution import read_solution

        setting = self._setting(competition)
        prepared, metric = setting.prepare(), setting.metric
        form = prepared.form()
        solution = read_solution(prepared.solution, form, metric)
        return score(solution, predictions, metric, form).public.value

    def finish(self, lease: Lease, outcome: Outcome) -> None:
        """Score what the job left, and write it down in one transaction.

        Raises
        ------
        MetricError
            If the metric or the solution is wrong: the submission failed through no fault of the entrant. What is
            written down says no more than that; what is raised is for the host, and may hold answers.
        """
        try:
            self._store.finish(lease, self._finished(lease, outcome))
        except MetricError as error:
            self._store.finish(lease, _failed(_of_host(error.problem, self._store.submission(lease.submission_id))))
            raise
        finally:
            self._remove(lease)

    def _finished(self, lease: Lease, outcome: Outcome) -> Finished:
        if outcome.status == "killed":
            return Finished(state="cancelled", exit=outcome.exit, usage=encode(outcome.usage))
        submission = self._store.submission(lease.submission_id)
        prepared = self._setting(submission.competition).prepare()
        try:
            if lease.kind == "score":
                return self._score(submission, prepared, self._predictions(submission, prepared))
            return self._finished_run(submission, lease, outcome, prepared)
        except ParticipantVisibleError as error:  # the competition's form has changed since the file was read
            return _failed(error.problem)

    def _predictions(self, submission: Submission, prepared: Prepared) -> Predictions:
        from kit.submission import read_csv

        known = self._read.get((submission.blob_sha256, prepared.facts.digest))
        if known is not None:
            return known
        return read_csv(self._blobs.get(submission.blob_sha256), prepared.form(), name=submission.name)

    def _finished_run(self, submission: Submission, lease: Lease, outcome: Outcome, prepared: Prepared) -> Finished:
        from kit.clues import with_clues
        from kit.run import collect

        if self._staged.pop(lease.token, prepared.facts.digest) != prepared.facts.digest:
            raise MetricError(_changed(submission))
        left = collect(self._folder(lease))
        try:
            predictions = self.answers_in(submission, left)
            metric = self._setting(submission.competition).metric
            valid = score_of_part(metric, prepared, "valid", left.valid_answers, where=submission.name)
            if self._setting(submission.competition).competition.limits.strict:
                _require_invariances(left)
        except PluginError as error:
            folder, name = self._folder(lease) / "plugin", submission.name
            problem = with_clues(error.problem, log=left.log, events=left.events, folder=folder, name=name)
            ended = _failed(problem, kept=self._keep(submission, left, None, ()))
        else:
            notes = _notes(left, prepared)
            kept = self._keep(submission, left, valid.value if valid else None, notes)
            ended = self._score(submission, prepared, predictions, kept=kept)
        return replace(ended, exit=outcome.exit, usage=encode(outcome.usage))

    def _keep(self, submission: Submission, left: Left, valid_score: float | None, notes: tuple[str, ...]) -> Kept:
        metric = self._setting(submission.competition).metric
        parts: Blobbed = {
            "run_sha256": (_run_json(submission, left, notes), JSON),
            "log_sha256": (left.log, TEXT),
        }
        if left.model:
            parts["model_sha256"] = (left.model, OPAQUE)
        if left.replay:
            parts["replay_sha256"] = (left.replay, NPZ)
        for name, answers in (("train", left.train_answers), ("valid", left.valid_answers)):
            if answers is not None:
                parts[f"{name}_predictions_sha256"] = (npy(small(answers, metric)), NPY)
        return Kept(**self._blobs.put_all(parts), valid_score=valid_score)

    def _score(
        self, submission: Submission, prepared: Prepared, predictions: Predictions, *, kept: Kept | None = None
    ) -> Finished:
        """The scores of both parts, with the terms that every later statistic is made of."""
        from kit.scoring import score
        from kit.solution import read_solution

        metric = self._setting(submission.competition).metric
        form = prepared.form()
        solution = read_solution(prepared.solution, form, metric)
        result = score(solution, predictions, metric, form)
        parts: dict[Part, PartScore] = {"public": result.public, "private": result.private}
        blobs: Blobbed = {name: (npz(part), NPZ) for name, part in parts.items()}
        sort = NPZ if predictions.y_pred.dtype == object else NPY
        digests = self._blobs.put_all(blobs | {"predictions": (packed(predictions.y_pred), sort)})
        yardstick = _yardstick(metric, solution.sha256)
        rows = tuple(
            _row(submission.competition, name, part, digests[name], metric, yardstick) for name, part in parts.items()
        )
        kept = replace(kept or Kept(), predictions_sha256=digests["predictions"])
        return Finished(state="scored", scores=rows, kept=kept)

    def _folder(self, lease: Lease) -> Path:
        return self._attempts / lease.token

    def _remove(self, lease: Lease) -> None:
        shutil.rmtree(self._folder(lease), ignore_errors=True)


def _row(competition: str, name: Part, part: PartScore, digest: str, metric: Metric, yardstick: Yardstick) -> ScoreRow:
    from leaderboard.statistics import interval

    # The same seed for every submission: intervals differ by what was predicted, not by the draw.
    lo, hi = interval(metric, part, seed_text=f"{competition}/{name}")
    return ScoreRow(
        yardstick=yardstick,
        environment=_environment(),
        part=name,
        value=part.value,
        interval_lo=lo,
        interval_hi=hi,
        n=part.n,
        terms_sha256=digest,
    )


def _yardstick(metric: Metric, solution_sha256: str) -> Yardstick:
    return Yardstick(metric_code=metric.code, metric_version=metric.version, solution_sha256=solution_sha256)


def _sha256_of(path: Path) -> str:
    with explained(path):  # the hash is enough: while a plugin runs, no label need be in memory
        return sha256(path.read_bytes()).hexdigest()


def _failed(problem: Problem, *, kept: Kept | None = None) -> Finished:
    return Finished(state="failed", reason_code=problem.code, message=encode(problem), kept=kept or Kept())


def _of_host(problem: Problem, submission: Submission) -> Problem:
    """What an entrant may know of what is the host's to mend: the reasons, and lines of a metric, may hold answers."""
    return Problem(
        code=problem.code,
        message=f"{submission.name} got no score: the metric of {submission.competition} or its solution is wrong",
        why="This did not use one of your tries.",
        fix="hand it in again; if it happens again, tell the host",
    )


def _changed(submission: Submission) -> Problem:
    return Problem(
        code="E603",
        message=f"{submission.competition} was changed while {submission.name} ran: its answers are for other rows",
        why="This did not use one of your tries.",
        fix="repeat the command",
    )


def _no_answers(submission: Submission) -> Problem:
    return Problem(code="E210", message="the run ended without answers", where=submission.name)


def _environment() -> str:
    """What may change a score in its last digits."""
    import numpy as np

    import kit

    return f"kit {kit.__version__}, numpy {np.__version__}, python {platform.python_version()}, {platform.machine()}"


def _require_invariances(left: Left) -> None:
    """Refuse what a strict competition does not score. Raises `PluginError` with everything that was found."""
    if problems := [check.problem for check in left.checks if check.problem is not None]:
        raise PluginError(problems[0], problems if len(problems) > 1 else ())


def _notes(left: Left, prepared: Prepared) -> tuple[str, ...]:
    from kit.clues import notes

    if prepared.facts.task.environment is not None:  # returns may well be all the same: 500 in every episode
        return notes(log=left.log)
    classes = prepared.facts.task.classes
    return notes(log=left.log, events=left.events, answers=left.valid_answers, classes=classes)


def _run_json(submission: Submission, left: Left, notes: tuple[str, ...]) -> bytes:
    return json.dumps(
        {
            "submission": submission.id,
            "competition": submission.competition,
            "name": submission.name,
            "params": {},  # a submission runs with the defaults in its file
            "seed": SEED,
            "outcome": asdict(left.outcome),
            "versions": versions(),
            "circumstances": circumstances(left),
            "events": left.events,
            "notes": notes,
            "checks": [asdict(check) for check in left.checks],
        },
        ensure_ascii=False,
    ).encode()
