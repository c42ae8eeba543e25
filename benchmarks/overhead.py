"""What the harness costs around `fit` and `predict`: `kit submit` of the constant plugin in new processes.

Overhead = wall time of the command minus fit and predict as the worker clocked them around these calls only.
Goal: at most 1 s on ``digits`` and ``mnist`` with the data prepared, and neither process imports torch, scikit-learn
or pandas. The first preparation, and ``breast-cancer`` (a table: pandas for the plugin alone), have no goal.
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
TELLS = """

answer = predict


def predict(model, X):
    import sys
    print("modules", *sys.modules)
    return answer(model, X)
"""


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


def _submit(folder: Path, competition: str, number: int) -> tuple[float, float]:
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
    """Which heavy packages the two processes of a submission import: ours by ``-X importtime``, the worker's told."""
    plugin = folder / "plugins" / "constant_0" / "plugin.py"
    plugin.write_text(plugin.read_text() + TELLS)
    command = [sys.executable, "-X", "importtime", "-P", "-m", "kit", "submit", "plugins/constant_0", "-c", competition]
    done = subprocess.run(command, cwd=folder, env=environment(), check=True, capture_output=True, text=True)
    ours = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    logs = [path.read_bytes() for path in (folder / ".kit" / "objects").rglob("*") if path.is_file()]
    told = next(log for log in logs if log.startswith(b"modules ")).decode().split()
    return [name for name in HEAVY if name in ours] + [f"{name} (worker)" for name in HEAVY if name in told]
