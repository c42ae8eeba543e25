"""Everything that a host does with a click: the same as on the command line, in the audit, and nobody else's."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Route
from starlette.testclient import TestClient

from kit.workspace import Workspace
from leaderboard.board import Board
from leaderboard.store.base import Event
from leaderboard.web.app import create_app

Bearer = dict[str, str]
Answer = Any
Press = Callable[..., Answer]
HOUR = 3600.0


@pytest.fixture
def bare_workspace(bare_workspace: Path) -> Path:
    """With a time zone, as a course has one."""
    with (bare_workspace / "kit.toml").open("a") as file:
        file.write('zone = "Europe/Berlin"\n')
    return bare_workspace


@pytest.fixture
def browser(host: Bearer, as_browser: Callable[[Bearer], Bearer]) -> Bearer:
    """The header of the host's browser."""
    return as_browser(host)


@pytest.fixture
def press(client: TestClient, browser: Bearer) -> Press:
    """Sends a form of the host's pages, with its key."""
    key = re.search(r'name="csrf" value="(\w+)"', client.get("/host/audit", headers=browser).text)
    assert key is not None

    def send(path: str, *, files: Any = None, **fields: str) -> Answer:
        return client.post(path, data={"csrf": key[1]} | fields, files=files, headers=browser)

    return send


def newest(board: Board, action: str) -> Event:
    """The newest line of the audit with this action."""
    return [event for event in board.store.audit() if event.action == action][-1]


def handle(board: Board, name: str = "Anna Example") -> str:
    return board.classroom.team(name).handle


def hand_in(client: TestClient, who: Bearer, data: bytes, name: str = "a.csv") -> Answer:
    return client.post("/api/v1/competitions/digits/submissions", content=data, headers=who | {"x-filename": name})


def test_every_address_of_the_host_is_closed_to_everybody_else(
    client: TestClient, here: Workspace, anna: Bearer, as_browser: Callable[[Bearer], Bearer]
) -> None:
    routes = [route for route in create_app(here).routes if isinstance(route, Route) and route.path.startswith("/host")]
    assert len(routes) >= 18
    for route in routes:
        for method in sorted((route.methods or set()) - {"HEAD"}):
            for headers in ({}, as_browser(anna)):
                answer = client.request(method, route.path.replace("{name}", "digits"), headers=headers)
                assert answer.status_code == 401, (method, route.path)
                assert "Example" not in answer.text.replace("Anna Example", "")
                assert answer.headers["cache-control"] == "no-store"


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/host", "/host/live", "/host/c/digits", "/host/roster", "/host/audit"])
def test_a_page_of_the_host_is_there_before_anything_has_happened(
    client: TestClient, browser: Bearer, path: str
) -> None:
    answer = client.get(path, headers=browser)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert not re.search(r"<style|style=|<script(?! src=\"/static/)|\son\w+=", answer.text)


def test_what_is_typed_for_opening_is_read_as_the_command_line_reads_it(press: Press, board: Board) -> None:
    answer = press("/host/c/digits/open", at="2026-11-20 09:00", until="2026-11-27 23:59 Europe/Berlin", why="term")
    schedule = board.classroom.schedule("digits")
    assert answer.headers["location"] == "/host/c/digits?done=set"
    assert (schedule.opens, schedule.closes) == (1795161600.0, 1795820340.0)
    assert json.loads(newest(board, "open").detail)["why"] == "term"


def test_a_wrong_date_is_told_at_its_field_with_what_was_typed(press: Press, board: Board) -> None:
    answer = press("/host/c/digits/open", at="in 2h", until="Fri 25:99")
    assert answer.status_code == 400
    assert 'value="Fri 25:99"' in answer.text
    assert 'aria-describedby="open-until-told"' in answer.text
    assert "is no point in time" in answer.text
    assert "Fri 23:59,   or   in 2h" in answer.text
    assert 'value="in 2h"' in answer.text
    assert board.classroom.schedule("digits").opens is None


@pytest.mark.slow
def test_what_would_close_before_it_opens_is_told_there(press: Press, board: Board) -> None:
    press("/host/c/digits/open", at="in 2h")
    answer = press("/host/c/digits/close", at="in 1h")
    assert answer.status_code == 400
    assert "would close before it opens" in answer.text
    assert 'id="close-at-told"' in answer.text


@pytest.mark.slow
def test_closing_now_has_no_grace_and_later_has_what_is_given(press: Press, board: Board) -> None:
    press("/host/c/digits/close", at="in 2h", grace="10min")
    assert board.classroom.schedule("digits").grace_s == 600
    press("/host/c/digits/close")
    schedule = board.classroom.schedule("digits")
    assert schedule.grace_s == 0
    assert schedule.closes is not None
    assert abs(schedule.closes - board.store.clock()) < 60


