"""The store in one SQLite file: the embedded default."""
# ruff: noqa: D102 - `leaderboard.store.base.Store` says what each method does, once for every store
# ruff: noqa: S608 - what is put into the SQL are constants of this module; values are always parameters

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Collection, Iterable
from pathlib import Path

from kit.errors import LeaseLostError, Problem
from kit.job import Progress, Resources, encode
from leaderboard.store.base import (
    INFRASTRUCTURE,
    LEASE_S,
    MAX_ATTEMPTS,
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
    ScoreRow,
    Submission,
    Yardstick,
)
from leaderboard.store.connection import BUSY_TIMEOUT_S
from leaderboard.store.database import NOW, Database, record
from leaderboard.store.sqlite_scores import SqliteScores

REAP = f"select id from jobs where state = 'running' and lease_until < {NOW}"
WAITING = f"""
    select submission_id from jobs where state = 'queued'
    union select submission_id from jobs where state = 'running' and lease_until < {NOW} order by submission_id
"""
# Round-robin: of the teams that wait and have nothing running, the one whose last turn is the longest ago.
NEXT = """
    with waiting as (
        select j.id, j.priority, t.name from jobs j
            join submissions s on s.id = j.submission_id join teams t on t.id = s.team_id
        where j.state = 'queued' and j.cpus <= ? and j.gpus <= ? and j.memory_mib <= ? and (j.kind = 'score' or not ?)
    ), busy as (
        select t.name from jobs j join submissions s on s.id = j.submission_id join teams t on t.id = s.team_id
        where j.state = 'running'
    ), turns as (
        select name, (
            select max(s.claimed_at) from teams t join submissions s on s.team_id = t.id where t.name = w.name
        ) as at from waiting w group by name
    )
    select w.id from waiting w join turns on turns.name = w.name
    where w.name not in (select name from busy)
    order by w.priority desc, turns.at, w.id limit 1
"""
LINE = """
    select j.submission_id, s.competition, t.name as team, s.kind, s.name, j.state, j.queued_at, j.started_at,
        j.worker, j.time_limit_s, j.progress,
        (select max(x.claimed_at) from submissions x where x.team_id = s.team_id) as turn_at
    from jobs j join submissions s on s.id = j.submission_id join teams t on t.id = s.team_id
    where j.state in ('queued', 'running') order by j.state = 'queued', j.priority desc, j.id
"""
RUN_TIMES = """
    select a.ended_at - a.started_at as seconds
    from jobs j join submissions s on s.id = j.submission_id
        join attempts a on a.job_id = j.id and a.n = j.attempts
    where s.competition = ? and s.kind = ? and j.state in ('scored', 'failed') and a.ended_at is not null
    order by j.id desc limit 20
"""
OF_SUBMISSION = "select id from jobs where state = 'queued' and submission_id = ? order by priority desc, id limit 1"
CLAIM = f"""
    update jobs set state = 'running', worker = ?, token = ?, attempts = attempts + 1, cancel_requested = 0,
        lease_until = {NOW} + ?, started_at = coalesce(started_at, {NOW})
    where id = ? and state = 'queued'
"""
LEASE = """
    select j.id as job_id, j.submission_id, s.competition, j.kind, j.token, j.worker, j.attempts as attempt,
        j.time_limit_s
    from jobs j join submissions s on s.id = j.submission_id where j.id = ?
"""
SUBMISSION = """
    select s.id, s.competition, t.name as team, s.kind, s.name, s.blob_sha256, s.state, s.reason_code, s.message,
        s.received_at, s.finished_at, s.valid_score, s.entrant_id, s.made_at, s.late as is_late,
        s.selected as is_selected
    from submissions s join teams t on t.id = s.team_id
"""
SAME_BYTES = """
    where s.competition = :competition and t.name = :team and s.blob_sha256 = :blob_sha256 and (
        s.state in ('queued', 'running') or s.state = 'scored' and exists (
            select 1 from scores x where x.submission_id = s.id and x.metric_code = :metric_code
                and x.metric_version = :metric_version and x.solution_sha256 = :solution_sha256))
    order by s.id limit 1
"""


