"""What the host's pages are given: from a board to plain values, with every word ready."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from leaderboard.chronicle import Called, in_words, short
from leaderboard.receipt import label
from leaderboard.web import look
from leaderboard.web.words import host as words
from leaderboard.web.words.times import age

if TYPE_CHECKING:
    from datetime import tzinfo

    from leaderboard.board import Board
    from leaderboard.forecast import Place
    from leaderboard.store.base import Event, InLine
    from leaderboard.store.people import Entrant, Token
    from leaderboard.web.clerk import Told
    from leaderboard.web.desk import Desk

REFUSED_FOR_S = 2 * 3600.0  # so long a claim that was refused is shown
_MOST_JOINED = 8
_RECENT = 300  # lines of the audit in which such claims are looked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A form that was not understood: which one, what was typed, in which field it went wrong, and what to type."""

    form: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    wrong: str = ""
    told: Told | None = None

    def value(self, form: str, name: str) -> str:
        """What stands in a field: what was typed into it, nothing at first."""
        return self.fields.get(name, "") if form == self.form else ""

    def of(self, form: str, name: str) -> Told | None:
        """What is wrong with a field; None where nothing is."""
        return self.told if (form, name) == (self.form, self.wrong) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """Somebody who has joined: when, and from where."""

    entrant_id: int
    name: str
    at: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """Something that runs or waits."""

    label: str
    team: str
    competition: str
    name: str
    state: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveView:
    """What changes while the host looks on.

    Parameters
    ----------
    joined, n_joined, n_names
        The newest first; how many have, and how many are on the roster.
    refused
        Claims of names that were taken: when, whose name, from where.
    queue, n_workers, why
        What runs and waits, how many work on it, and why nothing starts, where nothing does.
    """

    joined: tuple[Joined, ...]
    n_joined: int
    n_names: int
    refused: tuple[tuple[str, str, str], ...]
    queue: tuple[QueueRow, ...]
    n_workers: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A competition on the overview. `phases` are keys of those in ``host_parts.html``."""

    name: str
    title: str
    phases: tuple[str, ...]
    ends: str
    n_teams: int
    n_scored: int
    n_silent: int

    @property
    def is_frozen(self) -> bool:
        """Whether its board stands still."""
        return "frozen" in self.phases

    @property
    def is_revealed(self) -> bool:
        """Whether its private ranking is open."""
        return "revealed" in self.phases


@dataclass(frozen=True, slots=True, kw_only=True)
class HostView:
    """The overview: how students get here, what is served how, and each competition that is on; the `others`."""

    address: str
    word_code: str
    is_tls: bool
    why_no_code: str
    sandbox: str
    cards: tuple[Card, ...]
    others: tuple[tuple[str, str], ...]
    live: LiveView


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A token that is in use: of a browser, or of a command line."""

    id: int
    label: str
    used: str
    is_own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterRow:
    """Somebody on the roster. `shown` is how the board calls the team, `has_nickname` whether it chose that."""

    entrant_id: int
    name: str
    email: str
    team: str
    handle: str
    shown: str
    has_nickname: bool
    joined: str
    n_scored: int
    sessions: tuple[Session, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterView:
    """Who is in the class, with which tokens; and the host's own."""

    rows: tuple[RosterRow, ...]
    sessions: tuple[Session, ...]
    word_code: str
    has_teams: bool


def overview(board: Board, desk: Desk, address: str) -> HostView:
    """The host's first page."""
    cards, others = [], []
    teams = {one.team for one in board.people.entrants()}
    for name, title in desk.catalogue.titles():
        made = _card(board, desk, name, title, teams)
        if made.n_scored or look.is_on(board, desk.workspace, name):
            cards.append(made)
        else:
            others.append((name, title))
    return HostView(
        address=address,
        word_code=board.classroom.word_code(),
        is_tls=desk.serving.is_tls,
        why_no_code=desk.serving.why_no_code,
        sandbox=desk.serving.sandbox,
        cards=tuple(cards),
        others=tuple(others),
        live=live(board, desk),
    )


def _card(board: Board, desk: Desk, name: str, title: str, teams: set[str]) -> Card:
    rows = board.submissions(name)
    return Card(
        name=name,
        title=title,
        phases=phases(board, name),
        ends=look.ends(board, desk.workspace, name),
        n_teams=len({row.team for row in rows if row.state == "scored"} & teams),
        n_scored=sum(row.state == "scored" for row in rows),
        n_silent=len(teams - {row.team for row in rows}),
    )


def phases(board: Board, name: str) -> tuple[str, ...]:
    """Where in its time a competition is: ``open``, ``frozen``."""
    schedule, now = board.classroom.schedule(name), board.store.clock()
    is_revealed = board.is_revealed(name)
    first = "open"
    if schedule.opens is not None and now < schedule.opens:
        first = "not-open-yet"
    elif schedule.closes is not None and now >= schedule.closes + schedule.grace_s:
        first = "closed"
    frozen = ("frozen",) if schedule.is_frozen(now) and not is_revealed else ()
    return (first, *frozen, *(("revealed",) if is_revealed else ()))


def live(board: Board, desk: Desk) -> LiveView:
    """Who has joined, and the queue."""
    now, zone = board.store.clock(), look.zone_of(desk.workspace)
    entrants = board.people.entrants()
    claimed = sorted((one for one in entrants if one.claimed_at is not None), key=lambda one: -(one.claimed_at or 0.0))
    sources = {one.entrant_id: one.label for one in board.people.tokens() if one.revoked_at is None}
    line, _ = found = look.line_of(board)
    n_workers = look.workers(board)
    return LiveView(
        joined=tuple(_joined(one, sources, now, zone) for one in claimed[:_MOST_JOINED]),
        n_joined=len(claimed),
        n_names=len(entrants),
        refused=_refused(board.store.audit(newest=_RECENT), entrants, now, zone),
        queue=_queue(board, *found),
        n_workers=n_workers,
        why=why_nothing_starts(line, n_workers, desk.serving.why_no_code),
    )


def _joined(one: Entrant, sources: Mapping[int | None, str], now: float, zone: tzinfo | None) -> Joined:
    at = clock(one.claimed_at or now, zone, now=now)
    return Joined(entrant_id=one.id, name=one.name, at=at, source=sources.get(one.id, ""))


def clock(at: float, zone: tzinfo | None, *, now: float) -> str:
    """When something was, on the clock of the course: ``09:03``, and on another day with its date."""
    then = datetime.fromtimestamp(at, zone)
    return f"{then:%H:%M}" if then.date() == datetime.fromtimestamp(now, zone).date() else short(at, zone)


def _refused(
    events: Sequence[Event], entrants: Sequence[Entrant], now: float, zone: tzinfo | None
) -> tuple[tuple[str, str, str], ...]:
    called = Called(teams={}, people={f"entrant {one.id}": one.name for one in entrants})
    recent = [event for event in events if event.action == "claim-refused" and event.at > now - REFUSED_FOR_S]
    lines = in_words(recent, called, zone)
    return tuple(
        (clock(event.at, zone, now=now), line.about, line.detail)
        for event, line in zip(reversed(recent), reversed(lines), strict=True)
    )


def _queue(board: Board, line: Sequence[InLine], found: Mapping[int, Place]) -> tuple[QueueRow, ...]:
    real = board.classroom.names(real=True)
    return tuple(
        QueueRow(
            label=label(row.submission_id),
            team=real.get(row.team, row.team),
            competition=row.competition,
            name=row.name,
            state=row.state,
            words=look.state_words(board.store.submission(row.submission_id), found.get(row.submission_id), row),
        )
        for row in line
    )


def why_nothing_starts(line: Sequence[InLine], n_workers: int, why_no_code: str) -> str:
    """Why what waits does not start, in a sentence or two; empty where something runs, or nothing waits."""
    running = {row.team for row in line if row.state == "running"}
    waiting = [row for row in line if row.state == "queued"]
    if not waiting:
        return ""
    if n_workers == 0:
        return words.NOBODY_WORKS
    if why_no_code and not running and all(row.kind == "plugin" for row in waiting):
        return words.only_plugins_wait(why_no_code)
    if running and all(row.team in running for row in waiting):
        return words.ONE_AT_A_TIME
    if not running:
        return words.STARTS_NOW
    return ""


def roster(board: Board, desk: Desk, own_token: int | None) -> RosterView:
    """Who is in the class."""
    now, zone = board.store.clock(), look.zone_of(desk.workspace)
    teams = {team.handle: team for team in board.people.teams()}
    n_scored: dict[str, int] = {}
    for name in desk.workspace.competitions:
        for row in board.submissions(name):
            n_scored[row.team] = n_scored.get(row.team, 0) + (row.state == "scored")
    sessions: dict[int | None, list[Session]] = {}
    for token in board.people.tokens():
        if token.revoked_at is None:
            sessions.setdefault(token.entrant_id, []).append(_session(token, now, own_token))
    rows = tuple(
        RosterRow(
            entrant_id=one.id,
            name=one.name,
            email=one.email,
            team=teams[one.team].label,
            handle=one.team,
            shown=teams[one.team].public_name,
            has_nickname=teams[one.team].nickname is not None,
            joined="" if one.claimed_at is None else clock(one.claimed_at, zone, now=now),
            n_scored=n_scored.get(one.team, 0),
            sessions=tuple(sessions.get(one.id, ())),
        )
        for one in board.people.entrants()
    )
    return RosterView(
        rows=rows,
        sessions=tuple(sessions.get(None, ())),
        word_code=board.classroom.word_code(),
        has_teams=any(row.team for row in rows),
    )


def _session(token: Token, now: float, own: int | None) -> Session:
    used = token.last_used_at or token.created_at
    return Session(id=token.id, label=token.label, used=age(now - used), is_own=token.id == own)
