from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.competition import Competition, CompetitionLimits, Data, MetricChoice, Schedule, Split, SubmissionForm
from kit.errors import KitError, RefusedError, UsageError
from leaderboard.dates import read_moment, read_span, said
from leaderboard.rules import admit, require_selectable, tries_on
from leaderboard.schedule import effective
from leaderboard.store.base import Event, State, Submission
from leaderboard.timetable import dates

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 23, 13, 0, tzinfo=BERLIN).timestamp()
H, D = 3600.0, 86400.0
TIMES = st.one_of(st.none(), st.floats(NOW - 9 * D, NOW + 9 * D))


def competition(**schedule: Any) -> Competition:
    times: Any = {k: v if k == "grace_minutes" else datetime.fromtimestamp(v, UTC) for k, v in schedule.items()}
    return Competition(
        title="x",
        kind="tabular-classification",
        data=Data(source="csv"),
        split=Split(method="hashed", salt="x"),
        metric=MetricChoice(name="accuracy"),
        submission=SubmissionForm(columns=("label",)),
        limits=CompetitionLimits(submissions_per_day=2, submissions_total=4),
        schedule=Schedule(**times),
    )


def said_so(action: str, **detail: Any) -> Event:
    return Event(at=0.0, actor="host", action=action, about="x", detail=json.dumps(detail))


def row(number: int = 1, *, at: float = NOW, state: State = "scored", code: str | None = None) -> Submission:
    return Submission(
        id=number, competition="x", team="t", kind="csv", name="a.csv", blob_sha256="", state=state, reason_code=code,
        message=None, received_at=at, finished_at=None, valid_score=None,
    )  # fmt: skip


def refusal(rows: list[Submission], now: float = NOW, *events: Event, **schedule: Any) -> str:
    """The code and words of the refusal; empty where it is taken in."""
    terms = effective(competition(**schedule), events).terms("t")
    try:
        admit(rows, terms, now=now, zone=BERLIN)
    except RefusedError as error:
        return str(error)
    return ""


def test_the_file_holds_until_the_host_says_otherwise() -> None:
    c = competition(closes=NOW + H)
    assert effective(c, []).closes == NOW + H
    assert effective(c, [said_so("close", closes=NOW), said_so("open", closes=NOW + D)]).closes == NOW + D
    assert effective(c, [said_so("open", closes=None)]).closes is None


def test_lines_of_the_audit_that_change_no_schedule_are_no_matter() -> None:
    assert effective(competition(), [said_so("reveal"), said_so("select", selected=["s1"])]) == effective(
        competition(), []
    )


def test_it_is_open_from_its_first_moment_to_before_its_last() -> None:
    times = {"opens": NOW, "closes": NOW + H}
    assert "E401" in refusal([], NOW - 0.001, **times)
    assert refusal([], NOW, **times) == refusal([], NOW + H - 0.001, **times) == ""
    assert "E401" in refusal([], NOW + H, **times)


def test_in_the_grace_a_submission_is_late() -> None:
    terms = effective(competition(closes=NOW, grace_minutes=10), []).terms("t")
    assert not admit([], terms, now=NOW - 1, zone=BERLIN)
    assert admit([], terms, now=NOW + 599, zone=BERLIN)
    with pytest.raises(RefusedError):
        admit([], terms, now=NOW + 600, zone=BERLIN)


def test_only_scored_submissions_use_tries() -> None:
    rows = [row(), row(state="cancelled"), row(state="failed", code="infrastructure"), row(state="failed", code="E202")]
    terms = effective(competition(), []).terms("t")
    assert tries_on(rows, terms, now=NOW, zone=BERLIN).left == 1


def test_what_waits_may_use_a_try_yet() -> None:
    assert "1 more wait" in refusal([row(), row(state="queued")])


def test_a_refusal_says_when_the_next_try_opens_in_the_zone_of_the_course() -> None:
    text = refusal([row(), row()])
    assert text.startswith("E403  2 of 2 tries used today.")
    assert "Tue 2026-11-24 00:00 Europe/Berlin (in 11 h 0 min)" in text


