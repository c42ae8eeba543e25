"""From a score to points, by what a teacher can say in one line.

``60@baseline 100@98%`` is 60 points at the baseline's score, 100 at 98 %, and in between on the straight line: the
rank among others is luck where scores are close, the distance to a known mark is not. ``steps`` before it gives the
points of the last mark that was reached; ``rank 100 50`` gives the first 100 points and the last 50.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from kit.errors import Problem, UsageError, nearest
from leaderboard.standings import Standing

Kind = Literal["linear", "steps", "rank"]
_MARK = re.compile(r"(\d+(?:\.\d+)?)@(\S+)")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?(%?)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Points for a score. `said` is how the rule names it, `note` what its score is that of."""

    points: float
    score: float
    said: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule whose marks have scores.

    Parameters
    ----------
    kind
        ``linear``, ``steps`` or ``rank``.
    marks
        From the worst score to the best; none for ``rank``.
    ends
        Points of the first and of the last of the class; ``rank`` only.
    """

    kind: Kind
    marks: tuple[Mark, ...] = ()
    ends: tuple[float, float] = (0.0, 0.0)

    @property
    def most(self) -> float:
        """The most points there are."""
        return max(self.ends) if self.kind == "rank" else max(mark.points for mark in self.marks)


def read_rule(text: str, known: Mapping[str, tuple[float, str]], *, greater_is_better: bool) -> Rule:
    """The rule that `text` says.

    Parameters
    ----------
    text
        As in the module's docstring.
    known
        Name of a mark -> its score, and what that is the score of.
    greater_is_better
        Direction of the metric.

    Raises
    ------
    UsageError
        E002: it says no rule, names a mark that is not known, or gives less points for more.
    """
    first, _, rest = text.strip().partition(" ")
    if first == "rank":
        ends = [float(word) for word in rest.split() if _NUMBER.fullmatch(word) and not word.endswith("%")]
        if len(ends) != 2 or len(rest.split()) != 2 or not ends[0] >= ends[1] >= 0:
            raise UsageError(_no_rule(text))
        return Rule(kind="rank", ends=(ends[0], ends[1]))
    kind: Kind = "steps" if first == "steps" else "linear"
    words = (rest if first in ("steps", "linear") else text).split()
    matches = [_MARK.fullmatch(word) for word in words]
    if not words or any(match is None for match in matches) or (kind == "linear" and len(words) < 2):
        raise UsageError(_no_rule(text))
    marks = [_mark(float(match[1]), match[2], known) for match in matches if match is not None]
    sign = 1 if greater_is_better else -1
    marks.sort(key=lambda mark: (sign * mark.score, mark.points))
    for low, high in pairwise(marks):
        if high.points < low.points or (high.score == low.score and kind == "linear"):
            raise UsageError(_not_rising(low, high))
    return Rule(kind=kind, marks=tuple(marks))


def default_rule(known: Mapping[str, tuple[float, str]], *, greater_is_better: bool) -> str:
    """60 points at the baseline, 100 at the reference; and 0 at always the same answer, where that was measured."""
    words = ["60@baseline", "100@reference"]
    if "constant" in known and "baseline" in known:
        constant, baseline = known["constant"][0], known["baseline"][0]
        if (baseline > constant) if greater_is_better else (baseline < constant):
            words.insert(0, "0@constant")
    return " ".join(words)


def points(rule: Rule, score: float, *, rank: int, n_teams: int, greater_is_better: bool) -> float:
    """Points for a score, at least 0 and at most `Rule.most`.

    Parameters
    ----------
    rule
        What gives them.
    score
        The team's.
    rank, n_teams
        Its place, and of how many.
    greater_is_better
        Direction of the metric.

    Notes
    -----
    Below the lowest mark the straight line between the two lowest goes on, down to 0.

    Examples
    --------
    >>> rule = read_rule("60@0.9 100@0.98", {}, greater_is_better=True)
    >>> round(points(rule, 0.94, rank=3, n_teams=9, greater_is_better=True), 2)
    80.0
    """
    if rule.kind == "rank":
        first, last = rule.ends
        return first if n_teams < 2 else first - (first - last) * (rank - 1) / (n_teams - 1)
    sign = 1 if greater_is_better else -1
    at = [(sign * mark.score, mark.points) for mark in rule.marks]
    x = sign * score
    if rule.kind == "steps":
        return max((given for mark, given in at if x >= mark), default=0.0)
    if x >= at[-1][0]:
        return at[-1][1]
    (low, least), (high, most) = next((pair for pair in pairwise(at) if x < pair[1][0]), (at[-2], at[-1]))
    return max(0.0, least + (most - least) * (x - low) / (high - low))


def marks_of(
    standings: Sequence[Standing], baselines: Mapping[str, Mapping[str, float]], *, part: str
) -> dict[str, tuple[float, str]]:
    """Marks that a rule may name: the host's own rows, what was measured beforehand, and the class.

    Parameters
    ----------
    standings
        Of the part that grades are made of, with the host's rows between the teams.
    baselines
        As `kit.workspace.Workspace.baselines` gives them; their public scores stand in where the host has handed in
        nothing of the name.
    part
        What the standings are of, for words.
    """
    measured = [(name, parts["public"]) for name, parts in baselines.items() if "public" in parts]
    marks = {name: (score, f"{name}, its public score") for name, score in measured}
    simple = [(name, score) for name, score in measured if name != "constant"]
    if simple:
        marks["baseline"] = simple[0][1], f"{simple[0][0]}, its public score"
    if len(simple) > 1:
        marks["reference"] = simple[-1][1], f"{simple[-1][0]}, its public score"
    of_class = [row.score for row in standings if row.is_ranked]
    if of_class:
        marks["best"] = of_class[0], "the best of the class"
        marks["median"] = of_class[len(of_class) // 2], "the middle of the class"
    for row in standings:
        if not row.is_ranked:
            name = row.team.rpartition(" / ")[2]
            marks[name] = row.score, f"{name}, its {part} score"
            for stand_in in ("baseline", "reference"):
                if stand_in in marks and marks[stand_in][1] == f"{name}, its public score":
                    marks[stand_in] = marks[name]
    return marks


def _mark(given: float, said: str, known: Mapping[str, tuple[float, str]]) -> Mark:
    number = _NUMBER.fullmatch(said)
    if number:
        score = float(said.removesuffix("%")) / (100 if number[1] else 1)
        return Mark(points=given, score=score, said=said)
    if said not in known:
        raise UsageError(_unknown_mark(said, known))
    score, note = known[said]
    return Mark(points=given, score=score, said=said, note=note)


def _no_rule(text: str) -> Problem:
    return Problem(
        code="E002",
        message=f"{text!r} is no rule for grades",
        expected='"60@baseline 100@98%"   or   "steps 50@0.9 100@0.95"   or   "rank 100 50"',
        got=text,
    )


def _unknown_mark(said: str, known: Mapping[str, tuple[float, str]]) -> Problem:
    near = nearest(said, known)
    names = ", ".join(known) or "none: hand a baseline in yourself, or write a score"
    fix = f"did you mean   {near} ?" if near else f"a score (0.98 or 98%), or one of: {names}"
    return Problem(code="E002", message=f"there is no mark {said!r} to give points at", fix=fix)


def _not_rising(low: Mark, high: Mark) -> Problem:
    return Problem(
        code="E002",
        message=f"the better score must have the more points: {low.points:g}@{low.said}, {high.points:g}@{high.said}",
        why=f"{low.said} is {low.score:.6g}, {high.said} is {high.score:.6g}.",
        fix="marks whose points rise with the score",
    )
