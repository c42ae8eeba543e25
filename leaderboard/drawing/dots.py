"""A scene in characters: eight dots in each, as Braille has them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kit.environments.scenes import Point, Scene, Shape

_BRAILLE = 0x2800
_DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])  # which bit each dot of a character is
Grid = NDArray[np.bool_]


def drawn(scene: Scene, frame: int, *, width: int, height: int) -> list[str]:
    """The scene after so many steps, in lines of at most `width` characters, at most `height` of them."""
    paper = Paper.of(scene, width, height)
    for shape in (*scene.fixed, *scene.frames[frame]):
        paper.draw(shape)
    return paper.lines()


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """Dots, and the words that are written over them.

    Parameters
    ----------
    low, scale
        The corner of what is to be seen, and how many dots a unit is long.
    dots : shape (4 x lines, 2 x columns)
        From the top.
    words
        Line, column of its middle, and the word.
    """

    low: Point
    scale: float
    dots: Grid
    words: list[tuple[int, int, str]]

    @classmethod
    def of(cls, scene: Scene, width: int, height: int) -> Paper:
        """As large as the scene can be in so many characters."""
        wide, high = (b - a for a, b in zip(scene.low, scene.high, strict=True))
        scale = min((2 * width - 1) / wide, (4 * height - 1) / high)
        lines, columns = int(scale * high) // 4 + 1, int(scale * wide) // 2 + 1
        return cls(low=scene.low, scale=scale, dots=np.zeros((4 * lines, 2 * columns), dtype=bool), words=[])

    def draw(self, shape: Shape) -> None:
        """Add a shape. What is soft is drawn with every fourth dot."""
        points = [self._placed(point) for point in shape.points]
        if shape.kind == "word":
            (x, y), *_ = points
            self.words.append((int(y) // 4, int(x) // 2, shape.text))
        elif shape.kind == "disc":
            self._ink(self._near(points[:1], max(0.7, shape.size * self.scale)), shape)
        elif shape.kind == "line":
            self._ink(self._near(points, max(0.5, shape.size * self.scale / 2)), shape)
        else:
            self._ink(self._within(points), shape)

    def lines(self) -> list[str]:
        """What was drawn."""
        rows, columns = self.dots.shape[0] // 4, self.dots.shape[1] // 2
        cells = self.dots.reshape(rows, 4, columns, 2).transpose(0, 2, 1, 3)
        codes = (cells * _DOTS).sum(axis=(2, 3))
        letters = [[chr(_BRAILLE + code) if code else " " for code in row] for row in codes.tolist()]
        for row, middle, word in self.words:
            for place, letter in enumerate(word, start=middle - len(word) // 2):
                if 0 <= row < rows and 0 <= place < columns:
                    letters[row][place] = letter
        return ["".join(row).rstrip() for row in letters]

    def _placed(self, point: Point) -> Point:
        x, y = ((at - low) * self.scale for at, low in zip(point, self.low, strict=True))
        return x, self.dots.shape[0] - 1 - y

    def _ink(self, where: Grid, shape: Shape) -> None:
        if shape.kind == "area" and shape.role == "soft":
            sparse = np.zeros_like(where)
            sparse[::2, ::2] = True
            where = where & sparse
        self.dots[where] = True

    def _near(self, points: Sequence[Point], radius: float) -> Grid:
        """Dots that are so near to the line through `points`."""
        y, x = np.mgrid[: self.dots.shape[0], : self.dots.shape[1]]
        near = np.zeros(self.dots.shape, dtype=bool)
        for (ax, ay), (bx, by) in zip(points, points[1:] or points, strict=False):
            dx, dy = bx - ax, by - ay
            along = ((x - ax) * dx + (y - ay) * dy) / max(dx * dx + dy * dy, 1e-12)
            along = np.clip(along, 0.0, 1.0)
            near |= np.hypot(x - ax - along * dx, y - ay - along * dy) <= radius
        return near

    def _within(self, points: Sequence[Point]) -> Grid:
        """Dots inside of a polygon: those from which a ray crosses its edges an odd number of times."""
        y, x = np.mgrid[: self.dots.shape[0], : self.dots.shape[1]]
        inside = np.zeros(self.dots.shape, dtype=bool)
        for (ax, ay), (bx, by) in _edges(points):
            if ay != by:
                inside ^= ((ay > y) != (by > y)) & (x < (bx - ax) * (y - ay) / (by - ay) + ax)
        return inside


def _edges(points: Sequence[Point]) -> Iterable[tuple[Point, Point]]:
    return zip(points, (*points[1:], points[0]), strict=True)
