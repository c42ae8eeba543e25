"""How scores and lengths of time are written, wherever they stand: on a screen, in a verdict, in a file."""

from __future__ import annotations

import math
from typing import Literal

Unit = Literal["share", "value"]

_TOO_LONG = 1e9  # the error of a model that has diverged would fill the screen with digits
_MOST_DECIMALS = 8
_ROUNDING = 1e-6


def number(value: float, unit: Unit, *, step: float = 0.0) -> str:
    """A score without its unit: ``97.9`` (per cent) or ``0.9123``.

    Parameters
    ----------
    value, unit
        The score.
    step
        In what steps it is told: only so many decimals are written. 0: it is told as it is.

    Examples
    --------
    >>> number(0.96, "share", step=0.02), number(0.5, "value", step=0.1)
    ('96', '0.5')
    """
    if not math.isfinite(value) or abs(value) >= _TOO_LONG:
        return f"{value:.4g}"
    decimals = _decimals(100 * step if unit == "share" else step)
    if decimals is not None:
        return f"{100 * value if unit == 'share' else value:z.{decimals}f}"
    if unit == "share":
        text = f"{100 * value:z.1f}"
        return "99.9" if text == "100.0" and value < 1 else text  # one mistake in 10,000 is not perfect
    return f"{value:z.4f}" if abs(value) < 10 else f"{value:.1f}"  # z: what rounds to nothing has no sign


def _decimals(step: float) -> int | None:
    """How many decimals a multiple of `step` has; None where there is no step, or one row's share of all rows."""
    scaled = (step * 10**decimals for decimals in range(_MOST_DECIMALS + 1)) if step > 0 else ()
    return next((decimals for decimals, x in enumerate(scaled) if x > 0.5 and abs(x - round(x)) < _ROUNDING), None)


def score(value: float, unit: Unit, *, step: float = 0.0) -> str:
    """A score as it stands in a sentence: ``97.9 %`` or ``0.9123``."""
    return number(value, unit, step=step) + (" %" if unit == "share" else "")


def interval(lo: float, hi: float, unit: Unit, *, step: float = 0.0) -> str:
    """``95.2 - 99.1``."""
    return f"{number(lo, unit, step=step)} - {number(hi, unit, step=step)}"


def remaining(seconds: float) -> str:
    """Time that is left, in the two largest units: ``2 d 4 h``, ``3 h 12 min``."""
    days, hours, minutes = int(seconds // 86400), int(seconds // 3600 % 24), int(seconds // 60 % 60)
    return f"{days} d {hours} h" if days else f"{hours} h {minutes} min" if hours else f"{minutes} min"
