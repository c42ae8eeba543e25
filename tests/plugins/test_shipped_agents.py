"""The shipped agents, in this process: what they learn, and that they say the same again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
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
WHOLE, NUMBERS = Space(dtype="int64", shape=(), n=2), Space(dtype="float32", shape=(1,), low=(-2.0,), high=(2.0,))


def environment(name: str, seen: Space, action: Space, max_steps: int, threshold: float | None) -> Environment:
    return Environment(
        id=name,
        kwargs={},
        observation=seen,
        action=action,
        max_episode_steps=max_steps,
        reward_threshold=threshold,
    )


def box(*shape: int, dtype: str = "float32") -> Space:
    return Space(dtype=dtype, shape=shape)


ENVIRONMENTS = {
    "CartPole-v1": environment("CartPole-v1", box(4), WHOLE, 500, 475.0),
    "Acrobot-v1": environment("Acrobot-v1", box(6), replace(WHOLE, n=3), 500, -100.0),
    "MountainCar-v0": environment("MountainCar-v0", box(2), replace(WHOLE, n=3), 200, -110.0),
    "FrozenLake-v1": environment("FrozenLake-v1", replace(WHOLE, n=16), replace(WHOLE, n=4), 100, 0.7),
    "Pendulum-v1": environment("Pendulum-v1", box(3), NUMBERS, 200, None),
}
AGENTS = ("random_agent", "gym_agent", "ppo", "dqn")
# Fewer steps than the defaults: what is asked here holds after any number of them.
SHORT: dict[str, dict[str, Any]] = {
    "random_agent": {},
    "gym_agent": {"n_policies": 16, "n_episodes": 2, "generations": 2},
    "ppo": {"steps": 4096},
    "dqn": {"steps": 4000},
}


def learned(
    name: str, env: Environment, *, seed: int = 0, limit_s: float = 600, params: dict[str, Any] | None = None
) -> tuple[Act, Run]:
    """What an agent does that has learned in an environment, and its run."""
    plugin = load_plugin(BUNDLED / "plugins" / name, name, params=params or {})
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
        ends_at=time.monotonic() + limit_s,
        send=lambda _: None,
    )
    model = plugin.fit(task=task, train=None, valid=None, run=run)
    return lambda X: np.asarray(plugin.predict(model=model, X=X, task=task, run=run)), run


@cache
def fitted(name: str, environment: str = "CartPole-v1", seed: int = 0, *, short: bool = False) -> Act:
    return learned(name, ENVIRONMENTS[environment], seed=seed, params=SHORT[name] if short else {})[0]


def returns(act: Act, environment: str = "CartPole-v1", n: int = 50) -> NDArray[np.float64]:
    seeds = tuple(range(1000, 1000 + n))
    return play(seeds, n, batch(ENVIRONMENTS[environment]), act, Faults(most=1), Seen())


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


@pytest.fixture
def slow_to_make() -> Iterator[Environment]:
    """CartPole, but one takes its time to be made, as those with a physics engine do."""
    gymnasium = pytest.importorskip("gymnasium")
    from gymnasium.envs.classic_control import CartPoleEnv

    class Slow(CartPoleEnv):
        def __init__(self) -> None:
            time.sleep(0.03)
            super().__init__()

    gymnasium.register("SlowToMake-v0", entry_point=Slow, max_episode_steps=500)
    yield replace(ENVIRONMENTS["CartPole-v1"], id="SlowToMake-v0")
    del gymnasium.registry["SlowToMake-v0"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gym_agent", "ppo", "dqn"])
def test_an_agent_has_time_left_where_environments_are_slow_to_make(name: str, slow_to_make: Environment) -> None:
    _, run = learned(name, slow_to_make, limit_s=6)

    assert run.seconds_left > 0


def test_constant_does_the_same_all_the_time() -> None:
    act = fitted("constant")

    assert act(np.zeros((3, 4), dtype=np.float32)).tolist() == [0, 0, 0]
    assert 8 < returns(act).mean() < 11


def test_constant_has_an_action_for_a_box_too() -> None:
    pytest.importorskip("gymnasium")
    act = fitted("constant", "Pendulum-v1")

    assert act(np.zeros((2, 3), dtype=np.float32)).tolist() == [[0.0], [0.0]]
    assert -2000 < returns(act, "Pendulum-v1").mean() < -800


@pytest.mark.parametrize("name", ["ppo", pytest.param("dqn", marks=pytest.mark.slow)])
def test_a_learner_solves_cartpole_and_says_when(name: str) -> None:
    assert returns(fitted(name)).mean() >= 475


@pytest.mark.slow
@pytest.mark.parametrize("environment", ["Acrobot-v1", "MountainCar-v0"])
@pytest.mark.parametrize("name", ["gym_agent", "ppo", "dqn"])
def test_the_small_environments_are_solved(name: str, environment: str) -> None:
    threshold = ENVIRONMENTS[environment].reward_threshold

    assert threshold is not None
    # Episodes of Acrobot differ so much that the mean of 50 has a standard error of 7.
    assert returns(fitted(name, environment), environment, n=500).mean() >= 1.05 * threshold


@pytest.mark.parametrize("environment", ["CartPole-v1", "FrozenLake-v1", "Pendulum-v1"])
@pytest.mark.parametrize("name", AGENTS)
def test_the_same_observation_gets_the_same_action_whatever_stands_beside_it(name: str, environment: str) -> None:
    if environment == "Pendulum-v1":
        pytest.importorskip("gymnasium")
    act, X = fitted(name, environment, short=True), observations(environment)
    together = act(X)

    alone = np.concatenate([act(X[i : i + 1]) for i in range(len(X))])

    np.testing.assert_allclose(act(X[::-1])[::-1], together, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(alone, together, rtol=1e-4, atol=1e-5)


def observations(environment: str) -> NDArray[Any]:
    space, rng = ENVIRONMENTS[environment].observation, np.random.default_rng(0)
    return rng.integers(space.n, size=50) if space.n else rng.normal(size=(50, *space.shape)).astype(np.float32)


@pytest.mark.parametrize("name", AGENTS)
def test_a_repeat_with_the_same_seed_is_the_same_agent(name: str) -> None:
    X = observations("CartPole-v1")
    again = fitted.__wrapped__(name, short=True)

    np.testing.assert_array_equal(fitted(name, short=True)(X), again(X))


def test_the_random_agent_does_everything_about_equally_often() -> None:
    act = fitted("random_agent", "Acrobot-v1")
    X = np.random.default_rng(0).normal(size=(6000, 6)).astype(np.float32)

    np.testing.assert_allclose(np.bincount(act(X), minlength=3) / 6000, 1 / 3, atol=0.03)


def test_the_random_agent_draws_numbers_from_end_to_end() -> None:
    act = fitted("random_agent", "Pendulum-v1")
    actions = act(np.random.default_rng(0).normal(size=(5000, 3)).astype(np.float32))

    assert actions.shape == (5000, 1)
    assert np.quantile(actions, [0, 0.25, 0.5, 0.75, 1]) == pytest.approx([-2, -1, 0, 1, 2], abs=0.1)


@pytest.mark.parametrize(("name", "most"), [("random_agent", 20), ("gym_agent", 40), ("dqn", 120), ("ppo", 150)])
def test_an_agent_stays_small_enough_to_be_read(name: str, most: int) -> None:
    text = (BUNDLED / "plugins" / name / "plugin.py").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.strip() and not line.strip().startswith(("#", '"""'))]

    assert len(lines) <= most
