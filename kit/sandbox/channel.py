"""The conversation between the trusted side and a worker: framed bytes over two pipes.

A frame is a 4-byte little-endian length, a 1-byte kind, and the payload. The worker never starts a conversation but
with `EVENT`, `FEATURES`, `FITTED` and `PROBLEM`; after ``FITTED`` the trusted side asks and the worker answers, one at
a time::

    worker -> kit   EVENT     JSON object: one line of run.log
                    FITTED    JSON {"fit_s": …}
                    ANSWER    JSON {"predict_s": …}, a newline, a .npy array: one answer per row asked for
                    KEPT      the model as bytes, opaque; empty if it can't be saved or is over the cap
                    RELOADED  JSON {"n_bytes": …}
                    ACTIONS   raw numbers: an action for each observation asked for
                    FEATURES  JSON {"weights": …, "part": …}: what these weights make of the rows of "train" or "valid"
                    PROBLEM   JSON of a Problem; the last frame, unless it answers a TRY or an ACT
    kit -> worker   ASK       rows (`kit.dataset.pack`)
                    TRY       as ASK, but a PROBLEM in answer to it is not the end
                    ASK_PART  "train" or "valid": rows the worker has already
                    ACT       raw numbers: an observation of each episode that goes on. Of what type and shape these
                              and ACTIONS are both sides know from the job's `kit.job.Environment`
                    KEEP      -
                    REFIT     JSON {"n_rows": …}: fit anew on so many rows; as TRY, FITTED is the answer
                    RELOAD    -: bring the model into bytes and back; as TRY, RELOADED is the answer
                    END       -: exit
                    ROWS      in answer to FEATURES: JSON {"shape": [n, d], "paused_s": …}, then frames of raw float32.
                              A PROBLEM in their place says why there are none
"""

from __future__ import annotations

import json
import struct
import threading
import unicodedata
from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import TYPE_CHECKING, BinaryIO

from kit.errors import PluginError, Problem
from kit.job import decode, encode
from kit.sandbox.pauses import Pauses

if TYPE_CHECKING:  # a worker imports this before it forks its guard, when there must not be threads of NumPy's
    import numpy as np
    from numpy.typing import NDArray

HEADER = struct.Struct("<IB")
MAX_FRAME_BYTES = 1 << 30
MAX_EVENTS = 20_000
MAX_MODEL_BYTES = 64 << 20
MAX_NAMES = 64
MAX_TEXT = 4_000
MAX_REQUEST_BYTES = 1_000
ROWS_BYTES = 1 << 24
LOST_EXIT_CODE = 97  # of a worker whose end of the channel is gone; one that nobody else is likely to end with


class Frame(IntEnum):
    """Kinds of frames."""

    EVENT = 1
    FITTED = 2
    ANSWER = 3
    KEPT = 4
    PROBLEM = 5
    RELOADED = 6
    ACTIONS = 7
    FEATURES = 8
    ASK = 16
    ASK_PART = 17
    KEEP = 18
    END = 19
    TRY = 20
    REFIT = 21
    RELOAD = 22
    ACT = 23
    ROWS = 24


_KINDS = {int(kind): kind for kind in Frame}


class ChannelClosedError(Exception):
    """The other side is gone."""


class ChannelNonsenseError(ChannelClosedError):
    """The other side sent what is no frame, or none that was asked for. Nothing more is read."""


class Channel:
    """Sends and receives frames. One reader and one writer at a time.

    Parameters
    ----------
    reader, writer
        Buffered binary streams.
    max_frame_bytes
        Longest payload that is read; may be changed before each `receive` to what is expected.
    """

    def __init__(self, reader: BinaryIO, writer: BinaryIO, *, max_frame_bytes: int = MAX_FRAME_BYTES) -> None:
        self._reader, self._writer, self.max_frame_bytes = reader, writer, max_frame_bytes

    def send(self, kind: Frame, *payload: bytes | memoryview) -> None:
        """Write one frame.

        Raises
        ------
        ChannelClosedError
            If nobody reads any more.
        """
        size = sum(memoryview(part).nbytes for part in payload)
        try:
            self._writer.write(HEADER.pack(size, kind))
            for part in payload:
                self._writer.write(part)
            self._writer.flush()
        except (OSError, ValueError) as error:
            raise ChannelClosedError(str(error)) from None

    def receive(self) -> tuple[Frame, bytes]:
        """Wait for the next frame.

        Raises
        ------
        ChannelClosedError
            If the other side is gone; `ChannelNonsenseError` if it sent an unknown kind or a longer payload than
            allowed.
        """
        size, number = HEADER.unpack(self._read(HEADER.size))
        if size > self.max_frame_bytes or number not in _KINDS:
            raise ChannelNonsenseError(f"a frame of kind {number} with {size} bytes")
        return Frame(number), self._read(size)

    def _read(self, size: int) -> bytes:
        try:
            data = self._reader.read(size)
        except (OSError, ValueError) as error:
            raise ChannelClosedError(str(error)) from None
        if len(data) < size:
            raise ChannelClosedError("the other side closed")
        return data


