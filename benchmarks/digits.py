"""What the shipped plugins reach on the 719 test rows of ``digits``, five seeds, each against logistic regression.

Goals: mlp and cnn beat logistic by a point or more in the mean, and for cnn the exact McNemar test on the same rows
says p < 0.05 in at least four of the five seeds. The seeds were not used for choosing settings (`benchmarks.tune`).
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.pairs import load, spread
from benchmarks.training import competition, train
from kit.prepare import Prepared
from kit.solution import read_solution
from kit.submission import from_answers
from leaderboard.statistics.paired import mcnemar_exact

SEEDS = (0, 1, 2, 3, 4)
BASELINE = "logistic"
POINTS = 1.0
P_VALUE = 0.05

Hits = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A plugin's right answers for each seed, and the seconds of its `fit`."""

    name: str
    hits: tuple[Hits, ...]
    seconds: tuple[float, ...]

    @property
    def accuracy(self) -> float:
        """Mean over the seeds, in per cent."""
        return 100 * statistics.fmean(float(hits.mean()) for hits in self.hits)


def run() -> None:
    """Print one table and whether the goals are reached; exit with 1 where one is not."""
    with competition("digits") as (_, data):
        n = data.facts.n_public + data.facts.n_private
        print(f"digits, {n} test rows, seeds {SEEDS}, trained in this process; {load()}")
        baseline, *others = (measure(name, data, SEEDS) for name in (BASELINE, "mlp", "cnn"))
    print(f"  {'plugin':<10}{'accuracy':<10}{'minus logistic':<17}{'seconds of fit':<22}p of each seed")
    print(f"  {baseline.name:<10}{baseline.accuracy:<10.2f}{'':<17}{spread(baseline.seconds, '{:.1f}')}")
    missed = []
    for result in others:
        p_values = [
            mcnemar_exact(int((a & ~b).sum()), int((b & ~a).sum()))
            for a, b in zip(result.hits, baseline.hits, strict=True)
        ]
        lead = result.accuracy - baseline.accuracy
        shown = "  ".join(f"{p:.2g}" for p in p_values)
        times = spread(result.seconds, "{:.1f}")
        print(f"  {result.name:<10}{result.accuracy:<10.2f}{f'{lead:+.2f} points':<17}{times:<22}{shown}")
        if lead < POINTS:
            missed.append(f"{result.name} leads by less than {POINTS:g} point")
        if result.name == "cnn" and sum(p < P_VALUE for p in p_values) < len(SEEDS) - 1:
            missed.append(f"{result.name}: p < {P_VALUE} in fewer than {len(SEEDS) - 1} seeds")
    print("  goals reached" if not missed else "  missed: " + "; ".join(missed))
    if missed:
        sys.exit(1)


def measure(name: str, data: Prepared, seeds: Sequence[int]) -> Result:
    """Train the plugin once a seed, then look which test rows it has right."""
    form, metric = data.form(), data.metric
    assert metric is not None, "it was prepared for one"
    X = data.rows("test").X
    hits, seconds = [], []
    for seed in seeds:
        trained = train(name, data, seed=seed)
        y_pred = from_answers(trained.answers(X), form, where=name).y_pred
        # The one place where the solution is opened, after the answers are there.
        hits.append(read_solution(data.solution, form, metric).y_true == y_pred)
        seconds.append(trained.seconds)
    return Result(name=name, hits=tuple(hits), seconds=tuple(seconds))
