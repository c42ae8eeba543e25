"""The pretrained weights that a plugin may use: what `Task` asks, made by the worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from kit.errors import PluginError, Problem, nearest
from kit.weights import Weights, preferred, weights

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

    from kit.backbones.network import Backbone


class Rows(Protocol):
    """Rows that features are asked for."""

    def __len__(self) -> int:
        """How many."""


class Ask(Protocol):
    """Has features of rows computed on the trusted side."""

    def __call__(self, name: str, part: object) -> NDArray[np.float32]:
        """Features of the rows of `part`, by the weights `name`."""


def ask_nobody(name: str, part: object) -> NDArray[np.float32]:  # noqa: ARG001 - the signature of `Ask`
    """Where there is nobody to ask: in a notebook, or in a model that was loaded again.

    Raises
    ------
    RuntimeError
        Always.
    """
    raise RuntimeError("features come from the kit, while fit runs: use the task that fit is given")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pretrained:
    """What there is.

    Parameters
    ----------
    allowed
        Names that the competition allows.
    files
        Those of them that are on this computer: name -> verified file.
    ask
        Gives features of rows.
    """

    allowed: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    ask: Ask = ask_nobody

    @property
    def names(self) -> tuple[str, ...]:
        """Those that are here, the most accurate first."""
        return preferred(self.files)

    def state(self, name: str) -> dict[str, torch.Tensor]:
        """The numbers of a network by the names of its layers, on the processor. Raises as `require`."""
        import torch

        self.require(name)
        state: dict[str, torch.Tensor] = torch.load(self.files[name], map_location="cpu", weights_only=True)
        return state

    def backbone(self, name: str) -> Backbone:
        """The network of these weights without its last layer. Raises as `require`."""
        known = self.require(name)
        from kit.backbones.network import build

        return build(known, self.state(name))

    def features(self, name: str, part: object) -> NDArray[np.float32]:
        """Features of the rows of `part`. Raises as `require`, and as `Ask`."""
        self.require(name)
        return self.ask(name, part)

    def require(self, name: str) -> Weights:
        """What is known of weights that may be used and are here.

        Raises
        ------
        PluginError
            E222 if the competition does not allow them; E506 if it does, and they are not on this computer.
        """
        known = weights(name)
        if name not in self.allowed or known is None:
            raise PluginError(self._not_allowed(name))
        if name not in self.files:
            raise PluginError(_not_here(name, self.names))
        return known

    def _not_allowed(self, name: str) -> Problem:
        listed, near = ", ".join(self.allowed), nearest(name, self.allowed)
        fix = f'task.pretrained("{near}")' if near else "train a network of your own, or ask the host to allow them"
        return Problem(
            code="E222",
            message=f"this competition does not allow the pretrained weights {name!r}",
            expected=f"one of {listed}" if listed else "none: no pretrained weights are allowed",
            got=repr(name),
            fix=fix if near or not listed else f'task.pretrained("{(self.names or self.allowed)[0]}")',
        )


def _not_here(name: str, here: tuple[str, ...]) -> Problem:
    others = f"\nor use what is here:   {', '.join(here)}" if here else ""
    return Problem(
        code="E506",
        message=f"the pretrained weights {name!r} are not on this computer",
        why="While a plugin runs nothing is downloaded.",
        fix=f"kit fetch weights {name}   gets them, or says which file to put where{others}",
    )
