"""Students in lines that a teacher types or pastes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


@given(st.lists(st.text("abcxyz", min_size=1, max_size=9), min_size=1, max_size=9, unique=True))
def test_each_line_is_somebody(names: list[str]) -> None:
    lines = [f"{name} Example" for name in names]
    assert [row.name for row in read_lines("\n\n".join(lines)).rows] == lines
