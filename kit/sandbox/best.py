"""Which sandbox is meant where the settings name none, and which are good enough for the code of strangers."""

from __future__ import annotations

from kit.errors import Problem, SandboxError
from kit.sandbox.base import Sandbox

AUTO = "auto"
WEAK = "process"
"""What there is everywhere; it stops accidents only."""


def best() -> str:
    """Name of the best sandbox that can be used here, found by trying; quick, and the same for the whole process.

    Bubblewrap comes first though a template is quicker: it leaves no process behind that waits for the next run.
    """
    from kit.sandbox import bubblewrap

    if not bubblewrap.missing():
        return "bubblewrap"
    from kit.sandbox import template

    return WEAK if template.missing() else "template"


def require_isolation(sandbox: Sandbox, *, allow_unsafe: bool) -> None:
    """Refuse a sandbox that leaves anything open. To be called by a board that serves others, before it runs anything.

    Parameters
    ----------
    sandbox
        The one that the settings name, or the best here.
    allow_unsafe
        The setting ``sandbox.allow_unsafe``: the host answers for everyone who sends code.

    Raises
    ------
    SandboxError
        E803, with what was found open by trying.
    """
    if allow_unsafe or (found := sandbox.probe()).is_complete:
        return
    reasons = dict.fromkeys(found.reasons[name] for name in found.NAMES if name in found.reasons)
    raise SandboxError(
        Problem(
            code="E803",
            message=f"the sandbox {sandbox.name} does not shut in the code of others",
            why=f"Tried here: {'; '.join(reasons)}.",
            fix="sudo apt install bubblewrap\n"
            "sandbox.allow_unsafe = true   in kit.toml, where you would run all that is sent yourself",
        )
    )
