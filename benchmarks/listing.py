"""How long `kit plugins` takes in a workspace of 200 plugins, which it reads and never runs.

Goal: at most 0.3 s, beside what every program with click has to pay. Also timed there: `kit` alone, which looks for
the plugin that was edited last, and a press of the tab key.
"""

from __future__ import annotations

import os
import shutil
import sys
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.pairs import alternate, load, spread
from kit.plugin.built_in import BUNDLED, MODELS

N_PLUGINS = 200
GOAL_S = 0.3


def run() -> None:
    """Print one table."""
    kit, peer = [sys.executable, "-P", "-m", "kit"], [sys.executable, "-c", "import click"]
    tab = ["env", "_KIT_COMPLETE=bash_complete", "COMP_WORDS=kit submit p", "COMP_CWORD=2", *kit]
    with TemporaryDirectory() as name:
        folder = Path(name)
        n_lines = fill(folder)
        print(f"{N_PLUGINS} plugins, {n_lines} lines, seconds, 15 pairs after one each; {load()}")
        print(f"  {'command':<24}{'ours':<26}{'import click':<26}ratio")
        for label, command in (("kit plugins", [*kit, "plugins"]), ("kit", kit), ("kit submit p<tab>", tab)):
            if label.endswith("<tab>") and os.name == "nt":
                continue
            times = alternate(command, peer, runs=15, folder=folder)
            goal = f"   goal <= {GOAL_S}" if label == "kit plugins" else ""
            print(
                f"  {label:<24}{spread(times.ours):<26}{spread(times.peer):<26}{spread(times.ratios, '{:.2f}')}{goal}"
            )


def fill(folder: Path) -> int:
    """Make `folder` a workspace with copies of the shipped plugins; return the number of their lines."""
    (folder / "kit.toml").write_text('title = "A benchmark"\ncompetition = "digits"\n')
    n_lines = 0
    shipped = [BUNDLED / "plugins" / name for name in MODELS]
    for number, source in enumerate(islice(cycle(shipped), N_PLUGINS)):
        copy = folder / "plugins" / f"p{number:03}" / "plugin.py"
        copy.parent.mkdir(parents=True)
        shutil.copyfile(source / "plugin.py", copy)
        n_lines += copy.read_text(encoding="utf-8").count("\n")
    return n_lines
