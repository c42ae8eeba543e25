"""The leaderboard as values: every word, number and place on the scale ready, so that a template only places them.

Pure functions; nothing here asks a store, a file or a clock.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from kit.notation import interval, score
from leaderboard.solved import in_words
from leaderboard.standings import Standing
from leaderboard.web.board_scale import Mark, Scale, scale_of
from leaderboard.web.clerk_standings import Row, Snapshot
from leaderboard.web.views import Deadline, Measured, Names, TriesView
from leaderboard.web.words import board as words
from leaderboard.web.words.times import ago

Part = Literal["public", "private"]
Kind = Literal["team", "baseline", "human"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardRow:
    """One row of the leaderboard.

    Parameters
    ----------
    rank, ties, likely
        ``3``, ``4`` for a tie with four others, and ``2 to 5``: the ranks that are likely. None, or empty, where it is
        not known.
    edge, group
        The piece of the bracket in the margin: ``first``, ``middle``, ``last`` or empty; and the bracket's label above
        its first row.
    who, kind, team
        Name on the board; ``team``, ``baseline`` or ``human``, of which only teams have a rank; and the team's handle.
    is_you
        Whether it is the visitor's own.
    score, interval_text
        In words.
    lo, at, hi
        The interval and the score on a scale of 0 to 100 that all rows share, for the drawing.
    is_off, is_cut_lo, is_cut_hi
        Whether the score lies beyond an end of that scale; and what the interval is cut off at.
    course
        Points "x,y x,y" of the best score so far, in a box of 80 by 20.
    change
        ``▲2``, ``▼1``, ``new`` or empty.
    tries, last
        Scored submissions, and how long ago the last one was.
    """

    rank: int | None
    who: str
    score: str
    ties: int = 0
    likely: str = ""
    edge: str = ""
    group: str = ""
    kind: Kind = "team"
    is_you: bool = False
    interval_text: str = ""
    lo: float = 0.0
    at: float = 0.0
    hi: float = 0.0
    is_off: bool = False
    is_cut_lo: bool = False
    is_cut_hi: bool = False
    course: str = ""
    change: str = ""
    tries: int = 0
    last: str = ""
    team: str = ""

    @property
    def places(self) -> str:
        """What the sign beside the rank means."""
        return words.may_change(self.ties)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """Who leads, and whether the lead is real: in a sentence and one behind it.

    `ahead` says which baseline nobody has reached.
    """

    words: str
    detail: str = ""
    ahead: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What the visitor's own team wants to know: ``3 of 30``, the ranks that are likely, and its tries.

    `name` is how it is called on the board.
    """

    rank: str
    tries: TriesView
    likely: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardView:
    """The leaderboard of one competition.

    Parameters
    ----------
    name, title, summary
        The competition.
    part, about
        ``public`` or ``private``, and in sentences what it stands on and what it is for.
    has_private
        Whether the private ranking is open, and there is something to switch to.
    deadline
        When it closes.
    rows, drawn
        Best first, unranked ones in place; and the HTML of each, which is the same for all but for the visitor's own.
    lead
        Who leads, and whether that is real.
    own
        What is the visitor's; None for who has no team. `deadline` is the team's own, then.
    ticker
        What happened last, for the projector.
    key, legend
        A sign and what it means, over the table; and sentences under it.
    version
        Changes with the standings.
    marks
        The numbers at the scale on which intervals are drawn.
    has_nicknames
        Whether others do not see who a team is.
    is_cut
        Whether there are rows that this visitor is not shown.
    """

    name: str
    title: str
    summary: str
    part: Part
    about: str
    has_private: bool
    deadline: Deadline
    rows: tuple[BoardRow, ...]
    lead: Lead
    drawn: tuple[str, ...] = ()
    own: Own | None = None
    ticker: str = ""
    n_teams: int = 0
    key: tuple[str, str] = ("", "")
    legend: tuple[str, ...] = ()
    version: str = ""
    marks: tuple[Mark, ...] = ()
    has_nicknames: bool = True
    is_frozen: bool = False
    is_cut: bool = False

    @property
    def table(self) -> str:
        """The HTML of all rows, made by a template of ours."""
        return "".join(self.drawn)


def rows_of(snapshot: Snapshot, part: Part) -> tuple[Row, ...]:
    """The rows of one part."""
    return snapshot.public if part == "public" else snapshot.private or ()


def board_rows(snapshot: Snapshot, part: Part, metric: Measured, names: Names, *, now: float) -> tuple[BoardRow, ...]:
    """The rows of one part, with the baselines where they belong, and the brackets drawn past them."""
    rows = rows_of(snapshot, part)
    scale = scale_for(snapshot, part)
    named = {row.standing.name for row in rows if not row.standing.is_ranked}
    shown = [(row.standing, _board_row(row, part, metric, names, scale=scale, now=now)) for row in rows]
    placed = [(standing.score, standing.bracket, row) for standing, row in shown]
    if part == "public" and rows:
        for name, value in snapshot.baselines.items():
            if name in named:  # the host has submitted it here: measured on these rows, with an interval
                continue
            place = _place([before for before, _, _ in placed], value, metric)
            placed.insert(place, (value, None, _baseline(name, value, metric, scale)))
    return _bracketed([row for _, _, row in placed], [bracket for _, bracket, _ in placed])


