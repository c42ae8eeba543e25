"""``python -m benchmarks NAME …`` runs subjects one after the other; ``tune`` takes what follows as its own.

::

    python -m benchmarks digits                 what the shipped plugins reach on the test rows
    python -m benchmarks mnist [--row NAME]     what they reach on MNIST and how soon, beside PyTorch's own example
    python -m benchmarks tricks [--row NAME]    what each trick of cnn_fast brings
    python -m benchmarks tune digits cnn        how their settings were chosen, on the validation rows
    python -m benchmarks baselines [NAME …]     writes competitions/*/baselines.json
    python -m benchmarks start csv overhead     what the harness costs
    python -m benchmarks plugins                how long 200 plugins take to be listed
    python -m benchmarks check                  what kit check takes beyond a plugin's imports
    python -m benchmarks run                    what kit run adds to a training
    python -m benchmarks sandbox                what a sandbox adds to a run, without and with torch
    python -m benchmarks intake                 what reading, checking and scoring a file of a million rows takes
    python -m benchmarks statistics             what intervals and ranks cost on a board of 100 teams
    python -m benchmarks agents [--env ID]      how long agents learn until they solve it, beside Stable-Baselines3
    python -m benchmarks photos [--photos N]    what reading photos adds to a network, and what each network reaches
    python -m benchmarks verdict [again]        how often the verdict on a run is right
    python -m benchmarks served_board           how soon the page of a large leaderboard comes, under load
    python -m benchmarks streams                how soon 500 open browsers show a new score
    python -m benchmarks uploads                what becomes of 30 large and of 1,000 small uploads at once
    python -m benchmarks turns                  how long 30 networks that are handed in at once wait for their turn
    python -m benchmarks soak [--kills N]       whether anything is lost when server and workers are killed
"""

from __future__ import annotations

import os
import sys
from importlib import import_module

from kit.sandbox.child import RUNTIME

SUBJECTS = (
    "digits",
    "mnist",
    "tricks",
    "tune",
    "baselines",
    "start",
    "csv",
    "overhead",
    "plugins",
    "check",
    "run",
    "sandbox",
    "intake",
    "statistics",
    "agents",
    "photos",
    "verdict",
    "served_board",
    "streams",
    "uploads",
    "turns",
    "soak",
)
WITH_ARGUMENTS = ("agents", "mnist", "photos", "tricks", "tune", "baselines", "intake", "verdict", "soak")
MODULES = {"run": "run_overhead", "plugins": "listing"}


def main(arguments: list[str]) -> int:
    """Run what is named; 2 where that is nothing we have."""
    own = arguments[:1] if arguments[:1] and arguments[0] in WITH_ARGUMENTS else arguments
    if not own or not set(own) <= set(SUBJECTS):
        print(__doc__, file=sys.stderr)
        return 2
    for name in own:
        subject = import_module(f"benchmarks.{MODULES.get(name, name)}")
        subject.run(*arguments[1:]) if name in WITH_ARGUMENTS else subject.run()
    return 0


if __name__ == "__main__":
    if not RUNTIME.items() <= os.environ.items():  # as plugins run in a sandbox, peers too: read when a process starts
        os.execve(sys.executable, sys.orig_argv, os.environ | RUNTIME)
    raise SystemExit(main(sys.argv[1:]))
