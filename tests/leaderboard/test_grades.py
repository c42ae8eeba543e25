from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import UsageError
from leaderboard.grades.book import Grade, Gradebook
from leaderboard.grades.canvas import canvas
from leaderboard.grades.moodle import moodle, worksheet
from leaderboard.grades.rule import Rule, points, read_rule
from leaderboard.grades.tables import COLUMNS, NBGRADER, as_rows, nbgrader, plain
from leaderboard.roster import read_roster
from leaderboard.sheets import safe
from leaderboard.store.people import Entrant

MARKS = {"baseline": (0.9, "logistic"), "reference": (0.98, "cnn")}
RULE = read_rule("60@baseline 100@reference", MARKS, greater_is_better=True)
CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Tiny (90311),Other (7)
    Points Possible,,,,,10,10
"Lovelace, Ada",4001,u1,ada@x.edu,"A, 1",,9
"Babbage, Charles",4002,,,A,,
"Stranger, A",4003,,,A,,
"Student, Test",4099,,abc,A,,
"""
WORKSHEET = (
    '\ufeffIdentifier,"Full name","Email address",Status,Grade,"Maximum Grade","Grade can be changed",'
    '"Last modified (submission)","Last modified (grade)","Feedback comments"\r\n'
    '"Participant 7","Ada Lovelace",ada@x.edu,"a, b",,100.00,Yes,-,"Monday, 1 June","x ""y"""\r\n'
    '"Participant 8","Charles Babbage",,"two\r\nlines",,100.00,Yes,-,-,\r\n'
    "Participant 9,Cy Young,cy@x.edu,,5,100.00,No,-,-,"
)


def entrant(number: int, name: str, email: str = "", **external: str) -> Entrant:
    columns = {key.replace("_", " "): cell for key, cell in external.items()}
    return Entrant(id=number, name=name, email=email, team=f"t{number}", external=MappingProxyType(columns))


ADA = entrant(1, "Ada Lovelace", "ada@x.edu", ID="4001", Student="Lovelace, Ada", Section="A")
CHARLES = entrant(2, "Charles Babbage", ID="4002", Student="Babbage, Charles", Section="A")
CY = entrant(3, "Cy Young", "cy@x.edu")


def book(*people: Entrant, points: float | None = 87.5, rule: Rule = RULE) -> Gradebook:
    """Of everybody but the last, who has no submission."""
    with_grade: dict[str, Any] = {
        "public": 0.95,
        "private": 0.955,
        "rank": 1,
        "n_tied": 0,
        "n_submissions": 2,
        "points": points,
    }
    grades = [Grade(entrant=one, team=one.team, **with_grade) for one in people[:-1]]
    grades.append(Grade(entrant=people[-1], team=people[-1].team))
    return Gradebook(competition="tiny", title="Tiny", rule=rule, part="private", grades=tuple(grades), closes=0.0)


def rows_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


def given_for(text: str, score: float, known: Any = MARKS, *, rank: int = 1, up: bool = True) -> float:
    rule = read_rule(text, known, greater_is_better=up)
    return round(points(rule, score, rank=rank, n_teams=5, greater_is_better=up), 6)


def test_points_lie_on_straight_lines_between_the_marks() -> None:
    text = "60@baseline 100@reference"
    assert [given_for(text, x) for x in (0.9, 0.94, 0.98, 1.0)] == [60, 80, 100, 100]
    assert [given_for(text, x) for x in (0.88, 0.5)] == [50, 0]


def test_marks_of_an_error_are_better_the_lower_they_are() -> None:
    assert [given_for("60@2.0 100@1.0", x, up=False) for x in (3.5, 2.0, 1.5, 0.5)] == [0, 60, 80, 100]


def test_a_mark_can_be_a_share_or_a_number() -> None:
    assert given_for("0@50% 100@1", 0.75) == 50


def test_steps_give_the_points_of_the_last_mark_that_was_reached() -> None:
    assert [given_for("steps 50@0.9 100@0.95", x) for x in (0.89, 0.9, 0.949, 0.95)] == [0, 50, 50, 100]


def test_places_are_graded_in_equal_steps() -> None:
    assert [given_for("rank 100 60", 0.0, rank=rank) for rank in (1, 3, 5)] == [100, 80, 60]


