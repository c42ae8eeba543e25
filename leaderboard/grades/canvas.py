"""Grades for the import of Canvas's gradebook.

Canvas wants ``Student`` and ``ID`` first and ``Section`` as the last column about the student; the second row says how
many points are possible. It finds students by ID, SIS User ID, SIS Login ID, then ``Last, First``. A title that it
does not know becomes a new assignment, so a teacher's own export is the template: its columns are copied as they are.
"""

from __future__ import annotations

from collections.abc import Sequence

from kit.errors import Problem, UsageError
from leaderboard.grades.book import Grade, Gradebook, matched
from leaderboard.grades.exported import Exported, number, unmatched
from leaderboard.roster import CANVAS_COLUMNS
from leaderboard.sheets import Sheet, read_sheet, safe, written

_MATCHED_BY = ("ID", "SIS User ID", "SIS Login ID", "name")
_POINTS = "Points Possible"


def canvas(book: Gradebook, *, template: bytes | None, column: str | None) -> Exported:
    """The sheet for Canvas.

    Parameters
    ----------
    book
        What to write.
    template
        The teacher's export; None writes one from what the roster knows of Canvas.
    column
        Title of the assignment; by default the one in the template that is called like the competition.

    Raises
    ------
    UsageError
        E014 if the template is no export of Canvas, or the roster knows nobody of Canvas.
    """
    if template is None:
        return _from_roster(book, column)
    sheet = read_sheet(template, name="the template", code="E014")
    header = [cell.strip() for cell in sheet.header.cells]
    if not header or header[0] != "Student" or "ID" not in header or "Section" not in header:
        raise UsageError(_no_export(header))
    n_student = header.index("Section") + 1
    title, is_new = _title(book, header[n_student:], column)
    rows: list[Sequence[str]] = [[*sheet.header.cells[:n_student], title]]
    found: list[Grade] = []
    by: set[str] = set()
    strangers: list[str] = []
    for record in _with_points(sheet):
        student = [*record[:n_student], *[""] * (n_student - len(record))]
        name = student[0].strip()
        if name == _POINTS:
            rows.append([*student, number(book.rule.most)])
            continue
        keys = dict(zip(header, student, strict=False)) | {"name": name}
        match = matched(book.grades, keys, _MATCHED_BY)
        rows.append([*student, number(match[0].points) if match else ""])
        if match:
            found.append(match[0])
            by.add(match[1])
        elif name != "Student, Test":
            strangers.append(name)
    notes = [f"matched {len(found)} of {len(found) + len(strangers)} rows by {', '.join(sorted(by)) or 'nothing'}"]
    notes += unmatched(book, found, strangers)
    if is_new:
        notes.append(f"the template has no column for it: Canvas makes a new assignment called {title!r}")
    return Exported(content=written(rows, like=sheet), notes=tuple(notes), column=title)


def _from_roster(book: Gradebook, column: str | None) -> Exported:
    known = [grade for grade in book.grades if grade.entrant.external.get("ID")]
    if not known:
        raise UsageError(_nobody_known())
    title = column or book.title
    columns = [
        name
        for name in CANVAS_COLUMNS
        if name in ("Student", "ID", "Section") or any(grade.entrant.external.get(name) for grade in known)
    ]
    rows = [[*columns, title], [f"    {_POINTS}", *[""] * (len(columns) - 1), number(book.rule.most)]]
    for grade in known:
        cells = [safe(grade.entrant.external.get(name, "")) for name in columns]
        rows.append([*cells, number(grade.points)])
    notes = unmatched(book, known, (), lacking="ID of Canvas")
    notes.append(f"Canvas makes a new assignment called {title!r}, unless it has one of exactly this title")
    return Exported(content=written(rows), notes=tuple(notes), column=title)


def _with_points(sheet: Sheet) -> list[tuple[str, ...]]:
    """The records, with the row of points first where the template has none."""
    rows = [record.cells for record in sheet.records]
    has_points = any(row[0].strip() == _POINTS for row in rows)
    return rows if has_points else [(f"    {_POINTS}",), *rows]


def _title(book: Gradebook, columns: Sequence[str], column: str | None) -> tuple[str, bool]:
    """Title of the assignment's column as the template writes it, with its number; and whether it is a new one."""
    wanted = {word.casefold() for word in ([column] if column else [book.title, book.competition])}
    for title in columns:
        if title.casefold() in wanted or title.rpartition(" (")[0].casefold() in wanted:
            return title, False
    return column or book.title, True


def _no_export(header: Sequence[str]) -> Problem:
    return Problem(
        code="E014",
        message="the template is no gradebook export of Canvas",
        expected="Student, ID, …, Section, assignments",
        got=", ".join(header)[:120],
        fix="in Canvas:  Grades, Export, Export Entire Gradebook",
    )


def _nobody_known() -> Problem:
    return Problem(
        code="E014",
        message="the roster has nobody's ID in Canvas",
        fix="--template Grades.csv   names an export of Canvas;   kit roster add Grades.csv   keeps its IDs",
    )
