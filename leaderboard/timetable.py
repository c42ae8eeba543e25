"""What the host of a class says of dates and tries: one function for each thing that is said, for all who ask for it.

The command line and the host's page read what was typed, each in its own way, and call these.
"""

from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING, Any

from kit.errors import Problem, UsageError
from leaderboard.dates import said, span

if TYPE_CHECKING:
    from leaderboard.board import Board
    from leaderboard.schedule import Schedule, Terms


def open_from(board: Board, name: str, at: float, *, until: float | None = None, why: str = "") -> Schedule:
    """Open a competition at a time (unix seconds). Where it had closed by then, it stays open without `until`."""
    values: dict[str, Any] = {"opens": at}
    before = board.classroom.schedule(name)
    if until is not None:
        values["closes"] = until
    elif before.closes is not None and before.closes <= at:
        values["closes"] = None
    return board.classroom.change(name, "open", why=why, **values)


def close_at(board: Board, name: str, at: float | None, *, grace_s: float | None = None, why: str = "") -> Schedule:
    """Close a competition, now (None) or at a time; now is without grace unless some is given."""
    values: dict[str, Any] = {"closes": board.store.clock() if at is None else at}
    if grace_s is not None or at is None:
        values["grace_s"] = grace_s or 0.0
    return board.classroom.change(name, "close", why=why, **values)


def freeze_at(board: Board, name: str, at: float | None, *, why: str = "") -> Schedule:
    """Let the board stand still from a time on, until the reveal; None lets it move again."""
    return board.classroom.change(name, "unfreeze" if at is None else "freeze", why=why, freezes=at)


def before_closing(board: Board, name: str, span_s: float) -> float:
    """The moment so many seconds before a competition closes. Raises `UsageError` E002 where it does not close."""
    return _closing(board, name, f"{name} has no time at which it closes") - span_s


def after_closing(board: Board, name: str, span_s: float) -> float:
    """The moment so many seconds after a competition closes. Raises `UsageError` E002 where it does not close."""
    return _closing(board, name, f"{name} has no time at which it closes: nobody needs more") + span_s


def extend(board: Board, name: str, team: str, until: float, *, why: str = "") -> Schedule:
    """Give a team (its handle) time until then. Raises `UsageError` E002 where nothing closes."""
    _closing(board, name, f"{name} has no time at which it closes: nobody needs more")
    return board.classroom.change(name, "extend", team=team, closes=until, why=why)


def give_tries(
    board: Board, name: str, team: str, *, per_day: int | None = None, total: int | None = None, why: str = ""
) -> Schedule:
    """Give a team other tries than all have; what is None stays as it is."""
    given: dict[str, Any] = {key: n for key, n in (("per_day", per_day), ("total", total)) if n is not None}
    return board.classroom.change(name, "quota", team=team, why=why, **given)


def reveal_at(board: Board, name: str, at: float | None) -> Schedule:
    """Let the private ranking open by itself at a time; None takes that back.

    Raises
    ------
    UsageError
        E002 where there is no class.
    """
    if not board.classroom.is_class:
        fix = f"kit reveal {name}   opens it now; with a roster (kit roster add FILE) it can be set"
        raise UsageError(Problem(code="E002", message="a board of one's own opens when it is told to", fix=fix))
    return board.classroom.change(name, "schedule-reveal", reveals=at)


def left_out(board: Board, name: str, *, at: float, zone: tzinfo | None) -> tuple[str, ...]:
    """Whose work a reveal at a time (unix seconds) would leave out of the private ranking, in sentences."""
    schedule, now = board.classroom.schedule(name), board.store.clock()
    last = schedule.terms("").ends
    if last is None:
        return ("It is still open, without an end: whatever comes after the reveal is ranked in public only.",)
    told = []
    if last > at:
        until = said(last, zone=zone, now=now)
        told.append(f"Submissions are taken until {until}: whatever comes after the reveal is ranked in public only.")
    names = board.classroom.names(real=True)
    members = board.classroom.members()
    for handle in (team for team in schedule.teams if team in members):
        ends = schedule.terms(handle).ends
        if ends is not None and ends > max(at, last):
            until = said(ends, zone=zone, now=now)
            told.append(f"{names[handle]} has time until {until}: work after the reveal is ranked in public only.")
    return tuple(told)


def dates(schedule: Schedule, *, zone: tzinfo | None, now: float) -> tuple[tuple[str, str], ...]:
    """What holds, as (label, words): ``("closes", "Fri 2026-11-27 23:59 Europe/Berlin (in 2 d 4 h)")``."""

    def words(at: float | None) -> str:
        return "-" if at is None else said(at, zone=zone, now=now)

    return (
        ("opens", words(schedule.opens)),
        ("closes", words(schedule.closes) + _grace(schedule.terms(""), now)),
        ("freezes", words(schedule.freezes)),
        ("reveals", words(schedule.reveals)),
    )


def _grace(terms: Terms, now: float) -> str:
    """How long late ones are taken; nothing where that is over."""
    if terms.closes is None or not terms.grace_s or now >= terms.closes + terms.grace_s:
        return ""
    if now < terms.closes:
        return f", late for {terms.grace_s / 60:.0f} min more"
    return f", late ones are taken for {span(terms.closes + terms.grace_s - now)}"


def _closing(board: Board, name: str, otherwise: str) -> float:
    closes = board.classroom.schedule(name).closes
    if closes is None:
        raise UsageError(Problem(code="E002", message=otherwise, fix="kit close NAME --at WHEN   says when"))
    return closes
