"""What is looked up for pages and for the API: from a board to plain values, in a thread that has its own board."""

from __future__ import annotations

import json
from datetime import tzinfo
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from kit.job import Progress, decode
from kit.notation import interval, score
from leaderboard.board import REVEAL
from leaderboard.dates import said
from leaderboard.forecast import Place, expected_s, places
from leaderboard.receipt import label
from leaderboard.schedule import CLASS_ACTIONS, TEAM_ACTIONS
from leaderboard.store.base import InLine, Submission
from leaderboard.web import views, withheld
from leaderboard.web.clerk import Told
from leaderboard.web.clerk_standings import Snapshot
from leaderboard.web.problems import not_found
from leaderboard.web.views import Card, Deadline, Measured, MineView, Names, SubmissionView, TriesView, iso
from leaderboard.web.words import board as board_words
from leaderboard.web.words import pages as words
from leaderboard.web.words import refusals
from leaderboard.web.words.times import about, ago

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kit.workspace import Workspace
    from leaderboard.board import Board
    from leaderboard.web.visitors import Visitor

ALIVE_S = 20.0
_OPENING = frozenset({*CLASS_ACTIONS, *TEAM_ACTIONS, REVEAL})  # what a host does to a competition that is on
_OUTBOX_S = 60.0  # less is the way, or a clock that is a little wrong


def zone_of(here: Workspace) -> tzinfo | None:
    """The time zone of the course; None for this computer's."""
    return ZoneInfo(here.config.zone) if here.config.zone else None


def measured(here: Workspace, competition: str) -> Measured:
    """How scores of a competition are written."""
    metric = here.metric(competition)
    return Measured(name=metric.name, unit=metric.unit, greater_is_better=metric.greater_is_better)


def names(board: Board, here: Workspace, competition: str, visitor: Visitor) -> Names:
    """How teams are called on the board of a competition."""
    is_real = here.competition(competition).leaderboard.names == "real"
    return Names(of=board.classroom.names(real=is_real), own=visitor.team)


def ends(board: Board, here: Workspace, competition: str, team: str = "") -> str:
    """Where in its time a competition is, in words; with a `team` for that team."""
    terms, now, zone = board.classroom.schedule(competition).terms(team), board.store.clock(), zone_of(here)
    if terms.opens is not None and now < terms.opens:
        return words.opens(said(terms.opens, zone=zone, now=now))
    if terms.closes is None:
        return words.NO_DEADLINE
    if now < terms.closes:
        return words.ends(said(terms.closes, zone=zone, now=now))
    if terms.ends is not None and now < terms.ends:
        return words.takes_late(said(terms.closes, zone=zone), about(terms.ends - now))
    return words.ended(said(terms.closes, zone=zone, now=now))


def deadline(board: Board, here: Workspace, competition: str, team: str = "") -> Deadline:
    """Where in its time a competition is; with a `team` for that team."""
    schedule = board.classroom.schedule(competition)
    return views.deadline(schedule.terms(team), schedule.freezes, now=board.store.clock(), zone=zone_of(here))


def tries(board: Board, here: Workspace, competition: str, team: str) -> TriesView:
    """How many tries a team has left."""
    return views.tries_view(board.tries(competition, team), now=board.store.clock(), zone=zone_of(here))


def times(board: Board, here: Workspace, competition: str, team: str) -> tuple[Deadline, tuple[tuple[str, str], ...]]:
    """Where in its time a competition is for a team, and all its dates in words."""
    schedule, now, zone = board.classroom.schedule(competition), board.store.clock(), zone_of(here)
    terms = schedule.terms(team)
    dates = (
        (words.OPENS, terms.opens),
        (words.ENDS, terms.closes),
        (words.LATE_UNTIL, terms.ends if schedule.grace_s else None),
        (words.FREEZES, schedule.freezes),
        (words.REVEALS, schedule.reveals),
    )
    shown = tuple((label, said(at, zone=zone, now=now)) for label, at in dates if at is not None)
    return views.deadline(terms, schedule.freezes, now=now, zone=zone), shown


