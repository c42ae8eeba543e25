"""What templates are given: plain values with every word and number ready, so that a template only places them.

Pure functions; nothing here asks a store, a file or a clock.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Literal

from kit.notation import Unit, interval, number, score
from leaderboard.web.clerk import Row, Snapshot, Told


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one is: what every page has around its content.

    Parameters
    ----------
    title
        Of the page.
    class_title
        How the class is called.
    role, name, team
        Who looks.
    csrf
        The hidden field of every form.
    competitions
        (name, title) of those that there are.
    competition
        Name of the one that the page is about; empty where it is about none.
    tab
        Which page of it.
    is_screen
        Whether it is the projector's view.
    notice
        One sentence about what has just been done.
    """

    title: str
    class_title: str
    role: Literal["anonymous", "student", "host"]
    name: str = ""
    team: str = ""
    csrf: str = ""
    competitions: tuple[tuple[str, str], ...] = ()
    competition: str = ""
    tab: str = ""
    is_screen: bool = False
    notice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardRow:
    """One row of the leaderboard.

    Parameters
    ----------
    rank, rank_ties, edge
        ``3``, ``=4``, and the piece of the bracket in the margin: ``first``, ``middle``, ``last`` or empty.
    who, kind
        Name on the board, and ``team``, ``baseline`` or ``human``; those that are not ``team`` have no rank.
    is_you
        Whether it is the visitor's own.
    submission
        Label of what counts, for those who may look at it; empty for others.
    score, interval_text
        In words.
    lo, at, hi
        The interval and the score on a scale of 0 to 100 that all rows share, for the drawing.
    course
        Points "x,y x,y" of the best score so far, in a box of 80 by 20.
    change, moved
        ``▲2``, ``▼1``, ``new`` or empty; and the number behind it.
    tries, last, last_at
        Scored submissions; how long ago the last one was; and when, for the machine.
    public_rank
        On the private board: the rank on the public one.
    """

    rank: int | None
    who: str
    score: str
    rank_ties: str = ""
    edge: str = ""
    kind: Literal["team", "baseline", "human"] = "team"
    is_you: bool = False
    submission: str = ""
    interval_text: str = ""
    lo: float = 0.0
    at: float = 0.0
    hi: float = 0.0
    course: str = ""
    change: str = ""
    moved: int = 0
    tries: int = 0
    last: str = ""
    last_at: str = ""
    public_rank: int | None = None
    team: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardView:
    """The leaderboard of one competition.

    Parameters
    ----------
    name, title, summary
        The competition.
    part, part_words
        ``public`` or ``private``, and what it stands on: ``public part, 240 images``.
    has_private
        Whether the private ranking is open, and there is something to switch to.
    metric, direction
        What is measured, and which way is better.
    ends
        When it closes, in words.
    rows
        Best first, unranked ones in place.
    legend
        Sentences under the table.
    version
        Changes with the standings.
    scale
        The ends of the scale on which intervals are drawn, in words.
    is_cut
        Whether there are rows that this visitor is not shown.
    """

    name: str
    title: str
    summary: str
    part: Literal["public", "private"]
    part_words: str
    has_private: bool
    metric: str
    direction: str
    ends: str
    rows: tuple[BoardRow, ...]
    legend: tuple[str, ...] = ()
    version: str = ""
    scale: tuple[str, str] = ("", "")
    practice: bool = False
    is_frozen: bool = False
    is_cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CompetitionView:
    """What a competition is: the page about it.

    `lines` are label and sentences, as ``kit info`` has them; `files` are name and size in words; `story` are the
    paragraphs of its README, as plain text.
    """

    name: str
    title: str
    summary: str
    kind: str
    lines: tuple[tuple[str, tuple[str, ...]], ...]
    files: tuple[str, ...]
    story: tuple[str, ...] = ()
    takes_code: bool = True
    practice: bool = False
    ends: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionView:
    """One submission, as its team and the host see it.

    Parameters
    ----------
    label, name, kind
        ``s412``, ``my_cnn``, ``csv`` or ``plugin``.
    state, state_words
        ``queued`` …, and in words: ``waits, 3rd in the queue, starts in about 40 s``.
    score, interval_text, change
        In words; empty where there is none, or it is not told.
    received, received_at
        How long ago, and when.
    problem
        Why it failed, as it was told to the entrant.
    can_select, is_selected, can_cancel, has_log, is_late
        What there is to do with it.
    """

    label: str
    id: int
    name: str
    kind: str
    state: str
    state_words: str
    score: str = ""
    interval_text: str = ""
    valid: str = ""
    received: str = ""
    received_at: str = ""
    problem: Told | None = None
    can_select: bool = False
    is_selected: bool = False
    can_cancel: bool = False
    has_log: bool = False
    is_late: bool = False
    team: str = ""
    competition: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MineView:
    """A team's submissions to one competition, newest first; the tries that are left; and how many may be chosen."""

    name: str
    title: str
    tries: str
    rows: tuple[SubmissionView, ...]
    n_selected: int = 0
    n_selectable: int = 0
    rank: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitView:
    """The form for handing in, and what was wrong with what came before."""

    name: str
    title: str
    tries: str
    takes_code: bool
    why_no_code: str = ""
    refused: Told | None = None
    refused_name: str = ""
    client_key: str = ""
    waiting: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinView:
    """The page on which one joins: the code first, then the names that are still free."""

    address: str
    word_code: str = ""
    names: tuple[tuple[int, str], ...] = ()
    refused: Told | None = None
    chosen: tuple[int, str] | None = None
    is_full: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterRow:
    """Somebody on the roster, as the host sees it."""

    entrant_id: int
    name: str
    email: str
    team: str
    nickname: str
    claimed: str = ""
    n_submissions: int = 0
    best: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """Something that runs or waits, as the host sees it."""

    label: str
    id: int
    team: str
    competition: str
    name: str
    state: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HostCompetition:
    """One competition on the host's page. `dates` are label and words; `errors` are code, title and teams hit."""

    name: str
    title: str
    phase: str
    dates: tuple[tuple[str, str], ...] = ()
    is_revealed: bool = False
    is_frozen: bool = False
    n_teams: int = 0
    n_scored: int = 0
    n_silent: int = 0
    errors: tuple[tuple[str, str, int], ...] = ()
    submissions_per_hour: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HostView:
    """The host's page."""

    address: str
    word_code: str
    is_tls: bool
    why_no_code: str
    sandbox: str
    competitions: tuple[HostCompetition, ...] = ()
    roster: tuple[RosterRow, ...] = ()
    queue: tuple[QueueRow, ...] = ()
    n_workers: int = 0
    claims: tuple[tuple[str, str], ...] = ()
    audit: tuple[tuple[str, str, str, str], ...] = ()
    teams: tuple[tuple[str, str], ...] = ()
    now_local: str = ""
    zone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KitView:
    """The wheels: one line to install from here, whom they serve, and each file."""

    lines: tuple[str, ...]
    platforms: tuple[str, ...]
    wheels: tuple[tuple[str, str], ...] = ()
    is_complete: bool = True
    python: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one needs of a metric to write its scores."""

    name: str
    unit: Unit
    greater_is_better: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """How teams are called on the board, by their handles; and which of them is the visitor's."""

    of: Mapping[str, str] = field(default_factory=dict)
    own: str = ""

    def __call__(self, team: str) -> str:
        """How `team` is called."""
        return self.of.get(team, team)


