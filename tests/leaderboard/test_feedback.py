"""What entrants are told of public scores: by the rows as they are shown, and by a board."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import UsageError
from kit.metrics.accuracy import accuracy
from kit.metrics.log_loss import log_loss
from leaderboard.board import Board
from leaderboard.feedback import told
from leaderboard.receipt import Receipt
from leaderboard.statistics.intervals import wilson
from leaderboard.store.base import Scored


def scored(number: int, value: float, team: str = "ada") -> Scored:
    return Scored(
        submission_id=number,
        team=team,
        kind="csv",
        name="preds.csv",
        received_at=float(number),
        selected=False,
        value=value,
        interval_lo=value - 0.031,
        interval_hi=value + 0.031,
        n=240,
        terms_sha256=f"terms of {number}",
    )


def better(best: Scored | None, new: Scored) -> bool:
    return best is None or new.value > best.value + 0.02


def test_all_of_it_is_told_by_default() -> None:
    rows = (scored(1, 0.95417), scored(2, 0.92))

    assert told(rows, "full", metric=accuracy(), is_improvement=better).rows == rows


def test_rounded_scores_and_intervals_have_no_digits_finer_than_the_rows_can_tell() -> None:
    row = told([scored(1, 0.95417)], "rounded", metric=accuracy(), is_improvement=better).rows[0]

    assert (row.value, row.interval_lo, row.interval_hi) == (0.96, 0.92, 1.0)


def test_the_ladder_tells_a_loss_in_the_step_that_the_rows_can_tell() -> None:
    row = replace(scored(1, 0.6931), interval_lo=0.6902, interval_hi=0.6958)
    shown = told([row], "ladder", metric=log_loss(), is_improvement=better)

    assert (shown.step, shown.rows[0].value) == (0.002, 0.694)


def test_the_ladder_tells_a_share_in_steps_of_one_row() -> None:
    shown = told([scored(1, 229 / 240)], "ladder", metric=accuracy(), is_improvement=better)

    assert shown.step == 1 / 240
    assert shown.rows[0].value == pytest.approx(229 / 240, abs=1e-4)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(1e-4, 0.3)), min_size=1, max_size=6), st.booleans())
def test_a_told_interval_holds_the_exact_one_and_lies_on_both_sides_of_the_score(
    drawn: list[tuple[float, float]], is_ladder: bool
) -> None:
    rows = [
        replace(scored(number, value), interval_lo=max(0.0, value - half), interval_hi=min(1.0, value + half))
        for number, (value, half) in enumerate(drawn)
    ]
    shown = told(rows, "ladder" if is_ladder else "rounded", metric=accuracy(), is_improvement=lambda *_: True)

    for exact, row in zip(rows, shown.rows, strict=True):
        assert row.interval_lo <= exact.interval_lo
        assert row.interval_hi >= exact.interval_hi
        assert row.interval_lo < row.value or row.value == 0 or exact.interval_lo == exact.value
        assert row.interval_hi > row.value or row.value == 1 or exact.interval_hi == exact.value


def test_rounding_turns_nobody_round() -> None:
    shares = (0.89, 0.888)  # of 250 rows: by their own standard errors, told as 88 and as 90 %
    ends = [wilson(share, 250) for share in shares]
    rows = [
        replace(scored(number, share), interval_lo=low, interval_hi=high)
        for number, (share, (low, high)) in enumerate(zip(shares, ends, strict=True))
    ]
    better_one, worse_one = told(rows, "rounded", metric=accuracy(), is_improvement=better).rows

    assert better_one.value >= worse_one.value


def test_the_ladder_shows_the_best_so_far_in_place_of_what_is_no_clear_improvement() -> None:
    shown = told([scored(1, 0.9), scored(2, 0.91), scored(3, 0.95)], "ladder", metric=accuracy(), is_improvement=better)

    assert [row.value for row in shown.rows] == pytest.approx([0.9, 0.9, 0.95])
    assert shown.withheld == {2}


def test_nothing_of_a_withheld_score_is_left_in_its_row() -> None:
    first, second = told([scored(1, 0.9), scored(2, 0.91)], "ladder", metric=accuracy(), is_improvement=better).rows

    assert (second.interval_lo, second.interval_hi, second.terms_sha256) == (
        first.interval_lo,
        first.interval_hi,
        first.terms_sha256,
    )


def test_each_team_has_a_ladder_of_its_own() -> None:
    shown = told([scored(1, 0.9), scored(2, 0.8, "ben")], "ladder", metric=accuracy(), is_improvement=better)

    assert shown.withheld == frozenset()


def hand_in(board: Board, tiny: ModuleType, state: Path, n_right: int) -> Receipt:
    data = tiny.answers(tiny.tiny_prepared(state), 0, n_right=n_right)
    return board.submit_csv("tiny", data, name="preds.csv")


def test_what_the_ladder_withholds_is_in_no_receipt_and_on_no_board(tiny: ModuleType, tmp_path: Path) -> None:
    with closing(tiny.open_board(tmp_path, "ladder")) as board:
        first, second = (hand_in(board, tiny, tmp_path, n_right) for n_right in (33, 34))  # one public row more
        exact = {row.submission_id: row.value for row in board.store.public_scores("tiny")}

        assert exact[1] != exact[2]
        assert (first.is_withheld, second.is_withheld) == (False, True)
        assert (second.score, second.interval_lo) == (first.score, first.interval_lo)
        assert [(row.submission_id, row.n_tries) for row in board.standings("tiny")] == [(1, 2)]


def test_a_clear_improvement_climbs_the_ladder(tiny: ModuleType, tmp_path: Path) -> None:
    with closing(tiny.open_board(tmp_path, "ladder")) as board:
        first, second = (hand_in(board, tiny, tmp_path, n_right) for n_right in (20, 55))

    assert not second.is_withheld
    assert second.previous_score == first.score
    assert second.score is not None
    assert second.score > (first.score or 0)


def test_the_decisions_of_the_ladder_are_the_same_the_next_time(tiny: ModuleType, tmp_path: Path) -> None:
    with closing(tiny.open_board(tmp_path, "ladder")) as board:
        for n_right in (20, 21, 55, 54):
            hand_in(board, tiny, tmp_path, n_right)
        before = board.standings("tiny")
    with closing(tiny.open_board(tmp_path, "ladder")) as board:
        assert board.standings("tiny") == before


def test_a_comparison_tells_no_more_than_the_ladder(tiny: ModuleType, tmp_path: Path) -> None:
    with closing(tiny.open_board(tmp_path, "ladder")) as board:
        for n_right in (20, 21, 55):
            hand_in(board, tiny, tmp_path, n_right)
        withheld, told_both = board.examination.compare("s1", "s2"), board.examination.compare("s1", "s3").public

    assert withheld.public is None
    assert "s2 was none" in withheld.why_no_public
    assert told_both is not None
    assert (told_both.kind, told_both.p, told_both.n_first_alone) == ("worse", None, None)


def test_to_verify_tells_no_score_that_was_not_told(tiny: ModuleType, tmp_path: Path) -> None:
    with closing(tiny.open_board(tmp_path, "rounded")) as board:
        hand_in(board, tiny, tmp_path, 31)
        verified = board.examination.verify("s1")

    assert (verified.is_equal, verified.score_before, verified.score_now) == (True, None, None)


@pytest.mark.parametrize("feedback", ["rounded", "ladder"])
def test_after_the_reveal_the_exact_best_ones_count(feedback: str, tiny: ModuleType, tmp_path: Path) -> None:
    with closing(tiny.open_board(tmp_path, feedback)) as board:
        for n_right in (40, 41, 42, 43):
            hand_in(board, tiny, tmp_path, n_right)
        exact = sorted(board.store.public_scores("tiny"), key=lambda row: -row.value)[:2]
        board.reveal("tiny")
        private = {row.submission_id: row.value for row in board.store.private_scores("tiny")}

        standing = board.standings("tiny", "private")[0]

    assert standing.score == max(private[row.submission_id] for row in exact)
    assert standing.public_rank == 1


def test_two_that_are_not_there_are_not_compared(board: Board) -> None:
    with pytest.raises(UsageError, match="E001"):
        board.examination.compare("s1", "s2")
