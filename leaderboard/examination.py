"""What submissions have left, looked at again: run once more, compared with each other, searched for likeness."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from kit.errors import Problem, UsageError
from leaderboard.intake import Intake, Setting
from leaderboard.receipt import label
from leaderboard.store.base import Store, Submission
from leaderboard.store.blobs import Blobs

if TYPE_CHECKING:
    from kit.executor.base import Executor
    from leaderboard.comparison import Compared, Evident
    from leaderboard.likeness import Alike
    from leaderboard.queue import OnProgress
    from leaderboard.ranking import Ranking
    from leaderboard.verification import Verified


class Examination:
    """Looks at submissions that are over. Nothing that it does changes the board.

    Parameters
    ----------
    state
        Folder of the board.
    store, blobs, intake
        The board's.
    executor
        Gives the place that runs plugins.
    setting
        Name of a competition -> what there is to know of it.
    ranking
        Name of a competition -> its ranking as the host sees it.
    """

    def __init__(
        self,
        state: Path,
        store: Store,
        blobs: Blobs,
        intake: Intake,
        *,
        executor: Callable[[], Executor],
        setting: Callable[[str], Setting],
        ranking: Callable[[str], Ranking],
    ) -> None:
        self._state, self._store, self._blobs, self._intake = state, store, blobs, intake
        self._executor, self._setting, self._ranking = executor, setting, ranking

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

        submission = self.over(submission_label)
        scores = self._store.public_scores(submission.competition, self._intake.yardstick(submission.competition))
        with scratch(self._state / "verifying") as folder:
            verified = verify(
                submission,
                self._store.kept(submission.id),
                self._intake,
                self._blobs,
                folder=folder / "job",
                executor=self._executor() if submission.kind == "plugin" else None,
                is_of_other_rows=submission.state == "scored"
                and submission.id not in {row.submission_id for row in scores},
                on_progress=on_progress,
            )
        if self._setting(submission.competition).competition.leaderboard.feedback != "full":
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
        setting, ranking = self._setting(one.side.competition), self._ranking(one.side.competition)
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

        scores = self._store.public_scores(competition, self._intake.yardstick_of_board(competition))
        counting = {row.submission_id for row in scores}
        rows = [row for row in self._store.submissions(competition) if row.id in counting]
        return alike(rows, answers_of(self._store, self._blobs), handed_out=handed_out)

    def _evident(self, text: str) -> Evident:
        from leaderboard.comparison import of_run, of_submission
        from leaderboard.runs import Runs

        if text.startswith("r"):
            runs = Runs(self._state / "runs", self._store)
            run = runs.get(text)
            return of_run(run, runs.valid_answers(run))
        row = self.over(text)
        digest = self._store.kept(row.id).valid_predictions_sha256
        return of_submission(row, self._blobs.get(digest) if digest else None)

    def over(self, submission_label: str) -> Submission:
        """The submission of this label, if it has an end that can be compared.

        Raises
        ------
        UsageError
            E001 if there is none, or it has none.
        """
        digits = submission_label.removeprefix("s")
        number = int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 12 else 0
        try:
            submission = self._store.submission(number)
        except KeyError:
            raise UsageError(_unknown(submission_label)) from None
        kept = self._store.kept(number)
        if submission.state not in ("scored", "failed") or not (kept.predictions_sha256 or kept.run_sha256):
            message = f"{label(number)} left no answers to compare with: it is {submission.state}"
            raise UsageError(Problem(code="E001", message=message, fix="kit submit PATH"))
        return submission


def _unknown(submission_label: str) -> Problem:
    message = f"there is no submission {submission_label!r}"
    fix = "kit submit   says at its end how a submission is kept, for example   s12"
    if submission_label[:1] == "r" and submission_label[1:].isdecimal():
        message, fix = f"{submission_label} is a run of your own, not a submission", f"kit runs {submission_label}"
    return Problem(code="E001", message=message, fix=fix)