def _board_row(
    row: Row,
    part: Part,
    metric: Measured,
    names: Names,
    *,
    scale: Scale,
    now: float,
) -> BoardRow:
    s = row.standing
    who = names(s.team) if s.is_ranked else s.team.rpartition(" / ")[2]
    moved = s.moved or 0 if part == "private" else (0 if row.before is None else row.before - s.rank)
    is_new = part == "public" and row.before is None and s.is_ranked
    return BoardRow(
        rank=s.rank if s.is_ranked else None,
        ties=s.n_tied or 0,
        likely=likely(s),
        who=who,
        kind="team" if s.is_ranked else "human" if who.casefold().startswith("human") else "baseline",
        team=s.team,
        is_you=bool(names.own) and s.team == names.own,
        score=score(s.score, metric.unit, step=s.step),
        interval_text=interval(s.interval_lo, s.interval_hi, metric.unit, step=s.step),
        lo=scale.on(s.interval_lo),
        at=scale.on(s.score),
        hi=scale.on(s.interval_hi),
        is_off=not scale.holds(s.score),
        is_cut_lo=scale.is_below(s.interval_lo),
        is_cut_hi=scale.is_above(s.interval_hi),
        course=course(row.course, greater_is_better=metric.greater_is_better),
        change=_change(moved, is_new=is_new) if s.is_ranked else "",
        tries=s.n_tries if s.is_ranked else 0,
        last=ago(now - s.last_at) if s.is_ranked else "",
    )


def likely(row: Standing) -> str:
    """``2 to 5``: the ranks that a row may have; empty where that is not known or only one is."""
    if row.rank_lo is None or row.rank_hi is None or row.rank_lo == row.rank_hi:
        return ""
    return words.ranks(row.rank_lo, row.rank_hi)


def _baseline(name: str, value: float, metric: Measured, scale: Scale) -> BoardRow:
    return BoardRow(
        rank=None,
        who=words.ALWAYS_THE_SAME if name == "constant" else name,
        kind="baseline",
        score=score(value, metric.unit),
        at=scale.on(value),
        is_off=not scale.holds(value),
        is_cut_lo=scale.is_below(value),
        is_cut_hi=scale.is_above(value),
    )


def _place(values: Sequence[float], value: float, metric: Measured) -> int:
    """Before which of `values`, best first, a value stands: behind all that are as good."""
    sign = 1 if metric.greater_is_better else -1
    return sum(sign * other >= sign * value for other in values)


def _change(moved: int, *, is_new: bool) -> str:
    if is_new:
        return words.NEW
    return f"▲{moved}" if moved > 0 else f"▼{-moved}" if moved < 0 else ""


def _bracketed(rows: Sequence[BoardRow], brackets: Sequence[int | None]) -> tuple[BoardRow, ...]:
    """The rows with their pieces of the brackets. A bracket passes by unranked rows, and one row makes none."""
    made = list(rows)
    for bracket in dict.fromkeys(one for one in brackets if one is not None):
        places = [place for place, other in enumerate(brackets) if other == bracket]
        first, last = places[0], places[-1]
        if first == last:
            continue
        for place in range(first, last + 1):
            edge = "first" if place == first else "last" if place == last else "middle"
            made[place] = replace(made[place], edge=edge)
        made[first] = replace(made[first], group=words.group(len(places), rows[first].rank, rows[last].rank))
    return tuple(made)


def scale_for(snapshot: Snapshot, part: Part) -> Scale:
    """The scale on which the rows of one part are drawn."""
    baselines = snapshot.baselines.values() if part == "public" else ()
    return scale_of([row.standing for row in rows_of(snapshot, part)], baselines)


def course(values: Sequence[float], *, greater_is_better: bool, width: int = 80, height: int = 20) -> str:
    """The points of a line through `values`, better ones higher; empty for fewer than two.

    Values between two equal ones are left out: the line is the same without them.
    """
    finite = [value for value in values if math.isfinite(value)]
    if len(finite) < 2:
        return ""
    lo, hi = min(finite), max(finite)
    span = hi - lo
    if hi == lo:
        return f"3,{height // 2} {width - 3},{height // 2}"
    up = [(value - lo) / span if greater_is_better else (hi - value) / span for value in finite]
    step, end = (width - 6) / (len(up) - 1), len(up) - 1
    return " ".join(
        f"{3 + i * step:.0f},{height - 3 - y * (height - 6):.0f}"
        for i, y in enumerate(up)
        if i in (0, end) or not up[i - 1] == y == up[i + 1]
    )