def test_the_board_is_frozen_and_moves_again(press: Press, board: Board) -> None:
    now = board.store.clock()
    assert press("/host/c/digits/freeze", how="now", back="overview").headers["location"] == "/host?done=frozen"
    assert board.classroom.schedule("digits").is_frozen(now + 60)
    press("/host/c/digits/freeze", how="off")
    assert not board.classroom.schedule("digits").is_frozen(now + 60)
    assert (newest(board, "freeze").actor, newest(board, "unfreeze").actor) == ("host", "host")


@pytest.mark.slow
def test_the_last_two_hours_can_be_frozen_once_it_closes(press: Press, board: Board) -> None:
    assert press("/host/c/digits/freeze", how="last").status_code == 400
    press("/host/c/digits/close", at="in 5h")
    press("/host/c/digits/freeze", how="last")
    schedule = board.classroom.schedule("digits")
    assert schedule.closes is not None
    assert schedule.freezes == schedule.closes - 2 * HOUR


def test_before_a_reveal_it_is_said_whose_time_still_runs(
    press: Press, client: TestClient, browser: Bearer, board: Board
) -> None:
    press("/host/c/digits/close", how="now")
    board.classroom.change("digits", "extend", team=handle(board), closes=board.store.clock() + 20 * HOUR)
    notice = re.findall(r'<p class="notice">(.*?)</p>', client.get("/host/c/digits", headers=browser).text)
    assert [words for words in notice if re.match(r"Anna Example has time until .+ Europe/Berlin \(in \d+ h", words)]
    assert not [words for words in notice if "Submissions are taken" in words]


def test_nothing_is_revealed_without_the_tick(press: Press, board: Board) -> None:
    answer = press("/host/c/digits/reveal")
    assert answer.status_code == 400
    assert "nothing was opened" in answer.text
    assert not board.is_revealed("digits")
    assert press("/host/c/digits/reveal", confirmed="yes").headers["location"] == "/host/c/digits?done=revealed"
    assert board.is_revealed("digits")
    assert newest(board, "reveal").actor == "host"


@pytest.mark.slow
def test_a_reveal_is_set_and_taken_back(press: Press, board: Board) -> None:
    assert press("/host/c/digits/schedule").status_code == 400
    press("/host/c/digits/schedule", at="in 2d")
    reveals = board.classroom.schedule("digits").reveals
    assert reveals is not None
    assert abs(reveals - board.store.clock() - 48 * HOUR) < 60
    press("/host/c/digits/schedule", how="off")
    assert board.classroom.schedule("digits").reveals is None


def test_one_team_is_given_more_time_and_other_tries(press: Press, board: Board) -> None:
    press("/host/c/digits/close", at="in 5h")
    closes = board.classroom.schedule("digits").closes
    assert closes is not None
    answer = press("/host/c/digits/extend", team=handle(board), by="1d", tries="3", why="ill")
    terms = board.classroom.schedule("digits").terms(handle(board))
    assert answer.status_code == 303
    assert (terms.closes, terms.per_day) == (closes + 24 * HOUR, 3)
    assert json.loads(newest(board, "extend").detail)["why"] == "ill"
    assert newest(board, "quota").actor == "host"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "by"),
        ({"by": "1d", "until": "in 9h"}, "until"),
        ({"by": "long"}, "by"),
        ({"tries": "-1"}, "tries"),
        ({"tries_total": "²"}, "tries_total"),
        ({"by": "1d"}, "by"),
    ],
)
def test_an_extension_that_says_nothing_clear_is_told_at_its_field(
    press: Press, board: Board, fields: dict[str, str], field: str
) -> None:
    answer = press("/host/c/digits/extend", team=handle(board), **fields)
    assert answer.status_code == 400
    assert f'id="extend-{field}-told"' in answer.text
    assert not board.classroom.schedule("digits").teams


def test_a_name_is_set_free_and_who_joined_is_shown(
    client: TestClient, press: Press, browser: Bearer, anna: Bearer, board: Board
) -> None:
    assert "Anna Example" in client.get("/host/live", headers=browser).text
    assert press("/host/release", entrant="1", back="roster").headers["location"] == "/host/roster?done=released"
    assert client.get("/api/v1/me", headers=anna).status_code == 401
    assert newest(board, "release").about == "entrant 1"
    assert press("/host/release", entrant="1").headers["location"] == "/host?done=was-free"


