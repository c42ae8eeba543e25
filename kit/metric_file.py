"""A metric that is a file of the host's, as Kaggle's metric notebooks are, in a process of its own.

``score(solution, submission, row_id_column_name, **params)`` gets copies of two tables and returns a number. What it
raises as ``ParticipantVisibleError`` is told to the entrant, everything else to the host alone: a message may hold
anything of the solution.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from math import inf
from pathlib import Path
from typing import Any

import numpy as np

from kit.errors import MetricError, ParticipantVisibleError, Problem
from kit.metrics.base import Metric, Needs, Scalar
from kit.metrics.table import Table, TablePart, TableScore
from kit.resampling import MAX_ROWS, REPLICATES, resamples
from kit.scoring import BUDGET_S, MIN_REPLICATES

TIME_LIMIT_S = 60.0
"""For one submission: both parts, and what their intervals are made of."""
_SHOWN_LINES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Doctests:
    """What became of the worked examples in a metric file."""

    n: int
    n_failed: int
    report: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricFile:
    """A file with a function ``score``.

    Parameters
    ----------
    path
        The file.
    row_id_column_name
        Of both tables; handed to ``score``.
    params
        Its own arguments.
    time_limit_s
        After which it is ended.
    """

    path: Path
    row_id_column_name: str
    params: Mapping[str, Scalar | tuple[Scalar, ...]]
    time_limit_s: float = field(default_factory=lambda: TIME_LIMIT_S)

    def metric(self, *, greater_is_better: bool, needs: Needs) -> Metric:
        """The metric that it is. Its code holds the sha256 of the file: another text is another yardstick.

        Raises
        ------
        MetricError
            E604 if the file can't be read.
        """
        try:
            digest = sha256(self.path.read_bytes()).hexdigest()
        except OSError as error:
            message = f"the metric {self.path.name} can't be read: {error.strerror}"
            raise MetricError(Problem(code="E604", message=message, where=str(self.path))) from error
        best, worst = (inf, -inf) if greater_is_better else (-inf, inf)
        return Metric(
            name=self.path.name,
            summary=f"What the teacher's own {self.path.name} says.",
            greater_is_better=greater_is_better,
            needs=needs,
            best=best,
            worst=worst,
            unit="value",
            interval="bootstrap",
            source=f"the competition's own {self.path.name}",
            has_columns=True,
            params={"sha256": digest[:12], **self.params},
            tables=self.score,
        )

    def score(self, parts: Sequence[TablePart]) -> tuple[TableScore, ...]:
        """The scores of the parts, each with those of the resamples that there was time for.

        Raises
        ------
        ParticipantVisibleError
            E318: what the metric says to the entrant.
        MetricError
            E604 if the file is not as it has to be; E605 if it failed; E606 if it took too long.
        """
        with tempfile.TemporaryDirectory(prefix="kit-metric-") as folder:
            jobs = [_written(part, Path(folder) / str(i)) for i, part in enumerate(parts)]
            answer = self._ask(Path(folder), {"parts": jobs, "doctests": False})
        return tuple(
            TableScore(
                value=np.nan if one["value"] is None else one["value"],
                replicates=np.array([np.nan if x is None else x for x in one["replicates"]], dtype=np.float64),
            )
            for one in answer["scores"]
        )

    def doctests(self) -> Doctests:
        """Run the worked examples in its docstrings. Raises `MetricError` as `score` does."""
        with tempfile.TemporaryDirectory(prefix="kit-metric-") as folder:
            return Doctests(**self._ask(Path(folder), {"parts": [], "doctests": True})["doctests"])

    def _ask(self, folder: Path, job: Mapping[str, Any]) -> dict[str, Any]:
        told = {
            "file": str(self.path.resolve()),
            "row_id_column_name": self.row_id_column_name,
            "params": dict(self.params),
            "budget_s": BUDGET_S,
            "min_replicates": MIN_REPLICATES,
            **job,
        }
        (folder / "job.json").write_text(json.dumps(told), encoding="utf-8")
        printed = self._run(folder)
        try:
            answer: dict[str, Any] = json.loads((folder / "answer.json").read_bytes())
        except (OSError, ValueError):
            message = f"the metric {self.path.name} ended without an answer"
            raise MetricError(Problem(code="E605", message=message, where=str(self.path), excerpt=printed)) from None
        self._refuse(answer)
        return answer

    def _run(self, folder: Path) -> str:
        """Run the child to its end; the last lines that it printed."""
        command = [sys.executable, "-P", "-m", "kit.worker.metric", str(folder / "job.json")]
        try:
            ended = subprocess.run(  # noqa: S603 - our own module; the metric is the host's
                command,
                env={**os.environ, "TMPDIR": str(folder)},
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=self.time_limit_s,
                check=False,
            )
        except subprocess.TimeoutExpired:
            message = f"the metric {self.path.name} took longer than {self.time_limit_s:g} s"
            fix = "fewer loops over rows, in Python; numpy and pandas do them at once"
            raise MetricError(Problem(code="E606", message=message, where=str(self.path), fix=fix)) from None
        return "\n".join(ended.stdout.decode(errors="replace").splitlines()[-_SHOWN_LINES:])

    def _refuse(self, answer: Mapping[str, Any]) -> None:
        if "visible" in answer:
            raise ParticipantVisibleError(Problem(code="E318", message=answer["visible"][:500]))
        if "contract" in answer:
            fix = "def score(solution: pd.DataFrame, submission: pd.DataFrame, row_id_column_name: str) -> float:"
            message = f"{self.path.name}: {answer['contract']}"
            raise MetricError(Problem(code="E604", message=message, where=str(self.path), fix=fix))
        if "failed" in answer:
            message = f"the metric {self.path.name} stopped with {answer['type']}"
            raise MetricError(Problem(code="E605", message=message, where=answer["where"], excerpt=answer["failed"]))


def _written(part: TablePart, folder: Path) -> dict[str, str]:
    """Write what the child reads, and say where."""
    folder.mkdir()
    names = {"solution": f"{folder.name}/solution.csv", "submission": f"{folder.name}/submission.csv"}
    for name, table in (("solution", part.solution), ("submission", part.submission)):
        _write_table(folder.parent / names[name], table)
    n = len(next(iter(part.solution.values())))
    n_drawn = min(part.n_resamples, _n_resamples(n))
    drawn = [rows[:MAX_ROWS] for rows in islice(resamples(n, part.seed_text), n_drawn)]
    np.save(folder / "resamples.npy", np.stack(drawn) if drawn else np.empty((0, n), dtype=np.int32))
    return {**names, "resamples": f"{folder.name}/resamples.npy"}


def _n_resamples(n: int) -> int:
    """All, unless drawing them or keeping them would take long: 100 MB hold them for 25,000 rows."""
    return max(MIN_REPLICATES, min(REPLICATES, 25_000_000 // n))


def _write_table(file: Path, table: Table) -> None:
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened, quoting=csv.QUOTE_MINIMAL)
        writer.writerow(table)
        writer.writerows(zip(*table.values(), strict=True))
