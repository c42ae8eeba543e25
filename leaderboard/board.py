"""The board of a workspace: its use cases, and the only door to private solutions and private scores."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import tzinfo
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from kit.errors import (
    KitError,
    LeaseLostError,
    MetricError,
    ParticipantVisibleError,
    PluginError,
    Problem,
    RefusedError,
    SandboxError,
    StorageError,
    UsageError,
)
from kit.executor.base import Executor
from kit.job import Checks, Resources, decode
from leaderboard.evidence import Evidence
from leaderboard.intake import CSV, TAR, Intake, Setting
from leaderboard.queue import OnProgress, Worker, execute, put_back_dead, remove_stale
from leaderboard.ranking import Ranking
from leaderboard.receipt import Receipt, label
from leaderboard.rules import Tries, tries
from leaderboard.standings import Standing
from leaderboard.store.base import (
    INFRASTRUCTURE,
    Event,
    Kept,
    Lease,
    NewSubmission,
    Part,
    Scored,
    Submission,
)
from leaderboard.store.blobs import Blobs
from leaderboard.store.connection import explained
from leaderboard.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from kit.submission import Form
    from kit.workspace import Workspace
    from leaderboard.comparison import Compared, Evident
    from leaderboard.likeness import Alike
    from leaderboard.statistics.selection import ShakeUp
    from leaderboard.verification import Verified

ME = "you"
REVEAL = "reveal"
WAIT_S = 0.2


class Board:
    """The board of one workspace. Making one opens nothing; looking at an empty one makes nothing.

    Parameters
    ----------
    state
        Folder of everything that is kept: ``board.sqlite``, ``objects/``, ``workers/``, ``attempts/``, ``secret``; and
        ``replicates/``, which can be made again.
    setting
        Name of a competition -> what there is to know of it.
    executor
        Gives the place that runs plugins; asked once, when there is one to run.
    zone
        Time zone of the course; None for this computer's.
    """

    def __init__(
        self,
        state: Path,
        *,
        setting: Callable[[str], Setting],
        executor: Callable[[], Executor],
        zone: tzinfo | None = None,
    ) -> None:
        self._state, self._zone = state, zone
        self._setting, self._make_executor = setting, executor
        self._settings: dict[str, Setting] = {}
        self._executor: Executor | None = None
        self._worker: Worker | None = None
        self.store = SqliteStore(state / "board.sqlite")
        self.blobs = Blobs(state / "objects", self.store)
        self._intake = Intake(
            self.store,
            self.blobs,
            attempts=state / "attempts",
            setting=self._known,
            secret=lambda: read_secret(state / "secret"),
        )

    @classmethod
    def of(cls, workspace: Workspace) -> Board:
        """The board of a workspace of the kit."""

        def setting(name: str) -> Setting:
            competition = workspace.competition(name)
            return Setting(
                competition=competition,
                metric=workspace.metric(name),
                prepare=lambda: workspace.prepared(name),
                find=lambda: workspace.found_prepared(name),
            )

        zone = workspace.config.zone
        return cls(workspace.state, setting=setting, executor=workspace.executor, zone=ZoneInfo(zone) if zone else None)

    def close(self) -> None:
        """Let go of the database and of the worker's lock."""
        if self._worker is not None:
            self._worker.__exit__(None, None, None)
            self._worker = None
        self.store.close()

    def submit_csv(
        self,
        competition: str,
        data: bytes,
        *,
        name: str,
        team: str | None = None,
        others: Callable[[], Iterable[Form]] | None = None,
        on_progress: OnProgress | None = None,
    ) -> Receipt:
        """Read, keep and score a file of predictions.

        Parameters
        ----------
        competition
            Which one it is for.
        data
            The file.
        name
            How the entrant calls it: ``preds.csv``.
        team
            Whose row it is; by default one of its own.
        others
            The forms of other competitions, to recognise a file that is for one of them.
        on_progress
            Told of jobs that a killed command left behind, and that are finished first.

        Raises
        ------
        ParticipantVisibleError
            E301, with every problem of the file: it was refused, and nothing of it is kept.
        MetricError, StorageError
            No fault of the file; no try was used.
        """
        team = team or own_row(name)
        left = self.leftovers(on_progress=on_progress)
        notes = self._intake.read(competition, data, name=name, team=team, others=others)
        new = self._new(competition, data, CSV, name=name, team=team, kind="csv")
        return self._hand_in(new, (*left, *notes), on_progress)

    def submit_plugin(
        self,
        competition: str,
        archive: bytes,
        *,
        name: str,
        team: str | None = None,
        on_progress: OnProgress | None = None,
    ) -> Receipt:
        """Keep, run and score a plugin.

        Parameters
        ----------
        competition
            Which one it is for.
        archive
            The plugin as `kit.plugin.archive.pack` gives it.
        name
            How the entrant calls it: ``plugins/my_cnn``.
        team
            Whose row it is; by default one of its own.
        on_progress
            Told how far the run is.

        Raises
        ------
        PluginError
            E2xx: the plugin failed. Its bytes and its log are kept, and no try was used.
        MetricError, SandboxError, StorageError
            No fault of the plugin; no try was used.
        """
        left = self.leftovers(on_progress=on_progress)
        new = self._new(competition, archive, TAR, name=name, team=team or own_row(name), kind="plugin")
        return self._hand_in(new, left, on_progress)

    def leftovers(self, *, on_progress: OnProgress | None = None) -> tuple[str, ...]:
        """Finish what killed commands have left: each job once, and what became of it in one sentence.

        What stops such a job is its own affair and not that of the command which found it: it is told, not raised,
        and the job stays queued until its attempts are used up.
        """
        put_back_dead(self.store, self._workers, but=self._worker.name if self._worker else "")
        waiting = self.store.waiting()
        if waiting:
            remove_stale(self.store, self._state / "attempts")
        told = (self._finish_left(submission_id, on_progress) for submission_id in waiting)
        return tuple(sentence for sentence in told if sentence)

    def _finish_left(self, submission_id: int, on_progress: OnProgress | None) -> str:
        lease = self.store.claim_submission(submission_id, self._working().name)
        if lease is None:
            return ""  # another command was quicker
        code = ""
        try:
            self._execute(lease, on_progress)
        except KitError as error:
            code = f" ({error.code})"
        left = self.store.submission(submission_id)
        return f"{label(left.id)} ({left.name}) had been stopped from outside: {left.state} now{code}"

    def standings(self, competition: str, part: Part = "public", *, has_ties: bool = True) -> tuple[Standing, ...]:
        """Who stands where, by the metric and the solution of the competition as it is now.

        With `has_ties` the rows have the ranks that are possible; in public it is quicker without.

        Raises
        ------
        RefusedError
            E402 if the private part has not been revealed. It stands still from then on: a later submission is
            ranked in public only.
        """
        ranking = self._ranking(competition)
        if part == "public":
            return ranking.public(has_ties=has_ties)
        return ranking.private(self._private_scores(competition), until=self.revealed_at(competition) or 0.0)

    def shake_up(self, competition: str) -> ShakeUp | None:
        """How far teams moved from the public to the private board, and how far luck alone would have moved them.

        Raises
        ------
        RefusedError
            E402 if the private part has not been revealed.
        """
        private, ranking = self._private_scores(competition), self._ranking(competition)
        return ranking.shake_up(ranking.private(private, until=self.revealed_at(competition) or 0.0), private)

    def _private_scores(self, competition: str) -> tuple[Scored, ...]:
        if not self.is_revealed(competition):
            raise RefusedError(_hidden(competition))
        return self.store.private_scores(competition, self._intake.yardstick_of_board(competition))

    def _ranking(self, competition: str) -> Ranking:
        setting = self._known(competition)

        @lru_cache
        def evidence(part: Part) -> Evidence:
            folder = self._state / "replicates"
            return Evidence(self.blobs, folder, competition=competition, part=part, metric=setting.metric)

        exact = self.store.public_scores(competition, self._intake.yardstick_of_board(competition))
        return Ranking(exact, competition=setting.competition, metric=setting.metric, evidence=evidence)

    def n_late(self, competition: str) -> int:
        """How many scored submissions came after the reveal: they are ranked in public only."""
        until = self.revealed_at(competition)
        if until is None:
            return 0
        public = self.store.public_scores(competition, self._intake.yardstick_of_board(competition))
        return sum(row.received_at >= until for row in public)

    def n_outdated(self, competition: str) -> int:
        """How many scored submissions do not stand on the board: the competition has changed since.

        Their scores are kept. Handing in the same bytes again scores them anew.
        """
        scored = sum(row.state == "scored" for row in self.store.submissions(competition))
        return scored - len(self.store.public_scores(competition, self._intake.yardstick_of_board(competition)))

    def reveal(self, competition: str, *, actor: str = "host") -> Event:
        """Open the private ranking, for good. Doing it again changes nothing."""
        self._known(competition)
        self.store.record(actor=actor, action=REVEAL, about=competition, once=True)
        return self.store.events(action=REVEAL, about=competition)[0]

    def is_revealed(self, competition: str) -> bool:
        """Whether the private ranking is open."""
        return self.revealed_at(competition) is not None

    def revealed_at(self, competition: str) -> float | None:
        """When the private ranking was opened, unix seconds; None where it is hidden."""
        events = self.store.events(action=REVEAL, about=competition)
        return events[0].at if events else None

    def submissions(self, competition: str, *, team: str | None = None) -> tuple[Submission, ...]:
        """All submissions to a competition, oldest first."""
        return self.store.submissions(competition, team=team)

    def kept(self, submission_id: int) -> Kept:
        """What a submission left behind, as names of blobs."""
        return self.store.kept(submission_id)

    def verify(self, submission_label: str, *, on_progress: OnProgress | None = None) -> Verified:
        """Run a submission again and compare; nothing of it is kept, and it is no try.

        Raises
        ------
        UsageError
            E001 if there is none of this label, or if it is not over.
        MetricError, SandboxError, StorageError
            It could not be run.
        """
        from kit.sandbox.scratch import scratch
        from leaderboard.verification import verify

        submission = self._over(submission_label)
        scores = self.store.public_scores(submission.competition, self._intake.yardstick(submission.competition))
        if submission.kind == "plugin" and self._executor is None:
            self._executor = self._make_executor()
        with scratch(self._state / "verifying") as folder:
            verified = verify(
                submission,
                self.store.kept(submission.id),
                self._intake,
                self.blobs,
                folder=folder / "job",
                executor=self._executor,
                is_of_other_rows=submission.state == "scored"
                and submission.id not in {row.submission_id for row in scores},
                on_progress=on_progress,
            )
        if self._known(submission.competition).competition.leaderboard.feedback != "full":
            verified = replace(verified, score_before=None, score_now=None)  # what submit did not tell is not told here
        return verified

    def compare(self, first: str, second: str) -> Compared:
        """Which of two submissions (``s7``) or runs on one's own (``r6``) is better, and how sure that is.

        Raises
        ------
        UsageError
            E001 if there is none of a label, E010 if the two have nothing that could be compared.
        StorageError
            What they left can't be read.
        """
        from leaderboard.comparison import compared

        one, other = (self._evident(text) for text in (first, second))
        setting, ranking = self._known(one.side.competition), self._ranking(one.side.competition)
        return compared(one, other, prepared=setting.find(), metric=setting.metric, on_public=ranking.compare)

    def similar(self, competition: str, *, handed_out: Collection[str] = ()) -> tuple[Alike, ...]:
        """Pairs of teams with submissions that are the same, or nearly: two to look at, never a verdict.

        Parameters
        ----------
        competition
            Whose submissions; those that were scored with other rows are left out.
        handed_out
            sha256 of files that everybody was given.
        """
        from leaderboard.likeness import alike, answers_of

        scores = self.store.public_scores(competition, self._intake.yardstick_of_board(competition))
        counting = {row.submission_id for row in scores}
        rows = [row for row in self.store.submissions(competition) if row.id in counting]
        return alike(rows, answers_of(self.store, self.blobs), handed_out=handed_out)

    def _evident(self, text: str) -> Evident:
        from leaderboard.comparison import of_run, of_submission
        from leaderboard.runs import Runs

        if text.startswith("r"):
            runs = Runs(self._state / "runs", self.store)
            run = runs.get(text)
            return of_run(run, runs.valid_answers(run))
        row = self._over(text)
        digest = self.store.kept(row.id).valid_predictions_sha256
        return of_submission(row, self.blobs.get(digest) if digest else None)

    def _over(self, submission_label: str) -> Submission:
        """The submission of this label, if it has an end that can be compared."""
        digits = submission_label.removeprefix("s")
        number = int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 12 else 0
        try:
            submission = self.store.submission(number)
        except KeyError:
            raise UsageError(_unknown(submission_label)) from None
        kept = self.store.kept(number)
        if submission.state not in ("scored", "failed") or not (kept.predictions_sha256 or kept.run_sha256):
            message = f"{label(number)} left no answers to compare with: it is {submission.state}"
            raise UsageError(Problem(code="E001", message=message, fix="kit submit PATH"))
        return submission

    def tries(self, competition: str, team: str) -> Tries:
        """What a team has used and has left."""
        rows = self.store.submissions(competition, team=team)
        received = [row.received_at for row in rows if row.state == "scored"]
        limits = self._known(competition).competition.limits
        return tries(received, limits, now=self.store.clock(), zone=self._zone)

    @property
    def _workers(self) -> Path:
        return self._state / "workers"

    def _known(self, competition: str) -> Setting:
        if competition not in self._settings:
            self._settings[competition] = self._setting(competition)
        return self._settings[competition]

    def _working(self) -> Worker:
        if self._worker is None:
            self._worker = Worker(self._workers).__enter__()
        return self._worker

    def _new(
        self,
        competition: str,
        data: bytes,
        media_type: str,
        *,
        name: str,
        team: str,
        kind: Literal["csv", "plugin"],
    ) -> NewSubmission:
        limits = self._known(competition).competition.limits
        return NewSubmission(
            competition=competition,
            team=team,
            kind=kind,
            name=name,
            blob_sha256=self.blobs.put(data, media_type),
            resources=Resources(memory_mib=limits.memory_limit_mib),
            time_limit_s=limits.time_limit_s,
        )

    def _hand_in(self, new: NewSubmission, notes: tuple[str, ...], on_progress: OnProgress | None) -> Receipt:
        known = self._intake.yardstick(new.competition)
        taken = self.store.add_and_claim(new, self._working().name, known=known)
        is_repeat = isinstance(taken, Submission)
        if isinstance(taken, Submission):
            submission = self._settle(taken.id, on_progress)
        else:
            try:
                self._execute(taken, on_progress)
            except LeaseLostError:  # the computer slept, and another command took the job over
                self._settle(taken.submission_id, on_progress)
            submission = self.store.submission(taken.submission_id)
        kept = self.store.kept(submission.id)
        if submission.state == "failed":
            raise self._with_traceback(_failure(submission), kept)
        run = self._run_of(kept)
        return replace(
            self._receipt(submission),
            is_repeat=is_repeat,
            notes=(*notes, *run.get("notes", ())),
            checks=decode(Checks, json.dumps({"checks": run.get("checks", [])})).checks,
        )

    def _with_traceback(self, error: KitError, kept: Kept) -> KitError:
        """`error` with the plugin's whole traceback as its note, where there is one."""
        from kit.clues import whole_traceback

        if kept.log_sha256 and (traceback := whole_traceback(self.blobs.get(kept.log_sha256))):
            error.add_note(traceback)
        return error

    def _run_of(self, kept: Kept) -> dict[str, Any]:
        """What was kept of a plugin's run when it was scored; nothing for a file."""
        run: dict[str, Any] = json.loads(self.blobs.get(kept.run_sha256)) if kept.run_sha256 else {}
        return run

    def _settle(self, submission_id: int, on_progress: OnProgress | None) -> Submission:
        """Wait for the end of a submission that is worked on elsewhere; take it over if its worker dies."""
        while not (submission := self.store.submission(submission_id)).is_over:
            worker = self._working()
            put_back_dead(self.store, self._workers, but=worker.name)
            lease = self.store.claim_submission(submission_id, worker.name)
            if lease is None:
                time.sleep(WAIT_S)
                continue
            try:
                self._execute(lease, on_progress)
            except LeaseLostError:
                continue
        return submission

    def _execute(self, lease: Lease, on_progress: OnProgress | None) -> None:
        if self._executor is None and lease.kind == "run":
            self._executor = self._make_executor()
        execute(lease, self._intake, self._executor, on_progress=on_progress)

    def _receipt(self, submission: Submission) -> Receipt:
        ranking = self._ranking(submission.competition)
        before, now = ranking.public(without=submission.id), ranking.public()
        own = next((row for row in ranking.told.rows if row.submission_id == submission.id), None)
        previous = next((row for row in before if row.team == submission.team), None)
        place = next((row for row in now if row.team == submission.team), None)
        revealed_at = self.revealed_at(submission.competition)
        return Receipt(
            submission_id=submission.id,
            competition=submission.competition,
            team=submission.team,
            name=submission.name,
            state=submission.state,
            score=own.value if own else None,
            interval_lo=own.interval_lo if own else None,
            interval_hi=own.interval_hi if own else None,
            n=own.n if own else None,
            rank=place.rank if place else None,
            rank_lo=place.rank_lo if place else None,
            rank_hi=place.rank_hi if place else None,
            n_tied=place.n_tied if place else None,
            n_tries=place.n_tries if place else 0,
            n_teams=len(now),
            previous_score=previous.score if previous else None,
            previous_rank=previous.rank if previous else None,
            valid_score=submission.valid_score,
            feedback=self._known(submission.competition).competition.leaderboard.feedback,
            is_withheld=submission.id in ranking.told.withheld,
            expected_drop=ranking.expected_drop(submission.team),
            is_late=revealed_at is not None and submission.received_at >= revealed_at,
            tries=self.tries(submission.competition, submission.team),
        )


