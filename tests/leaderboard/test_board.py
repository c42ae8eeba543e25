from __future__ import annotations

import json
import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Timer
from types import ModuleType
from typing import NoReturn

import pytest

from kit.errors import MetricError, ParticipantVisibleError, Problem, RefusedError, StorageError
from kit.job import encode
from kit.prepare import Prepared
from leaderboard.board import Board
from leaderboard.intake import Setting
from leaderboard.receipt import Receipt
from leaderboard.secret import read_secret
from leaderboard.store.base import Finished, Submission
from leaderboard.store.sqlite import SqliteStore
from leaderboard.team import own_row
from leaderboard.testing import ROOM


def hand_in(board: Board, tiny: ModuleType, tmp_path: Path, n_right: int, name: str = "preds.csv") -> Receipt:
    data = tiny.answers(tiny.tiny_prepared(tmp_path), 0, n_right=n_right)
    return board.submit_csv("tiny", data, name=name)


def test_looking_at_an_empty_board_makes_nothing(board: Board, tmp_path: Path) -> None:
    assert board.standings("tiny") == ()
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_scored_on_its_public_rows(board: Board, tiny: ModuleType, tmp_path: Path) -> None:
    receipt = hand_in(board, tiny, tmp_path, 60)
    assert (receipt.label, receipt.state, receipt.score, receipt.n) == ("s1", "scored", 1.0, 30)
    assert (receipt.team, receipt.rank, receipt.n_teams, receipt.tries.used) == ("you / preds", 1, 1, 1)


def test_a_receipt_holds_no_private_score(board: Board, tiny: ModuleType, tmp_path: Path) -> None:
    receipt = hand_in(board, tiny, tmp_path, 25)
    assert str(board.store.private_scores("tiny")[0].value) not in repr(receipt)


def test_the_second_receipt_tells_what_was_before(board: Board, tiny: ModuleType, tmp_path: Path) -> None:
    first = hand_in(board, tiny, tmp_path, 20)
    second = hand_in(board, tiny, tmp_path, 50)
    assert (second.previous_score, second.previous_rank) == (first.score, 1)
    assert second.score is not None
    assert first.score is not None
    assert second.score > first.score


def test_the_same_bytes_again_are_the_earlier_score_and_no_try(board: Board, tiny: ModuleType, tmp_path: Path) -> None:
    first = hand_in(board, tiny, tmp_path, 20)
    again = hand_in(board, tiny, tmp_path, 20)
    assert (again.submission_id, again.score, again.is_repeat, again.tries.used) == (1, first.score, True, 1)


def test_every_file_name_is_a_row_of_its_own(board: Board, tiny: ModuleType, tmp_path: Path) -> None:
    hand_in(board, tiny, tmp_path, 20, "one.csv")
    hand_in(board, tiny, tmp_path, 30, "two.csv")
    assert [row.team for row in board.standings("tiny")] == ["you / two", "you / one"]


def test_a_refused_file_leaves_only_a_refusal(board: Board, tiny: ModuleType, tmp_path: Path) -> None:
    data = tiny.answers(tiny.tiny_prepared(tmp_path), 0) + b"r999,a\n"
    with pytest.raises(ParticipantVisibleError):
        board.submit_csv("tiny", data, name="preds.csv")
    refusal = board.store.refusals("tiny")[0]
    assert (refusal.codes, refusal.size, board.submissions("tiny")) == (("E302",), len(data), ())
    assert not (tmp_path / "objects").exists()


