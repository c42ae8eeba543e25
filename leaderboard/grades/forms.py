"""Every form of grades by its name, and the rule that gave them in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.notation import score
from leaderboard.grades.canvas import canvas
from leaderboard.grades.moodle import moodle, worksheet
from leaderboard.grades.tables import nbgrader, plain

if TYPE_CHECKING:
    from kit.notation import Unit
    from leaderboard.grades.book import Gradebook
    from leaderboard.grades.exported import Exported

_FORMS = {"plain": plain, "canvas": canvas, "moodle": moodle, "moodle-worksheet": worksheet, "nbgrader": nbgrader}


def filled(kind: str, book: Gradebook, *, template: bytes | None, column: str | None) -> Exported:
    """The file of a gradebook in one of `leaderboard.grades.FORMATS`.

    Raises
    ------
    UsageError
        E014 for a template that is none, or one that is missing.
    """
    return _FORMS[kind](book, template=template, column=column)


def rule_words(book: Gradebook, unit: Unit) -> str:
    """``points 60 at baseline (96.5 %: logistic, its public score), 100 at 98.0 %, on the private score``."""
    if book.rule.kind == "rank":
        first, last = book.rule.ends
        return f"{first:g} points for the first, {last:g} for the last, by the {book.part} rank"
    told = []
    for mark in book.rule.marks:
        at = score(mark.score, unit)
        told.append(f"{mark.points:g} at {mark.said} ({at}: {mark.note})" if mark.note else f"{mark.points:g} at {at}")
    how = "" if book.rule.kind == "linear" else ", no points between"
    return f"points {', '.join(told)}{how}, on the {book.part} score"
