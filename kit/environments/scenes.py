"""What an episode looks like: shapes in a plane, step by step, made from what was seen. Nothing is drawn here.

The environments that agents are taught with have a picture of their own; of others each number is a bar.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np

from kit.environments import acrobot, cartpole, frozen_lake, mountain_car
from kit.environments.base import Array
from kit.environments.replay import Episode
from kit.job import Environment

Point: TypeAlias = tuple[float, float]
Role = Literal["ground", "body", "part", "goal", "danger", "soft"]
_LUNAR = "LunarLander"
_MOST_BARS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A line, a filled area, a disc or a word.

    Parameters
    ----------
    kind, role
        What it is, and what it stands for: which colour it gets.
    points
        Of a disc its centre, of a word its middle; y grows upwards.
    size
        Width of a line, radius of a disc, height of a word; in the units of the points.
    text
        The word.
    """

    kind: Literal["line", "area", "disc", "word"]
    role: Role
    points: tuple[Point, ...]
    size: float = 0.0
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """An episode to be looked at.

    Parameters
    ----------
    low, high
        Corners of what is to be seen.
    pace
        Steps a second.
    fixed
        What stays, drawn first.
    frames
        What moves: before the first step, and after each.
    columns, numbers
        What was seen as numbers, shape (n + 1, columns), and what they are called.
    actions
        Names of the actions; empty where an action is numbers.
    """

    low: Point
    high: Point
    pace: float
    fixed: tuple[Shape, ...]
    frames: tuple[tuple[Shape, ...], ...]
    columns: tuple[str, ...]
    numbers: Array
    actions: tuple[str, ...] = field(default=())


def scene(environment: Environment, episode: Episode, seen: Array) -> Scene:
    """What `seen`, as `kit.environments.replay.play_again` gives it, looks like."""
    if environment.id.startswith(_LUNAR):
        return _lunar_lander(environment, episode, seen)
    if environment.id in frozen_lake.MAP_OF and (rules := frozen_lake.rules(environment.id, environment.kwargs)):
        return _frozen_lake(frozen_lake.MAPS[rules["map_name"]], seen)
    make = _SCENES.get(environment.id)
    return make(seen) if make else _bars(environment, seen)


def done(environment: Environment, names: Sequence[str], action: Any) -> str:
    """An action in a word: its name, or its number or numbers."""
    if environment.action.n:
        place = int(action) - environment.action.start
        return names[place] if place < len(names) else str(int(action))
    return " ".join(f"{number:.2g}" for number in np.ravel(action))


def _line(role: Role, width: float, *points: Point) -> Shape:
    return Shape(kind="line", role=role, points=points, size=width)


def _disc(role: Role, radius: float, x: float, y: float) -> Shape:
    return Shape(kind="disc", role=role, points=((x, y),), size=radius)


def _ring(role: Role, width: float, radius: float, x: float, y: float) -> Shape:
    turns = np.linspace(0, 2 * math.pi, 25).tolist()
    return _line(role, width, *((x + radius * math.cos(turn), y + radius * math.sin(turn)) for turn in turns))


def _area(role: Role, *points: Point) -> Shape:
    return Shape(kind="area", role=role, points=points)


def _box(role: Role, left: float, bottom: float, right: float, top: float) -> Shape:
    return _area(role, (left, bottom), (right, bottom), (right, top), (left, top))


def _cart_pole(seen: Array) -> Scene:
    def frame(x: float, theta: float) -> tuple[Shape, ...]:
        top = (x + math.sin(theta), 0.25 + math.cos(theta))  # the pole is 1 m long
        return (
            _box("body", x - 0.3, 0.0, x + 0.3, 0.25),
            _line("part", 0.09, (x, 0.25), top),
        )

    return Scene(
        low=(-2.7, -0.15),
        high=(2.7, 1.5),
        pace=50,
        fixed=(
            _line("ground", 0.03, (-2.7, 0.0), (2.7, 0.0)),
            _line("danger", 0.03, (-2.4, -0.1), (-2.4, 0.4)),
            _line("danger", 0.03, (2.4, -0.1), (2.4, 0.4)),
        ),
        frames=tuple(frame(float(row[0]), float(row[2])) for row in seen),
        columns=("place", "speed", "angle", "its speed"),
        numbers=seen,
        actions=("left", "right"),
    )


