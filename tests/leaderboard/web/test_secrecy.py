"""Every address as everybody: nothing private before the reveal, nobody else's code, and no token anywhere."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from kit.errors import PluginError
from kit.plugin.archive import pack
from kit.workspace import Workspace
from leaderboard.board import Board
from leaderboard.web.app import create_app

Bearer = dict[str, str]
MARK = "the_secret_of_anna"
PLUGIN = f"""\
def fit(train):
    {MARK} = 1
    print("{MARK}")
    return {MARK}


def predict(model, X):
    return [3] * len(X)
"""


def addresses(here: Workspace) -> Iterator[tuple[str, str]]:
    """(method, address) of every route, with names filled in that there are."""
    filled = {"name": "digits", "label": "s1", "number": "1", "code": "E301", "file": "train.csv"}
    filled["file:path"] = "sample_submission.csv"

    def of(routes: list[object], prefix: str = "") -> Iterator[tuple[str, str]]:
        for route in routes:
            if isinstance(route, Mount):
                yield from of(list(route.routes), prefix + route.path)
            elif isinstance(route, Route):
                path = prefix + re.sub(r"\{([^}]+)\}", lambda found: filled[found[1]], route.path)
                yield from ((method, path) for method in sorted(route.methods or ()) if method != "HEAD")

    yield from of(list(create_app(here).routes))


@pytest.fixture
def anonymous() -> Bearer:
    return {}


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """Every line of every log of ours."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage() + str(record.exc_info or ""))

    keep, log = Keep(), logging.getLogger("kit")
    log.addHandler(keep)
    before = log.level
    log.setLevel(logging.DEBUG)
    yield lines
    log.removeHandler(keep)
    log.setLevel(before)


def hidden_numbers(board: Board) -> set[str]:
    """The private scores, as they could be written."""
    found = set()
    for row in board.store.private_scores("digits"):
        found |= {repr(row.value), f"{row.value:.6f}", repr(row.interval_lo), repr(row.interval_hi)}
    return found


def crawled(client: TestClient, here: Workspace, headers: Bearer) -> Iterator[tuple[str, str]]:
    """(address, everything that was answered) of every route."""
    last = sorted(addresses(here), key=lambda one: one[1].endswith("/leave"))  # who left is nobody from there on
    for method, path in last:
        if path.endswith("/events"):
            continue  # a stream does not end: what goes over it is tested by itself
        answer = client.request(method, path, headers=headers)
        assert answer.status_code < 500, (method, path, answer.text)
        yield path, f"{answer.headers}{answer.text}"


@pytest.mark.slow
def test_no_route_tells_anybody_what_is_hidden(
    client: TestClient,
    here: Workspace,
    board: Board,
    anna: Bearer,
    ben: Bearer,
    host: Bearer,
    answers: Callable[..., bytes],
    as_browser: Callable[[Bearer], Bearer],
    logged: list[str],
) -> None:
    hand_in = "/api/v1/competitions/digits/submissions"
    client.post(hand_in, content=PLUGIN.encode(), headers=anna | {"x-filename": "mine.py"})
    assert board.work() is not None
    client.post(hand_in, content=answers(), headers=anna)
    secrets = hidden_numbers(board)
    assert len(secrets) >= 4
    visitors = {"anonymous": {}, "anna": anna, "ben": ben, "host": host}
    tokens = [header["authorization"].removeprefix("Bearer ") for header in (anna, ben, host)]
    readers: set[str] = set()
    for who, bearer in visitors.items():
        for headers in [as_browser(bearer), bearer] if bearer else [{}]:
            for path, text in crawled(client, here, headers):
                assert not [number for number in secrets if number in text], (who, path)
                readers |= {who} if MARK in text else set()
                assert not [token for token in tokens if token in text], (who, path)
    assert readers == {"anna", "host"}  # and they do: the walk goes where there is something to see
    assert not [token for token in tokens if any(token in line for line in logged)]


def test_a_program_that_only_looks_at_the_address_uses_up_no_code(client: TestClient, board: Board) -> None:
    code = board.classroom.host_code()
    looked = client.head(f"/host?code={code}")
    assert (looked.status_code, "set-cookie" in looked.headers) == (401, False)
    assert client.get(f"/host?code={code}").status_code == 303


def test_a_page_of_somebody_else_is_as_one_that_is_not_there(
    client: TestClient, anna: Bearer, ben: Bearer, answers: Callable[..., bytes], as_browser: Callable[[Bearer], Bearer]
) -> None:
    number = client.post("/api/v1/competitions/digits/submissions", content=answers(), headers=anna).json()["id"]
    theirs, nobodys = (client.get(f"/s/s{n}", headers=as_browser(ben)) for n in (number, number + 500))
    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.text.replace(f"s{number}", "") == nobodys.text.replace(f"s{number + 500}", "")


def test_the_access_log_has_no_query_and_no_code(client: TestClient, board: Board, logged: list[str]) -> None:
    code = board.classroom.host_code()
    assert client.get(f"/host?code={code}").status_code == 303
    assert any(line.startswith("GET /host 303") for line in logged)
    assert not [line for line in logged if code in line]


def test_nobody_writes_a_line_of_the_access_log_nor_colours_it(client: TestClient, logged: list[str]) -> None:
    client.get("/x%0AGET%20/host%20200%1b[2J%E2%80%AEy")
    assert any(line.startswith("GET /x\\nGET /host 200\\x1b[2J\\u202ey 404") for line in logged)


def test_the_hosts_address_works_once_and_leaves_the_address_bar(client: TestClient, board: Board) -> None:
    code = board.classroom.host_code()
    first, second = client.get(f"/host?code={code}"), TestClient(client.app).get(f"/host?code={code}")
    assert (first.status_code, first.headers["location"], second.status_code) == (303, "/host", 401)
    cookie = first.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