def age(seconds: float) -> str:
    """``now``, ``5 min``, ``2 h``, ``3 d``."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return "now"


def about(seconds: float) -> str:
    """A time to wait: ``12 s``, ``3 min``, ``2 h 5 min``."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"


def iso(at: float, zone: tzinfo | None) -> str:
    """A moment for the machine, with its offset."""
    return datetime.fromtimestamp(at, zone).astimezone(zone).isoformat(timespec="seconds")


def board_rows(
    snapshot: Snapshot,
    part: Literal["public", "private"],
    metric: Measured,
    names: Names,
    *,
    now: float,
    zone: tzinfo | None,
) -> tuple[BoardRow, ...]:
    """The rows of one part, with the baselines where they belong."""
    rows = snapshot.public if part == "public" else snapshot.private or ()
    scale = _scale(rows)
    edges = _edges([row.standing.bracket for row in rows])
    named = {row.standing.name for row in rows if not row.standing.is_ranked}
    shown = [
        (row.standing.score, _board_row(row, edge, part, metric, names, scale=scale, now=now, zone=zone))
        for row, edge in zip(rows, edges, strict=True)
    ]
    if part == "public" and rows:
        for name, value in snapshot.baselines.items():
            if name in named:  # the host has submitted it here: measured on these rows, with an interval
                continue
            shown.insert(_place(shown, value, metric), (value, _baseline(name, value, metric, scale)))
    return tuple(row for _, row in shown)


