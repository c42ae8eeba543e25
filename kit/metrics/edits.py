"""Edit distances: Levenshtein, and the word and character error rates that are made of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from functools import partial
from math import inf
from typing import Any, TypeAlias

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric, mean, quotient, ratio_of_sums
from kit.metrics.cells import names

Units: TypeAlias = Callable[[str], Sequence[str]]


def levenshtein(normalised: bool = False, nfc: bool = True) -> Metric:
    """Fewest edits that make the true text of the answer, averaged over the rows.

    Parameters
    ----------
    normalised
        Whether the edits of a row are divided by the length of the longer of its two texts: from 0 to 1 then.
    nfc
        Whether characters that look the same are the same: ``é`` in one code point, and as ``e`` with an accent after
        it (Unicode's normal form C).

    Returns
    -------
    Metric
        From 0, smaller is better; in characters, or without a unit where it is normalised.

    Notes
    -----
    An edit inserts, deletes or replaces one character, which is one Unicode code point. The score is the mean over the
    rows.

    A submission holds a text in each row: ``7,kitten``. Upper and lower case differ, and blanks count. A cell may be
    empty: then all characters of the other text are edits; normalised, that is 1, and two empty texts have 0.

    References
    ----------
    V. I. Levenshtein, "Binary Codes Capable of Correcting Deletions, Insertions and Reversals", Soviet Physics Doklady
    10 (1966).

    Examples
    --------
    Two letters are replaced, one is inserted:

    >>> levenshtein().value(np.array(["sitting"]), np.array(["kitten"]))
    3.0
    >>> levenshtein(normalised=True).value(np.array(["sitting"]), np.array(["kitten"])).__round__(4)
    0.4286
    """
    return Metric(
        name="levenshtein",
        summary="How much would one have to type to correct an answer?",
        greater_is_better=False,
        needs="text",
        best=0.0,
        worst=1.0 if normalised else inf,
        unit="value",
        interval="bootstrap",
        source="V. I. Levenshtein, Soviet Physics Doklady 10 (1966)",
        params={"normalised": normalised, "nfc": nfc},
        terms=partial(_per_row, normalised, nfc),
        combine=mean,
    )


def wer(nfc: bool = True) -> Metric:
    """Word error rate: edits of words in all rows together, by the number of words in the true texts.

    Parameters
    ----------
    nfc
        Whether characters that look the same are the same: ``é`` in one code point, and as ``e`` with an accent after
        it (Unicode's normal form C).

    Returns
    -------
    Metric
        From 0, smaller is better; shown in per cent. It exceeds 100 % where an answer has many words too many.

    Notes
    -----
    The fewest words to insert, delete or replace, summed over the rows, divided by the words of all true texts: long
    texts count more, and it is not the mean of the rows' rates.

    A submission holds a text in each row: ``7,"the cat sat"``. Words are parted by blanks, of which several are one;
    upper and lower case differ, and so do ``cat`` and ``cat,``. Where a true text is empty, all words of the answer are
    errors. If all of them were, there would be nothing to divide by: such a solution is refused.

    References
    ----------
    D. Jurafsky, J. H. Martin, *Speech and Language Processing*, 2nd ed., Prentice Hall 2009, section 9.8.

    Examples
    --------
    One of four words is wrong, and one is missing; nothing is wrong with the other row:

    >>> truth, answer = np.array(["the cat sat down", "yes"]), np.array(["the cow sat", "yes"])
    >>> wer().value(truth, answer)
    0.4
    """
    return Metric(
        name="wer",
        summary="How many of the words are wrong, missing or too many?",
        greater_is_better=False,
        needs="text",
        best=0.0,
        worst=inf,
        unit="share",
        interval="bootstrap",
        source="Jurafsky, Martin, Speech and Language Processing, 2nd ed., Prentice Hall 2009, section 9.8",
        params={"nfc": nfc},
        terms=partial(_edits_and_lengths, str.split, nfc),
        combine=ratio_of_sums,
        undefined=partial(_without_units, str.split),
    )


def cer(nfc: bool = True) -> Metric:
    """Character error rate: edits of characters in all rows together, by the number of characters in the true texts.

    Parameters
    ----------
    nfc
        Whether characters that look the same are the same: ``é`` in one code point, and as ``e`` with an accent after
        it (Unicode's normal form C).

    Returns
    -------
    Metric
        From 0, smaller is better; shown in per cent. It exceeds 100 % where an answer has many characters too many.

    Notes
    -----
    The fewest characters to insert, delete or replace, summed over the rows, divided by the characters of all true
    texts: long texts count more, and it is not the mean of the rows' rates. A character is a Unicode code point.

    A submission holds a text in each row: ``7,"the cat sat"``. Blanks count as characters, but not those at the ends
    of a text; upper and lower case differ. Where a true text is empty, all characters of the answer are errors. If all
    of them were, there would be nothing to divide by: such a solution is refused.

    References
    ----------
    A. C. Morris, V. Maier, P. Green, "From WER and RIL to MER and WIL", Interspeech 2004, for rates of summed edits.

    Examples
    --------
    >>> cer().value(np.array(["sitting", "cat"]), np.array(["kitten", "cat"]))
    0.3
    """
    return Metric(
        name="cer",
        summary="How many of the characters are wrong, missing or too many?",
        greater_is_better=False,
        needs="text",
        best=0.0,
        worst=inf,
        unit="share",
        interval="bootstrap",
        source="Morris, Maier, Green, From WER and RIL to MER and WIL, Interspeech 2004",
        params={"nfc": nfc},
        terms=partial(_edits_and_lengths, str.strip, nfc),
        combine=ratio_of_sums,
        undefined=partial(_without_units, str.strip),
    )


def _per_row(normalised: bool, nfc: bool, y_true: Array, y_pred: Array) -> FloatArray:
    """Edits of each row, shape (n_samples, 1)."""
    true, given = _texts(y_true, nfc), _texts(y_pred, nfc)
    edits = _distances(true, given)
    if normalised:
        longer = np.maximum(_lengths(true), _lengths(given))
        edits = quotient(edits, longer, otherwise=0.0)
    return edits[:, np.newaxis]


def _edits_and_lengths(units: Units, nfc: bool, y_true: Array, y_pred: Array) -> FloatArray:
    """Edits of each row, and the length of its true text, in units; shape (n_samples, 2)."""
    true, given = (list(map(units, _texts(column, nfc))) for column in (y_true, y_pred))
    return np.column_stack([_distances(true, given), _lengths(true)])


def _without_units(units: Units, y_true: Array) -> str | None:
    return None if any(map(units, _texts(y_true, nfc=False))) else "all texts are empty"


def _texts(column: Sequence[Any] | Array, nfc: bool) -> list[str]:
    """The cells as text: words in a list are parted by a blank, and an empty cell may have been read as NaN."""
    texts = [cell if isinstance(cell, str) else " ".join(names(cell)) for cell in column]
    return [unicodedata.normalize("NFC", text) for text in texts] if nfc else texts


def _lengths(texts: Sequence[Sequence[str]]) -> FloatArray:
    return np.fromiter(map(len, texts), np.float64, len(texts))


def _distances(true: Sequence[Sequence[str]], given: Sequence[Sequence[str]]) -> FloatArray:
    """Edits between each two sequences, shape (n_samples,)."""
    from rapidfuzz.distance.Levenshtein import distance

    return np.fromiter(map(distance, true, given), np.float64, len(true))
