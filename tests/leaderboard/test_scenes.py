"""What episodes look like, before anything is drawn; and as dots."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kit.environments import batch
from kit.environments.gym import make
from kit.environments.replay import Episode, play_again
from kit.environments.scenes import Scene, done, scene
from kit.job import Environment, Space
from leaderboard.drawing.dots import drawn

pytest.importorskip("gymnasium")
WHOLE = Space(dtype="int64", shape=(), n=4)
LANDER = Environment(
    id="LunarLander-v3",
    kwargs={},
    observation=Space(dtype="float32", shape=(8,)),
    action=WHOLE,
    max_episode_steps=1000,
)
TAXI = Environment(
    id="Taxi-v4", kwargs={}, observation=Space(dtype="int64", shape=(), n=500), action=WHOLE, max_episode_steps=200
)
PENDULUM = Environment(
    id="Pendulum-v1",
    kwargs={},
    observation=Space(dtype="float32", shape=(3,)),
    action=Space(dtype="float32", shape=(1,), low=(-2.0,), high=(2.0,)),
    max_episode_steps=200,
)


def watched(environment: Environment, n: int = 20) -> tuple[Episode, Scene]:
    """An episode of `n` steps that does nothing, and what it looks like."""
    space, envs = environment.action, batch(environment)
    envs.begin([7])
    actions = np.zeros((n, *space.shape), dtype=space.dtype)
    rewards = np.concatenate([envs.step(action[np.newaxis]).rewards for action in actions])
    episode = Episode(kind="best", seed=7, actions=actions, rewards=rewards)
    seen = play_again(environment, episode)
    assert seen is not None
    return episode, scene(environment, episode, seen)


def test_the_moon_is_that_of_the_episode() -> None:
    pytest.importorskip("Box2D")
    env = make(LANDER)
    env.reset(seed=7)
    ground = watched(LANDER)[1].fixed[1].points

    assert ground[0] == pytest.approx(env.unwrapped.sky_polys[0][0])  # type: ignore[attr-defined]
    assert ground[-1] == pytest.approx(env.unwrapped.sky_polys[-1][1])  # type: ignore[attr-defined]
    assert ground[4][0] == pytest.approx(env.unwrapped.helipad_x1)  # type: ignore[attr-defined]


@pytest.mark.parametrize("environment", [TAXI, PENDULUM], ids=lambda one: one.id)
def test_of_an_environment_without_a_picture_each_number_is_a_bar(environment: Environment) -> None:
    _, seen = watched(environment)

    assert len(seen.frames) == 21
    assert all(len(frame) == max(1, math.prod(environment.observation.shape)) for frame in seen.frames)
    assert any("⣿" in line for line in drawn(seen, 20, width=40, height=10))


def test_a_drawing_keeps_to_its_room() -> None:
    lines = drawn(watched(PENDULUM)[1], 3, width=30, height=6)

    assert len(lines) <= 6
    assert max(map(len, lines)) <= 30


def test_an_action_is_named_or_told_in_numbers() -> None:
    assert done(LANDER, ("none", "left", "main", "right"), np.int64(2)) == "main"
    assert done(TAXI, (), np.int64(3)) == "3"
    assert done(PENDULUM, (), np.array([0.5])) == "0.5"
