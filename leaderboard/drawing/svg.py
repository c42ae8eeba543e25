"""The elements that charts are made of."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Literal

WIDTH = 340
"""Of every chart, in the units of its text: as wide as a telephone, where its text is as large as the page's then."""
SERIES = 6
"""So many series look different from each other."""
Anchor = Literal["start", "middle", "end"]


def svg(height: float, title: str, parts: Iterable[str], *, width: float = WIDTH, kind: str = "chart") -> str:
    """A drawing with its title, which is read out where it can't be seen."""
    box = f'viewBox="0 0 {width:g} {height:g}"'
    head = f'<svg class="{kind}" {box} role="img" aria-label="{escape(title)}">'
    return "\n".join([head, f"<title>{escape(title)}</title>", *parts, "</svg>"])


def text(x: float, y: float, words: str, *, kind: str = "", anchor: Anchor = "start") -> str:
    """Words whose baseline is at `y`."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}">{escape(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, *, kind: str) -> str:
    """A straight line."""
    return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" class="{kind}"/>'


def path(points: Iterable[tuple[float, float]], *, kind: str) -> str:
    """A line through all `points`."""
    steps = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return f'<path d="M{steps}" class="{kind}"/>'


def box(x: float, y: float, wide: float, high: float, *, kind: str) -> str:
    """A filled rectangle."""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(wide, 0):.1f}" height="{max(high, 0):.1f}" class="{kind}"/>'


def mark(x: float, y: float, place: int) -> str:
    """A point of the series at `place`: each series has a shape of its own."""
    kind = f"mark s{place % SERIES}"
    shapes = (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" class="{kind}"/>',
        f'<path d="M{x - 3.2:.1f} {y - 3.2:.1f}h6.4v6.4h-6.4z" class="{kind}"/>',
        f'<path d="M{x:.1f} {y - 4.4:.1f}l4.2 7.4h-8.4z" class="{kind}"/>',
        f'<path d="M{x:.1f} {y - 4.6:.1f}l4.6 4.6l-4.6 4.6l-4.6 -4.6z" class="{kind}"/>',
        f'<path d="M{x:.1f} {y + 4.4:.1f}l4.2 -7.4h-8.4z" class="{kind}"/>',
        f'<path d="M{x - 3.4:.1f} {y - 3.4:.1f}l6.8 6.8m0 -6.8l-6.8 6.8" class="{kind} open"/>',
    )
    return shapes[place % SERIES]