def lead(snapshot: Snapshot, part: Part, noun: str, metric: Measured, names: Names) -> Lead:
    """Who leads, and whether the lead is real, in plain words. Behind the reveal: who has won."""
    rows = [row.standing for row in rows_of(snapshot, part) if row.standing.is_ranked]
    if not rows:
        return Lead(words=words.ONLY_NEIGHBOURS if snapshot.is_cut else words.NOBODY)
    if rows[0].rank != 1:
        return Lead(words=words.BEST_NOT_SHOWN)
    first = words.WON if part == "private" else words.LEADS
    top = [names(row.team) for row in rows if row.rank == 1]
    said = (first.one if len(top) == 1 else first.several).format(who=words.joined(top))
    value = score(rows[0].score, metric.unit, step=rows[0].step)
    ahead = "" if part == "private" else _ahead(snapshot, rows[0].score, metric)
    if snapshot.is_cut:
        return Lead(words=said, ahead=ahead, detail=words.score_of_first(value))
    if len(rows) == 1:
        return Lead(words=said, ahead=ahead, detail=words.only_score(value))
    if rows[0].n_tied is None:
        return Lead(words=said, ahead=ahead, detail=words.luck_unknown(value))
    others = [names(row.team) for row in rows if row.in_leader_group and row.rank != 1]
    if others:
        luck = words.maybe_luck(others, rows[0].n, noun)
        return Lead(words=first.open.format(said=said), ahead=ahead, detail=luck)
    if len(top) > 1:
        return Lead(words=said, ahead=ahead, detail=words.each_with(value))
    return Lead(words=first.real.format(said=said), ahead=ahead, detail=words.more_than_luck(value))


def _ahead(snapshot: Snapshot, best: float, metric: Measured) -> str:
    """Which baseline nobody has reached: of several the one that is to be reached first."""
    better = {name: value for name, value in snapshot.baselines.items() if metric.is_better(value, best)}
    if not better:
        return ""
    name = (min if metric.greater_is_better else max)(better, key=better.__getitem__)
    return words.not_reached(name, score(better[name], metric.unit))


def own(view: BoardView, row: BoardRow | None, tries: TriesView, *, name: str) -> Own:
    """What the visitor's own team wants to know; it has a `row` where it has a score."""
    if row is None or row.rank is None:
        return Own(rank="", tries=tries, name=name)
    return Own(rank=words.rank_of(row.rank, view.n_teams), likely=row.likely, tries=tries, name=name)


def rank(snapshot: Snapshot, team: str) -> str:
    """``3 of 30``; empty for who has no score."""
    rows = snapshot.private if snapshot.private is not None else snapshot.public
    place = next((row.standing.rank for row in rows if row.standing.team == team and row.standing.is_ranked), None)
    return "" if place is None else words.rank_of(place, snapshot.n_teams)


def ticker(snapshot: Snapshot, metric: Measured, names: Names, *, now: float) -> str:
    """What happened last: whose try it was, and where its best one stands."""
    rows = [row.standing for row in snapshot.public if row.standing.is_ranked]
    if not rows:
        return ""
    last = max(rows, key=lambda row: row.last_at)
    told = score(last.score, metric.unit, step=last.step)
    return words.ticker(names(last.team), ago(now - last.last_at), told, last.rank)


def about(
    snapshot: Snapshot, part: Part, noun: str, metric: Measured, *, practice: bool, is_revealed: bool = False
) -> str:
    """What a ranking stands on, and what it is for."""
    rows = rows_of(snapshot, part)
    n = rows[0].standing.n if rows else None
    said = [words.stands_on(n, part, noun, metric.name, is_higher=metric.greater_is_better)]
    if part == "private":
        said.append(words.FINAL)
    elif not is_revealed:
        said.append(words.final_by(snapshot.n_private, noun))
    if practice:
        said.append(words.PRACTICE)
    return " ".join(said)


def key(rows: Sequence[BoardRow]) -> tuple[str, str]:
    """The sign beside a rank, and what it means: of the first that has one. Empty where none has."""
    n = next((row.ties for row in rows if row.ties), 0)
    return (f"={n}", words.may_change(n)) if n else ("", "")


def legend(
    snapshot: Snapshot, part: Part, noun: str, metric: Measured, *, line: float | None = None
) -> tuple[str, ...]:
    """What the signs in the table mean, as far as they are in it; of agents from which `line` on it is solved."""
    rows = [row.standing for row in rows_of(snapshot, part) if row.standing.is_ranked]
    if not rows:
        return ()
    told = [words.bar(rows[0].n, noun)]
    if len(rows) > 1 and rows[0].n_tied is None:
        told.append(words.TIES_UNKNOWN)
    if any(row.n_tied for row in rows):
        told.append(words.BRACKET)
    told.append(words.CHANGE[part])
    if not all(row.standing.is_ranked for row in rows_of(snapshot, part)) or snapshot.baselines:
        told.append(words.UNRANKED)
    if line is not None:
        solved = in_words(rows, line, metric.unit, is_cut=snapshot.is_cut)
        told.append(f"{solved[0].upper()}{solved[1:]}.")
    return tuple(told)
