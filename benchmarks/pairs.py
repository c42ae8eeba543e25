"""Two commands in turn, A B A B …, so that a machine whose speed drifts slows both: medians and ratios by pair."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Seconds of every run of the two commands, in order."""

    ours: tuple[float, ...]
    peer: tuple[float, ...]

    @property
    def ratios(self) -> list[float]:
        """Ours over peer, pair by pair."""
        return [a / b for a, b in zip(self.ours, self.peer, strict=True)]

    @property
    def differences(self) -> list[float]:
        """Ours minus peer in seconds, pair by pair."""
        return [a - b for a, b in zip(self.ours, self.peer, strict=True)]


def environment(**more: str) -> dict[str, str]:
    """The caller's variables without those that hide byte-code: users have ``.pyc`` files."""
    return {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"} | more


def seconds(command: Sequence[str], folder: Path | None = None) -> float:
    """Wall time of a command that has to succeed."""
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment(), check=True, capture_output=True)
    return time.perf_counter() - start


def alternate(ours: Sequence[str], peer: Sequence[str], *, runs: int = 7, folder: Path | None = None) -> Times:
    """Time both commands `runs` times in turn, after one run of each that does not count."""
    seconds(ours, folder), seconds(peer, folder)
    pairs = [(seconds(ours, folder), seconds(peer, folder)) for _ in range(runs)]
    return Times(ours=tuple(a for a, _ in pairs), peer=tuple(b for _, b in pairs))


def spread(values: Sequence[float], form: str = "{:.3f}") -> str:
    """Median, then the smallest and the largest in brackets."""
    low, middle, high = (form.format(f(values)) for f in (min, statistics.median, max))
    return f"{middle} [{low} - {high}]"


def load() -> str:
    """How busy the machine is, because it decides what a time is worth."""
    average = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "?"
    return f"load {average} on {os.cpu_count()} cores"