def no_features(_request: bytes, _pauses: Pauses, _is_over: Callable[[], bool]) -> NDArray[np.float32]:
    """What `TrustedChannel.features` is at first: there are none to be had."""
    raise PluginError(Problem(code="E223", message="there are no features here"))


class TrustedChannel(Channel):
    """The trusted side's end: passes events on, and turns what the worker says went wrong into a `PluginError`.

    Attributes
    ----------
    features
        Gives what the worker asks for with `Frame.FEATURES`, or raises `PluginError`. Whoever serves may set it.
    pauses
        Of this run: while its features are computed its clock stands still.
    is_over
        Set when nobody waits for the run any more.
    """

    def __init__(self, reader: BinaryIO, writer: BinaryIO, *, on_event: Callable[[Mapping[str, float]], None]) -> None:
        super().__init__(reader, writer, max_frame_bytes=1 << 20)
        self._on_event, self._events_left = on_event, MAX_EVENTS
        self.features: Callable[[bytes, Pauses, Callable[[], bool]], NDArray[np.float32]] = no_features
        self.pauses, self.is_over = Pauses(), threading.Event()

    def receive(self) -> tuple[Frame, bytes]:
        """Wait for the next frame that is an answer.

        Raises
        ------
        ChannelClosedError
            As in `Channel.receive`.
        PluginError
            If the worker reports a problem.
        """
        while True:
            kind, payload = super().receive()
            if kind is Frame.PROBLEM:
                raise PluginError(_checked_problem(payload))
            if kind is Frame.FEATURES:
                self._send_features(payload)
                continue
            if kind is not Frame.EVENT:
                return kind, payload
            self._events_left -= 1
            if self._events_left >= 0 and (event := checked_event(payload)) is not None:
                self._on_event(event)

    def _send_features(self, request: bytes) -> None:
        if len(request) > MAX_REQUEST_BYTES:
            raise ChannelNonsenseError("a request for features that is too long")
        before = self.pauses.seconds
        try:
            rows = self.features(request, self.pauses, self.is_over.is_set)
        except PluginError as error:
            self.send(Frame.PROBLEM, encode(error.problem).encode())
            return
        paused_s = self.pauses.seconds - before
        self.send(Frame.ROWS, json.dumps({"shape": rows.shape, "paused_s": paused_s}).encode())
        packed = rows.astype("<f4", order="C", copy=False).reshape(-1).view("u1").data
        for start in range(0, len(packed), ROWS_BYTES):
            self.send(Frame.ROWS, packed[start : start + ROWS_BYTES])


def answer_bytes(n_rows: int, n_outputs: int) -> int:
    """Longest ANSWER that is taken for `n_rows` rows: room for any answer that could be right, and some."""
    return 8192 + n_rows * 8 * max(4 * n_outputs, 64)


def checked_event(line: bytes) -> dict[str, float] | None:
    """The numbers of one line of ``run.log``, or None if it is anything else."""
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(event, dict) or len(event) > MAX_NAMES:
        return None
    plain = all(name.isidentifier() and len(name) <= MAX_NAMES and _is_number(event[name]) for name in event)
    return event if plain else None


def printable(text: str, limit: int = MAX_TEXT) -> str:
    """`text` with control characters and marks of direction escaped, so that a terminal only ever prints it."""
    text = text if len(text) <= limit else text[:limit] + " …"
    return "".join(c if _is_seen(c) else ascii(c)[1:-1] for c in text)


def _is_seen(character: str) -> bool:
    """Whether it shows as itself. Of the classes that begin with C only the newline does; Zl and Zp end lines, too."""
    kind = unicodedata.category(character)
    return character == "\n" or (kind[0] != "C" and kind not in ("Zl", "Zp"))


def _is_number(value: object) -> bool:
    return type(value) is float or (type(value) is int and -(2**63) < value < 2**63)


def _checked_problem(payload: bytes) -> Problem:
    try:
        problem = decode(Problem, payload)
    except (ValueError, RecursionError):
        raise ChannelNonsenseError("a problem that is none") from None
    is_of_plugin = len(problem.code) == 4 and problem.code[0] == "E" and problem.code[1] in "12"
    if not is_of_plugin and problem.code != "E506":  # weights that it wants are not here
        raise ChannelNonsenseError("a problem with a code that is not a plugin's")
    return Problem(**{name: printable(getattr(problem, name)) for name in Problem.__slots__})
