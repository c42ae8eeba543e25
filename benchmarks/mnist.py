"""What the shipped plugins reach on the official test images of MNIST, and how soon, beside the programs of others.

Seconds are those of reading the files, training and predicting 10,000 images, without the import of torch or
scikit-learn, which both sides pay. An epoch of the peer and a seed of ours run in turn. The settings were chosen on
validation images, with seeds that are not used here; a peer is stopped when it has reached the target, or after
``--peer-seconds``.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import numpy as np

from benchmarks.pairs import load, spread
from benchmarks.training import competition, labelled, train
from kit.prepare import Prepared
from kit.solution import read_solution
from kit.submission import from_answers

PEER_TARGET = 99.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A plugin with its settings, and what it shall reach: per cent of the test images, and seconds."""

    name: str
    plugin: str
    params: Mapping[str, Any] = field(default_factory=dict)
    competition: str = "mnist"
    accuracy: float
    seconds: float

    @property
    def settings(self) -> str:
        """As they are typed."""
        return " ".join(f"{name}={value:g}" for name, value in self.params.items()) or "as shipped"


QUICK: Mapping[str, Any] = {"epochs": 0.6, "batch": 64, "lr": 0.15, "depth": 0}
CLOTHES: Mapping[str, Any] = {
    "epochs": 9.0,
    "batch": 256,
    "lr": 0.6,
    "width": 24,
    "depth": 1,
    "shift": 0,
    "warp": 0,
    "flip": True,
}
ROWS = (
    Row(name="quick", plugin="cnn_fast", params=QUICK, accuracy=99.0, seconds=3),
    Row(name="fast", plugin="cnn_fast", accuracy=99.5, seconds=8),
    Row(name="long", plugin="cnn_fast", params={"epochs": 7.0, "batch": 128, "lr": 0.3}, accuracy=99.6, seconds=30),
    Row(name="cnn", plugin="cnn", accuracy=99.3, seconds=20),
    Row(name="mlp", plugin="mlp", accuracy=98.7, seconds=8),
    Row(name="logistic", plugin="logistic", accuracy=92.0, seconds=10),
    Row(name="clothes", plugin="cnn_fast", params=CLOTHES, competition="fashion-mnist", accuracy=93.5, seconds=60),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Of one training: per cent of the test images, seconds on the clock, and seconds of the processor."""

    accuracy: float
    seconds: float
    cpu: float


@dataclass(slots=True, kw_only=True)
class Race:
    """How far a peer is: its epochs, and the seconds that they took."""

    name: str
    epochs: Iterator[float]
    best: float = 0.0
    n_epochs: int = 0
    seconds: float = 0.0

    def advance(self) -> None:
        """One epoch more."""
        start = time.perf_counter()
        self.best = max(self.best, next(self.epochs))
        self.seconds += time.perf_counter() - start
        self.n_epochs += 1
        print(f"    {self.name}: {self.best:.2f} % after {self.n_epochs} epochs, {self.seconds:.0f} s", flush=True)

    def is_over(self, limit_s: float) -> bool:
        """Whether it has reached the target, or its time is up."""
        return self.best >= PEER_TARGET or self.seconds >= limit_s


def run(*arguments: str) -> None:
    """Print one table, and where a peer was run the ratio to it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks mnist", description=__doc__)
    parser.add_argument("--row", action="append", choices=[row.name for row in ROWS])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--peer-seconds", type=float, default=600.0)
    parser.add_argument("--no-peer", action="store_true")
    chosen = parser.parse_args(arguments)
    rows = [row for row in ROWS if not chosen.row or row.name in chosen.row]
    for name in dict.fromkeys(row.competition for row in rows):
        with competition(name) as (_, data):
            torch_version, seeds = version("torch"), range(chosen.seeds)
            print(f"{name}, 10,000 test images, seeds 0 to {chosen.seeds - 1}, torch {torch_version}; {load()}")
            races = [] if chosen.no_peer or name != "mnist" else _races(data)
            of_here = [row for row in rows if row.competition == name]
            results = measure(of_here, data, seeds, races, chosen.peer_seconds)
        report(of_here, results, races)


def measure(
    rows: Sequence[Row], data: Prepared, seeds: Sequence[int], races: Sequence[Race], limit_s: float
) -> dict[str, list[Result]]:
    """Ours and the peers in turn, a seed and an epoch at a time; the peers go on when ours are done."""
    results: dict[str, list[Result]] = {row.name: [] for row in rows}
    for seed in seeds:
        for row in rows:
            results[row.name].append(attempt(row.plugin, row.params, data, seed))
        _advance(races, limit_s)
    while not all(race.is_over(limit_s) for race in races):
        _advance(races, limit_s)
    return results


def attempt(plugin: str, params: Mapping[str, Any], data: Prepared, seed: int) -> Result:
    """Read, train and predict once, on the clock; then look what was right."""
    form, metric = data.form(), data.metric
    assert metric is not None, "it was prepared for one"
    start, cpu = time.perf_counter(), time.process_time()
    answers = train(plugin, data, seed=seed, params=params).answers(data.rows("test").X)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    right = read_solution(data.solution, form, metric).y_true == from_answers(answers, form, where=plugin).y_pred
    return Result(accuracy=100 * float(np.mean(right)), seconds=seconds, cpu=cpu)


def report(rows: Sequence[Row], results: Mapping[str, Sequence[Result]], races: Sequence[Race]) -> None:
    """The table, and what each peer took for what ours took."""
    print(f"  {'':<10}{'test accuracy, %':<24}{'goal':<7}{'seconds':<22}{'goal':<7}{'CPU s':<8}settings")
    for row in rows:
        of_row = results[row.name]
        accuracy, seconds = (
            spread([r.accuracy for r in of_row], "{:.2f}"),
            spread([r.seconds for r in of_row], "{:.1f}"),
        )
        cpu = statistics.median(r.cpu for r in of_row)
        settings = f"{row.plugin} {row.settings}"
        print(f"  {row.name:<10}{accuracy:<24}{row.accuracy:<7g}{seconds:<22}{row.seconds:<7g}{cpu:<8.1f}{settings}")
    for race in races:
        reached = "reached" if race.best >= PEER_TARGET else "had not reached"
        print(f"  {race.name} {reached} {PEER_TARGET:g} % after {race.n_epochs} epochs, {race.seconds:.0f} s")
        for row in rows:
            if row.accuracy >= PEER_TARGET:
                ratios = [race.seconds / result.seconds for result in results[row.name]]
                at_least = "" if race.best >= PEER_TARGET else "at least "
                print(f"    {row.name:<8} is {at_least}{spread(ratios, '{:.0f}')} times as fast to {row.accuracy:g} %")
    print(f"  {load()} at the end")


def _races(data: Prepared) -> list[Race]:
    import torch

    from benchmarks.mnist_peers import peers

    torch.optim.SGD([torch.zeros(1)])  # its first use imports torch's compiler: no part of the peer's training
    form, metric = data.form(), data.metric
    assert metric is not None, "it was prepared for one"
    parts = [labelled(data, part) for part in ("train", "valid")]  # it keeps none of the 60,000 back
    X, y = np.concatenate([part.uint8 for part in parts]), np.concatenate([part.y for part in parts])
    truth = np.asarray(read_solution(data.solution, form, metric).y_true, dtype=np.int64)
    races = []
    for name, peer in peers().items():
        if peer is None:
            print(f"  {name}: left out, it is not installed")
        else:
            races.append(Race(name=name, epochs=peer(X, y.astype(np.int64), data.rows("test").uint8, truth)))
    return races


def _advance(races: Sequence[Race], limit_s: float) -> None:
    for race in races:
        if not race.is_over(limit_s):
            race.advance()
