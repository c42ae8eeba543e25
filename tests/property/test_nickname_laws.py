"""No two teams get names that look the same: whatever letters of other alphabets a name borrows."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.nickname import look, problem, tidied

# As they are seen; the first of each is the letter of the keyboard.
ALIKE = ("aаα", "cс", "eеε", "iіι", "oоοօ", "pрρ", "sѕ", "xхχ", "yуυ", "AАΑ", "BВΒ", "HНΗ", "KКΚ", "MМΜ", "TТΤ")  # noqa: RUF001
LETTERS = string.ascii_letters
UNSEEN = ("", "\u200b", "\u2060", "\u034f", "\u3164", "\ufe0f", "\u00ad", "\u2800")


def borrowed(letter: str) -> st.SearchStrategy[str]:
    """The letter, or another that looks like it, maybe with something behind it that nobody sees."""
    alike = next((group for group in ALIKE if letter == group[0]), letter)
    wide = chr(ord(letter) + 0xFEE0) if letter in LETTERS else letter
    return st.builds(str.__add__, st.sampled_from([*alike, wide]), st.sampled_from(UNSEEN))


@st.composite
def twins(draw: st.DrawFn) -> tuple[str, str]:
    """A name, and one that looks like it."""
    name = " ".join(draw(st.lists(st.text(LETTERS, min_size=1, max_size=8), min_size=1, max_size=3)))
    return name, "".join(draw(borrowed(letter)) for letter in name)


@given(twins())
def test_a_name_that_looks_like_another_is_the_same_or_is_refused(pair: tuple[str, str]) -> None:
    name, twin = pair
    assert look(twin) == look(name) or problem(tidied(twin)) is not None


@pytest.mark.parametrize("alike", ["Ёë", "їï", "Άá", "ό\N{LATIN SMALL LETTER O WITH ACUTE}"])
def test_letters_that_look_alike_do_so_below_an_accent(alike: str) -> None:
    assert len({look(letter) for letter in alike}) == 1


@given(st.text(max_size=40))
def test_a_name_that_is_kept_is_kept_as_it_is_and_looks_like_itself_in_capitals(name: str) -> None:
    kept = tidied(name)
    assert tidied(kept) == kept
    assert look(kept) == look(name)


@given(st.text(LETTERS, min_size=1), st.text(LETTERS, min_size=1))
def test_names_of_one_alphabet_look_the_same_in_any_case_and_no_others_do(one: str, other: str) -> None:
    assert (look(one) == look(other)) == (one.casefold() == other.casefold())
    assert problem(one[:30]) is None