_FORGOTTEN_S = 3600.0  # after which a worker that says nothing is not listed any more
# By the team's number: by its name SQLite would read the submissions of all teams, within a transaction that writes.
OF_TEAM = "where s.competition = ? and s.team_id = (select id from teams where competition = ? and name = ?)"
OWN_QUEUED = """
    select j.id, j.submission_id from jobs j join submissions s on s.id = j.submission_id
        join teams t on t.id = s.team_id
    where j.state = 'queued' and s.competition = ? and t.name = ?
"""
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
            return _next_number(c)

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
            earlier = _of_client_key(c, new)
            if earlier is not None:
                return earlier
            submission_id, _ = _add(c, new, is_late=_admitted(c, new, admit))
        return self.submission(submission_id)

    def same_bytes(self, new: NewSubmission, *, known: Yardstick | None = None) -> Submission | None:
        rows = self._rows(SUBMISSION + SAME_BYTES, _bytes_of(new, known))
        return _submission(rows[0]) if rows else None

    def add_and_claim(
        self, new: NewSubmission, worker: str, *, known: Yardstick | None = None, admit: Admit | None = None
    ) -> Lease | Submission:
        with self._transaction() as c:
            repeated = _of_client_key(c, new)
            if repeated is not None:
                return repeated
            earlier = c.execute(SUBMISSION + SAME_BYTES, _bytes_of(new, known)).fetchone()
            if earlier is not None:
                return _submission(earlier)
            _, job_id = _add(c, new, is_late=_admitted(c, new, admit))
            lease = self._claim(c, job_id, worker)
        assert lease is not None  # it was queued a line ago, in this transaction
        return lease

    def touch(self) -> None:
        with self._transaction():
            pass

    def claim(self, worker: str, free: Resources, *, only_files: bool = False) -> Lease | None:
        return self._reap_and_claim(NEXT, (free.cpus, free.gpus, free.memory_mib, only_files), worker)

    def claim_submission(self, submission_id: int, worker: str) -> Lease | None:
        return self._reap_and_claim(OF_SUBMISSION, (submission_id,), worker)

    def _reap_and_claim(self, which: str, parameters: tuple[int, ...], worker: str) -> Lease | None:
        if self._rows(REAP):
            with self._transaction() as c:
                _put_back(c, c.execute(REAP).fetchall(), "the lease ended")
        if not self._rows(which, parameters):
            return None
        with self._transaction() as c:
            row = c.execute(which, parameters).fetchone()
            return self._claim(c, row["id"], worker) if row is not None else None

    def _claim(self, c: sqlite3.Connection, job_id: int, worker: str) -> Lease | None:
        token = os.urandom(16).hex()
        if not c.execute(CLAIM, (worker, token, self._lease_s, job_id)).rowcount:
            return None
        lease = Lease(**c.execute(LEASE, (job_id,)).fetchone())
        c.execute(
            f"update submissions set state = 'running', claimed_at = coalesce(claimed_at, {NOW}) where id = ?",
            (lease.submission_id,),
        )
        c.execute(
            f"insert into attempts (job_id, n, worker, token, started_at) values (?, ?, ?, ?, {NOW})",
            (job_id, lease.attempt, worker, token),
        )
        return lease

    def heartbeat(self, lease: Lease, progress: Progress) -> Directive:
        with self._transaction() as c:
            row = c.execute(
                f"update jobs set lease_until = {NOW} + ?, progress = ? "
                "where id = ? and token = ? and state = 'running' returning cancel_requested",
                (self._lease_s, encode(progress), lease.job_id, lease.token),
            ).fetchone()
            if row is None:
                raise _lost(lease)
        return Directive.CANCEL if row["cancel_requested"] else Directive.CONTINUE

    def finish(self, lease: Lease, finished: Finished) -> None:
        with self._transaction() as c:
            job = c.execute("select state, token from jobs where id = ?", (lease.job_id,)).fetchone()
            if job is None or job["token"] != lease.token:
                raise _lost(lease)
            if job["state"] != "running":
                return  # handed in before, by this very attempt
            for row in finished.scores:
                _add_score(c, row, lease)
            _end_submission(c, lease.submission_id, finished)
            _end_job(c, lease.job_id, finished.state, finished.reason_code)
            _end_attempt(c, lease.token, finished.exit or finished.state, finished.usage)

    def release(self, lease: Lease, reason: str, *, counts: bool = True) -> None:
        with self._transaction() as c:
            rows = c.execute(
                "select id from jobs where id = ? and token = ? and state = 'running'", (lease.job_id, lease.token)
            ).fetchall()
            if not rows:
                raise _lost(lease)
            if not counts:
                c.execute("update jobs set max_attempts = max_attempts + 1 where id = ?", (lease.job_id,))
            _put_back(c, rows, reason)

    def cancel(self, submission_id: int) -> bool:
        with self._transaction() as c:
            if c.execute(
                "update jobs set cancel_requested = 1 where submission_id = ? and state = 'running'", (submission_id,)
            ).rowcount:
                return True
            queued = c.execute(OF_SUBMISSION, (submission_id,)).fetchone()
            if queued is None:
                return False
            _end_submission(c, submission_id, Finished(state="cancelled"))
            _end_job(c, queued["id"], "cancelled", None)
        return True

    def holders(self) -> tuple[str, ...]:
        return tuple(row[0] for row in self._rows("select distinct worker from jobs where state = 'running'"))

    def waiting(self) -> tuple[int, ...]:
        return tuple(row[0] for row in self._rows(WAITING))

    def tokens(self) -> frozenset[str]:
        return frozenset(row[0] for row in self._rows("select token from jobs where state = 'running'"))

    def put_back(self, worker: str) -> int:
        with self._transaction() as c:
            rows = c.execute("select id from jobs where state = 'running' and worker = ?", (worker,)).fetchall()
            _put_back(c, rows, "the worker died")
        return len(rows)

    def line(self) -> tuple[InLine, ...]:
        return tuple(InLine(**row) for row in self._rows(LINE))

    def run_times(self, competition: str, kind: str) -> tuple[float, ...]:
        return tuple(row["seconds"] for row in self._rows(RUN_TIMES, (competition, kind)))

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
                    _team_id(c, refusal.competition, refusal.team),
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
        rows = self._rows(SUBMISSION + "where s.id = ?", (submission_id,))
        if not rows:
            raise KeyError(submission_id)
        return _submission(rows[0])

    def submissions(self, competition: str, *, team: str | None = None) -> tuple[Submission, ...]:
        if team is None:
            rows = self._rows(f"{SUBMISSION} where s.competition = ? order by s.id", (competition,))
        else:
            rows = self._rows(f"{SUBMISSION} {OF_TEAM} order by s.id", (competition, competition, team))
        return tuple(_submission(row) for row in rows)

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


