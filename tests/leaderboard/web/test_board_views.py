"""The leaderboard as values: who leads, what is drawn, and what is said to whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.rules import Tries
from leaderboard.schedule import Terms
from leaderboard.standings import Standing
from leaderboard.web.board_scale import rounded
from leaderboard.web.board_views import about, board_rows, course, key, lead, scale_for, ticker
from leaderboard.web.clerk_standings import Row, Snapshot
from leaderboard.web.views import Card, Deadline, Measured, Names, card_order, deadline, tries_view
from leaderboard.web.words.times import moment

ACCURACY = Measured(name="accuracy", unit="share", greater_is_better=True)
NAMES = Names(of={"a": "otter", "b": "heron", "c": "fox", "d": "owl"})
NOON = 1_796_040_000.0  # Mon 2026-11-30 12:00 UTC


def standing(team: str, rank: int, score: float, span: tuple[int, int], bracket: int | None = None) -> Standing:
    return Standing(
        rank=rank, team=team, kind="csv", name="x.csv", submission_id=rank, score=score, interval_lo=score - 0.02,
        interval_hi=score + 0.02, n=240, n_tries=2, last_at=NOON - 60 * rank, rank_lo=span[0], rank_hi=span[1],
        n_tied=span[1] - span[0], bracket=bracket,
    )  # fmt: skip


def snapshot(*rows: Standing, **more: object) -> Snapshot:
    made = Snapshot(competition="digits", public=tuple(Row(standing=row) for row in rows), n_teams=len(rows))
    return replace(made, **more)  # type: ignore[arg-type]


THREE = (
    standing("a", 1, 0.95, (1, 2), 1),
    standing("b", 2, 0.94, (1, 2), 1),
    standing("c", 3, 0.60, (3, 3)),
)


def says(found: Snapshot) -> str:
    return lead(found, "public", "image", ACCURACY, NAMES).words


def test_a_lead_that_luck_may_explain_is_not_called_real() -> None:
    told = lead(snapshot(*THREE), "public", "image", ACCURACY, NAMES)
    assert told.words == "otter leads, but that may be luck"
    assert told.detail.startswith("heron may be as good: on 240 images")


def test_a_lead_over_all_others_is_real() -> None:
    first = replace(THREE[0], rank_hi=1, n_tied=0, bracket=None)
    second = replace(THREE[1], rank_lo=2, n_tied=0, bracket=None)
    told = lead(snapshot(first, second), "public", "image", ACCURACY, NAMES)
    assert told.words == "otter leads, and the lead is real"


def test_many_who_may_be_as_good_are_counted() -> None:
    rows = [standing(team, rank, 0.9 - rank / 100, (1, 4), 1) for rank, team in enumerate("abcd", start=1)]
    assert lead(snapshot(*rows), "public", "image", ACCURACY, NAMES).detail.startswith("heron and 2 others may")


def test_of_a_lead_nobody_can_judge_nothing_is_claimed() -> None:
    unknown = [replace(row, rank_lo=None, rank_hi=None, n_tied=None, bracket=None) for row in THREE]
    assert says(snapshot(*unknown)) == "otter leads"
    assert says(snapshot(*THREE, is_cut=True)) == "otter leads"
    assert says(snapshot(THREE[0])) == "otter leads"
    assert says(snapshot()) == "Nobody has a score yet"


def test_two_with_the_best_score_lead_together() -> None:
    both = (THREE[0], replace(THREE[1], rank=1, score=0.95))
    assert says(snapshot(*both, THREE[2])) == "otter and heron lead together"


def test_behind_the_reveal_it_is_told_who_has_won() -> None:
    found = replace(snapshot(*THREE), private=snapshot(*THREE).public)
    assert lead(found, "private", "image", ACCURACY, NAMES).words == "otter wins, but that may be luck"


def test_a_baseline_that_nobody_has_reached_is_told_with_the_lead() -> None:
    ahead = [
        lead(snapshot(*THREE, baselines=known), "public", "image", ACCURACY, NAMES).ahead
        for known in ({"cnn": 0.988, "resnet": 0.995, "logistic": 0.9}, {"mlp": 0.95}, {})
    ]
    assert ahead == ["No team has reached the cnn baseline (98.8 %) yet.", "", ""]


def test_what_a_ranking_stands_on_and_is_for_is_told_in_sentences() -> None:
    found = snapshot(*THREE, n_private=479)
    told = about(found, "public", "image", ACCURACY, practice=True)
    assert told.startswith("240 public images, accuracy, higher is better. The final ranking is by 479 others, hidden")
    assert told.endswith("For practice: its answers are published elsewhere.")
    assert about(snapshot(), "private", "row", ACCURACY, practice=False).endswith("This is the final ranking.")


def test_the_sign_beside_a_rank_is_explained_with_the_first_that_there_is() -> None:
    rows = board_rows(snapshot(*THREE), "public", ACCURACY, NAMES, now=NOON)
    assert key(rows) == ("=1", "may change places with 1 other")
    assert key(rows[2:]) == ("", "")


def test_a_bracket_is_drawn_past_a_row_without_rank_and_has_one_label() -> None:
    found = snapshot(*THREE, baselines={"logistic": 0.945})
    rows = board_rows(found, "public", ACCURACY, NAMES, now=NOON)
    assert [row.who for row in rows] == ["otter", "logistic", "heron", "fox"]
    assert [row.edge for row in rows] == ["first", "middle", "last", ""]
    assert [row.group for row in rows] == ["These 2 teams can't be told apart", "", "", ""]
    assert [row.rank for row in rows] == [1, None, 2, 3]


def test_all_intervals_are_on_one_scale_between_round_numbers() -> None:
    found = snapshot(*THREE)
    rows = board_rows(found, "public", ACCURACY, NAMES, now=NOON)
    marks = scale_for(found, "public").marks("share")
    assert [mark.words for mark in marks] == ["50", "60", "70", "80", "90", "100"]
    assert [mark.at for mark in marks if mark.is_round] == [20.0, 60.0, 100.0]
    assert all(0 <= row.lo < row.at < row.hi <= 100 and not row.is_off for row in rows)


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_every_scale_holds_what_it_is_for_between_two_to_seven_steps(lo: float, length: float) -> None:
    scale = rounded(lo, lo + length)
    assert scale.holds(lo)
    assert scale.holds(lo + length)
    assert 2 <= scale.n_steps <= 7


def test_what_lies_beyond_the_scale_is_no_dot_on_it_and_what_is_cut_off_says_where() -> None:
    many = [standing(team, rank, 0.9, (1, 1)) for rank, team in enumerate("abcdefghi", start=1)]
    found = snapshot(*many, standing("d", 10, 0.1, (1, 1)), baselines={"constant": 0.1})
    rows = board_rows(found, "public", ACCURACY, NAMES, now=NOON)
    assert [(row.is_off, row.is_cut_lo, row.is_cut_hi) for row in rows[-2:]] == [(True, True, False)] * 2
    assert (rows[-1].who, rows[-1].kind) == ("always the same answer", "baseline")
    assert not any(row.is_cut_lo or row.is_cut_hi for row in rows[:9])


def test_people_and_baselines_have_no_rank_no_change_and_no_tries() -> None:
    people = replace(standing("you / human.csv", 2, 0.945, (1, 1)), is_ranked=False, rank_lo=None, n_tied=None)
    row = board_rows(snapshot(THREE[0], people), "public", ACCURACY, NAMES, now=NOON)[1]
    assert (row.kind, row.rank, row.change, row.tries, row.last) == ("human", None, "", 0, "")


def test_the_line_of_progress_leaves_out_what_lies_on_it() -> None:
    assert course([0.1, 0.1, 0.1, 0.2], greater_is_better=True) == "3,17 52,17 77,3"
    assert course([0.1], greater_is_better=True) == ""


def test_the_ticker_tells_of_the_latest_try() -> None:
    rows = [replace(row, last_at=NOON - age) for row, age in zip(THREE, (900.0, 5.0, 90.0), strict=True)]
    assert ticker(snapshot(*rows), ACCURACY, NAMES, now=NOON) == "heron, just now: best 94.0 %, rank 2"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (3600.0, "today 13:00"),
        (86400.0, "Tue 12:00"),
        (8 * 86400.0, "Tue 8 Dec, 12:00"),
        (400 * 86400.0, "Tue 4 Jan 2028, 12:00"),
    ],
)
def test_a_moment_is_told_as_briefly_as_it_is_clear(seconds: float, words: str) -> None:
    assert moment(NOON + seconds, UTC, NOON) == words


def test_each_phase_of_a_competition_tells_the_moment_that_counts() -> None:
    terms = Terms(opens=NOON + 100, closes=NOON + 7200, grace_s=600.0, per_day=10, total=None)
    at = {"early": NOON, "open": NOON + 100, "late": NOON + 7200, "over": NOON + 7800}
    assert {phase: deadline(terms, None, now=now, zone=UTC).phase for phase, now in at.items()} == {p: p for p in at}
    assert deadline(terms, None, now=NOON + 120, zone=UTC).left == "1 h 58 min"
    assert deadline(terms, None, now=NOON + 120 - 86400, zone=UTC).day == "Mon 30 Nov 12:01"
    assert deadline(replace(terms, opens=None, closes=None), None, now=NOON, zone=UTC).is_open


def test_without_a_try_it_is_told_when_the_next_one_opens() -> None:
    used = Tries(used=10, limit=10, used_total=10, limit_total=None, next_at=NOON + 12 * 3600)
    assert tries_view(used, now=NOON, zone=UTC).next == "the next opens Tue 00:00, in 12 h 0 min"
    assert tries_view(replace(used, limit_total=10), now=NOON, zone=UTC).next == "no further one in this competition"


def test_of_tries_it_is_told_what_waits_and_when_there_are_new_ones() -> None:
    used = Tries(used=7, limit=10, used_total=9, limit_total=None, next_at=NOON + 12 * 3600, waiting=1, waiting_total=1)

    def told(**more: float) -> tuple[str, ...]:
        return tries_view(replace(used, **more), now=NOON, zone=UTC).more  # type: ignore[arg-type]

    assert tries_view(used, now=NOON, zone=UTC).left == 2
    assert told() == ("1 waits for its score", "10 new ones at 00:00")
    assert told(limit_total=15, waiting=0) == ("5 of 15 altogether", "2 new ones at 00:00")
    assert told(ends=NOON + 60, waiting=2) == ("2 wait for their scores",)


def test_on_the_first_page_what_is_open_comes_before_what_is_over() -> None:
    def card(name: str, phase: str, **more: object) -> Card:
        made = Card(name=name, title=name, summary="", deadline=Deadline(phase=phase))  # type: ignore[arg-type]
        return replace(made, **more)  # type: ignore[arg-type]

    cards = [card("over", "over"), card("none", "none"), card("open", "open"), card("own", "none", is_own=True)]
    assert [one.name for one in sorted(cards, key=card_order)] == ["own", "open", "none", "over"]
