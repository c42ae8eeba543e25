"""How fast addresses and bearers may ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from leaderboard.web.limits import Limiter
from leaderboard.web.pace import Paces
from leaderboard.web.security import is_this_computer

Bearer = dict[str, str]
Come = Callable[..., Any]


@pytest.fixture
def paces(client: TestClient) -> Paces:
    """The server's, and few of them: four for an address, two for a bearer, and none for a long time."""
    found: Paces = client.app.state.paces  # type: ignore[attr-defined]
    found.of_address, found.of_bearer = Limiter(4, 1000.0), Limiter(2, 1000.0)
    return found


@pytest.fixture
def come(client: TestClient) -> Come:
    """Asks for a page from an address."""

    def ask(path: str, *, of: str = "10.0.0.5", headers: Bearer | None = None) -> Any:
        return TestClient(client.app, client=(of, 50_000), raise_server_exceptions=False).get(path, headers=headers)

    return ask


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/join", "/api/v1/me", "/nowhere"])
def test_an_address_that_asks_too_fast_is_told_when_to_come_again(paces: Paces, come: Come, path: str) -> None:
    answers = [come(path) for _ in range(5)]
    assert 429 not in {answer.status_code for answer in answers[:4]}
    assert (answers[4].status_code, "E409" in answers[4].text) == (429, True)
    assert int(answers[4].headers["retry-after"]) > 0
    assert answers[4].headers["content-security-policy"]
    assert come(path, of="10.0.0.6").status_code != 429


@pytest.mark.slow
def test_who_asks_too_fast_takes_nothing_from_the_neighbours(
    paces: Paces, come: Come, anna: Bearer, ben: Bearer
) -> None:
    assert [come("/api/v1/me", headers=anna).status_code for _ in range(9)] == [200, 200, *[429] * 7]
    assert [come("/api/v1/me", headers=ben).status_code for _ in range(2)] == [200, 200]


@pytest.mark.slow
@pytest.mark.parametrize(("path", "of"), [("/join", "127.0.0.1"), ("/join", "::1"), ("/static/board.css", "10.0.0.5")])
def test_this_computer_and_the_files_of_pages_are_not_counted(paces: Paces, come: Come, path: str, of: str) -> None:
    assert {come(path, of=of).status_code for _ in range(9)} == {200}


def test_a_class_behind_one_address_follows_a_board_while_everybody_hands_in() -> None:
    """Forty browsers and five changes a second, for a minute."""
    now = 0.0
    paces = Paces(clock=lambda: now)
    refused = 0
    for _ in range(300):
        now += 0.2
        refused += sum(paces.of_bearer.wait_s(str(n)) > 0 or paces.of_address.wait_s("router") > 0 for n in range(40))
    assert refused == 0


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.0.1", "::1", "::ffff:127.0.0.1"])
def test_an_address_of_this_computer_is_known_in_every_notation(address: str) -> None:
    assert is_this_computer(address)


@pytest.mark.parametrize("address", ["10.0.0.5", "::1:2", "::ffff:10.0.0.5", "", "127.0.0.1.nip.example"])
def test_other_addresses_are_not_this_computers(address: str) -> None:
    assert not is_this_computer(address)
