"""`Task` and `Run`: what a plugin is handed beside the data."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit.job import Environment, TaskFacts
from kit.plugin.pretrained import Pretrained

if TYPE_CHECKING:
    import gymnasium
    import numpy as np
    import torch
    from numpy.typing import NDArray

    from kit.backbones.network import Backbone
    from kit.dataset import Dataset
    from kit.environments import Vector

Numbers = dict[str, float | int]
MAX_NAMES = 32
MAX_NAME_LENGTH = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is to be learned.

    Parameters
    ----------
    kind
        Kind of the competition, for example ``image-classification``.
    classes
        Names of the classes in the order of the indices in ``y``; empty where there are none.
    n_outputs
        Classes, or target columns; of an agent the actions there are, or the numbers that make up one.
    metric
        Name of the metric.
    input_shape
        Shape of one row of ``X``: (channels, height, width) or (columns,), or that of an observation.
    environment
        What an agent acts in: its id, what it shows and takes; None where there are rows.
    allowed
        The pretrained weights that the competition allows, and where they are; `weights`, `pretrained`, `backbone` and
        `features` use them.
    """

    kind: str
    classes: tuple[str, ...]
    n_outputs: int
    metric: str
    input_shape: tuple[int, ...]
    environment: Environment | None = None
    allowed: Pretrained = field(default=Pretrained(), repr=False, compare=False)

    @classmethod
    def of(cls, facts: TaskFacts, allowed: Pretrained | None = None) -> Task:
        """The task that `facts` describe."""
        return cls(
            kind=facts.kind,
            classes=facts.classes,
            n_outputs=facts.n_outputs,
            metric=facts.metric,
            input_shape=facts.input_shape,
            environment=facts.environment,
            allowed=allowed or Pretrained(),
        )

    @property
    def weights(self) -> tuple[str, ...]:
        """Names of pretrained weights that are allowed and on this computer, the most accurate first; often none."""
        return self.allowed.names

    def pretrained(self, name: str) -> dict[str, torch.Tensor]:
        """Pretrained weights as a state dict on the processor, for a network of your own making.

        Raises
        ------
        PluginError
            E222 if this competition does not allow them, E506 if they are not on this computer.
        """
        return self.allowed.state(name)

    def backbone(self, name: str) -> Backbone:
        """A pretrained network without its last layer, in evaluation mode.

        It takes images as they are, float32 (n, 3, height, width) in [0, 1], brings them to the size that it was
        trained with, and gives features, float32 (n, n_features). Its `features(X)` does so in batches and without
        gradients, from an array to an array; its `network` is the bare one, for fine-tuning.

        Raises
        ------
        PluginError
            As `pretrained`.
        """
        return self.allowed.backbone(name)

    def features(self, name: str, part: Dataset) -> NDArray[np.float32]:
        """What ``backbone(name)`` gives for each row of train or valid, from the kit's cache, shape (n, n_features).

        Photos that are not in the cache are computed first, and the time limit waits for that. `part` is ``train``,
        ``valid``, or a `Dataset` of some rows of one of them: its ids say which. What you change in the array changes
        nothing else.

        Raises
        ------
        PluginError
            As `pretrained`; E223 if these are other rows, or no photos.
        """
        return self.allowed.features(name, part)

    def make_env(self, seed: int) -> gymnasium.Env[Any, Any]:
        """One environment to learn in, as ``gymnasium.make`` gives it; its first ``reset()`` uses `seed`.

        Raises
        ------
        TypeError
            If this is no competition of agents.
        """
        from kit.environments.gym import make, seeded

        return seeded(make(self._environment()), seed)

    def make_vec(self, n: int, seed: int) -> Vector:
        """`n` environments that advance together; one whose episode ends begins anew in the same step.

        What was seen last before that is in ``info["final_obs"]``. Row i begins with ``seed + i``.

        Raises
        ------
        TypeError
            If this is no competition of agents.
        """
        from kit.environments import Vector

        return Vector(self._environment(), n, seed)

    def _environment(self) -> Environment:
        if self.environment is None:
            raise TypeError(f"there is nothing to act in: this competition is one of {self.kind}")
        return self.environment


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The circumstances of one run.

    Parameters
    ----------
    seed
        Seed everything random with it, and a repeat gives the same answers.
    device
        ``cpu`` or ``cuda``.
    n_threads
        Threads this run may keep busy.
    workdir
        An empty folder of this run, removed afterwards.
    ends_at, paused
        What `seconds_left` is reckoned from: a time by `time.monotonic`, and seconds that it has moved since.
    send
        Where `log` sends its numbers.
    """

    seed: int
    device: str
    n_threads: int
    workdir: Path
    ends_at: float = field(repr=False)
    send: Callable[[Numbers], None] = field(repr=False)
    paused: Callable[[], float] = field(default=float, repr=False)

    @property
    def seconds_left(self) -> float:
        """Seconds until the time limit, never negative. While features are computed, it does not come nearer."""
        return max(0.0, self.ends_at + self.paused() - time.monotonic())

    def log(self, **numbers: float) -> None:
        """Record numbers, for example ``epoch=3, loss=0.31``: they move the progress line and are kept.

        Anything that ``float()`` takes is a number, a tensor with one element too.

        Raises
        ------
        TypeError
            If a value is no number.
        """
        if len(numbers) > MAX_NAMES:
            raise TypeError(f"run.log takes up to {MAX_NAMES} numbers at a time, not {len(numbers)}")
        self.send({name[:MAX_NAME_LENGTH]: _number(name, value) for name, value in numbers.items()})


def _number(name: str, value: object) -> float | int:
    if isinstance(value, int):
        return int(value)
    if hasattr(value, "detach"):  # a loss of torch, which warns when one with a gradient becomes a number
        value = value.detach()
    if not isinstance(value, (str, bytes)):
        try:
            return float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError, RuntimeError):
            pass  # told below, with the name
    raise TypeError(f"run.log takes numbers, and {name} is of the type {type(value).__name__}")
