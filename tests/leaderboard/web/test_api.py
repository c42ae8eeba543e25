from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from leaderboard.board import Board
from leaderboard.web.actions import word_code

Bearer = dict[str, str]
HAND_IN = "/api/v1/competitions/digits/submissions"


def test_who_knows_the_code_sees_the_names_and_joins_once(client: TestClient, board: Board) -> None:
    code = word_code(board)
    names = client.post("/api/v1/roster", json={"word_code": code}).json()["names"]
    asked = {"word_code": f"  {code.upper()} ", "entrant": names[0]["entrant"]}
    token = client.post("/api/v1/join", json=asked).json()
    me = client.get("/api/v1/me", headers={"authorization": f"Bearer {token['token']}"}).json()
    assert (names[0]["name"], me["role"], me["name"]) == ("Anna Example", "student", "Anna Example")
    again = client.post("/api/v1/join", json=asked)
    assert (again.status_code, again.json()["error"]["code"]) == (403, "E407")


def test_a_name_that_is_typed_is_joined_under_and_a_taken_one_is_told_to_the_host_alone(
    client: TestClient, board: Board
) -> None:
    asked = {"word_code": word_code(board)}
    assert client.post("/api/v1/join", json=asked | {"name": " anna  EXAMPLE "}).json()["name"] == "Anna Example"
    taken, unknown = (
        client.post("/api/v1/join", json=asked | {"name": name, "label": "kit"}) for name in ("Anna Example", "Zoe Kim")
    )
    assert taken.text.replace("Anna Example", "Zoe Kim") == unknown.text
    assert (taken.status_code, taken.json()["error"]["code"]) == (403, "E407")
    refused = [line for line in board.store.audit() if line.action == "claim-refused"]
    assert [(line.about, "kit at" in line.detail) for line in refused] == [("entrant 1", True)]
    assert client.post("/api/v1/join", json=asked).status_code == 403


def test_a_wrong_code_shows_no_names_and_many_are_told_to_wait(client: TestClient, board: Board) -> None:
    word_code(board)
    answers = [client.post("/api/v1/roster", json={"word_code": "calm-lynx-10"}) for _ in range(12)]
    assert answers[0].json()["error"]["code"] == "E407"
    assert (answers[-1].status_code, answers[-1].json()["error"]["code"]) == (429, "E409")
    assert int(answers[-1].headers["retry-after"]) > 0


def test_a_class_behind_one_router_joins_at_once_and_whoever_guesses_is_not_told_when_right(
    client: TestClient, board: Board
) -> None:
    right, wrong = {"word_code": word_code(board)}, {"word_code": "calm-lynx-10"}
    statuses = {client.post("/api/v1/roster", json=right).status_code for _ in range(40)}
    guessed = [client.post("/api/v1/roster", json=wrong).status_code for _ in range(11)]
    assert (statuses, guessed[0], guessed[-1]) == ({200}, 403, 429)
    assert client.post("/api/v1/roster", json=right).status_code == 429


def test_a_file_is_scored_in_the_answer_and_stands_on_the_board(
    client: TestClient, anna: Bearer, answers: Callable[..., bytes]
) -> None:
    told = client.post(HAND_IN, content=answers(), headers=anna | {"x-filename": "threes.csv"})
    assert told.status_code == 201, told.text
    body = told.json()
    assert (body["state"], body["name"], body["receipt"]["rank"]) == ("scored", "threes.csv", 1)
    row = client.get("/api/v1/competitions", headers=anna).json()["competitions"][0]
    assert (row["rank"], row["own_best"], row["best"]) == (1, body["score"], body["score"])
    board = client.get("/api/v1/competitions/digits/standings", headers=anna).json()
    assert [row["is_you"] for row in board["public"]] == [True]
    assert client.get(f"/api/v1/submissions/{body['id']}", headers=anna).json()["score"] == body["score"]


def test_what_the_host_has_opened_stands_before_what_there_is_to_practise_on(
    client: TestClient, anna: Bearer, board: Board, as_browser: Callable[[Bearer], Bearer]
) -> None:
    board.classroom.change("iris", "open", opens=board.store.clock())
    rows = client.get("/api/v1/competitions", headers=anna).json()["competitions"]
    assert [row["name"] for row in rows[:2]] == ["digits", "iris"]
    assert [row["is_on"] for row in rows] == [True] * 2 + [False] * (len(rows) - 2)
    first, _, more = client.get("/", headers=as_browser(anna)).text.partition("<details")
    assert ("/c/iris" in first, "/c/titanic" in first, "/c/titanic" in more) == (True, False, True)
    assert f"{len(rows) - 2} more to practise on" in more


