"""What agents act in: gymnasium's environments, many episodes at a time.

Both sides of the border use it. On the trusted side episodes are stepped that count, with seeds that nobody else knows;
in the entrant's process an agent learns with seeds of its own. gymnasium is imported by who makes an environment that
has no faster twin here (`kit.environments.cartpole`).
"""

from __future__ import annotations

from kit.environments.base import Batch, Stepped
from kit.environments.vector import Vector, batch

__all__ = ["Batch", "Stepped", "Vector", "batch"]
