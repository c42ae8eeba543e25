from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from kit.workspace import Workspace
from leaderboard.board import Board
from leaderboard.testing import take_in

Bearer = dict[str, str]
AsBrowser = Callable[[Bearer], Bearer]


def csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', page)
    assert found is not None
    return found[1]


def test_a_browser_alone_joins_hands_in_and_selects(
    client: TestClient, board: Board, answers: Callable[..., bytes]
) -> None:
    page = client.get(f"/join/{board.classroom.word_code()}").text
    fields = {"csrf": csrf(page), "word_code": board.classroom.word_code(), "entrant": "2"}
    asked = client.post("/join", data=fields)
    assert "Ben Example" in asked.text
    assert client.post("/join", data=fields | {"confirmed": "yes"}).headers["location"] == "/?done=joined"
    form = {"csrf": csrf(client.get("/c/digits/submit").text)}
    sent = client.post("/c/digits/submit", data=form, files={"file": ("threes.csv", answers(), "text/csv")})
    assert sent.headers["location"] == "/s/s1?done=sent"
    assert client.post("/c/digits/select", data=form | {"s1": "on"}).status_code == 303
    assert board.store.submission(1).is_selected


def test_whose_name_has_been_taken_is_told_to_ask_the_teacher(client: TestClient, board: Board, anna: Bearer) -> None:
    page = client.get(f"/join/{board.classroom.word_code()}").text
    assert "Anna Example" not in page
    assert "Somebody has taken it, or it is not on the roster: tell your teacher." in page


@pytest.mark.slow
def test_the_page_of_a_file_has_its_score_at_once(
    client: TestClient, anna: Bearer, as_browser: AsBrowser, answers: Callable[..., bytes]
) -> None:
    browser = as_browser(anna)
    client.get("/c/digits")  # the standings are known, and without the score
    number = client.post("/api/v1/competitions/digits/submissions", content=answers(), headers=anna).json()["id"]
    for address in (f"/s/s{number}", "/c/digits/mine"):
        assert re.search(r"\d\.\d %", client.get(address, headers=browser).text)


@pytest.mark.parametrize("path", ["/join", "/nickname", "/leave", "/c/digits/submit"])
def test_half_a_character_in_a_form_is_no_fault_of_the_servers(
    client: TestClient, anna: Bearer, as_browser: AsBrowser, path: str
) -> None:
    parts = "".join(
        f'--x\r\ncontent-disposition: form-data; name="{name}"{more}\r\n\r\n+2AA-\r\n'
        for name, more in (("csrf", ""), ("client_key", ""), ("file", '; filename="a.csv"'))
    )
    kind = {"content-type": "multipart/form-data; boundary=x; charset=utf-7"}
    answer = client.post(path, content=f"{parts}--x--\r\n", headers=as_browser(anna) | kind)
    assert answer.status_code in (400, 401, 422)


def test_a_refused_file_is_told_on_the_form_with_every_problem(
    client: TestClient, anna: Bearer, as_browser: AsBrowser, answers: Callable[..., bytes]
) -> None:
    browser = as_browser(anna)
    form = {"csrf": csrf(client.get("/c/digits/submit", headers=browser).text)}
    files = {"file": ("bad.csv", answers(17, n=5), "text/csv")}
    told = client.post("/c/digits/submit", data=form, files=files, headers=browser)
    assert told.status_code == 422
    assert all(code in told.text for code in ("E301", "E305", "E308", "bad.csv was not taken"))


@pytest.mark.parametrize("field", [{}, {"csrf": "0" * 64}])
def test_a_form_of_another_site_changes_nothing(
    client: TestClient, board: Board, host: Bearer, as_browser: AsBrowser, field: dict[str, str]
) -> None:
    fields = field | {"confirmed": "yes"}
    assert client.post("/host/c/digits/reveal", data=fields, headers=as_browser(host)).status_code == 401
    assert not board.is_revealed("digits")