def entered(board: Board, competitions: Sequence[str], team: str) -> tuple[str, ...]:
    """Those of `competitions` to which a team has handed in something."""
    if not team:
        return ()
    return tuple(name for name in competitions if board.submissions(name, team=team))


def is_on(board: Board, here: Workspace, competition: str) -> bool:
    """Whether a class takes part in a competition, or is meant to; the others are there to practise on.

    The class's default and those of its own folder are; with dates or tries that are its own, or a submission of its
    own, each is.
    """
    if competition == here.config.competition or here.competitions[competition].level == "workspace":
        return True
    schedule = board.classroom.schedule(competition)
    if any(at is not None for at in (schedule.opens, schedule.closes, schedule.reveals)):
        return True
    if any(event.action in _OPENING for event in board.store.audit(about=competition)):
        return True
    handles = board.classroom.handles()
    return any(row.team in handles for row in board.submissions(competition))


def cards(
    board: Board, here: Workspace, titles: Sequence[tuple[str, str]], team: str, ranks: Mapping[str, str]
) -> tuple[Card, ...]:
    """The competitions for the first page: the class's own, then those that are open, then those that are over."""
    made = [_card(board, here, name, team, ranks.get(name, "")) for name, _ in titles]
    return tuple(sorted(made, key=views.card_order))


def _card(board: Board, here: Workspace, name: str, team: str, rank: str) -> Card:
    competition = here.competition(name)
    return Card(
        name=name,
        title=competition.title,
        summary=competition.summary,
        deadline=deadline(board, here, name, team),
        rank=rank,
        is_own=name == here.config.competition,
        is_on=is_on(board, here, name),
        practice=competition.practice,
    )


def own_terms(board: Board, here: Workspace, competition: str, team: str) -> tuple[TriesView, Deadline]:
    """How many tries a team has left, and until when: what stands at the top of every page about a competition."""
    return tries(board, here, competition, team), deadline(board, here, competition, team)


def own_submission(board: Board, number: int, visitor: Visitor) -> Submission:
    """A submission that this visitor may look at. Raises `UsageError` for others' as for those that are not there."""
    try:
        found = board.store.submission(number)
    except (KeyError, OverflowError):
        raise not_found(refusals.submission(label(number))) from None
    if visitor.is_host:
        return found
    if not visitor.team or found.team != visitor.team:
        raise not_found(refusals.submission(label(number)))
    return withheld.for_team(board, found)


def line_of(board: Board) -> tuple[tuple[InLine, ...], dict[int, Place]]:
    """What runs and waits, with the place of each."""
    store = board.store
    line = store.line()
    times: dict[tuple[str, str], tuple[float, ...]] = {}

    def seconds(row: InLine) -> float:
        key = row.competition, row.kind
        if key not in times:
            times[key] = store.run_times(*key)
        return expected_s(times[key], row.time_limit_s)

    n_workers = workers(board)
    return line, places(line, n_workers=n_workers, now=store.clock(), seconds_of=seconds)


def workers(board: Board) -> int:
    """How many work on the queue."""
    return max(board.store.n_attending(ALIVE_S), len(board.store.holders()))


def state_words(row: Submission, place: Place | None, queued: InLine | None) -> str:
    """Where a submission is: ``3rd in the queue, starts in about 40 s``."""
    if row.state == "running":
        progress = decode(Progress, queued.progress) if queued and queued.progress else None
        return words.runs(progress.epoch if progress else None)
    if row.state == "queued":
        if place is None or place.position == 0:
            return words.STARTS_NOW
        when = words.NOBODY_WORKS
        if place.starts_in_s is not None:
            when = words.STARTS_NOW if place.starts_in_s < 1 else words.starts_in(about(place.starts_in_s))
        return words.in_queue(place.position, when)
    return words.OVER.get(row.state, row.state)


def submissions_of(board: Board, here: Workspace, team: str, snapshot: Snapshot) -> tuple[SubmissionView, ...]:
    """A team's submissions to the competition of `snapshot`, newest first."""
    rows = [withheld.for_team(board, row) for row in board.submissions(snapshot.competition, team=team)]
    return _submission_views(board, here, rows[::-1], snapshot)