@pytest.mark.slow
def test_after_the_reveal_the_private_ranking_is_there_for_all(
    client: TestClient, board: Board, anna: Bearer, answers: Callable[..., bytes]
) -> None:
    client.post("/api/v1/competitions/digits/submissions", content=answers(), headers=anna)
    path = "/api/v1/competitions/digits/standings"
    assert client.get(path).json()["private"] is None
    assert client.get("/c/digits?part=private").status_code == 403
    board.reveal("digits")
    until(lambda: client.get(path).json()["private"] is not None)
    assert json.dumps(client.get(path).json()["private"])


def until(condition: Callable[[], bool]) -> None:
    """Wait for what another process or thread has still to notice."""
    import time

    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_how_a_team_calls_its_files_is_for_itself_and_the_host(
    client: TestClient, anna: Bearer, ben: Bearer, host: Bearer, answers: Callable[..., bytes]
) -> None:
    headers = anna | {"x-filename": "anna_example_secret_idea.csv"}
    assert client.post("/api/v1/competitions/digits/submissions", content=answers(), headers=headers).is_success
    names = {}
    for who, bearer in {"anna": anna, "ben": ben, "host": host, "anybody": {}}.items():
        rows = client.get("/api/v1/competitions/digits/standings", headers=bearer).json()["public"]
        names[who] = rows[0]["name"]
    told = "anna_example_secret_idea.csv"
    assert names == {"anna": told, "ben": "", "host": told, "anybody": ""}


def test_what_is_wrong_with_the_hosts_files_is_the_hosts(
    client: TestClient,
    workspace: Path,
    anna: Bearer,
    ben: Bearer,
    answers: Callable[..., bytes],
    as_browser: Callable[[Bearer], Bearer],
    logged: list[str],
) -> None:
    own = workspace / "competitions" / "own"
    own.mkdir(parents=True)
    (own / "competition.toml").write_text('title = "Mine"\n[split]\nsalt = 12345\nhidden_key = "hidden_value"\n')
    competition = "/api/v1/competitions/own"
    with TestClient(create_app(Workspace.find(workspace)), raise_server_exceptions=False) as reading:
        told = [
            reading.get("/c/own", headers=as_browser(anna)),
            reading.get("/c/own/submit", headers=as_browser(anna)),
            reading.get(f"{competition}/standings"),
            reading.get(competition, headers=anna),
            reading.post(f"{competition}/submissions", content=answers(), headers=ben),
        ]
    assert {answer.status_code for answer in told} == {503}
    assert not [
        answer.text for answer in told if re.search(f"12345|hidden_|{workspace}|ended from outside", answer.text)
    ]
    assert [line for line in logged if line.startswith("reference")]


AGENT = """\
def fit(task):
    return 0


def predict(model, X):
    print("episodes that go on:", len(X))
    return [0] * len(X)
"""


@pytest.fixture
def played(here: Workspace, board: Board, anna: Bearer) -> Bearer:
    """Anna's header; her agent, s1, has played the public and the private episodes."""
    (here.root / "mine.py").write_text(AGENT)
    team = board.classroom.team("Anna Example").handle
    board.submit_plugin("cartpole", pack(here.root / "mine.py"), name="mine", team=team)
    return anna


@pytest.mark.parametrize("address", ["/api/v1/submissions/1/log", "/s/s1/log"])
def test_what_an_agent_printed_is_shown_to_its_team_after_the_reveal(
    client: TestClient, board: Board, played: Bearer, host: Bearer, as_browser: Callable[..., Bearer], address: str
) -> None:
    as_asked = as_browser if address.startswith("/s/") else dict
    before, of_host = (client.get(address, headers=as_asked(who)).text for who in (played, host))
    board.reveal("cartpole")
    after = client.get(address, headers=as_asked(played)).text

    assert [("episodes that go on" in text) for text in (before, of_host, after)] == [False, True, True]


AFTER = 13  # frames: a pole that is only pushed to one side has fallen, in all validation episodes at once
FAILING_AGENT = """\
calls = 0


def fit(task):
    return 0


def predict(model, X):
    global calls
    calls += 1
    if calls > AFTER:
        print("what was seen")
        raise ValueError(f"episodes that go on: {len(X)}")
    return [0] * len(X)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("after", "code", "is_shown"), [(0, "E202", True), (AFTER, "E220", False)], ids=["validation", "those that count"]
)
def test_an_error_in_the_episodes_that_count_is_told_without_its_words_before_the_reveal(
    client: TestClient,
    here: Workspace,
    board: Board,
    anna: Bearer,
    host: Bearer,
    as_browser: Callable[..., Bearer],
    after: int,
    code: str,
    is_shown: bool,
) -> None:
    (here.root / "mine.py").write_text(FAILING_AGENT.replace("AFTER", str(after)))
    team = board.classroom.team("Anna Example").handle
    with pytest.raises(PluginError, match="episodes that go on"):
        board.submit_plugin("cartpole", pack(here.root / "mine.py"), name="mine.py", team=team)

    def told() -> str:
        pages = ["/s/s1", "/c/cartpole/mine"], ["/api/v1/submissions/1", "/api/v1/competitions/cartpole/submissions"]
        asked = zip(pages, (as_browser(anna), anna), strict=True)
        return "".join(client.get(page, headers=headers).text for some, headers in asked for page in some)

    before = told()
    assert [text in before for text in ("episodes that go on", "what was seen")] == [is_shown] * 2
    assert [text in before for text in (code, "mine.py:13", "ValueError")] == [True] * 3
    assert "episodes that go on" in client.get("/s/s1", headers=as_browser(host)).text
    board.reveal("cartpole")
    assert "episodes that go on" in told()
