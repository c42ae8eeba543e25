from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.environments import Batch, Vector, batch
from kit.environments.base import Array
from kit.environments.cartpole import CartPoles
from kit.environments.gym import GymBatch, make
from kit.environments.seeds import draw
from kit.job import Environment, Space

gymnasium = pytest.importorskip("gymnasium")
CARTPOLE = Environment(
    id="CartPole-v1",
    kwargs={},
    observation=Space(dtype="float32", shape=(4,), low=(-5.0,) * 4, high=(5.0,) * 4),
    action=Space(dtype="int64", shape=(), n=2),
    max_episode_steps=500,
)
FROZEN_LAKE = Environment(
    id="FrozenLake-v1",
    kwargs={"is_slippery": False},
    observation=Space(dtype="int64", shape=(), n=16),
    action=Space(dtype="int64", shape=(), n=4),
    max_episode_steps=100,
)


MOUNTAIN_CAR = Environment(
    id="MountainCar-v0",
    kwargs={},
    observation=Space(dtype="float32", shape=(2,)),
    action=Space(dtype="int64", shape=(), n=3),
    max_episode_steps=200,
)
ACROBOT = Environment(
    id="Acrobot-v1",
    kwargs={},
    observation=Space(dtype="float32", shape=(6,)),
    action=Space(dtype="int64", shape=(), n=3),
    max_episode_steps=500,
)
SLIPPERY = replace(FROZEN_LAKE, kwargs={})
LARGE_LAKE = replace(FROZEN_LAKE, id="FrozenLake8x8-v1", kwargs={"success_rate": 0.8}, max_episode_steps=200)
TAXI = Environment(
    id="Taxi-v4",
    kwargs={},
    observation=Space(dtype="int64", shape=(), n=500),
    action=Space(dtype="int64", shape=(), n=6),
    max_episode_steps=200,
)
TWINS = [CARTPOLE, ACROBOT, MOUNTAIN_CAR, SLIPPERY, FROZEN_LAKE, LARGE_LAKE]


@pytest.mark.parametrize("environment", TWINS, ids=lambda one: one.id)
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**31 - 1), seed_of_actions=st.integers(0, 2**32 - 1))
def test_a_twin_plays_the_episodes_of_gymnasium(environment: Environment, seed: int, seed_of_actions: int) -> None:
    seeds, rng = (seed, seed + 1, 2**31 - 1), np.random.default_rng(seed_of_actions)
    ours, theirs = batch(environment), GymBatch(environment)
    assert type(ours) is not GymBatch
    np.testing.assert_array_equal(ours.begin(seeds), theirs.begin(seeds), strict=True)
    for _ in range(120):
        _require_the_same_step(ours, theirs, rng.integers(0, environment.action.n, 3))


def test_an_episode_of_a_twin_is_cut_when_gymnasium_cuts_it() -> None:
    ours, theirs = batch(MOUNTAIN_CAR), GymBatch(MOUNTAIN_CAR)
    ours.begin([5, 6])
    theirs.begin([5, 6])

    assert sum(_require_the_same_step(ours, theirs, np.array([1, 1])) for _ in range(410)) == 4


@pytest.mark.slow
@pytest.mark.parametrize("environment", TWINS, ids=lambda one: one.id)
def test_a_twin_plays_hundreds_of_whole_episodes_as_gymnasium_does(environment: Environment) -> None:
    ours, theirs, rng = batch(environment), GymBatch(environment), np.random.default_rng(0)
    ours.begin(range(10, 20))
    theirs.begin(range(10, 20))
    for _ in range(80):  # actions are held a while: a car then comes up the hill, and links swing
        held = rng.integers(0, environment.action.n, 10)
        for _ in range(20):
            _require_the_same_step(ours, theirs, held)


def _require_the_same_step(ours: Batch, theirs: Batch, actions: Array) -> int:
    """Step both, begin anew what has ended, and say how many were cut."""
    one, other = ours.step(actions), theirs.step(actions)
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b, strict=True)
    if one.ended.any():
        np.testing.assert_array_equal(ours.begin_again(one.ended), theirs.begin_again(one.ended), strict=True)
    return int(one.truncated.sum())


