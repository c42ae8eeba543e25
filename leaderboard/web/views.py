"""What templates are given: plain values with every word and number ready, so that a template only places them.

Pure functions; nothing here asks a store, a file or a clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Literal

from kit.notation import Unit
from leaderboard.dates import span, zone_name
from leaderboard.rules import Tries
from leaderboard.schedule import Terms
from leaderboard.web.clerk import Told
from leaderboard.web.markup import Block
from leaderboard.web.words import pages, times


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one is: what every page has around its content.

    Parameters
    ----------
    class_title
        How the class is called.
    role, name, team
        Who looks.
    csrf
        The hidden field of every form.
    competition
        Name of the one that the page is about; empty where it is about none.
    tab
        Which page of it.
    is_screen
        Whether it is the projector's view.
    notice
        One sentence about what has just been done.
    """

    class_title: str
    role: Literal["anonymous", "student", "host"]
    name: str = ""
    team: str = ""
    csrf: str = ""
    competition: str = ""
    tab: str = ""
    is_screen: bool = False
    notice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """Where in its time a competition is.

    Parameters
    ----------
    phase
        ``none`` where it never closes; ``early`` before it opens, ``open``, ``late`` in the grace, ``over``.
    words, day, zone, course_zone
        The next moment that counts, or the last one: ``Fri 23:59``; with its date, ``Fri 27 Nov 23:59``; the time zone
        that it is told in, and the same where the course has one.
    left
        How long until then, or since: ``2 d 4 h``.
    at, until
        The moment for the machine: with its offset, and in unix seconds for a countdown (0: none).
    freeze
        Since when the board stands still, or from when it will; empty where it does not.
    """

    phase: Literal["none", "early", "open", "late", "over"] = "none"
    words: str = ""
    day: str = ""
    zone: str = ""
    course_zone: str = ""
    left: str = ""
    at: str = ""
    until: int = 0
    freeze: str = ""

    @property
    def is_open(self) -> bool:
        """Whether something can be handed in now."""
        return self.phase in ("none", "open", "late")


@dataclass(frozen=True, slots=True, kw_only=True)
class TriesView:
    """How many tries are left.

    `waits` says what of them waits, `next` when there are others, `altogether` what is left in all; or empty.
    """

    left: int
    limit: int
    waits: str = ""
    next: str = ""
    altogether: str = ""

    @property
    def more(self) -> tuple[str, ...]:
        """All that is said of them behind the number."""
        return tuple(words for words in (self.waits, self.altogether, self.next) if words)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileView:
    """What is handed out as one file or in several forms: their names, and what it is for."""

    names: tuple[str, ...]
    words: str = ""