def test_when_all_tries_are_used_no_next_one_is_promised() -> None:
    rows = [row(at=NOW - n * D) for n in range(1, 5)]
    assert "no further one" in refusal(rows)


@pytest.mark.parametrize("given", [{"per_day": 0}, {"total": 0}])
def test_who_was_given_no_tries_is_promised_none(given: dict[str, int]) -> None:
    text = refusal([], NOW, said_so("quota", team="t", **given))
    assert text.startswith("E403  there are no tries here: the host has given none")
    assert "opens" not in text


def test_no_try_is_promised_for_after_the_end() -> None:
    used, waiting = (refusal([row(), row(state=state)], NOW, closes=NOW + H) for state in ("scored", "queued"))
    assert "no further one" in used
    assert waiting == "E403  1 of 2 tries used today, 1 more wait for a score"
    assert not [text for text in (used, waiting) if "opens" in text]
    assert "is taken" not in refusal([row(state="failed", code="E202")] * 6, NOW, closes=NOW + H)


def test_failed_runs_of_ones_own_code_are_limited_apart() -> None:
    failed = [row(state="failed", code="E202")] * 6
    assert "E404" in refusal(failed)
    assert refusal(failed[1:]) == refusal([row(state="failed", code="infrastructure")] * 9) == ""


def test_a_team_can_be_given_tries_and_time() -> None:
    more = said_so("quota", team="t", per_day=3), said_so("extend", team="t", closes=NOW + H)
    assert refusal([row(), row()], NOW, *more, closes=NOW) == ""
    assert "E401" in refusal([], NOW, said_so("extend", team="others", closes=NOW + H), closes=NOW)


@given(st.lists(st.tuples(st.sampled_from(["open", "close"]), TIMES)), TIMES)
def test_an_extension_never_takes_time_away(said_before: list[tuple[str, float | None]], until: float | None) -> None:
    events = [said_so(action, closes=at) for action, at in said_before]
    before = effective(competition(), events)
    after = effective(competition(), [*events, said_so("extend", team="t", closes=until)])
    ends = [float("inf") if x is None else x for x in (before.terms("t").closes, after.terms("t").closes)]
    assert ends[1] >= ends[0]
    assert after.terms("another") == before.terms("another")


@given(st.lists(st.tuples(st.sampled_from(["opens", "closes", "freezes", "reveals"]), TIMES)))
def test_the_later_line_of_the_audit_wins_and_others_stay(changes: list[tuple[str, float | None]]) -> None:
    schedule = effective(competition(), [said_so("open", **{key: at}) for key, at in changes])
    said: Any = dict(changes)
    assert replace(schedule, **said) == schedule


@given(TIMES, TIMES, st.integers(0, 90), st.floats(NOW - 9 * D, NOW + 9 * D))
def test_what_is_taken_in_is_within_the_hours(opens: float | None, closes: float | None, grace: int, at: float) -> None:
    terms = replace(effective(competition(), []), opens=opens, closes=closes, grace_s=60.0 * grace).terms("t")
    is_open = (opens is None or opens <= at) and (closes is None or at < closes + 60 * grace)
    try:
        is_late = admit([], terms, now=at, zone=BERLIN)
    except RefusedError:
        assert not is_open
    else:
        assert (is_open, is_late) == (True, closes is not None and at >= closes)