def _next_number(c: sqlite3.Connection) -> int:
    row = c.execute("update meta set value = value + 1 where key = 'counter' returning value").fetchone()
    return int(row["value"])


def _team_id(c: sqlite3.Connection, competition: str, name: str) -> int:
    c.execute(
        f"insert into teams (competition, name, created_at) values (?, ?, {NOW}) on conflict do nothing",
        (competition, name),
    )
    row = c.execute("select id from teams where competition = ? and name = ?", (competition, name)).fetchone()
    return int(row["id"])


def _of_client_key(c: sqlite3.Connection, new: NewSubmission) -> Submission | None:
    """What the team handed in under this key before: a request that is repeated is the same submission."""
    if new.client_key is None:
        return None
    key = (new.competition, new.competition, new.team, new.client_key)
    row = c.execute(f"{SUBMISSION} {OF_TEAM} and s.client_key = ?", key).fetchone()
    return _submission(row) if row is not None else None


def _bytes_of(new: NewSubmission, known: Yardstick | None) -> dict[str, str | int | None]:
    """What `SAME_BYTES` asks for. Without a yardstick no score is one's."""
    key = {name: getattr(known, name, None) for name in ("metric_code", "metric_version", "solution_sha256")}
    return {"competition": new.competition, "team": new.team, "blob_sha256": new.blob_sha256} | key


def _submission(row: sqlite3.Row) -> Submission:
    return Submission(**{**row, "is_late": bool(row["is_late"]), "is_selected": bool(row["is_selected"])})


