"""The contract of the store and of the queue inside it.

Who may call: any number of processes and threads on one machine at once, each with a `Store` of its own.

1. A submission and its job go through the states queued -> running -> scored | failed | cancelled, never back but
   from running to queued when a worker gave up or died.
2. A claim gives a new token. Every later write of that attempt names the token; if another attempt owns the job by
   then, `LeaseLostError` is raised and **nothing** was written.
3. `finish` changes scores, job and submission in one transaction. It happens once: a repeat with the same token
   changes nothing, one with an older token raises.
4. Scores are added, never updated or deleted. Blobs are never changed. The audit (`events`) only grows.
5. Time is the database's clock. A lease ends `LEASE_S` after the last heartbeat; every claim reaps first.
6. Attempts are counted when a job is claimed. The third worker that dies on a job makes it failed, reason
   ``infrastructure``: that uses no try. A worker that stops and gives its job back in order is no dead one.
7. Blobs are on disk before the row that names them. A crash leaves at most a file nobody names.
8. Errors are `StorageError`: E702 locked, E703 full, E704 damaged, E705 newer schema, E706 can't be written or opened,
   E708 unfit file system. After each of them the store is as it was before the call.
9. Private scores are read by `private_scores` alone.
10. Reading a store that nobody has written to finds it empty, and makes nothing.

`leaderboard.testing.StoreCase` checks them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Literal, Protocol

from kit.errors import Problem
from kit.job import Outcome, Progress, Resources, decode

LEASE_S = 30.0
HEARTBEAT_S = 10.0
MAX_ATTEMPTS = 3
INFRASTRUCTURE = "infrastructure"
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
    """What is known when a submission is taken in.

    With a `client_key` that the team has used before, it is that earlier submission, whatever else is said. With
    `replaces`, those of the team to this competition that still wait are cancelled.
    """

    competition: str
    team: str
    kind: Literal["csv", "plugin"]
    name: str
    blob_sha256: str
    resources: Resources
    time_limit_s: float
    client_key: str | None = None
    replaces: bool = False
    entrant_id: int | None = None
    """Who of the team sent it, on a class board."""
    made_at: float | None = None
    """When it was sent by the sender's own clock, unix seconds, where it waited on the way. Decides nothing."""


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
    entrant_id: int | None = None
    made_at: float | None = None
    is_late: bool = False
    is_selected: bool = False

    @property
    def is_over(self) -> bool:
        """Whether it was scored, failed or was cancelled."""
        return self.state not in ("queued", "running")

    @property
    def problem(self) -> Problem | None:
        """What was wrong with it, as it was told to the entrant."""
        return decode(Problem, self.message) if self.message else None


@dataclass(frozen=True, slots=True, kw_only=True)
class InLine:
    """A submission that waits or is worked on. `turn_at` is when its team last had a turn; `progress` is JSON."""

    submission_id: int
    competition: str
    team: str
    kind: Literal["csv", "plugin"]
    name: str
    state: Literal["queued", "running"]
    queued_at: float
    started_at: float | None
    worker: str | None
    time_limit_s: float
    progress: str | None
    turn_at: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How far scores and the audit have grown: two numbers that only go up.

    What a team has chosen is left out of the audit here: nobody else sees anything of it before the reveal, nor that it
    chose something.
    """

    score: int
    event: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Yardstick:
    """What a score was measured with. Scores of different yardsticks can't be compared."""

    metric_code: str
    metric_version: int
    solution_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One part's score of a submission, with what standings need to know of it.

    `terms_sha256` names the blob of what its statistics are made of.
    """

    submission_id: int
    team: str
    kind: Literal["csv", "plugin"]
    name: str
    received_at: float
    selected: bool
    value: float
    interval_lo: float
    interval_hi: float
    n: int
    terms_sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What a refused file leaves behind: neither number nor bytes."""

    competition: str
    team: str
    size: int
    sha256: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """Bytes that are kept under ``objects/<sha256>``."""

    sha256: str
    size: int
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the audit."""

    at: float
    actor: str
    action: str
    about: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRow:
    """One score of one part, with its 95 % interval."""

    yardstick: Yardstick
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
    replay_sha256: str | None = None
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


Admit = Callable[[Sequence[Submission], float], bool]
"""Whether a submission is late: asked with the team's submissions so far, oldest first, and the time by the store.

It is asked inside the transaction that takes the submission in, so that two at the same moment can't both have the
last try; what it raises leaves the store as it was.
"""


class JobSource(Protocol):
    """Where a worker gets jobs and hands in what became of them. Solutions stay on the source's side."""

    def claim(self, worker: str, free: Resources) -> Lease | None:
        """The next job that fits into `free`, or None."""

    def stage(self, lease: Lease) -> Path:
        """Write the job's folder, named by the token, and return its path; ``run`` jobs only."""

    def heartbeat(self, lease: Lease, progress: Progress) -> Directive:
        """Extend the lease. Raises `LeaseLostError`."""

    def finish(self, lease: Lease, outcome: Outcome) -> None:
        """Hand in the end of a job: fenced by the token, idempotent. Raises `LeaseLostError`."""

    def release(self, lease: Lease, reason: str, *, counts: bool = True) -> None:
        """As `Store.release`."""