def test_a_form_with_another_origin_changes_nothing(
    client: TestClient, board: Board, host: Bearer, as_browser: AsBrowser
) -> None:
    browser = as_browser(host)
    fields = {"csrf": csrf(client.get("/host", headers=browser).text), "confirmed": "yes"}
    for header in ({"origin": "http://elsewhere.test"}, {"sec-fetch-site": "cross-site"}):
        assert client.post("/host/c/digits/reveal", data=fields, headers=browser | header).status_code == 401
    assert not board.is_revealed("digits")
    assert (
        client.post("/host/c/digits/reveal", data=fields, headers=browser | {"origin": "http://class.test"}).status_code
        == 303
    )
    assert board.is_revealed("digits")


def test_the_host_sets_a_name_free_and_who_had_it_is_out(
    client: TestClient, anna: Bearer, host: Bearer, as_browser: AsBrowser
) -> None:
    browser = as_browser(host)
    token = csrf(client.get("/host", headers=browser).text)
    client.post("/host/release", data={"csrf": token, "entrant": "1"}, headers=browser)
    assert client.get("/api/v1/me", headers=anna).status_code == 401


@pytest.mark.slow
def test_every_page_has_a_strict_policy_and_no_script_or_style_of_its_own(client: TestClient) -> None:
    for path in ("/", "/join", "/c/digits", "/c/digits/about", "/kit/", "/explain/E301", "/nowhere"):
        answer = client.get(path)
        assert answer.headers["content-security-policy"].startswith("default-src 'self'")
        assert not re.search(
            r"<style|style=|<script(?! src=\"/static/)|\son\w+=|//(?!class\.test)[a-z]+\.", answer.text
        )


def test_what_is_no_page_has_the_icon_that_browsers_ask_for(client: TestClient) -> None:
    assert client.get("/favicon.ico", follow_redirects=True).headers["content-type"].startswith("image/svg")


def test_more_than_is_read_is_refused_before_it_is_read_however_little_room_there_is(
    client: TestClient, anna: Bearer
) -> None:
    headers = anna | {"content-length": str(10**15), "transfer-encoding": ""}
    answer = client.post("/api/v1/competitions/digits/submissions", content=b"x", headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "E311")


def test_while_the_database_is_held_it_is_told_when_to_try_again(
    client: TestClient, anna: Bearer, board: Board
) -> None:
    client.get("/api/v1/me", headers=anna)  # that a token is used is noted once a minute
    with board.store.database.transaction():
        answer = client.post("/api/v1/competitions/digits/submissions", content=b"x", headers=anna)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "E709")
    assert "board.sqlite" not in answer.text  # where the host keeps it is nobody's business


def test_wheels_are_offered_as_pip_reads_them(client: TestClient, here: Workspace) -> None:
    wheels = here.root / "wheels"
    wheels.mkdir()
    (wheels / "competition_kit-0.1.0-py3-none-any.whl").write_bytes(b"wheel")
    (wheels / "numpy-2.0.0-cp311-cp311-win_amd64.whl").write_bytes(b"numpy")
    (wheels / "notes.txt").write_text("no wheel")
    page = client.get("/kit/").text
    assert 'href="competition_kit-0.1.0-py3-none-any.whl#sha256=' in page
    assert "Windows (x86-64)" in page
    assert "--no-index --find-links http://class.test/kit/" in page
    assert client.get("/kit/numpy-2.0.0-cp311-cp311-win_amd64.whl").content == b"numpy"
    assert client.get("/kit/notes.txt").status_code == 404


def test_the_kit_is_offered_for_the_pythons_whose_wheels_are_all_there(client: TestClient, here: Workspace) -> None:
    (here.root / "wheels").mkdir()
    for name in (
        "competition_kit-0.1.0-py3-none-any",
        "numpy-2.0.0-cp311-cp311-win_amd64",
        "numpy-2.0.0-cp312-cp312-win_amd64",
        "numpy-2.0.0-cp313-cp313t-win_amd64",
        "numpy-2.0.0-cp312-cp312-manylinux_2_28_x86_64",
        "pandas-3.0.0-cp312-cp312-win_amd64",
        "pandas-3.0.0-cp311-cp311-manylinux_2_28_x86_64",
        "psutil-7.0.0-cp36-abi3-win_amd64",
        "psutil-7.0.0-cp36-abi3-manylinux_2_28_x86_64",
    ):
        (here.root / "wheels" / f"{name}.whl").write_bytes(b"wheel")
    assert "It is here for Windows (x86-64) with Python 3.12." in client.get("/kit/").text