def test_a_refused_file_is_told_every_problem_and_uses_no_try(
    client: TestClient, anna: Bearer, answers: Callable[..., bytes]
) -> None:
    told = client.post(HAND_IN, content=answers(17, n=50), headers=anna)
    assert told.status_code == 422
    assert told.json()["error"]["code"] == "E301"
    assert {part["code"] for part in told.json()["parts"]} >= {"E305", "E308"}
    assert client.get(HAND_IN, headers=anna).json() == {"submissions": []}


@pytest.mark.slow
def test_what_waited_in_an_outbox_says_when_it_was_sent(
    client: TestClient,
    anna: Bearer,
    host: Bearer,
    as_browser: Callable[[Bearer], Bearer],
    answers: Callable[..., bytes],
) -> None:
    sent = client.post(HAND_IN, content=answers(), headers=anna | {"x-made-at": "1700000000"}).json()
    page = client.get(f"/s/{sent['submission']}", headers=as_browser(host)).text
    assert "sent Tue 2023-11-14" in page


def test_a_repeated_request_is_the_same_submission(
    client: TestClient, anna: Bearer, answers: Callable[..., bytes]
) -> None:
    key = {"idempotency-key": "outbox-1"}
    numbers = [client.post(HAND_IN, content=answers(), headers=anna | key).json()["id"] for _ in range(2)]
    assert numbers[0] == numbers[1]


@pytest.mark.slow
def test_a_form_hands_in_as_the_bare_bytes_do(client: TestClient, anna: Bearer, answers: Callable[..., bytes]) -> None:
    told = client.post(HAND_IN, files={"file": ("mine.csv", answers(), "text/csv")}, headers=anna)
    assert (told.status_code, told.json()["name"]) == (201, "mine.csv")


@pytest.mark.slow
def test_a_plugin_is_checked_and_queued_with_its_place(client: TestClient, anna: Bearer) -> None:
    """Nobody works on the queue here: when it starts can't be told."""
    source = b"def fit(train):\n    return 1\n\n\ndef predict(model, X):\n    return [0] * len(X)\n"
    told = client.post(HAND_IN, content=source, headers=anna | {"x-filename": "mine.py"}).json()
    assert (told["state"], told["name"], told["position"], told["starts_in_s"]) == (
        "queued", "mine", 1, None,
    )  # fmt: skip
    cancelled = client.post(f"/api/v1/submissions/{told['id']}/cancel", headers=anna).json()
    assert cancelled["state"] == "cancelled"


@pytest.mark.slow
def test_the_same_plugin_again_is_answered_with_the_one_that_is_there(client: TestClient, anna: Bearer) -> None:
    source = b"def fit(train):\n    return 1\n\n\ndef predict(model, X):\n    return [0] * len(X)\n"
    told = [client.post(HAND_IN, content=source, headers=anna | {"x-filename": "mine.py"}).json() for _ in range(2)]
    assert [(one["id"], one["is_repeat"]) for one in told] == [(1, False), (1, True)]


def test_a_plugin_with_a_mistake_is_told_at_once(client: TestClient, anna: Bearer) -> None:
    told = client.post(HAND_IN, content=b"def fit(train)\n", headers=anna | {"x-filename": "mine.py"})
    assert (told.status_code, told.json()["error"]["code"]) == (422, "E101")


def test_without_a_token_there_is_a_board_but_no_data_and_no_handing_in(client: TestClient) -> None:
    assert client.get("/api/v1/competitions/digits/standings").status_code == 200
    refused = [client.get("/api/v1/competitions/digits/data/train.csv"), client.post(HAND_IN, content=b"id,label\n")]
    assert [answer.status_code for answer in refused] == [401, 401]
    assert refused[0].headers["www-authenticate"] == "Bearer"


@pytest.mark.slow
def test_the_data_are_those_of_kit_data(client: TestClient, anna: Bearer) -> None:
    sample = client.get("/api/v1/competitions/digits/sample_submission", headers=anna)
    assert sample.text.startswith("id,label\n")
    train = client.get("/api/v1/competitions/digits/data/train.csv", headers=anna)
    assert train.text.startswith("id,label,pixel0")
    outside = client.get("/api/v1/competitions/digits/data/..%2f..%2fsecret", headers=anna)
    assert outside.status_code == 404