@pytest.mark.parametrize(
    "text", ["", "60", "60@", "60@baseline", "60@x 100@y", "100@0.9 60@0.98", "60@0.9 100@0.9", "rank 50 100", "rank 1"]
)
def test_what_is_no_rule_is_told_so(text: str) -> None:
    with pytest.raises(UsageError, match="E002"):
        read_rule(text, MARKS, greater_is_better=True)


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 50)), min_size=2, max_size=5), st.booleans(), st.data())
def test_a_better_score_never_has_fewer_points(marks: list[tuple[int, int]], up: bool, data: st.DataObject) -> None:
    given_points = sorted(points for points, _ in marks)
    at = sorted({score for _, score in marks}, reverse=not up)
    if len(at) < 2:
        return
    text = " ".join(f"{given_points[n]}@{score}" for n, score in enumerate(at))
    rule = read_rule(text, {}, greater_is_better=up)
    x, y = sorted(data.draw(st.lists(st.floats(-9, 60), min_size=2, max_size=2)), reverse=not up)
    low, high = (points(rule, z, rank=1, n_teams=1, greater_is_better=up) for z in (x, y))
    assert 0 <= low <= high + 1e-9
    assert high <= rule.most + 1e-9


def test_canvas_gets_its_own_columns_back_with_one_of_grades() -> None:
    exported = canvas(book(ADA, CHARLES), template=CANVAS.encode(), column=None)
    rows = rows_of(exported.content)
    assert rows[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Tiny (90311)"]
    assert rows[1] == ["    Points Possible", "", "", "", "", "100"]
    assert rows[2] == ["Lovelace, Ada", "4001", "u1", "ada@x.edu", "A, 1", "87.5"]
    assert [row[5] for row in rows[3:]] == ["", "", ""]
    assert "matched 2 of 3 rows" in exported.notes[0]
    assert "Stranger, A" in exported.notes[1]


def test_what_canvas_gets_can_be_read_as_what_it_wrote() -> None:
    exported = canvas(book(ADA, CHARLES), template=CANVAS.encode(), column=None)
    found = read_roster(exported.content, name="back")
    assert (found.source, [row.external["ID"] for row in found.rows]) == ("canvas", ["4001", "4002", "4003"])


def test_canvas_finds_students_by_sis_ids_login_or_name() -> None:
    by_login, by_name = entrant(1, "A", "ada@x.edu"), entrant(2, "Charles Babbage")
    rows = rows_of(canvas(book(by_login, by_name, CY), template=CANVAS.encode(), column=None).content)
    assert [row[5] for row in rows[2:4]] == ["87.5", "87.5"]


def test_an_unknown_title_is_told_because_canvas_makes_an_assignment_of_it() -> None:
    exported = canvas(book(ADA, CHARLES), template=CANVAS.encode(), column="New one")
    assert "new assignment" in exported.notes[-1]
    assert rows_of(exported.content)[0][-1] == "New one"


def test_a_template_with_semicolons_and_a_mark_stays_so() -> None:
    template = "\ufeffStudent;ID;Section\r\nLovelace, Ada;4001;A\r\n".encode()
    content = canvas(book(ADA, CHARLES), template=template, column=None).content
    assert (
        content.decode()
        == "\ufeffStudent;ID;Section;Tiny\r\n    Points Possible;;;100\r\nLovelace, Ada;4001;A;87.5\r\n"
    )


def test_without_a_template_canvas_gets_what_the_roster_kept() -> None:
    rows = rows_of(canvas(book(ADA, CY), template=None, column=None).content)
    assert rows[0] == ["Student", "ID", "Section", "Tiny"]
    assert rows[1:] == [["    Points Possible", "", "", "100"], ["Lovelace, Ada", "4001", "A", "87.5"]]


def test_moodle_gets_nobody_that_it_could_not_find() -> None:
    exported = moodle(book(ADA, CHARLES, CY), template=None, column=None)
    rows = rows_of(exported.content)
    assert [row[:2] for row in rows] == [["Email address", "Tiny"], ["ada@x.edu", "87.5"], ["cy@x.edu", ""]]
    assert exported.notes[0].endswith("(the roster has no e-mail address of theirs): Charles Babbage")


def test_moodle_gets_no_remark_without_a_grade() -> None:
    rows = rows_of(moodle(book(ADA, CY), template=None, column=None).content)
    assert (rows[1][2] != "", rows[2][2]) == (True, "")


def test_a_worksheet_is_filled_in_and_kept_byte_for_byte() -> None:
    exported = worksheet(book(ADA, CHARLES, CY), template=WORKSHEET.encode(), column=None)
    expected = WORKSHEET.replace('"a, b",,100', '"a, b",87.5,100').replace('lines",,100', 'lines",87.5,100')
    expected = expected.replace("Yes,-,-,\r\n", 'Yes,-,-,"rank 1, 2 scored submissions"\r\n')
    assert exported.content == expected.encode()
    assert "Cy Young" in exported.notes[-1]


@given(st.text(alphabet='ab,;"\n\r é', max_size=40))
def test_a_worksheet_without_grades_comes_back_as_it_was(text: str) -> None:
    template = WORKSHEET.replace("two\r\nlines", text.replace('"', '""'))
    assert (
        worksheet(book(ADA, CHARLES, points=None), template=template.encode(), column=None).content == template.encode()
    )


def test_a_worksheet_in_utf_16_stays_in_it() -> None:
    template = WORKSHEET.encode("utf-16-le")
    content = worksheet(book(ADA, CHARLES), template=template, column=None).content
    assert content.decode("utf-16-le").startswith("\ufeffIdentifier")


def test_a_localised_worksheet_is_known_by_its_own_words() -> None:
    german = "Identifier;Vollständiger Name;E-Mail-Adresse;Bewertung\nTeilnehmer 7;Ada Lovelace;ada@x.edu;\n"
    content = worksheet(book(ADA, CY), template=german.encode(), column=None).content
    assert content.decode().endswith("ada@x.edu;87.5\n")
    klingon = german.replace("Bewertung", "mIw")
    assert b"87.5" in worksheet(book(ADA, CY), template=klingon.encode(), column="mIw").content


def test_more_points_than_a_worksheet_allows_are_refused() -> None:
    with pytest.raises(UsageError, match="E014"):
        worksheet(book(ADA, CHARLES, points=120.0), template=WORKSHEET.encode(), column=None)


@pytest.mark.parametrize("form", [canvas, worksheet])
@pytest.mark.parametrize("template", [b"a,b\n1,2\n", b"Student,Name\n", b'"\n'])
def test_what_is_no_template_is_told_so(form: Callable[..., Any], template: bytes) -> None:
    with pytest.raises(UsageError, match="E014"):
        form(book(ADA, CHARLES), template=template, column=None)


@pytest.mark.parametrize(("form", "people"), [(canvas, (CY, CY)), (moodle, (CHARLES, CHARLES)), (worksheet, (ADA, CY))])
def test_what_can_not_be_written_without_a_template_is_told_so(
    form: Callable[..., Any], people: tuple[Entrant, ...]
) -> None:
    with pytest.raises(UsageError, match="E014"):
        form(book(*people), template=None, column=None)


def test_nbgrader_gets_its_columns_and_blanks_instead_of_zeros() -> None:
    rows = rows_of(nbgrader(book(ADA, CY), template=None, column="ps1").content)
    assert rows[0] == list(NBGRADER)
    assert (rows[1][0], rows[1][4:7], rows[1][7:]) == (
        "ps1",
        ["Lovelace", "Ada", "ada@x.edu"],
        ["87.5", "0", "87.5", "100"],
    )
    assert rows[2][7:] == ["", "", "", "100"]


def test_the_plain_table_has_everything_and_blanks_where_there_is_nothing() -> None:
    rows = rows_of(plain(book(ADA, CY), template=None, column=None).content)
    assert rows[0] == list(COLUMNS)
    assert rows[2][5:9] == ["", "", "", ""]
    assert as_rows(book(ADA, CY))[1]["grade"] is None


@pytest.mark.parametrize("form", [canvas, moodle, nbgrader, plain])
def test_a_name_that_is_a_formula_stays_a_name(form: Callable[..., Any]) -> None:
    evil = entrant(1, "=HYPERLINK(1)", "=a@x", ID="@1", Student="=cmd|x", Section="+x", id="-x", Username="=u")
    for row in rows_of(form(book(evil, CY), template=None, column=None).content):
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row), row