def file_views(names: Iterable[str]) -> tuple[FileView, ...]:
    """The files that are handed out, the forms of each together."""
    by_stem: dict[str, list[str]] = {}
    for name in names:
        stem = name.rpartition(".")[0]
        by_stem.setdefault(stem if stem in pages.FILES else name, []).append(name)
    return tuple(FileView(names=tuple(forms), words=pages.FILES.get(stem, "")) for stem, forms in by_stem.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class CompetitionView:
    """What a competition is: the page about it.

    `lines` are label and sentences, as ``kit info`` has them; `columns` are those of a file of answers; `dates` are
    label and words; `story` is its README.
    """

    name: str
    title: str
    summary: str
    kind: str
    lines: tuple[tuple[str, tuple[str, ...]], ...]
    files: tuple[FileView, ...]
    deadline: Deadline
    dates: tuple[tuple[str, str], ...] = ()
    columns: tuple[str, ...] = ()
    story: tuple[Block, ...] = ()
    takes_code: bool = True
    practice: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One competition on the first page.

    `rank` is the visitor's own, ``3 of 30``; `is_own`: the class's default; `is_on`: the class takes part in it.
    """

    name: str
    title: str
    summary: str
    deadline: Deadline
    rank: str = ""
    is_own: bool = False
    is_on: bool = True
    practice: bool = False


_PHASES = {"open": 0, "late": 1, "early": 2, "none": 3, "over": 4}


def card_order(card: Card) -> tuple[bool, bool, int, int]:
    """What comes first: the class's own, where one takes part, what is open, and of that what ends first."""
    return not card.is_own, not card.rank, _PHASES[card.deadline.phase], card.deadline.until


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
        How long ago (``5 min ago``), and when.
    made
        When it was sent by the clock of whoever sent it, where it waited on the way; else empty.
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
    made: str = ""
    problem: Told | None = None
    can_select: bool = False
    is_selected: bool = False
    can_cancel: bool = False
    has_log: bool = False
    is_late: bool = False
    team: str = ""
    competition: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MineView:
    """A team's submissions to one competition, newest first; the tries left; how many may be chosen, 0: no more."""

    name: str
    title: str
    tries: TriesView
    deadline: Deadline
    rows: tuple[SubmissionView, ...]
    n_selected: int = 0
    n_selectable: int = 0
    rank: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitView:
    """The form for handing in, and what was wrong with what came before."""

    name: str
    title: str
    tries: TriesView
    deadline: Deadline
    takes_code: bool
    takes_files: bool = True
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
class KitView:
    """The wheels: one line to install from here, whom they serve, and each file."""

    lines: tuple[str, ...]
    platforms: tuple[str, ...]
    wheels: tuple[tuple[str, str], ...] = ()
    is_complete: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one needs of a metric to write its scores."""

    name: str
    unit: Unit
    greater_is_better: bool

    def is_better(self, one: float, other: float) -> bool:
        """Whether a score is better than another one, and not as good."""
        return one > other if self.greater_is_better else one < other


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """How teams are called on the board, by their handles; and which of them is the visitor's."""

    of: Mapping[str, str] = field(default_factory=dict)
    own: str = ""

    def __call__(self, team: str) -> str:
        """How `team` is called."""
        return self.of.get(team, team)


def deadline(terms: Terms, freezes: float | None, *, now: float, zone: tzinfo | None) -> Deadline:
    """Where in its time a competition is, for who these terms hold."""
    frozen = "" if freezes is None else times.moment(freezes, zone, now)
    if terms.opens is not None and now < terms.opens:
        return _deadline("early", terms.opens, frozen, now, zone)
    if terms.closes is None:
        return Deadline(freeze=frozen)
    if now < terms.closes:
        return _deadline("open", terms.closes, frozen, now, zone)
    if terms.ends is not None and now < terms.ends:
        return _deadline("late", terms.ends, frozen, now, zone)
    return _deadline("over", terms.closes, frozen, now, zone)


def _deadline(
    phase: Literal["early", "open", "late", "over"], at: float, freeze: str, now: float, zone: tzinfo | None
) -> Deadline:
    then = datetime.fromtimestamp(at, zone).astimezone(zone)
    return Deadline(
        phase=phase,
        words=times.moment(at, zone, now),
        day=times.day(then, now),
        zone=zone_name(then),
        course_zone=getattr(zone, "key", ""),
        left=span(abs(at - now)),
        at=iso(at, zone),
        until=int(at),
        freeze=freeze,
    )


def tries_view(tries: Tries, *, now: float, zone: tzinfo | None) -> TriesView:
    """How many tries a team has left, and when the next one opens where it has none."""
    altogether = (
        "" if tries.left_altogether is None else pages.left_altogether(tries.left_altogether, tries.limit_total)
    )
    following = ""
    if tries.left == 0 and tries.left_altogether != 0 and not tries.is_over:
        following = pages.next_opens(times.moment(tries.next_at, zone, now), span(tries.next_at - now))
    elif tries.is_over:
        following = pages.NO_FURTHER_TRY
    elif not tries.is_last_day:
        n = tries.limit if tries.left_altogether is None else min(tries.limit, tries.left_altogether - tries.left)
        following = pages.new_tries(n, times.clock(tries.next_at, zone)) if n > 0 else ""
    waits = pages.tries_wait(tries.waiting) if tries.waiting else ""
    return TriesView(left=tries.left, limit=tries.limit, waits=waits, next=following, altogether=altogether)


def iso(at: float, zone: tzinfo | None) -> str:
    """A moment for the machine, with its offset."""
    return datetime.fromtimestamp(at, zone).astimezone(zone).isoformat(timespec="seconds")