def _acrobot(seen: Array) -> Scene:
    def frame(cosine1: float, sine1: float, cosine2: float, sine2: float) -> tuple[Shape, ...]:
        elbow = (sine1, -cosine1)
        # cosine and sine of the sum of both angles
        hand = (elbow[0] + sine1 * cosine2 + cosine1 * sine2, elbow[1] - cosine1 * cosine2 + sine1 * sine2)
        return (
            _line("body", 0.15, (0.0, 0.0), elbow),
            _line("part", 0.15, elbow, hand),
            _disc("ground", 0.08, 0.0, 0.0),
            _disc("ground", 0.08, *elbow),
        )

    return Scene(
        low=(-2.2, -2.2),
        high=(2.2, 2.2),
        pace=15,
        fixed=(_line("goal", 0.04, (-2.2, 1.0), (2.2, 1.0)),),
        frames=tuple(frame(*map(float, row[:4])) for row in seen),
        columns=("cos 1", "sin 1", "cos 2", "sin 2", "speed 1", "speed 2"),
        numbers=seen,
        actions=("torque -1", "torque 0", "torque 1"),
    )


def _mountain_car(seen: Array) -> Scene:
    def height(x: float) -> float:
        return math.sin(3 * x) * 0.45 + 0.55

    hill = [(x, height(x)) for x in np.linspace(-1.2, 0.6, 61).tolist()]
    return Scene(
        low=(-1.2, 0.0),
        high=(0.6, 1.2),
        pace=30,
        fixed=(
            _area("soft", (-1.2, 0.0), *hill, (0.6, 0.0)),
            _line("ground", 0.01, *hill),
            _line("goal", 0.01, (0.5, height(0.5)), (0.5, height(0.5) + 0.18)),
            _area("goal", (0.5, height(0.5) + 0.18), (0.58, height(0.5) + 0.15), (0.5, height(0.5) + 0.12)),
        ),
        frames=tuple((_disc("body", 0.035, float(x), height(float(x)) + 0.04),) for x in seen[:, 0]),
        columns=("place", "speed"),
        numbers=seen,
        actions=("left", "none", "right"),
    )


def _frozen_lake(fields: Sequence[str], seen: Array) -> Scene:
    height, width = len(fields), len(fields[0])

    def middle(field: int) -> Point:
        return field % width + 0.5, height - field // width - 0.5

    fixed = [_line("soft", 0.02, (x, 0.0), (x, height)) for x in range(width + 1)]
    fixed += [_line("soft", 0.02, (0.0, y), (width, y)) for y in range(height + 1)]
    for place, letter in enumerate("".join(fields)):
        x, y = middle(place)
        if letter == "H":
            fixed.append(_ring("ground", 0.05, 0.32, x, y))
        elif letter in "SG":
            fixed.append(
                Shape(kind="word", role="goal", points=((x, y),), size=0.4, text={"S": "start", "G": "goal"}[letter])
            )
    return Scene(
        low=(-0.1, -0.1),
        high=(width + 0.1, height + 0.1),
        pace=4,
        fixed=tuple(fixed),
        frames=tuple((_disc("body", 0.22, *middle(int(field))),) for field in seen),
        columns=("field",),
        numbers=seen[:, np.newaxis],
        actions=("left", "down", "right", "up"),
    )


# gymnasium's measures of the moon, in its own unit, which is 30 of its pixels.
_WIDE, _HIGH, _CHUNKS = 20.0, 400 / 30, 11
_PAD_HEIGHT, _LEG_DOWN = _HIGH / 4, 18 / 30
_LANDER = ((-14, 17), (-17, 0), (-17, -10), (17, -10), (17, 0), (14, 17))
_ENGINES: Mapping[int, tuple[tuple[float, float], ...]] = {
    1: ((-17, 6), (-30, 6)),
    2: ((0, -10), (0, -28)),
    3: ((17, 6), (30, 6)),
}


