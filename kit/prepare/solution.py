"""The files of the private side, as whoever makes them writes them."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kit.competition import Competition
    from kit.metrics.base import Metric


def target_column(competition: Competition, metric: Metric) -> str:
    """How the solution calls its target: as the submission does, where both hold the same sort of thing."""
    return "label" if metric.needs == "probabilities" else competition.submission.columns[0]


def write_private(file: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a table that only its owner may read: no other process sees a cell of it before that holds."""
    number = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(number, "w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