@pytest.mark.slow
def test_a_claim_that_was_refused_is_shown(client: TestClient, browser: Bearer, anna: Bearer, board: Board) -> None:
    board.people.claim(1, token_hash="x", label="browser at 10.0.0.9")
    shown = client.get("/host/live", headers=browser).text
    assert "somebody tried to join as Anna Example" in shown
    assert "browser at 10.0.0.9" in shown


@pytest.mark.slow
def test_a_token_is_taken_back_and_the_name_stays_taken(
    client: TestClient, press: Press, browser: Bearer, anna: Bearer, board: Board
) -> None:
    number = next(token.id for token in board.people.tokens() if token.entrant_id == 1)
    assert f'name="token" value="{number}"' in client.get("/host/roster", headers=browser).text
    press("/host/revoke", token=str(number))
    assert client.get("/api/v1/me", headers=anna).status_code == 401
    assert board.people.entrants()[0].claimed_at is not None
    assert newest(board, "revoke").about == f"token {number}"


def test_the_overview_says_of_a_competition_that_it_is_not_open_yet(
    client: TestClient, browser: Bearer, board: Board
) -> None:
    board.classroom.change("digits", "open", opens=board.store.clock() + 3600)
    page = client.get("/host", headers=browser).text
    assert ("<title>Host · " in page, page.count(">not open yet</span>")) == (True, 1)


@pytest.mark.slow
def test_somebody_is_taken_off_the_roster(press: Press, board: Board) -> None:
    assert press("/host/remove", entrant="3").headers["location"] == "/host/roster?done=removed"
    assert [one.name for one in board.people.entrants()] == ["Anna Example", "Ben Example"]
    assert (newest(board, "roster-remove").actor, newest(board, "roster-remove").about) == ("host", "entrant 3")


def test_a_form_of_the_host_that_was_not_opened_in_the_browser_does_nothing(
    client: TestClient, here: Workspace, browser: Bearer, board: Board
) -> None:
    routes = [
        route for route in create_app(here).routes if isinstance(route, Route) and "POST" in (route.methods or ())
    ]
    paths = [route.path.replace("{name}", "digits") for route in routes if route.path.startswith("/host")]
    assert len(paths) >= 16
    before = board.store.audit()
    form = {"csrf": "0" * 32, "entrant": "1", "name": "Mallory", "team": handle(board), "confirmed": "yes"}
    assert {path: client.post(path, data=form, headers=browser).status_code for path in paths} == dict.fromkeys(
        paths, 401
    )
    assert board.store.audit() == before


def test_a_name_is_corrected_and_whoever_joined_under_it_stays_in(
    client: TestClient, press: Press, anna: Bearer, board: Board
) -> None:
    answer = press("/host/rename", entrant="1", name="  Anna   King ")
    assert answer.headers["location"] == "/host/roster?done=renamed"
    assert client.get("/api/v1/me", headers=anna).json()["name"] == "Anna King"
    assert (newest(board, "roster-change").actor, newest(board, "roster-change").about) == ("host", "entrant 1")


@pytest.mark.slow
@pytest.mark.parametrize("name", [" ", "Anna\u200bKing", "x" * 101])
def test_what_is_no_name_is_told_at_its_field(press: Press, board: Board, name: str) -> None:
    answer = press("/host/rename", entrant="1", name=name)
    assert (answer.status_code, answer.text.count('id="rename-1-name-told"')) == (400, 1)
    assert board.people.entrants()[0].name == "Anna Example"
    assert press("/host/rename", entrant="77", name="Nobody").status_code == 404


@pytest.mark.slow
def test_a_new_word_code_is_made_and_the_old_one_is_of_no_use(press: Press, board: Board) -> None:
    before = board.classroom.word_code()
    assert press("/host/code").headers["location"] == "/host?done=code"
    assert not board.classroom.is_word_code(before)
    assert json.loads(newest(board, "set").detail) == {"setting": "word code"}


@pytest.mark.slow
def test_a_team_can_lose_the_name_that_it_chose(press: Press, board: Board) -> None:
    team = handle(board)
    board.classroom.set_nickname(team, "rude", actor=team)
    press("/host/nickname", team=team)
    assert board.classroom.team("Anna Example").nickname is None
    assert newest(board, "nickname").actor == "host"


def test_students_are_added_from_lines(press: Press, board: Board) -> None:
    answer = press("/host/roster/add", lines="Dora Example, dora@x.edu\nExample, Emil\n", files={"file": ("", b"")})
    assert answer.status_code == 200
    assert "2: Dora Example, Emil Example" in answer.text
    assert [one.name for one in board.people.entrants()][3:] == ["Dora Example", "Emil Example"]
    assert newest(board, "roster-add").actor == "host"


