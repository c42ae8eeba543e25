"""The jobs that this process works on: claimed, run and handed in, or waited for where another process has them."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from kit.errors import KitError, LeaseLostError
from kit.executor.base import Executor
from kit.job import Resources, encode
from leaderboard.intake import Intake
from leaderboard.queue import OnProgress, Worker, execute, put_back_dead, remove_stale
from leaderboard.receipt import label
from leaderboard.store.base import Admit, Lease, NewSubmission, Store, Submission

WAIT_S = 0.2
_ANY = Resources(cpus=1 << 20, gpus=1 << 10, memory_mib=1 << 30)


class Jobs:
    """The jobs of one board, as one process sees them. Making this starts nothing.

    Parameters
    ----------
    store, intake
        Where jobs are kept, and what they come from.
    state
        Folder of the folders ``workers/`` and ``attempts/``.
    make_executor
        Gives the place that runs plugins; asked once, when there is one to run.
    """

    def __init__(self, store: Store, intake: Intake, state: Path, *, make_executor: Callable[[], Executor]) -> None:
        self._store, self._intake = store, intake
        self._workers, self._attempts = state / "workers", state / "attempts"
        self._make_executor = make_executor
        self._executor: Executor | None = None
        self._worker: Worker | None = None

    @property
    def executor(self) -> Executor:
        """The place that runs plugins."""
        if self._executor is None:
            self._executor = self._make_executor()
        return self._executor

    def close(self) -> None:
        """Let go of the worker's lock."""
        if self._worker is not None:
            self._worker.__exit__(None, None, None)
            self._worker = None

    def leftovers(self, on_progress: OnProgress | None) -> tuple[str, ...]:
        """Finish what killed commands have left: each job once, and what became of it in one sentence.

        What stops such a job is its own affair and not that of the command which found it: it is told, not raised,
        and the job stays queued until its attempts are used up.
        """
        put_back_dead(self._store, self._workers, but=self._worker.name if self._worker else "")
        waiting = self._store.waiting()
        if waiting:
            remove_stale(self._store, self._attempts)
        told = (self._finish_left(submission_id, on_progress) for submission_id in waiting)
        return tuple(sentence for sentence in told if sentence)

    def work(self, *, only_files: bool = False, on_progress: OnProgress | None = None) -> Submission | None:
        """Do the next job of the queue, whoever sent it; None where there is none that may be done now.

        Raises
        ------
        KitError
            If it could not be run or scored: it is queued again, unless its source has ended it.
        """
        worker = self._working()
        put_back_dead(self._store, self._workers, but=worker.name)
        lease = self._store.claim(worker.name, _ANY if only_files else self._free(), only_files=only_files)
        if lease is None:
            return None
        with suppress(LeaseLostError):  # the computer slept, and another worker took the job over
            self._execute(lease, on_progress)
        return self._store.submission(lease.submission_id)

    def attend(self) -> None:
        """Say that this process works on the queue, for those who count on it."""
        from kit import __version__

        self._store.attend(self._working().name, capacity=encode(Resources()), version=__version__)

    def tidy(self) -> None:
        """Remove what attempts of dead workers have left on the disk."""
        put_back_dead(self._store, self._workers, but=self._worker.name if self._worker else "")
        remove_stale(self._store, self._attempts)

    def hand_in(
        self, new: NewSubmission, on_progress: OnProgress | None, *, admit: Admit | None = None
    ) -> tuple[Submission, bool]:
        """A submission when it is over, whoever worked on it; and whether its bytes had been handed in before."""
        known = self._intake.yardstick(new.competition)
        taken = self._store.add_and_claim(new, self._working().name, known=known, admit=admit)
        if isinstance(taken, Submission):
            return self._settled(taken.id, on_progress), True
        try:
            self._execute(taken, on_progress)
        except LeaseLostError:  # the computer slept, and another command took the job over
            self._settled(taken.submission_id, on_progress)
        return self._store.submission(taken.submission_id), False

    def _finish_left(self, submission_id: int, on_progress: OnProgress | None) -> str:
        lease = self._store.claim_submission(submission_id, self._working().name)
        if lease is None:
            return ""  # another command was quicker
        code = ""
        try:
            self._execute(lease, on_progress)
        except KitError as error:
            code = f" ({error.code})"
        left = self._store.submission(submission_id)
        return f"{label(left.id)} ({left.name}) had been stopped from outside: {left.state} now{code}"

    def _settled(self, submission_id: int, on_progress: OnProgress | None) -> Submission:
        """Wait for the end of a submission that is worked on elsewhere; take it over if its worker dies."""
        while not (submission := self._store.submission(submission_id)).is_over:
            worker = self._working()
            put_back_dead(self._store, self._workers, but=worker.name)
            lease = self._store.claim_submission(submission_id, worker.name)
            if lease is None:
                time.sleep(WAIT_S)
                continue
            try:
                self._execute(lease, on_progress)
            except LeaseLostError:
                continue
        return submission

    def _execute(self, lease: Lease, on_progress: OnProgress | None) -> None:
        execute(lease, self._intake, self.executor if lease.kind == "run" else None, on_progress=on_progress)

    def _free(self) -> Resources:
        # The memory of a job is what it must not exceed, no reservation: a small laptop runs it all the same.
        return replace(self.executor.capacity(), memory_mib=_ANY.memory_mib)

    def _working(self) -> Worker:
        if self._worker is None:
            self._worker = Worker(self._workers).__enter__()
        return self._worker