def _lunar_lander(environment: Environment, episode: Episode, seen: Array) -> Scene:
    ground = _moon(episode.seed)
    pad = (ground[_CHUNKS // 2 - 1][0], ground[_CHUNKS // 2 + 1][0])
    flags = tuple(
        shape
        for x in pad
        for shape in (
            _line("goal", 0.06, (x, _PAD_HEIGHT), (x, _PAD_HEIGHT + 1.6)),
            _area("goal", (x, _PAD_HEIGHT + 1.6), (x + 0.8, _PAD_HEIGHT + 1.3), (x, _PAD_HEIGHT + 1.0)),
        )
    )
    fired = [0, *(map(int, episode.actions) if environment.action.n else [0] * len(episode.actions))]
    return Scene(
        low=(0.0, 0.0),
        high=(_WIDE, _HIGH),
        pace=50,
        fixed=(_area("soft", (0.0, 0.0), *ground, (_WIDE, 0.0)), _line("ground", 0.06, *ground), *flags),
        frames=tuple(_lander(row, engine) for row, engine in zip(seen, fired, strict=True)),
        columns=("x", "y", "speed x", "speed y", "angle", "its speed", "left leg", "right leg"),
        numbers=seen,
        actions=("none", "left", "main", "right"),
    )


def _moon(seed: int) -> list[Point]:
    """The ground of an episode: the first numbers that its seed gives."""
    random = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed)))
    height = random.uniform(0, _HIGH / 2, _CHUNKS + 1)
    height[_CHUNKS // 2 - 2 : _CHUNKS // 2 + 3] = _PAD_HEIGHT
    smooth = [0.33 * (height[i - 1] + height[i] + height[i + 1]) for i in range(_CHUNKS)]
    return [(_WIDE / (_CHUNKS - 1) * i, float(y)) for i, y in enumerate(smooth)]


def _lander(row: Array, engine: int) -> tuple[Shape, ...]:
    x = float(row[0]) * _WIDE / 2 + _WIDE / 2
    y = float(row[1]) * _HIGH / 2 + _PAD_HEIGHT + _LEG_DOWN
    cosine, sine = math.cos(row[4]), math.sin(row[4])

    def placed(points: Sequence[tuple[float, float]]) -> list[Point]:
        return [(x + (a * cosine - b * sine) / 30, y + (a * sine + b * cosine) / 30) for a, b in points]

    legs = [_line("part", 0.15, *placed([(side * 12, -8), (side * 24, -20)])) for side in (-1, 1)]
    feet = [
        _disc("goal" if touches else "part", 0.16, *placed([(side * 24, -20)])[0])
        for side, touches in ((-1, row[6] > 0), (1, row[7] > 0))
    ]
    flames = [_line("danger", 0.3, *placed(_ENGINES[engine]))] if engine in _ENGINES else []
    return (*flames, *legs, _area("body", *placed(_LANDER)), *feet)


def _bars(environment: Environment, seen: Array) -> Scene:
    """A bar for each number that is seen, between the ends that it had; a mark on a line for a whole number."""
    space = environment.observation
    numbers = seen.reshape(len(seen), -1)[:, :_MOST_BARS].astype(np.float64)
    low, high = numbers.min(axis=0), numbers.max(axis=0)
    if space.n:
        low, high = np.array([float(space.start)]), np.array([float(space.start + space.n - 1)])
    share = (numbers - low) / np.where(high > low, high - low, 1.0)
    n = numbers.shape[1]
    frames = tuple(
        tuple(_box("body", place + 0.2, 0.0, place + 0.8, max(float(value), 0.02)) for place, value in enumerate(row))
        for row in share
    )
    return Scene(
        low=(0.0, -0.05),
        high=(float(n), 1.05),
        pace=20,
        fixed=(_line("ground", 0.01, (0.0, 0.0), (float(n), 0.0)), _line("soft", 0.005, (0.0, 1.0), (float(n), 1.0))),
        frames=frames,
        columns=tuple(f"X[{place}]" for place in range(n)),
        numbers=numbers,
    )


_SCENES: Mapping[str, Callable[[Array], Scene]] = {
    cartpole.ID: _cart_pole,
    acrobot.ID: _acrobot,
    mountain_car.ID: _mountain_car,
}
