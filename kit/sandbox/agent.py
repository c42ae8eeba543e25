"""The trusted half of a run with an agent: its episodes are stepped here, and it only says what to do in each.

Exactly one episode is played for each seed, many at a time: a frame holds an observation of every episode that still
goes on, in the order of the seeds, and the answer an action for each. Seeds never cross the border, nor do rewards or
the numbers of episodes. An answer that comes too late, or can't be used, ends the episodes of its frame with what they
have; the third such answer ends the run. So does the first of all answers, if it can't be used: such an agent has not
begun.
"""

from __future__ import annotations

import math
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kit.dataset import Array
from kit.environments import Batch, batch
from kit.environments.replay import Recorder, pack
from kit.errors import PluginError, Problem
from kit.job import Check, Space
from kit.sandbox.channel import (
    MAX_MODEL_BYTES,
    Channel,
    ChannelClosedError,
    ChannelNonsenseError,
    Frame,
)
from kit.sandbox.invariances import ALONE_S, MAX_ROWS, invariances
from kit.sandbox.predict import Episodes, expect, number_in

MAX_FAULTS = 3
FIRST_LIMIT_S = 30.0  # of the first answer of all, for which a plugin may import what it answers with
LEAST_ALONE_S, ALONE_SHARE = 0.1, 0.02  # of the training, as for rows
_SMALL_FRAME_BYTES = 1 << 20
_SAMPLE_EVERY = 7  # frames: observations that the invariances ask for again are from all over an episode
Returns = NDArray[np.float64]


class Answers:
    """Asks a worker for actions, each time with a limit. Not for several threads.

    Parameters
    ----------
    channel
        To a worker that has fitted.
    episodes
        Says of what type and shape observations and actions are, and how long an answer may take.
    """

    def __init__(self, channel: Channel, episodes: Episodes) -> None:
        self._channel, self._episodes = channel, episodes
        self._late = 0  # answers that were not waited for any more, and have yet to come
        self._limit_s = max(FIRST_LIMIT_S, episodes.frame_limit_s)
        self.waited_s = 0.0
        # A pipe can't be waited for with a limit on every system; a queue can.
        self._heard: queue.SimpleQueue[tuple[Frame, bytes] | Exception] = queue.SimpleQueue()
        self._wanted: queue.SimpleQueue[bool] = queue.SimpleQueue()
        threading.Thread(target=self._hear, name="kit-hear", daemon=True).start()

    def close(self) -> None:
        """Ask no more."""
        self._wanted.put(False)

    def actions(self, observations: Array) -> Array:
        """An action for each observation, right ones.

        Raises
        ------
        PluginError
            E220 if there is none in time or it is none for this environment; what the worker says, if it failed.
        ChannelClosedError
            If the worker is gone, or sent what was not due.
        """
        payload = self.exchange(Frame.ACT, Frame.ACTIONS, np.ascontiguousarray(observations).data)
        self._limit_s = self._episodes.frame_limit_s
        return read_actions(payload, self._episodes.environment.action, len(observations), self._episodes.name)

    def exchange(self, kind: Frame, wanted: Frame, payload: bytes | memoryview = b"") -> bytes:
        """Send a frame, wait for the answer to it, throw away those to older ones. Raises as `actions`."""
        begun = time.monotonic()
        most = _bytes_of_actions(self._episodes) if kind is Frame.ACT else MAX_MODEL_BYTES
        self._channel.max_frame_bytes = most + _SMALL_FRAME_BYTES
        self._channel.send(kind, payload)
        self._wanted.put(True)
        try:
            heard = self._next(begun + self._limit_s)
        except queue.Empty:
            self._late += 1
            raise PluginError(_late(self._limit_s, self._episodes.name)) from None
        finally:
            self.waited_s += time.monotonic() - begun
        if isinstance(heard, Exception):
            raise heard
        if heard[0] is not wanted:
            raise ChannelNonsenseError(f"{heard[0].name} where {wanted.name} was due")
        return heard[1]

    def _next(self, until: float) -> tuple[Frame, bytes] | Exception:
        while True:
            heard = self._heard.get(timeout=max(0.0, until - time.monotonic()))
            if not self._late or isinstance(heard, ChannelClosedError):
                return heard
            self._late -= 1

    def _hear(self) -> None:
        """Pass on one answer for each question, until there are no more."""
        while self._wanted.get():
            try:
                self._heard.put(self._channel.receive())
            except PluginError as error:  # how the plugin failed this time; it is asked again
                self._heard.put(error)
            except Exception as error:  # noqa: BLE001 - raised where somebody waits
                self._heard.put(error)
                return


