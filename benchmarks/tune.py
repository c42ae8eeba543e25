"""How the settings of a shipped plugin were chosen: every point of a grid, scored on the validation rows alone.

``python -m benchmarks tune digits cnn``, or ``tune tables trees`` for all competitions with tables together; the
output lies in ``benchmarks/results``. The test rows and the solution are never opened, and the seeds are others than
those that results are reported for.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np

from benchmarks.training import competition, labelled, train
from kit.metrics.log_loss import log_loss
from kit.prepare import Prepared

SEEDS = (100, 101, 102)
GRIDS: Mapping[str, Mapping[str, tuple[float, ...]]] = {
    "cnn": {"lr": (0.1, 0.2, 0.4), "shift": (0.0, 0.15, 0.3), "warp": (0.0, 0.15, 0.3)},
    "trees": {"lr": (0.05, 0.1), "leaves": (4, 8, 16, 31), "rows_per_leaf": (5, 20)},
    "mlp": {"lr": (0.05, 0.1, 0.2), "shift": (0.0, 0.15, 0.3), "warp": (0.0, 0.15, 0.3)},
}


TABLES = ("breast-cancer", "iris", "diabetes", "titanic", "bike-sharing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One setting: means over the seeds, on the validation rows."""

    params: Mapping[str, float]
    accuracy: float
    log_loss: float

    def __str__(self) -> str:
        setting = "  ".join(f"{name}={value:<5g}" for name, value in self.params.items())
        return f"  {setting}  {100 * self.accuracy:6.2f} %   {self.log_loss:.3f}"


def run(name: str = "digits", plugin: str = "cnn") -> None:
    """Print the grid of `plugin` on the competition `name`, and which point is taken."""
    if name == "tables":
        over_tables(plugin)
        return
    grid = GRIDS[plugin]
    with competition(name, n_threads=1) as (_, data):  # small images: a second thread would mostly wait
        n = data.facts.n_valid
        print(f"{name} / {plugin}: means over the seeds {SEEDS} on the {n} validation rows; no test row was opened")
        print(f"  {'setting':<{14 * len(grid)}}accuracy  log loss")
        points = []
        for values in product(*grid.values()):
            points.append(_point(plugin, data, dict(zip(grid, values, strict=True))))
            print(points[-1])
            sys.stdout.flush()
    print(f"taken: the smallest log loss among those within one image of the best accuracy\n{best(points, n)}")


def over_tables(plugin: str) -> None:
    """Print the grid of `plugin` on all tables: the losses on valid, each as a multiple of the smallest one there."""
    points = [dict(zip(GRIDS[plugin], values, strict=True)) for values in product(*GRIDS[plugin].values())]
    losses = np.array([_losses_on(name, plugin, points) for name in TABLES])  # (n_tables, n_points)
    ratios = losses / losses.min(axis=1, keepdims=True)
    print(f"tables / {plugin}: loss on the validation rows over the smallest one in the grid; no test row was opened")
    print(f"  {'setting':<43}{'mean':>6}  " + "".join(f"{name:>15}" for name in TABLES))
    for i in np.argsort(ratios.mean(axis=0)):
        setting = "  ".join(f"{key}={value:<5g}" for key, value in points[i].items())
        print(f"  {setting:<43}{ratios[:, i].mean():6.3f}  " + "".join(f"{ratio:15.3f}" for ratio in ratios[:, i]))
    print("taken: the smallest mean, the first line")


def _losses_on(name: str, plugin: str, points: list[dict[str, float]]) -> list[float]:
    with competition(name, n_threads=1) as (workspace, data):
        X, y = labelled(data, "valid")
        metric = log_loss() if data.facts.task.classes else workspace.metric(name)
        return [metric.value(y, train(plugin, data, seed=SEEDS[0], params=point).answers(X)) for point in points]


def best(points: list[Point], n: int) -> Point:
    """The point to take.

    Accuracy on `n` rows moves in steps of 1 / n, and many points share the highest ones: a difference of one image
    says nothing, so the log loss, which every image moves, decides among them.
    """
    top = max(point.accuracy for point in points)
    return min((p for p in points if p.accuracy >= top - 1 / n), key=lambda p: p.log_loss)


def _point(plugin: str, data: Prepared, params: Mapping[str, float]) -> Point:
    X, y = labelled(data, "valid")
    accuracies, losses = [], []
    for seed in SEEDS:
        y_proba = train(plugin, data, seed=seed, params=params).answers(X)  # (n_valid, n_classes)
        accuracies.append(float((y_proba.argmax(axis=1) == y).mean()))
        losses.append(float(-np.log(y_proba[np.arange(len(y)), y]).mean()))
    return Point(params=params, accuracy=statistics.fmean(accuracies), log_loss=statistics.fmean(losses))
