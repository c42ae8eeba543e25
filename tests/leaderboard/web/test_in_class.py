"""What the command line says to somebody in a class beside submitting: what there is to enter, and what is next."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from kit.cli import run
from kit.cli.competitions import _show_rows_of_class
from kit.plugin.archive import pack
from kit.workspace import Workspace
from leaderboard.board import Board
from leaderboard.client import outbox
from leaderboard.client.membership import Membership, forget_membership, read_membership, write_membership
from leaderboard.web.actions import claim
from leaderboard.web.app import create_app
from leaderboard.web.desk import Serving

pytestmark = pytest.mark.slow  # each has a server of its own


@pytest.fixture
def address(here: Workspace) -> Iterator[str]:
    """Of the class's server, in a thread of this process."""
    listening = socket.create_server(("127.0.0.1", 0))
    app = create_app(here, Serving(n_clerks=1, warms_up=False))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address at which somebody listens and never answers, as a computer that sleeps does."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.fixture
def student(board: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prepared_digits: Path) -> Iterator[Any]:
    """Joins as Anna; the current folder is a computer of her own from then on."""
    home = tmp_path / "anna"
    home.mkdir()
    (home / "kit.toml").write_text('competition = "digits"\n')
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.chdir(home)

    def join(url: str) -> Path:
        token = claim(board, 1, "test").token
        write_membership(
            Membership(url=url, token=token, name="Anna", team="t", team_name="calm-lynx", class_title="A class")
        )
        return home

    yield join
    forget_membership()


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[str, str]:
    """What is said on stdout and on stderr."""
    capsys.readouterr()
    assert run(list(arguments)) == 0
    said = capsys.readouterr()
    return said.out, said.err


