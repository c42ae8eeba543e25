"""What a board of 100 teams on 10,000 rows takes: 1000 shared resamples, an interval for each score, possible ranks.

Goals: less than 1 s for the whole board, from predictions to ranks, and less than 20 ms for one more submission. The
whole board starts with nothing drawn; for one more submission the resamples are at hand, as in a worker that scores one
after the other.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.pairs import load, spread
from kit.metrics.accuracy import accuracy
from kit.metrics.base import Metric
from kit.metrics.f1 import f1
from kit.metrics.log_loss import log_loss
from kit.metrics.rmse import rmse
from kit.metrics.roc_auc import roc_auc
from kit.scoring import PartScore, score_part
from leaderboard.statistics import interval, rank_intervals, replicates, replicates_of_all
from leaderboard.statistics.bootstrap import weights_of

N_TEAMS, N_ROWS, RUNS = 100, 10_000, 7
GOAL_S, GOAL_OF_ONE_MS = 1.0, 20.0
SEED_TEXT = "benchmark/public"

Board = tuple[NDArray[Any], Sequence[NDArray[Any]]]


def run() -> None:
    """Print one table."""
    print(f"{N_TEAMS} teams, {N_ROWS:,} rows, 1000 resamples, {RUNS} runs after one each; {load()}")
    print(f"  {'metric':<12}{'whole board, s':<28}{'of it ranks, s':<28}one more submission, ms")
    for name, (metric, board) in boards(np.random.default_rng(0)).items():
        whole, ranks, one = zip(*[timed(metric, *board) for _ in range(RUNS + 1)][1:], strict=True)
        in_ms = [1000 * seconds for seconds in one]
        print(f"  {name:<12}{spread(whole):<28}{spread(ranks):<28}{spread(in_ms, '{:.1f}')}")
    print(f"  {'goal':<12}{f'< {GOAL_S:g}':<28}{'':<28}< {GOAL_OF_ONE_MS:g}   (f1 has no goal)")


def boards(rng: np.random.Generator) -> Mapping[str, tuple[Metric, Board]]:
    """For each metric the truth and the predictions of every team; teams find the same rows hard."""
    skill = np.linspace(1.5, 2.5, N_TEAMS)[:, np.newaxis]
    y_true = rng.integers(0, 2, N_ROWS)
    logits = skill * (y_true - 0.5) + rng.normal(size=N_ROWS) + 0.5 * rng.normal(size=(N_TEAMS, N_ROWS))
    values = rng.normal(size=N_ROWS)
    off = values + (rng.normal(size=N_ROWS) + 0.5 * rng.normal(size=(N_TEAMS, N_ROWS))) / skill
    labels = rng.integers(0, 5, N_ROWS)
    given = np.where(rng.random((N_TEAMS, N_ROWS)) < 0.7 + skill / 20, labels, rng.integers(0, 5, (N_TEAMS, N_ROWS)))
    return {
        "accuracy": (accuracy(), (y_true, list((logits > 0).astype(np.int64)))),
        "log_loss": (log_loss(), (y_true, list(1 / (1 + np.exp(-logits))))),
        "rmse": (rmse(), (values, list(off))),
        "roc_auc": (roc_auc(), (y_true, list(logits))),
        "f1, macro": (f1(), (labels, list(given))),
    }


def timed(metric: Metric, y_true: NDArray[Any], answers: Sequence[NDArray[Any]]) -> tuple[float, float, float]:
    """Seconds of a whole board, of the ranks in it, and of one more submission."""
    weights_of.cache_clear()
    start = time.perf_counter()
    parts = [scored(metric, y_true, y_pred) for y_pred in answers]
    drawn = replicates_of_all(metric, parts, seed_text=SEED_TEXT)
    for part, of_part in zip(parts, drawn, strict=True):
        interval(metric, part, seed_text=SEED_TEXT, drawn=of_part)
    begun = time.perf_counter()
    rank_intervals(np.array([part.value for part in parts]), drawn, greater_is_better=metric.greater_is_better)
    done = time.perf_counter()
    return done - start, done - begun, seconds(lambda: one_more(metric, y_true, answers[0]))


def scored(metric: Metric, y_true: NDArray[Any], y_pred: NDArray[Any]) -> PartScore:
    """The score of one submission with its terms."""
    return score_part(metric, y_true, y_pred, seed_text=SEED_TEXT)


def one_more(metric: Metric, y_true: NDArray[Any], y_pred: NDArray[Any]) -> None:
    """Everything a new submission needs: score, interval, and replicates for the ranks of the board."""
    part = scored(metric, y_true, y_pred)
    drawn = replicates(metric, part, seed_text=SEED_TEXT)
    interval(metric, part, seed_text=SEED_TEXT, drawn=drawn)


def seconds(what: Callable[[], None]) -> float:
    """Wall time of a call."""
    start = time.perf_counter()
    what()
    return time.perf_counter() - start
