from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from kit.competition import CompetitionLimits
from leaderboard.rules import tries

BERLIN = ZoneInfo("Europe/Berlin")
LIMITS = CompetitionLimits(submissions_per_day=3)


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()


def test_only_todays_submissions_use_todays_tries() -> None:
    received = [at("2026-11-22 23:59"), at("2026-11-23 00:00"), at("2026-11-23 12:00")]
    left = tries(received, LIMITS, now=at("2026-11-23 13:00"), zone=BERLIN)
    assert (left.used, left.left, left.used_total) == (2, 1, 3)


def test_a_day_begins_at_midnight_of_the_courses_zone() -> None:
    left = tries([], LIMITS, now=at("2026-11-23 13:00"), zone=BERLIN)
    assert left.next_at == at("2026-11-24 00:00")


def test_the_day_on_which_clocks_go_back_has_25_hours() -> None:
    received = [at("2026-10-25 00:00")]
    left = tries(received, LIMITS, now=at("2026-10-25 23:30"), zone=BERLIN)
    assert (left.used, left.next_at - received[0]) == (1, 25 * 3600)


def test_a_limit_on_all_submissions_counts_too() -> None:
    limits = CompetitionLimits(submissions_per_day=3, submissions_total=2)
    left = tries([at("2026-11-01 12:00")], limits, now=at("2026-11-23 13:00"), zone=BERLIN)
    assert (left.used, left.left) == (0, 1)


def test_tries_left_are_never_negative() -> None:
    received = [at("2026-11-23 12:00")] * 5
    assert tries(received, LIMITS, now=at("2026-11-23 13:00"), zone=BERLIN).left == 0
