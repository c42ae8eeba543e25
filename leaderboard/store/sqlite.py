"""The store in one SQLite file: the embedded default.

Here is what is one transaction, and what is read without one. What a transaction writes of submissions is in
`sqlite_submissions`, of the queue in `sqlite_jobs`; scores are in `sqlite_scores`.
"""
# ruff: noqa: D102 - `leaderboard.store.base.Store` says what each method does, once for every store
# ruff: noqa: S608 - what is put into the SQL are constants of this module; values are always parameters

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable
from pathlib import Path

from kit.job import Progress, Resources
from leaderboard.store import sqlite_jobs as jobs
from leaderboard.store import sqlite_submissions as submissions
from leaderboard.store.base import (
    LEASE_S,
    Admit,
    Blob,
    Directive,
    Event,
    Finished,
    InLine,
    Kept,
    Lease,
    Mark,
    NewSubmission,
    Refusal,
    Scored,
    Submission,
    Yardstick,
)
from leaderboard.store.connection import BUSY_TIMEOUT_S
from leaderboard.store.database import NOW, Database, record
from leaderboard.store.sqlite_scores import SqliteScores

_FORGOTTEN_S = 3600.0  # after which a worker that says nothing is not listed any more
MARK = """
    select (select coalesce(max(rowid), 0) from scores) as score,
        (select coalesce(max(id), 0) from events where action <> 'select') as event
"""
SCORED_SINCE = """
    select distinct s.competition, t.name as team
    from scores x join submissions s on s.id = x.submission_id join teams t on t.id = s.team_id where x.rowid > ?
"""


