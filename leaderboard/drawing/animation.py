"""A film as a picture that moves: GIF or WebP, drawn by Pillow."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Literal

from kit.environments.scenes import Point, Role, Scene, Shape

if TYPE_CHECKING:
    from PIL import Image, ImageDraw

_WIDE = 480  # pixels
_FINER = 2  # it is drawn so much larger and then reduced: edges are smooth
_MOST_PER_S = 25  # pictures; viewers show GIFs of more too slowly
_LAST_MS = 1500  # that the end stays, before it begins again
_PAPER = "#ffffff"
_COLOURS: dict[Role, str] = {
    "ground": "#1f2328",
    "body": "#0550ae",
    "part": "#bc4c00",
    "goal": "#116329",
    "danger": "#a0111f",
    "soft": "#d1d9e0",
}


def animation(scene: Scene, form: Literal["GIF", "WEBP"], *, speed: float = 1.0) -> bytes:
    """The whole scene, at its pace times `speed`, for ever."""
    pace = scene.pace * speed
    every = max(1, round(pace / _MOST_PER_S))
    places = [*range(0, len(scene.frames) - 1, every), len(scene.frames) - 1]
    pictures = [_picture(scene, place) for place in places]
    took = [max(20, round(1000 * every / pace))] * (len(pictures) - 1)
    file = io.BytesIO()
    more = {"lossless": True, "method": 3} if form == "WEBP" else {"optimize": False}
    pictures[0].save(file, form, save_all=True, append_images=pictures[1:], duration=[*took, _LAST_MS], loop=0, **more)
    return file.getvalue()


def _picture(scene: Scene, place: int) -> Image.Image:
    from PIL import Image, ImageDraw

    wide, high = (b - a for a, b in zip(scene.low, scene.high, strict=True))
    size = (_WIDE, max(1, round(_WIDE * high / wide)))
    large = Image.new("RGB", (size[0] * _FINER, size[1] * _FINER), _PAPER)
    pen = ImageDraw.Draw(large)
    for shape in (*scene.fixed, *scene.frames[place]):
        _draw(pen, shape, scene.low, _WIDE * _FINER / wide, large.height)
    return large.resize(size, Image.Resampling.BOX).quantize(64)


def _draw(pen: ImageDraw.ImageDraw, shape: Shape, low: Point, scale: float, height: int) -> None:
    points = [((x - low[0]) * scale, height - (y - low[1]) * scale) for x, y in shape.points]
    colour, size = _COLOURS[shape.role], shape.size * scale
    if shape.kind == "word":
        pen.text(points[0], shape.text, fill=colour, font_size=max(8.0, 0.6 * size), anchor="mm")
    elif shape.kind == "area":
        pen.polygon(points, fill=colour)
    else:
        width = max(_FINER, round(size))
        if len(points) > 1:
            pen.line(points, fill=colour, width=width, joint="curve")
        radius = size if shape.kind == "disc" else width / 2
        for x, y in points if shape.kind == "disc" else (points[0], points[-1]):
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
