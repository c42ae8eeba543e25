"""Grades as plain tables: one's own, and nbgrader's."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from leaderboard.grades.book import Grade, Gradebook
from leaderboard.grades.exported import Exported, number
from leaderboard.sheets import safe, written

COLUMNS = (
    "student_id", "name", "email", "team", "competition", "public", "private", "rank", "tied", "submissions",
    "beats_baseline", "late", "report_written", "grade",
)  # fmt: skip
NBGRADER = (
    "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email", "raw_score",
    "late_submission_penalty", "score", "max_score",
)  # fmt: skip


def plain(book: Gradebook, *, template: bytes | None, column: str | None) -> Exported:  # noqa: ARG001 - one form of all
    """One row for everybody, with all there is; scores unrounded."""
    rows = [COLUMNS, *[[_cell(row[key]) for key in COLUMNS] for row in as_rows(book)]]
    return Exported(content=written(rows), column="grade")


def as_rows(book: Gradebook) -> list[dict[str, Any]]:
    """One row for everybody under stable keys; None where there is nothing."""
    return [_row(book, grade) for grade in book.grades]


def as_json(book: Gradebook) -> bytes:
    """The same as JSON, with the rule that gave the points."""
    rule = {
        "kind": book.rule.kind,
        "marks": [{"points": m.points, "score": m.score, "mark": m.said, "of": m.note} for m in book.rule.marks],
        "ends": list(book.rule.ends) if book.rule.kind == "rank" else None,
    }
    told = {"competition": book.competition, "part": book.part, "rule": rule, "grades": as_rows(book)}
    return (json.dumps(told, indent=2, ensure_ascii=False) + "\n").encode()


def nbgrader(book: Gradebook, *, template: bytes | None, column: str | None) -> Exported:  # noqa: ARG001 - one form of all
    """The columns of nbgrader's own export. It writes 0 for whoever has nothing; here that is blank."""
    rows: list[list[str]] = [list(NBGRADER)]
    for grade in book.grades:
        external = grade.entrant.external
        first, _, last = grade.entrant.name.rpartition(" ")
        raw = None if grade.points is None else grade.points + grade.penalty
        cells = [
            column or book.competition,
            _time(book.closes),
            _time(grade.submitted_at),
            external.get("student_id") or grade.student_id or grade.entrant.email,
            external.get("last_name", last),
            external.get("first_name", first),
            grade.entrant.email,
        ]
        scores = [number(raw), number(None if raw is None else grade.penalty), number(grade.points)]
        rows.append([*map(safe, cells), *scores, number(book.rule.most)])
    return Exported(content=written(rows), column="score")


def _row(book: Gradebook, grade: Grade) -> dict[str, Any]:
    return {
        "student_id": grade.student_id,
        "name": grade.entrant.name,
        "email": grade.entrant.email,
        "team": grade.team,
        "competition": book.competition,
        "public": grade.public,
        "private": grade.private,
        "rank": grade.rank,
        "tied": grade.n_tied,
        "submissions": grade.n_submissions,
        "beats_baseline": grade.beats_baseline,
        "late": grade.is_late if grade.points is not None else None,
        "report_written": grade.has_report,
        "grade": None if grade.points is None else round(grade.points, 2),
    }


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return safe(value) if isinstance(value, str) else str(value)


def _time(at: float | None) -> str:
    """A time as nbgrader keeps it: UTC, without a zone."""
    return "" if at is None else f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S}"
