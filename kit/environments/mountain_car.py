"""MountainCar for thousands of episodes at once: gymnasium's arithmetic on arrays.

Episodes are those of ``gymnasium.make("MountainCar-v0")``: the same seeds, the same numbers, which a test compares.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from kit.environments.ahead import Ahead
from kit.environments.base import Array, Flags, Stepped

ID = "MountainCar-v0"
_LEFT_END, _RIGHT_END, _GOAL = -1.2, 0.6, 0.5
_MAX_SPEED, _FORCE, _GRAVITY = 0.07, 0.001, 0.0025  # a step
_START = (-0.6, -0.4)  # where a car begins, standing
_AHEAD = 16  # episodes whose beginnings are drawn together


class MountainCars:
    """A `Batch` of cars in a valley. The state of a row is (place, speed).

    Parameters
    ----------
    max_steps
        After so many an episode is cut.

    References
    ----------
    A. W. Moore, "Efficient memory-based learning for robot control", dissertation, University of Cambridge 1990; the
    equations as gymnasium has them, from R. S. Sutton, A. G. Barto, *Reinforcement Learning: An Introduction*, MIT
    Press 1998, section 8.4.
    """

    def __init__(self, max_steps: int) -> None:
        self._max_steps = max_steps
        self._place, self._speed = np.empty(0), np.empty(0)
        self._steps = np.empty(0, dtype=np.int64)
        self._starts = Ahead(lambda random, n: random.uniform(*_START, n), _AHEAD)

    def begin(self, seeds: Sequence[int]) -> Array:
        """As `Batch.begin`."""
        self._starts.begin(seeds)
        self._place, self._speed = np.empty(len(seeds)), np.empty(len(seeds))
        self._steps = np.zeros(len(seeds), dtype=np.int64)
        return self.begin_again(np.ones(len(seeds), dtype=np.bool_))

    def begin_again(self, rows: Flags) -> Array:
        """As `Batch.begin_again`."""
        self._place[rows], self._speed[rows], self._steps[rows] = self._starts.next(rows), 0.0, 0
        return self._seen()[rows]

    def step(self, actions: Array) -> Stepped:
        """As `Batch.step`; actions 0, 1 and 2 push to the left, not at all and to the right."""
        # math's cosine, as gymnasium's: NumPy's differs in the last bit on some processors.
        slope = np.fromiter(map(math.cos, (3 * self._place).tolist()), np.float64, len(self._place))
        speed = self._speed + ((actions - 1) * _FORCE + slope * -_GRAVITY)
        speed = np.minimum(np.maximum(speed, -_MAX_SPEED), _MAX_SPEED)
        place = np.minimum(np.maximum(self._place + speed, _LEFT_END), _RIGHT_END)
        speed[(place == _LEFT_END) & (speed < 0)] = 0.0  # it stands at the wall
        self._place, self._speed = place, speed
        self._steps += 1
        terminated = (place >= _GOAL) & (speed >= 0)
        return Stepped(self._seen(), np.full(len(place), -1.0), terminated, self._steps >= self._max_steps)

    def keep(self, rows: Flags) -> None:
        """As `Batch.keep`."""
        self._place, self._speed, self._steps = self._place[rows], self._speed[rows], self._steps[rows]
        self._starts.keep(rows)

    def close(self) -> None:
        """As `Batch.close`; there is nothing to let go of."""

    def _seen(self) -> Array:
        """Shape (n, 2), float32."""
        seen = np.empty((len(self._place), 2), dtype=np.float32)
        seen[:, 0], seen[:, 1] = self._place, self._speed
        return seen
