"""Many episodes at once, as a plugin learns with them: `Vector`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from kit.environments import acrobot, cartpole, frozen_lake, mountain_car
from kit.environments.base import Array, Batch, Flags, Rewards
from kit.environments.gym import GymBatch, make
from kit.job import Environment

if TYPE_CHECKING:
    import gymnasium


_TWINS: Mapping[str, Callable[[int], Batch]] = {
    cartpole.ID: cartpole.CartPoles,
    acrobot.ID: acrobot.Acrobots,
    mountain_car.ID: mountain_car.MountainCars,
}


def batch(environment: Environment) -> Batch:
    """The quickest `Batch` of an environment: one on arrays where there is a twin of it here."""
    max_steps, kwargs = environment.max_episode_steps, environment.kwargs
    if environment.id in _TWINS and not kwargs:
        return _TWINS[environment.id](max_steps)
    rules = frozen_lake.rules(environment.id, kwargs)
    return GymBatch(environment) if rules is None else frozen_lake.FrozenLakes(max_steps, **rules)


class Vector:
    """`num_envs` copies of an environment that advance together; one that ends begins anew in the same step.

    The methods are those of gymnasium's ``VectorEnv``. What differs from ``gymnasium.make_vec``: no step is lost
    between two episodes, and ``info["final_obs"]`` is always there, an array like the observations. It holds what was
    seen before an episode began anew, so it is what `actions` led to in every row.

    Parameters
    ----------
    environment
        What it is made of.
    num_envs
        How many.
    seed
        Row i begins with ``seed + i``, where `reset` is not given another.
    """

    def __init__(self, environment: Environment, num_envs: int, seed: int) -> None:
        self._environment, self.num_envs, self._seed = environment, num_envs, seed
        self._batch, self._has_begun = batch(environment), False

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Array, dict[str, Any]]:  # noqa: ARG002 - gymnasium's signature
        """Begin an episode in every row: with `seed` + row, or else with what each row's seed leads to next.

        Returns
        -------
        observations, info
            Shape (num_envs, ...), and an empty dict.
        """
        if seed is None and self._has_begun:
            return self._batch.begin_again(np.ones(self.num_envs, dtype=np.bool_)), {}
        first, self._has_begun = self._seed if seed is None else seed, True
        return self._batch.begin(range(first, first + self.num_envs)), {}

    def step(self, actions: Any) -> tuple[Array, Rewards, Flags, Flags, dict[str, Any]]:
        """Every row one step on; `actions` has one for each.

        Returns
        -------
        observations, rewards, terminated, truncated, info
            Shapes (num_envs, ...), and (num_envs,) three times. ``info["final_obs"]`` is like the observations.

        Raises
        ------
        ValueError
            If there are not as many actions as rows, or before the first `reset`.
        """
        actions = np.asarray(actions)
        if not self._has_begun:
            raise ValueError("reset() comes before the first step()")
        if len(actions) != self.num_envs:
            raise ValueError(f"there are {self.num_envs} environments and {len(actions)} actions: one for each")
        stepped = self._batch.step(actions)
        observations, ended = stepped.observations, stepped.ended
        if ended.any():
            observations = observations.copy()
            observations[ended] = self._batch.begin_again(ended)
        info = {"final_obs": stepped.observations}
        return observations, stepped.rewards, stepped.terminated, stepped.truncated, info

    def close(self) -> None:
        """Let go of the environments."""
        self._batch.close()

    @property
    def single_observation_space(self) -> gymnasium.spaces.Space[Any]:
        """What one row sees, as gymnasium says it."""
        return self._one.observation_space

    @property
    def single_action_space(self) -> gymnasium.spaces.Space[Any]:
        """What one row takes, as gymnasium says it."""
        return self._one.action_space

    @cached_property
    def _one(self) -> gymnasium.Env[Any, Any]:
        return make(self._environment)
