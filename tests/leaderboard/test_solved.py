"""How many rows of a board have solved an environment, in words."""

from __future__ import annotations

import pytest

from leaderboard.solved import in_words, n_solved
from leaderboard.standings import Standing


def row(low: float, *, is_ranked: bool = True) -> Standing:
    return Standing(
        rank=1, team=f"t{low}", kind="plugin", name="mine", submission_id=1, score=low + 20, interval_lo=low,
        interval_hi=500.0, n=200, n_tries=1, last_at=0.0, is_ranked=is_ranked,
    )  # fmt: skip


def test_a_row_counts_where_its_whole_interval_is_at_the_line_or_above() -> None:
    assert n_solved([row(475.0), row(474.9), row(500.0), row(500.0, is_ranked=False)], 475.0) == 2


@pytest.mark.parametrize(
    ("lows", "words"),
    [
        ([], "where the whole interval is above it"),
        ([20.0, 470.0], "no row has its whole interval above it yet"),
        ([500.0], "1 of 1 row has its whole interval above it"),
        ([500.0, 20.0], "1 of 2 rows has its whole interval above it"),
        ([500.0, 480.0, 20.0], "2 of 3 rows have their whole interval above it"),
    ],
)
def test_it_is_said_how_many_rows_have_solved_it(lows: list[float], words: str) -> None:
    assert in_words([row(low) for low in lows], 475.0, "value") == f"solved from 475.0 on: {words}"


def test_rows_that_are_not_all_are_not_counted() -> None:
    assert in_words([row(500.0)], 475.0, "value", is_cut=True).endswith("on: where the whole interval is above it")
