from __future__ import annotations

import asyncio
import json
import pickle
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.testclient import TestClient

from kit.errors import DataError, KitError, Problem
from kit.workspace import Workspace
from leaderboard.board import Board
from leaderboard.web.actions import missed
from leaderboard.web.app import create_app
from leaderboard.web.desk import Desk, Serving
from leaderboard.web.events import MOST_EACH, Streams, event
from leaderboard.web.limits import Limiter
from leaderboard.web.news import News
from leaderboard.web.room import BusyError, Room
from leaderboard.web.visitors import ForbiddenError, Visitor


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_empties_and_fills_again() -> None:
    clock = Clock()
    limiter = Limiter(2, 5.0, clock=clock)
    assert [limiter.wait_s("a") for _ in range(3)] == [0.0, 0.0, 5.0]
    clock.now = 5.0
    assert [limiter.wait_s("a"), limiter.wait_s("b")] == [0.0, 0.0]


@given(st.lists(st.tuples(st.text(max_size=3), st.floats(0, 10)), max_size=60))
def test_memory_is_bounded_and_no_key_is_given_more_than_its_share(asked: list[tuple[str, float]]) -> None:
    clock = Clock()
    limiter = Limiter(3, 1.0, most_keys=8, clock=clock)
    given_to_a = 0
    for key, later in asked:
        clock.now += later
        limiter.wait_s(key)
        given_to_a += limiter.wait_s("always") == 0
    assert len(limiter) <= 8
    assert given_to_a <= 3 + clock.now


async def _heard(streams: Streams, values: list[str], n: int) -> list[bytes]:
    listening = streams.listen("standings/digits")
    told = [await anext(listening)]
    for value in values:
        streams.publish("standings/digits", value)
    while len(told) <= n:
        told.append(await asyncio.wait_for(anext(listening), 1))
    await listening.aclose()  # type: ignore[attr-defined]
    return told


def test_who_listens_gets_the_latest_only() -> None:
    streams = Streams()
    assert asyncio.run(_heard(streams, ["1", "2", "3"], 1))[1:] == [event("standings", "3")]
    assert streams.n_open == 0


def test_what_a_page_has_missed_is_told_when_its_stream_opens(here: Workspace) -> None:
    desk = Desk(here, Serving(n_clerks=1, warms_up=False))

    def told(seen: str) -> bytes:
        request = Request({"type": "http", "headers": [], "query_string": f"seen={seen}".encode()})
        return missed(request, desk, "digits", Visitor())

    now = desk.standings.version_of("digits")
    assert (told(""), told(now), told("1-0")) == (b"", b"", event("standings", now))


def test_there_is_room_for_so_many_listeners() -> None:
    async def two() -> tuple[bool, bool]:
        streams = Streams(most=1)
        listening = streams.listen("a/b")
        before = streams.has_room()
        await anext(listening)
        return before, streams.has_room()

    assert asyncio.run(two()) == (True, False)


def test_no_browser_takes_all_the_streams_and_those_who_joined_keep_some() -> None:
    async def rooms() -> tuple[bool, bool, bool, bool]:
        streams = Streams(most=40)
        opened = [streams.listen("a/b", of="7") for _ in range(MOST_EACH)] + [streams.listen("a/b") for _ in range(20)]
        for listening in opened:
            await anext(listening)
        before = streams.has_room("7"), streams.has_room("8"), streams.has_room()
        await opened[0].aclose()  # type: ignore[attr-defined]
        return *before, streams.has_room("7")

    assert asyncio.run(rooms()) == (False, True, True, True)


def test_streams_of_those_who_have_not_joined_leave_room_for_those_who_have() -> None:
    async def rooms() -> tuple[bool, bool]:
        streams = Streams(most=8)
        for listening in [streams.listen("a/b") for _ in range(6)]:
            await anext(listening)
        return streams.has_room(), streams.has_room("7")

    assert asyncio.run(rooms()) == (False, True)


def test_many_that_ask_in_the_same_moment_get_no_more_streams_than_there_are() -> None:
    async def opened() -> int:
        streams = Streams(most=40)
        for listening in [streams.listen("a/b", of="7") for _ in range(3 * MOST_EACH)]:
            await anext(listening)
        return streams.n_open

    assert asyncio.run(opened()) == MOST_EACH


def test_a_team_that_sends_slowly_leaves_room_for_the_others(tmp_path: Path) -> None:
    room = Room(tmp_path, most=64)
    with ExitStack() as uploads:
        for _ in range(8):
            uploads.enter_context(room.taken("slow"))
        with pytest.raises(BusyError, match="busy"), room.taken("slow"):
            pass
        with room.taken("other"):
            pass
    with room.taken("slow"):
        pass


