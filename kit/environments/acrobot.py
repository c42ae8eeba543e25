"""Acrobot for thousands of episodes at once: gymnasium's arithmetic on arrays.

Episodes are those of ``gymnasium.make("Acrobot-v1")``: the same seeds, the same numbers, which a test compares. The
motion is chaotic, so a last bit that differs is another episode a hundred steps later. Terms are therefore added and
multiplied in gymnasium's order.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from kit.environments.ahead import Ahead
from kit.environments.base import Array, Flags, Stepped

ID = "Acrobot-v1"
_TAU = 0.2  # s
_GRAVITY = 9.8  # m/s²; links are 1 m long, weigh 1 kg, and have their centre of mass in the middle
_MAX_SPEEDS = np.array([[4 * math.pi], [9 * math.pi]])  # rad/s
_START = 0.1  # the four numbers of the state begin within ± this
_AHEAD = 16  # episodes whose beginnings are drawn together


class Acrobots:
    """A `Batch` of two links that hang one from the other.

    The state of a row is (angle of the first link, of the second to the first, their speeds); 0 is straight down.

    Parameters
    ----------
    max_steps
        After so many an episode is cut.

    References
    ----------
    R. S. Sutton, "Generalization in Reinforcement Learning: Successful Examples Using Sparse Coarse Coding", Advances
    in Neural Information Processing Systems 8 (1996), p. 1038; the equations as gymnasium has them, from R. S. Sutton,
    A. G. Barto, *Reinforcement Learning: An Introduction*, MIT Press 1998, section 11.3.
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
        start = np.ascontiguousarray(
            self._starts.next(rows).T, dtype=np.float32
        )  # gymnasium begins in single precision
        self._state[:, rows], self._steps[rows] = start, 0
        return _seen(start, np.cos(start[:2]))

    def step(self, actions: Array) -> Stepped:
        """As `Batch.step`; actions 0, 1 and 2 are a torque of -1, 0 and 1 N m between the links."""
        state = _moved(self._state, actions - 1.0)
        angles, speeds = state[:2], state[2:]
        while (beyond := angles > math.pi).any():
            angles[beyond] -= 2 * math.pi
        while (beyond := angles < -math.pi).any():
            angles[beyond] += 2 * math.pi
        np.minimum(np.maximum(speeds, -_MAX_SPEEDS), _MAX_SPEEDS, out=speeds)
        self._state = state
        self._steps += 1
        cosines = np.cos(angles)
        terminated = -cosines[0] - np.cos(angles[1] + angles[0]) > 1.0
        rewards = np.where(terminated, 0.0, -1.0)
        return Stepped(_seen(state, cosines), rewards, terminated, self._steps >= self._max_steps)

    def keep(self, rows: Flags) -> None:
        """As `Batch.keep`."""
        self._state, self._steps = np.ascontiguousarray(self._state[:, rows]), self._steps[rows]
        self._starts.keep(rows)

    def close(self) -> None:
        """As `Batch.close`; there is nothing to let go of."""


def _seen(state: Array, cosines: Array) -> Array:
    """Shape (n, 6), float32: cosine and sine of each angle, and the speeds."""
    seen = np.empty((state.shape[1], 6), dtype=np.float32)
    sines = np.sin(state[:2])
    seen[:, 0], seen[:, 1], seen[:, 2], seen[:, 3] = cosines[0], sines[0], cosines[1], sines[1]
    seen[:, 4:] = state[2:].T
    return seen


def _moved(state: Array, torque: Array) -> Array:
    """The state a time step later, by the classical Runge-Kutta method."""
    k1 = _slopes(state, torque)
    k2 = _slopes(state + _TAU / 2 * k1, torque)
    k3 = _slopes(state + _TAU / 2 * k2, torque)
    k4 = _slopes(state + _TAU * k3, torque)
    moved: Array = state + _TAU / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return moved


def _slopes(state: Array, torque: Array) -> Array:
    """The derivative of the state with respect to time, shape (4, n)."""
    theta1, theta2, speed1, speed2 = state
    n = len(torque)
    angles = np.empty((3, n))
    angles[0] = theta2
    np.subtract(theta1 + theta2, math.pi / 2, out=angles[1])
    np.subtract(theta1, math.pi / 2, out=angles[2])
    cosines, sine2 = np.cos(angles), np.sin(theta2)
    d1 = 0.25 + (1.25 + cosines[0]) + 1.0 + 1.0
    to_square = np.empty((3, n))
    np.add(0.25 + 0.5 * cosines[0], 1.0, out=to_square[0])
    to_square[1:] = state[2:]
    # The power of the C library, as gymnasium's ** of single numbers: a product differs in the last bit now and then.
    squared = np.float_power(to_square, 2.0)
    d2 = to_square[0]
    phi2 = 0.5 * _GRAVITY * cosines[1]
    phi1 = -0.5 * squared[2] * sine2 - speed2 * speed1 * sine2 + 1.5 * _GRAVITY * cosines[2] + phi2
    slopes = np.empty((4, n))
    slopes[:2] = state[2:]
    np.divide(torque + d2 / d1 * phi1 - 0.5 * squared[1] * sine2 - phi2, 1.25 - squared[0] / d1, out=slopes[3])
    np.divide(-(d2 * slopes[3] + phi1), d1, out=slopes[2])
    return slopes
