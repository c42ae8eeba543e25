from __future__ import annotations

import asyncio
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import DataError, KitError, Problem
from leaderboard.web.events import Streams, event
from leaderboard.web.limits import Limiter
from leaderboard.web.room import BusyError
from leaderboard.web.visitors import ForbiddenError


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


def test_there_is_room_for_so_many_listeners() -> None:
    async def two() -> tuple[bool, bool]:
        streams = Streams(most=1)
        listening = streams.listen("a/b")
        before = streams.has_room
        await anext(listening)
        return before, streams.has_room

    assert asyncio.run(two()) == (True, False)


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
