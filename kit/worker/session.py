"""One conversation: load, fit, then answer until the other side has what it wants."""

from __future__ import annotations

import io
import json
import math
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from time import perf_counter  # by name: a plugin may replace what is in `time`
from typing import TYPE_CHECKING, Any, NoReturn, cast

import numpy as np

from kit.dataset import Array, Dataset, Storage, Table, features, n_rows, read_part, take, unpack
from kit.errors import PluginError, Problem
from kit.job import Job, decode, encode
from kit.plugin.context import Numbers, Run, Task
from kit.plugin.load import Model, load_plugin
from kit.plugin.manifest import read_manifest
from kit.plugin.pretrained import Pretrained
from kit.sandbox.channel import LOST_EXIT_CODE, MAX_EVENTS, MAX_MODEL_BYTES, Channel, ChannelClosedError, Frame
from kit.worker.answers import one_action_each, one_per_row
from kit.worker.failures import Phase, describe, not_saved, write_log
from kit.worker.features import Asked, receive
from kit.worker.seeds import seed_all
from kit.worker.spawned import make_importable

if TYPE_CHECKING:
    from numpy.typing import NDArray

PART_BATCH, PART_BYTES = 2048, 256 << 20  # rows that are asked for at once, and their bytes as float32


def converse(job: Job, channel: Channel, started: float, *, is_offline: bool = False) -> NoReturn:
    """Hold the whole conversation and end the process. `is_offline`: the sandbox lets nobody reach the network.

    It ends at once: threads and exit handlers of a plugin would only delay what nobody waits for.
    """
    code = 3
    try:
        code = _converse(Session(job, channel, started, is_offline=is_offline))
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    finally:  # a plugin may have closed or replaced what is needed here, too
        os._exit(code)


def _converse(session: Session) -> int:
    try:
        session.load_and_fit()
        session.answer()
    except ChannelClosedError:
        return LOST_EXIT_CODE
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is told
        session.send(Frame.PROBLEM, session.described(error))
        session.wait_for_end()
        return 3
    return 0


