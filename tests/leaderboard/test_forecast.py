from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from leaderboard.forecast import expected_s, places
from leaderboard.store.base import InLine


def row(number: int, team: str, *, started_at: float | None = None, turn_at: float | None = None) -> InLine:
    return InLine(
        submission_id=number,
        competition="digits",
        team=team,
        kind="plugin",
        name="x",
        state="queued" if started_at is None else "running",
        queued_at=0.0,
        started_at=started_at,
        worker=None if started_at is None else "w",
        time_limit_s=60.0,
        progress=None,
        turn_at=turn_at,
    )


def told(line: list[InLine], *, n_workers: int) -> list[tuple[int, int, float | None]]:
    found = places(line, n_workers=n_workers, now=100.0, seconds_of=lambda _: 10.0)
    return [(one.submission_id, one.position, one.starts_in_s) for one in found.values()]


def test_teams_take_turns_in_the_forecast_too() -> None:
    line = [row(1, "a"), row(2, "a"), row(3, "b")]
    assert told(line, n_workers=1) == [(1, 1, 0.0), (3, 2, 10.0), (2, 3, 20.0)]


def test_a_team_with_a_running_job_waits_for_it_though_a_worker_is_idle() -> None:
    line = [row(1, "a", started_at=96.0), row(2, "a")]
    assert told(line, n_workers=2) == [(1, 0, 0.0), (2, 1, 6.0)]


def test_who_had_a_turn_longest_ago_comes_first() -> None:
    line = [row(1, "a", turn_at=50.0), row(2, "b", turn_at=40.0)]
    assert told(line, n_workers=1) == [(2, 1, 0.0), (1, 2, 10.0)]


def test_without_a_worker_nobody_knows_when() -> None:
    assert told([row(1, "a")], n_workers=0) == [(1, 1, None)]


def test_before_anything_has_run_half_the_limit_is_expected() -> None:
    assert (expected_s([], 60.0), expected_s([3.0, 1.0, 50.0], 60.0)) == (30.0, 3.0)


def test_a_team_with_two_running_jobs_waits_for_both() -> None:
    line = [row(1, "a", started_at=96.0), row(2, "a", started_at=99.0), row(3, "a")]
    assert told(line, n_workers=2)[-1] == (3, 1, 9.0)


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.booleans(), st.floats(0, 99)), max_size=30), st.integers(1, 4))
def test_everything_that_waits_has_a_place_and_each_team_keeps_its_order(
    drawn: list[tuple[str, bool, float]], n_workers: int
) -> None:
    turn = {team: at for team, _, at in drawn}
    line = [
        row(number, team, turn_at=turn[team], started_at=95.0 if runs else None)
        for number, (team, runs, _) in enumerate(drawn)
    ]
    waiting = [(number, position) for number, position, _ in told(line, n_workers=n_workers) if position]
    assert sorted(position for _, position in waiting) == list(range(1, sum(not runs for _, runs, _ in drawn) + 1))
    for team in "abcd":
        own = [position for number, position in sorted(waiting) if drawn[number][0] == team]
        assert own == sorted(own)
