"""What every store must do, as a class of tests: subclass it and say how one is made.

::

    class TestMyStore(StoreCase):
        def make(self, folder, *, lease_s):
            return MyStore(folder / "board.db", lease_s=lease_s)
"""
# ruff: noqa: D102 - the name of a test is its sentence

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from time import sleep

import pytest

from kit.errors import LeaseLostError
from kit.job import Progress, Resources
from leaderboard.store.base import (
    INFRASTRUCTURE,
    LEASE_S,
    MAX_ATTEMPTS,
    Blob,
    Directive,
    Finished,
    Kept,
    Lease,
    NewSubmission,
    Part,
    Refusal,
    ScoreRow,
    Store,
    Submission,
    Yardstick,
)

ROOM = Resources(cpus=8, gpus=0, memory_mib=8192)
YARDSTICK = Yardstick(metric_code="accuracy", metric_version=1, solution_sha256="a" * 64)
SHORT_S = 0.05


def new_submission(
    text: str = "bytes", *, competition: str = "digits", team: str = "you / mlp", memory_mib: int = 64
) -> NewSubmission:
    """A submission of the bytes of `text`."""
    return NewSubmission(
        competition=competition,
        team=team,
        kind="plugin",
        name="mlp",
        blob_sha256=sha256(text.encode()).hexdigest(),
        resources=Resources(memory_mib=memory_mib),
        time_limit_s=60.0,
    )


def take_in(store: Store, text: str = "bytes", *, team: str = "you / mlp", memory_mib: int = 64) -> Submission:
    """Add a submission and the row of its blob."""
    new = new_submission(text, team=team, memory_mib=memory_mib)
    store.keep_blobs([Blob(sha256=new.blob_sha256, size=len(text), media_type="text/plain")])
    return store.add(new)


def take_in_file(store: Store, text: str, *, team: str) -> Submission:
    """As `take_in`, of a file of answers."""
    new = replace(new_submission(text, team=team), kind="csv")
    store.keep_blobs([Blob(sha256=new.blob_sha256, size=len(text), media_type="text/csv")])
    return store.add(new)


def claimed(store: Store, worker: str = "w1") -> Lease:
    """Claim the next job, which must be there."""
    lease = store.claim(worker, ROOM)
    assert lease is not None
    return lease


def scored(store: Store, public: float, private: float, *, yardstick: Yardstick = YARDSTICK) -> Finished:
    """The end of a job with two scores."""
    digest = sha256(b"terms").hexdigest()
    store.keep_blobs([Blob(sha256=digest, size=5, media_type="application/octet-stream")])

    def row(part: Part, value: float) -> ScoreRow:
        return ScoreRow(
            yardstick=yardstick,
            environment="test",
            part=part,
            value=value,
            interval_lo=value - 0.1,
            interval_hi=value + 0.1,
            n=10,
            terms_sha256=digest,
        )

    return Finished(state="scored", scores=(row("public", public), row("private", private)))