def _admitted(c: sqlite3.Connection, new: NewSubmission, admit: Admit | None) -> bool:
    """Whether what is taken in is late, by whoever is asked; what it raises undoes the transaction."""
    if admit is None:
        return False
    found = c.execute(f"{SUBMISSION} {OF_TEAM} order by s.id", (new.competition, new.competition, new.team))
    rows = [_submission(row) for row in found]
    if new.replaces:  # what waits is about to be cancelled
        rows = [row for row in rows if row.state != "queued"]
    return admit(rows, float(c.execute(f"select {NOW}").fetchone()[0]))


def _add(c: sqlite3.Connection, new: NewSubmission, *, is_late: bool) -> tuple[int, int]:
    """Numbers of the new submission and of its job."""
    if new.replaces:
        for row in c.execute(OWN_QUEUED, (new.competition, new.team)).fetchall():
            _end_submission(c, row["submission_id"], Finished(state="cancelled"))
            _end_job(c, row["id"], "cancelled", "replaced")
    submission_id = _next_number(c)
    c.execute(
        "insert into submissions (id, competition, team_id, kind, name, blob_sha256, state, client_key, entrant_id, "
        f"made_at, late, received_at) values (?, ?, ?, ?, ?, ?, 'queued', ?, ?, ?, ?, {NOW})",
        (
            submission_id,
            new.competition,
            _team_id(c, new.competition, new.team),
            new.kind,
            new.name,
            new.blob_sha256,
            new.client_key,
            new.entrant_id,
            new.made_at,
            is_late,
        ),
    )
    job = c.execute(
        "insert into jobs (submission_id, kind, cpus, gpus, memory_mib, time_limit_s, state, max_attempts, queued_at) "
        f"values (?, ?, ?, ?, ?, ?, 'queued', ?, {NOW}) returning id",
        (
            submission_id,
            "score" if new.kind == "csv" else "run",
            new.resources.cpus,
            new.resources.gpus,
            new.resources.memory_mib,
            new.time_limit_s,
            MAX_ATTEMPTS,
        ),
    ).fetchone()
    return submission_id, int(job["id"])


def _add_score(c: sqlite3.Connection, row: ScoreRow, lease: Lease) -> None:
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


def _end_submission(c: sqlite3.Connection, submission_id: int, finished: Finished) -> None:
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


def _end_job(c: sqlite3.Connection, job_id: int, state: str, reason: str | None) -> None:
    # The token stays: a repeat of this very attempt is told from a late one by it.
    c.execute(
        f"update jobs set state = ?, reason = ?, finished_at = {NOW}, lease_until = null where id = ?",
        (state, reason, job_id),
    )


def _end_attempt(c: sqlite3.Connection, token: str, how: str, usage: str) -> None:
    c.execute(f"update attempts set ended_at = {NOW}, exit = ?, usage = ? where token = ?", (how, usage, token))


def _put_back(c: sqlite3.Connection, rows: Iterable[sqlite3.Row], reason: str) -> None:
    """Running jobs go back to queued; those out of attempts, or asked to stop, are over."""
    for row in rows:
        job = c.execute("select * from jobs where id = ?", (row["id"],)).fetchone()
        _end_attempt(c, job["token"], reason, "{}")
        if job["cancel_requested"]:
            _give_up(c, job, Finished(state="cancelled"))
        elif job["attempts"] >= job["max_attempts"]:
            _give_up(c, job, Finished(state="failed", reason_code=INFRASTRUCTURE))
        else:
            c.execute(
                "update jobs set state = 'queued', worker = null, token = null, lease_until = null, reason = ? "
                "where id = ?",
                (reason, job["id"]),
            )
            c.execute("update submissions set state = 'queued' where id = ?", (job["submission_id"],))


def _give_up(c: sqlite3.Connection, job: sqlite3.Row, finished: Finished) -> None:
    _end_submission(c, job["submission_id"], finished)
    _end_job(c, job["id"], finished.state, finished.reason_code)
    c.execute("update jobs set token = null where id = ?", (job["id"],))  # whoever held it is late for good


def _lost(lease: Lease) -> LeaseLostError:
    return LeaseLostError(
        Problem(
            code="E707",
            message=f"s{lease.submission_id} is being worked on by another process by now",
            why="This one did not answer for a while (was the computer asleep?). Nothing is lost, or scored twice.",
            fix="kit leaderboard   shows the score when it is there",
        )
    )