def _board_row(
    row: Row,
    edge: str,
    part: str,
    metric: Measured,
    names: Names,
    *,
    scale: tuple[float, float],
    now: float,
    zone: tzinfo | None,
) -> BoardRow:
    s = row.standing
    moved = s.moved or 0 if part == "private" else (0 if row.before is None else row.before - s.rank)
    return BoardRow(
        rank=s.rank,
        rank_ties=f"={s.n_tied}" if s.n_tied else "",
        edge=edge,
        who=names(s.team) if s.is_ranked else s.team.rpartition(" / ")[2],
        kind="team" if s.is_ranked else "baseline",
        team=s.team,
        is_you=bool(names.own) and s.team == names.own,
        score=score(s.score, metric.unit, step=s.step),
        interval_text=interval(s.interval_lo, s.interval_hi, metric.unit, step=s.step),
        lo=_on(scale, s.interval_lo),
        at=_on(scale, s.score),
        hi=_on(scale, s.interval_hi),
        course=course(row.course, greater_is_better=metric.greater_is_better),
        change=_change(moved, is_new=part == "public" and row.before is None),
        moved=moved,
        tries=s.n_tries,
        last=age(now - s.last_at),
        last_at=iso(s.last_at, zone),
        public_rank=s.public_rank,
    )


def _baseline(name: str, value: float, metric: Measured, scale: tuple[float, float]) -> BoardRow:
    who = "always the same answer" if name == "constant" else f"{name} baseline"
    return BoardRow(rank=None, who=who, kind="baseline", score=score(value, metric.unit), at=_on(scale, value))


def _place(shown: Sequence[tuple[float, BoardRow]], value: float, metric: Measured) -> int:
    """Before which row a value stands: behind all that are as good."""
    sign = 1 if metric.greater_is_better else -1
    return sum(sign * other >= sign * value for other, _ in shown)


def _change(moved: int, *, is_new: bool) -> str:
    if is_new:
        return "new"
    return f"▲{moved}" if moved > 0 else f"▼{-moved}" if moved < 0 else ""


def _edges(brackets: Sequence[int | None]) -> list[str]:
    of = [None, *brackets, None]
    return [
        "" if own is None else "middle" if before == own == after else "first" if own == after else "last"
        for before, own, after in zip(of, of[1:], of[2:], strict=False)
    ]


def _scale(rows: Sequence[Row]) -> tuple[float, float]:
    """The ends of what is drawn: of all intervals, but those of rows far behind do not squeeze the others."""
    finite = [row.standing for row in rows if math.isfinite(row.standing.interval_lo + row.standing.interval_hi)]
    if not finite:
        return 0.0, 1.0
    near = finite[: max(3, math.ceil(0.9 * len(finite)))]
    lo, hi = min(s.interval_lo for s in near), max(s.interval_hi for s in near)
    return (lo, hi) if hi > lo else (lo - 0.5, hi + 0.5)


def _on(scale: tuple[float, float], value: float) -> float:
    lo, hi = scale
    if not math.isfinite(value):
        return 0.0
    return round(min(100.0, max(0.0, 100 * (value - lo) / (hi - lo))), 2)


def scale_words(snapshot: Snapshot, part: str, metric: Measured) -> tuple[str, str]:
    """The ends of the scale, in words."""
    lo, hi = _scale(snapshot.public if part == "public" else snapshot.private or ())
    return number(lo, metric.unit), number(hi, metric.unit)


def course(values: Sequence[float], *, greater_is_better: bool, width: int = 80, height: int = 20) -> str:
    """The points of a line through `values`, better ones higher; empty for fewer than two."""
    finite = [value for value in values if math.isfinite(value)]
    if len(finite) < 2:
        return ""
    lo, hi = min(finite), max(finite)
    span = hi - lo or 1.0
    up = [(value - lo) / span if greater_is_better else (hi - value) / span for value in finite]
    step = (width - 4) / (len(up) - 1)
    return " ".join(f"{2 + i * step:.1f},{height - 2 - y * (height - 4):.1f}" for i, y in enumerate(up))


def legend(snapshot: Snapshot, part: str, noun: str, names: Names) -> tuple[str, ...]:
    """What ties mean, and who may be the best, in sentences."""
    shown = snapshot.public if part == "public" else snapshot.private or ()
    rows = [row.standing for row in shown if row.standing.is_ranked]
    if len(rows) < 2:
        return ()
    if rows[0].n_tied is None:
        return ("Which ranks are tied can't be told: what the scores are made of is not here.",)
    told = []
    if any(row.n_tied for row in rows):
        told.append(f"“=3”: three other teams lie inside this row's rank interval, on the same {noun}s.")
    leaders = [row for row in rows if row.in_leader_group and not snapshot.is_cut]  # of all, or nothing is said
    if len(leaders) == 1:
        told.append(f"Clearly the best: {names(rows[0].team)}.")
    elif leaders:
        told.append(f"Each of {len(leaders)} teams may be the best: the differences between them may be luck.")
    return tuple(told)
