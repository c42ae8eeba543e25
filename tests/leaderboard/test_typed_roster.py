"""Students in lines that a teacher types or pastes."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.cli import run
from kit.errors import UsageError
from leaderboard.roster import read_lines


@pytest.mark.parametrize(
    ("line", "name", "email"),
    [
        ("Ada Lovelace", "Ada Lovelace", ""),
        ("Ada Lovelace, ada@x.edu", "Ada Lovelace", "ada@x.edu"),
        ("Ada Lovelace <ada@x.edu>", "Ada Lovelace", "ada@x.edu"),
        ("Lovelace, Ada; ada@x.edu", "Ada Lovelace", "ada@x.edu"),
        ("Ada Lovelace\tada@x.edu", "Ada Lovelace", "ada@x.edu"),
    ],
)
def test_a_line_is_a_name_and_perhaps_an_address(line: str, name: str, email: str) -> None:
    (row,) = read_lines(line).rows
    assert (row.name, row.email) == (name, email)


def test_lines_with_a_header_are_a_table() -> None:
    found = read_lines("name,email,team\nAda,ada@x.edu,Engines\nBen,,Engines\n")
    assert [(row.name, row.label) for row in found.rows] == [("Ada", "Engines"), ("Ben", "Engines")]


def test_what_is_wrong_is_told_with_its_line() -> None:
    with pytest.raises(UsageError) as caught:
        read_lines("Ada, ada@x.edu\n\nBen, ada@x.edu\nCy\nCy\n")
    assert [part.where for part in caught.value.parts] == ["line 3", "line 5"]
    with pytest.raises(UsageError, match="E013"):
        read_lines(" \n\n")


@pytest.mark.parametrize("line", ["broken,,,x", "Ada; ;ada@x.edu"])
def test_cells_without_a_header_are_no_name(line: str) -> None:
    with pytest.raises(UsageError, match="E013") as caught:
        read_lines(f"Ben\n{line}\n")
    assert [part.where for part in caught.value.parts] == ["line 2"]


def test_names_are_piped_in_as_they_are_typed_on_the_page(
    bare_workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("Dora Typed\r\nJosé, jose@x.es\r\n".encode())))
    assert run(["roster", "add", "-"]) == 0
    assert "2: Dora Typed, José" in capsys.readouterr().out


def test_a_name_where_a_file_belongs_is_told_how_to_put_it_on_the_roster(
    bare_workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["roster", "add", "Dora Typed"]) == 2
    assert 'echo "Dora Typed" | kit roster add -' in capsys.readouterr().err


@given(st.lists(st.text("abcxyz", min_size=1, max_size=9), min_size=1, max_size=9, unique=True))
def test_each_line_is_somebody(names: list[str]) -> None:
    lines = [f"{name} Example" for name in names]
    assert [row.name for row in read_lines("\n\n".join(lines)).rows] == lines
