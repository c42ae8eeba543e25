"""A board that stands still: nothing that moves on it tells that somebody else has a score."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from leaderboard.board import Board
from leaderboard.views import ANYBODY, HOST, Viewer
from leaderboard.web.desk import Desk

pytestmark = pytest.mark.slow
Bearer = dict[str, str]
HAND_IN = "/api/v1/competitions/digits/submissions"
STANDINGS = "/api/v1/competitions/digits/standings"


def until(condition: Callable[[], bool]) -> None:
    """Wait for what another process or thread has still to notice."""
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.fixture
def frozen(
    client: TestClient, board: Board, anna: Bearer, ben: Bearer, host: Bearer, answers: Callable[..., bytes]
) -> Desk:
    """The desk of a board that was frozen after Anna's first score, when it has noticed everything."""
    desk: Desk = client.app.state.desk  # type: ignore[attr-defined]
    client.post(HAND_IN, content=answers(3), headers=anna)
    until(lambda: len(client.get(STANDINGS).json()["public"]) == 1)
    board.classroom.change("digits", "freeze", freezes=board.store.clock())
    until(
        lambda: (
            desk.standings.is_frozen("digits")
            and desk.standings.version_of("digits") == client.get(STANDINGS).json()["version"]
        )
    )
    return desk


def test_others_do_not_learn_that_somebody_has_a_score(
    frozen: Desk,
    client: TestClient,
    board: Board,
    anna: Bearer,
    ben: Bearer,
    host: Bearer,
    answers: Callable[..., bytes],
) -> None:
    visitors: dict[str, Bearer] = {"anybody": {}, "anna": anna, "ben": ben, "host": host}

    def tags() -> dict[str, str]:
        return {who: client.get(STANDINGS, headers=headers).headers["etag"] for who, headers in visitors.items()}

    before = tags()
    assert client.post(HAND_IN, content=answers(4), headers=ben).is_success
    board.classroom.select("digits", board.classroom.team("Ben Example").handle, [2], actor="ben")
    until(lambda: tags()["ben"] != before["ben"])
    after = tags()
    assert {who for who in visitors if after[who] != before[who]} == {"ben", "host"}
    rows = [client.get(STANDINGS, headers=headers).json()["public"] for headers in visitors.values()]
    assert [len(shown) for shown in rows] == [1, 1, 2, 2]


async def heard_before_others(desk: Desk, viewer: Viewer) -> bool:
    """Whether `viewer` is told that the standings are others, and nobody in particular is not."""
    own, others = (desk.streams.listen(*desk.standings.topics_of("digits", who)) for who in (viewer, ANYBODY))
    for stream in (own, others):
        await anext(stream)  # it is open
    waiting = asyncio.ensure_future(anext(others))
    await anext(own)
    await asyncio.sleep(0.1)
    is_quiet = not waiting.done()
    waiting.cancel()
    return is_quiet


def test_news_of_a_score_go_to_its_team_and_the_host(
    frozen: Desk, client: TestClient, board: Board, ben: Bearer, answers: Callable[..., bytes]
) -> None:
    assert client.portal is not None
    viewers = (Viewer(team=board.classroom.team("Ben Example").handle), HOST)
    heard = [client.portal.start_task_soon(heard_before_others, frozen, viewer) for viewer in viewers]
    until(lambda: frozen.streams.n_open == 4)
    client.post(HAND_IN, content=answers(4), headers=ben)
    assert [one.result(30) for one in heard] == [True, True]


def test_when_it_moves_again_everybody_is_told(frozen: Desk, board: Board) -> None:
    before = frozen.standings.version_of("digits")
    board.classroom.change("digits", "unfreeze", freezes=None)
    until(lambda: frozen.standings.version_of("digits") != before and not frozen.standings.is_frozen("digits"))


def test_a_board_that_is_frozen_again_shows_nobody_how_it_stood_the_last_time(
    frozen: Desk, client: TestClient, board: Board, ben: Bearer, answers: Callable[..., bytes]
) -> None:
    assert len(client.get(STANDINGS, headers=ben).json()["public"]) == 1
    board.classroom.change("digits", "unfreeze", freezes=None)
    until(lambda: not frozen.standings.is_frozen("digits"))
    client.post(HAND_IN, content=answers(4), headers=ben)
    until(lambda: len(client.get(STANDINGS).json()["public"]) == 2)
    board.classroom.change("digits", "freeze", freezes=board.store.clock())
    until(lambda: frozen.standings.is_frozen("digits"))
    assert len(client.get(STANDINGS, headers=ben).json()["public"]) == 2


def test_what_is_projected_stands_still_for_the_whole_class(
    frozen: Desk,
    client: TestClient,
    ben: Bearer,
    host: Bearer,
    answers: Callable[..., bytes],
    as_browser: Callable[[Bearer], Bearer],
) -> None:
    client.post(HAND_IN, content=answers(4), headers=ben)
    until(lambda: len(client.get(STANDINGS, headers=host).json()["public"]) == 2)
    for who in (ben, host):
        shown = [
            client.get(path, headers=as_browser(who)).text for path in ("/c/digits?screen", "/c/digits/rows?screen")
        ]
        assert [(page.count('<tr class="team'), "left today" in page) for page in shown] == [(1, False)] * 2
        assert "/rows?part=public&amp;screen" in shown[0]
        assert "&amp;screen" in shown[0].partition("data-events")[2][:80]
