"""FrozenLake for thousands of episodes at once: gymnasium's tables, looked up for all of them together.

Episodes are those of ``gymnasium.make("FrozenLake-v1")``, and of ``FrozenLake8x8-v1``: the same seeds, the same
numbers, which a test compares.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, cast

import numpy as np

from kit.environments.ahead import Ahead
from kit.environments.base import Array, Flags, Stepped

MAP_OF = {"FrozenLake-v1": "4x4", "FrozenLake8x8-v1": "8x8"}
MAPS = {
    "4x4": ("SFFF", "FHFH", "FFFH", "HFFG"),
    "8x8": ("SFFFFFFF", "FFFFFFFF", "FFFHFFFF", "FFFFFHFF", "FFFHFFFF", "FHHFFFHF", "FHFFHFHF", "FFFHFFFG"),
}
_MOVES = ((0, -1), (1, 0), (0, 1), (-1, 0))  # left, down, right, up: rows and columns that an action leads on
_AHEAD = 256  # numbers that are drawn together: one for each step and each beginning


class Rules(TypedDict, total=False):
    """What ``gymnasium.make`` takes, as far as there is a twin of it."""

    map_name: str
    is_slippery: bool
    success_rate: float


class FrozenLakes:
    """A `Batch` of walks over a lake. The state of a row is the number of the field it is on, row by row.

    Parameters
    ----------
    max_steps
        After so many an episode is cut.
    map_name
        One of `MAPS`.
    is_slippery
        Whether a step may lead to the left or the right of where it was meant to.
    success_rate
        How often it then leads where it was meant to.
    """

    def __init__(
        self, max_steps: int, *, map_name: str = "4x4", is_slippery: bool = True, success_rate: float = 1 / 3
    ) -> None:
        fields = MAPS[map_name]
        miss = (1.0 - success_rate) / 2.0
        turns, chances = ((-1, 0, 1), (miss, success_rate, miss)) if is_slippery else ((0,), (1.0,))
        letters = np.array(list("".join(fields)))
        self._max_steps, self._start = max_steps, "".join(fields).index("S")
        self._next, self._up_to = _next_fields(fields, turns), np.cumsum(chances)
        self._is_goal, self._ends = letters == "G", np.isin(letters, ["G", "H"])
        self._field, self._steps = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        self._chance = Ahead(lambda random, n: random.random(n), _AHEAD)

    def begin(self, seeds: Sequence[int]) -> Array:
        """As `Batch.begin`."""
        self._chance.begin(seeds)
        self._field, self._steps = np.empty(len(seeds), dtype=np.int64), np.empty(len(seeds), dtype=np.int64)
        return self.begin_again(np.ones(len(seeds), dtype=np.bool_))

    def begin_again(self, rows: Flags) -> Array:
        """As `Batch.begin_again`."""
        self._chance.next(rows)  # gymnasium draws where an episode begins, though there is one place only
        self._field[rows], self._steps[rows] = self._start, 0
        return self._field[rows]

    def step(self, actions: Array) -> Stepped:
        """As `Batch.step`; actions 0 to 3 are left, down, right, up."""
        turn = np.searchsorted(self._up_to, self._chance.next(), side="right")
        turn %= len(self._up_to)  # chances may add up to a bit less than 1; the first is taken then, as gymnasium does
        self._field = self._next[self._field, actions, turn]
        self._steps += 1
        rewards = self._is_goal[self._field].astype(np.float64)
        return Stepped(self._field.copy(), rewards, self._ends[self._field], self._steps >= self._max_steps)

    def keep(self, rows: Flags) -> None:
        """As `Batch.keep`."""
        self._field, self._steps = self._field[rows], self._steps[rows]
        self._chance.keep(rows)

    def close(self) -> None:
        """As `Batch.close`; there is nothing to let go of."""


def rules(name: str, kwargs: Mapping[str, Any]) -> Rules | None:
    """What the environment `name` made with `kwargs` is here; None where there is no twin of it."""
    if name not in MAP_OF or set(kwargs) - Rules.__optional_keys__ or kwargs.get("map_name", "4x4") not in MAPS:
        return None
    return cast(Rules, {"map_name": MAP_OF[name], **kwargs})


def _next_fields(fields: Sequence[str], turns: Sequence[int]) -> Array:
    """Where each action leads from each field after each turn, shape (fields, 4, turns); nobody leaves the lake."""
    height, width = len(fields), len(fields[0])
    row, column = np.divmod(np.arange(height * width), width)
    led = np.empty((height * width, len(_MOVES), len(turns)), dtype=np.int64)
    for action in range(len(_MOVES)):
        for i, turn in enumerate(turns):
            down, right = _MOVES[(action + turn) % len(_MOVES)]
            led[:, action, i] = np.clip(row + down, 0, height - 1) * width + np.clip(column + right, 0, width - 1)
    return led
