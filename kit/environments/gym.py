"""gymnasium's own environments, one object for each episode: for those that have no faster twin."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from kit.environments.base import Array, Flags, Stepped
from kit.job import Environment

if TYPE_CHECKING:
    import gymnasium


def make(environment: Environment) -> gymnasium.Env[Any, Any]:
    """One environment as gymnasium makes it.

    Raises
    ------
    ModuleNotFoundError
        If gymnasium is not installed, or what stands behind this environment: Box2D, for one.
    """
    with quiet():
        import gymnasium

        with installed():
            return gymnasium.make(environment.id, environment.max_episode_steps, **environment.kwargs)  # type: ignore[arg-type]


def seeded(env: gymnasium.Env[Any, Any], seed: int) -> gymnasium.Env[Any, Any]:
    """`env` whose first ``reset()`` without a seed uses `seed`."""
    import gymnasium

    class _Seeded(gymnasium.Wrapper):
        first: int | None = seed

        def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
            seed, self.first = self.first if seed is None else seed, None
            return self.env.reset(seed=seed, options=options)

    return _Seeded(env)


class GymBatch:
    """A `Batch` of gymnasium's environments.

    Parameters
    ----------
    environment
        What is made, as often as there are episodes; an object is used again where one is free.
    """

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._running: list[gymnasium.Env[Any, Any]] = []
        self._free: list[gymnasium.Env[Any, Any]] = []

    def begin(self, seeds: Sequence[int]) -> Array:
        """As `Batch.begin`."""
        self._free += self._running
        self._running = [self._free.pop() if self._free else self._new() for _ in seeds]
        return self._stacked([env.reset(seed=seed)[0] for env, seed in zip(self._running, seeds, strict=True)])

    def begin_again(self, rows: Flags) -> Array:
        """As `Batch.begin_again`."""
        return self._stacked([self._running[row].reset()[0] for row in np.flatnonzero(rows)])

    def step(self, actions: Array) -> Stepped:
        """As `Batch.step`."""
        # Of numbers an environment checks faster that they are there if they are Python's.
        each = actions.tolist() if self._environment.action.n else actions
        stepped = [env.step(action) for env, action in zip(self._running, each, strict=True)]
        observations, rewards, terminated, truncated, _ = zip(*stepped, strict=True)
        return Stepped(
            self._stacked(observations),
            np.asarray(rewards, dtype=np.float64),
            np.asarray(terminated, dtype=np.bool_),
            np.asarray(truncated, dtype=np.bool_),
        )

    def keep(self, rows: Flags) -> None:
        """As `Batch.keep`."""
        self._free += [env for env, is_kept in zip(self._running, rows, strict=True) if not is_kept]
        self._running = [env for env, is_kept in zip(self._running, rows, strict=True) if is_kept]

    def close(self) -> None:
        """As `Batch.close`."""
        for env in (*self._running, *self._free):
            env.close()
        self._running, self._free = [], []

    def _new(self) -> gymnasium.Env[Any, Any]:
        with quiet():
            import gymnasium

            # The checker looks at every step, and what is scored was looked at when the competition was prepared.
            with installed():
                made: gymnasium.Env[Any, Any] = gymnasium.make(
                    self._environment.id,
                    self._environment.max_episode_steps,
                    disable_env_checker=True,
                    **self._environment.kwargs,
                )
            return made

    def _stacked(self, observations: Sequence[Any]) -> Array:
        space = self._environment.observation
        return np.asarray(observations, dtype=space.dtype).reshape(len(observations), *space.shape)


@contextmanager
def installed() -> Iterator[None]:
    """Give the error of gymnasium for a package that is missing as Python's own: with the name of the package.

    Raises
    ------
    ModuleNotFoundError
    """
    from gymnasium.error import DependencyNotInstalled

    try:
        yield
    except DependencyNotInstalled as error:
        cause = error.__cause__ or error.__context__
        if isinstance(cause, ModuleNotFoundError) and cause.name:
            raise ModuleNotFoundError(str(error), name=cause.name.partition(".")[0]) from None
        raise


@contextmanager
def quiet() -> Iterator[None]:
    """What gymnasium and the libraries behind it warn of is theirs to mend: pygame of pkg_resources, for one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
