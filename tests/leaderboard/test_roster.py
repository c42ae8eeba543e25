from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import RefusedError, UsageError
from leaderboard.classroom import Classroom
from leaderboard.roster import RosterFile, read_lines, read_roster
from leaderboard.store.sqlite import SqliteStore
from leaderboard.store.sqlite_people import SqlitePeople

CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Homework 1 (123)
    Points Possible,,,,,10.00
"Lovelace, Ada",4001,u1,ada@x.edu,A,9.00
"Babbage, Charles",4002,u2,charles,"A, B",
"Student, Test",4099,,abc123,A,
"""
MOODLE = "First name,Surname,Email address,Roles\nAda,Lovelace,ada@x.edu,Student\nGrace,Hopper,grace@x.edu,Teacher\n"
GERMAN = "Vorname;Nachname;E-Mail-Adresse;Gruppen\nJürgen;Groß;j@x.de;A\n"
RUSSIAN = "Имя\tФамилия\tАдрес электронной почты\nАнна\tПетрова\tanna@x.ru\n"  # noqa: RUF001 - it is Cyrillic
SPANISH = "Nombre,Apellido(s),Dirección de correo\nJosé,Núñez,jose@x.es\n"
WORKSHEET = "Identifier,Full name,Email address,Status,Grade\nParticipant 7,Ada Lovelace,ada@x.edu,No submission,\n"
NBGRADER = "id,first_name,last_name,email,lms_user_id\nada,Ada,Lovelace,ada@x.edu,\n"


def read(text: str, encoding: str = "utf-8") -> RosterFile:
    return read_roster(text.encode(encoding), name="roster.csv")


@pytest.fixture
def classroom(tmp_path: Path) -> Iterator[Classroom]:
    def no_competition(name: str) -> None:
        raise KeyError(name)

    with closing(SqliteStore(tmp_path / "board.sqlite", durable=False)) as store:
        yield Classroom(store, SqlitePeople(store.database), zone=None, competition=no_competition)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "source", "first"),
    [
        ("name,email\nAda Lovelace,ada@x.edu\n", "plain", ("Ada Lovelace", "ada@x.edu")),
        (CANVAS, "canvas", ("Ada Lovelace", "ada@x.edu")),
        (MOODLE, "moodle", ("Ada Lovelace", "ada@x.edu")),
        (GERMAN, "moodle", ("Jürgen Groß", "j@x.de")),
        (RUSSIAN, "moodle", ("Анна Петрова", "anna@x.ru")),
        (SPANISH, "moodle", ("José Núñez", "jose@x.es")),
        (WORKSHEET, "moodle-worksheet", ("Ada Lovelace", "ada@x.edu")),
        (NBGRADER, "nbgrader", ("Ada Lovelace", "ada@x.edu")),
    ],
)
def test_a_roster_is_recognised_by_its_header(text: str, source: str, first: tuple[str, str]) -> None:
    found = read(text)
    assert (found.source, (found.rows[0].name, found.rows[0].email)) == (source, first)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_a_roster_is_read_in_whatever_encoding_it_was_saved(encoding: str) -> None:
    assert read(GERMAN, encoding).rows[0].name == "Jürgen Groß"


def test_what_is_nobody_in_a_canvas_export_is_left_out_and_told() -> None:
    found = read(CANVAS)
    assert [row.name for row in found.rows] == ["Ada Lovelace", "Charles Babbage"]
    assert dict(found.rows[1].external)["Section"] == "A, B"
    assert [note.partition(":")[0] for note in found.notes] == ["line 2", "line 5"]


def test_who_teaches_is_no_student() -> None:
    assert [row.name for row in read(MOODLE).rows] == ["Ada Lovelace"]


def test_empty_lines_and_blanks_around_names_are_no_matter() -> None:
    found = read('\n\nname , email\n\n  Ada  ,\n;;\n"Hopper, Grace",g@x.edu\n,\n'.replace(";;\n", ""))
    assert [(row.line, row.name) for row in found.rows] == [(5, "Ada"), (6, "Grace Hopper")]


def test_every_problem_is_told_at_once_with_its_line() -> None:
    text = "name,email\nAda,a@x\n,b@x\nBen,a@x\nCy,cy at x\nDee,d@x,e\nEve,\nEve,\n"
    with pytest.raises(UsageError) as caught:
        read(text)
    assert caught.value.code == "E013"
    assert [part.where for part in caught.value.parts] == ["line 3", "line 4", "line 5", "line 6", "line 8"]


@pytest.mark.parametrize(
    "data", [b"", b"\n\n", b"PK\x03\x04rest", b"score\n1\n", b"name,email\n", b"name," + b"a" * 200_000]
)
def test_what_is_no_roster_is_told_so(data: bytes) -> None:
    with pytest.raises(UsageError, match="E013"):
        read_roster(data, name="x.csv")


@given(st.binary(max_size=300))
def test_whatever_a_file_holds_it_is_a_roster_or_told_so(data: bytes) -> None:
    with suppress(UsageError):  # any other error fails the test
        assert read_roster(data, name="x.csv").rows


def test_adding_again_brings_up_to_date_and_tells_what_changed(classroom: Classroom) -> None:
    first = classroom.add(read("name,email\nAda,ada@x\nBen,ben@x\n").rows)
    assert (first.added, first.changed, first.unchanged) == (("Ada", "Ben"), (), ())
    again = classroom.add(read("name,email\nAda L.,ada@x\nBen,ben@x\nCy,cy@x\n").rows)
    assert (again.added, again.changed, again.unchanged) == (("Cy",), ("Ada L.",), ("Ben",))


def test_an_export_adds_its_ids_to_whom_the_roster_knows_by_name_or_address(classroom: Classroom) -> None:
    classroom.add(read("name,email\nAda Lovelace,ada@x.edu\nCharles Babbage,\n").rows)
    handles = [one.team for one in classroom.people.entrants()]
    assert len(classroom.add(read(CANVAS).rows).changed) == 2
    assert [one.external["ID"] for one in classroom.people.entrants()] == ["4001", "4002"]
    assert [one.team for one in classroom.people.entrants()] == handles


def test_two_of_one_name_with_ids_of_their_own_are_two(classroom: Classroom) -> None:
    classroom.add(read("name,id\nAda,1\nAda,2\n").rows)
    assert len(classroom.people.entrants()) == 2
    with pytest.raises(UsageError, match="several"):
        classroom.entrant("ada")


def test_a_column_team_puts_several_into_one(classroom: Classroom) -> None:
    classroom.add(read("name,team\nAda,Red\nBen,Red\nCy,\n").rows)
    assert classroom.team("ada") == classroom.team("Red")
    assert sorted(classroom.names(real=True).values()) == ["Cy", "Red (Ada, Ben)"]


def test_a_nickname_of_the_file_is_taken_until_the_team_has_its_own(classroom: Classroom) -> None:
    classroom.add(read("name,nickname\nAda,Otter\n").rows)
    team = classroom.team("otter")
    classroom.set_nickname(team.handle, "Heron", actor="team")
    classroom.add(read("name,nickname\nAda,Otter\n").rows)
    assert classroom.team("Ada").public_name == "Heron"


def test_a_nickname_of_the_file_that_another_team_has_is_told(classroom: Classroom) -> None:
    classroom.add(read("name,nickname\nAda,Otter\n").rows)
    with pytest.raises(UsageError, match="E013"):
        classroom.add(read("name,nickname\nBen,otter\n").rows)


@pytest.mark.parametrize("before", ["", "Ben Smith,\n"])
def test_no_roster_calls_somebody_by_anothers_name(classroom: Classroom, before: str) -> None:
    if before:
        classroom.add(read(f"name,nickname\n{before}").rows)
    with pytest.raises(UsageError, match=r"E013.*Ben Smith is in the class, too"):
        classroom.add(read("name,nickname\nAda Jones,smith ben\nBen Smith,\n").rows)
    classroom.add(read("name,nickname,team\nAda Jones,Ben Smith,Red\nBen Smith,,Red\n").rows)


@pytest.mark.parametrize("nickname", ["Ben Smith", " ben  SMITH ", "Smith, Ben", "BenSmith", "\uff22en Smith", "otter"])
def test_nobody_is_called_by_anothers_name(classroom: Classroom, nickname: str) -> None:
    classroom.add(read("name,nickname\nAda Jones,\nBen Smith,Otter\n").rows)
    with pytest.raises(RefusedError) as caught:
        classroom.set_nickname(classroom.team("Ada Jones").handle, nickname, actor="team")
    assert caught.value.code == "E407"
    assert "is not free: somebody here is called so, or nearly so" in caught.value.problem.message


@pytest.mark.parametrize(
    ("nickname", "code"),
    [
        ("\N{CYRILLIC CAPITAL LETTER O}tter", "E002"),  # two alphabets in a word
        ("\N{CYRILLIC CAPITAL LETTER A}\N{CYRILLIC CAPITAL LETTER ES}\N{CYRILLIC CAPITAL LETTER IE}", "E407"),
        ("\uff21\uff43\uff45", "E407"),
        ("A\u200bce", "E002"),
        ("A\u200dce", "E407"),
        ("\u200d", "E002"),
        ("A\u034fce", "E407"),
        ("Ace\u3164", "E407"),
    ],
    ids=ascii,
)
def test_no_two_teams_look_the_same_on_the_board(classroom: Classroom, nickname: str, code: str) -> None:
    classroom.add(read("name,nickname\nAda Jones,\nBen Smith,Ace\n").rows)
    with pytest.raises((RefusedError, UsageError)) as caught:
        classroom.set_nickname(classroom.team("Ada Jones").handle, nickname, actor="team")
    assert caught.value.code == code
    with pytest.raises(UsageError, match="E013"):
        classroom.add(read(f"name,nickname\nAda Jones,{nickname}\n").rows)


@pytest.mark.parametrize(
    "name",
    [
        "Nguyễn Thị Ánh",
        "Işıl Çağlar",  # noqa: RUF001 - as it is written
        "O'Brien",
        "Zoë 2",
        "محمد 2",
        "山田 たろう",
        "Oʻktam",  # noqa: RUF001
        "علی\u200cرضا",  # noqa: RUF001
        "ප්\u200dරියා",
    ],
)
def test_a_real_name_stands_on_the_roster_and_on_the_board(classroom: Classroom, name: str) -> None:
    assert not classroom.add(read(f"name\n{name}\n").rows).changed
    classroom.set_nickname(classroom.people.entrants()[0].team, name, actor="team")
    assert classroom.names(real=False) == classroom.names(real=True)


def test_blanks_of_another_kind_in_a_name_are_those_that_one_types(classroom: Classroom) -> None:
    classroom.add(read("name\nAnna\N{NO-BREAK SPACE}King\n").rows)
    assert classroom.entrant("anna king").name == "Anna King"
    assert not classroom.add(read_lines("King,\N{NO-BREAK SPACE}Anna; anna@x.edu").rows).added


def test_of_a_character_that_nobody_can_see_it_is_told_which_it_is() -> None:
    with pytest.raises(UsageError) as caught:
        read("name\nAnna\N{ZERO WIDTH SPACE}King\n")
    assert [part.message for part in caught.value.parts] == [
        "line 2 has a name with U+200B in it, which can't be printed"
    ]


@pytest.mark.parametrize(
    "nickname",
    [
        "Наташа",
        "Team Волк",
        "東京タワー",
        "Tシャツ",
        "Équipe 7",
        "Ελλάδα",
        "C++",
        "\N{WOMAN}\u200d\N{PERSONAL COMPUTER} 2",
    ],
)
def test_a_name_in_any_alphabet_is_had(classroom: Classroom, nickname: str) -> None:
    classroom.add(read("name,nickname\nAda Jones,\nBen Smith,C#\n").rows)
    classroom.set_nickname(classroom.team("Ada Jones").handle, nickname, actor="team")
    assert classroom.team("Ada Jones").public_name == nickname


def test_a_team_may_be_called_by_its_own_name_even_where_another_is_called_the_same(classroom: Classroom) -> None:
    classroom.add(read("name,email\nAda Jones,a@x\nAda Jones,b@x\n").rows)
    first, _ = classroom.people.entrants()
    classroom.set_nickname(first.team, "ada jones", actor="team")
    assert classroom.team(first.team).public_name == "ada jones"


def test_who_comes_back_has_the_old_team(classroom: Classroom) -> None:
    classroom.add(read("name,email\nAda,ada@x\n").rows)
    one = classroom.entrant("Ada")
    classroom.people.remove(one.id, actor="host")
    assert classroom.add(read("name,email\nAda,ada@x\n").rows).changed == ("Ada",)
    assert classroom.entrant("ada@x").team == one.team


def test_an_unknown_name_gets_the_nearest_one(classroom: Classroom) -> None:
    classroom.add(read("name\nAda Lovelace\n").rows)
    with pytest.raises(UsageError) as caught:
        classroom.team("Ada Lovelase")
    assert "Ada Lovelace" in caught.value.problem.fix


def test_one_joins_with_the_code_under_a_name_that_is_free(classroom: Classroom) -> None:
    classroom.add(read("name\nAda\nBen\n").rows)
    ada, _ = classroom.people.entrants()
    code = classroom.word_code()
    assert code == classroom.word_code()
    token, kept = classroom.join(code.upper().replace("-", " "), ada.id, label="Firefox")
    found = classroom.bearer(token)
    assert found is not None
    assert (found.id, kept.team, token in kept.hash) == (kept.id, ada.team, False)
    for wrong, who in ((code, ada.id), ("quiet-otter-00", 2), ("", 2)):
        with pytest.raises(Exception, match="E407"):
            classroom.join(wrong, who, label="")
    assert classroom.word_code(anew=True) != code


def test_a_host_gets_in_once_with_a_code(classroom: Classroom) -> None:
    old, code = classroom.host_code(), classroom.host_code()
    assert classroom.host_token(old, label="") is None
    token = classroom.host_token(code, label="Firefox")
    assert token is not None
    assert classroom.host_token(code, label="") is None
    found = classroom.bearer(token)
    assert found is not None
    assert found.role == "host"
