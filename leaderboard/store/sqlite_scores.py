"""The scores of a board in one SQLite file, each read once.

Scores are added, never updated or deleted (`leaderboard.store.base`, rule 4), and numbered in the order in which they
are committed. So whoever looks again reads those with higher numbers, and which submissions are chosen: that alone
changes. A board with twenty thousand of them is looked at in milliseconds.
"""
# ruff: noqa: S608 - what is put into the SQL are constants of this module; values are always parameters

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field, replace

from leaderboard.store.base import Lease, Part, Scored, ScoreRow, Yardstick
from leaderboard.store.database import NOW, Database

# In the order of the scores: `cross join` keeps SQLite from beginning with the submissions.
NEW = """
    select x.rowid as number, x.submission_id, t.name as team, s.kind, s.name, s.received_at, s.selected,
        x.value, x.interval_lo, x.interval_hi, x.n, x.terms_sha256
    from scores x cross join submissions s on s.id = x.submission_id join teams t on t.id = s.team_id
    where x.rowid > ? and s.competition = ? and x.part = ?
        and x.metric_code = ? and x.metric_version = ? and x.solution_sha256 = ?
    order by x.rowid
"""
NEWEST_YARDSTICK = """
    select x.metric_code, x.metric_version, x.solution_sha256
    from scores x cross join submissions s on s.id = x.submission_id
    where s.competition = ? order by x.rowid desc limit 1
"""
SELECTED = "select id from submissions where competition = ? and selected"
LAST = "select coalesce(max(rowid), 0) from scores"


@dataclass(slots=True)
class _Read:
    """What was read so far: the latest score of each submission, up to the score of the number `last`."""

    last: int = 0
    rows: dict[int, Scored] = field(default_factory=dict)
    selected: frozenset[int] = frozenset()
    told: tuple[Scored, ...] | None = None


class SqliteScores:
    """The scores in one file.

    Parameters
    ----------
    database
        The board's.
    """

    def __init__(self, database: Database) -> None:
        self._rows = database.rows
        self._read: dict[tuple[str, Part, Yardstick], _Read] = {}

    def newest_yardstick(self, competition: str) -> Yardstick | None:
        """As `leaderboard.store.base.Store.newest_yardstick`."""
        rows = self._rows(NEWEST_YARDSTICK, (competition,))
        return Yardstick(**rows[0]) if rows else None

    def of(self, competition: str, part: Part, yardstick: Yardstick | None) -> tuple[Scored, ...]:
        """The latest score of each submission by `yardstick`, or by the newest one, oldest submission first."""
        by = yardstick or self.newest_yardstick(competition)
        if by is None:
            return ()
        read = self._read.setdefault((competition, part, by), _Read())
        self._read_on(read, competition, part, by)
        _choose(read, frozenset(row[0] for row in self._rows(SELECTED, (competition,))))
        if read.told is None:
            read.told = tuple(read.rows[number] for number in sorted(read.rows))
        return read.told

    def _read_on(self, read: _Read, competition: str, part: Part, by: Yardstick) -> None:
        last = int(self._rows(LAST)[0][0])
        if last < read.last:  # another file lies where this one was
            read.last, read.rows, read.told = 0, {}, None
        if last == read.last:
            return
        key = (by.metric_code, by.metric_version, by.solution_sha256)
        for row in self._rows(NEW, (read.last, competition, part, *key)):
            values = {**row, "selected": bool(row["selected"])}
            last = max(last, values.pop("number"))
            read.rows[row["submission_id"]] = Scored(**values)  # one submission, scored in two environments
            read.told = None
        read.last = last


def add_score(c: sqlite3.Connection, row: ScoreRow, lease: Lease) -> None:
    """Add what the attempt of `lease` measured, within its transaction."""
    yardstick = row.yardstick
    c.execute(
        f"insert into scores values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, {NOW})",
        (
            lease.submission_id,
            yardstick.metric_code,
            yardstick.metric_version,
            yardstick.solution_sha256,
            row.environment,
            row.part,
            row.value,
            row.interval_lo,
            row.interval_hi,
            row.n,
            row.terms_sha256,
            lease.token,
        ),
    )


def _choose(read: _Read, selected: frozenset[int]) -> None:
    for number in read.rows.keys() & (selected ^ read.selected):
        read.rows[number] = replace(read.rows[number], selected=number in selected)
        read.told = None
    read.selected = selected