def own_row(name: str) -> str:
    """On a board of one's own every plugin, and every stem of a file, is a row: ``you / my_cnn``."""
    from kit.workspace import answers_stem

    path = Path(name)
    if path.name == "plugin.py":  # the folder is the plugin
        path = path.parent
    return f"{ME} / {answers_stem(str(path)) or path.resolve().stem}"


def read_secret(path: Path) -> bytes:
    """The board's key: 32 random bytes that only its owner can read, made when first asked for.

    Raises
    ------
    StorageError
        E703, E704, E706.
    """
    with explained(path):
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            temporary = path.with_name(f".{path.name}.{os.getpid()}")
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(os.urandom(32))
            try:
                os.link(temporary, path)  # unlike a rename it never replaces the key of a quicker process
            except FileExistsError:
                pass
            finally:
                temporary.unlink()
        secret = path.read_bytes()
    if len(secret) != 32:
        raise StorageError(Problem(code="E704", message=f"{path} is not the key it was", where=str(path)))
    return secret


def _failure(submission: Submission) -> KitError:
    if submission.problem is not None:
        group = submission.problem.code[:2]
        kinds: dict[str, type[KitError]] = {"E3": ParticipantVisibleError, "E6": MetricError}
        return kinds.get(group, PluginError)(submission.problem)
    if submission.reason_code != INFRASTRUCTURE:
        return PluginError(Problem(code=submission.reason_code or "E210", message="the run failed"))
    return SandboxError(
        Problem(
            code="E801",
            message=f"{label(submission.id)} was given up: what ran it was stopped from outside three times",
            where=submission.name,
            why="This did not use one of your tries.",
            fix="repeat the command; if it happens again,   kit doctor",
        )
    )


def _unknown(submission_label: str) -> Problem:
    message = f"there is no submission {submission_label!r}"
    fix = "kit submit   says at its end how a submission is kept, for example   s12"
    if submission_label[:1] == "r" and submission_label[1:].isdecimal():
        message, fix = f"{submission_label} is a run of your own, not a submission", f"kit runs {submission_label}"
    return Problem(code="E001", message=message, fix=fix)


def _hidden(competition: str) -> Problem:
    return Problem(
        code="E402",
        message=f"the private ranking of {competition} is not open yet",
        why="It shows which models are good, and which were only fitted to the public part.",
        fix=f"kit reveal {competition}      opens it, for good",
    )
