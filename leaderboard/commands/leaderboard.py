"""``kit leaderboard``: who is where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

import click

from kit.cli import completion, screen
from kit.cli.place import class_board, local_option, workspace
from kit.workspace import Workspace
from leaderboard.commands.submit import Measure, open_board
from leaderboard.plain_standings import COLUMNS, as_json, names_of, plain
from leaderboard.solved import in_words, solved_from
from leaderboard.views import HOST

if TYPE_CHECKING:
    from kit.competition import LeaderboardSettings
    from leaderboard.standings import Standing
    from leaderboard.statistics.selection import ShakeUp

_SHOWN = 20


@click.command()
@click.argument("name", required=False, shell_complete=completion.competitions)
@click.option("--all", "shows_all", is_flag=True, help=f"Every row, not the first {_SHOWN}.")
@click.option("--private", "wants_private", is_flag=True, help="The private ranking; refused before it is revealed.")
@click.option("--public", "wants_public", is_flag=True, help="The public ranking, after the reveal too.")
@local_option()
@screen.formats(csv=True)
def command(
    name: str | None, shows_all: bool, wants_private: bool, wants_public: bool, is_local: bool, form: screen.Form
) -> None:
    """Show who is where in NAME: by the public part, and by the private one once it is revealed."""
    if wants_private and wants_public:
        raise click.UsageError("--private and --public exclude each other")
    if (joined := class_board(is_local=is_local)) is not None:
        from leaderboard.commands.in_class import standings

        standings(joined, name, shows_all=shows_all, wants_private=wants_private, wants_public=wants_public, form=form)
        return
    here = workspace()
    chosen, _ = here.choose_competition(name)
    competition = here.competition(chosen)
    board = open_board(here)
    try:
        revealed_at = board.revealed_at(chosen)
        names = names_of(board)
        public = board.standings(chosen, viewer=HOST)
        shows_private = wants_private or (revealed_at is not None and not wants_public)
        private = board.standings(chosen, "private") if shows_private else None
        shake_up = board.shake_up(chosen) if private is not None else None
        now = board.store.clock() if public else 0.0
        is_frozen = bool(names) and revealed_at is None and board.classroom.schedule(chosen).is_frozen(now)
        n_outdated, n_late, line = board.n_outdated(chosen), board.n_late(chosen), solved_from(here, chosen)
    finally:
        board.close()
    metric = here.metric(chosen)
    if form == "json":
        told = as_json(chosen, competition, metric, public, private, shake_up, names, line)
        screen.show_json(told | {"revealed": revealed_at is not None, "revealed_at": revealed_at, "n_late": n_late})
    elif form == "csv":
        part = "public" if private is None else "private"
        screen.show_csv(plain(public if private is None else private, part, names), COLUMNS)
    else:
        text = lines(
            chosen, competition, metric, named(public, names), None if private is None else named(private, names),
            now=now, shows_all=shows_all, is_revealed=revealed_at is not None, shake_up=shake_up, line=line,
        )  # fmt: skip
        screen.show("\n".join(text))
        if is_frozen:
            screen.show(
                "\n".join(screen.labelled("", "frozen: the class sees the board as it was, and its own scores", room=0))
            )
        if private is not None and revealed_at is not None and n_late:
            screen.show("\n".join(_late(here, chosen, revealed_at, n_late)))
        if n_outdated:
            belong = "score belongs" if n_outdated == 1 else "scores belong"
            screen.say(f"  {n_outdated} earlier {belong} to another version of {chosen}: hand those files in again")


def named(rows: Sequence[Standing], names: Mapping[str, str]) -> tuple[Standing, ...]:
    """The rows with teams called as `names` says."""
    return tuple(replace(row, team=names.get(row.team, row.team)) for row in rows)


class Ranked(Protocol):
    """What one needs of a competition to show its board: one that is here, or what a class says of its own."""

    @property
    def kind(self) -> str:
        """What is predicted from what."""

    @property
    def practice(self) -> bool:
        """Whether the answers can be looked up."""

    @property
    def leaderboard(self) -> LeaderboardSettings:
        """What the board shows."""


def lines(
    name: str,
    competition: Ranked,
    metric: Measure,
    public: Sequence[Standing],
    private: Sequence[Standing] | None,
    *,
    now: float,
    shows_all: bool = False,
    is_revealed: bool = False,
    shake_up: ShakeUp | None = None,
    is_cut: bool = False,
    line: float | None = None,
) -> list[str]:
    """The board as text: the private part where there are `private` rows.

    `is_cut`: a class shows more to its host. `line`: from where on an environment counts as solved.
    """
    if is_cut and not (public if private is None else private):
        return [f"{name}   here a team sees its own row and those around it."]
    if not public:
        return [
            f"{name}   nobody has a score yet.",
            "",
            *screen.described([(f"kit submit PATH -c {name}", "be the first")]),
        ]
    known = "seeds of these episodes" if competition.kind == "agent" else "answers to these rows"
    practice = [f"  practice: the {known} are public"] if competition.practice else []
    rows = public if private is None else private
    what = f"{screen.noun_of(competition.kind)}s"
    if private is None:
        other = "is open." if is_revealed else "is hidden until it is revealed."
        heading = f"{name}   public part, {public[0].n} {what}.  The private ranking {other}"
    elif not private:
        heading = f"{name}   private part, revealed.  Nothing was handed in before."
    else:
        heading = f"{name}   private part, {private[0].n} {what}, revealed.  ▲▼ against the public ranking."
    shown = rows if shows_all else rows[:_SHOWN]
    left = len(rows) - len(shown)
    more = [f"  … and {screen.count(left, 'more row')}: --all"] if left else []
    heading = "\n".join(screen.labelled("", heading, room=0, indent=0))
    table = _table(shown, _edges(rows), {row.team: row for row in public}, metric, now) if shown else []
    ranked = [row for row in rows if row.is_ranked]
    legend = _legend(ranked, len(shown), screen.noun_of(competition.kind), is_cut=is_cut)
    if line is not None:
        legend += screen.labelled("", in_words(rows, line, metric.unit, is_cut=is_cut), room=0)
    return [heading, *practice, *_feedback(competition), *table, *more, *legend, *_shaken(shake_up, len(ranked))]


def _shaken(shake_up: ShakeUp | None, n_teams: int) -> list[str]:
    """How far teams moved, beside what chance would have done."""
    if shake_up is None:
        return []
    observed, predicted = shake_up.observed * n_teams, shake_up.predicted * n_teams
    words = f"teams moved {observed:.1f} places on average; the luck of the rows alone would move them {predicted:.1f}"
    return screen.labelled("", words, room=0)


def _feedback(competition: Ranked) -> list[str]:
    """What the scores are, where the competition does not tell all of them."""
    words = {
        "rounded": "scores are rounded to what so many rows can tell",
        "ladder": "only a clear improvement changes a score: the others show the team's best before",
    }.get(competition.leaderboard.feedback)
    return screen.labelled("", words, room=0) if words else []


def _legend(rows: Sequence[Standing], n_shown: int, noun: str, *, is_cut: bool) -> list[str]:
    """What ``=3`` and the brackets mean, and who may be the best, in words."""
    if len(rows) < 2:
        return []
    if rows[0].n_tied is None:
        return screen.labelled(
            "", "which ranks are tied can't be told: what the scores are made of is not here", room=0
        )
    first = next((row for row in rows[:n_shown] if row.n_tied), None)
    told = []
    if first is not None:
        others = screen.count(first.n_tied or 0, "other team lies", "other teams lie")
        told.append(f'"={first.n_tied}": {others} inside this row\'s rank interval (the same {noun}s)')
        if not is_cut and _is_smaller_bracket(first, rows):
            told.append("a bracket holds fewer rows: only such as are all tied with each other")
    if not is_cut:
        told.append(_leaders(rows))
    return [line for text in told for line in screen.labelled("", text, room=0)]


def _is_smaller_bracket(row: Standing, rows: Sequence[Standing]) -> bool:
    """Whether fewer rows are in the bracket of `row` than it is tied with: two numbers that look contradictory."""
    n_inside = sum(other.bracket == row.bracket for other in rows) if row.bracket else 1
    return n_inside < 1 + (row.n_tied or 0)


def _leaders(rows: Sequence[Standing]) -> str:
    """Who may be the best of all."""
    leaders = [row for row in rows if row.in_leader_group]
    if len(leaders) == 1:
        return f"clearly the best: {screen.fitted(rows[0].team, 28)}"
    if list(rows[: len(leaders)]) == leaders:
        which = f"the {len(rows)} rows" if len(leaders) == len(rows) else f"the first {len(leaders)} rows"
        return f"each of {which} may be the best: the differences between them may be luck"
    named = ", ".join(screen.fitted(row.team, 28) for row in leaders)
    return f"each of these {len(leaders)} may be the best: {named}"


def _late(here: Workspace, name: str, revealed_at: float, n: int) -> list[str]:
    """What is not in the private ranking, and where it is: whoever came later would look for the own row for ever."""
    later = f"{n} later submission is" if n == 1 else f"{n} later submissions are"
    words, command = (
        f"  opened {moment(here, revealed_at)}; {later} ranked in public only:",
        f"kit leaderboard {name} --public",
    )
    line = f"{words}   {screen.typed(command)}"
    return [line] if screen.fits([line]) else [words, f"    {screen.typed(command)}"]


def moment(here: Workspace, at: float) -> str:
    """A point in time, in unix seconds, on the clock of the course: ``21:14`` today, ``2026-11-22 21:14`` before."""
    zone = ZoneInfo(here.config.zone) if here.config.zone else None
    then = datetime.fromtimestamp(at, zone)
    return then.strftime("%H:%M" if then.date() == datetime.now(zone).date() else "%Y-%m-%d %H:%M")


def _table(
    rows: Sequence[Standing], edges: Sequence[str], public: dict[str, Standing], metric: Measure, now: float
) -> list[str]:
    """The rows with `edges` in their margin; in a terminal too narrow for them without the bars of the intervals."""
    cells = _cells(rows, public, metric, now, has_bars=True)
    head = cells[0]
    right = {head.index(name) for name in ("rank", "public", "score", "tries") if name in head}
    lines = screen.grid(cells, right=right, gap=3)
    if not screen.fits(lines):
        cells = _cells(rows, public, metric, now, has_bars=False)
        lines = screen.grid(cells, right=right, gap=3, shrinks={head.index("who"): 8})
    return [f"{edge:<2}{line[2:]}" for edge, line in zip(("", *edges), lines, strict=False)]


def _edges(rows: Sequence[Standing]) -> list[str]:
    """The brackets, as they are drawn in the margin of each row of the whole board."""
    of = [None, *(row.bracket for row in rows), None]
    for place, row in enumerate(rows, start=1):
        if not row.is_ranked and of[place - 1] == of[place + 1]:
            of[place] = of[place - 1]  # a row for comparison parts no bracket
    return [
        "" if own is None else "│" if before == own == after else "┌" if own == after else "└"
        for before, own, after in zip(of, of[1:], of[2:], strict=False)
    ]


def _cells(
    rows: Sequence[Standing], public: dict[str, Standing], metric: Measure, now: float, *, has_bars: bool
) -> list[list[str]]:
    unit = metric.unit
    widest = max((row.interval_hi - row.interval_lo for row in rows), default=0.0)
    is_private = any(row.public_rank is not None for row in rows)
    has_ties = any(row.n_tied for row in rows)
    head = ["rank", *[""] * (has_ties + is_private), *["public"] * is_private, "who", "score", "95 % interval", "tries"]
    table = [[*head, "last"]]
    for row in rows:
        ties = [f"={row.n_tied}" if row.n_tied else ""] * has_ties
        in_public = _score(public[row.team], unit) if row.team in public else ""  # which a class may not show
        before = [_moved(row), in_public] if is_private else []
        bar = screen.interval(row.interval_lo, row.interval_hi, unit, step=row.step)
        if has_bars:
            ends = row.interval_lo, row.score, row.interval_hi
            bar = screen.interval_bar(*ends, unit, widest=widest, step=row.step)
        who = screen.fitted(row.team, 28)
        tail = [_score(row, unit), bar, str(row.n_tries), screen.age(now - row.last_at)]
        table.append([str(row.rank) if row.is_ranked else "-", *ties, *before, who, *tail])
    return table


def _score(row: Standing, unit: screen.Unit) -> str:
    return screen.score(row.score, unit, step=row.step)


def _moved(row: Standing) -> str:
    if not row.moved:
        return "="
    return f"▲{row.moved}" if row.moved > 0 else f"▼{-row.moved}"
