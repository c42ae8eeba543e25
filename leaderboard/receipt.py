"""What a team is told of a submission."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kit.errors import KitError, MetricError, ParticipantVisibleError, PluginError, Problem, SandboxError
from kit.job import Check
from leaderboard.feedback import Feedback
from leaderboard.rules import Tries
from leaderboard.store.base import INFRASTRUCTURE, State, Submission

if TYPE_CHECKING:
    from leaderboard.ranking import Ranking


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What becomes of a submission, as its team may see it: nothing private is in it.

    Parameters
    ----------
    submission_id
        Its number; `label` is how it is shown.
    state
        ``scored``, or ``cancelled`` if someone stopped it.
    score, interval_lo, interval_hi, n
        Public score with its 95 % interval, and the number of rows it stands on; None when cancelled.
    rank, n_teams
        Where the team stands in public now, by its best submission.
    previous_score, previous_rank
        The team's best public score and rank without this submission; None if it is the first.
    valid_score
        The metric on the validation rows; plugins only.
    tries
        What the team has used and has left.
    rank_lo, rank_hi, n_tied
        The ranks that the rows leave possible, and how many other teams stand on them; None where that can't be told.
    n_tries
        Scored submissions of the team on this board.
    n_different
        How many of these have answers that none of the others has.
    feedback
        What the competition tells of a score. All of this is what it tells.
    step
        Scores and intervals are told in multiples of it; 0 where they are exact.
    is_withheld
        By the Ladder it is no clear improvement: `score` and interval are those of the team's best before it.
    expected_drop
        By how much the best of so many tries is probably too good, in units of the score; None for the first.
    is_late
        It came in the grace after closing. It counts; what lateness costs is the host's to say.
    is_after_reveal
        It came after the reveal and is not in the private ranking.
    is_repeat
        The same bytes had been handed in before: this is the earlier score, and no try was used.
    notes
        What was accepted, and should be known.
    checks
        What the three invariances found; plugins only. One that failed has cost nothing, unless the competition is
        strict.
    """

    submission_id: int
    competition: str
    team: str
    name: str
    state: State
    score: float | None
    interval_lo: float | None
    interval_hi: float | None
    n: int | None
    rank: int | None
    n_teams: int
    previous_score: float | None
    previous_rank: int | None
    valid_score: float | None
    tries: Tries
    rank_lo: int | None = None
    rank_hi: int | None = None
    n_tied: int | None = None
    n_tries: int = 0
    n_different: int = 0
    feedback: Feedback = "full"
    step: float = 0.0
    is_withheld: bool = False
    expected_drop: float | None = None
    is_late: bool = False
    is_after_reveal: bool = False
    is_repeat: bool = False
    notes: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()

    @property
    def label(self) -> str:
        """``s412``."""
        return label(self.submission_id)


def label(submission_id: int) -> str:
    """How a submission is shown: ``s412``."""
    return f"s{submission_id}"


def receipt_of(
    submission: Submission, ranking: Ranking, *, feedback: Feedback, revealed_at: float | None, tries: Tries
) -> Receipt:
    """What becomes of a submission that is over.

    Parameters
    ----------
    submission, ranking
        The submission, and the ranking of its competition.
    feedback
        What the competition tells of a score.
    revealed_at
        When the private ranking was opened, unix seconds; None where it is hidden.
    tries
        What the team has used and has left.
    """
    before, now = ranking.public(without=submission.id), ranking.public(has_ties=False)
    own = next((row for row in ranking.told.rows if row.submission_id == submission.id), None)
    previous = next((row for row in before if row.team == submission.team), None)
    place = ranking.place(submission.team)
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
        n_different=ranking.n_different(submission.team),
        feedback=feedback,
        step=ranking.told.step,
        is_withheld=submission.id in ranking.told.withheld,
        expected_drop=ranking.expected_drop(submission.team),
        is_late=submission.is_late,
        is_after_reveal=revealed_at is not None and submission.received_at >= revealed_at,
        tries=tries,
    )


def failure(submission: Submission) -> KitError:
    """What is raised of a submission that failed: its problem, or that what ran it was stopped."""
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