def test_the_code_for_phones_holds_the_word_code_for_the_host_only(
    client: TestClient, host: Bearer, as_browser: AsBrowser
) -> None:
    drawn = client.get("/join/qr.svg"), client.get("/join/qr.svg", headers=as_browser(host))
    assert all(one.headers["content-type"].startswith("image/svg") for one in drawn)
    assert drawn[0].content != drawn[1].content


def test_the_code_on_the_page_that_the_teacher_shows_leads_a_phone_to_the_names(
    client: TestClient, board: Board, host: Bearer, as_browser: AsBrowser
) -> None:
    page = client.get(f"/join/{board.classroom.word_code()}").text
    (source,) = re.findall(r'src="(/join/qr[^"]*)"', page)
    for_host, bare = client.get("/join/qr.svg", headers=as_browser(host)), client.get("/join/qr.svg?code=<b>").content
    assert client.get(source).content == for_host.content != bare
    assert bare == client.get("/join/qr.svg").content


def test_only_what_waits_in_the_same_competition_can_be_replaced(
    client: TestClient, board: Board, anna: Bearer, as_browser: AsBrowser
) -> None:
    team = board.people.entrants()[0].team
    take_in(board.store, team=team, memory_mib=64)
    asked = {name: client.get(f"/c/{name}/submit", headers=as_browser(anna)).text for name in ("digits", "iris")}
    assert {name: "what still waits" in page for name, page in asked.items()} == {"digits": True, "iris": False}


def test_nothing_is_asked_for_where_nothing_is_taken_any_more(
    client: TestClient, board: Board, anna: Bearer, as_browser: AsBrowser
) -> None:
    board.classroom.change("digits", "close", closes=board.store.clock() - 60, grace_s=0.0)
    page = client.get("/c/digits/submit", headers=as_browser(anna)).text
    assert "nothing is taken any more" in page
    assert "data-drop" not in page
    assert "left today" not in client.get("/c/digits", headers=as_browser(anna)).text


def test_of_an_agent_no_file_of_answers_is_asked(client: TestClient, anna: Bearer, as_browser: AsBrowser) -> None:
    page = client.get("/c/cartpole/submit", headers=as_browser(anna)).text
    assert "Answers (.csv)" not in page


def test_a_projector_shows_the_word_code_only_where_the_host_opened_it(
    client: TestClient, board: Board, anna: Bearer, host: Bearer, as_browser: AsBrowser
) -> None:
    code, pages = board.classroom.word_code(), {}
    for who, headers in (("anybody", {}), ("student", as_browser(anna)), ("host", as_browser(host))):
        pages[who] = code in client.get("/c/digits?screen", headers=headers).text
    assert pages == {"anybody": False, "student": False, "host": True}


@pytest.mark.parametrize(("name", "status"), [("Ben Example", 403), ("x" * 41, 400)])
def test_a_nickname_that_cannot_be_had_is_asked_for_again(
    name: str, status: int, client: TestClient, anna: Bearer, as_browser: AsBrowser
) -> None:
    browser = as_browser(anna)
    form = {"csrf": csrf(client.get("/", headers=browser).text), "nickname": name}
    told = client.post("/nickname", data=form, headers=browser)
    assert (told.status_code, told.text.count('action="/nickname"')) == (status, 1)
    assert f'value="{name}"' in told.text
    assert client.post("/nickname", data=form | {"nickname": "Otter"}, headers=browser).status_code == 303


def test_a_name_that_was_taken_while_it_was_chosen_is_refused_and_told_to_the_host(
    client: TestClient, board: Board, anna: Bearer
) -> None:
    code = board.classroom.word_code()
    form = {"csrf": csrf(client.get(f"/join/{code}").text), "word_code": code, "entrant": "1"}
    assert client.post("/join", data=form).status_code == 403
    (refused,) = (line for line in board.store.audit() if line.action == "claim-refused")
    assert (refused.about, "browser" in refused.detail) == ("entrant 1", True)
