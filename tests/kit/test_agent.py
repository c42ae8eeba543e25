"""An agent's episodes, stepped on the trusted side; the worker is a thread that says what a test wants."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import BinaryIO

import numpy as np
import pytest
from numpy.typing import NDArray

from kit.environments.replay import play_again, unpack
from kit.errors import PluginError, Problem
from kit.job import Environment, Space, encode
from kit.sandbox import agent
from kit.sandbox.agent import AgentConversation, read_actions
from kit.sandbox.channel import Channel, ChannelClosedError, Frame, TrustedChannel
from kit.sandbox.predict import Episodes

Said = tuple[Frame, bytes]
Answer = Callable[[NDArray[np.float32], int], Said]
CARTPOLE = Environment(
    id="CartPole-v1",
    kwargs={},
    observation=Space(dtype="float32", shape=(4,)),
    action=Space(dtype="int64", shape=(), n=2),
    max_episode_steps=60,
)
VALID, TEST = (11, 12, 13), tuple(range(1_000_000_007, 1_000_000_017))


def episodes(test: tuple[int, ...] = TEST, batch: int = 4) -> Episodes:
    return Episodes(environment=CARTPOLE, valid=VALID, test=test, batch=batch, name="mine", frame_limit_s=0.2)


def balanced(X: NDArray[np.float32]) -> bytes:
    return (X[:, 2] + X[:, 3] > 0).astype(np.int64).tobytes()


def honest(X: NDArray[np.float32], _asked: int) -> Said:
    return Frame.ACTIONS, balanced(X)


over = threading.Event()  # a test is: who still works on an answer may stop


def only(wrong: Said | float, *at: int) -> Answer:
    """Honest, but for the questions with these numbers: `wrong` is said instead, or it takes so many seconds."""

    def answer(X: NDArray[np.float32], asked: int) -> Said:
        if asked in at and isinstance(wrong, tuple):
            return wrong
        if asked in at and isinstance(wrong, float):
            over.wait(wrong)
        return honest(X, asked)

    return answer


def problem(code: str = "E202") -> bytes:
    return encode(Problem(code=code, message="your code stopped with an error while predicting")).encode()


class Worker(threading.Thread):
    """Answers; and keeps what it was sent."""

    def __init__(self, reader: BinaryIO, writer: BinaryIO, answer: Answer) -> None:
        super().__init__(daemon=True)
        self._reader, self._writer, self._answer = reader, writer, answer
        self.sent: list[Said] = []

    def run(self) -> None:
        with suppress(ChannelClosedError, OSError), self._reader, self._writer:
            channel = Channel(self._reader, self._writer)
            channel.send(Frame.FITTED, b'{"fit_s": 0.5}')
            while True:
                kind, payload = channel.receive()
                self.sent.append((kind, payload))
                if kind is Frame.KEEP:
                    channel.send(Frame.KEPT, b"model")
                else:
                    X = np.frombuffer(payload, dtype=np.float32).reshape(-1, 4)
                    channel.send(*self._answer(X, len(self.sent)))


@contextmanager
def talking(answer: Answer) -> Iterator[tuple[TrustedChannel, Worker]]:
    (to_us, from_worker), (to_worker, from_us) = os.pipe(), os.pipe()
    worker = Worker(os.fdopen(to_worker, "rb"), os.fdopen(from_worker, "wb"), answer)
    over.clear()
    with os.fdopen(to_us, "rb") as reader:
        with os.fdopen(from_us, "wb") as writer:
            worker.start()
            try:
                yield TrustedChannel(reader, writer, on_event=lambda _: None), worker
            finally:
                over.set()
        worker.join(5)


def played(answer: Answer, asked: Episodes | None = None) -> tuple[AgentConversation, Worker]:
    conversation = AgentConversation(asked or episodes())
    with talking(answer) as (channel, worker):
        conversation(channel)
    return conversation, worker


def failed(conversation: AgentConversation) -> list[str]:
    return [check.name for check in conversation.checks if not check.ok]


def test_every_episode_is_played_once_to_its_end() -> None:
    conversation, _ = played(honest)

    assert conversation.answers is not None
    assert conversation.answers.tolist() == [60.0] * len(TEST)
    assert conversation.valid_answers is not None
    assert len(conversation.valid_answers) == len(VALID)
    assert conversation.model == b"model"
    assert failed(conversation) == []


def test_the_size_of_a_batch_changes_no_return() -> None:
    def clumsy(X: NDArray[np.float32], _asked: int) -> Said:
        return Frame.ACTIONS, (X[:, 2] > 0).astype(np.int64).tobytes()

    one, other = (played(clumsy, episodes(batch=size))[0] for size in (1, 100))

    assert one.answers is not None
    assert other.answers is not None
    assert one.answers.tolist() == other.answers.tolist()
    assert len(set(one.answers.tolist())) > 1


def test_without_test_episodes_only_the_valid_ones_are_played() -> None:
    assert played(honest, episodes(test=()))[0].answers is None


def test_the_worker_is_sent_observations_and_nothing_else() -> None:
    _, worker = played(honest)
    acts = [payload for kind, payload in worker.sent if kind is Frame.ACT]

    assert {kind for kind, _ in worker.sent} == {Frame.ACT, Frame.KEEP}
    assert all(len(payload) % 16 == 0 for payload in acts)
    sent = b"".join(acts)
    for seed in TEST:
        assert not any(seed.to_bytes(size, order) in sent for size in (4, 8) for order in ("little", "big"))


@pytest.mark.parametrize(
    "wrong",
    [
        (Frame.ACTIONS, b"too few"),
        (Frame.ACTIONS, np.full(4, 2, dtype=np.int64).tobytes()),
        (Frame.ACTIONS, np.full(4, -(2**63), dtype=np.int64).tobytes()),
        (Frame.PROBLEM, problem()),
        0.3,
    ],
)
def test_an_answer_that_can_not_be_used_ends_its_episodes_and_is_told(wrong: Said | float) -> None:
    asked_for_valid = 60 + 10  # the first batch of test episodes is under way
    conversation, _ = played(only(wrong, asked_for_valid))

    assert conversation.answers is not None
    assert conversation.answers[:4].max() < 60
    assert conversation.answers[4:].tolist() == [60.0] * 6
    assert failed(conversation) == ["actions"]
    told = conversation.checks[0].problem
    assert told is not None
    assert told.message == "1 answer of predict() could not be used: 4 episodes ended early, with what they had"


@pytest.mark.parametrize("wrong", [(Frame.ACTIONS, b""), (Frame.PROBLEM, problem()), 0.3])
def test_the_third_such_answer_ends_the_run(wrong: Said | float) -> None:
    with pytest.raises(PluginError) as caught:
        played(only(wrong, 70, 80, 90))

    assert caught.value.code == "E220"
    assert "3 answers of predict() could not be used" in caught.value.problem.message


def test_the_first_answer_of_all_has_to_be_usable() -> None:
    with pytest.raises(PluginError) as caught:
        played(only((Frame.PROBLEM, problem("E203")), 1))

    assert caught.value.code == "E203"


@pytest.mark.timeout(15)  # half of what it takes to answer
def test_an_agent_that_never_answers_is_ended_long_before_the_run_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent, "FIRST_LIMIT_S", 0.2)
    with pytest.raises(PluginError) as caught:
        played(only(30.0, 1))

    assert caught.value.problem.message == "predict() took longer than 0.2 s for one step"


def test_an_agent_that_stops_answering_is_asked_twice_more() -> None:
    with pytest.raises(PluginError, match="3 answers"):
        played(only(30.0, 5))


def test_a_late_answer_is_not_taken_for_the_next_one() -> None:
    late = played(only(0.3, 70))[0]

    assert late.answers is not None
    assert late.answers[4:].tolist() == [60.0] * 6  # a mix-up would let the poles fall


def test_the_first_answer_may_take_longer() -> None:
    assert failed(played(only(0.4, 1))[0]) == []


@pytest.mark.parametrize("wrong", [(Frame.KEPT, b""), (Frame.FITTED, b"{}"), (Frame.ANSWER, b"\n")])
def test_a_frame_that_was_not_due_ends_the_conversation(wrong: Said) -> None:
    with pytest.raises(ChannelClosedError):
        played(only(wrong, 4))


def test_an_agent_that_changes_its_mind_is_found_and_scored_all_the_same() -> None:
    rng = np.random.default_rng(0)

    def fickle(X: NDArray[np.float32], _asked: int) -> Said:
        return Frame.ACTIONS, rng.integers(0, 2, len(X)).tobytes()

    conversation, _ = played(fickle)

    assert conversation.answers is not None
    assert failed(conversation) == ["same twice"]
    assert conversation.checks[0].problem is not None
    assert conversation.checks[0].problem.code == "E205"


def test_an_agent_that_looks_at_its_neighbours_is_found() -> None:
    def herd(X: NDArray[np.float32], _asked: int) -> Said:
        return Frame.ACTIONS, (X[:, 2] > X[:, 2].mean()).astype(np.int64).tobytes()

    assert failed(played(herd)[0]) == ["one by one"]


def test_an_agent_that_dies_after_its_episodes_keeps_its_score() -> None:
    def dying(X: NDArray[np.float32], asked: int) -> Said:
        if asked > 4 * 60:  # valid, and three batches of test episodes
            raise ChannelClosedError
        return honest(X, asked)

    conversation, _ = played(dying)

    assert conversation.answers is not None
    assert conversation.model == b""


def test_no_thread_is_left_when_a_conversation_is_over() -> None:
    played(honest)
    deadline = time.monotonic() + 5
    while any(thread.name == "kit-hear" for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_numbers_beyond_the_ends_of_a_box_are_brought_to_them() -> None:
    box = Space(dtype="float32", shape=(1,), low=(-2.0,), high=(2.0,))
    actions = read_actions(np.array([-7, 0.5, 99], dtype=np.float32).tobytes(), box, 3)

    assert actions.tolist() == [[-2.0], [0.5], [2.0]]


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_an_action_in_a_box_has_to_be_finite(number: float) -> None:
    box = Space(dtype="float32", shape=(1,), low=(-2.0,), high=(2.0,))
    with pytest.raises(PluginError, match="not finite"):
        read_actions(np.array([0, number], dtype=np.float32).tobytes(), box, 2)


def test_whole_actions_may_begin_elsewhere_than_at_0() -> None:
    space = Space(dtype="int64", shape=(), n=3, start=-1)
    assert read_actions(np.array([-1, 1]).tobytes(), space, 2).tolist() == [-1, 1]
    with pytest.raises(PluginError, match="1 of 2 actions that do not exist"):
        read_actions(np.array([-1, 2]).tobytes(), space, 2)


def test_what_was_done_in_public_episodes_is_kept_and_plays_again() -> None:
    def clumsy(X: NDArray[np.float32], _asked: int) -> Said:
        return Frame.ACTIONS, (X[:, 2] > 0).astype(np.int64).tobytes()

    public = (1, 4, 7)
    conversation, _ = played(clumsy, replace(episodes(), public=public))
    replay = unpack(conversation.replay)
    returns = {TEST[place]: float(conversation.answers[place]) for place in public}  # type: ignore[index]

    assert {one.seed for one in replay.episodes} <= set(returns)
    assert all(one.total == returns[one.seed] for one in replay.episodes)
    best, median, worst, shared = replay.episodes
    assert [best.total, median.total, worst.total] == sorted(returns.values(), reverse=True)
    assert shared.seed == TEST[1]
    for one in replay.episodes:
        seen = play_again(replay.environment, one)
        assert seen is not None
        assert len(seen) == len(one.actions) + 1


def test_where_only_valid_episodes_are_played_some_of_them_are_kept() -> None:
    replay = unpack(played(honest, episodes(test=()))[0].replay)

    assert {one.seed for one in replay.episodes} <= set(VALID)


def test_an_episode_that_an_answer_ended_is_kept_as_far_as_it_came() -> None:
    asked = replace(episodes(batch=1), public=(0,))
    conversation, _ = played(only((Frame.ACTIONS, b""), 185), asked)  # 60 steps of each of three valid ones before
    replay = unpack(conversation.replay)

    assert [len(one.actions) for one in replay.episodes] == [4] * 4


def test_a_replay_in_another_environment_is_noticed() -> None:
    replay = unpack(played(honest, episodes(test=()))[0].replay)
    changed = replace(replay.episodes[0], rewards=replay.episodes[0].rewards + 1)

    assert play_again(replay.environment, changed) is None


@pytest.mark.parametrize("data", [b"", b"no archive", b"PK\x03\x04 no archive"])
def test_what_is_no_replay_is_told(data: bytes) -> None:
    with pytest.raises(ValueError, match="no replay"):
        unpack(data)
