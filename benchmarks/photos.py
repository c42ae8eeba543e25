"""What reading photos adds to the arithmetic of a network, and what each network reaches on the test photos.

Ours: decode some photos of chihuahua-muffin with an empty cache, bring them to 256 pixels and compute their features,
as the first run does. Peer: the same network, in the same batches and the same arithmetic, on as many random tensors of
the size that it looks at. In turn, so that a machine whose speed drifts slows both. The second table trains ``resnet``
with each of the weights that are here; C was chosen on valid.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.pairs import load
from benchmarks.training import competition, labelled, train
from kit.competition import Competition, read_competition
from kit.plugin.built_in import BUNDLED
from kit.source.folder import load as load_photos
from kit.source.weights import on_this_computer
from kit.weights import weights

if TYPE_CHECKING:
    from kit.backbones.network import Backbone

NAME = "chihuahua-muffin"
PAIRS = 5


def run(*arguments: str) -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks photos")
    parser.add_argument("--photos", type=int, default=128, help="in each of the pairs")
    given = parser.parse_args(arguments)
    here = on_this_computer(rules().limits.weights)
    print(f"{given.photos} photos, {PAIRS} pairs; {load()}")
    print("weights           photos s   tensors s   ratio (lowest to highest)")
    with tempfile.TemporaryDirectory() as scratch:
        folder = copied(Path(scratch), given.photos)
        for name, file in here.items():
            pairs = [(of_photos(name, file, folder), of_tensors(name, file, given.photos)) for _ in range(PAIRS)]
            ours, peer = (statistics.median(column) for column in zip(*pairs, strict=True))
            ratios = sorted(a / b for a, b in pairs)
            shown = f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
            print(f"{name:<16}  {ours:8.2f}   {peer:9.2f}   {shown}", flush=True)
    accuracies(list(here))


def rules() -> Competition:
    """The competition's file."""
    text = (BUNDLED / "competitions" / NAME / "competition.toml").read_text(encoding="utf-8")
    return read_competition(text, where=NAME)


def copied(folder: Path, n: int) -> Path:
    """`folder` with `n` of the photos, as the competition looks for them."""
    path = rules().data.path or ""
    for place in ("train/chihuahua", "train/muffin"):
        target = folder / path / place
        target.mkdir(parents=True)
        for photo in sorted((Path(os.environ["KIT_DATA_HOME"]) / path / place).iterdir())[: n // 2]:
            shutil.copyfile(photo, target / photo.name)
        (target.parents[1] / "test" / target.name).mkdir(parents=True)
    return folder


def of_photos(name: str, file: str, folder: Path) -> float:
    """Seconds from the photos in `folder` to features, with an empty cache; without loading the network."""
    backbone = network(name, file)
    with tempfile.TemporaryDirectory() as cache:
        os.environ["KIT_CACHE_HOME"] = cache
        start = time.perf_counter()
        rows = load_photos("", rules(), folder, on_progress=lambda _line: None)
        backbone.features(np.asarray(rows.storage))
        return time.perf_counter() - start


def of_tensors(name: str, file: str, n: int) -> float:
    """Seconds for features of random numbers of the size that the network looks at."""
    import torch

    from kit.backbones.network import BATCH
    from kit.images import autocast

    backbone = network(name, file)
    X = torch.rand(n, 3, backbone.input_size, backbone.input_size).contiguous(memory_format=torch.channels_last)
    start = time.perf_counter()
    with torch.inference_mode(), autocast():
        for begin in range(0, n, BATCH):
            backbone.network(X[begin : begin + BATCH])
    return time.perf_counter() - start


def network(name: str, file: str) -> Backbone:
    """The backbone of these weights, warm."""
    import torch

    from kit.backbones.network import build

    known = weights(name)
    assert known is not None
    backbone = build(known, torch.load(file, weights_only=True))
    backbone.features(np.zeros((8, 3, 256, 256), dtype=np.uint8))
    return backbone


def accuracies(names: list[str]) -> None:
    """What `resnet` reaches with each of the weights, on valid and on the test photos."""
    from kit.solution import read_solution
    from kit.submission import from_answers

    print("\nweights           valid    test   fit s")
    with competition(NAME) as (workspace, data):
        form, metric = data.form(), workspace.metric(NAME)
        solution = read_solution(data.solution, form, metric)
        for name in names:
            trained = train("resnet", data, seed=0, params={"arch": name}, weights=names)
            valid = labelled(data, "valid")
            right = (trained.answers(valid.X).argmax(1) == valid.y).mean()
            answers = from_answers(trained.answers(data.rows("test").X), form, where="test")
            test = metric.value(solution.y_true, answers.y_pred)
            print(f"{name:<16}  {right:.3f}   {test:.3f}   {trained.seconds:5.1f}", flush=True)
