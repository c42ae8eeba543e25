"""The trusted half of a run with rows: wait for the fit, then ask for answers.

Test rows come in an order and in uneven batches drawn from a key that the entrant does not know, so neither order nor
number of calls tells anything; the order is undone here. A repeat with the same key asks in the same way.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from kit.dataset import Array, Index, Table, n_rows, pack, read_part, take
from kit.errors import PluginError, Problem
from kit.job import Check, Environment
from kit.sandbox.channel import (
    MAX_MODEL_BYTES,
    Channel,
    ChannelClosedError,
    ChannelNonsenseError,
    Frame,
    answer_bytes,
)
from kit.sandbox.invariances import ALONE_S, MAX_ROWS, invariances

MAX_TRAIN_PREDICT_S = 10.0
LEAST_ALONE_S, ALONE_SHARE = 0.1, 0.02  # of the training: a run should not wait for its checks
_SMALL_FRAME_BYTES = 1 << 20
# Magic bytes, version 1.0, length, and the header as `numpy.save` writes it, filled up with blanks.
_HEADER = re.compile(
    rb"\x93NUMPY\x01\x00[\x00-\xff]{2}\{'descr': '(?P<dtype>[<>|](?:b1|[iu][1248]|f[248]))', "
    rb"'fortran_order': (?P<fortran>True|False), 'shape': \((?P<shape>(?:\d{1,12}(?:, |,)?){0,8})\), \} {0,200}\n"
)
_LARGEST_MEAN_BATCH, _SMALLEST_MEAN_BATCH, _BATCHES = 1024, 16, 8
_MEAN_BATCH_BYTES = 32 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Episodes:
    """What an agent plays; on the trusted side only.

    Parameters
    ----------
    environment
        What in.
    valid, test
        Seeds, one for each episode; none where none are played.
    batch
        How many advance together.
    name
        How the entrant calls the plugin.
    frame_limit_s
        Seconds that an answer may take.
    public
        Places in `test` of the public ones.
    """

    environment: Environment
    valid: tuple[int, ...]
    test: tuple[int, ...]
    batch: int
    name: str
    frame_limit_s: float = 5.0
    public: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """What is asked for, as it lies in ``serve.json``.

    Parameters
    ----------
    test
        Folder of the test rows; stays on the trusted side. None where none are asked for.
    order_key
        Hex; decides order and sizes of the batches.
    valid
        Folder of the validation rows, some of which are asked for again; None where they are not.
    n_train, n_valid
        Rows that the worker has already.
    n_outputs
        Classes, or target columns.
    episodes
        What an agent plays, who is asked for nothing of the above; None where there are rows.
    """

    test: str | None
    order_key: str
    n_train: int
    n_valid: int
    n_outputs: int
    valid: str | None = None
    episodes: Episodes | None = None


class Conversation:
    """Asks the `Questions` over a channel and keeps the answers.

    Parameters
    ----------
    questions
        What to ask.
    on_check
        Called when another of `checks` is known.

    Attributes
    ----------
    phase
        ``training`` until the worker says that it has fitted, then ``predicting``, then ``ending``.
    answers, valid_answers, train_answers
        One row for each row of the part, in its order; None where it was not answered.
    model
        The fitted model as the worker pickled it; opaque, never opened.
    replay
        Empty: there are no episodes.
    checks
        What the three invariances found.
    """

    def __init__(self, questions: Questions, *, on_check: Callable[[], None] = lambda: None) -> None:
        self._questions, self._on_check = questions, on_check
        self.checks: list[Check] = []
        self.phase: Literal["starting", "training", "predicting", "ending"] = "starting"
        self.answers: Array | None = None
        self.valid_answers: Array | None = None
        self.train_answers: Array | None = None
        self.model = self.replay = b""
        self.fit_s = self.predict_s = 0.0

    def __call__(self, channel: Channel) -> None:
        """Hold the conversation. Once all rows are answered that count, nothing that goes wrong later matters.

        So the invariances come after them: what asks a plugin again can't cost it its score.

        Raises
        ------
        PluginError
            If an answer can't be used.
        ChannelClosedError
            If the worker is gone before all test rows, or where there are none all validation rows, are answered.
        """
        asked = self._questions
        self.fit_s = number_in(expect(channel, Frame.FITTED, _SMALL_FRAME_BYTES), "fit_s")
        self.phase = "predicting"
        if asked.n_valid:
            self.valid_answers = self._ask(channel, Frame.ASK_PART, b"valid", asked.n_valid)
        if asked.test is not None:
            self._ask_test(channel, Path(asked.test))
        self.phase = "ending"
        try:
            self._ask_again(channel)
            self._ask_train(channel)
            channel.send(Frame.KEEP)
            self.model = expect(channel, Frame.KEPT, MAX_MODEL_BYTES + _SMALL_FRAME_BYTES)
        except (ChannelClosedError, PluginError):
            return

    def _ask_again(self, channel: Channel) -> None:
        if self._questions.valid is None:
            return
        again = Again(channel, Path(self._questions.valid), self._questions.n_outputs)
        alone_s = min(ALONE_S, max(LEAST_ALONE_S, ALONE_SHARE * self.fit_s))
        for check in invariances(again, again.n, alone_s=alone_s):
            self.checks.append(check)
            self._on_check()

    def _ask_test(self, channel: Channel, folder: Path) -> None:
        storage = read_part(folder).storage
        key, n = bytes.fromhex(self._questions.order_key), n_rows(storage)
        order = draw_order(key, n)
        row_bytes = 0 if isinstance(storage, Table) else storage.nbytes // max(1, n)
        batches = np.split(order, draw_batches(key, n, row_bytes))
        parts = [self._ask(channel, Frame.ASK, pack(take(storage, index)), len(index)) for index in batches]
        if len({part.shape[1:] for part in parts}) > 1:
            raise PluginError(
                Problem(
                    code="E203",
                    message="predict() gave answers of different shapes for different batches",
                    expected="the same number of columns each time",
                    got=", ".join(sorted({str(part.shape) for part in parts})),
                    fix="one column for each class, also for a batch in which a class does not occur",
                )
            )
        answered = np.concatenate(parts)
        self.answers = np.empty_like(answered)
        self.answers[order] = answered

    def _ask_train(self, channel: Channel) -> None:
        n_test = len(self.answers) if self.answers is not None else 0
        expected_s = self.predict_s / max(1, n_test + self._questions.n_valid) * self._questions.n_train
        # What it is for, showing how much was learned by heart, is not worth more waiting than that.
        if self._questions.n_train and expected_s <= MAX_TRAIN_PREDICT_S:
            self.train_answers = self._ask(channel, Frame.ASK_PART, b"train", self._questions.n_train)

    def _ask(self, channel: Channel, kind: Frame, payload: bytes, n: int) -> Array:
        answers, took = ask(channel, kind, payload, n, self._questions.n_outputs)
        self.predict_s += took
        return answers


class Again:
    """Asks for some of the validation rows, as often as one likes. What goes wrong then is not the end of the run.

    Parameters
    ----------
    channel
        To a worker that has fitted.
    folder
        The validation rows, on the trusted side.
    n_outputs
        Classes, or target columns.

    Attributes
    ----------
    n
        How many rows there are to ask for.
    """

    def __init__(self, channel: Channel, folder: Path, n_outputs: int) -> None:
        self._channel, self._n_outputs = channel, n_outputs
        self._storage = read_part(folder).storage
        self.n = min(MAX_ROWS, n_rows(self._storage))

    def __call__(self, index: Index) -> Array:
        """The answers to the rows at `index`, in its order. Raises as `ask` does."""
        rows = pack(take(self._storage, index))
        return ask(self._channel, Frame.TRY, rows, len(index), self._n_outputs)[0]


def ask(channel: Channel, kind: Frame, payload: bytes, n: int, n_outputs: int) -> tuple[Array, float]:
    """The answers to `n` rows, and the seconds that ``predict`` took.

    Raises
    ------
    PluginError
        If there is another number of answers, or the plugin failed.
    ChannelClosedError
        If the worker is gone.
    """
    channel.send(kind, payload)
    answer = expect(channel, Frame.ANSWER, answer_bytes(n, n_outputs))
    head, _, packed = answer.partition(b"\n")
    answers = read_array(packed)
    if answers.ndim not in (1, 2) or len(answers) != n:
        raise PluginError(
            Problem(
                code="E203",
                message=f"predict() gave {len(answers) if answers.ndim else 1} answers for {n} rows",
                expected=f"({n},) or ({n}, {n_outputs})",
                got=f"{answers.shape} {answers.dtype}",
                fix="return one answer for each row of X, in its order",
            )
        )
    return answers, number_in(head, "predict_s")


def draw_order(key: bytes, n: int) -> Index:
    """A permutation of `n` rows that only who has `key` can compute."""
    return np.argsort(_draw(key, b"order", n), kind="stable")


def draw_batches(key: bytes, n: int, row_bytes: int = 0) -> Index:
    """Where `n` rows are cut into uneven batches of 1 to 2 x mean rows, about eight where there are few rows.

    Of photos, which have `row_bytes`, fewer: a batch is in memory on both sides, and as float32 on one of them.
    """
    mean = min(_LARGEST_MEAN_BATCH, max(_SMALLEST_MEAN_BATCH, n // _BATCHES), _MEAN_BATCH_BYTES // max(1, row_bytes))
    mean = max(1, mean)
    sizes = 1 + (_draw(key, b"batches", 4 * (n // mean + 4)) % (2 * mean)).astype(np.int64)
    ends = np.cumsum(sizes)
    return ends[ends < n]


def read_array(packed: bytes | memoryview) -> Array:
    """The array of a ``.npy`` file from a stranger: header first, with a cap, then as many bytes as it may have.

    The header is read here and not by `numpy.lib.format`, which evaluates it as Python and so has as many ways to
    fail as Python has literals. Only what NumPy itself writes is taken.

    Raises
    ------
    ChannelNonsenseError
        If it is no array of plain numbers, or not of the size that its header says.
    """
    found = _HEADER.match(packed)
    if found is None:
        raise ChannelNonsenseError("answers that are no array of numbers")
    rest = memoryview(packed)[found.end() :]
    dtype, is_fortran = np.dtype(found["dtype"].decode()), found["fortran"] == b"True"
    shape = tuple(int(size) for size in found["shape"].split(b",") if size.strip())
    if math.prod(shape) * dtype.itemsize != rest.nbytes:
        raise ChannelNonsenseError("answers of another size than said")
    try:
        array: Array = np.frombuffer(rest, dtype=dtype).reshape(shape, order="F" if is_fortran else "C")
    except ValueError:  # no rows of more columns than there can be
        raise ChannelNonsenseError("answers of a shape that can't be") from None
    return np.ascontiguousarray(array, dtype=dtype.newbyteorder("=")) if array.ndim else array


def expect(channel: Channel, wanted: Frame, max_bytes: int) -> bytes:
    """The payload of the next frame, which has to be of this kind. Raises as `ask` does."""
    channel.max_frame_bytes = max(max_bytes, _SMALL_FRAME_BYTES)
    kind, payload = channel.receive()
    if kind is not wanted:
        raise ChannelNonsenseError(f"{kind.name} where {wanted.name} was due")
    return payload


def number_in(head: bytes, name: str) -> float:
    """The number, not negative, that a worker's JSON gives under `name`.

    Raises
    ------
    ChannelNonsenseError
        If there is none.
    """
    try:
        value = json.loads(head)[name]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ChannelNonsenseError(f"no {name}") from None
    if type(value) is not float or not 0 <= value < 1e12:
        raise ChannelNonsenseError(f"no {name}")
    return value


def _draw(key: bytes, purpose: bytes, n: int) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    """`n` numbers from an HMAC of `key`, stretched by SHAKE-256: the same ones on every computer, in every version."""
    seed = hmac.new(key, purpose, hashlib.sha256).digest()
    return np.frombuffer(hashlib.shake_256(seed).digest(8 * n), dtype="<u8")
