"""``gymnasium:<id>``: an environment to act in, and no rows. Its episodes differ by their seeds, which we draw."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kit.environments.gym import installed, quiet
from kit.errors import DataError, MetricError, Problem, nearest
from kit.job import Environment, Space
from kit.source.base import OnProgress

if TYPE_CHECKING:
    import gymnasium

    from kit.competition import Competition

_SPACES = "one whole number (Discrete) or a box of numbers (Box)"


def load(
    argument: str,
    competition: Competition,
    folder: Path,  # noqa: ARG001 - the signature of a source
    *,
    on_progress: OnProgress,
) -> Environment:
    """The environment with the id `argument`, made once to see what it shows and takes.

    Raises
    ------
    DataError
        E504 if there is none, or only a newer version; says which one is meant.
    MetricError
        E603 if it can't be made with these ``env_kwargs``, its spaces are of other sorts than `_SPACES`, or nothing
        says after how many steps an episode is cut.
    ModuleNotFoundError
        If gymnasium is not installed, or what stands behind this environment: Box2D, for one.
    """
    on_progress(f"reading {argument} from gymnasium")
    with quiet():
        import gymnasium

        _require_known(argument, gymnasium.envs.registry)
        try:
            with installed():
                data = competition.data
                env = gymnasium.make(argument, data.max_episode_steps, **dict(data.env_kwargs))  # type: ignore[arg-type]
                env.reset(seed=0)
        except ModuleNotFoundError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever an environment raises, it can't be had
            raise MetricError(_not_made(argument, error)) from None
    try:
        return _described(argument, dict(competition.data.env_kwargs), env)
    finally:
        env.close()


def _described(name: str, kwargs: dict[str, Any], env: gymnasium.Env[Any, Any]) -> Environment:
    import gymnasium

    made, registered = env.spec, gymnasium.spec(name)
    assert made is not None, "gymnasium.make says of each what it was made from"
    seen, action = _space(name, "observations", env.observation_space), _space(name, "actions", env.action_space)
    limit, threshold = made.max_episode_steps, made.reward_threshold
    if limit is None:
        raise MetricError(_endless(name))
    if registered.max_episode_steps not in (None, limit):
        threshold = None  # what is a good return over 500 steps says nothing of 200
    return Environment(
        id=name,
        kwargs=kwargs,
        observation=seen,
        action=action,
        max_episode_steps=limit,
        reward_threshold=None if threshold is None else float(threshold),
    )


def _space(name: str, what: str, space: gymnasium.spaces.Space[Any]) -> Space:
    from gymnasium import spaces

    if isinstance(space, spaces.Discrete):
        return Space(dtype="int64", shape=(), n=int(space.n), start=int(space.start))
    if isinstance(space, spaces.Box) and space.dtype.kind in "biuf":
        low, high = (tuple(np.asarray(end, dtype=np.float64).ravel().tolist()) for end in (space.low, space.high))
        return Space(dtype=space.dtype.name, shape=tuple(map(int, space.shape)), low=low, high=high)
    message = f"the {what} of {name} are {type(space).__name__}, and an agent here has {_SPACES}"
    raise MetricError(Problem(code="E603", message=message, where="[data] source", fix="choose another environment"))


def _require_known(name: str, registry: Any) -> None:
    """Refuse an id that is not registered, or of which there is a newer version."""
    base, _, version = name.rpartition("-v")
    newest = max((v for key in registry if (v := _version_of(key, base or name)) is not None), default=None)
    known = name in registry
    if known and (newest is None or not version.isdigit() or int(version) >= newest):
        return
    near = f"{base or name}-v{newest}" if newest is not None else nearest(name, registry)
    fix = f"did you mean   gymnasium:{near} ?" if near else "gymnasium.pprint_registry()   lists what there is"
    message = f"there is no environment gymnasium:{name}"
    if known:
        message = f"gymnasium:{name} is deprecated: there is a version {newest}, with other episodes"
    raise DataError(Problem(code="E504", message=message, where="[data] source", fix=fix))


def _version_of(key: str, base: str) -> int | None:
    found, _, version = key.rpartition("-v")
    return int(version) if found == base and version.isdigit() else None


def _endless(name: str) -> Problem:
    return Problem(
        code="E603",
        message=f"{name} cuts no episode: one that does not end by itself would go on for ever",
        where="[data] max_episode_steps",
        why="An agent that learned nothing may never arrive; a few times the steps of a good episode are enough.",
        fix="add to [data]   max_episode_steps = 200",
    )


def _not_made(name: str, error: Exception) -> Problem:
    return Problem(
        code="E603",
        message=f"{name} can't be made with these env_kwargs",
        where="[data] env_kwargs",
        excerpt=f"{type(error).__name__}: {error}".strip().splitlines()[0][:200],
        fix="the page of the environment lists its arguments; others may need another package",
    )