def ask_for_actions(channel: Channel, episodes: Episodes, observations: Array) -> Array:
    """An action for each observation, waited for as long as it takes. Raises as `Answers.actions`."""
    channel.send(Frame.ACT, np.ascontiguousarray(observations).data)
    payload = expect(channel, Frame.ACTIONS, _bytes_of_actions(episodes) + _SMALL_FRAME_BYTES)
    return read_actions(payload, episodes.environment.action, len(observations), episodes.name)


@dataclass(slots=True, kw_only=True)
class Faults:
    """Answers that could not be used, and what they cost. `most` of them end the run."""

    most: int = MAX_FAULTS
    answers: int = 0
    episodes: int = 0
    last: Problem | None = None
    has_answered: bool = False

    def count(self, problem: Problem, episodes: int) -> None:
        """Take in one more.

        Raises
        ------
        PluginError
            With that problem, if it is the first answer of all; E220 if there are too many now.
        """
        if not self.has_answered:
            raise PluginError(problem)
        self.answers += 1
        self.episodes += episodes
        self.last = problem
        if self.answers >= self.most:
            raise PluginError(self.problem("the run was ended"))

    def problem(self, end: str) -> Problem:
        """E220 with the newest reason."""
        last = self.last
        assert last is not None
        what = f"{self.answers} answer{'s' if self.answers > 1 else ''} of predict() could not be used"
        return Problem(
            code="E220",
            message=f"{what}: {end}",
            where=last.where,
            excerpt=last.excerpt,
            got=last.got,
            expected=last.expected,
            why=f"The last one: {last.message}.",
            fix=last.fix,
        )


