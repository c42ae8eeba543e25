"""The students' pages: what was done, where a submission is, tries, dates, files, and the kit itself."""

from __future__ import annotations

from collections.abc import Iterable

# After a form, by what stands in the address as ``?done=``: nobody can put words of their own into our page.
NOTICES = {
    "joined": "Welcome: you have joined.",
    "left": "You have left this class in this browser.",
    "sent": "It has arrived.",
    "again": "The same file was handed in before: this is its score, and no further try was used.",
    "cancelled": "It is cancelled.",
    "selected": "Your choice is kept.",
    "released": "The name is free again.",
    "was-free": "Nobody had joined under this name.",
    "renamed": "The name is corrected.",
    "removed": "The name is off the roster.",
    "revoked": "It is signed out: its token is of no use any more.",
    "code": "The class has a new word code; the old one lets nobody in.",
    "nickname": "The team is called by its two words again.",
    "opened": "It is open.",
    "closed": "It is closed.",
    "frozen": "The board stands still. A team still sees its own scores.",
    "moving": "The board moves again.",
    "revealed": "It is revealed, for good.",
    "set": "It is set.",
    "extended": "It is given.",
    "done": "Done.",
}

# What is handed out, by the name of the file without its ending.
FILES = {
    "train": "to learn from",
    "valid": "to check yourself on",
    "test": "to answer",
    "sample_submission": "how a file of answers looks",
}


def signed_in(what: str, address: str) -> str:
    """How a token is called on the host's page: what it was given to, and where that is."""
    return f"{what} at {address}"


BROWSER = "browser"
THE_HOST = "the host"

# Submissions that are over, by their state.
OVER = {"scored": "scored", "failed": "stopped with an error", "cancelled": "cancelled"}
STARTS_NOW = "starts now"
NOBODY_WORKS = "nobody works on the queue now"


def runs(epoch: int | None) -> str:
    """Of a submission that runs."""
    return f"runs, epoch {epoch}" if epoch else "runs"


def starts_in(about: str) -> str:
    """When a submission that waits is expected to start."""
    return f"starts in about {about}"


def in_queue(position: int, when: str) -> str:
    """Of a submission that waits."""
    return f"number {position} in the queue, {when}"


AGENT_LOG_LATER = "What an agent printed is shown after the reveal: it has seen how the private episodes end."


def left_altogether(n: int, of: int | None) -> str:
    """How many tries are left in all."""
    return f"{n} of {of} altogether"


def next_opens(moment: str, span: str) -> str:
    """When the next try opens."""
    return f"the next opens {moment}, in {span}"


NO_FURTHER_TRY = "no further one in this competition"


def new_tries(n: int, clock: str) -> str:
    """How many tries open at midnight of the course."""
    return f"{n} new {'one' if n == 1 else 'ones'} at {clock}"


def tries_wait(n: int) -> str:
    """How many of the tries wait."""
    return "1 waits for its score" if n == 1 else f"{n} wait for their scores"


def rank(of: str) -> str:
    """One's place: ``rank 3 of 30``."""
    return f"rank {of}"


# Labels of the dates of a competition.
OPENS = "Opens"
ENDS = "Ends"
LATE_UNTIL = "Late ones until"
FREEZES = "Board stands still from"
REVEALS = "Private ranking opens"

NO_DEADLINE = "no deadline"


def opens(moment: str) -> str:
    """Of a competition that has not begun."""
    return f"opens {moment}"


def ends(moment: str) -> str:
    """Of a competition that is open."""
    return f"ends {moment}"


def ended(moment: str) -> str:
    """Of a competition that is over."""
    return f"ended {moment}"


def takes_late(moment: str, about: str) -> str:
    """Of a competition that is over, but takes late ones."""
    return f"{ended(moment)}; late ones are taken for {about}"


NO_SANDBOX = "This server was started without a place that shuts in code."

# Whom a wheel serves behind the name of a system: ``macOS (all)``, ``Windows (32 bit)``.
ALL_MACHINES = "all"
OTHER_MACHINES = "32 bit"


def with_python(platform: str, versions: Iterable[str]) -> str:
    """Which Pythons the wheels for a platform serve."""
    return f"{platform} with Python {' and '.join(versions)}"
