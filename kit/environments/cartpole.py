"""CartPole for thousands of episodes at once: gymnasium's arithmetic on arrays, twenty times as fast.

Episodes are those of ``gymnasium.make("CartPole-v1")``: the same seeds, the same numbers, which a test compares.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from kit.environments.ahead import Ahead
from kit.environments.base import Array, Flags, Stepped

ID = "CartPole-v1"
_GRAVITY, _FORCE, _TAU = 9.8, 10.0, 0.02  # m/s², N, s
_MASS, _POLE_MASS, _HALF_LENGTH = 1.1, 0.1, 0.5  # kg with the pole, kg, m
_POLE_MASS_LENGTH = _POLE_MASS * _HALF_LENGTH
_MAX_X, _MAX_THETA = 2.4, 12 * 2 * math.pi / 360  # m, rad: beyond it an episode ends
_START = 0.05  # the four numbers of the state begin within ± this
_AHEAD = 16  # episodes whose beginnings are drawn together


class CartPoles:
    """A `Batch` of carts with a pole. The state of a row is (x, its speed, angle, its speed).

    Parameters
    ----------
    max_steps
        After so many an episode is cut.

    References
    ----------
    A. G. Barto, R. S. Sutton, C. W. Anderson, "Neuronlike adaptive elements that can solve difficult learning control
    problems", IEEE Transactions on Systems, Man, and Cybernetics 13 (1983), p. 834; the equations as gymnasium has
    them, from R. V. Florian, "Correct equations for the dynamics of the cart-pole system", 2007.
    """

    def __init__(self, max_steps: int) -> None:
        self._max_steps = max_steps
        self._state = np.empty((4, 0))  # a column for each row: NumPy then works on whole lines of memory
        self._steps = np.empty(0, dtype=np.int64)
        self._starts = Ahead(lambda random, n: random.uniform(-_START, _START, (n, 4)), _AHEAD)

    def begin(self, seeds: Sequence[int]) -> Array:
        """As `Batch.begin`."""
        self._starts.begin(seeds)
        self._state, self._steps = np.empty((4, len(seeds))), np.zeros(len(seeds), dtype=np.int64)
        return self.begin_again(np.ones(len(seeds), dtype=np.bool_))

    def begin_again(self, rows: Flags) -> Array:
        """As `Batch.begin_again`."""
        starts = self._starts.next(rows)  # (n, 4)
        self._state[:, rows], self._steps[rows] = starts.T, 0
        return starts.astype(np.float32)

    def step(self, actions: Array) -> Stepped:
        """As `Batch.step`; action 1 pushes to the right."""
        x, x_speed, theta, theta_speed = self._state
        force = np.where(actions == 1, _FORCE, -_FORCE)
        cosine, sine = np.cos(theta), np.sin(theta)
        pull = (force + _POLE_MASS_LENGTH * np.square(theta_speed) * sine) / _MASS
        theta_acceleration = (_GRAVITY * sine - cosine * pull) / (
            _HALF_LENGTH * (4.0 / 3.0 - _POLE_MASS * np.square(cosine) / _MASS)
        )
        x_acceleration = pull - _POLE_MASS_LENGTH * theta_acceleration * cosine / _MASS
        self._state = np.stack(
            [
                x + _TAU * x_speed,
                x_speed + _TAU * x_acceleration,
                theta + _TAU * theta_speed,
                theta_speed + _TAU * theta_acceleration,
            ]
        )
        self._steps += 1
        terminated = (np.abs(self._state[0]) > _MAX_X) | (np.abs(self._state[2]) > _MAX_THETA)
        truncated = self._steps >= self._max_steps
        observations = np.ascontiguousarray(self._state.T, dtype=np.float32)  # (n, 4)
        return Stepped(observations, np.ones(len(actions)), terminated, truncated)

    def keep(self, rows: Flags) -> None:
        """As `Batch.keep`."""
        self._state, self._steps = np.ascontiguousarray(self._state[:, rows]), self._steps[rows]
        self._starts.keep(rows)

    def close(self) -> None:
        """As `Batch.close`; there is nothing to let go of."""