@pytest.mark.slow
def test_students_are_added_from_a_file(press: Press, board: Board) -> None:
    sheet = b'Student,ID,SIS User ID,SIS Login ID,Section\n"Example, Dora",7,u7,dora@x.edu,A\n'
    answer = press("/host/roster/add", files={"file": ("Grades.csv", sheet)})
    assert "a gradebook export of Canvas" in answer.text
    assert board.people.entrants()[-1].external["ID"] == "7"


@pytest.mark.slow
def test_a_roster_that_is_wrong_is_told_with_every_line_and_kept(press: Press, board: Board) -> None:
    answer = press("/host/roster/add", lines="name,email\nDora,x\nDora,y@z", files={"file": ("", b"")})
    assert answer.status_code == 400
    assert "line 2 has" in answer.text
    assert "Dora,y@z</textarea>" in answer.text
    assert len(board.people.entrants()) == 3
    assert "choose a file" in press("/host/roster/add", files={"file": ("", b"")}).text


@pytest.mark.slow
def test_a_roster_that_is_too_large_is_not_read(press: Press, board: Board) -> None:
    assert press("/host/roster/add", files={"file": ("a.csv", b"x" * (9 << 20))}).status_code == 413


@pytest.mark.slow
def test_a_job_is_cancelled_and_that_is_written_down(
    client: TestClient, press: Press, browser: Bearer, anna: Bearer, board: Board
) -> None:
    from kit.plugin.archive import packed

    team = handle(board)
    plugin = packed({"plugin.py": b"def fit(train):\n    pass\n\n\ndef predict(model, X):\n    return [3] * len(X)\n"})
    waits = board.take_in_plugin("digits", plugin, name="mine", team=team)
    shown = client.get("/host/live", headers=browser).text
    assert f'value="s{waits.id}"' in shown
    assert "Nobody works on the queue" in shown
    assert press("/host/cancel", label=f"s{waits.id}").headers["location"] == "/host?done=cancelled"
    assert board.store.submission(waits.id).state == "cancelled"
    assert json.loads(newest(board, "cancel").detail) == {"team": team, "submission": f"s{waits.id}"}


@pytest.mark.slow
def test_the_audit_says_who_did_what(client: TestClient, press: Press, browser: Bearer, anna: Bearer) -> None:
    press("/host/c/digits/freeze", how="now")
    press("/host/c/digits/close", at="in 2h")
    rows = re.findall(
        r"<tr><td.*?>.*?</td><td.*?>(.*?)</td><td>(.*?)</td>", client.get("/host/audit", headers=browser).text
    )
    assert rows[:2] == [("The host", "set when it closes: digits"), ("The host", "froze the board of digits")]
    assert ("Anna Example", "joined") in rows


@pytest.fixture
def scored(client: TestClient, anna: Bearer, answers: Callable[..., bytes]) -> Bearer:
    """Anna's header; she has a score, and has sent a file that was refused."""
    assert hand_in(client, anna, answers()).is_success
    assert hand_in(client, anna, answers(17, n=5)).status_code == 422
    return anna


@pytest.mark.slow
def test_the_progress_of_the_class_is_drawn(client: TestClient, browser: Bearer, scored: Bearer) -> None:
    page = client.get("/host/c/digits", headers=browser).text
    assert page.count('class="team"') == 1
    assert page.count('class="baseline"') >= 2
    assert "Of 1 team with a score" in page
    assert re.search(r"<strong>1 team</strong> hit <a href=\"/explain/E305\">", page)
    assert "Ben Example, Cleo Example" in page
    assert 'aria-label="Submissions in each hour"' in page


@pytest.mark.slow
def test_what_counts_of_a_team_is_chosen_for_it_and_written_down(
    client: TestClient, press: Press, browser: Bearer, board: Board, scored: Bearer
) -> None:
    team = handle(board)
    page = client.get("/host/c/digits/selection?team=Anna", headers=browser).text
    assert ("What counts of Anna Example" in page, page.count('name="s1"'), "checked" in page) == (True, 1, False)
    answer = press("/host/c/digits/selection", team=team, s1="on")
    assert answer.headers["location"] == f"/host/c/digits/selection?team={team}&done=selected"
    assert 'name="s1" checked' in client.get(answer.headers["location"], headers=browser).text
    assert json.loads(newest(board, "select").detail) == {"team": team, "selected": ["s1"]}
    assert newest(board, "select").actor == "host"
    press("/host/c/digits/selection", team=team)
    assert not board.store.submission(1).is_selected