def test_what_can_not_be_chosen_is_told_at_once() -> None:
    rows = [row(1), row(2, state="failed"), row(3, state="queued"), row(4)]
    require_selectable(rows, [1, 4], most=2)
    require_selectable(rows, [], most=2)
    with pytest.raises(KitError) as caught:
        require_selectable(rows, [2, 3, 9], most=2)
    assert (caught.value.code, len(caught.value.parts)) == ("E405", 4)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", NOW),
        ("in 2h", NOW + 2 * H),
        ("2026-11-27T23:59:00+01:00", datetime(2026, 11, 27, 23, 59, tzinfo=BERLIN).timestamp()),
        ("2026-11-27 23:59 Europe/Berlin", datetime(2026, 11, 27, 23, 59, tzinfo=BERLIN).timestamp()),
        ("2026-11-27T22:59Z", datetime(2026, 11, 27, 23, 59, tzinfo=BERLIN).timestamp()),
        ("2026-11-27 23:59", datetime(2026, 11, 27, 23, 59, tzinfo=BERLIN).timestamp()),
        ("2026-11-27", datetime(2026, 11, 27, tzinfo=BERLIN).timestamp()),
        ("Fri 23:59", datetime(2026, 11, 27, 23, 59, tzinfo=BERLIN).timestamp()),
        ("Monday 12:00", datetime(2026, 11, 30, 12, 0, tzinfo=BERLIN).timestamp()),
        ("12:00", datetime(2026, 11, 24, 12, 0, tzinfo=BERLIN).timestamp()),
    ],
)
def test_a_moment_is_read_in_the_zone_of_the_course(text: str, expected: float) -> None:
    assert read_moment(text, now=NOW, zone=BERLIN) == expected


@pytest.mark.parametrize("text", ["2026-11-27 23:59", "Fri 23:59", "2026-11-27"])
def test_a_time_in_no_zone_is_told_with_what_was_probably_meant(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_moment(text, now=NOW, zone=None)
    assert "2026-11-27T" in caught.value.problem.fix
    assert "zone =" in caught.value.problem.fix


@pytest.mark.parametrize(
    "text", ["soon", "25:00", "Fri", "Fru 12:00", "2026-13-01 10:00", "2026-11-27 23:59 Mars/X", ""]
)
def test_what_is_no_moment_is_told_so(text: str) -> None:
    with pytest.raises(UsageError, match="E002"):
        read_moment(text, now=NOW, zone=BERLIN)


@pytest.mark.parametrize(
    "text", ["in 99999999999h", "in 9999999d", f"in {'9' * 400}h", "9999-12-31 23:59", "0001-01-01"]
)
def test_a_moment_that_no_calendar_can_tell_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        read_moment(text, now=NOW, zone=BERLIN)


def test_spans_add_up() -> None:
    assert read_span("1d 2h 30min") == D + 2.5 * H
    with pytest.raises(UsageError, match="E002"):
        read_span("two hours")


def test_a_moment_is_said_with_its_zone_and_how_far_it_is() -> None:
    assert said(NOW + 2 * D, zone=BERLIN, now=NOW) == "Wed 2026-11-25 13:00 Europe/Berlin (in 2 d 0 h)"
    assert said(NOW - 120, zone=BERLIN, now=NOW) == "Mon 2026-11-23 12:58 Europe/Berlin (2 min ago)"


@pytest.mark.parametrize(("after_s", "words"), [(-30, "in less than a minute"), (30, "less than a minute ago")])
def test_a_moment_that_is_near_is_before_or_behind(after_s: float, words: str) -> None:
    assert said(NOW, zone=BERLIN, now=NOW + after_s) == f"Mon 2026-11-23 13:00 Europe/Berlin ({words})"


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the computer's zone can't be changed here")
@pytest.mark.parametrize(
    ("zone", "words"), [("UTC", "12:00 UTC"), ("Europe/Berlin", "13:00 CET"), ("America/Sao_Paulo", "09:00 UTC-0300")]
)
def test_without_a_zone_the_computers_is_named_once(zone: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as changed:
        changed.setenv("TZ", zone)
        time.tzset()
        assert said(NOW, zone=None) == f"Mon 2026-11-23 {words}"
    time.tzset()


@pytest.mark.parametrize(
    ("after_s", "words"),
    [(-60, ", late for 5 min more"), (60, ", late ones are taken for 4 min"), (300, ""), (480, "")],
)
def test_late_ones_are_told_of_while_they_are_taken(after_s: float, words: str) -> None:
    closes = dict(dates(effective(competition(closes=NOW, grace_minutes=5), []), zone=BERLIN, now=NOW + after_s))[
        "closes"
    ]
    assert closes.rpartition(")")[2] == words