class Session:
    """What a conversation knows: the plugin, the fitted model, and which of the plugin's calls goes on."""

    def __init__(self, job: Job, channel: Channel, started: float, *, is_offline: bool = False) -> None:
        self.phase: Phase = "import"
        self._is_offline = is_offline
        self._job, self._channel = job, channel
        self._pid, self._lock, self._events_left = os.getpid(), threading.Lock(), MAX_EVENTS
        parts = {name: folder for name, folder in (("train", job.train), ("valid", job.valid)) if folder}
        may_use = Pretrained(allowed=job.limits.weights, files=job.weights, ask=Asked(parts, self._features))
        self._task = Task.of(job.task, may_use)
        self._thread, self._paused_s = threading.get_ident(), 0.0
        self._ends_at = started + job.limits.time_limit_s
        self._run = self._new_run()
        self._plugin: Model
        self._model: Any = None

    def send(self, kind: Frame, *payload: bytes | memoryview) -> None:
        """Send one frame; a process that the plugin forked ends here instead."""
        if os.getpid() != self._pid:
            os._exit(0)
        with self._lock:
            self._channel.send(kind, *payload)

    def load_and_fit(self) -> None:
        """Import the plugin, call its ``fit``, say so."""
        folder = Path(self._job.plugin)
        read_manifest(folder, shown=self._job.name)
        make_importable(folder, self._job.name)
        seed_all(self._job.seed)
        self._plugin = load_plugin(folder, self._job.name, params=self._job.params)
        seed_all(self._job.seed)
        self.send(Frame.EVENT, json.dumps(_announced(self._plugin.params)).encode())
        self.fit()

    def fit(self, n: int | None = None) -> None:
        """Call the plugin's ``fit``, on the first `n` rows where that is said, and say so."""
        train, valid = (_labelled(part) for part in (self._job.train, self._job.valid))
        if n is not None and isinstance(train, Dataset):
            train = Dataset(take(train.storage, np.arange(n)), train.y[:n], train.ids[:n])
        self.phase, self._run = "fit", self._new_run()
        begun, paused_s = perf_counter(), self._paused_s
        self._model = self._plugin.fit(task=self._task, train=train, valid=valid, run=self._run)
        fit_s = max(0.0, perf_counter() - begun - (self._paused_s - paused_s))
        self.phase = "predict"
        self.send(Frame.FITTED, json.dumps({"fit_s": fit_s}).encode())

    def answer(self) -> None:
        """Answer until END."""
        while True:
            kind, payload = self._channel.receive()
            if kind is Frame.ASK:
                self._send_answers([unpack(payload)])
            elif kind is Frame.ASK_PART:
                self._send_answers(self._pieces(payload.decode()))
            elif kind is Frame.TRY:
                self._try(lambda rows=payload: self._send_answers([unpack(rows)]))  # type: ignore[misc]
            elif kind is Frame.ACT:
                self._try(lambda seen=payload: self._act(seen))  # type: ignore[misc]
            elif kind is Frame.KEEP:
                self.send(Frame.KEPT, self._pickled())
            elif kind is Frame.REFIT:
                self._try(lambda asked=payload: self._refit(json.loads(asked)["n_rows"]))  # type: ignore[misc]
            elif kind is Frame.RELOAD:
                self._try(self._reload)
            else:
                return

    def _features(self, name: str, part: str) -> NDArray[np.float32]:
        if os.getpid() != self._pid or threading.get_ident() != self._thread:  # its answers would go astray
            raise RuntimeError("task.features(...) is for fit itself, not for a thread or a process that it starts")
        self.send(Frame.FEATURES, json.dumps({"weights": name, "part": part}).encode())
        features, paused_s = receive(self._rows(), self._rows)
        self._paused_s += paused_s
        return features

    def _rows(self) -> bytes:
        kind, payload = self._channel.receive()
        if kind is Frame.PROBLEM:
            raise PluginError(decode(Problem, payload))
        return payload

    def wait_for_end(self) -> None:
        """Stay until END: what was used can be measured only while somebody is here."""
        with suppress(ChannelClosedError):
            while self._channel.receive()[0] is not Frame.END:
                pass

    def _try(self, action: Callable[[], None]) -> None:
        """Do what the other side asks for out of curiosity: where the plugin fails, that is the answer."""
        try:
            action()
        except ChannelClosedError:
            raise
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is told
            self.send(Frame.PROBLEM, self.described(error))

    def _send_answers(self, pieces: Iterable[Storage]) -> None:
        answers, predict_s = [], 0.0
        for piece in pieces:
            some, seconds = self._predict(piece)
            answers.append(some)
            predict_s += seconds
        packed = io.BytesIO()
        np.lib.format.write_array(packed, np.concatenate(answers), allow_pickle=False)
        self.send(Frame.ANSWER, json.dumps({"predict_s": predict_s}).encode() + b"\n", packed.getbuffer())

    def _predict(self, rows: Storage) -> tuple[Array, float]:
        self.phase = "predict"
        X = features(rows)
        begun = perf_counter()
        answers = self._plugin.predict(model=self._model, X=X, task=self._task, run=self._run)
        seconds = perf_counter() - begun
        where = self._plugin.where["predict"]
        folder = Path(self._job.plugin)
        return one_per_row(answers, n_rows(rows), self._task.n_outputs, where=where, folder=folder), seconds

    def _act(self, seen: bytes) -> None:
        self.phase = "predict"
        environment = self._task.environment
        assert environment is not None
        space = environment.observation
        X = np.frombuffer(seen, dtype=space.dtype).reshape(-1, *space.shape).copy()  # (n, ...), the plugin's to change
        answers = self._plugin.predict(model=self._model, X=X, task=self._task, run=self._run)
        actions = one_action_each(answers, len(X), environment.action, where=self._plugin.where["predict"])
        self.send(Frame.ACTIONS, actions.tobytes())

    def _pieces(self, part: str) -> Iterator[Storage]:
        # Read anew, because a plugin may have changed its copy in place.
        storage = read_part(Path(self._job.train if part == "train" else self._job.valid)).storage
        n, size = n_rows(storage), PART_BATCH
        if not isinstance(storage, Table):  # photos are large, and each is float32 while it is looked at
            size = max(1, min(size, PART_BYTES // (4 * math.prod(storage.shape[1:]))))
        return (take(storage, np.arange(start, min(start + size, n))) for start in range(0, n, size))

    def _refit(self, n: int) -> None:
        seed_all(self._job.seed)
        self.fit(n)

    def _reload(self) -> None:
        """Answer with the model that another process would read from now on."""
        import pickle

        try:
            packed = pickle.dumps(self._model)
            self._model = pickle.loads(packed)  # noqa: S301 - the plugin's own object, in the plugin's own process
        except Exception as error:  # noqa: BLE001 - whatever a stranger's object raises
            raise PluginError(not_saved(error)) from None
        self.send(Frame.RELOADED, json.dumps({"n_bytes": float(len(packed))}).encode())

    def _pickled(self) -> bytes:
        """The fitted model as bytes that are never opened on the trusted side; empty if it can't be or is too large."""
        import pickle

        capped = _Capped(MAX_MODEL_BYTES)
        try:
            pickle.dump(self._model, capped)
        except Exception:  # noqa: BLE001 - whatever a stranger's object raises, it is not kept then
            return b""
        return capped.getvalue()

    def described(self, error: BaseException) -> bytes:
        """What to tell of `error`; its whole traceback is in the log."""
        job = self._job
        if not isinstance(error, PluginError):
            write_log(error)
        folder, shape = Path(job.plugin), job.task.input_shape
        told = describe(error, self.phase, folder=folder, name=job.name, input_shape=shape, is_offline=self._is_offline)
        return encode(told).encode()

    def _new_run(self) -> Run:
        job, limit_s, before = self._job, self._job.fit_limit_s, self._paused_s
        ends_at = self._ends_at + before
        return Run(
            seed=job.seed,
            device="cpu" if job.limits.devices == "cpu" else "cuda",
            n_threads=job.n_threads,
            workdir=Path.cwd(),
            ends_at=ends_at if limit_s is None else min(ends_at, time.monotonic() + limit_s),
            send=self._log,
            paused=lambda: self._paused_s - before,
        )

    def _log(self, numbers: Numbers) -> None:
        self._events_left -= 1
        if self._events_left >= 0:
            self.send(Frame.EVENT, json.dumps(numbers).encode())


class _NoRows:
    """What an agent's ``train`` and ``valid`` are."""

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(
            f"an agent has no rows, and so no .{name}: it learns by acting, envs = task.make_vec(16, seed=0)"
        )


def _labelled(part: str) -> Dataset | _NoRows:
    return cast(Dataset, read_part(Path(part))) if part else _NoRows()


def _announced(params: Mapping[str, Any]) -> Numbers:
    """The hyper-parameters that progress and advice are measured with: how many epochs, which learning rate."""
    epochs, lr = params.get("epochs"), params.get("lr", params.get("learning_rate"))
    known: Numbers = {"epochs": epochs} if type(epochs) is int else {}
    return known | ({"lr": lr} if type(lr) is float else {})


class _Capped(io.BytesIO):
    """Bytes in memory up to a size."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._left = limit

    def write(self, data: Any) -> int:
        self._left -= memoryview(data).nbytes
        if self._left < 0:
            raise ValueError("the model is too large to be kept")
        return super().write(data)