class Store(Protocol):
    """Submissions, jobs, scores and the audit. Every method raises `StorageError` (rule 8) beside what it names."""

    def clock(self) -> float:
        """Unix seconds, UTC, by the database."""

    def next_number(self) -> int:
        """A new number of the counter that submissions and local runs share."""

    def keep_blobs(self, blobs: Iterable[Blob]) -> None:
        """Note blobs that are on disk by now. Known ones stay as they are."""

    def blob(self, sha256: str) -> Blob | None:
        """What is known of a blob."""

    def add(self, new: NewSubmission, *, admit: Admit | None = None) -> Submission:
        """Take in a submission and queue its job, in one transaction. Its blob must be known.

        `admit` is not asked where an earlier submission is returned. What it raises is raised.
        """

    def same_bytes(self, new: NewSubmission, *, known: Yardstick | None = None) -> Submission | None:
        """The first submission of the team with these bytes that waits, runs, or was scored with the yardstick `known`.

        None where there is none: then it is worth a job.
        """

    def add_and_claim(
        self, new: NewSubmission, worker: str, *, known: Yardstick | None = None, admit: Admit | None = None
    ) -> Lease | Submission:
        """Take in a submission, queue its job and claim it, in one transaction.

        Where the team has handed in the same bytes before, and they wait, run, or were scored with the yardstick
        `known`, nothing is added and the earlier `Submission` is returned in place of a lease; `admit` is not asked
        then. What `admit` raises is raised.
        """

    def touch(self) -> None:
        """Write nothing, as a write: raises `StorageError` where nothing can be taken in now."""

    def claim(self, worker: str, free: Resources, *, only_files: bool = False) -> Lease | None:
        """Reap, then claim the next job that fits into `free`, or None; with `only_files` none that runs code.

        By priority; of equal ones the team whose last turn is the longest ago comes first, with its oldest. A team
        has one job running at a time, so that nobody waits for a second one of another.
        """

    def claim_submission(self, submission_id: int, worker: str) -> Lease | None:
        """Reap, then claim the job of this submission, or None if it is not queued."""

    def heartbeat(self, lease: Lease, progress: Progress) -> Directive:
        """Extend the lease and note the progress. Raises `LeaseLostError`."""

    def finish(self, lease: Lease, finished: Finished) -> None:
        """Write the end of a job in one transaction; a repeat with the same token changes nothing.

        Raises
        ------
        LeaseLostError
            If another attempt owns the job, or owned it last.
        """

    def release(self, lease: Lease, reason: str, *, counts: bool = True) -> None:
        """Give a job up: back to queued, or failed after the last attempt. Raises `LeaseLostError`.

        Where it `counts` not, the job has one more attempt than others: it was given up through no fault of its own.
        """

    def cancel(self, submission_id: int) -> bool:
        """Cancel a queued submission, or ask the worker of a running one to stop; False if it is over."""

    def holders(self) -> tuple[str, ...]:
        """Names of the workers that hold running jobs."""

    def waiting(self) -> tuple[int, ...]:
        """Submissions whose jobs nobody works on, queued or with a lease that has ended; oldest first."""

    def tokens(self) -> frozenset[str]:
        """Tokens of the running jobs."""

    def put_back(self, worker: str) -> int:
        """Put back the jobs of a worker that is known to be dead; how many there were."""

    def line(self) -> tuple[InLine, ...]:
        """What runs and what waits: running ones first, then by age."""

    def run_times(self, competition: str, kind: str) -> tuple[float, ...]:
        """Seconds that the latest jobs of this kind took, at most twenty, newest first."""

    def attend(self, worker: str, *, capacity: str, version: str) -> None:
        """Note that a worker lives. `capacity` is JSON of `Resources`, `version` that of its kit."""

    def n_attending(self, within_s: float) -> int:
        """How many workers have said so within that time."""

    def version(self) -> int:
        """A number that is another one after somebody else has written. Costs next to nothing."""

    def mark(self) -> Mark:
        """How far scores and the audit have grown."""

    def scored_since(self, mark: Mark) -> frozenset[tuple[str, str]]:
        """(competition, team) of the scores that there have been since."""

    def refuse(self, refusal: Refusal) -> None:
        """Note a refused file."""

    def refusals(self, competition: str) -> tuple[Refusal, ...]:
        """Refused files, oldest first."""

    def submission(self, submission_id: int) -> Submission:
        """One submission. Raises ``KeyError`` if there is none of this number."""

    def n_scored(self, competition: str) -> int:
        """How many submissions to a competition have a score, by whatever yardstick."""

    def submissions(self, competition: str, *, team: str | None = None) -> tuple[Submission, ...]:
        """All submissions to a competition, oldest first."""

    def select(self, competition: str, team: str, numbers: Collection[int]) -> None:
        """Let these submissions of a team, and none of its others, be the ones that it chose."""

    def kept(self, submission_id: int) -> Kept:
        """What the run of a submission left behind. Raises ``KeyError`` if there is none of this number."""

    def newest_yardstick(self, competition: str) -> Yardstick | None:
        """What the newest score of a competition was measured with; None where there is no score."""

    def public_scores(self, competition: str, yardstick: Yardstick | None = None) -> tuple[Scored, ...]:
        """Public scores by `yardstick`, or by the newest one: the latest of each submission, oldest first."""

    def private_scores(self, competition: str, yardstick: Yardstick | None = None) -> tuple[Scored, ...]:
        """As `public_scores`, of the private part. `leaderboard.board` alone calls it, after the reveal."""

    def record(self, *, actor: str, action: str, about: str, detail: str = "{}", once: bool = False) -> None:
        """Add a line to the audit; with `once` only where no line has this action and object."""

    def events(self, *, action: str, about: str) -> tuple[Event, ...]:
        """Lines of the audit with this action about this thing, oldest first."""

    def audit(self, *, about: str | None = None, newest: int | None = None) -> tuple[Event, ...]:
        """Lines of the audit, of one thing or of all, oldest first; of many only the `newest` so many."""

    def close(self) -> None:
        """Let go of files. A closed store opens itself again when it is used."""
