from __future__ import annotations

from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.metrics.accuracy import accuracy
from leaderboard.commands.leaderboard import lines
from leaderboard.standings import private_standings, public_standings, with_rank_intervals
from leaderboard.store.base import Scored


def row(number: int, team: str, value: float, *, selected: bool = False) -> Scored:
    return Scored(
        submission_id=number,
        team=team,
        kind="csv",
        name=f"{team}.csv",
        received_at=float(number),
        selected=selected,
        value=value,
        interval_lo=value - 0.1,
        interval_hi=value + 0.1,
        n=10,
    )


def test_each_team_stands_with_its_best() -> None:
    standings = public_standings([row(1, "a", 0.5), row(2, "a", 0.9), row(3, "b", 0.7)], greater_is_better=True)
    assert [(s.rank, s.team, s.score, s.n_tries, s.last_at) for s in standings] == [
        (1, "a", 0.9, 2, 2.0),
        (2, "b", 0.7, 1, 3.0),
    ]


def test_where_less_is_better_the_lowest_leads() -> None:
    standings = public_standings([row(1, "a", 0.5), row(2, "b", 0.2)], greater_is_better=False)
    assert [s.team for s in standings] == ["b", "a"]


def test_equal_scores_share_a_rank_and_the_earlier_is_shown_first() -> None:
    rows = [row(1, "c", 0.7), row(2, "b", 0.9), row(3, "a", 0.9)]
    assert [(s.rank, s.team) for s in public_standings(rows, greater_is_better=True)] == [(1, "b"), (1, "a"), (3, "c")]


def test_scores_that_differ_in_the_last_digit_do_not_share_a_rank() -> None:
    rows = [row(1, "a", 0.1 + 0.2), row(2, "b", 0.3)]
    assert [s.rank for s in public_standings(rows, greater_is_better=True)] == [1, 2]


def test_of_a_teams_equal_scores_the_earlier_counts() -> None:
    standings = public_standings([row(2, "a", 0.9), row(1, "a", 0.9)], greater_is_better=True)
    assert standings[0].submission_id == 1


def test_the_best_public_ones_count_in_private_when_none_is_chosen() -> None:
    public = [row(1, "a", 0.9), row(2, "a", 0.8), row(3, "a", 0.1)]
    private = [row(1, "a", 0.5), row(2, "a", 0.6), row(3, "a", 0.99)]
    assert private_standings(public, private, greater_is_better=True, selected=2)[0].submission_id == 2


def test_chosen_ones_count_in_private_and_no_others() -> None:
    public = [row(1, "a", 0.9), row(2, "a", 0.8), row(3, "a", 0.1, selected=True)]
    private = [row(1, "a", 0.95), row(2, "a", 0.96), row(3, "a", 0.3, selected=True)]
    assert private_standings(public, private, greater_is_better=True, selected=2)[0].submission_id == 3


def test_movement_is_from_the_public_to_the_private_rank() -> None:
    public = [row(1, "a", 0.9), row(2, "b", 0.8)]
    private = [row(1, "a", 0.4), row(2, "b", 0.5)]
    moved = private_standings(public, private, greater_is_better=True, selected=2)
    assert [(s.team, s.rank, s.public_rank, s.moved) for s in moved] == [("b", 1, 2, 1), ("a", 2, 1, -1)]


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from([0.1, 0.2, 0.3])), max_size=20), st.booleans())
def test_a_rank_is_one_more_than_the_number_of_better_teams(scores: list[tuple[str, float]], greater: bool) -> None:
    rows = [row(n, team, value) for n, (team, value) in enumerate(scores)]
    standings = public_standings(rows, greater_is_better=greater)
    for s in standings:
        better = [t for t in standings if (t.score > s.score if greater else t.score < s.score)]
        assert s.rank == 1 + len(better)


def tied(*spans: tuple[int, int]) -> list[tuple[int | None, int | None]]:
    """Ties and bracket of each of several rows, ranked 1, 2, …, with these rank intervals."""
    rows = [row(n, f"t{n}", 1 - n / 100) for n in range(len(spans))]
    standings = with_rank_intervals(public_standings(rows, greater_is_better=True), spans)
    return [(s.n_tied, s.bracket) for s in standings]


def test_tied_with_are_the_other_teams_whose_rank_lies_inside_the_interval() -> None:
    assert [n for n, _ in tied((1, 2), (1, 3), (2, 3))] == [1, 2, 1]


def test_a_bracket_takes_rows_while_all_of_them_hold_each_others_ranks() -> None:
    assert [bracket for _, bracket in tied((1, 2), (1, 3), (2, 3), (4, 5), (4, 5))] == [1, 1, None, 2, 2]


@pytest.mark.parametrize(("spans", "is_said"), [([(1, 3), (1, 2), (1, 3)], True), ([(1, 2), (1, 2), (3, 3)], False)])
def test_why_a_bracket_has_fewer_rows_than_its_first_is_tied_with_is_said(
    spans: list[tuple[int, int]], is_said: bool, tiny: ModuleType
) -> None:
    rows = [row(n, f"t{n}", 1 - n / 100) for n in range(3)]
    board = with_rank_intervals(public_standings(rows, greater_is_better=True), spans)
    said = "\n".join(lines("tiny", tiny.TINY, accuracy(), board, None, now=0.0))

    assert ("a bracket holds fewer rows" in said) is is_said


def test_a_row_that_can_be_told_from_all_others_is_in_no_bracket() -> None:
    assert tied((1, 1), (2, 3), (2, 3)) == [(0, None), (1, 1), (1, 1)]


def test_who_may_be_the_best_is_in_the_leader_group() -> None:
    rows = [row(n, f"t{n}", 1 - n / 100) for n in range(3)]
    standings = with_rank_intervals(public_standings(rows, greater_is_better=True), [(1, 2), (1, 3), (2, 3)])
    assert [s.in_leader_group for s in standings] == [True, True, False]


def test_where_intervals_are_not_known_nothing_is_said_of_ties() -> None:
    standings = with_rank_intervals(public_standings([row(1, "a", 0.5)], greater_is_better=True), None)
    assert [(s.n_tied, s.bracket, s.in_leader_group) for s in standings] == [(None, None, None)]


@given(st.lists(st.tuples(st.integers(1, 8), st.integers(1, 8)), min_size=1, max_size=8))
def test_a_bracket_has_no_holes_and_its_rows_hold_each_others_ranks(spans: list[tuple[int, int]]) -> None:
    rows = [row(n, f"t{n}", 1 - n / 100) for n in range(len(spans))]
    standings = with_rank_intervals(
        public_standings(rows, greater_is_better=True), [(min(span), max(span)) for span in spans]
    )
    brackets: dict[int, list[int]] = {}
    for s in standings:
        if s.bracket is not None:
            brackets.setdefault(s.bracket, []).append(s.rank)
    for ranks in brackets.values():
        assert ranks == list(range(ranks[0], ranks[0] + len(ranks)))
        within = [s for s in standings if s.rank in ranks]
        assert all((s.rank_lo or 0) <= min(ranks) and max(ranks) <= (s.rank_hi or 0) for s in within)
