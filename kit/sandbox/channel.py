"""The conversation between the trusted side and a worker: framed bytes over two pipes.

A frame is a 4-byte little-endian length, a 1-byte kind, and the payload. The worker never starts a conversation but
with `EVENT`, `FITTED` and `PROBLEM`; after ``FITTED`` the trusted side asks and the worker answers, one at a time::

    worker -> kit   EVENT     JSON object: one line of run.log
                    FITTED    JSON {"fit_s": …}
                    ANSWER    JSON {"predict_s": …}, then a .npy array: one answer per row asked for
                    KEPT      the model as bytes, opaque; empty if it can't be saved or is over the cap
                    PROBLEM   JSON of a Problem; the last frame
    kit -> worker   ASK       rows (`kit.dataset.pack`)
                    ASK_PART  "train" or "valid": rows the worker has already
                    KEEP      -
                    END       -: exit
"""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import BinaryIO

HEADER = struct.Struct("<IB")
MAX_FRAME_BYTES = 1 << 30


class Frame(IntEnum):
    """Kinds of frames."""

    EVENT = 1
    FITTED = 2
    ANSWER = 3
    KEPT = 4
    PROBLEM = 5
    ASK = 16
    ASK_PART = 17
    KEEP = 18
    END = 19


class ChannelClosedError(Exception):
    """The other side is gone, or sent what is no frame."""


class Channel:
    """Sends and receives frames. One reader and one writer at a time."""

    def __init__(self, reader: BinaryIO, writer: BinaryIO, *, max_frame_bytes: int = MAX_FRAME_BYTES) -> None:
        self._reader, self._writer, self._max = reader, writer, max_frame_bytes

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
            If the other side is gone, or sent an unknown kind or a longer payload than allowed.
        """
        size, number = HEADER.unpack(self._read(HEADER.size))
        if number not in Frame.__members__.values() or size > self._max:
            raise ChannelClosedError(f"a frame of kind {number} with {size} bytes")
        return Frame(number), self._read(size)

    def _read(self, size: int) -> bytes:
        try:
            data = self._reader.read(size)
        except (OSError, ValueError) as error:
            raise ChannelClosedError(str(error)) from None
        if data is None or len(data) < size:
            raise ChannelClosedError("the other side closed")
        return data
