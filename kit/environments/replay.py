"""What an agent did in some of its episodes: enough to play them again, in a few kilobytes.

Kept are the environment, the seed of an episode, its actions and its rewards. What was seen comes out again when the
environment is stepped with them, and the rewards tell whether it took the same course. A seed stays on the trusted
side.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast, get_args
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from kit.environments.base import Array, Flags, Rewards
from kit.environments.vector import batch
from kit.job import Environment, decode, encode

Kind = Literal["best", "median", "worst", "shared"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""``shared`` is the first episode of all, which every agent plays: to watch two of them side by side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One episode as it was played.

    Parameters
    ----------
    kind
        Why it is kept.
    seed
        What it began with; for the trusted side alone.
    actions : shape (n, ...)
        What was done in each step.
    rewards : shape (n,)
        What each step gave.
    """

    kind: Kind
    seed: int
    actions: Array
    rewards: Rewards

    @property
    def total(self) -> float:
        """The undiscounted return."""
        return float(sum(self.rewards.tolist()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """Episodes of one agent, an entry for each of `KINDS`."""

    environment: Environment
    episodes: tuple[Episode, ...]

    def episode(self, kind: Kind) -> Episode:
        """The one that is kept as this."""
        return next(one for one in self.episodes if one.kind == kind)


class Recorder:
    """Takes down what is done in some episodes while many are played.

    Parameters
    ----------
    watched : shape (n,)
        Which episodes, of all in the order of their seeds.
    """

    def __init__(self, watched: Flags) -> None:
        self._watched, self._watches_all = watched, bool(watched.all())
        self._steps: list[tuple[NDArray[np.int64], Array, Rewards]] = []

    def take(self, rows: NDArray[np.int64], actions: Array, rewards: Rewards) -> None:
        """One step of the episodes `rows`: an action and a reward for each."""
        if self._watches_all:
            self._steps.append((rows, actions, rewards))
        elif (seen := self._watched[rows]).any():
            self._steps.append((rows[seen], actions[seen], rewards[seen]))

    def replay(self, environment: Environment, seeds: Sequence[int], returns: Rewards) -> Replay | None:
        """The best, the median, the worst and the first of the episodes that were watched; None where none were.

        Parameters
        ----------
        environment
            In which they were played.
        seeds, returns : shape (n,)
            Of all episodes.
        """
        places = np.flatnonzero(self._watched)
        if not len(places):
            return None
        order = places[np.argsort(-returns[places], kind="stable")]
        chosen: dict[Kind, int] = {
            "best": int(order[0]),
            "median": int(order[len(order) // 2]),
            "worst": int(order[-1]),
            "shared": int(places[0]),
        }
        episodes = tuple(self._episode(kind, place, seeds[place], environment) for kind, place in chosen.items())
        return Replay(environment=environment, episodes=episodes)

    def _episode(self, kind: Kind, place: int, seed: int, environment: Environment) -> Episode:
        actions, rewards = [], []
        for rows, some_actions, some_rewards in self._steps:
            at = int(np.searchsorted(rows, place))  # rows are in the order of the seeds, however many have ended
            if at < len(rows) and rows[at] == place:
                actions.append(some_actions[at])
                rewards.append(some_rewards[at])
        space = environment.action
        shaped = np.asarray(actions, dtype=space.dtype).reshape(-1, *space.shape)
        return Episode(kind=kind, seed=seed, actions=shaped, rewards=np.asarray(rewards, dtype=np.float64))


def pack(replay: Replay) -> bytes:
    """A replay as the bytes of a ``.npz`` file, without pickle."""
    episodes, file = replay.episodes, io.BytesIO()
    np.savez_compressed(
        file,
        environment=np.frombuffer(encode(replay.environment).encode(), np.uint8),
        kinds=np.asarray([one.kind for one in episodes]),
        seeds=np.asarray([one.seed for one in episodes], dtype=np.int64),
        ends=np.cumsum([len(one.rewards) for one in episodes]),
        actions=np.concatenate([one.actions for one in episodes]),
        rewards=np.concatenate([one.rewards for one in episodes]),
    )
    return file.getvalue()


def unpack(data: bytes) -> Replay:
    """The replay that `pack` wrote down.

    Raises
    ------
    ValueError
        If it is none.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as kept:
            ends, actions, rewards = kept["ends"], kept["actions"], kept["rewards"]
            episodes = tuple(
                Episode(kind=cast(Kind, str(kind)), seed=int(seed), actions=actions[a:b], rewards=rewards[a:b])
                for kind, seed, a, b in zip(kept["kinds"], kept["seeds"], [0, *ends[:-1]], ends, strict=True)
            )
            environment = decode(Environment, kept["environment"].tobytes())
    except (AttributeError, BadZipFile, EOFError, IndexError, KeyError, OSError, TypeError, ValueError) as error:
        raise ValueError(f"no replay: {error}"[:200]) from None
    if tuple(one.kind for one in episodes) != KINDS:
        raise ValueError("no replay: its episodes are others")
    return Replay(environment=environment, episodes=episodes)


def play_again(environment: Environment, episode: Episode) -> Array | None:
    """What was seen in an episode, shape (n + 1, ...): before its first step, and after each.

    None where the environment takes another course now: it is of another version than the one that was played in.

    Raises
    ------
    ModuleNotFoundError
        If a package that stands behind the environment is not installed.
    """
    envs = batch(environment)
    try:
        seen = [envs.begin([episode.seed])[0]]
        for step, action in enumerate(episode.actions):
            stepped = envs.step(action[np.newaxis])
            seen.append(stepped.observations[0])
            is_over = stepped.ended[0] and step + 1 < len(episode.actions)
            if is_over or stepped.rewards[0] != episode.rewards[step]:
                return None
    finally:
        envs.close()
    return np.asarray(seen)
