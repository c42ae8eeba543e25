from __future__ import annotations

from leaderboard.overview import HOUR_S, CodeCount, best_over_time, errors_by_code, per_hour, without_submission
from leaderboard.store.base import Refusal, Scored, State, Submission
from leaderboard.store.people import Entrant


def scored(number: int, value: float, *, team: str = "a") -> Scored:
    return Scored(
        submission_id=number, team=team, kind="csv", name="x", received_at=float(number), selected=False,
        value=value, interval_lo=value, interval_hi=value, n=10,
    )  # fmt: skip


def row(
    number: int, *, team: str = "a", at: float = 0.0, state: State = "scored", code: str | None = None
) -> Submission:
    return Submission(
        id=number, competition="x", team=team, kind="csv", name="a.csv", blob_sha256="", state=state, reason_code=code,
        message=None, received_at=at, finished_at=None, valid_score=None,
    )  # fmt: skip


def test_a_teams_best_changes_with_its_improvements_only() -> None:
    scores = [scored(1, 0.5), scored(2, 0.4), scored(3, 0.5), scored(4, 0.7), scored(5, 0.1, team="b")]
    best = best_over_time(scores, greater_is_better=True)
    assert [(point.at, point.score) for point in best["a"]] == [(1.0, 0.5), (4.0, 0.7)]
    assert [point.score for point in best_over_time(scores, greater_is_better=False)["a"]] == [0.5, 0.4]


def test_hours_without_a_submission_are_there() -> None:
    at = 1_000 * HOUR_S
    assert per_hour([row(1, at=at + 5), row(2, at=at + 2 * HOUR_S), row(3, at=at + 10)]) == {
        at: 2, at + HOUR_S: 0, at + 2 * HOUR_S: 1,
    }  # fmt: skip
    assert per_hour([]) == {}


def test_errors_are_counted_by_the_teams_that_had_them() -> None:
    rows = [row(n, state="failed", code="E205") for n in range(3)]
    rows += [row(9, state="failed", code="infrastructure"), row(8)]
    refusals = [Refusal(competition="x", team=team, size=1, sha256="", codes=("E303", "E305")) for team in "ab"]
    assert errors_by_code(rows, refusals) == (
        CodeCount(code="E303", n=2, n_teams=2),
        CodeCount(code="E305", n=2, n_teams=2),
        CodeCount(code="E205", n=3, n_teams=1),
    )


def test_who_has_handed_in_nothing_is_named() -> None:
    teams = {"A": "a", "B": "b", "C": "a"}
    people = [Entrant(id=n, name=name, email="", team=team) for n, (name, team) in enumerate(teams.items())]
    assert [one.name for one in without_submission(people, [row(1, state="failed")])] == ["B"]
