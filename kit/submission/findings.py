"""Collect what is wrong with a file, so that a person hears of everything at once, and how it is put into words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from kit.errors import ParticipantVisibleError, Problem

# Worst first: what keeps the rest from being read, then the table, then its rows, then its cells.
_ORDER = (
    "E312",
    "E316",
    "E317",
    "E311",
    "E310",
    "E309",
    "E302",
    "E303",
    "E305",
    "E306",
    "E307",
    "E308",
    "E313",
    "E315",
)
_MAX_SHOWN = 40
_MAX_LISTED = 8


@dataclass(slots=True)
class Findings:
    """Problems and notes of one file.

    Parameters
    ----------
    name
        How the entrant calls the file.
    quotes
        Whether messages may show cells of the file. Not those of a solution.
    unit
        What places are called: lines of a text, counted from 1, or rows of a table, counted from 0.
    """

    name: str
    quotes: bool = True
    unit: Literal["line", "row"] = "line"
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, code: str, message: str, *, fix: str = "", why: str = "") -> None:
        """One more problem; `code` is one of E302 to E315."""
        self.problems.append(Problem(code=code, message=message, fix=fix, why=why))

    def cell(self, text: str) -> str:
        """A cell as a message shows it."""
        return shown(text) if self.quotes else "a cell"

    def error(self) -> ParticipantVisibleError:
        """E301 with every problem, worst first."""
        parts = sorted(self.problems, key=lambda problem: _ORDER.index(problem.code))
        count = counted(len(parts), "thing", "things")
        problem = Problem(code="E301", message=f"{self.name}: {count} to fix", where=self.name)
        return ParticipantVisibleError(problem, parts)


def shown(text: str) -> str:
    r"""A piece of somebody's file in quotation marks, short, on one line, unable to steer a terminal.

    Examples
    --------
    >>> print(shown("3.5"), shown("a\x1b[2J"))
    "3.5" "a\x1b[2J"
    """
    cut = text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 1] + "…"
    return '"' + "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in cut) + '"'


def counted(n: int, one: str, many: str) -> str:
    """``1 row``, ``2 rows``."""
    return f"{n} {one if n == 1 else many}"


def listed(items: Sequence[str]) -> str:
    """Items with commas, the first few of them where there are many."""
    return ", ".join([*items[:_MAX_LISTED], "…"] if len(items) > _MAX_LISTED else items)