@dataclass(slots=True, kw_only=True)
class Seen:
    """Observations that are kept to ask for again: some of every so many frames, until there are enough."""

    observations: list[Array] = field(default_factory=list)
    n: int = 0
    frames: int = 0

    def take(self, observations: Array) -> None:
        """Keep some of these, where it is time for it."""
        self.frames += 1
        if self.n < MAX_ROWS and self.frames % _SAMPLE_EVERY == 1:
            some = observations[: max(1, min(MAX_ROWS // 8, MAX_ROWS - self.n))]
            self.observations.append(some.copy())
            self.n += len(some)

    def rows(self, space: Space) -> Array:
        """All that were kept, shape (n, ...)."""
        return np.concatenate([np.empty((0, *space.shape), dtype=space.dtype), *self.observations])


def play(
    seeds: tuple[int, ...],
    size: int,
    envs: Batch,
    ask: Callable[[Array], Array],
    faults: Faults,
    seen: Seen,
    recorder: Recorder | None = None,
) -> Returns:
    """The undiscounted return of the episode of each seed, shape (n,).

    Parameters
    ----------
    seeds
        One for each episode.
    size
        How many episodes advance together.
    envs
        In which they are played.
    ask
        Gives an action for each observation, or raises `PluginError`.
    faults, seen
        Where answers that can't be used are counted, and observations kept.
    recorder
        Where what was done is taken down.

    Raises
    ------
    PluginError
        When too many answers could not be used.
    """
    returns = np.zeros(len(seeds))
    for start in range(0, len(seeds), size):
        chunk = seeds[start : start + size]
        rows = np.arange(start, start + len(chunk))  # of the episodes that go on
        observations = envs.begin(chunk)
        while len(rows):
            seen.take(observations)
            try:
                actions = ask(observations)
            except PluginError as error:
                faults.count(error.problem, len(rows))
                break  # they end with what they have
            faults.has_answered = True
            stepped = envs.step(actions)
            returns[rows] += stepped.rewards
            if recorder is not None:
                recorder.take(rows, actions, stepped.rewards)
            goes_on = ~stepped.ended
            observations = stepped.observations
            if not goes_on.all():
                envs.keep(goes_on)
                rows, observations = rows[goes_on], observations[goes_on]
    return returns


def read_actions(payload: bytes, space: Space, n: int, where: str = "") -> Array:
    """The `n` actions in a frame, as the environment takes them: a box's numbers beyond its ends are brought to them.

    gymnasium's own environments do the same, or its wrapper ``ClipAction``.

    Raises
    ------
    PluginError
        E220 if they are not that many, or not finite, or a whole number is none of the actions that there are.
    """
    size = n * math.prod(space.shape) * np.dtype(space.dtype).itemsize
    if len(payload) != size:
        raise PluginError(_unusable(f"{len(payload)} bytes came for {n} actions, and {size} were due", where))
    actions: Array = np.frombuffer(payload, dtype=space.dtype).reshape(n, *space.shape)
    if space.n:
        _require_known(actions, space, where)
        return actions
    if actions.dtype.kind == "f" and not np.isfinite(actions).all():
        fix = "a smaller learning rate; scale X"
        raise PluginError(_unusable("predict() gave actions that are not finite (NaN or infinite)", where, fix=fix))
    low, high = (np.asarray(end).reshape(space.shape) for end in (space.low, space.high))
    return np.clip(actions, low, high).astype(space.dtype)


def _require_known(actions: Array, space: Space, where: str) -> None:
    last = space.start + space.n - 1
    wrong = actions[(actions < space.start) | (actions > last)]
    if not len(wrong):
        return
    fix = "(scores > 0).astype(int)   for 0 and 1;   scores.argmax(axis=1)   for more"
    problem = _unusable(f"predict() gave {len(wrong)} of {len(actions)} actions that do not exist", where, fix=fix)
    known = f"{space.start} or {last}" if space.n == 2 else f"whole numbers from {space.start} to {last}"
    raise PluginError(replace(problem, expected=known, got=str(int(wrong[0]))))


class AgentConversation:
    """Plays the `Episodes` over a channel. The same attributes as `kit.sandbox.predict.Conversation`.

    `answers` and `valid_answers` are the returns of the episodes, in the order of their seeds: measured here, and not
    what the entrant's process says. `replay` is what it did in some public episodes, or where only the valid ones are
    played in some of those.
    """

    def __init__(self, episodes: Episodes, *, on_check: Callable[[], None] = lambda: None) -> None:
        self._episodes, self._on_check = episodes, on_check
        self.checks: list[Check] = []
        self.phase: Literal["starting", "training", "predicting", "ending"] = "starting"
        self.answers: Array | None = None
        self.valid_answers: Array | None = None
        self.train_answers: Array | None = None
        self.model = self.replay = b""
        self.fit_s = self.predict_s = 0.0
        self._seen = Seen()

    def __call__(self, channel: Channel) -> None:
        """Hold the conversation. Once all episodes are played, nothing that goes wrong later matters.

        Raises
        ------
        PluginError
            If the first answer can't be used, or three can't.
        ChannelClosedError
            If the worker is gone before.
        """
        self.fit_s = number_in(expect(channel, Frame.FITTED, _SMALL_FRAME_BYTES), "fit_s")
        self.phase = "predicting"
        answers, faults = Answers(channel, self._episodes), Faults()
        try:
            asked = self._episodes
            watched = () if asked.test else range(len(asked.valid))
            self.valid_answers = self._play(answers, asked.valid, faults, watched)
            if asked.test:
                self.answers = self._play(answers, asked.test, faults, asked.public)
            self.phase = "ending"
            with suppress(ChannelClosedError, PluginError):
                for check in self._checks(answers, faults):
                    self.checks.append(check)
                    self._on_check()
                self.model = answers.exchange(Frame.KEEP, Frame.KEPT)
        finally:
            answers.close()

    def _play(self, answers: Answers, seeds: tuple[int, ...], faults: Faults, watched: Sequence[int]) -> Returns:
        """Play the episodes of `seeds`, and keep a replay of those in the places `watched` where there are some."""
        environment, recorder = self._episodes.environment, Recorder(np.isin(np.arange(len(seeds)), watched))
        envs = batch(environment)
        try:
            returns = play(seeds, self._episodes.batch, envs, answers.actions, faults, self._seen, recorder)
        finally:
            envs.close()
            self.predict_s = answers.waited_s
        if watched and (replay := recorder.replay(environment, seeds, returns)):
            self.replay = pack(replay)
        return returns

    def _checks(self, answers: Answers, faults: Faults) -> Iterator[Check]:
        if faults.answers:
            many = "episodes" if faults.episodes > 1 else "episode"
            problem = faults.problem(f"{faults.episodes} {many} ended early, with what they had")
            yield Check(name="actions", state="failed", detail=problem.message, problem=problem)
        rows = self._seen.rows(self._episodes.environment.observation)
        alone_s = min(ALONE_S, max(LEAST_ALONE_S, ALONE_SHARE * self.fit_s))
        yield from invariances(lambda index: answers.actions(rows[index]), len(rows), alone_s=alone_s)


def _bytes_of_actions(episodes: Episodes) -> int:
    """Of a whole batch, or of as many observations as are asked for again."""
    action = episodes.environment.action
    return max(episodes.batch, MAX_ROWS) * math.prod(action.shape) * np.dtype(action.dtype).itemsize


def _unusable(what: str, where: str, fix: str = "return one action for each row of X") -> Problem:
    return Problem(code="E220", message=what, where=where, fix=fix)


def _late(limit_s: float, where: str) -> Problem:
    return Problem(
        code="E220",
        message=f"predict() took longer than {limit_s:g} s for one step",
        where=where,
        why="An episode has hundreds of steps.",
        fix="do the slow part once, in fit; answer all rows of X at once and not in a loop",
    )