class StoreCase(ABC):
    """Conformance of a `leaderboard.store.base.Store`."""

    @abstractmethod
    def make(self, folder: Path, *, lease_s: float) -> Store:
        """A store kept in `folder`: the same one for the same folder."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        with closing(self.make(tmp_path, lease_s=LEASE_S)) as store:
            yield store

    @pytest.fixture
    def hasty(self, tmp_path: Path) -> Iterator[Store]:
        """A store whose leases end at once."""
        with closing(self.make(tmp_path, lease_s=SHORT_S)) as store:
            yield store

    def test_a_store_nobody_wrote_to_is_empty_and_makes_nothing(self, store: Store, tmp_path: Path) -> None:
        assert (store.submissions("digits"), store.public_scores("digits"), store.holders()) == ((), (), ())
        assert list(tmp_path.iterdir()) == []

    def test_numbers_are_shared_by_submissions_and_local_runs(self, store: Store) -> None:
        assert [store.next_number(), take_in(store).id, store.next_number()] == [1, 2, 3]

    def test_a_submission_waits_is_worked_on_and_is_scored(self, store: Store) -> None:
        submission = take_in(store)
        states = [submission.state]
        lease = claimed(store)
        states.append(store.submission(submission.id).state)
        store.finish(lease, scored(store, 0.5, 0.6))
        states.append(store.submission(submission.id).state)
        assert states == ["queued", "running", "scored"]

    def test_another_store_object_sees_the_same(self, store: Store, tmp_path: Path) -> None:
        submission = take_in(store)
        with closing(self.make(tmp_path, lease_s=LEASE_S)) as other:
            assert other.submission(submission.id) == submission

    def test_a_job_is_claimed_once(self, store: Store) -> None:
        take_in(store)
        assert claimed(store).attempt == 1
        assert store.claim("w2", ROOM) is None

    def test_the_oldest_job_that_fits_is_claimed(self, store: Store) -> None:
        take_in(store, "large", memory_mib=10**6)
        small = take_in(store, "small")
        take_in(store, "later")
        assert claimed(store).submission_id == small.id

    def test_a_team_has_one_job_running_at_a_time(self, store: Store) -> None:
        first, second = take_in(store, "a"), take_in(store, "b")
        lease = claimed(store)
        assert (lease.submission_id, store.claim("w2", ROOM)) == (first.id, None)
        store.finish(lease, Finished(state="failed", reason_code="E202"))
        assert claimed(store).submission_id == second.id

    def test_a_worker_without_walls_takes_no_code(self, store: Store) -> None:
        take_in(store, "a")
        assert store.claim("w1", ROOM, only_files=True) is None
        file = take_in_file(store, "b", team="others")
        lease = store.claim("w1", ROOM, only_files=True)
        assert lease is not None
        assert lease.submission_id == file.id

    def test_teams_take_turns_however_many_one_of_them_sends(self, store: Store) -> None:
        for text in ("a1", "a2", "a3"):
            take_in(store, text, team="a")
        for team in ("b", "c"):
            take_in(store, team, team=team)
        turns = []
        for _ in range(5):
            lease = claimed(store)
            turns.append(store.submission(lease.submission_id).team)
            store.finish(lease, Finished(state="failed", reason_code="E202"))
        assert turns == ["a", "b", "c", "a", "a"]

    def test_a_repeated_client_key_is_the_same_submission(self, store: Store) -> None:
        take_in(store, "x")
        new = replace(new_submission("x"), client_key="k1")
        first = store.add(new)
        assert store.add(replace(new, name="another")) == first
        assert store.add_and_claim(new, "w1") == first
        assert store.add(replace(new, team="others")).id != first.id

    def test_a_newer_submission_can_take_the_place_of_those_that_wait(self, store: Store) -> None:
        running = take_in(store, "a")
        claimed(store)
        waits, of_others = take_in(store, "b"), take_in(store, "c", team="others")
        newer = store.add(replace(new_submission("a"), replaces=True))
        states = [store.submission(row.id).state for row in (running, waits, of_others, newer)]
        assert states == ["running", "cancelled", "queued", "queued"]

    def test_the_line_shows_what_runs_and_what_waits(self, store: Store) -> None:
        first, second = take_in(store, "a"), take_in(store, "b", team="others")
        assert [(row.submission_id, row.state) for row in store.line()] == [(first.id, "queued"), (second.id, "queued")]
        lease = claimed(store)
        assert [(row.state, row.worker) for row in store.line()] == [("running", "w1"), ("queued", None)]
        store.finish(lease, scored(store, 0.5, 0.5))
        assert len(store.line()) == 1
        assert len(store.run_times("digits", "plugin")) == 1

    def test_who_asks_is_told_that_scores_and_audit_have_grown(self, store: Store) -> None:
        take_in(store)
        before = store.mark()
        assert store.scored_since(before) == frozenset()
        store.finish(claimed(store), scored(store, 0.5, 0.5))
        store.record(actor="host", action="look", about="digits")
        assert store.scored_since(before) == {("digits", "you / mlp")}
        assert store.mark().event == before.event + 1

    def test_workers_are_counted_while_they_say_that_they_live(self, store: Store) -> None:
        assert store.n_attending(60.0) == 0
        for name in ("w1", "w2", "w1"):
            store.attend(name, capacity="{}", version="1")
        assert (store.n_attending(60.0), store.n_attending(-1.0)) == (2, 0)

    def test_another_object_sees_that_somebody_wrote(self, store: Store, tmp_path: Path) -> None:
        take_in(store, "a")
        with closing(self.make(tmp_path, lease_s=LEASE_S)) as other:
            before = other.version()
            take_in(store, "b")
            assert other.version() != before

    def test_one_submission_can_be_claimed_by_its_number(self, store: Store) -> None:
        take_in(store, "first")
        second = take_in(store, "second")
        lease = store.claim_submission(second.id, "w1")
        assert lease is not None
        assert lease.submission_id == second.id
        assert store.claim_submission(second.id, "w2") is None

    def test_a_local_submission_is_added_and_claimed_at_once(self, store: Store) -> None:
        new = new_submission()
        store.keep_blobs([Blob(sha256=new.blob_sha256, size=5, media_type="text/plain")])
        lease = store.add_and_claim(new, "w1")
        assert isinstance(lease, Lease)
        assert (lease.worker, lease.attempt, lease.kind) == ("w1", 1, "run")
        assert store.claim("w2", ROOM) is None

    def test_the_same_bytes_of_a_team_are_one_submission_while_they_run(self, store: Store) -> None:
        first = take_in(store)
        assert store.same_bytes(new_submission()) == first
        assert store.add_and_claim(new_submission(), "w1") == first
        assert store.submissions("digits") == (first,)

    def test_the_same_bytes_are_scored_again_only_with_another_yardstick(self, store: Store) -> None:
        first = take_in(store)
        store.finish(claimed(store), scored(store, 0.5, 0.6))
        changed = Yardstick(metric_code="accuracy", metric_version=2, solution_sha256="a" * 64)
        assert store.add_and_claim(new_submission(), "w1", known=YARDSTICK) == store.submission(first.id)
        assert store.same_bytes(new_submission(), known=YARDSTICK) == store.submission(first.id)
        assert store.same_bytes(new_submission(), known=changed) is None
        assert isinstance(store.add_and_claim(new_submission(), "w1", known=changed), Lease)

    def test_the_same_bytes_are_tried_again_after_they_failed(self, store: Store) -> None:
        take_in(store)
        store.finish(claimed(store), Finished(state="failed", reason_code="E202"))
        assert isinstance(store.add_and_claim(new_submission(), "w1", known=YARDSTICK), Lease)

    def test_the_same_bytes_of_another_team_are_another_submission(self, store: Store) -> None:
        take_in(store)
        assert isinstance(store.add_and_claim(new_submission(team="others"), "w1"), Lease)

    def test_finishing_twice_changes_nothing(self, store: Store) -> None:
        submission = take_in(store)
        lease = claimed(store)
        store.finish(lease, scored(store, 0.5, 0.6))
        store.finish(lease, Finished(state="failed", reason_code="E202"))
        assert store.submission(submission.id).state == "scored"
        assert [row.value for row in store.public_scores("digits")] == [0.5]

    def test_a_score_names_the_blob_that_its_statistics_are_made_of(self, store: Store) -> None:
        take_in(store)
        finished = scored(store, 0.5, 0.6)
        store.finish(claimed(store), finished)
        assert [row.terms_sha256 for row in store.public_scores("digits")] == [finished.scores[0].terms_sha256]

    def test_an_ended_lease_is_claimed_by_the_next_worker(self, hasty: Store) -> None:
        take_in(hasty)
        first = claimed(hasty)
        sleep(2 * SHORT_S)
        second = claimed(hasty, "w2")
        assert (second.attempt, second.worker, second.token == first.token) == (2, "w2", False)

    def test_jobs_that_nobody_works_on_are_waiting(self, store: Store) -> None:
        first, second = take_in(store, "first"), take_in(store, "second")
        claimed(store)
        assert store.waiting() == (second.id,)
        store.put_back("w1")
        assert store.waiting() == (first.id, second.id)

    def test_a_job_whose_lease_ended_is_waiting(self, hasty: Store) -> None:
        submission = take_in(hasty)
        claimed(hasty)
        sleep(2 * SHORT_S)
        assert hasty.waiting() == (submission.id,)

    def test_whoever_lost_the_lease_writes_nothing(self, hasty: Store) -> None:
        submission = take_in(hasty)
        late = claimed(hasty)
        sleep(2 * SHORT_S)
        claimed(hasty, "w2")
        for write in (
            lambda: hasty.finish(late, scored(hasty, 0.5, 0.6)),
            lambda: hasty.heartbeat(late, Progress()),
            lambda: hasty.release(late, "late"),
        ):
            with pytest.raises(LeaseLostError):
                write()
        assert hasty.submission(submission.id).state == "running"
        assert hasty.public_scores("digits") == ()

    def test_a_heartbeat_extends_the_lease(self, hasty: Store) -> None:
        take_in(hasty)
        lease = claimed(hasty)
        for _ in range(4):
            sleep(SHORT_S / 2)
            assert hasty.heartbeat(lease, Progress(phase="training", epoch=1)) is Directive.CONTINUE
        assert hasty.claim("w2", ROOM) is None

    def test_three_dead_workers_make_a_job_failed(self, store: Store) -> None:
        submission = take_in(store)
        for n in range(3):
            claimed(store, f"w{n}")
            assert store.put_back(f"w{n}") == 1
        ended = store.submission(submission.id)
        assert (ended.state, ended.reason_code) == ("failed", INFRASTRUCTURE)
        assert store.claim("w4", ROOM) is None

    def test_a_worker_that_comes_back_after_the_third_writes_nothing(self, store: Store) -> None:
        take_in(store)
        leases = []
        for _ in range(3):
            leases.append(claimed(store))
            store.put_back("w1")
        with pytest.raises(LeaseLostError):
            store.finish(leases[-1], scored(store, 0.5, 0.6))

    def test_putting_back_touches_only_that_worker(self, store: Store) -> None:
        take_in(store, "a")
        take_in(store, "b", team="others")
        claimed(store, "dead")
        alive = claimed(store, "alive")
        assert (store.put_back("dead"), store.holders()) == (1, ("alive",))
        assert store.tokens() == {alive.token}

    def test_a_released_job_is_queued_again(self, store: Store) -> None:
        submission = take_in(store)
        store.release(claimed(store), "no sandbox")
        assert store.submission(submission.id).state == "queued"
        assert claimed(store).attempt == 2

    def test_a_worker_that_stops_in_order_is_no_dead_one(self, store: Store) -> None:
        submission = take_in(store)
        for _ in range(MAX_ATTEMPTS + 1):
            store.release(claimed(store), "stopped", counts=False)
        for _ in range(MAX_ATTEMPTS):
            assert store.submission(submission.id).state == "queued"
            store.release(claimed(store), "no sandbox")
        assert store.submission(submission.id).reason_code == INFRASTRUCTURE

    def test_a_queued_submission_is_cancelled_at_once(self, store: Store) -> None:
        submission = take_in(store)
        assert store.cancel(submission.id)
        assert store.submission(submission.id).state == "cancelled"
        assert store.claim("w1", ROOM) is None

    def test_a_running_submission_is_told_to_stop_by_its_heartbeat(self, store: Store) -> None:
        submission = take_in(store)
        lease = claimed(store)
        assert store.cancel(submission.id)
        assert store.heartbeat(lease, Progress()) is Directive.CANCEL

    def test_a_cancelled_job_is_not_run_again_when_its_worker_dies(self, store: Store) -> None:
        submission = take_in(store)
        claimed(store)
        store.cancel(submission.id)
        store.put_back("w1")
        assert store.submission(submission.id).state == "cancelled"

    def test_what_is_over_can_not_be_cancelled(self, store: Store) -> None:
        submission = take_in(store)
        store.finish(claimed(store), scored(store, 0.5, 0.6))
        assert not store.cancel(submission.id)

    def test_public_and_private_scores_are_read_apart(self, store: Store) -> None:
        take_in(store)
        store.finish(claimed(store), scored(store, 0.5, 0.6))
        assert [row.value for row in store.public_scores("digits")] == [0.5]
        assert [row.value for row in store.private_scores("digits")] == [0.6]

    def test_scores_of_an_older_yardstick_are_not_mixed_with_new_ones(self, store: Store) -> None:
        take_in(store, "old")
        store.finish(claimed(store), scored(store, 0.9, 0.9))
        take_in(store, "new")
        changed = Yardstick(metric_code="accuracy", metric_version=1, solution_sha256="b" * 64)
        store.finish(claimed(store), scored(store, 0.5, 0.5, yardstick=changed))
        assert [row.value for row in store.public_scores("digits")] == [0.5]

    def test_what_was_looked_at_before_is_seen_to_change(self, store: Store, tmp_path: Path) -> None:
        with closing(self.make(tmp_path, lease_s=LEASE_S)) as other:
            for text in ("a", "b"):
                number = take_in(other, text).id
                other.finish(claimed(other), scored(other, 0.5, 0.6))
                assert [row.submission_id for row in store.public_scores("digits")][-1] == number
            assert (store.n_scored("digits"), store.n_scored("mnist")) == (2, 0)
            for chosen in ([1], [2], []):
                other.select("digits", "you / mlp", chosen)
                assert [row.submission_id for row in store.public_scores("digits") if row.selected] == chosen

    def test_scores_are_read_by_the_yardstick_that_is_asked_for(self, store: Store) -> None:
        take_in(store, "old")
        store.finish(claimed(store), scored(store, 0.9, 0.8))
        changed = Yardstick(metric_code="accuracy", metric_version=1, solution_sha256="b" * 64)
        assert (store.newest_yardstick("digits"), store.newest_yardstick("mnist")) == (YARDSTICK, None)
        assert [row.value for row in store.public_scores("digits", YARDSTICK)] == [0.9]
        assert [row.value for row in store.private_scores("digits", YARDSTICK)] == [0.8]
        assert (store.public_scores("digits", changed), store.private_scores("digits", changed)) == ((), ())

    def test_what_a_run_left_behind_is_kept(self, store: Store) -> None:
        submission = take_in(store)
        kept = Kept(log_sha256=submission.blob_sha256, valid_score=0.75)
        store.finish(claimed(store), Finished(state="failed", reason_code="E202", kept=kept))
        assert store.kept(submission.id) == kept
        assert store.submission(submission.id).valid_score == 0.75

    def test_a_refusal_leaves_no_submission(self, store: Store) -> None:
        refusal = Refusal(competition="digits", team="you / a", size=3, sha256="c" * 64, codes=("E303", "E305"))
        store.refuse(refusal)
        assert store.refusals("digits") == (refusal,)
        assert store.submissions("digits") == ()

    def test_the_audit_grows_and_can_hold_a_line_once(self, store: Store) -> None:
        for _ in range(2):
            store.record(actor="host", action="reveal", about="digits", once=True)
            store.record(actor="host", action="look", about="digits")
        assert len(store.events(action="reveal", about="digits")) == 1
        assert len(store.events(action="look", about="digits")) == 2

    def test_whoever_admits_a_submission_sees_the_ones_before_and_says_whether_it_is_late(self, store: Store) -> None:
        first = take_in(store, "a")
        seen: list[tuple[int, ...]] = []

        def admit(rows: Sequence[Submission], now: float) -> bool:
            seen.append((*(row.id for row in rows), round(now - store.clock())))
            return True

        assert store.add(new_submission("a"), admit=admit).is_late
        assert seen == [(first.id, 0)]

    def test_what_is_not_admitted_leaves_nothing(self, store: Store) -> None:
        first = take_in(store)

        def admit(*_: object) -> bool:
            raise LookupError

        with pytest.raises(LookupError):
            store.add(new_submission(), admit=admit)
        with pytest.raises(LookupError):
            store.add_and_claim(new_submission(team="others"), "w1", admit=admit)
        assert (store.submissions("digits"), store.next_number()) == ((first,), first.id + 1)

    def test_a_team_chooses_submissions_anew(self, store: Store) -> None:
        ids = [take_in(store, text).id for text in "ab"]
        other = take_in(store, "c", team="others").id
        store.select("digits", "others", [other])
        for chosen in ([ids[0]], [ids[1]], ids, []):
            store.select("digits", "you / mlp", chosen)
            assert [row.id for row in store.submissions("digits", team="you / mlp") if row.is_selected] == chosen
        assert store.submission(other).is_selected

    def test_the_audit_can_be_read_as_a_whole(self, store: Store) -> None:
        for about in ("digits", "mnist", "digits"):
            store.record(actor="host", action="look", about=about)
        assert [line.about for line in store.audit()] == ["digits", "mnist", "digits"]
        assert [line.about for line in store.audit(newest=2)] == ["mnist", "digits"]
        assert len(store.audit(about="digits")) == 2

    def test_an_unknown_number_is_a_key_error(self, store: Store) -> None:
        with pytest.raises(KeyError):
            store.submission(77)