def test_the_twin_begins_as_gymnasium_does_however_often() -> None:
    ours, theirs = CartPoles(500), GymBatch(CARTPOLE)
    ours.begin([3])
    theirs.begin([3])
    for _ in range(40):
        again = np.array([True])
        np.testing.assert_array_equal(ours.begin_again(again), theirs.begin_again(again))


@pytest.mark.parametrize("environment", [*TWINS, TAXI], ids=lambda one: one.id)
def test_rows_that_are_dropped_do_not_change_the_others(environment: Environment) -> None:
    whole, part = batch(environment), batch(environment)
    whole.begin([1, 2, 3])
    part.begin([1, 2, 3])
    part.keep(np.array([True, False, True]))
    a, b = whole.step(np.zeros(3, dtype=int)), part.step(np.zeros(2, dtype=int))

    np.testing.assert_array_equal(a.observations[[0, 2]], b.observations)


def test_an_episode_of_cartpole_is_cut_after_its_limit_of_steps() -> None:
    poles = CartPoles(5)
    X = poles.begin([0])
    for step in range(5):
        X, _, terminated, truncated = poles.step((X[:, 2] + X[:, 3] > 0).astype(int))
        assert truncated[0] == (step == 4)
        assert not terminated[0]


@pytest.mark.parametrize("environment", [*TWINS, TAXI], ids=lambda one: one.id)
def test_a_vector_begins_anew_in_the_same_step_and_keeps_the_last_observation(environment: Environment) -> None:
    envs, reference = Vector(environment, 2, seed=5), batch(environment)
    envs.reset()
    reference.begin([5, 6])
    for _ in range(500):
        stepped = reference.step(np.array([1, 1]))
        X, _, terminated, truncated, info = envs.step([1, 1])
        np.testing.assert_array_equal(info["final_obs"], stepped.observations)
        np.testing.assert_array_equal(terminated | truncated, stepped.ended)
        if stepped.ended.any():
            np.testing.assert_array_equal(X[stepped.ended], reference.begin_again(stepped.ended))
            np.testing.assert_array_equal(X[~stepped.ended], stepped.observations[~stepped.ended])
            break
    else:
        pytest.fail("no episode ended")


def test_row_i_of_a_vector_begins_with_the_seed_plus_i() -> None:
    X, _ = Vector(CARTPOLE, 3, seed=7).reset()
    alone, _ = gymnasium.make("CartPole-v1").reset(seed=9)

    np.testing.assert_array_equal(X[2], alone)


def test_a_vector_says_how_many_actions_it_wants() -> None:
    envs = Vector(CARTPOLE, 3, seed=0)
    with pytest.raises(ValueError, match="before the first step"):
        envs.step([0, 0, 0])
    envs.reset()
    with pytest.raises(ValueError, match="3 environments and 2 actions"):
        envs.step([0, 0])


def test_a_vector_has_the_spaces_of_gymnasium() -> None:
    envs = Vector(FROZEN_LAKE, 2, seed=0)

    assert envs.single_action_space == gymnasium.spaces.Discrete(4)
    assert envs.single_observation_space == gymnasium.spaces.Discrete(16)


def test_arguments_of_an_environment_reach_it() -> None:
    env = make(FROZEN_LAKE)
    env.reset(seed=0)

    assert env.step(2)[0] == 1  # not slippery: to the right is to the right
    env.close()


@given(st.text(min_size=1, max_size=8), st.integers(1, 30), st.integers(1, 30), st.integers(1, 30))
def test_drawn_seeds_are_distinct_and_the_same_again(salt: str, valid: int, public: int, private: int) -> None:
    seeds = draw(salt, n_valid=valid, n_public=public, n_private=private)
    everything = (*seeds.valid, *seeds.test)

    assert len(set(everything)) == len(everything) == valid + public + private
    assert len(set(seeds.public)) == public
    assert all(0 <= seed < 2**31 for seed in everything)
    assert seeds == draw(salt, n_valid=valid, n_public=public, n_private=private)


def test_another_salt_draws_other_seeds() -> None:
    one, other = (draw(salt, n_valid=50, n_public=50, n_private=50) for salt in ("a", "b"))

    assert not {*one.valid, *one.test} & {*other.valid, *other.test}


def test_public_episodes_are_spread_over_all() -> None:
    seeds = draw("cartpole-1", n_valid=200, n_public=200, n_private=800)

    assert 60 < sum(place < 500 for place in seeds.public) < 140