def _submission_views(
    board: Board, here: Workspace, rows: Sequence[Submission], snapshot: Snapshot
) -> tuple[SubmissionView, ...]:
    line, found = line_of(board)
    in_line = {row.submission_id: row for row in line}
    metric, zone, now = measured(here, snapshot.competition), zone_of(here), board.store.clock()
    return tuple(
        submission_view(
            row,
            found.get(row.id),
            in_line.get(row.id),
            snapshot.scores.get(row.id),
            metric,
            now=now,
            zone=zone,
            step=snapshot.step,
        )
        for row in rows
    )


def one_submission(board: Board, here: Workspace, row: Submission, snapshot: Snapshot) -> SubmissionView:
    """One submission with all there is to say of it to whom `row` was given by `own_submission`."""
    return _submission_views(board, here, [row], snapshot)[0]


def submission_view(
    row: Submission,
    place: Place | None,
    queued: InLine | None,
    told: tuple[float, float, float] | None,
    metric: Measured,
    *,
    now: float,
    zone: tzinfo | None,
    step: float = 0.0,
) -> SubmissionView:
    """One submission, as its team may see it: what the competition tells of scores, nothing private."""
    problem = row.problem
    has_score = row.state == "scored" and told is not None
    return SubmissionView(
        id=row.id,
        label=label(row.id),
        name=row.name,
        kind=row.kind,
        team=row.team,
        competition=row.competition,
        state=row.state,
        state_words=state_words(row, place, queued),
        score=score(told[0], metric.unit, step=step) if has_score and told else "",
        interval_text=interval(told[1], told[2], metric.unit, step=step) if has_score and told else "",
        valid=score(row.valid_score, metric.unit) if row.valid_score is not None else "",
        received=ago(now - row.received_at),
        received_at=iso(row.received_at, zone),
        made=_made(row, zone),
        problem=Told(exit_code=3, problem=problem) if problem else None,
        can_select=has_score,
        is_selected=row.is_selected,
        can_cancel=not row.is_over,
        has_log=row.kind == "plugin" and row.is_over,
        is_late=row.is_late,
    )


def _made(row: Submission, zone: tzinfo | None) -> str:
    """When it was sent, where it was in an outbox for a while since."""
    if row.made_at is None or row.received_at - row.made_at < _OUTBOX_S:
        return ""
    return said(row.made_at, zone=zone)


def mine(board: Board, here: Workspace, team: str, snapshot: Snapshot) -> MineView:
    """A team's submissions to one competition."""
    competition = snapshot.competition
    rows = submissions_of(board, here, team, snapshot)
    place = next((row.standing.rank for row in snapshot.public if row.standing.team == team), None)
    limits = here.competition(competition).limits
    left, until = own_terms(board, here, competition, team)
    return MineView(
        name=competition,
        title=here.competition(competition).title,
        tries=left,
        deadline=until,
        rows=rows,
        n_selected=sum(row.is_selected for row in rows),
        n_selectable=0 if board.is_revealed(competition) else limits.selected,
        rank="" if place is None else words.rank(board_words.rank_of(place, snapshot.n_teams)),
    )


def log_of(board: Board, row: Submission, visitor: Visitor) -> str:
    """What a plugin printed; of an agent, before the reveal, for the host only.

    What the worker wrote behind it is not the entrant's, and may hold paths of the host's.
    """
    from kit.job import TRACEBACK_MARK

    if not visitor.is_host and not board.tells_output(row.competition):
        return f"{words.AGENT_LOG_LATER}\n"
    kept = board.kept(row.id)
    if kept.log_sha256 is None:
        return ""
    text = board.blobs.get(kept.log_sha256).decode(errors="replace")
    return text.partition(TRACEBACK_MARK)[0]


def run_of(board: Board, row: Submission) -> dict[str, Any]:
    """What a run used, as it is kept; empty for a file."""
    kept = board.kept(row.id)
    if kept.run_sha256 is None:
        return {}
    usage: dict[str, Any] = json.loads(board.blobs.get(kept.run_sha256))["outcome"]["usage"]
    return usage
