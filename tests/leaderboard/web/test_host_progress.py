"""The drawings of how a class is getting on."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

from leaderboard.overview import HOUR_S, Point
from leaderboard.web.host_progress import hours, progress, verdicts
from leaderboard.web.views import Measured

BERLIN = ZoneInfo("Europe/Berlin")
NOW = 1795424400.0  # Mon 2026-11-23 10:00 in Berlin
ACCURACY = Measured(name="accuracy", unit="share", greater_is_better=True)
RMSE = Measured(name="rmse", unit="value", greater_is_better=False)
NAMES = {"a": "Ada <b>", "b": "Ben"}


def best(*scores: float) -> tuple[Point, ...]:
    """An improvement every hour, the last one now."""
    return tuple(Point(at=NOW - HOUR_S * back, score=score) for back, score in enumerate(reversed(scores)))[::-1]


def test_each_team_is_a_line_and_each_baseline_is_dashed() -> None:
    drawn = progress({"a": best(0.8, 0.9), "b": best(0.7)}, NAMES, {"logistic": 0.85}, ACCURACY, zone=BERLIN, now=NOW)
    assert drawn is not None
    assert (drawn.svg.count('class="team"'), drawn.svg.count('class="baseline"')) == (2, 1)
    assert drawn.said == "Of 2 teams with a score: 1 better than logistic (85.0 %)."
    assert [row[:2] for row in drawn.rows] == [("Ada <b>", "90.0 %"), ("Ben", "70.0 %")]


def test_a_line_stays_where_it_is_until_the_score_is_better() -> None:
    drawn = progress({"a": best(0.8, 0.9)}, NAMES, {}, ACCURACY, zone=BERLIN, now=NOW + HOUR_S)
    assert drawn is not None
    found = re.search(r'd="M([^"]+)" class="team"', drawn.svg)
    assert found is not None
    corners = [tuple(map(float, corner.split())) for corner in found[1].split("L")]
    assert [x for x, _ in corners] == sorted(x for x, _ in corners)
    assert [y for _, y in corners] == [corners[0][1]] * 2 + [corners[-1][1]] * 2


def test_the_drawing_begins_at_the_first_submission_and_has_the_unit_on_its_axis() -> None:
    first = Point(at=NOW - HOUR_S / 2, score=0.8)
    drawn = progress({"a": (first,)}, NAMES, {"logistic": 0.7}, ACCURACY, zone=BERLIN, now=NOW)
    assert drawn is not None
    assert ">Mon 09:30</text>" in drawn.svg
    assert ">Mon 09:00</text>" not in drawn.svg
    assert ">80.0 %</text>" in drawn.svg


def test_a_constant_far_behind_all_teams_is_told_and_not_drawn() -> None:
    baselines = {"constant": 0.1, "logistic": 0.85}
    drawn = progress({"a": best(0.8)}, NAMES, baselines, ACCURACY, zone=BERLIN, now=NOW)
    assert drawn is not None
    assert "same answer" not in drawn.svg
    assert "1 better than always the same answer (10.0 %)" in drawn.said
    errors = progress({"a": best(2.0)}, NAMES, {"constant": 1.5}, RMSE, zone=BERLIN, now=NOW)
    assert errors is not None
    assert "same answer" in errors.svg
    assert "0 better than always the same answer (1.5000)" in errors.said


def test_before_any_score_nothing_is_drawn() -> None:
    assert progress({}, NAMES, {"logistic": 0.9}, ACCURACY, zone=BERLIN, now=NOW) is None
    assert progress({"host": best(0.9)}, NAMES, {}, ACCURACY, zone=BERLIN, now=NOW) is None
    assert hours({int(NOW) - 60 * HOUR_S: 3}, zone=BERLIN, now=NOW) is None
    assert verdicts({}) is None


def test_each_hour_is_a_bar_and_its_number_is_in_the_table() -> None:
    hour = int(NOW // HOUR_S) * HOUR_S
    drawn = hours({hour: 2, hour - 20 * HOUR_S: 5}, zone=BERLIN, now=NOW)
    assert drawn is not None
    assert drawn.svg.count('class="bar"') == 21
    assert drawn.said == "7 in the last 21 hours; 2 in this one."
    assert [row[1] for row in drawn.rows] == ["5", "2"]


def test_verdicts_are_counted_in_their_order() -> None:
    drawn = verdicts({"over-fitting": 2, "under-fitting": 5, "": 1})
    assert drawn is not None
    assert drawn.said == "5 under-fitting, 2 over-fitting."
