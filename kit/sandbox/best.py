"""Which sandbox is meant where the settings name none: the best that this computer has."""

from __future__ import annotations

AUTO = "auto"
WEAK = "process"
"""What there is everywhere; it stops accidents only."""


def best() -> str:
    """Name of the best sandbox that can be used here, found by trying; quick, and the same for the whole process."""
    from kit.sandbox import bubblewrap

    if not bubblewrap.missing():
        return "bubblewrap"
    from kit.sandbox import template

    return WEAK if template.missing() else "template"
