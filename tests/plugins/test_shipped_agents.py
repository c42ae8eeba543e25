"""The shipped agents, in this process: what they learn, and that they say the same again."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from kit.environments import batch
from kit.job import Environment, Space
from kit.plugin.built_in import BUNDLED
from kit.plugin.context import Run, Task
from kit.plugin.load import load_plugin
from kit.sandbox.agent import Faults, Seen, play

Act = Callable[[NDArray[Any]], NDArray[Any]]
ENVIRONMENTS = {
    "CartPole-v1": Environment(
        id="CartPole-v1",
        kwargs={},
        observation=Space(dtype="float32", shape=(4,)),
        action=Space(dtype="int64", shape=(), n=2),
        max_episode_steps=500,
        reward_threshold=475.0,
    ),
    "Pendulum-v1": Environment(
        id="Pendulum-v1",
        kwargs={},
        observation=Space(dtype="float32", shape=(3,)),
        action=Space(dtype="float32", shape=(1,), low=(-2.0,), high=(2.0,)),
        max_episode_steps=200,
    ),
}


@cache
def fitted(name: str, environment: str = "CartPole-v1", seed: int = 0) -> Act:
    plugin, env = load_plugin(BUNDLED / "plugins" / name, name), ENVIRONMENTS[environment]
    task = Task(
        kind="agent",
        classes=(),
        n_outputs=env.action.n or 1,
        metric="episodic_return",
        input_shape=env.observation.shape,
        environment=env,
    )
    run = Run(
        seed=seed,
        device="cpu",
        n_threads=1,
        workdir=Path("does-not-exist"),
        ends_at=time.monotonic() + 600,
        send=lambda _: None,
    )
    model = plugin.fit(task=task, train=None, valid=None, run=run)
    return lambda X: np.asarray(plugin.predict(model=model, X=X, task=task, run=run))


def returns(act: Act, environment: str = "CartPole-v1") -> NDArray[np.float64]:
    seeds = tuple(range(1000, 1050))
    return play(seeds, 50, batch(ENVIRONMENTS[environment]), act, Faults(most=1), Seen())


@pytest.mark.parametrize("seed", [0, 1])
def test_gym_agent_solves_cartpole(seed: int) -> None:
    assert returns(fitted("gym_agent", seed=seed)).mean() >= 475


def test_the_same_seed_gives_the_same_agent() -> None:
    X = np.random.default_rng(0).normal(size=(500, 4)).astype(np.float32)
    again = fitted.__wrapped__("gym_agent")

    np.testing.assert_array_equal(fitted("gym_agent")(X), again(X))


def test_another_seed_gives_another_agent() -> None:
    X = np.random.default_rng(0).normal(size=(500, 4)).astype(np.float32)

    assert (fitted("gym_agent", seed=0)(X) != fitted("gym_agent", seed=1)(X)).any()


def test_constant_does_the_same_all_the_time() -> None:
    act = fitted("constant")

    assert act(np.zeros((3, 4), dtype=np.float32)).tolist() == [0, 0, 0]
    assert 8 < returns(act).mean() < 11


def test_constant_has_an_action_for_a_box_too() -> None:
    pytest.importorskip("gymnasium")
    act = fitted("constant", "Pendulum-v1")

    assert act(np.zeros((2, 3), dtype=np.float32)).tolist() == [[0.0], [0.0]]
    assert -2000 < returns(act, "Pendulum-v1").mean() < -800
