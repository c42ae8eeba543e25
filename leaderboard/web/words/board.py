"""The leaderboard: who leads, what the table stands on, and what the signs in it mean.

`noun` is what a score of the competition stands on, ``image``, ``row`` or ``episode``; the command line has it, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

NOBODY = "Nobody has a score yet"
ONLY_NEIGHBOURS = "Here a team sees its own row and those around it"
BEST_NOT_SHOWN = "The best rows are not shown here"
ALWAYS_THE_SAME = "always the same answer"  # how the baseline `constant` is called
NEW = "new"
_MOST_NAMED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class First:
    """What is said of who is first: of one, of several together, and whether it is luck."""

    one: str
    several: str
    real: str
    open: str


LEADS = First(
    one="{who} leads",
    several="{who} lead together",
    real="{said}, and the lead is real",
    open="{said}, but that may be luck",
)
WON = First(
    one="{who} wins",
    several="{who} win together",
    real="{said}, and the win is real",
    open="{said}, but that may be luck",
)


def joined(names: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a and 3 others``."""
    if len(names) <= _MOST_NAMED:
        return " and ".join(names)
    return f"{names[0]} and {len(names) - 1} others"


def score_of_first(score: str) -> str:
    """Of a first whose neighbours are not shown."""
    return f"With {score}."


def only_score(score: str) -> str:
    """Of a first without a second."""
    return f"With {score}; nobody else has a score yet."


def luck_unknown(score: str) -> str:
    """Of a first of whom nobody can judge whether it is luck."""
    return f"With {score}. Whether that is luck can't be told here."


def maybe_luck(others: Sequence[str], n: int, noun: str) -> str:
    """Of a lead that luck may explain: who may be as good."""
    return f"{joined(others)} may be as good: on {n} {noun}s the difference may be luck."


def each_with(score: str) -> str:
    """Of several who are first."""
    return f"Each with {score}."


def more_than_luck(score: str) -> str:
    """Of a lead that is real."""
    return f"With {score}: more than luck explains."


def not_reached(baseline: str, score: str) -> str:
    """Which baseline is better than all teams."""
    called = f"the baseline “{ALWAYS_THE_SAME}”" if baseline == "constant" else f"the {baseline} baseline"
    return f"No team has reached {called} ({score}) yet."


def ranks(lowest: int, highest: int) -> str:
    """The ranks that are likely."""
    return f"{lowest} to {highest}"


def rank_of(rank: int, n_teams: int) -> str:
    """A rank among all: ``3 of 30``."""
    return f"{rank} of {n_teams}"


def group(n: int, first: int | None, last: int | None) -> str:
    """The label of a bracket."""
    return f"{n} teams share rank {first}" if first == last else f"These {n} teams can't be told apart"


def may_change(n: int) -> str:
    """What ``=7`` beside a rank means."""
    return f"may change places with {n} {'other' if n == 1 else 'others'}"


def ticker(who: str, ago: str, best: str, rank: int) -> str:
    """What happened last: whose try it was, and where its best one stands."""
    return f"{who}, {ago}: best {best}, rank {rank}"


def stands_on(n: int | None, part: Literal["public", "private"], noun: str, metric: str, *, is_higher: bool) -> str:
    """How many rows of which part, the metric, and which way is better; `n` is None where that is not known."""
    counted = f"{part.capitalize()} {noun}s" if n is None else f"{n} {part} {noun}s"
    return f"{counted}, {metric}, {'higher' if is_higher else 'lower'} is better."


FINAL = "This is the final ranking."


def final_by(n_private: int, noun: str) -> str:
    """What the final ranking will stand on; `n_private` is 0 where that is not known."""
    others = f"{n_private} others" if n_private else f"other {noun}s"
    return f"The final ranking is by {others}, hidden until the reveal."


PRACTICE = "For practice: its answers are published elsewhere."


def bar(n: int, noun: str) -> str:
    """What is drawn in each row."""
    return f"The bar is the 95 % interval of a score on these {n} {noun}s, the dot is the score."


TIES_UNKNOWN = "Which ranks are tied can't be told: what the scores are made of is not here."
BRACKET = "A bracket holds teams that can't be told apart; “=3” may change places with three others."
CHANGE = {"public": "Change is since midnight.", "private": "Change is from the public ranking."}
UNRANKED = "Baselines and people stand where their score is, without a rank."
