"""The contract of a sandbox: a place where one job runs, and nothing else happens.

Rules every implementation keeps, and `kit.testing.SandboxCase` checks:

1. `Sandbox.run` blocks until the job has ended and **every process it started is dead** and its scratch is gone,
   whatever way it ended: normally, by an error, by a limit, by `cancelled`, or because our own process died.
2. It never raises for anything the entrant's code did; that is an `Outcome`. It raises `SandboxError` when the
   sandbox itself could not be set up, and never falls back to a weaker one.
3. Limits hold for the whole tree of processes. An outcome names the limit that was reached, and the use.
4. The two sides talk through a `Channel` of framed bytes. What the entrant's side sends is data: it is parsed with
   caps and never executed, unpickled or trusted.
5. The entrant's standard output and error are read with a cap into a log; what is over the cap is counted and thrown
   away, and the writer is not blocked.
6. Several runs may go on at once, in threads or processes; they share nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol

from kit.job import Job, Limits, Outcome
from kit.sandbox.channel import Channel

Event = Mapping[str, Any]
Serve = Callable[[Channel], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a sandbox blocks here and now. `reasons` says why, for each that is False."""

    files: bool
    network: bool
    processes: bool
    memory: bool
    pids: bool
    disk: bool
    survivors: bool
    reasons: Mapping[str, str] = field(default_factory=dict)

    NAMES: ClassVar = ("files", "network", "processes", "memory", "pids", "disk", "survivors")

    @classmethod
    def nothing(cls, why: str) -> Capabilities:
        """Of a sandbox that can't be used here: it blocks nothing, for this reason."""
        return cls(**dict.fromkeys(cls.NAMES, False), reasons=dict.fromkeys(cls.NAMES, why))

    @property
    def is_complete(self) -> bool:
        """Whether strangers' code may run in it."""
        return all(getattr(self, name) for name in self.NAMES)


class Sandbox(Protocol):
    """One way of running strangers' code."""

    name: str

    def probe(self) -> Capabilities:
        """What is blocked, found by trying."""

    def run(
        self,
        job: Job,
        limits: Limits,
        *,
        log: Path,
        serve: Serve,
        on_event: Callable[[Event], None],
        cancelled: Callable[[], bool],
    ) -> Outcome:
        """Run `job` and return how it ended.

        Parameters
        ----------
        job, limits
            What to run and what it may use.
        log
            Where the entrant's output goes, on the trusted side.
        serve
            The trusted half of the conversation; returns when it has what it wants, and may raise `PluginError`
            for answers that can't be used.
        on_event
            Called for every line of ``run.log``, with checked plain numbers.
        cancelled
            Asked several times a second; True kills the tree.

        Raises
        ------
        SandboxError
            If the sandbox could not be set up.
        """
