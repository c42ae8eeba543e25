"""What every form of grades has in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from leaderboard.grades.book import Grade, Gradebook
from leaderboard.sheets import safe, written


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A file of grades, what has to be known of it, and under which title the grades stand."""

    content: bytes
    notes: tuple[str, ...] = ()
    column: str = ""


def table(rows: Iterable[Mapping[str, object]], columns: Sequence[str]) -> bytes:
    """Rows of plain values as CSV: numbers unrounded, nothing where there is None, text that is no formula."""
    cells = [["" if row[key] is None else safe(str(row[key])) for key in columns] for row in rows]
    return written([list(columns), *cells])


def number(points: float | None) -> str:
    """Points in two decimals at most; nothing where there are none."""
    return "" if points is None else f"{points:.2f}".rstrip("0").rstrip(".")


def unmatched(book: Gradebook, found: Iterable[Grade], strangers: Sequence[str], *, lacking: str = "") -> list[str]:
    """Who is in one of the two only: on the roster, or in the file that grades are written to.

    Parameters
    ----------
    book, found, strangers
        Everybody; who was found; and who stands in the template alone.
    lacking
        What of theirs the roster would need, where it is the roster by which the file is made.
    """
    ids = {grade.entrant.id for grade in found}
    left = [grade.entrant.name for grade in book.grades if grade.entrant.id not in ids]
    notes = []
    if left:
        why = f" (the roster has no {lacking} of theirs)" if lacking else ""
        notes.append(f"on the roster, and not in this file{why}: {', '.join(left)}")
    if strangers:
        notes.append(f"in the template, and not on the roster (left blank): {', '.join(strangers)}")
    return notes


def feedback(grade: Grade) -> str:
    """One line beside a grade; nothing without one, because Moodle would take a remark alone for a change."""
    if grade.points is None:
        return ""
    late = ", late" if grade.is_late else ""
    noun = "submission" if grade.n_submissions == 1 else "submissions"
    return f"rank {grade.rank}, {grade.n_submissions} scored {noun}{late}"
