"""What each trick of ``plugins/cnn_fast`` brings: the plugin without it, on the test images of MNIST.

A trick is taken out of the plugin's own source, so that what is measured is what is shipped. All were chosen on the
validation images, with other seeds; the test images only report. One seed of every variant after the other, so that a
machine whose speed drifts slows all of them.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.mnist import Result, attempt
from benchmarks.pairs import load
from benchmarks.training import competition
from kit.plugin.built_in import BUNDLED

SOURCE = BUNDLED / "plugins" / "cnn_fast" / "plugin.py"
Change = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """The plugin with pieces of its source exchanged, each of which has to be there."""

    name: str
    label: str
    changes: tuple[Change, ...] = ()

    def write(self, folder: Path) -> Path:
        """A plugin of its own in `folder`."""
        source = SOURCE.read_text(encoding="utf-8")
        for old, new in self.changes:
            if old not in source:
                raise ValueError(f"{SOURCE} has no {old!r} any more, which {self.label!r} is about")
            source = source.replace(old, new)
        place = folder / f"cnn_fast_{self.name}"
        place.mkdir()
        (place / "plugin.py").write_text(source, encoding="utf-8")
        return place


VARIANTS = (
    Variant(name="all", label="all tricks"),
    Variant(name="bytes", label="float32 in memory, not bytes", changes=(("run.device, uint8=True", "run.device"),)),
    Variant(
        name="bfloat16",
        label="no bfloat16",
        changes=(("images.autocast(run.device)", "torch.autocast(run.device, enabled=False)"),),
    ),
    Variant(
        name="layout",
        label="no channels_last",
        changes=((".to(run.device, memory_format=torch.channels_last)", ".to(run.device)"),),
    ),
    Variant(
        name="stride",
        label="pooling in place of the stride",
        changes=(("2 if side >= 16 else 1, nn.Identity()", "1, nn.MaxPool2d(2)"),),
    ),
    Variant(
        name="norm", label="no batch norm", changes=(("nn.BatchNorm2d(out)", "nn.Identity()"), ("lr=0.4", "lr=0.05"))
    ),
    Variant(name="cycle", label="the same step size all the time", changes=((" * images.one_cycle(done)", " / 4"),)),
    Variant(name="momentum", label="no momentum", changes=(("v.mul_(0.9)", "v.mul_(0)"), ("lr=0.4", "lr=4.0"))),
    Variant(name="smooth", label="no label smoothing", changes=(("label_smoothing=0.1", "label_smoothing=0.0"),)),
    Variant(name="warp", label="moved, but not turned or stretched", changes=(("warp=0.1", "warp=0.0"),)),
    Variant(
        name="wobble",
        label="every image always the same",
        changes=(("images.wobble(X[rows], shift, warp)", "images.floats(X[rows])"),),
    ),
    Variant(name="copies", label="asked once, not four times", changes=(("{-p, p}", "{0}"),)),
    Variant(
        name="threads", label="one thread", changes=(("images.use_threads(run, ", "torch.set_num_threads(1) or ("),)
    ),
)


def run(*arguments: str) -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks tricks", description=__doc__)
    parser.add_argument("--row", action="append", choices=[variant.name for variant in VARIANTS])
    parser.add_argument("--seeds", type=int, default=5)
    chosen = parser.parse_args(arguments)
    variants = [v for v in VARIANTS if not chosen.row or v.name in chosen.row]
    with competition("mnist") as (_, data), tempfile.TemporaryDirectory() as scratch:
        print(f"cnn_fast without …, 10,000 test images of mnist, medians of {chosen.seeds} seeds; {load()}")
        print(f"  {'':<38}{'accuracy':<11}{'seconds':<10}CPU seconds")
        paths = [variant.write(Path(scratch)) for variant in variants]
        results: list[list[Result]] = [[] for _ in variants]
        import torch  # after the number of threads is set

        for seed in range(chosen.seeds):
            for path, of_variant in zip(paths, results, strict=True):
                torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))  # a variant changes it
                of_variant.append(attempt(str(path), {}, data, seed))
    for variant, of_variant in zip(variants, results, strict=True):
        print(f"  {variant.label:<38}{_medians(of_variant)}")
    print(f"  {load()} at the end")


def _medians(results: Sequence[Result]) -> str:
    accuracy, seconds, cpu = (
        statistics.median(values) for values in zip(*((r.accuracy, r.seconds, r.cpu) for r in results), strict=True)
    )
    return f"{accuracy:<11.2f}{seconds:<10.1f}{cpu:.1f}"