def test_a_refused_file_uses_no_number(board: Board, tiny: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(ParticipantVisibleError):
        board.submit_csv("tiny", b"id,label\n", name="preds.csv")
    assert hand_in(board, tiny, tmp_path, 20).label == "s1"


def test_the_private_ranking_is_refused_until_it_is_revealed(board: Board, tiny: ModuleType, tmp_path: Path) -> None:
    hand_in(board, tiny, tmp_path, 20)
    with pytest.raises(RefusedError, match="E402"):
        board.standings("tiny", "private")
    board.reveal("tiny")
    assert board.standings("tiny", "private")[0].public_rank == 1


def test_revealing_twice_is_one_line_in_the_audit(board: Board) -> None:
    assert not board.is_revealed("tiny")
    assert board.reveal("tiny") == board.reveal("tiny")
    assert board.is_revealed("tiny")


def test_bytes_predictions_and_terms_are_kept(board: Board, tiny: ModuleType, tmp_path: Path) -> None:
    data = tiny.answers(tiny.tiny_prepared(tmp_path), 0)
    receipt = board.submit_csv("tiny", data, name="preds.csv")
    assert board.blobs.get(board.submissions("tiny")[0].blob_sha256) == data
    assert board.kept(receipt.submission_id).predictions_sha256 is not None
    assert len(list((tmp_path / "objects").iterdir())) == 4  # the file, its predictions, two parts' terms


def test_a_job_left_by_a_killed_command_is_finished_by_the_next(board: Board, tiny: ModuleType, tmp_path: Path) -> None:
    data = tiny.answers(tiny.tiny_prepared(tmp_path), 1)
    new = board._new("tiny", data, "text/csv", name="a.csv", team="you / a", kind="csv")
    submission = board.store.add(new)
    receipt = hand_in(board, tiny, tmp_path, 20)
    assert board.store.submission(submission.id).state == "scored"
    assert "s1 (a.csv)" in receipt.notes[0]


def test_a_changed_solution_scores_the_same_bytes_again(board: Board, tiny: ModuleType, tmp_path: Path) -> None:
    hand_in(board, tiny, tmp_path, 20)
    solution = tiny.tiny_prepared(tmp_path).solution
    solution.write_bytes(solution.read_bytes() + b"\n")
    again = hand_in(board, tiny, tmp_path, 20)
    assert (again.submission_id, again.is_repeat) == (2, False)


def change_solution(tiny: ModuleType, tmp_path: Path) -> bytes:
    """Make it another file with the same answers; give what it was."""
    path = tiny.tiny_prepared(tmp_path).solution
    before: bytes = path.read_bytes()
    path.write_bytes(before + b"\n")
    return before


def test_scores_by_another_solution_do_not_stand_on_the_board(board: Board, tiny: ModuleType, tmp_path: Path) -> None:
    hand_in(board, tiny, tmp_path, 20)
    change_solution(tiny, tmp_path)
    assert (board.standings("tiny"), board.n_outdated("tiny")) == ((), 1)


def test_a_competition_changed_back_has_its_scores_again(board: Board, tiny: ModuleType, tmp_path: Path) -> None:
    first = hand_in(board, tiny, tmp_path, 20)
    before = change_solution(tiny, tmp_path)
    hand_in(board, tiny, tmp_path, 30, "other.csv")
    tiny.tiny_prepared(tmp_path).solution.write_bytes(before)
    again = hand_in(board, tiny, tmp_path, 20)
    assert (again.is_repeat, again.score, again.rank) == (True, first.score, 1)
    assert [row.team for row in board.standings("tiny")] == ["you / preds"]


def test_scores_by_another_metric_do_not_stand_on_the_board(board: Board, tiny: ModuleType, tmp_path: Path) -> None:
    hand_in(board, tiny, tmp_path, 20)
    changed = Setting(
        competition=tiny.TINY,
        metric=replace(tiny.accuracy(), version=2),
        prepare=lambda: tiny.tiny_prepared(tmp_path),
        find=lambda: None,
    )
    other = Board(tmp_path, setting=lambda _name: changed, executor=tiny.no_executor)
    assert (other.standings("tiny"), other.n_outdated("tiny")) == ((), 1)
    other.close()


def test_without_the_prepared_data_the_newest_scores_stand(board: Board, tiny: ModuleType, tmp_path: Path) -> None:
    hand_in(board, tiny, tmp_path, 20)
    shutil.rmtree(tmp_path / "prepared")
    assert len(board.standings("tiny")) == 1
    assert not (tmp_path / "prepared").exists()


def test_a_try_is_used_whatever_it_was_measured_with(board: Board, tiny: ModuleType, tmp_path: Path) -> None:
    hand_in(board, tiny, tmp_path, 20)
    change_solution(tiny, tmp_path)
    assert hand_in(board, tiny, tmp_path, 20).tries.used == 2


def test_the_secret_is_made_once_and_is_its_owners(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    assert read_secret(path) == read_secret(path)
    assert (len(read_secret(path)), path.stat().st_mode & 0o777) == (32, 0o600)


def test_a_damaged_secret_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"short")
    with pytest.raises(StorageError, match="E704"):
        read_secret(tmp_path / "secret")


def test_a_failing_metric_is_not_the_entrants_fault_and_no_score(
    board: Board, tiny: ModuleType, tmp_path: Path
) -> None:
    solution = tiny.tiny_prepared(tmp_path).solution
    solution.write_text(solution.read_text().replace("Public", "Nobody"))
    with pytest.raises(MetricError) as caught:
        hand_in(board, tiny, tmp_path, 20)
    submission = board.submissions("tiny")[0]
    assert (submission.state, submission.reason_code) == ("failed", caught.value.code)
    assert board.tries("tiny", submission.team).used == 0
    assert json.loads(submission.message or "")


def left_behind(board: Board, tiny: ModuleType, tmp_path: Path) -> Submission:
    """A submission whose command was killed before it claimed the job."""
    data = tiny.answers(tiny.tiny_prepared(tmp_path), 1)
    return board.store.add(board._new("tiny", data, "text/csv", name="a.csv", team="you / a", kind="csv"))


def test_a_job_whose_lease_ended_elsewhere_is_finished_by_the_next_command(
    board: Board, tiny: ModuleType, tmp_path: Path
) -> None:
    submission = left_behind(board, tiny, tmp_path)
    elsewhere = SqliteStore(tmp_path / "board.sqlite", lease_s=0.0)
    assert elsewhere.claim("elsewhere", ROOM) is not None
    elsewhere.close()
    hand_in(board, tiny, tmp_path, 20)
    assert board.store.submission(submission.id).state == "scored"


def test_a_job_that_can_not_be_finished_holds_up_nobody_else(board: Board, tiny: ModuleType, tmp_path: Path) -> None:
    submission = left_behind(board, tiny, tmp_path)
    (tmp_path / "objects" / submission.blob_sha256).unlink()
    receipt = hand_in(board, tiny, tmp_path, 20)
    assert (receipt.state, board.store.submission(submission.id).state) == ("scored", "queued")
    assert receipt.notes == ("s1 (a.csv) had been stopped from outside: queued now (E704)",)


def test_a_job_that_another_command_takes_over_holds_up_nobody(tiny: ModuleType, tmp_path: Path) -> None:
    taken: list[int] = []

    def prepare() -> Prepared:
        if board.store.holders() and not taken:  # s1 is being finished: the computer sleeps, another one takes it
            taken.append(board.store.put_back(board.store.holders()[0]))
            board.store.claim("another", ROOM)
        prepared: Prepared = tiny.tiny_prepared(tmp_path)
        return prepared

    setting = Setting(competition=tiny.TINY, metric=tiny.accuracy(), prepare=prepare, find=lambda: None)
    board = Board(tmp_path, setting=lambda _name: setting, executor=tiny.no_executor)
    left_behind(board, tiny, tmp_path)
    assert hand_in(board, tiny, tmp_path, 20).state == "scored"
    board.close()
    assert taken == [1]


def test_what_a_metric_says_of_its_failure_is_raised_for_the_host_and_not_kept(
    tiny: ModuleType, tmp_path: Path
) -> None:
    def failing(_parts: object) -> NoReturn:
        raise MetricError(Problem(code="E605", message="stopped at 4711", excerpt="4711 is the answer"))

    prepared = tiny.tiny_prepared(tmp_path)
    metric = replace(tiny.accuracy(), terms=None, combine=None, tables=failing)
    setting = Setting(competition=tiny.TINY, metric=metric, prepare=lambda: prepared, find=lambda: prepared)
    with closing(Board(tmp_path, setting=lambda _name: setting, executor=tiny.no_executor)) as board:
        with pytest.raises(MetricError, match="4711"):
            board.submit_csv("tiny", tiny.answers(prepared, 1), name="a.csv")
        (failed,) = board.submissions("tiny")

    assert failed.reason_code == "E605"
    assert "4711" not in repr(failed)


def test_a_failure_elsewhere_is_raised_as_what_it_is(board: Board, tiny: ModuleType, tmp_path: Path) -> None:
    problem = Problem(code="E602", message="no number")

    def finish_elsewhere() -> None:
        with closing(SqliteStore(tmp_path / "board.sqlite")) as store:
            assert lease is not None
            store.finish(lease, Finished(state="failed", reason_code="E602", message=encode(problem)))

    data = tiny.answers(tiny.tiny_prepared(tmp_path), 1)
    left_behind(board, tiny, tmp_path)
    lease = board.store.claim("elsewhere", ROOM)
    Timer(0.3, finish_elsewhere).start()
    with pytest.raises(MetricError, match="no number"):
        board.submit_csv("tiny", data, name="a.csv")


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("plugins/my_cnn", "my_cnn"),
        ("my_cnn", "my_cnn"),
        ("plugins/my_cnn.py", "my_cnn"),
        ("preds.v2.csv", "preds.v2"),
        ("plugins/mlp/plugin.py", "mlp"),
        ("plugin.py", "here"),
        (".", "here"),
    ],
)
def test_a_row_is_called_as_the_plugin_or_file(
    name: str, row: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert own_row(name) == f"you / {row}"


def test_what_comes_after_the_reveal_is_ranked_in_public_only(board: Board, tiny: ModuleType, tmp_path: Path) -> None:
    hand_in(board, tiny, tmp_path, 20, "one.csv")
    board.reveal("tiny")
    before = board.standings("tiny", "private")

    receipt = hand_in(board, tiny, tmp_path, 50, "two.csv")

    assert (receipt.is_after_reveal, receipt.is_late, receipt.rank) == (True, False, 1)
    assert board.standings("tiny", "private") == before