class SqliteStore:
    """Submissions, jobs, scores and the audit in one file. See `leaderboard.store.base.Store` for each method.

    Parameters
    ----------
    path
        The database; opened when first used, made when first written to.
    durable
        Whether commits survive a power cut: True for whoever takes submissions in.
    lease_s
        Seconds a claim holds without a heartbeat.
    timeout_s
        Seconds to wait for another writer.

    Notes
    -----
    One object belongs to one thread of one process.
    """

    def __init__(
        self, path: Path, *, durable: bool = True, lease_s: float = LEASE_S, timeout_s: float = BUSY_TIMEOUT_S
    ) -> None:
        self.database = Database(path, durable=durable, timeout_s=timeout_s)
        self._rows, self._transaction = self.database.rows, self.database.transaction
        self._scores = SqliteScores(self.database)
        self._lease_s = lease_s

    @property
    def path(self) -> Path:
        """The file."""
        return self.database.path

    def close(self) -> None:
        self.database.close()

    def clock(self) -> float:
        return float(self._rows(f"select {NOW}")[0][0])

    def next_number(self) -> int:
        with self._transaction() as c:
            return submissions.next_number(c)

    def keep_blobs(self, blobs: Iterable[Blob]) -> None:
        with self._transaction() as c:
            c.executemany(
                f"insert into blobs (sha256, size, media_type, created_at) values (?, ?, ?, {NOW}) "
                "on conflict (sha256) do nothing",
                [(blob.sha256, blob.size, blob.media_type) for blob in blobs],
            )

    def blob(self, sha256: str) -> Blob | None:
        rows = self._rows("select sha256, size, media_type from blobs where sha256 = ?", (sha256,))
        return Blob(**rows[0]) if rows else None

    def add(self, new: NewSubmission, *, admit: Admit | None = None) -> Submission:
        with self._transaction() as c:
            earlier = submissions.of_client_key(c, new)
            if earlier is not None:
                return earlier
            submission_id, _ = _take_in(c, new, admit)
        return self.submission(submission_id)

    def same_bytes(self, new: NewSubmission, *, known: Yardstick | None = None) -> Submission | None:
        rows = self._rows(*submissions.same_bytes(new, known))
        return submissions.read(rows[0]) if rows else None

    def add_and_claim(
        self, new: NewSubmission, worker: str, *, known: Yardstick | None = None, admit: Admit | None = None
    ) -> Lease | Submission:
        with self._transaction() as c:
            repeated = submissions.of_client_key(c, new)
            if repeated is not None:
                return repeated
            earlier = c.execute(*submissions.same_bytes(new, known)).fetchone()
            if earlier is not None:
                return submissions.read(earlier)
            _, job_id = _take_in(c, new, admit)
            lease = jobs.claim(c, job_id, worker, self._lease_s)
        assert lease is not None  # it was queued a line ago, in this transaction
        return lease

    def touch(self) -> None:
        with self._transaction():
            pass

    def claim(self, worker: str, free: Resources, *, only_files: bool = False) -> Lease | None:
        return self._reap_and_claim(jobs.NEXT, (free.cpus, free.gpus, free.memory_mib, only_files), worker)

    def claim_submission(self, submission_id: int, worker: str) -> Lease | None:
        return self._reap_and_claim(jobs.OF_SUBMISSION, (submission_id,), worker)

    def _reap_and_claim(self, which: str, parameters: tuple[int, ...], worker: str) -> Lease | None:
        if self._rows(jobs.REAP):
            with self._transaction() as c:
                jobs.put_back(c, c.execute(jobs.REAP).fetchall(), "the lease ended")
        if not self._rows(which, parameters):
            return None
        with self._transaction() as c:
            row = c.execute(which, parameters).fetchone()
            return jobs.claim(c, row["id"], worker, self._lease_s) if row is not None else None

    def heartbeat(self, lease: Lease, progress: Progress) -> Directive:
        with self._transaction() as c:
            return jobs.heartbeat(c, lease, progress, self._lease_s)

    def finish(self, lease: Lease, finished: Finished) -> None:
        with self._transaction() as c:
            jobs.finish(c, lease, finished)

    def release(self, lease: Lease, reason: str, *, counts: bool = True) -> None:
        with self._transaction() as c:
            jobs.release(c, lease, reason, counts=counts)

    def cancel(self, submission_id: int) -> bool:
        with self._transaction() as c:
            return jobs.cancel(c, submission_id)

    def holders(self) -> tuple[str, ...]:
        return tuple(row[0] for row in self._rows("select distinct worker from jobs where state = 'running'"))

    def waiting(self) -> tuple[int, ...]:
        return tuple(row[0] for row in self._rows(jobs.WAITING))

    def tokens(self) -> frozenset[str]:
        return frozenset(row[0] for row in self._rows("select token from jobs where state = 'running'"))

    def put_back(self, worker: str) -> int:
        with self._transaction() as c:
            rows = c.execute("select id from jobs where state = 'running' and worker = ?", (worker,)).fetchall()
            jobs.put_back(c, rows, "the worker died")
        return len(rows)

    def line(self) -> tuple[InLine, ...]:
        return tuple(InLine(**row) for row in self._rows(jobs.LINE))

    def run_times(self, competition: str, kind: str) -> tuple[float, ...]:
        return tuple(row["seconds"] for row in self._rows(jobs.RUN_TIMES, (competition, kind)))

    def attend(self, worker: str, *, capacity: str, version: str) -> None:
        with self._transaction() as c:
            c.execute(
                f"insert into workers (name, started_at, seen_at, capacity, version) values (?, {NOW}, {NOW}, ?, ?) "
                f"on conflict (name) do update set seen_at = {NOW}",
                (worker, capacity, version),
            )
            c.execute(f"delete from workers where seen_at < {NOW} - {_FORGOTTEN_S}")

    def n_attending(self, within_s: float) -> int:
        return int(self._rows(f"select count(*) from workers where seen_at > {NOW} - ?", (within_s,))[0][0])

    def version(self) -> int:
        if not self.database.is_open and not self.path.exists():
            return 0
        return int(self._rows("pragma data_version")[0][0])

    def mark(self) -> Mark:
        return Mark(**self._rows(MARK)[0])

    def scored_since(self, mark: Mark) -> frozenset[tuple[str, str]]:
        return frozenset((row["competition"], row["team"]) for row in self._rows(SCORED_SINCE, (mark.score,)))

    def refuse(self, refusal: Refusal) -> None:
        with self._transaction() as c:
            c.execute(
                f"insert into refusals (competition, team_id, at, size, sha256, codes) values (?, ?, {NOW}, ?, ?, ?)",
                (
                    refusal.competition,
                    submissions.team_id(c, refusal.competition, refusal.team),
                    refusal.size,
                    refusal.sha256,
                    json.dumps(refusal.codes),
                ),
            )

    def refusals(self, competition: str) -> tuple[Refusal, ...]:
        rows = self._rows(
            "select r.competition, t.name as team, r.size, r.sha256, r.codes from refusals r "
            "join teams t on t.id = r.team_id where r.competition = ? order by r.id",
            (competition,),
        )
        return tuple(Refusal(**{**row, "codes": tuple(json.loads(row["codes"]))}) for row in rows)

    def n_scored(self, competition: str) -> int:
        sql = "select count(*) from submissions where competition = ? and state = 'scored'"
        return int(self._rows(sql, (competition,))[0][0])

    def submission(self, submission_id: int) -> Submission:
        rows = self._rows(f"{submissions.SUBMISSION} where s.id = ?", (submission_id,))
        if not rows:
            raise KeyError(submission_id)
        return submissions.read(rows[0])

    def submissions(self, competition: str, *, team: str | None = None) -> tuple[Submission, ...]:
        if team is None:
            rows = self._rows(f"{submissions.SUBMISSION} where s.competition = ? order by s.id", (competition,))
        else:
            rows = self._rows(
                f"{submissions.SUBMISSION} {submissions.OF_TEAM} order by s.id", (competition, competition, team)
            )
        return tuple(submissions.read(row) for row in rows)

    def select(self, competition: str, team: str, numbers: Collection[int]) -> None:
        with self._transaction() as c:
            c.execute(
                "update submissions set selected = (id in (select value from json_each(?))) where competition = ? "
                "and team_id = (select id from teams where competition = ? and name = ?)",
                (json.dumps(sorted(numbers)), competition, competition, team),
            )

    def kept(self, submission_id: int) -> Kept:
        rows = self._rows(f"select {', '.join(Kept.__slots__)} from submissions where id = ?", (submission_id,))
        if not rows:
            raise KeyError(submission_id)
        return Kept(**rows[0])

    def newest_yardstick(self, competition: str) -> Yardstick | None:
        return self._scores.newest_yardstick(competition)

    def public_scores(self, competition: str, yardstick: Yardstick | None = None) -> tuple[Scored, ...]:
        return self._scores.of(competition, "public", yardstick)

    def private_scores(self, competition: str, yardstick: Yardstick | None = None) -> tuple[Scored, ...]:
        return self._scores.of(competition, "private", yardstick)

    def record(self, *, actor: str, action: str, about: str, detail: str = "{}", once: bool = False) -> None:
        with self._transaction() as c:
            seen = c.execute("select 1 from events where object = ? and action = ?", (about, action)).fetchone()
            if seen is None or not once:
                record(c, actor=actor, action=action, about=about, detail=detail)

    def events(self, *, action: str, about: str) -> tuple[Event, ...]:
        rows = self._rows(
            "select at, actor, action, object as about, detail from events where object = ? and action = ? order by id",
            (about, action),
        )
        return tuple(Event(**row) for row in rows)

    def audit(self, *, about: str | None = None, newest: int | None = None) -> tuple[Event, ...]:
        rows = self._rows(
            "select at, actor, action, object as about, detail from events where ? is null or object = ? "
            "order by id desc limit ?",
            (about, about, -1 if newest is None else newest),
        )
        return tuple(Event(**row) for row in reversed(rows))


def _take_in(c: sqlite3.Connection, new: NewSubmission, admit: Admit | None) -> tuple[int, int]:
    """Numbers of the new submission and of its job."""
    late = submissions.is_late(c, new, admit)
    if new.replaces:
        jobs.cancel_waiting(c, new.competition, new.team)
    submission_id = submissions.insert(c, new, late=late)
    return submission_id, jobs.queue(c, submission_id, new)
