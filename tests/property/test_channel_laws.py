"""Whatever an entrant's process sends, the trusted side gets data, or one of two errors."""

from __future__ import annotations

import io
import json
from contextlib import suppress

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from kit.dataset import Array
from kit.errors import PluginError
from kit.sandbox.channel import HEADER, ChannelClosedError, ChannelNonsenseError, Frame, TrustedChannel, checked_event
from kit.sandbox.predict import read_array

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(-(10**400), 10**400) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
fields = st.sampled_from(["code", "message", "where", "excerpt", "loss", "epoch", "predict_s"])
payloads = st.binary(max_size=60) | st.one_of(values, st.dictionaries(fields, values)).map(
    lambda v: json.dumps(v).encode()
)
frames = st.tuples(st.sampled_from([*Frame, 0, 99]), payloads).map(lambda f: HEADER.pack(len(f[1]), f[0]) + f[1])
numbers = arrays.arrays(
    st.sampled_from(["?", "u1", "i1", "<i4", ">i8", "<u8", "f2", "<f4", ">f8"]),
    arrays.array_shapes(min_dims=0, min_side=0),
)


def npy(array: Array) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, allow_pickle=False)
    return stream.getvalue()


@given(st.lists(frames | st.binary(max_size=20), max_size=5))
def test_what_is_sent_is_an_answer_a_problem_or_the_end(sent: list[bytes]) -> None:
    channel = TrustedChannel(io.BytesIO(b"".join(sent)), io.BytesIO(), on_event=lambda event: None)

    with suppress(ChannelClosedError, PluginError):
        while True:
            channel.receive()


@given(values)
def test_an_event_holds_plain_numbers_only(value: object) -> None:
    event = checked_event(json.dumps(value).encode())

    assert all(type(number) in (int, float) and float(number) is not None for number in (event or {}).values())


@given(numbers)
def test_every_array_of_numbers_comes_back(array: Array) -> None:
    np.testing.assert_array_equal(read_array(npy(array)), array)


@given(numbers, st.integers(0, 150), st.binary(max_size=12))
def test_an_array_that_was_tampered_with_is_an_array_or_nonsense(array: Array, place: int, other: bytes) -> None:
    packed = npy(array)

    with suppress(ChannelNonsenseError):
        read_array(packed[:place] + other + packed[place + len(other) :])