def test_of_many_that_are_turned_away_each_comes_later_than_those_before(tmp_path: Path) -> None:
    room = Room(tmp_path, most=1)
    told = []
    with room.taken():
        for _ in range(100):
            with pytest.raises(BusyError) as caught, room.taken():
                pass
            told.append(caught.value.after_s)
    assert (told[0], told == sorted(told), told[-1] > 5) == (2, True, True)
    with room.taken(), pytest.raises(BusyError) as caught, room.taken():
        pass
    assert caught.value.after_s == 2  # nobody was on the way any more


def test_a_line_of_data_is_never_a_field_of_its_own() -> None:
    assert event("a", "x\nevent: b\r\n\r\ny") == b"event: a\ndata: x\ndata: event: b\ndata: \ndata: y\n\n"


@pytest.mark.parametrize(
    "error",
    [
        DataError(Problem(code="E501", message="it is not here"), [Problem(code="E502", message="nor is that")]),
        BusyError("Very many look on.", after_s=7),
        ForbiddenError("only who has joined can do this", is_known=True),
    ],
    ids=lambda error: error.code,
)
def test_an_error_of_another_process_is_the_same_here(error: KitError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert (str(again), vars(again)) == (str(error), vars(error))


def _news(n: int) -> News:
    return News(
        scored=frozenset({("digits", "x")}), turned=frozenset(), teams=frozenset(), frozen=frozenset(), event=0, n=n
    )


async def _last_told(here: Workspace) -> tuple[bytes, str]:
    desk = Desk(here, Serving(n_clerks=1, warms_up=False))
    async with desk.open():
        await desk.standings.of("digits")
        listening = desk.streams.listen("standings/digits")
        await anext(listening)
        for n in (1, 2):  # the second while the standings of the first are made
            desk._tell(_news(n))
            await asyncio.sleep(0)
        expected, told = event("standings", desk.standings.version_of("digits")), b""
        while told != expected:
            told = await asyncio.wait_for(anext(listening), 10)
        await listening.aclose()  # type: ignore[attr-defined]
        return told, desk.standings.version_of("digits")


@pytest.mark.slow
def test_a_score_that_comes_while_the_standings_are_made_is_told_to_those_who_only_listen(here: Workspace) -> None:
    told, version = asyncio.run(_last_told(here))
    assert version.encode() in told


@pytest.mark.parametrize(
    ("serving", "short_of"),
    [  # more than any computer has
        (Serving(n_clerks=1, warms_up=False, disk_kept_free=1 << 60), "disk"),
        (Serving(n_clerks=1, warms_up=False, memory_kept_free=1 << 60), "memory"),
    ],
    ids=["disk", "memory"],
)
def test_without_room_nothing_is_read_and_it_is_told_when_to_try_again(
    here: Workspace, anna: dict[str, str], serving: Serving, short_of: str
) -> None:
    read: list[str] = []
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        read.append("a part of the body")
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    with TestClient(create_app(here, serving)) as client:
        assert client.portal is not None
        client.portal.call(client.app, hand_in(anna), receive, send)
    began, error = sent[0], json.loads(sent[1]["body"])["error"]
    assert (began["status"], error["code"], short_of in error["why"], read) == (503, "E709", True, [])
    assert int(dict(began["headers"])[b"retry-after"]) > 0


def hand_in(bearer: dict[str, str]) -> dict[str, Any]:
    """A request of whoever hands in, as an ASGI server tells it."""
    headers = [(key.encode(), value.encode()) for key, value in bearer.items()]
    path = "/api/v1/competitions/digits/submissions"
    return {
        "type": "http", "method": "POST", "path": path, "query_string": b"", "headers": headers,
        "client": ("10.0.0.7", 1),
    }  # fmt: skip


def test_who_goes_away_in_the_middle_of_an_upload_is_no_fault_of_the_servers(
    client: TestClient, anna: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    async def receive() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def send(_: object) -> None:
        pass

    assert client.portal is not None
    client.portal.call(client.app, hand_in(anna), receive, send)
    assert not caplog.records


async def _ends(here: Workspace, number: int) -> list[bytes]:
    board = Board.of(here)
    desk = Desk(here, Serving(n_clerks=1, warms_up=False))
    async with desk.open():
        listening = desk.streams.listen("queue", of=str(number))
        await anext(listening)
        board.people.revoke(number, actor="host")
        async with asyncio.timeout(10):
            told = [block async for block in listening]
    board.close()
    return told


def test_who_is_signed_out_hears_no_more(here: Workspace, board: Board, anna: dict[str, str]) -> None:
    token = board.classroom.bearer(anna["authorization"].removeprefix("Bearer "))
    assert token is not None
    assert len(asyncio.run(_ends(here, token.id))) <= 1
