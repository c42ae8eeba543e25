"""Who is in the class, by files that a teacher has: a list of one's own, or an export of Canvas, Moodle or nbgrader."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

from kit.errors import Problem, UsageError
from leaderboard.nickname import look, problem, tidied, unprintable
from leaderboard.sheets import Record, Sheet, read_sheet
from leaderboard.store.people import ClassTeam, Entrant, NewEntrant

Source = Literal["canvas", "moodle", "moodle-worksheet", "nbgrader", "plain"]
SOURCES: Mapping[Source, str] = {
    "canvas": "a gradebook export of Canvas",
    "moodle": "a list of participants of Moodle",
    "moodle-worksheet": "a grading worksheet of Moodle",
    "nbgrader": "a list of students of nbgrader",
    "plain": "a plain list",
}
CANVAS_COLUMNS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Integration ID", "Root Account", "Section")
MAX_NAME = 100

# How the columns of Moodle are called in its translations; the first word is ours.
_MOODLE = {
    "first": "first name|vorname|имя|nombre|prénom|nome",
    "last": "last name|surname|nachname|фамилия|apellido(s)|apellidos|nom de famille|nom|cognome",
    "email": "email address|email|e-mail-adresse|адрес электронной почты|электронная почта|dirección de correo"
    "|dirección email|correo electrónico|adresse de courriel|adresse e-mail|indirizzo email",
    "ID number": "id number|id-nummer|идентификационный номер|индивидуальный номер|número de id"
    "|numéro d'identification|codice identificativo",
    "Username": "username|anmeldename|логин|nombre de usuario|nom d'utilisateur",
    "roles": "roles|rollen|роли|rôles|ruoli",
}
_PLAIN = {
    "name": "name|full name|student|student name|имя|фио|nombre|nom",
    "email": "email|e-mail|mail|email address|почта|correo",
    "nickname": "nickname|nick|ник",
    "team": "team|group|команда|группа|gruppe|equipo|grupo",
    "id": "id|student id|student_id|number|matriculation number|matrikelnummer",
}
_TEACHING = ("teacher", "lehrer", "trainer", "dozent", "учитель", "преподаватель", "profesor", "enseignant", "manager")


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterRow:
    """One person in a roster file.

    Parameters
    ----------
    line
        Where in the file.
    name, email, label, nickname
        As in `leaderboard.store.people.NewEntrant`.
    external
        Columns by which exports find the person again, under their English names.
    """

    line: int
    name: str
    email: str = ""
    label: str = ""
    nickname: str | None = None
    external: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterFile:
    """A roster file as it was read: what it was taken for, who is in it, and what was left out and why."""

    source: Source
    rows: tuple[RosterRow, ...]
    notes: tuple[str, ...] = ()


def read_roster(data: bytes, *, name: str) -> RosterFile:
    """Who is in a roster file.

    Raises
    ------
    UsageError
        E013, with every problem and its line.
    """
    sheet = read_sheet(data, name=name, code="E013")
    source, read = _recognised(sheet, name)
    rows: list[RosterRow] = []
    notes: list[str] = []
    problems: list[Problem] = []
    for record in sheet.records:
        extra = [cell for cell in record.cells[len(sheet.header.cells) :] if cell.strip()]
        if extra:
            problems.append(
                _on(record.line, f"has more cells than the header: {extra[0]!r}", "quote cells with commas")
            )
            continue
        found = read(
            {key.strip(): cell.strip() for key, cell in zip(sheet.header.cells, record.cells, strict=False)}, record
        )
        if isinstance(found, str):
            notes.append(found)
        else:
            rows.append(_single_blanks(found))
    problems += _problems(rows)
    if problems:
        raise _to_fix(name, sorted(problems, key=_line))
    if not rows:
        raise UsageError(Problem(code="E013", message=f"{name} has nobody in it", fix="export it anew"))
    return RosterFile(source=source, rows=tuple(rows), notes=tuple(notes))


def read_lines(text: str) -> RosterFile:
    """Who is in lines that were typed or pasted: a table with its header, or a name a line, with an address behind it.

    Raises
    ------
    UsageError
        E013, as `read_roster`.

    Examples
    --------
    >>> [(row.name, row.email) for row in read_lines("Lovelace, Ada; ada@x.edu").rows]
    [('Ada Lovelace', 'ada@x.edu')]
    """
    name, data = "what was typed", text.encode()
    try:
        _recognised(read_sheet(data, name=name, code="E013"), name)
    except UsageError:
        rows = tuple(_typed(n, line) for n, line in enumerate(text.splitlines(), start=1) if line.strip())
        if not rows:
            raise
        if problems := sorted([*_gaps(text), *_problems(rows)], key=_line):
            raise _to_fix(name, problems) from None
        return RosterFile(source="plain", rows=rows)
    return read_roster(data, name=name)


def _typed(n: int, line: str) -> RosterRow:
    """Who is on a line that was typed."""
    *cells, last = (cell.strip() for cell in _BETWEEN.split(line.strip()))
    email = last.strip("<>") if "@" in last else ""
    name = ", ".join(cell for cell in (*cells, "" if email else last) if cell)
    return _single_blanks(RosterRow(line=n, name=_first_last(name), email=email))


def _gaps(text: str) -> Iterator[Problem]:
    """Lines with nothing between two commas: cells of a table without its header, and no name to guess at."""
    for n, line in enumerate(text.splitlines(), start=1):
        cells = re.split("[,;\t]", line.strip(",; \t"))
        if any(cells) and not all(cell.strip() for cell in cells):
            yield _on(n, f"has an empty cell: {line.strip()[:60]}", "write   name, e-mail   or put a header above")


_BETWEEN = re.compile(r"[,;\t]| (?=<?\S+@\S+$)")

Reader = Callable[[Mapping[str, str], Record], "RosterRow | str"]


def _recognised(sheet: Sheet, name: str) -> tuple[Source, Reader]:
    """What a file is, by its header, and what reads its records: a row, or why it is left out."""
    header = [cell.strip() for cell in sheet.header.cells]
    if header[0] == "Student" and "ID" in header and "Section" in header:
        return "canvas", _of_canvas
    if {"first_name", "last_name", "email"} <= set(header):
        return "nbgrader", _of_nbgrader
    if {"Identifier", "Full name"} <= set(header):
        return "moodle-worksheet", _of_worksheet
    moodle = _columns(header, _MOODLE)
    if {"first", "last"} <= set(moodle):
        return "moodle", lambda cells, record: _of_moodle({k: cells.get(c, "") for k, c in moodle.items()}, record)
    plain = _columns(header, _PLAIN)
    if "name" in plain:
        return "plain", lambda cells, record: _of_plain({k: cells.get(c, "") for k, c in plain.items()}, record)
    raise UsageError(_unknown_header(sheet.header, name))


def _columns(header: Sequence[str], known: Mapping[str, str]) -> dict[str, str]:
    """Our word -> the column that has it by one of its names."""
    found = {}
    for ours, names in known.items():
        column = next(
            (
                cell
                for cell in header
                if cell.casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'") in names.split("|")
            ),
            None,
        )
        if column is not None:
            found[ours] = column
    return found


def _of_canvas(cells: Mapping[str, str], record: Record) -> RosterRow | str:
    student = cells.get("Student", "")
    if student == "Points Possible" or (not cells.get("ID") and not student):
        return f"line {record.line}: the points that are possible, nobody"
    if student == "Student, Test":
        return f"line {record.line}: Canvas's test student"
    if not cells.get("ID") and student.startswith(("Manual Posting", "Muted")):
        return f"line {record.line}: a remark of Canvas, nobody"
    login = cells.get("SIS Login ID", "")
    external = {column: cells[column] for column in CANVAS_COLUMNS if cells.get(column)}
    return RosterRow(
        line=record.line,
        name=_first_last(student),
        email=login if "@" in login else "",
        external=MappingProxyType(external),
    )


def _of_moodle(cells: Mapping[str, str], record: Record) -> RosterRow | str:
    name = f"{cells['first']} {cells['last']}".strip()
    roles = cells.get("roles", "").casefold()
    if any(word in roles for word in _TEACHING):
        return f"line {record.line}: {name} teaches ({cells['roles']})"
    external = {key: cells[key] for key in ("ID number", "Username") if cells.get(key)}
    return RosterRow(line=record.line, name=name, email=cells.get("email", ""), external=MappingProxyType(external))


def _of_worksheet(cells: Mapping[str, str], record: Record) -> RosterRow | str:
    external = {key: cells[key] for key in ("Identifier", "ID number", "Username") if cells.get(key)}
    email = cells.get("Email address", "")
    return RosterRow(line=record.line, name=cells["Full name"], email=email, external=MappingProxyType(external))


def _of_nbgrader(cells: Mapping[str, str], record: Record) -> RosterRow | str:
    student_id = cells.get("id") or cells.get("student_id", "")
    first, last = cells["first_name"], cells["last_name"]
    external = {"student_id": student_id, "first_name": first, "last_name": last}
    name = f"{first} {last}".strip() or student_id
    return RosterRow(
        line=record.line,
        name=name,
        email=cells["email"],
        external=MappingProxyType({key: cell for key, cell in external.items() if cell}),
    )


def _of_plain(cells: Mapping[str, str], record: Record) -> RosterRow | str:
    external = {"id": cells["id"]} if cells.get("id") else {}
    return RosterRow(
        line=record.line,
        name=_first_last(cells["name"]),
        email=cells.get("email", ""),
        label=cells.get("team", ""),
        nickname=tidied(cells.get("nickname", "")) or None,
        external=MappingProxyType(external),
    )


def _first_last(name: str) -> str:
    """``Lovelace, Ada`` as it is said."""
    last, comma, first = name.partition(",")
    return f"{first.strip()} {last.strip()}" if comma else name


def _single_blanks(row: RosterRow) -> RosterRow:
    """The row with a name as it is typed: spreadsheets and web pages put blanks of other kinds into it."""
    return replace(row, name=" ".join(row.name.split()))


def _problems(rows: Sequence[RosterRow]) -> Iterator[Problem]:
    """Everything about the rows that would make two people one, or one nobody."""
    for row in rows:
        if not row.name:
            yield _on(row.line, "has no name", "write a name, or remove the line")
        elif len(row.name) > MAX_NAME:
            yield _on(row.line, f"has a name of {len(row.name)} characters", f"at most {MAX_NAME}")
        elif hidden := unprintable(row.name):
            yield _on(row.line, f"has a name with {hidden} in it, which can't be printed", "type the name anew")
        if row.nickname and (wrong := problem(row.nickname)):
            yield _on(row.line, f"has a nickname that can't stand on the board: {wrong.message}", wrong.fix)
        if row.email and ("@" not in row.email or " " in row.email):
            yield _on(row.line, f"has {row.email!r} for an e-mail address", "write the address, or leave it blank")
    yield from _twice(rows, lambda row: row.email.casefold(), "the e-mail address")
    yield from _twice(rows, lambda row: row.external.get("ID") or row.external.get("id", ""), "the id")
    yield from _twice(rows, lambda row: "" if _keys(row) else row.name.casefold(), "the name")
    nicknames = {(look(row.nickname), row.label or str(row.line)): row for row in rows if row.nickname}
    yield from _twice(list(nicknames.values()), lambda row: look(row.nickname or ""), "the nickname")


def _twice(rows: Sequence[RosterRow], value: Callable[[RosterRow], str], what: str) -> Iterator[Problem]:
    count = Counter(value(row) for row in rows)
    first: dict[str, int] = {}
    for row in rows:
        seen = value(row)
        if seen and count[seen] > 1 and first.setdefault(seen, row.line) != row.line:
            message = f"has {what} of line {first[seen]}: {seen}"
            yield _on(row.line, message, "tell the two apart, or remove one")


def merged(row: RosterRow, known: Iterable[Entrant], teams: Mapping[str, ClassTeam]) -> NewEntrant | Entrant:
    """What becomes of a row: somebody new, somebody changed, or the entrant as it is.

    Parameters
    ----------
    row
        Of the file.
    known
        Who is on the roster, or was.
    teams
        Handle -> team.

    Notes
    -----
    The same person is who has the same id in a column, or the same address; where neither is told of one of the two,
    who has the same name and nothing that contradicts it. What the file does not tell stays as it was.
    """
    same = _same(row, list(known))
    if same is None:
        return NewEntrant(name=row.name, email=row.email, external=row.external, label=row.label, nickname=row.nickname)
    team = teams[same.team]
    new = NewEntrant(
        id=same.id,
        name=row.name,
        email=row.email or same.email,
        external=MappingProxyType({**same.external, **row.external}),
        label=row.label or team.label,
        nickname=None if team.nickname else row.nickname,  # what the team has chosen is its own
    )
    before = (same.name, same.email, dict(same.external), team.label, None, False)
    is_same = (new.name, new.email, dict(new.external), new.label, new.nickname, same.is_removed) == before
    return same if is_same else new


def _same(row: RosterRow, known: Sequence[Entrant]) -> Entrant | None:
    own = _keys(row)
    for one in known:
        if any(_keys(one).get(key) == value for key, value in own.items()):
            return one
    named = [one for one in known if one.name.casefold() == row.name.casefold() and not own.keys() & _keys(one).keys()]
    return named[0] if len(named) == 1 else None


def _keys(one: RosterRow | Entrant) -> dict[str, str]:
    """What tells a person from all others: ids by their column, and the address."""
    keys = {
        key: one.external[key].casefold()
        for key in ("ID", "SIS User ID", "id", "ID number", "Username", "student_id", "Identifier")
        if one.external.get(key)
    }
    return keys | ({"email": one.email.casefold()} if one.email else {})


def _on(line: int, message: str, fix: str) -> Problem:
    return Problem(code="E013", message=f"line {line} {message}", where=f"line {line}", fix=fix)


def _line(problem: Problem) -> int:
    return int(problem.where.removeprefix("line "))


def _to_fix(name: str, problems: Sequence[Problem]) -> UsageError:
    count = f"{len(problems)} things" if len(problems) > 1 else "1 thing"
    return UsageError(Problem(code="E013", message=f"{name}: {count} to fix", where=name), problems)


def _unknown_header(header: Record, name: str) -> Problem:
    return Problem(
        code="E013",
        message=f"{name} is no roster that is known here, by its line {header.line}",
        expected="a column   name   (and email, team, nickname, id), or an export of Canvas, Moodle or nbgrader",
        got=", ".join(cell.strip() for cell in header.cells)[:120],
        fix="write a line above the others:   name,email",
    )
