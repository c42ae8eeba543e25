"""How scores are written, wherever they stand: on a screen, in a verdict, in a file."""

from __future__ import annotations

import math
from typing import Literal

Unit = Literal["share", "value"]

_TOO_LONG = 1e9  # the error of a model that has diverged would fill the screen with digits


def number(value: float, unit: Unit) -> str:
    """A score without its unit: ``97.9`` (per cent) or ``0.9123``."""
    if not math.isfinite(value) or abs(value) >= _TOO_LONG:
        return f"{value:.4g}"
    if unit == "share":
        text = f"{100 * value:z.1f}"
        return "99.9" if text == "100.0" and value < 1 else text  # one mistake in 10,000 is not perfect
    return f"{value:z.4f}" if abs(value) < 10 else f"{value:.1f}"  # z: what rounds to nothing has no sign


def score(value: float, unit: Unit) -> str:
    """A score as it stands in a sentence: ``97.9 %`` or ``0.9123``."""
    return f"{number(value, unit)} %" if unit == "share" else number(value, unit)


def interval(lo: float, hi: float, unit: Unit) -> str:
    """``95.2 - 99.1``."""
    return f"{number(lo, unit)} - {number(hi, unit)}"