@pytest.mark.slow
def test_what_is_known_is_not_sent_again(client: TestClient) -> None:
    path = "/api/v1/competitions/digits/standings"
    tag = client.get(path).headers["etag"]
    assert client.get(path, headers={"if-none-match": tag}).status_code == 304


def test_who_left_is_nobody(client: TestClient, anna: Bearer) -> None:
    assert client.post("/api/v1/leave", headers=anna).json() == {"done": True}
    assert client.get("/api/v1/me", headers=anna).status_code == 401


def test_a_request_that_makes_no_sense_is_told_what_is_wrong_with_it(client: TestClient) -> None:
    told = client.post("/api/v1/join", json={"word_code": 3, "entrant": "x", "else": 1})
    assert told.status_code == 400
    assert {part["message"] for part in told.json()["parts"]} == {"word_code", "entrant", "else"}


def test_the_description_names_every_address(client: TestClient) -> None:
    described = client.get("/api/v1/openapi.json").json()
    assert len(described["paths"]) >= 12
    assert all(path.startswith("/api/v1/") for path in described["paths"])


@pytest.mark.parametrize("name", ["...py", "..py", "..", "."])
def test_how_a_plugin_is_called_leads_nowhere(
    client: TestClient, anna: Bearer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    monkeypatch.setenv("TMPDIR", str(outside))  # clerks are started with the first delivery
    plugin = "def fit(train):\n    return 3\n\n\ndef predict(model, X):\n    return [3] * len(X)\n"
    body = plugin.encode() if name.endswith("py") else _zip({"plugin.py": plugin})
    told = client.post(HAND_IN, content=body, headers=anna | {"x-filename": name})
    assert told.status_code == 201, told.text
    assert list(outside.iterdir()) == []


def test_what_no_plugin_is_packed_with_is_refused_with_its_reason(client: TestClient, anna: Bearer) -> None:
    files = {"plugin.py": "def fit(train):\n    return 3\n", "env/pyvenv.cfg": "", "env/more.py": ""}
    told = client.post(HAND_IN, content=_zip(files), headers=anna | {"x-filename": "mine.zip"})
    assert (told.status_code, told.json()["error"]["code"]) == (422, "E109")


def _zip(files: dict[str, str]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for file, text in files.items():
            archive.writestr(file, text)
    return data.getvalue()


def test_what_came_late_can_be_chosen_in_a_browser_too(
    client: TestClient,
    board: Board,
    anna: Bearer,
    as_browser: Callable[[Bearer], Bearer],
    answers: Callable[..., bytes],
) -> None:
    board.classroom.change("digits", "close", closes=time.time() - 60, grace_s=3600.0)
    assert client.post(HAND_IN, content=answers(), headers=anna).status_code < 300
    page = client.get("/c/digits/mine", headers=as_browser(anna)).text
    assert ", late" in page
    assert 'name="s1"' in page


def test_what_counts_is_settled_when_the_private_ranking_is_open(
    client: TestClient,
    board: Board,
    anna: Bearer,
    as_browser: Callable[[Bearer], Bearer],
    answers: Callable[..., bytes],
) -> None:
    client.post(HAND_IN, content=answers(), headers=anna)
    assert "Keep this choice" in client.get("/c/digits/mine", headers=as_browser(anna)).text
    board.reveal("digits")
    told = client.post(HAND_IN.replace("submissions", "select"), json={"submissions": [1]}, headers=anna)
    assert told.json()["error"]["code"] == "E405"
    assert not board.store.submission(1).is_selected
    assert "Keep this choice" not in client.get("/c/digits/mine", headers=as_browser(anna)).text


@pytest.mark.slow
def test_who_comes_after_a_quiet_while_sees_the_board_of_now(
    client: TestClient, anna: Bearer, answers: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leaderboard.web.once._MOMENT_S", 0.0)
    assert "The first score stands here" in client.get("/c/digits").text
    client.post(HAND_IN, content=answers(), headers=anna)
    time.sleep(1.0)  # the server has noticed, and nobody has looked
    assert "leads" in client.get("/c/digits").text
