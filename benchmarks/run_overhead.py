"""What `kit run` adds to a plugin's own training: against the same loop in a bare script, pair by pair.

The script hands `fit` of ``plugins/my_cnn`` the same arrays, seed, settings and number of threads, and has none of the
kit: no second process, no limits, nothing kept, no answers asked for. Both end with the same loss, or nothing is
reported. Goal: `kit run` takes at most 5 % more time to train than the script. The whole command is told beside it: it
also asks for the train rows and for the 64 rows of the invariances, and keeps the model.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.pairs import Times, environment, load, spread
from kit.dataset import Dataset
from kit.plugin.built_in import BUNDLED
from kit.sandbox.child import RUNTIME
from kit.workspace import Workspace

PAIRS = 5
EPOCHS = 60
GOAL = 1.05
SCRIPT = """
import json, sys, time
from types import SimpleNamespace as Plain

folder, epochs = sys.argv[1], int(sys.argv[2])
sys.path.insert(0, folder + "/plugins/my_cnn")
import numpy as np
import torch
import plugin

arrays = np.load(folder + "/arrays.npz")
parts = [tuple(torch.from_numpy(arrays[part + name]) for name in "Xy") for part in ("train", "valid")]
train, valid = (Plain(tensors=lambda pair=pair: pair) for pair in parts)
logged = []
run = Plain(seed=0, n_threads=2, log=lambda **numbers: logged.append({k: float(v) for k, v in numbers.items()}))
task = Plain(input_shape=parts[0][0].shape[1:], classes=range(10))
begun = time.perf_counter()
model = plugin.fit(task, train, valid, run, epochs=epochs)
fit_s = time.perf_counter() - begun
answers = plugin.predict(model, parts[1][0].numpy())
print(json.dumps({"fit_s": fit_s, "loss": logged[-1]["loss"]}))
"""


class One(NamedTuple):
    """Seconds of training and of the whole command; the last loss."""

    fit_s: float
    wall_s: float
    loss: float


def run() -> None:
    """Print one table."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = _workspace(Path(scratch))
        print(f"kit run my_cnn -c digits, {EPOCHS} epochs, {PAIRS} pairs after one; {load()}")
        pairs = [(_kit(folder), _bare(folder)) for _ in range(PAIRS + 1)][1:]
    if different := {one.loss for pair in pairs for one in pair if one.loss != pairs[0][0].loss}:
        raise SystemExit(f"not the same loop: the last loss was {pairs[0][0].loss} and {different}")
    print(f"  {'seconds':<20}{'kit run':<26}{'bare script':<26}ratio by pair")
    for name, field in (("training", "fit_s"), ("whole command", "wall_s")):
        ours, peer = (tuple(getattr(pair[side], field) for pair in pairs) for side in (0, 1))
        times = Times(ours=ours, peer=peer)
        forms = [spread(ours, "{:.2f}"), spread(peer, "{:.2f}"), spread(times.ratios)]
        goal = f"   goal <= {GOAL}" if field == "fit_s" else ""
        print(f"  {name:<20}{forms[0]:<26}{forms[1]:<26}{forms[2]}{goal}")
    print(f"  both end with the loss {pairs[0][0].loss:.6f}; {load()} at the end")


def _workspace(folder: Path) -> Path:
    """A workspace with my_cnn, digits with room for all epochs, and the rows as arrays for the script."""
    (folder / "kit.toml").write_text('title = "A benchmark"\ncompetition = "digits"\n')
    for kind, name in (("plugins", "my_cnn"), ("competitions", "digits")):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(BUNDLED / kind / name, folder / kind / name, ignore=ignored)
    file = folder / "competitions" / "digits" / "competition.toml"
    file.write_text(file.read_text().replace("time_limit_s = 60", "time_limit_s = 900"))
    prepared = Workspace.find(folder).prepared("digits")
    arrays: dict[str, Any] = {}
    for part in ("train", "valid"):
        rows = prepared.rows(part)
        assert isinstance(rows, Dataset)
        arrays |= {f"{part}X": rows.X, f"{part}y": rows.y}
    np.savez(folder / "arrays.npz", **arrays)
    (folder / "bare.py").write_text(SCRIPT)
    return folder


def _kit(folder: Path) -> One:
    command = ["-P", "-m", "kit", "run", "plugins/my_cnn", "--set", f"epochs={EPOCHS}", "--json"]
    told, wall_s = _timed(folder, command)
    return One(told["usage"]["fit_s"], wall_s, told["events"][-1]["loss"])


def _bare(folder: Path) -> One:
    told, wall_s = _timed(folder, ["bare.py", str(folder), str(EPOCHS)])
    return One(told["fit_s"], wall_s, told["loss"])


def _timed(folder: Path, arguments: list[str]) -> tuple[dict[str, Any], float]:
    """What a command tells as JSON, and its wall time. Not its processor time: a sandbox's children are not ours."""
    # As the sandbox sets them for the worker.
    threads = environment(OMP_NUM_THREADS="2", **RUNTIME)
    begun = time.perf_counter()
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=folder, env=threads, check=True, capture_output=True, text=True)
    return json.loads(done.stdout), time.perf_counter() - begun
