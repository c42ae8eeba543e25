"""Submissions in one SQLite file: how a row is read, and what is written of one within a transaction of the caller."""
# ruff: noqa: S608 - what is put into the SQL are constants of this module; values are always parameters

from __future__ import annotations

import sqlite3

from leaderboard.store.base import Admit, Finished, Kept, NewSubmission, Submission, Yardstick
from leaderboard.store.database import NOW

SUBMISSION = """
    select s.id, s.competition, t.name as team, s.kind, s.name, s.blob_sha256, s.state, s.reason_code, s.message,
        s.received_at, s.finished_at, s.valid_score, s.entrant_id, s.made_at, s.late as is_late,
        s.selected as is_selected
    from submissions s join teams t on t.id = s.team_id
"""
SAME_BYTES = f"""
    {SUBMISSION}
    where s.competition = :competition and t.name = :team and s.blob_sha256 = :blob_sha256 and (
        s.state in ('queued', 'running') or s.state = 'scored' and exists (
            select 1 from scores x where x.submission_id = s.id and x.metric_code = :metric_code
                and x.metric_version = :metric_version and x.solution_sha256 = :solution_sha256))
    order by s.id limit 1
"""
# By the team's number: by its name SQLite would read the submissions of all teams, within a transaction that writes.
OF_TEAM = "where s.competition = ? and s.team_id = (select id from teams where competition = ? and name = ?)"


def next_number(c: sqlite3.Connection) -> int:
    """The next number of the counter that local runs share."""
    row = c.execute("update meta set value = value + 1 where key = 'counter' returning value").fetchone()
    return int(row["value"])


def team_id(c: sqlite3.Connection, competition: str, name: str) -> int:
    """The number of a team, which is new where nobody of it has handed in anything."""
    c.execute(
        f"insert into teams (competition, name, created_at) values (?, ?, {NOW}) on conflict do nothing",
        (competition, name),
    )
    row = c.execute("select id from teams where competition = ? and name = ?", (competition, name)).fetchone()
    return int(row["id"])


def read(row: sqlite3.Row) -> Submission:
    """A row of `SUBMISSION`."""
    return Submission(**{**row, "is_late": bool(row["is_late"]), "is_selected": bool(row["is_selected"])})


def of_client_key(c: sqlite3.Connection, new: NewSubmission) -> Submission | None:
    """What the team handed in under this key before: a request that is repeated is the same submission."""
    if new.client_key is None:
        return None
    key = (new.competition, new.competition, new.team, new.client_key)
    row = c.execute(f"{SUBMISSION} {OF_TEAM} and s.client_key = ?", key).fetchone()
    return read(row) if row is not None else None


def same_bytes(new: NewSubmission, known: Yardstick | None) -> tuple[str, dict[str, str | int | None]]:
    """SQL and its values, for the team's first submission of these bytes. Without a yardstick no score is one's."""
    key = {name: getattr(known, name, None) for name in ("metric_code", "metric_version", "solution_sha256")}
    return SAME_BYTES, {"competition": new.competition, "team": new.team, "blob_sha256": new.blob_sha256} | key


def is_late(c: sqlite3.Connection, new: NewSubmission, admit: Admit | None) -> bool:
    """Whether what is taken in is late, by whoever is asked; what it raises undoes the transaction."""
    if admit is None:
        return False
    found = c.execute(f"{SUBMISSION} {OF_TEAM} order by s.id", (new.competition, new.competition, new.team))
    rows = [read(row) for row in found]
    if new.replaces:  # what waits is about to be cancelled
        rows = [row for row in rows if row.state != "queued"]
    return admit(rows, float(c.execute(f"select {NOW}").fetchone()[0]))


def insert(c: sqlite3.Connection, new: NewSubmission, *, late: bool) -> int:
    """The number of a new submission that waits."""
    submission_id = next_number(c)
    c.execute(
        "insert into submissions (id, competition, team_id, kind, name, blob_sha256, state, client_key, entrant_id, "
        f"made_at, late, received_at) values (?, ?, ?, ?, ?, ?, 'queued', ?, ?, ?, ?, {NOW})",
        (
            submission_id,
            new.competition,
            team_id(c, new.competition, new.team),
            new.kind,
            new.name,
            new.blob_sha256,
            new.client_key,
            new.entrant_id,
            new.made_at,
            late,
        ),
    )
    return submission_id


def end(c: sqlite3.Connection, submission_id: int, finished: Finished) -> None:
    """What became of a submission, and what it leaves behind."""
    kept = {name: getattr(finished.kept, name) for name in Kept.__slots__}
    c.execute(
        f"update submissions set state = :state, reason_code = :reason_code, message = :message, finished_at = {NOW}, "
        f"{', '.join(f'{name} = :{name}' for name in kept)} where id = :id",
        {
            "id": submission_id,
            "state": finished.state,
            "reason_code": finished.reason_code,
            "message": finished.message,
            **kept,
        },
    )
