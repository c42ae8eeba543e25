"""One competition as its host sees it: its dates, what teams were given, and how the class is getting on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kit.cli.explain import titles
from leaderboard import timetable
from leaderboard.dates import said
from leaderboard.grades import FORMATS
from leaderboard.overview import Overview, overview
from leaderboard.web import host_progress, host_views, look
from leaderboard.web.host_progress import Drawn
from leaderboard.web.words import host as words

if TYPE_CHECKING:
    from datetime import tzinfo

    from leaderboard.board import Board
    from leaderboard.schedule import Schedule
    from leaderboard.web.desk import Desk

LAST_S = 2 * 3600.0  # what "freeze the last hours" means


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenTerms:
    """What a team was given: until when, and which tries; empty where it has what all have."""

    name: str
    until: str
    tries: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRow:
    """An error that the class has met."""

    code: str
    title: str
    n: int
    n_teams: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HostCompetitionView:
    """The host's page of one competition.

    Parameters
    ----------
    name, title, phases, ends
        As on the overview.
    is_open, is_frozen, is_revealed, closes, is_reveal_set
        What there is to do next.
    dates
        (label, words).
    tries
        What everybody has, in words.
    warnings
        What should be known before the private ranking is opened.
    teams
        Handle and real name, by name.
    given
        What single teams were given.
    selected
        How many submissions of a team count for the private ranking.
    counts
        (label, number): teams with a score, submissions, and so on.
    progress, hours, verdicts
        Drawings; None where there is nothing to draw.
    errors
        The one that hit the most teams first.
    silent
        Who has handed in nothing, by real name.
    practice
        Whether the answers are public, so that nothing is graded unless told otherwise.
    """

    name: str
    title: str
    phases: tuple[str, ...]
    ends: str
    is_open: bool
    is_frozen: bool
    is_revealed: bool
    closes: bool
    is_reveal_set: bool
    dates: tuple[tuple[str, str], ...]
    tries: str
    warnings: tuple[str, ...]
    teams: tuple[tuple[str, str], ...]
    given: tuple[GivenTerms, ...]
    selected: int
    counts: tuple[tuple[str, int], ...]
    progress: Drawn | None
    hours: Drawn | None
    verdicts: Drawn | None
    errors: tuple[ErrorRow, ...]
    silent: tuple[str, ...]
    practice: bool
    formats: tuple[str, ...] = FORMATS


def competition(board: Board, desk: Desk, name: str, verdicts: Mapping[str, int]) -> HostCompetitionView:
    """The page of a competition; `verdicts` are how many plugins each verdict was given to."""
    here = desk.workspace
    zone, now = look.zone_of(here), board.store.clock()
    metric = look.measured(here, name)
    schedule = board.classroom.schedule(name)
    found = overview(board, name, greater_is_better=metric.greater_is_better)
    phases, names = host_views.phases(board, name), board.classroom.names(real=True)
    with_members = board.classroom.members()
    baselines = {plugin: parts["public"] for plugin, parts in here.baselines(name).items() if "public" in parts}
    return HostCompetitionView(
        name=name,
        title=here.competition(name).title,
        phases=phases,
        ends=look.ends(board, here, name),
        is_open="open" in phases,
        is_frozen="frozen" in phases,
        is_revealed="revealed" in phases,
        closes=schedule.closes is not None,
        is_reveal_set=schedule.reveals is not None and schedule.reveals > now,
        dates=timetable.dates(schedule, zone=zone, now=now),
        tries=words.tries(schedule.per_day, schedule.total),
        warnings=_warnings(board, name, found, zone=zone, now=now),
        teams=tuple(sorted(((handle, names[handle]) for handle in with_members), key=lambda one: one[1].casefold())),
        selected=here.competition(name).limits.selected,
        given=_given(schedule, names, zone=zone, now=now),
        counts=_counts(found, with_members),
        progress=host_progress.progress(found.best, names, baselines, metric, zone=zone, now=now),
        hours=host_progress.hours(found.hours, zone=zone, now=now),
        verdicts=host_progress.verdicts(verdicts),
        errors=_errors(found),
        silent=tuple(sorted((one.name for one in found.without), key=str.casefold)),
        practice=here.competition(name).practice,
    )


def _counts(found: Overview, teams: Mapping[str, object]) -> tuple[tuple[str, int], ...]:
    states = found.states
    n_teams = len(found.best.keys() & teams.keys())
    told = [(words.teams_with_score(n_teams), n_teams), (words.STATES["scored"], states.get("scored", 0))]
    told += [(called, n) for state, called in words.STATES.items() if state != "scored" and (n := states.get(state))]
    return tuple(told)


def _errors(found: Overview) -> tuple[ErrorRow, ...]:
    known = titles()
    return tuple(
        ErrorRow(code=row.code, title=known.get(row.code, ""), n=row.n, n_teams=row.n_teams) for row in found.errors
    )


def _given(schedule: Schedule, names: Mapping[str, str], *, zone: tzinfo | None, now: float) -> tuple[GivenTerms, ...]:
    """What single teams have that the others do not have."""
    told = []
    for handle, own in schedule.teams.items():
        terms = schedule.terms(handle)
        is_longer = own.closes is not None and terms.closes is not None and terms.closes != schedule.closes
        has_tries = own.per_day is not None or own.total is not None
        if handle in names and (is_longer or has_tries):
            told.append(
                GivenTerms(
                    name=names[handle],
                    until=said(terms.closes, zone=zone, now=now) if is_longer and terms.closes is not None else "",
                    tries=words.tries(terms.per_day, terms.total) if has_tries else "",
                )
            )
    return tuple(told)


def _warnings(board: Board, name: str, found: Overview, *, zone: tzinfo | None, now: float) -> tuple[str, ...]:
    """What should be known before the private ranking is opened, in sentences."""
    told = [*timetable.left_out(board, name, at=now, zone=zone)]
    if n := found.states.get("queued", 0) + found.states.get("running", 0):
        told.append(words.not_scored(n))
    return tuple(told)
