"""What a team may do. On a board of one's own the count of tries refuses nothing; on a class board it does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Protocol

from kit.errors import Problem, RefusedError
from leaderboard.dates import said
from leaderboard.schedule import Terms
from leaderboard.store.base import Submission

_NO_TRY = "This did not use one of your tries."
_ALONE = "kit run NAME   scores on your own validation data as often as you like"


class Limited(Protocol):
    """What says how many tries there are: the limits of a competition."""

    @property
    def submissions_per_day(self) -> int:
        """Scored submissions in a day of the course."""

    @property
    def submissions_total(self) -> int | None:
        """Scored submissions altogether; None where there is no limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """How many scored submissions a team has had, and may have.

    Parameters
    ----------
    used, limit
        In this day of the course.
    used_total, limit_total
        Altogether; None where there is no limit.
    next_at
        Unix seconds at which the next day begins.
    waiting, waiting_total
        Submissions of this day, and altogether, that wait or run: each may use a try yet.
    is_enforced
        Whether a submission is refused where none is left.
    ends
        Unix seconds from which on nothing is taken; None where there is no such time.
    """

    used: int
    limit: int
    used_total: int
    limit_total: int | None
    next_at: float
    waiting: int = 0
    waiting_total: int = 0
    is_enforced: bool = False
    ends: float | None = None

    @property
    def left(self) -> int:
        """Tries left today, never negative."""
        today = self.limit - self.used - self.waiting
        total = today if self.left_altogether is None else self.left_altogether
        return max(0, min(today, total))

    @property
    def left_altogether(self) -> int | None:
        """Tries left, in this day and later; None where there is no limit."""
        return None if self.limit_total is None else max(0, self.limit_total - self.used_total - self.waiting_total)

    @property
    def is_over(self) -> bool:
        """Whether there will be no further try, tomorrow neither."""
        if self.is_none or (self.limit_total is not None and self.used_total >= self.limit_total):
            return True
        return self.is_last_day and self.used >= self.limit

    @property
    def is_none(self) -> bool:
        """Whether there never was a try: the host has given none."""
        return self.limit == 0 or self.limit_total == 0

    @property
    def is_last_day(self) -> bool:
        """Whether nothing is taken any more when the next day begins."""
        return self.ends is not None and self.ends <= self.next_at


def tries(received: Iterable[float], limits: Limited, *, now: float, zone: tzinfo | None = None) -> Tries:
    """Tries of a team at the time `now`.

    Parameters
    ----------
    received
        When its scored submissions were received, unix seconds. Refused, failed and cancelled ones use no try.
    limits
        The competition's.
    now
        Unix seconds.
    zone
        The course's time zone, whose midnight begins a day; None for that of this computer.
    """
    times = tuple(received)
    today = datetime.fromtimestamp(now, zone).date()
    begin, end = _midnight(today, zone), _midnight(today + timedelta(days=1), zone)
    return Tries(
        used=sum(begin <= at < end for at in times),
        limit=limits.submissions_per_day,
        used_total=len(times),
        limit_total=limits.submissions_total,
        next_at=end,
    )


def tries_on(rows: Sequence[Submission], terms: Terms, *, now: float, zone: tzinfo | None) -> Tries:
    """Tries of a team on a class board, where what waits is reckoned with: thirty at once are thirty tries."""
    begin = _midnight(datetime.fromtimestamp(now, zone).date(), zone)
    counted = tries((row.received_at for row in rows if row.state == "scored"), _Limits(terms), now=now, zone=zone)
    waiting = [row.received_at >= begin for row in rows if not row.is_over]
    return replace(counted, waiting=sum(waiting), waiting_total=len(waiting), is_enforced=True, ends=terms.ends)


@dataclass(frozen=True, slots=True)
class _Limits:
    terms: Terms

    @property
    def submissions_per_day(self) -> int:
        return self.terms.per_day

    @property
    def submissions_total(self) -> int | None:
        return self.terms.total


