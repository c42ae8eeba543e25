"""The contract of an executor: where jobs run. This computer by default; later others that start workers elsewhere.

Rules every implementation keeps, and `kit.testing.ExecutorCase` checks:

1. `Executor.start` never blocks: it returns while the job runs.
2. A job lives in a folder of its own (`kit.run.stage` writes it), named by the token of its lease, so two attempts
   never share a file. Everything the job leaves is in that folder.
3. `Running.poll` is cheap, may be called as often as one likes, and after the end always gives the same outcome.
4. `Running.kill` is idempotent; when it returns, no process of the job is alive.
5. The death of the executor's own process ends the job: nobody else will.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from kit.job import Outcome, Progress, Resources


class Running(Protocol):
    """A job that was started."""

    def poll(self) -> Outcome | None:
        """How it ended, or None while it runs. Raises `SandboxError` if the sandbox could not be set up."""

    def progress(self) -> Progress:
        """Where it is."""

    def kill(self) -> None:
        """End it now."""


class Executor(Protocol):
    """A place that runs jobs."""

    name: str

    def capacity(self) -> Resources:
        """What this place has to give, running jobs included."""

    def start(self, job_dir: Path) -> Running:
        """Start the job staged in `job_dir`."""
