"""What a team may be called on the board, and which names look the same there.

Full-width and other forms of a letter are written as the letter (NFKC). Beyond them Unicode knows thousands of letters
that look like others; of these a board meets Cyrillic, Greek and Armenian ones among Latin ones. So no word mixes
alphabets, and a word that is all of one alphabet is compared by what it looks like. The whole table of Unicode's
technical standard 39 was not taken: it would be larger than this package, and calls ``1`` and ``l`` one letter.
"""

from __future__ import annotations

import re
import unicodedata

from kit.errors import Problem

MOST = 30  # characters
# What takes no room on a screen, though Python says that it can be printed.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
# No room either, but letters of Persian and Sinhala are joined and kept apart by these, and the parts of an emoji.
_JOINERS = re.compile(r"(?<=\S)[\u200c\u200d](?=\S)")
# Letters in lower case; the first of each pair is what the second looks like, small or as a capital.
_PAIRS = """
    aа bв cс dԁ eе hн hһ iі jј kк lӏ mм oо pр qԛ sѕ tт vѵ wԝ xх yу 3з
    aα bβ eε hη iι kκ mμ nν oο pρ tτ xχ yυ zζ jϳ hհ nո oօ uս aɑ gɡ iı jȷ
"""  # noqa: RUF001 - that they look alike is what this is about
_LOOKS = str.maketrans({pair[1]: pair[0] for pair in _PAIRS.split()})
# Written together in one word, or with any alphabet; the first word of the names of their letters.
_BESIDE_OTHERS = frozenset(
    ("CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC", "MODIFIER")
)


def tidied(nickname: str) -> str:
    """A nickname as it is kept: in the usual form of each letter, with single blanks, without what nobody sees."""
    return " ".join(_UNSEEN.sub("", unicodedata.normalize("NFKC", nickname)).split())


def look(name: str) -> str:
    """The same text for names that look the same on a board, in whatever case they are written.

    Examples
    --------
    >>> look("\N{CYRILLIC CAPITAL LETTER ES}opa") == look("COPA")
    True
    """
    text = "".join(letter for letter in tidied(name).casefold() if letter.isprintable())
    bare = unicodedata.normalize("NFKD", text)  # a letter looks like another below its accent, too
    return unicodedata.normalize("NFKC", bare.translate(_LOOKS))


def unprintable(text: str) -> str:
    """The first character of a text that no screen shows, as Unicode numbers it; empty where there is none.

    Examples
    --------
    >>> unprintable("Anna\N{ZERO WIDTH SPACE}King")
    'U+200B'
    """
    found = next((letter for letter in _JOINERS.sub("", text) if not letter.isprintable()), "")
    return f"U+{ord(found):04X}" if found else ""


def problem(nickname: str) -> Problem | None:
    """Why a tidied nickname can't stand on a board (E002); None where it can.

    Examples
    --------
    >>> found = problem("\N{CYRILLIC CAPITAL LETTER O}tter")
    >>> found.message.partition(" has ")[2]
    'letters of several alphabets: Cyrillic, Latin'
    """
    if len(nickname) > MOST:
        message = f"a name on the board has at most {MOST} characters"
        return Problem(code="E002", message=message, got=str(len(nickname)), fix="choose a shorter one")
    if hidden := unprintable(nickname):
        message = f"this name has {hidden} in it, which can't be printed"
        return Problem(code="E002", message=message, fix="type it anew: copied text brings such characters along")
    bare = "".join(letter for letter in nickname if not unicodedata.combining(letter))
    for word in re.findall(r"[^\W\d_]+", bare):
        if len(alphabets := _alphabets(word)) > 1:
            return Problem(
                code="E002",
                message=f"{word!r} has letters of several alphabets: {', '.join(alphabets)}",
                why="Letters of two alphabets can look the same, and then two teams would.",
                fix="write each word in one alphabet",
            )
    return None


def _alphabets(word: str) -> list[str]:
    """Of which alphabets a word has letters: the first word of a letter's name in Unicode tells."""
    found = {unicodedata.name(letter, "").partition(" ")[0] for letter in word}
    return sorted(name.capitalize() for name in found - _BESIDE_OTHERS)