@given(st.text())
def test_a_safe_cell_is_no_formula_and_loses_nothing(cell: str) -> None:
    assert safe(cell).replace("'", "").endswith(cell.replace("'", ""))
    assert safe(cell)[:1] not in ("=", "@", "\t", "\r")


@given(st.text("a;\t=+-@1' "))
def test_no_cell_begins_with_a_formula_where_semicolons_part_them(cell: str) -> None:
    assert not any(part.startswith(("=", "+", "-", "@")) for part in re.split("[;\t]", safe(cell))[1:])


@pytest.mark.slow
def test_a_class_is_graded_from_the_command_line(kit: Callable[..., Any], workspace: Path) -> None:
    (workspace / "r.csv").write_text("name,email\nAda,ada@x\nBen,ben@x\n")
    assert kit("roster", "add", "r.csv").returncode == 0
    solution = (workspace / ".kit/prepared/digits/private/solution.csv").read_text().splitlines()
    answers = ["id,label", *(",".join(line.split(",")[:2]) for line in solution[1:])]
    (workspace / "a.csv").write_text("\n".join(answers) + "\n")
    assert kit("submit", "a.csv", "--team", "Ada").returncode == 0
    assert "E402" in kit("export", "grades", "--practice").stderr
    assert kit("reveal", "digits", "--yes").returncode == 0
    assert "--practice" in kit("export", "grades").stderr
    assert "1 without" in kit("export", "grades", "--practice").stdout
    assert (workspace / "grades-digits-plain.csv").read_text().splitlines()[1].endswith(",100.0")
    assert "E008" in kit("export", "grades", "--practice").stderr
