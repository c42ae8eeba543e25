"""The host's pages: the queue, the roster, how the class is getting on, the forms, grades, and the audit."""

from __future__ import annotations

from collections.abc import Sequence

from kit.errors import Problem
from leaderboard.web.words.board import ALWAYS_THE_SAME

# Why nothing starts of what waits.
NOBODY_WORKS = "Nobody works on the queue: in this folder   kit worker   does, as does kit serve with --workers."
ONE_AT_A_TIME = "One run of a team at a time: what waits is of teams that have one running."
STARTS_NOW = "The next one starts now. If it does not, it asks for more memory than this computer has free."


def only_plugins_wait(why_no_code: str) -> str:
    """Plugins wait where code is not run."""
    return f"What waits are plugins, and code is not run here. {why_no_code}"


# A competition in numbers; the other labels are those of states.
STATES = {"scored": "scored", "queued": "queued", "running": "running", "failed": "failed", "cancelled": "cancelled"}


def teams_with_score(n: int) -> str:
    """Label of their number, which stands before it."""
    return f"team{'s' * (n != 1)} with a score"


def tries(per_day: int, total: int | None) -> str:
    """How many tries there are."""
    return f"{per_day} a day" if total is None else f"{per_day} a day, {total} altogether"


def not_scored(n: int) -> str:
    """What should be known before the private ranking is opened."""
    return f"{n} {'submission is' if n == 1 else 'submissions are'} not scored yet."


# How the class is getting on.
SAME_ANSWER = "same answer"  # how the baseline `constant` is called where there is little room
TEAMS = "teams"
HOURS = "Submissions in each hour"
HOURS_HEAD = ("hour from", "submissions")
VERDICTS = "Verdicts on plugins"
VERDICTS_HEAD = ("verdict", TEAMS)
VERDICT = {
    "under-fitting": "under-fitting",
    "appropriate": "appropriate",
    "over-fitting": "over-fitting",
    "not learning": "not learning",
}


def progress(metric: str) -> str:
    """Title of the drawing of the best scores."""
    return f"Best public {metric} of each team over time"


def progress_head(metric: str) -> tuple[str, str, str]:
    """Head of its table."""
    return "team", f"best {metric}", "since"


def better_than(n: int, baseline: str, score: str) -> str:
    """How many teams are better than a baseline."""
    return f"{n} better than {ALWAYS_THE_SAME if baseline == 'constant' else baseline} ({score})"


def beaten(n_teams: int, baselines: Sequence[str]) -> str:
    """How many of the teams are better than which baselines, each as `better_than` says it."""
    return f"Of {n_teams} {'team' if n_teams == 1 else 'teams'} with a score: {', '.join(baselines)}."


def in_hours(n: int, hours: int, now: int) -> str:
    """How many submissions there were in the last hours, and in this one."""
    return f"{n} in the last {hours} hours; {now} in this one."


def judged(counted: Sequence[tuple[str, int]]) -> str:
    """How many plugins have which verdict."""
    return f"{', '.join(f'{n} {VERDICT[kind]}' for kind, n in counted)}."


# What to type into a field.
SAY_A_TIME = "Fri 23:59,   or   in 2h"
SAY_CLOSING_FIRST = "say first when it closes"
TICK_OR_REVEAL = "open the private ranking first, or tick the box"
TICK_IF_NO_MATTER = "tick the box, if that does not matter"
NO_TIME = Problem(code="E002", message="it does not say when", fix="Fri 23:59, or   in 2h")
NOT_CONFIRMED = Problem(code="E002", message="nothing was opened: that can't be taken back", fix="tick the box first")
NOTHING_GIVEN = Problem(code="E002", message="nothing was given", fix="say until when, how much longer, or which tries")
TWO_ENDS = Problem(code="E002", message="until when, and how much longer, are two ends", fix="leave one blank")
NOBODY_IN_IT = Problem(code="E013", message="there is nobody in it", fix="choose a file, or type a name a line")


def no_number(typed: str) -> Problem:
    """What was typed as a number of tries."""
    return Problem(code="E002", message=f"{typed[:40]!r} is no number of tries", expected="0 or more", got=typed)


def no_percentage(typed: str) -> Problem:
    """What was typed as per cent off."""
    return Problem(code="E002", message=f"{typed[:40]!r} is no percentage", expected="0 to 100", got=typed[:40])


def no_format(typed: str, known: Sequence[str]) -> Problem:
    """For whom grades are asked."""
    return Problem(code="E002", message="it does not say for whom", expected=", ".join(known), got=repr(typed))


# What was done to the roster, and what would be in a file of grades: label and words.
READ_AS = "read as"
LEFT_OUT = "left out"
ADDED = "added"
CHANGED = "changed"
UNCHANGED = "unchanged"
GRADES = "grades"
WITHOUT = "without"
RULE = "rule"
NOTE = "note"
COLUMN = "column"
PART = "part"
PROVISIONAL = "PROVISIONAL: the private ranking is not open yet, and will differ"


def named(names: Sequence[str]) -> str:
    """How many, and who."""
    return f"{len(names)}: {', '.join(names)}"


def graded(n: int, of: int) -> str:
    """How many students have a grade."""
    return f"{n} of {of} students; {of - n} without one are left blank, not 0"


# The audit: who did what. Behind what was done stands to what, where it was not to the whole class.
ACTORS = {"host": "The host", "schedule": "The schedule", "somebody": "Somebody"}
SOMEBODY = "Somebody"
ACTIONS = {
    "unfreeze": "let the board move again:",
    "reveal": "opened the private ranking of",
    "extend": "gave more time in",
    "quota": "gave other tries in",
    "select": "chose what counts in",
    "cancel": "cancelled a submission to",
    "export": "took the grades of",
    "roster-add": "added",
    "roster-change": "changed",
    "roster-remove": "took off the roster",
    "claim": "joined",
    "claim-refused": "was not let in as",
    "release": "set free the name of",
    "nickname": "set the name on the board of",
    "token": "was given a token",
    "revoke": "took back",
    "code": "came in with a host's address",
    "code-refused": "came with a host's address that was used or too old",
    "set": "made new:",
}
# What has a time of its own: done at once, set for later, taken back.
TIMED = {
    "open": ("opened", "set when it opens:", "opened"),
    "close": ("closed", "set when it closes:", "closed"),
    "freeze": ("froze the board of", "set when the board freezes:", "froze the board of"),
    "schedule-reveal": (
        "opened the private ranking of",
        "set when the private ranking opens:",
        "took back when the private ranking opens:",
    ),
}
