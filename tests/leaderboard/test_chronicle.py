"""The audit in words."""

from __future__ import annotations

import json
from zoneinfo import ZoneInfo

import pytest

from leaderboard.chronicle import Called, in_words
from leaderboard.store.base import Event

CALLED = Called(teams={"quiet-heron": "Anna Example"}, people={"entrant 3": "Ben Example"})


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        ({"closes": 1795820340.0, "why": "ill"}, "closes Fri 2026-11-27 23:59, why ill"),
        ({"freezes": None}, "freezes -"),
        ({"team": "quiet-heron", "selected": ["s1", "s4"]}, "Anna Example, selected s1 s4"),
        ({"team": "nobody-here", "selected": []}, "nobody-here, selected none"),
    ],
)
def test_details_are_told_by_the_clock_of_the_course_and_by_real_names(detail: dict[str, object], words: str) -> None:
    event = Event(at=1795820340.0, actor="quiet-heron", action="x", about="entrant 3", detail=json.dumps(detail))
    (line,) = in_words([event], CALLED, ZoneInfo("Europe/Berlin"))
    assert line.detail == words
    assert (line.at, line.actor, line.about) == ("Fri 2026-11-27 23:59", "Anna Example", "Ben Example")
