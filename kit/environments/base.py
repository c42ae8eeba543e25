"""The contract of a batch: episodes that advance together, one row for each that goes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
Flags: TypeAlias = NDArray[np.bool_]
Rewards: TypeAlias = NDArray[np.float64]


class Stepped(NamedTuple):
    """What a step of n episodes gave.

    Parameters
    ----------
    observations
        Shape (n, ...): what is seen after the step, of an ended episode the last of it.
    rewards
        Shape (n,).
    terminated
        Shape (n,): which episodes ended by themselves.
    truncated
        Shape (n,): which were cut because they took as many steps as one may.
    """

    observations: Array
    rewards: Rewards
    terminated: Flags
    truncated: Flags

    @property
    def ended(self) -> Flags:
        """Which episodes are over, shape (n,)."""
        return self.terminated | self.truncated


class Batch(Protocol):
    """Episodes of one environment. A row that has ended may be begun anew or dropped, but not stepped."""

    def begin(self, seeds: Sequence[int]) -> Array:
        """One episode for each seed, each as gymnasium's ``reset(seed=…)`` begins it; the first observations."""

    def step(self, actions: Array) -> Stepped:
        """Every row one step on. `actions` has one for each, right ones."""

    def keep(self, rows: Flags) -> None:
        """Drop the rows that are False, and keep the order of the others."""

    def begin_again(self, rows: Flags) -> Array:
        """Begin the rows that are True anew, each with what its own seed leads to next; their first observations."""

    def close(self) -> None:
        """Let go of what the environments hold."""