def admit(rows: Sequence[Submission], terms: Terms, *, now: float, zone: tzinfo | None) -> bool:
    """Whether a submission that comes now is late.

    Parameters
    ----------
    rows
        The team's submissions to this competition so far.
    terms
        What holds for the team.
    now
        Unix seconds.
    zone
        The course's time zone; None for that of this computer.

    Raises
    ------
    RefusedError
        E401 before opening and after the grace, E403 without a try, E404 after too many runs that failed.
    """
    if terms.opens is not None and now < terms.opens:
        raise RefusedError(_early(terms.opens, now, zone))
    if terms.ends is not None and terms.closes is not None and now >= terms.ends:
        raise RefusedError(_closed(terms.closes, now, zone))
    counted = tries_on(rows, terms, now=now, zone=zone)
    if counted.left == 0:
        raise RefusedError(_no_try_left(counted, now, zone))
    begin = _midnight(datetime.fromtimestamp(now, zone).date(), zone)
    failed = [row for row in rows if row.received_at >= begin and is_own_failure(row)]
    if len(failed) >= terms.failures_per_day:
        raise RefusedError(_too_many_failed(len(failed), counted, now, zone))
    return terms.is_late(now)


def is_own_failure(row: Submission) -> bool:
    """Whether a submission failed by its own code: not by the machine's fault, nor by the host's."""
    return row.state == "failed" and (row.reason_code or "")[:2] in ("E1", "E2")


def require_selectable(rows: Iterable[Submission], numbers: Sequence[int], *, most: int) -> None:
    """Check that a team may choose these of its submissions.

    Parameters
    ----------
    rows
        The team's submissions to this competition.
    numbers
        Those that it chooses; none is a choice too.
    most
        How many may be chosen.

    Raises
    ------
    RefusedError
        E405, everything that is wrong at once.
    """
    own = {row.id: row for row in rows}
    problems = [_not_selectable(f"s{number}", own.get(number)) for number in numbers if not _is_scored(own.get(number))]
    if len(set(numbers)) > most:
        fix = f"name at most {most}: the best public ones count where none is chosen"
        message = f"{len(set(numbers))} submissions can't be chosen here, {most} count"
        problems.insert(0, Problem(code="E405", message=message, fix=fix))
    if problems:
        raise RefusedError(problems[0], problems if len(problems) > 1 else ())


def _is_scored(row: Submission | None) -> bool:
    return row is not None and row.state == "scored"


def _not_selectable(label: str, row: Submission | None) -> Problem:
    if row is None:
        return Problem(code="E405", message=f"{label} is no submission of this team here", fix="name one of your own")
    waits = not row.is_over
    fix = "wait until it has its score" if waits else "name one that has a score"
    return Problem(code="E405", message=f"{label} has no score: it is {row.state}", fix=fix)


def _early(opens: float, now: float, zone: tzinfo | None) -> Problem:
    return Problem(
        code="E401",
        message=f"this competition opens {said(opens, zone=zone, now=now)}",
        why=_NO_TRY,
        fix=_ALONE,
    )


def _closed(closes: float, now: float, zone: tzinfo | None) -> Problem:
    return Problem(
        code="E401",
        message=f"this competition closed {said(closes, zone=zone, now=now)}",
        why=_NO_TRY,
        fix="ask the host for more time, if there is a reason\n" + _ALONE,
    )


def _no_try_left(counted: Tries, now: float, zone: tzinfo | None) -> Problem:
    if counted.is_none:
        return Problem(code="E403", message="there are no tries here: the host has given none", fix=_ALONE)
    of_all = counted.left_altogether == 0
    used, limit = (counted.used_total, counted.limit_total) if of_all else (counted.used, counted.limit)
    span = "altogether" if of_all else "today"
    if counted.is_over:
        message = f"{used} of {limit} tries used {span}: there is no further one in this competition"
        return Problem(code="E403", message=message, fix=_ALONE)
    waits = f", {counted.waiting} more wait for a score" if counted.waiting else ""
    message = f"{used} of {limit} tries used {span}{waits}"
    if of_all or counted.is_last_day:
        return Problem(code="E403", message=message, fix="wait for the score: a run that fails gives its try back")
    opens = f"The next one opens {said(counted.next_at, zone=zone, now=now)}"
    return Problem(code="E403", message=f"{message}. {opens}", fix=_ALONE)


def _too_many_failed(n: int, counted: Tries, now: float, zone: tzinfo | None) -> Problem:
    following = "" if counted.is_last_day else f". The next one is taken {said(counted.next_at, zone=zone, now=now)}"
    return Problem(
        code="E404",
        message=f"{n} runs failed today{following}",
        why="A failed run of your code uses no try, but the machine is there for everybody.",
        fix="kit check PATH   and   kit run NAME   find such mistakes on your own computer",
    )


def _midnight(day: date, zone: tzinfo | None) -> float:
    return datetime.combine(day, time(), zone).timestamp()
