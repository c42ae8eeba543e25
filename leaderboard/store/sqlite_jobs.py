"""The queue in one SQLite file: how a job is found, and what becomes of it within a transaction of the caller.

Rules 1, 2, 3, 5 and 6 of `leaderboard.store.base` are kept here: states, tokens, one end, leases and attempts.
"""
# ruff: noqa: S608 - what is put into the SQL are constants of this module; values are always parameters

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable

from kit.errors import LeaseLostError, Problem
from kit.job import Progress, encode
from leaderboard.store import sqlite_submissions as submissions
from leaderboard.store.base import INFRASTRUCTURE, MAX_ATTEMPTS, Directive, Finished, Lease, NewSubmission
from leaderboard.store.database import NOW
from leaderboard.store.sqlite_scores import add_score

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
OWN_QUEUED = """
    select j.id, j.submission_id from jobs j join submissions s on s.id = j.submission_id
        join teams t on t.id = s.team_id
    where j.state = 'queued' and s.competition = ? and t.name = ?
"""
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


def queue(c: sqlite3.Connection, submission_id: int, new: NewSubmission) -> int:
    """The number of the job of a submission that was taken in."""
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
    return int(job["id"])


def claim(c: sqlite3.Connection, job_id: int, worker: str, lease_s: float) -> Lease | None:
    """The right to work on a job for `lease_s`; None where it does not wait any more."""
    token = os.urandom(16).hex()
    if not c.execute(CLAIM, (worker, token, lease_s, job_id)).rowcount:
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


def heartbeat(c: sqlite3.Connection, lease: Lease, progress: Progress, lease_s: float) -> Directive:
    """Extend the lease by `lease_s` and note the progress."""
    row = c.execute(
        f"update jobs set lease_until = {NOW} + ?, progress = ? "
        "where id = ? and token = ? and state = 'running' returning cancel_requested",
        (lease_s, encode(progress), lease.job_id, lease.token),
    ).fetchone()
    if row is None:
        raise _lost(lease)
    return Directive.CANCEL if row["cancel_requested"] else Directive.CONTINUE


def finish(c: sqlite3.Connection, lease: Lease, finished: Finished) -> None:
    """The end of a job, with its scores."""
    job = c.execute("select state, token from jobs where id = ?", (lease.job_id,)).fetchone()
    if job is None or job["token"] != lease.token:
        raise _lost(lease)
    if job["state"] != "running":
        return  # handed in before, by this very attempt
    for row in finished.scores:
        add_score(c, row, lease)
    submissions.end(c, lease.submission_id, finished)
    _end(c, lease.job_id, finished.state, finished.reason_code)
    _end_attempt(c, lease.token, finished.exit or finished.state, finished.usage)


def release(c: sqlite3.Connection, lease: Lease, reason: str, *, counts: bool) -> None:
    """Give a job up; where that `counts` not, it has one more attempt."""
    rows = c.execute(
        "select id from jobs where id = ? and token = ? and state = 'running'", (lease.job_id, lease.token)
    ).fetchall()
    if not rows:
        raise _lost(lease)
    if not counts:
        c.execute("update jobs set max_attempts = max_attempts + 1 where id = ?", (lease.job_id,))
    put_back(c, rows, reason)


def cancel(c: sqlite3.Connection, submission_id: int) -> bool:
    """End a job that waits, ask the worker of one that runs to stop; False where it is over."""
    if c.execute(
        "update jobs set cancel_requested = 1 where submission_id = ? and state = 'running'", (submission_id,)
    ).rowcount:
        return True
    queued = c.execute(OF_SUBMISSION, (submission_id,)).fetchone()
    if queued is None:
        return False
    _cancel_queued(c, queued["id"], submission_id, None)
    return True


def cancel_waiting(c: sqlite3.Connection, competition: str, team: str) -> None:
    """Cancel what of a team still waits: something newer is handed in in its place."""
    for row in c.execute(OWN_QUEUED, (competition, team)).fetchall():
        _cancel_queued(c, row["id"], row["submission_id"], "replaced")


def _cancel_queued(c: sqlite3.Connection, job_id: int, submission_id: int, reason: str | None) -> None:
    submissions.end(c, submission_id, Finished(state="cancelled"))
    _end(c, job_id, "cancelled", reason)


def put_back(c: sqlite3.Connection, rows: Iterable[sqlite3.Row], reason: str) -> None:
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
    submissions.end(c, job["submission_id"], finished)
    _end(c, job["id"], finished.state, finished.reason_code)
    c.execute("update jobs set token = null where id = ?", (job["id"],))  # whoever held it is late for good


def _end(c: sqlite3.Connection, job_id: int, state: str, reason: str | None) -> None:
    # The token stays: a repeat of this very attempt is told from a late one by it.
    c.execute(
        f"update jobs set state = ?, reason = ?, finished_at = {NOW}, lease_until = null where id = ?",
        (state, reason, job_id),
    )


def _end_attempt(c: sqlite3.Connection, token: str, how: str, usage: str) -> None:
    c.execute(f"update attempts set ended_at = {NOW}, exit = ?, usage = ? where token = ?", (how, usage, token))


def _lost(lease: Lease) -> LeaseLostError:
    return LeaseLostError(
        Problem(
            code="E707",
            message=f"s{lease.submission_id} is being worked on by another process by now",
            why="This one did not answer for a while (was the computer asleep?). Nothing is lost, or scored twice.",
            fix="kit leaderboard   shows the score when it is there",
        )
    )
