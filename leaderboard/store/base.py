"""The contract of the store and of the queue inside it.

Who may call: any number of processes and threads on one machine at once, each with a connection of its own.

1. A submission and its job go through the states queued -> running -> scored | failed | cancelled, never back but
   from running to queued when a worker gave up or died.
2. A claim gives a new token. Every later write of that attempt names the token; if another attempt owns the job by
   then, `LeaseLostError` is raised and **nothing** was written.
3. `finish` changes scores, job and submission in one transaction. It happens once: a repeat with the same token
   changes nothing, one with an older token raises.
4. Scores are added, never updated or deleted. Blobs are never changed. The audit (`events`) only grows.
5. Time is the database's clock. A lease ends `LEASE_S` after the last heartbeat; every claim reaps first.
6. Attempts are counted when a job is claimed. The third worker that dies on a job makes it failed, reason
   ``infrastructure``: that uses no try.
7. Blobs are on disk before the row that names them. A crash leaves at most a file nobody names.
8. Errors are `StorageError`: E702 locked, E703 full, E704 damaged, E705 newer schema, E706 can't be written or opened,
   E708 unfit file system. After each of them the store is as it was before the call.
9. Private scores are read by `private_scores` alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal, Protocol

from kit.job import Outcome, Progress, Resources

LEASE_S = 30.0
HEARTBEAT_S = 10.0
State = Literal["queued", "running", "scored", "failed", "cancelled"]
Part = Literal["public", "private"]


class Directive(Enum):
    """What a heartbeat answers."""

    CONTINUE = "continue"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to work on one job until the lease ends."""

    job_id: int
    submission_id: int
    competition: str
    kind: Literal["score", "run"]
    token: str
    worker: str
    attempt: int
    time_limit_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSubmission:
    """What is known when a submission is taken in."""

    competition: str
    team: str
    kind: Literal["csv", "plugin"]
    name: str
    blob_sha256: str
    resources: Resources
    time_limit_s: float
    client_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A submission as it stands. Holds no private score."""

    id: int
    competition: str
    team: str
    kind: Literal["csv", "plugin"]
    name: str
    blob_sha256: str
    state: State
    reason_code: str | None
    message: str | None
    received_at: float
    finished_at: float | None
    valid_score: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRow:
    """One score of one part, with its 95 % interval."""

    submission_id: int
    metric_code: str
    metric_version: int
    solution_sha256: str
    environment: str
    part: Part
    value: float
    interval_lo: float
    interval_hi: float
    n: int
    terms_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Blobs that a finished run leaves behind, each None where there is none."""

    predictions_sha256: str | None = None
    train_predictions_sha256: str | None = None
    valid_predictions_sha256: str | None = None
    model_sha256: str | None = None
    run_sha256: str | None = None
    log_sha256: str | None = None
    valid_score: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The end of a job: what one transaction writes."""

    state: Literal["scored", "failed", "cancelled"]
    reason_code: str | None = None
    message: str | None = None
    scores: tuple[ScoreRow, ...] = ()
    kept: Kept = Kept()
    exit: str = ""
    usage: str = "{}"


class JobSource(Protocol):
    """Where a worker gets jobs and hands in what became of them."""

    def claim(self, worker: str, free: Resources) -> Lease | None:
        """The next job that fits into `free`, or None."""

    def stage(self, lease: Lease) -> str:
        """Write the job's folder, named by the token, and return its path; `run` jobs only."""

    def heartbeat(self, lease: Lease, progress: Progress) -> Directive:
        """Extend the lease. Raises `LeaseLostError`."""

    def finish(self, lease: Lease, outcome: Outcome) -> None:
        """Hand in the end of a job: fenced by the token, idempotent."""

    def release(self, lease: Lease, reason: str) -> None:
        """Infrastructure failed: back to queued, or failed after the last attempt."""
