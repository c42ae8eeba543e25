"""How long until `kit --help` is there, against what every click program has to pay.

Goal: at most 2.5 times ``python -c "import click"``.
"""

from __future__ import annotations

import sys

from benchmarks.pairs import alternate, load, spread


def run() -> None:
    """Print one table."""
    peer = [sys.executable, "-c", "import click"]
    print(f"start-up, seconds, 15 pairs after one each; {load()}")
    print(f"  {'command':<24}{'ours':<26}{'import click':<26}ratio")
    for arguments in (["--help"], [], ["--version"]):
        times = alternate([sys.executable, "-P", "-m", "kit", *arguments], peer, runs=15)
        name = " ".join(["kit", *arguments])
        print(f"  {name:<24}{spread(times.ours):<26}{spread(times.peer):<26}{spread(times.ratios, '{:.2f}')}")
