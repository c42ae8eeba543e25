"""Grades for Moodle: the import of its gradebook, and the offline worksheet of an assignment.

One user that Moodle does not know cancels a whole import, so nobody without an identifier is written. A worksheet can
only be filled in: its identifiers can't be computed and its header is in the language of the course. All but the cells
of grades and remarks is kept byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kit.errors import Problem, UsageError
from leaderboard.grades.book import Grade, Gradebook, matched
from leaderboard.grades.exported import Exported, feedback, number, unmatched
from leaderboard.sheets import safe, written

_IDENTIFIERS = ("Email address", "ID number", "Username")
_GRADE = ("grade", "bewertung", "оценка", "calificación", "note", "valutazione")
_FEEDBACK = (
    "feedback comments", "feedback als kommentar", "отзыв в виде комментария", "комментарии к ответам",
    "comentarios de retroalimentación", "feedback par commentaires", "commentaires", "commenti",
)  # fmt: skip
_EMAIL = ("email address", "e-mail-adresse", "адрес электронной почты", "dirección de correo", "adresse de courriel")
_NAME = ("full name", "vollständiger name", "полное имя", "nombre completo", "nom complet")
_MOST = ("maximum grade", "bestwertung", "максимальная оценка", "calificación máxima", "note maximale")
_CHANGEABLE = ("grade can be changed",)
_SEPARATORS = (",", ";", "\t")
_CELL = re.compile(r'"(?:[^"]|"")*"')


def moodle(book: Gradebook, *, template: bytes | None, column: str | None) -> Exported:  # noqa: ARG001 - one form of all
    """The sheet for Moodle's gradebook: an identifier, the grade and a remark.

    Raises
    ------
    UsageError
        E014 if the roster has nothing by which Moodle knows somebody.
    """
    count = {name: sum(bool(_identifier(grade, name)) for grade in book.grades) for name in _IDENTIFIERS}
    identifier = max(_IDENTIFIERS, key=lambda name: count[name])
    if not count[identifier]:
        fix = "kit roster add participants.csv   with the list of participants of Moodle"
        raise UsageError(Problem(code="E014", message="the roster has nobody's e-mail address", fix=fix))
    known = [grade for grade in book.grades if _identifier(grade, identifier)]
    title = column or book.title
    rows = [[identifier, safe(title), "Feedback"]]
    rows += [[safe(_identifier(grade, identifier)), number(grade.points), feedback(grade)] for grade in known]
    notes = unmatched(book, known, (), lacking="e-mail address" if identifier == "Email address" else identifier)
    if book.rule.most > 100:
        notes.append(f"Moodle refuses grades above the maximum of the item: this rule gives up to {book.rule.most:g}")
    return Exported(content=written(rows), notes=tuple(notes), column=title)


def worksheet(book: Gradebook, *, template: bytes | None, column: str | None) -> Exported:
    """The worksheet of an assignment, filled in.

    Parameters
    ----------
    book
        What to write.
    template
        The worksheet as Moodle gave it.
    column
        How its column of grades is called, where that is not known.

    Raises
    ------
    UsageError
        E014 if there is none, if it is none, or if the grades do not fit into it.
    """
    if template is None:
        raise UsageError(_no_template())
    text, encoding = _kept(template)
    separator = max(_SEPARATORS, key=text.partition("\n")[0].count)
    records = _split(text, separator)
    header = [cell.text.strip("\ufeff ").casefold() for cell in records[0]] if records else []
    at = _Columns.found(header, column)
    found: list[Grade] = []
    strangers: list[str] = []
    too_low: list[str] = []
    kept: list[str] = []
    for cells in records[1:]:
        match = matched(book.grades, at.keys(cells), ("Identifier", "email", "name"))
        if match is None:
            strangers += [at.keys(cells)["name"]] if len(cells) > at.grade else []
            continue
        grade = match[0]
        found.append(grade)
        if at.is_closed(cells):
            kept.append(grade.entrant.name)
            continue
        if grade.points is not None and grade.points > at.most_of(cells):
            too_low.append(grade.entrant.name)
        _fill(cells, at, grade, separator)
    if too_low:
        raise UsageError(_too_many_points(book.rule.most, too_low))
    notes = [f"filled in {len(found) - len(kept)} of {len(records) - 1} rows", *unmatched(book, found, strangers)]
    if kept:
        notes.append(f"Moodle says that these can't be changed, they are as they were: {', '.join(kept)}")
    content = "".join(cell.raw + cell.end for cells in records for cell in cells).encode(encoding)
    return Exported(content=content, notes=tuple(notes), column=records[0][at.grade].text)


@dataclass(slots=True)
class _Cell:
    """A cell with its bytes as they stood: quotes and all, and what ends it (a separator, a line's end, or nothing)."""

    raw: str
    end: str

    @property
    def text(self) -> str:
        bare = self.raw.strip("\ufeff")
        return bare[1:-1].replace('""', '"') if _CELL.fullmatch(bare) else bare


@dataclass(frozen=True, slots=True, kw_only=True)
class _Columns:
    """Where in a worksheet things stand; -1 where they do not."""

    grade: int
    feedback: int
    email: int
    name: int
    most: int
    changeable: int

    @classmethod
    def found(cls, header: Sequence[str], column: str | None) -> _Columns:
        def where(names: Sequence[str]) -> int:
            return next((place for place, cell in enumerate(header) if cell in names), -1)

        grade = where([column.casefold()] if column else _GRADE)
        if grade < 0 or (where(_EMAIL) < 0 and where(_NAME) < 0):
            raise UsageError(_no_worksheet(header))
        return cls(
            grade=grade,
            feedback=where(_FEEDBACK),
            email=where(_EMAIL),
            name=where(_NAME),
            most=where(_MOST),
            changeable=where(_CHANGEABLE),
        )

    def keys(self, cells: Sequence[_Cell]) -> dict[str, str]:
        """What tells whose row it is."""
        return {"Identifier": _at(cells, 0), "email": _at(cells, self.email), "name": _at(cells, self.name)}

    def most_of(self, cells: Sequence[_Cell]) -> float:
        try:
            return float(_at(cells, self.most).replace(",", "."))
        except ValueError:
            return float("inf")

    def is_closed(self, cells: Sequence[_Cell]) -> bool:
        return _at(cells, self.changeable).casefold() == "no"


def _at(cells: Sequence[_Cell], place: int) -> str:
    return cells[place].text if 0 <= place < len(cells) else ""


def _fill(cells: list[_Cell], at: _Columns, grade: Grade, separator: str) -> None:
    """Write a grade and its remark; a row without a grade stays as it was."""
    if grade.points is None or len(cells) <= at.grade:
        return
    comma = "," in cells[at.grade].text and separator != ","  # a worksheet of a language that writes 87,50
    cells[at.grade].raw = number(grade.points).replace(".", "," if comma else ".")
    if 0 <= at.feedback < len(cells) and not cells[at.feedback].text:
        cells[at.feedback].raw = f'"{feedback(grade)}"'


def _kept(data: bytes) -> tuple[str, str]:
    """The text with its byte order mark, so that all comes back as it was."""
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            return data[: len(data) // 2 * 2].decode(encoding, errors="surrogatepass"), encoding
    try:
        return data.decode(), "utf-8"
    except UnicodeDecodeError:
        return data.decode("latin-1"), "latin-1"


def _split(text: str, separator: str) -> list[list[_Cell]]:
    """The cells of each record; written one after the other they are the text."""
    pattern = re.compile(rf'(\ufeff?"(?:[^"]|"")*"|[^{separator}\r\n]*)({separator}|\r?\n|\Z)')
    records: list[list[_Cell]] = []
    place, cells = 0, []
    while place < len(text):
        match = pattern.match(text, place)
        if match is None:
            raise UsageError(_no_worksheet([text[place : place + 40]]))
        cells.append(_Cell(raw=match[1], end=match[2]))
        place = match.end()
        if match[2] != separator:
            records.append(cells)
            cells = []
    return [*records, cells] if cells else records


def _identifier(grade: Grade, name: str) -> str:
    return grade.entrant.email if name == "Email address" else grade.entrant.external.get(name, "")


def _no_template() -> Problem:
    return Problem(
        code="E014",
        message="a worksheet of Moodle can only be filled in: the numbers in it can't be known otherwise",
        fix="in Moodle: the assignment, View all submissions, Download grading worksheet; then   --template FILE",
    )


def _no_worksheet(header: Sequence[str]) -> Problem:
    return Problem(
        code="E014",
        message="the template is no grading worksheet of Moodle, or its language is not known here",
        expected="Identifier, Full name, Email address, Status, Grade, …",
        got=", ".join(header)[:120],
        fix="--column NAME   says how its column of grades is called",
    )


def _too_many_points(most: float, names: Sequence[str]) -> Problem:
    return Problem(
        code="E014",
        message=f"the rule gives up to {most:g} points, more than the worksheet allows: {', '.join(names)}",
        fix="a rule with fewer points, or another maximum grade in Moodle",
    )
