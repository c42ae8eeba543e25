"""The gradebook of a competition: one row for everybody on the roster, whatever it is exported to."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Literal

from kit.errors import Problem, RefusedError, UsageError
from leaderboard.grades.rule import Rule, default_rule, marks_of, points, read_rule
from leaderboard.standings import Standing
from leaderboard.store.people import Entrant
from leaderboard.views import HOST

if TYPE_CHECKING:
    from kit.workspace import Workspace
    from leaderboard.board import Board
    from leaderboard.store.base import Submission

_IDS = ("id", "student_id", "ID number", "SIS User ID", "ID", "Username")
_REPORT_BYTES = 200  # a file called report that is shorter is a place kept for one


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """What one entrant has. None is where there is nothing: never a score, and never 0 points.

    Parameters
    ----------
    entrant, team
        Who, and how the team is called.
    public, private
        Scores of the submission that counts; `private` is None before the reveal.
    rank, n_tied
        The team's, and with how many others it is tied.
    n_submissions
        Scored ones of the team.
    beats_baseline
        Whether the score that is graded is better than the mark ``baseline``; None where there is no such mark.
    is_late
        Whether the submission that counts came in the grace.
    submitted_at
        When it came, unix seconds.
    has_report
        Whether a written report came with it; None for a file of answers.
    points, penalty
        The grade, and what was taken off it for being late; None without a submission.
    """

    entrant: Entrant
    team: str
    public: float | None = None
    private: float | None = None
    rank: int | None = None
    n_tied: int | None = None
    n_submissions: int = 0
    beats_baseline: bool | None = None
    is_late: bool = False
    submitted_at: float | None = None
    has_report: bool | None = None
    points: float | None = None
    penalty: float = 0.0

    @property
    def student_id(self) -> str:
        """The id by which the school knows the entrant; "" where the roster has none."""
        return next((self.entrant.external[key] for key in _IDS if self.entrant.external.get(key)), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gradebook:
    """The grades of a competition.

    Parameters
    ----------
    competition, title
        Its name and its title.
    rule, part
        How points were given, and on which part: ``public`` is provisional.
    grades
        In the order of the roster.
    closes
        When it closed, unix seconds.
    """

    competition: str
    title: str
    rule: Rule
    part: Literal["public", "private"]
    grades: tuple[Grade, ...]
    closes: float | None = None

    @property
    def without(self) -> tuple[str, ...]:
        """Who has no grade."""
        return tuple(grade.entrant.name for grade in self.grades if grade.points is None)


def gradebook(
    board: Board,
    here: Workspace,
    competition: str,
    *,
    rule: str | None = None,
    is_provisional: bool = False,
    allows_practice: bool = False,
    late_penalty: float = 0.0,
) -> Gradebook:
    """The grades of everybody on the roster.

    Parameters
    ----------
    board, here, competition
        Where, and of what.
    rule
        As `leaderboard.grades.rule.read_rule` takes it; None for the usual one.
    is_provisional
        Grade the public score, for a competition that has not been revealed.
    allows_practice
        Grade a competition whose answers are public.
    late_penalty
        Share of the points that a late submission loses.

    Raises
    ------
    RefusedError
        E402 before the reveal.
    UsageError
        E002 without a roster, for a practice competition, and for what is no rule.
    """
    known = here.competition(competition)
    if known.practice and not allows_practice:
        raise UsageError(_practice(competition))
    if not board.classroom.is_class:
        fix = "kit roster add FILE   says who is in the class"
        raise UsageError(Problem(code="E002", message="grades are for a class, and there is no roster", fix=fix))
    part: Literal["public", "private"] = "private" if board.is_revealed(competition) else "public"
    if part == "public" and not is_provisional:
        raise RefusedError(_hidden(competition))
    greater_is_better = here.metric(competition).greater_is_better
    standings = board.standings(competition, part, viewer=HOST)
    marks = marks_of(standings, here.baselines(competition), part=part)
    rule = rule or default_rule(marks, greater_is_better=greater_is_better)
    read = read_rule(rule, marks, greater_is_better=greater_is_better)
    public = {row.submission_id: row.value for row in board.told(competition, viewer=HOST)}
    rows = {row.team: row for row in standings if row.is_ranked}
    names = board.classroom.names(real=False)
    baseline = marks.get("baseline", (None, ""))[0]

    def grade(one: Entrant) -> Grade:
        row = rows.get(one.team)
        if row is None:
            return Grade(entrant=one, team=names[one.team])
        submission = board.store.submission(row.submission_id)
        given = points(read, row.score, rank=row.rank, n_teams=len(rows), greater_is_better=greater_is_better)
        penalty = given * late_penalty if submission.is_late else 0.0
        return Grade(
            entrant=one,
            team=names[one.team],
            public=public.get(row.submission_id),
            private=row.score if part == "private" else None,
            rank=row.rank,
            n_tied=row.n_tied,
            n_submissions=row.n_tries,
            beats_baseline=None if baseline is None else _is_better(row, baseline, greater_is_better),
            is_late=submission.is_late,
            submitted_at=submission.received_at,
            has_report=_has_report(board, submission),
            points=given - penalty,
            penalty=penalty,
        )

    return Gradebook(
        competition=competition,
        title=known.title,
        rule=read,
        part=part,
        grades=tuple(grade(one) for one in board.people.entrants()),
        closes=board.classroom.schedule(competition).closes,
    )


def matched(grades: Sequence[Grade], keys: Mapping[str, str], columns: Sequence[str]) -> tuple[Grade, str] | None:
    """Whose row of a template this is, and by which column; None where nobody is.

    Parameters
    ----------
    grades
        Of everybody.
    keys
        Column -> cell of the row.
    columns
        In the order in which they are tried: an id in the roster's own column of the name, ``email`` or ``name``.
    """
    for column in columns:
        cell = " ".join(keys.get(column, "").split()).casefold()
        if cell:
            found = [grade for grade in grades if cell in _known_by(grade.entrant, column)]
            if len(found) == 1:
                return found[0], column
    return None


def _known_by(one: Entrant, column: str) -> set[str]:
    if column == "email":
        return {one.email.casefold()}
    if column == "name":
        first, _, last = one.name.rpartition(" ")
        called = one.name, f"{last}, {first}", " ".join(one.external.get("Student", "").split())
        return {name.casefold() for name in called}
    return {one.external.get(column, "").casefold(), *([one.email.casefold()] if column == "SIS Login ID" else [])}


def _is_better(row: Standing, baseline: float, greater_is_better: bool) -> bool:
    return row.score > baseline if greater_is_better else row.score < baseline


def _has_report(board: Board, submission: Submission) -> bool | None:
    """Whether a plugin brought a file called report, whatever its ending, with something in it."""
    if submission.kind != "plugin":
        return None
    with tarfile.open(fileobj=io.BytesIO(board.blobs.get(submission.blob_sha256))) as archive:
        return any(
            PurePosixPath(member.name).stem.casefold() == "report" and member.size >= _REPORT_BYTES
            for member in archive
        )


def _practice(competition: str) -> Problem:
    return Problem(
        code="E002",
        message=f"{competition} is for practice: the answers to its test rows are public",
        why="Whoever looks them up would have the best grade.",
        fix="--practice   grades it all the same",
    )


def _hidden(competition: str) -> Problem:
    return Problem(
        code="E402",
        message=f"the private ranking of {competition} is not open yet, and grades are made of it",
        fix=f"kit reveal {competition}   opens it, for good; or   --provisional   grades the public scores",
    )