def test_in_a_class_its_competitions_are_listed_with_tries_and_times(
    student: Any, board: Board, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    board.classroom.change("digits", "close", closes=board.store.clock() + 3 * 86400 + 60)
    student(address)
    out, err = told(capsys, "competitions")
    (line,) = (line for line in out.splitlines() if line.startswith("  digits "))
    assert "not tried" in line
    assert "10 left" in line
    assert "(in 3 d 0 h)" in line
    assert err == f'class "A class" at {address}, as calm-lynx\n'
    assert "closes" not in told(capsys, "competitions", "--local")[0]


@pytest.mark.parametrize(("columns", "you"), [("60", "2 of 3 "), ("100", "2 of 3, 81.5 %")])
def test_the_best_of_all_is_not_taken_for_one_s_own(
    columns: str, you: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    row: dict[str, Any] = {"name": "breast-cancer", "title": "", "summary": "benign or malignant", "practice": True}
    row |= {"rank": 2, "n_teams": 3, "own_best": 0.815, "best": 0.962, "unit": "share", "step": 0.0}
    _show_rows_of_class([row | {"tries_left": 10, "opens": None, "closes": "2032-01-01T10:00:00+00:00"}], n_of_all=1)
    shown = capsys.readouterr().out
    assert ("best of all" in shown, you in shown, "96.2 %" in shown) == (True, True, True)
    assert max(map(len, shown.splitlines())) <= int(columns)


def test_what_the_class_takes_part_in_is_listed_and_the_others_are_counted(
    student: Any, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    student(address)
    n = len(json.loads(told(capsys, "competitions", "--json")[0]))
    out, _ = told(capsys, "competitions")
    assert re.search(rf"kit competitions --all +{n - 1} more to practise on", out)
    assert "titanic" not in out
    assert "titanic" in told(capsys, "competitions", "--all")[0]


def test_the_same_as_json_is_shaped_as_one_s_own(
    student: Any, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    student(address)
    of_class = json.loads(told(capsys, "competitions", "--json")[0])
    own = json.loads(told(capsys, "competitions", "--json", "--local")[0])
    assert of_class[0].keys() == own[0].keys()
    assert {(row["level"], row["tries_left"]) for row in of_class} == {("class", 10)}


def test_while_the_class_is_away_what_it_last_said_is_shown(
    student: Any, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    home = student(address)
    told(capsys, "competitions")
    kept = home / "config" / "competition-kit" / "competitions.json"
    kept.write_text(kept.read_text().replace(address, "http://127.0.0.1:9"))
    student_of = json.loads((kept.parent / "class.json").read_text()) | {"url": "http://127.0.0.1:9"}
    (kept.parent / "class.json").write_text(json.dumps(student_of))
    out, err = told(capsys, "competitions")
    assert "10 left" in out
    assert "it does not answer now: this is what it said at" in err


@pytest.mark.timeout(25)  # a command that needs an answer would wait for half a minute
def test_a_class_that_never_answers_is_not_waited_for(
    student: Any, nobody: str, capsys: pytest.CaptureFixture[str]
) -> None:
    student(nobody)
    out, err = told(capsys, "competitions")
    assert "it does not answer now: these are this computer's own" in err
    assert "digits" in out
    assert "the class does not answer now" in told(capsys)[0]


def test_kit_alone_says_how_long_there_is_and_how_many_tries(
    student: Any, address: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    student(address)
    out, _ = told(capsys)
    assert f'in the class "A class" at {address}, as calm-lynx' in out
    assert "Next    kit new my_net" in out
    assert "digits has no deadline, 10 tries left" in out


def test_kit_alone_says_it_as_json_too(student: Any, address: str, capsys: pytest.CaptureFixture[str]) -> None:
    student(address)
    said = json.loads(told(capsys, "--json")[0])
    assert said["class"] == {"title": "A class", "url": address, "you": "Anna", "team": "calm-lynx"}
    assert said["next"]["command"].endswith("kit new my_net")


def test_whose_name_was_set_free_is_told_to_join_again(
    student: Any, board: Board, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    student(address)
    board.people.release(1, actor="host")
    assert json.loads(told(capsys, "--json")[0])["next"]["command"].endswith("kit leave")
    assert run(["competitions"]) == 5
    assert "kit leave" in capsys.readouterr().err


def test_json_stands_behind_a_command(capsys: pytest.CaptureFixture[str], workspace: Path) -> None:
    assert run(["--json", "competitions"]) == 2
    assert "kit competitions --json" in capsys.readouterr().err


def test_a_name_that_was_taken_leads_to_the_teacher_and_not_to_another_student(
    student: Any, board: Board, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    student(address)
    forget_membership()
    url = f"{address}/join/{board.classroom.word_code()}"
    assert run(["join", url, "--name", "Anna Example"]) == 5
    assert "tell your teacher if it is yours" in capsys.readouterr().err
    assert run(["join", url, "--name", "Bne Example"]) == 5
    assert "did you mean   Ben Example ?" in capsys.readouterr().err
    refused = [line.about for line in board.store.audit() if line.action == "claim-refused"]
    assert refused == ["entrant 1"]  # what the host is shown


def joined() -> Membership:
    found = read_membership()
    assert found is not None
    return found


def keep_one() -> None:
    outbox.keep(b"id,label\n", of=joined(), competition="digits", name="a.csv", kind="csv", replaces=False)


def test_what_waits_is_kept_for_whoever_was_set_free_and_joins_again(
    student: Any, board: Board, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    student(address)
    keep_one()
    board.people.release(1, actor="host")
    out, err = told(capsys, "leave")
    assert out == 'You have left "A class".  (it had set your name free)\n'
    assert "1 submission in the outbox" in err
    student(address)
    assert "a.csv, kept since" in told(capsys, "competitions")[1]
    assert outbox.waiting(joined()) == ()


def test_what_waits_is_sent_for_the_team_that_handed_it_in_and_for_no_other(student: Any, address: str) -> None:
    student(address)
    keep_one()
    assert [one.name for one in outbox.waiting(joined())] == ["a.csv"]
    write_membership(replace(joined(), team="the-next-one-at-this-computer"))
    assert outbox.waiting(joined()) == ()


def test_a_class_that_has_another_address_is_followed_with_what_waits(
    student: Any, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    student("http://127.0.0.1:9")
    keep_one()
    assert run(["join", address]) == 2
    assert "kit join URL --moved" in capsys.readouterr().err
    assert told(capsys, "join", address, "--moved")[0].startswith("You are Anna in the class")
    assert "a.csv, kept since" in told(capsys, "competitions")[1]


def test_a_token_is_of_no_use_in_another_class(
    student: Any, board: Board, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    student("http://127.0.0.1:9")
    board.people.release(1, actor="host")
    assert run(["join", address, "--moved"]) == 5
    assert "E408" in capsys.readouterr().err


def test_of_an_agent_it_is_said_whether_its_environment_is_solved(
    student: Any, board: Board, here: Workspace, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    home = student(address)
    (home / "mine.py").write_text("def fit(task):\n    return 0\n\n\ndef predict(model, X):\n    return [0] * len(X)\n")
    board.submit_plugin("cartpole", pack(home / "mine.py"), name="mine", team=board.classroom.team("Anna").handle)
    assert "solved         not yet: from 475.0 on" in told(capsys, "submit", "mine.py", "-c", "cartpole")[0]
