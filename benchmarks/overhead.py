"""What the harness costs around `fit` and `predict`: `kit submit` of the constant plugin in new processes.

Overhead = wall time of the command minus fit and predict as the worker clocked them around these calls only.
Goal: at most 1 s on ``digits`` and ``mnist`` with the data prepared, and neither process imports torch, scikit-learn
or pandas. The first preparation, and ``breast-cancer`` (a table: pandas is imported for the plugin), have no goal.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.pairs import environment, load, spread
from benchmarks.workspaces import prepared_workspace
from kit.plugin.built_in import BUNDLED

RUNS = 7
HEAVY = ("torch", "sklearn", "pandas")


def run() -> None:
    """Print one table."""
    print(f"harness overhead of `kit submit plugins/constant`, seconds, {RUNS} runs after one; {load()}")
    print(f"  {'competition':<16}{'first preparation':<20}{'wall':<26}{'overhead':<26}heavy imports")
    for name in ("digits", "mnist", "breast-cancer"):
        with tempfile.TemporaryDirectory() as scratch:
            start = time.perf_counter()
            folder = prepared_workspace(Path(scratch), name)
            preparation = time.perf_counter() - start
            runs = [_submit(folder, name, number) for number in range(RUNS + 1)][1:]
            imported = _heavy_imports(folder, name)
        walls, overheads = zip(*runs, strict=True)
        heavy = ", ".join(imported) or "none"
        print(f"  {name:<16}{preparation:<20.1f}{spread(walls):<26}{spread(overheads):<26}{heavy}")


def _submit(folder: Path, competition: str, number: int, *options: str) -> tuple[float, float]:
    """Wall time, and wall time without fit and predict, of one submission whose bytes are new."""
    plugin = folder / "plugins" / f"constant_{number}"
    if not plugin.exists():
        shutil.copytree(BUNDLED / "plugins" / "constant", plugin, ignore=shutil.ignore_patterns("__pycache__"))
        with (plugin / "plugin.py").open("a") as file:
            file.write(f"\n# copy {number}\n")
    command = [sys.executable, "-P", "-m", "kit", "submit", f"plugins/{plugin.name}", "-c", competition, "--json"]
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environment(), check=True, capture_output=True, text=True)
    wall = time.perf_counter() - start
    usage = json.loads(done.stdout)["usage"]
    return wall, wall - usage["fit_s"] - usage["predict_s"]


def _heavy_imports(folder: Path, competition: str) -> list[str]:
    """Which heavy packages the two processes of a submission import; ``PYTHONPROFILEIMPORTTIME`` reaches both."""
    plugin = folder / "plugins" / "constant_0" / "plugin.py"
    plugin.write_text(plugin.read_text() + "\n# once more\n")
    command = [sys.executable, "-X", "importtime", "-P", "-m", "kit", "submit", "plugins/constant_0", "-c", competition]
    done = subprocess.run(command, cwd=folder, env=environment(), check=True, capture_output=True, text=True)
    workers = "".join(path.read_text(errors="replace") for path in (folder / ".kit").rglob("log.txt"))
    lines = (done.stderr + workers).splitlines()
    modules = {line.rpartition("|")[2].strip().partition(".")[0] for line in lines if line.startswith("import time:")}
    return sorted(modules.intersection(HEAVY))
