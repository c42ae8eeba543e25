"""Ties of a board: what they are made of, what is kept of it, and a board without."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from leaderboard.board import Board


def fill(board: Board, tiny: ModuleType, state: Path, *n_right: int) -> None:
    for place, n in enumerate(n_right):
        board.submit_csv("tiny", tiny.answers(tiny.tiny_prepared(state), 0, n_right=n), name=f"t{place}.csv")


def kept(state: Path) -> list[Path]:
    return sorted((state / "replicates").rglob("*.npy"))


def ranks_kept(state: Path) -> list[Path]:
    return sorted((state / "replicates").rglob("ranks.json"))


def test_teams_that_are_one_row_apart_are_tied_and_those_far_behind_are_not(
    board: Board, tiny: ModuleType, tmp_path: Path
) -> None:
    fill(board, tiny, tmp_path, 59, 56, 10)

    assert [(row.n_tied, row.bracket) for row in board.standings("tiny")] == [(1, 1), (1, 1), (0, None)]


def test_equal_answers_are_tied(board: Board, tiny: ModuleType, tmp_path: Path) -> None:
    fill(board, tiny, tmp_path, 50, 50)

    assert [(row.rank, row.rank_lo, row.rank_hi) for row in board.standings("tiny")] == [(1, 1, 2), (1, 1, 2)]


def test_a_receipt_says_with_which_ranks_it_is_tied(board: Board, tiny: ModuleType, tmp_path: Path) -> None:
    fill(board, tiny, tmp_path, 59, 10)
    receipt = board.submit_csv("tiny", tiny.answers(tiny.tiny_prepared(tmp_path), 0, n_right=56), name="new.csv")

    assert (receipt.rank, receipt.rank_lo, receipt.rank_hi, receipt.n_tied) == (2, 1, 2, 1)


def test_replicates_are_made_once_and_a_look_makes_no_more(board: Board, tiny: ModuleType, tmp_path: Path) -> None:
    fill(board, tiny, tmp_path, 50, 40)
    before = {path: path.stat().st_mtime_ns for path in kept(tmp_path)}

    board.standings("tiny")

    assert len(before) == 2
    assert {path: path.stat().st_mtime_ns for path in kept(tmp_path)} == before


def test_the_ranks_of_the_same_scores_are_reckoned_once(board: Board, tiny: ModuleType, tmp_path: Path) -> None:
    fill(board, tiny, tmp_path, 50, 40)
    before = board.standings("tiny")
    for path in kept(tmp_path):
        path.unlink()

    assert (board.standings("tiny"), kept(tmp_path)) == (before, [])


@pytest.mark.parametrize("harm", ["delete", "damage"])
def test_replicates_that_are_lost_are_made_again(harm: str, board: Board, tiny: ModuleType, tmp_path: Path) -> None:
    fill(board, tiny, tmp_path, 50, 40, 10)
    before = board.standings("tiny")
    for path in (*kept(tmp_path), *ranks_kept(tmp_path)):
        path.unlink() if harm == "delete" else path.write_bytes(b"\x93NUMPY")

    assert board.standings("tiny") == before


def test_where_no_replicates_can_be_kept_the_board_still_has_ties(
    board: Board, tiny: ModuleType, tmp_path: Path
) -> None:
    (tmp_path / "replicates").write_text("a file is in the way")
    fill(board, tiny, tmp_path, 50, 40)

    assert all(row.n_tied is not None for row in board.standings("tiny"))


def test_a_board_whose_terms_are_gone_still_shows_and_says_nothing_of_ties(
    board: Board, tiny: ModuleType, tmp_path: Path
) -> None:
    fill(board, tiny, tmp_path, 50, 40)
    shutil.rmtree(tmp_path / "replicates")
    shutil.rmtree(tmp_path / "objects")

    assert [(row.rank, row.n_tied) for row in board.standings("tiny")] == [(1, None), (2, None)]
    assert board.examination.compare("s1", "s2").why_no_public == "what the scores are made of is not on disk any more"


def test_private_ties_are_of_the_private_rows_and_no_private_replicate_is_kept_before(
    board: Board, tiny: ModuleType, tmp_path: Path
) -> None:
    fill(board, tiny, tmp_path, 59, 10)
    n_before = len(kept(tmp_path))
    board.reveal("tiny")

    assert [row.n_tied for row in board.standings("tiny", "private")] == [0, 0]
    assert (n_before, len(kept(tmp_path))) == (2, 4)


def test_a_board_of_one_has_nothing_to_shake(board: Board, tiny: ModuleType, tmp_path: Path) -> None:
    fill(board, tiny, tmp_path, 50)
    board.reveal("tiny")

    assert board.shake_up("tiny") is None


def test_the_shake_up_is_the_mean_move_beside_what_luck_would_do(
    board: Board, tiny: ModuleType, tmp_path: Path
) -> None:
    fill(board, tiny, tmp_path, 50, 49, 48, 20)
    board.reveal("tiny")
    moved = [abs(row.moved or 0) for row in board.standings("tiny", "private")]

    shaken = board.shake_up("tiny")

    assert shaken is not None
    assert shaken.observed == sum(moved) / 16
    assert 0 < shaken.predicted < 1


def test_the_first_try_says_nothing_of_luck_and_more_tries_say_more(
    board: Board, tiny: ModuleType, tmp_path: Path
) -> None:
    drops = []
    for n_right in (30, 29, 28):
        data = tiny.answers(tiny.tiny_prepared(tmp_path), 0, n_right=n_right)
        drops.append(board.submit_csv("tiny", data, name="preds.csv").expected_drop)

    assert drops[0] is None
    assert 0 < (drops[1] or 0) < (drops[2] or 0)


def test_the_same_answers_in_another_file_are_no_further_try_at_luck(
    board: Board, tiny: ModuleType, tmp_path: Path
) -> None:
    data = tiny.answers(tiny.tiny_prepared(tmp_path), 0, n_right=30)
    header, *rows = data.splitlines(keepends=True)
    files = [b"".join([header, *rows[place:], *rows[:place]]) for place in range(4)]
    *_, receipt = [board.submit_csv("tiny", data, name="preds.csv") for data in files]

    assert (receipt.n_tries, receipt.n_different, receipt.expected_drop) == (4, 1, None)


def test_the_row_of_one_team_is_that_of_the_whole_board(board: Board, tiny: ModuleType, tmp_path: Path) -> None:
    fill(board, tiny, tmp_path, 59, 56, 40, 10)
    ranking = board._ranking("tiny")
    placed = [ranking.place(row.team) for row in ranking.public()]

    assert placed == [replace(row, bracket=None) for row in ranking.public()]
    assert ranking.place("nobody") is None
