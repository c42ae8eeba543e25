"""What comes from an entrant's process is data, and parsed with caps."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from kit.errors import PluginError, Problem
from kit.job import Limits, Usage, encode
from kit.sandbox.channel import (
    HEADER,
    Channel,
    ChannelClosedError,
    ChannelNonsenseError,
    Frame,
    TrustedChannel,
    checked_event,
    printable,
)
from kit.sandbox.limits import Pace, exit_in_words, limit_problem
from kit.sandbox.predict import draw_batches, draw_order, read_array


def sent(*frames: tuple[Frame, bytes]) -> io.BytesIO:
    stream = io.BytesIO()
    for kind, payload in frames:
        Channel(io.BytesIO(), stream).send(kind, payload)
    return io.BytesIO(stream.getvalue())


def hear(stream: io.BytesIO) -> tuple[list[Mapping[str, float]], tuple[Frame, bytes]]:
    events: list[Mapping[str, float]] = []
    return events, TrustedChannel(stream, io.BytesIO(), on_event=events.append).receive()


def test_events_go_where_events_go_and_the_answer_comes() -> None:
    stream = sent((Frame.EVENT, b'{"loss": 0.5}'), (Frame.EVENT, b'{"loss": "<b>"}'), (Frame.ANSWER, b"x"))

    assert hear(stream) == ([{"loss": 0.5}], (Frame.ANSWER, b"x"))


@pytest.mark.parametrize("head", [HEADER.pack(5, 99), HEADER.pack(1 << 31, Frame.ANSWER)])
def test_an_unknown_kind_and_a_long_frame_are_nonsense(head: bytes) -> None:
    with pytest.raises(ChannelNonsenseError):
        hear(io.BytesIO(head + b"12345"))


@pytest.mark.parametrize("data", [b"", b"\1", HEADER.pack(9, Frame.ANSWER) + b"short"])
def test_an_end_in_the_middle_is_the_end(data: bytes) -> None:
    with pytest.raises(ChannelClosedError):
        hear(io.BytesIO(data))


def test_marks_that_end_lines_are_escaped() -> None:
    assert printable("a\u2028b\u2029c\nd") == "a\\u2028b\\u2029c\nd"


def test_a_problem_is_raised_with_its_control_characters_escaped() -> None:
    problem = Problem(code="E202", message="\x1b[31mred\u202e", excerpt="two\nlines")

    with pytest.raises(PluginError) as caught:
        hear(sent((Frame.PROBLEM, encode(problem).encode())))

    assert caught.value.problem == replace(problem, message="\\x1b[31mred\\u202e")


@pytest.mark.parametrize("code", ["E601", "hello", "E801"])
def test_a_worker_speaks_of_plugins_only(code: str) -> None:
    with pytest.raises(ChannelNonsenseError):
        hear(sent((Frame.PROBLEM, encode(Problem(code=code, message="")).encode())))


@pytest.mark.parametrize(
    "line",
    [b"[1]", b'{"a": [1]}', b'{"a b": 1}', b"{", b'{"a": true}', b"[" * 10_000, b'{"a": 1' + b"0" * 400 + b"}"],
)
def test_an_event_is_names_and_numbers_or_nothing(line: bytes) -> None:
    assert checked_event(line) is None


def test_text_is_cut() -> None:
    assert len(printable("x" * 10_000, limit=10)) == 12


def npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, allow_pickle=True)
    return stream.getvalue()


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6),
        np.ones((2, 3), order="F"),
        np.array([1, 2], dtype=">i4"),
        np.array(3.0),
        np.zeros((0, 3), dtype=np.float16),
        np.array([True, False]),
        np.arange(24, dtype=np.uint8).reshape(2, 3, 4),
    ],
)
def test_an_array_comes_back(array: np.ndarray) -> None:
    assert np.array_equal(read_array(npy(array)), array)


def header(text: str) -> bytes:
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


@pytest.mark.parametrize(
    "packed",
    [
        header("(((("),
        header("{'descr': (), 'fortran_order': False, 'shape': (0,), }\n"),
        header(f"{{'descr': '<f8', 'fortran_order': False, 'shape': (0, {2**70}), }}\n"),
        header("{'descr': '<f8', 'fortran_order': False, 'shape': (0, 999999999999, 999999999999), }\n"),
        header("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }\n"),
        b"",
        b"not an array",
        npy(np.array([{}])),
        npy(np.array(["text"])),
        npy(np.arange(6))[:-1],
        npy(np.arange(6)) + b"more",
        npy(np.arange(6)).replace(b"(6,)", b"(9,)"),
        npy(np.array([(1, 2)], dtype="i4,i4")),
    ],
)
def test_what_is_no_array_of_numbers_is_nonsense(packed: bytes) -> None:
    with pytest.raises(ChannelNonsenseError):
        read_array(packed)


def test_order_and_batches_hang_on_the_key_and_cover_every_row() -> None:
    order, ends = draw_order(b"k", 719), draw_batches(b"k", 719)

    assert sorted(order) == list(range(719))
    assert order.tolist() == draw_order(b"k", 719).tolist() != draw_order(b"l", 719).tolist()
    assert len(set(np.diff([0, *ends, 719]))) > 2


@pytest.mark.parametrize("n", [1, 2, 17, 100_000])
def test_no_batch_is_empty(n: int) -> None:
    sizes = np.diff([0, *draw_batches(b"k", n), n])

    assert sizes.min() > 0
    assert sizes.sum() == n


def test_a_time_limit_says_how_many_epochs_would_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 4.0, 8.0, 55.0, 56.0])
    monkeypatch.setattr("kit.sandbox.limits.time.monotonic", lambda: next(clock))
    pace = Pace(0.0)
    for event in ({"epochs": 40}, {"loss": 2.3}, {"epoch": 1}, {"loss": 0.3}, {"epoch": 7}):
        pace.hear(event)

    found = limit_problem("time_limit_s", Limits(time_limit_s=60, memory_limit_mib=1), Usage(), pace)

    assert found.excerpt == "epoch 7 of 40, 8 s each"
    assert found.fix.startswith("epochs=6 fits")


def test_a_signal_is_told_by_name_and_meaning() -> None:
    assert exit_in_words(-11).startswith("SIGSEGV: it touched memory")