@pytest.mark.slow
def test_a_choice_that_cannot_be_is_told_with_what_was_ticked(
    press: Press, board: Board, scored: Bearer, joined: Callable[[str], Bearer], client: TestClient
) -> None:
    joined("Ben Example")
    answer = press("/host/c/digits/selection", team=handle(board), s1="on", s77="on")
    assert answer.status_code == 403
    assert 'name="s1" checked' in answer.text
    assert "s77 is no submission of this team here" in answer.text
    assert press("/host/c/digits/selection", team="Nobody").status_code == 404
    assert "Nothing of theirs has a score yet" in press("/host/c/digits/selection", team="Ben Example", s1="on").text
    assert not board.store.submission(1).is_selected


@pytest.mark.slow
def test_the_host_may_change_what_counts_after_the_reveal_and_is_told_what_that_does(
    client: TestClient, press: Press, browser: Bearer, board: Board, scored: Bearer
) -> None:
    board.reveal("digits")
    page = client.get("/host/c/digits/selection?team=Anna", headers=browser).text
    assert "another choice changes what everybody has seen" in page
    assert press("/host/c/digits/selection", team=handle(board), s1="on").status_code == 303


@pytest.mark.slow
def test_standings_are_taken_along_with_real_names(client: TestClient, browser: Bearer, scored: Bearer) -> None:
    answer = client.get("/host/c/digits/standings.csv", headers=browser)
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.headers["content-disposition"] == 'attachment; filename="standings-digits.csv"'
    assert (rows[0]["part"], rows[0]["who"].partition(" (")[0]) == ("public", "Anna Example")
    told = client.get("/host/c/digits/standings.json", headers=browser).json()
    assert (told["competition"], told["private"], len(told["public"])) == ("digits", None, 1)


@pytest.mark.slow
def test_grades_are_for_after_the_reveal(client: TestClient, press: Press, board: Board, scored: Bearer) -> None:
    form = {"format": "plain", "rule": "60@80% 100@98%", "practice": "yes"}
    refused = press("/host/c/digits/grades", **form)
    assert refused.status_code == 403
    assert 'id="grades-provisional-told"' in refused.text
    assert 'value="60@80% 100@98%"' in refused.text
    provisional = press("/host/c/digits/grades", **form, provisional="yes")
    assert "private" in provisional.text.splitlines()[0]
    assert ",,1," in provisional.text  # no private score
    board.reveal("digits")
    rows = list(csv.DictReader(io.StringIO(press("/host/c/digits/grades", **form).text)))
    assert [bool(row["grade"]) for row in rows] == [True, False, False]
    assert json.loads(newest(board, "export").detail) == {"form": "plain", "part": "private"}


@pytest.mark.slow
def test_grades_can_be_looked_at_first(press: Press, board: Board, scored: Bearer) -> None:
    shown = press(
        "/host/c/digits/grades", format="json", provisional="yes", practice="yes", rule="rank 100 50", then="look"
    )
    assert "1 of 3 students; 2 without one are left blank, not 0" in shown.text
    assert "100 points for the first, 50 for the last, by the public rank" in shown.text
    assert not [event for event in board.store.audit() if event.action == "export"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"format": "excel"}, "format"),
        ({"format": "plain", "rule": "much"}, "rule"),
        ({"format": "plain", "late": "all"}, "late"),
        ({"format": "moodle-worksheet"}, "template"),
        ({"format": "plain", "practice": ""}, "practice"),
    ],
)
def test_what_is_wrong_with_an_export_is_told_at_its_field(
    press: Press, board: Board, fields: dict[str, str], field: str
) -> None:
    board.reveal("digits")
    answer = press("/host/c/digits/grades", **({"practice": "yes"} | fields))
    assert answer.status_code == 400
    assert f'id="grades-{field}-told"' in answer.text


@pytest.mark.slow
def test_a_template_is_filled_in(press: Press, board: Board, scored: Bearer) -> None:
    board.reveal("digits")
    template = b'Student,ID,SIS User ID,SIS Login ID,Section,Digits (7)\n"Example, Anna",1,,,A,\n'
    files = {"template": ("Grades.csv", template)}
    answer = press(
        "/host/c/digits/grades", files=files, practice="yes", format="canvas", rule="rank 100 50", column="Digits (7)"
    )
    assert answer.headers["content-disposition"] == 'attachment; filename="grades-digits-canvas.csv"'
    assert '"Example, Anna",1,,,A,100' in answer.text
