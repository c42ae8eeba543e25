"""What the sandboxes of namespaces have in common: a run in an enclosure, the trial of one, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from kit.errors import Problem, SandboxError
from kit.job import Job, Limits, Outcome
from kit.sandbox.base import Capabilities, Event, Serve
from kit.sandbox.child import run_child
from kit.sandbox.enclosure import Enclosure
from kit.sandbox.tree import Child
from kit.sandbox.view import inside


class Box(Protocol):
    """One run: the namespaces it is in, and what is begun there."""

    enclosure: Enclosure

    def start(self, scratch: Path) -> Child:
        """The worker, for the job in `scratch`."""

    def start_plain(self, arguments: tuple[str, ...], given: tuple[int, ...]) -> Child:
        """The interpreter alone, in what is there without a job."""


def probe_enclosed(box: Box) -> Capabilities:
    """What `box` blocks, found by trying it from inside."""
    from kit.sandbox.attempts import try_from

    try:
        return try_from(box.start_plain, box.enclosure)
    finally:
        box.enclosure.close()


def run_enclosed(
    name: str,
    box: Box,
    job: Job,
    limits: Limits,
    *,
    base: Path,
    log: Path,
    serve: Serve,
    on_event: Callable[[Event], None],
    cancelled: Callable[[], bool],
) -> Outcome:
    """Run `job` in `box`; see `Sandbox.run`.

    Raises
    ------
    SandboxError
        E801, E802 if the worker never came to the plugin: nothing that went wrong is the entrant's then.
    """
    try:
        outcome = run_child(
            box.start,
            inside(job),
            limits,
            base=base,
            log=log,
            serve=serve,
            on_event=on_event,
            cancelled=cancelled,
            enclosure=box.enclosure,
        )
        if outcome.status == "failed" and not box.enclosure.began:
            raise not_begun(name, log)
    finally:
        box.enclosure.close()
    return outcome


def not_here(name: str, why: str) -> SandboxError:
    """E802: the sandbox that the settings name can't be used on this computer."""
    return SandboxError(
        Problem(
            code="E802",
            message=f"the sandbox {name} can't be used here: {why}",
            fix="kit doctor   shows which one can; without   sandbox.name   in kit.toml the best one is taken",
        )
    )


def not_begun(name: str, log: Path) -> SandboxError:
    """What to raise where the worker never came to the plugin: nothing in the log is the entrant's."""
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    last = lines[-1] if lines else "it ended without a word"
    if last.startswith("bwrap: "):
        return not_here(name, last.removeprefix("bwrap: "))
    return SandboxError(
        Problem(code="E801", message=f"the sandbox {name} could not be set up: {last}", fix="kit doctor")
    )
