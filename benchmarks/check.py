"""How long `kit check` takes beyond what the plugin imports: the command against a bare child that imports the same.

The child runs the plugin's file and, for a network, makes one step of its optimizer, whose first use imports torch's
compiler. Goal, beyond the child: at most 3 s for ``logistic`` and 8 s for ``my_cnn``, with the data prepared.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.pairs import alternate, load, spread
from benchmarks.workspaces import prepared_workspace
from kit.plugin.built_in import BUNDLED

RUNS = 5
GOALS_S = {"logistic": 3, "my_cnn": 8}
STEP = "import torch; w = torch.zeros(1, requires_grad=True); w.sum().backward(); torch.optim.Adam([w]).step()"
EXTRAS = {"logistic": "", "my_cnn": STEP}


def run() -> None:
    """Print one table."""
    print(f"`kit check` on digits, seconds, {RUNS} pairs after one; {load()}")
    print(f"  {'plugin':<12}{'kit check':<26}{'imports alone':<26}{'beyond them':<26}{'ratio':<26}goal")
    with tempfile.TemporaryDirectory() as scratch:
        folder = prepared_workspace(Path(scratch), "digits")
        for name, goal_s in GOALS_S.items():
            ours = [sys.executable, "-P", "-m", "kit", "check", name, "-c", "digits"]
            file = BUNDLED / "plugins" / name / "plugin.py"
            floor = [sys.executable, "-c", f"import runpy; runpy.run_path({str(file)!r}); {EXTRAS[name]}"]
            times = alternate(ours, floor, runs=RUNS, folder=folder)
            columns = (times.ours, times.peer, times.differences, times.ratios)
            print(f"  {name:<12}{''.join(f'{spread(column):<26}' for column in columns)}<= {goal_s} s")
