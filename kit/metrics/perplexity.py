"""Perplexity and bits: how well a model of language expects what is written.

All three are of the whole corpus: surprises and lengths are summed over its rows first and divided once, so that a long
text counts more than a short one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import inf, log
from typing import Literal, TypeAlias

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric, ratio_of_sums

Solution: TypeAlias = Literal["texts", "lengths"]
_SMALLEST = 1e-15  # of a probability, as for log loss
_LARGEST = log(np.finfo(np.float64).max)  # exp of more is no number
_ROUNDING = 1e-6  # by which the logarithm of a probability may be above 0: sums of float32 are
_SOURCE = "C. E. Shannon, A mathematical theory of communication, Bell System Technical Journal 27 (1948), p. 379"


def perplexity() -> Metric:
    """Perplexity of a corpus.

    Returns
    -------
    Metric
        From 1, which is perfect, without end; smaller is better. Among how many tokens, all alike, one would be as
        unsure.

    Notes
    -----
    exp(-sum ln P / sum n): a submission holds for each row the natural logarithm of the probability of its text,
    ``id,logprob``, which is the sum over the tokens; the solution holds the number n of the tokens. This is not the
    mean of the perplexities of the rows. A logarithm above 0 is refused. In a notebook `y_pred` may hold probabilities
    instead, of shape (n_tokens, n_vocabulary) or (n_rows, n_tokens, n_vocabulary), and `y_true` the indices of the
    tokens; they are taken for at least 1e-15. Only models with the same tokens can be compared: `bits_per_byte` has no
    such limit.

    References
    ----------
    F. Jelinek, R. L. Mercer, L. R. Bahl, J. K. Baker, "Perplexity - a measure of the difficulty of speech recognition
    tasks", Journal of the Acoustical Society of America 62 (1977), p. S63.

    Examples
    --------
    >>> round(perplexity().value(np.array([3, 1]), np.log([1 / 8, 1 / 2])), 4)
    2.0
    >>> round(perplexity().value(np.array([0, 1]), np.array([[0.25, 0.75], [0.75, 0.25]])), 4)
    4.0
    """
    return Metric(
        name="perplexity",
        summary="Among how many tokens, all alike, would one be as unsure of the next as the model is?",
        greater_is_better=False,
        needs="values",
        best=1.0,
        worst=inf,
        unit="value",
        interval="bootstrap",
        has_columns=True,
        source="F. Jelinek et al., Journal of the Acoustical Society of America 62 (1977), p. S63",
        terms=_of_tokens,
        combine=_exponential,
        wrong=no_logarithm,
        undefined=_without_tokens,
    )


def bits_per_char(solution: Solution = "texts") -> Metric:
    """Bits per character that a model needs for a corpus.

    Parameters
    ----------
    solution
        What the solution holds for each row: ``texts``, the text; ``lengths``, its number of characters.

    Returns
    -------
    Metric
        From 0, which is perfect, without end; smaller is better. In bits per character.

    Notes
    -----
    -sum log2 P / sum of characters, which are Unicode code points of the text as it stands. A submission holds for each
    row the natural logarithm of the probability of its text: ``id,logprob``. One above 0 is refused. It is comparable
    across models with different tokens. Nobody can check such a file: where that matters, let plugins compete.

    References
    ----------
    C. E. Shannon, "Prediction and entropy of printed English", Bell System Technical Journal 30 (1951), p. 50;
    A. Graves, "Generating sequences with recurrent neural networks", arXiv 1308.0850 (2013), section 3.

    Examples
    --------
    >>> round(bits_per_char().value(np.array(["cab", "ü"], dtype=object), np.log([1 / 16, 1 / 16])), 4)
    2.0
    >>> round(bits_per_char("lengths").value(np.array([3, 1]), np.log([1 / 16, 1 / 16])), 4)
    2.0
    """
    return _bits("bits_per_char", "How many bits for a character does the model need to write the text?", solution, len)


def bits_per_byte(solution: Solution = "texts") -> Metric:
    """Bits per byte that a model needs for a corpus.

    Parameters
    ----------
    solution
        What the solution holds for each row: ``texts``, the text; ``lengths``, its number of bytes in UTF-8.

    Returns
    -------
    Metric
        From 0, which is perfect, without end; smaller is better. In bits per byte of UTF-8; 8 is no compression.

    Notes
    -----
    -sum log2 P / sum of bytes. A submission holds ``id,logprob``, as for `bits_per_char`, and what is said there holds
    here.

    References
    ----------
    L. Gao et al., "The Pile: an 800GB dataset of diverse text for language modeling", arXiv 2101.00027 (2020),
    section 3.1.

    Examples
    --------
    >>> round(bits_per_byte().value(np.array(["cab", "ü"], dtype=object), np.log([1 / 32, 1 / 32])), 4)
    2.0
    """
    return _bits("bits_per_byte", "How many bits for a byte does the model need to write the text?", solution, _n_bytes)


def no_logarithm(y_pred: Array) -> tuple[int, str] | None:
    """The first row that is not the logarithm of a probability, or of several columns no probability, and why.

    Examples
    --------
    >>> no_logarithm(np.array([-12.5, 0.25]))
    (1, 'the logarithm of a probability is above 0')
    """
    given = np.asarray(y_pred)
    if given.ndim == 1:
        wrong, why = given > _ROUNDING, "the logarithm of a probability is above 0"
    else:
        outside = (given < -_ROUNDING) | (given > 1 + _ROUNDING)
        wrong, why = np.asarray(outside.reshape(len(given), -1).any(axis=1)), "a probability is not between 0 and 1"
    return (int(wrong.argmax()), why) if wrong.any() else None


def _bits(name: str, summary: str, solution: Solution, length: Callable[[str], int]) -> Metric:
    lengths = partial(_lengths, length)
    return Metric(
        name=name,
        summary=summary,
        greater_is_better=False,
        needs="values",
        truth="text" if solution == "texts" else "values",
        best=0.0,
        worst=inf,
        unit="value",
        interval="bootstrap",
        source=_SOURCE,
        params={"solution": solution},
        terms=lambda y_true, y_pred: np.column_stack([_nats(y_pred) / log(2), lengths(y_true)]),
        combine=ratio_of_sums,
        wrong=no_logarithm,
        undefined=partial(_without_length, lengths),
    )


def _n_bytes(text: str) -> int:
    return len(text.encode())


def _lengths(length: Callable[[str], int], y_true: Array) -> FloatArray:
    """Numbers as they are, and of texts their lengths."""
    cells = np.asarray(y_true)
    if cells.dtype.kind in "biuf":
        return _counts(cells)
    return np.asarray([length(cell) if isinstance(cell, str) else cell for cell in cells], dtype=np.float64)


def _counts(y_true: Array) -> FloatArray:
    return np.asarray(y_true, dtype=np.float64)


def _nats(y_pred: Array) -> FloatArray:
    return np.asarray(np.maximum(-np.asarray(y_pred, dtype=np.float64), 0))


def _of_tokens(y_true: Array, y_pred: Array) -> FloatArray:
    """Surprise of each row in nats, and its number of tokens."""
    if np.ndim(y_pred) == 1:
        return np.column_stack([_nats(y_pred), _counts(y_true)])
    tokens = np.asarray(y_true, dtype=np.int64)[..., np.newaxis]
    if tokens.max(initial=0) >= np.shape(y_pred)[-1]:
        raise ValueError(f"a token is not in the vocabulary, which has {np.shape(y_pred)[-1]}, counted from 0")
    right = np.take_along_axis(np.asarray(y_pred, dtype=np.float64), tokens, axis=-1)
    surprises = -np.log(np.clip(right, _SMALLEST, 1)).reshape(len(tokens), -1)
    return np.column_stack([surprises.sum(axis=1), np.full(len(tokens), float(surprises.shape[1]))])


def _exponential(sums: FloatArray, total: FloatArray) -> FloatArray:
    return np.asarray(np.exp(np.minimum(ratio_of_sums(sums, total), _LARGEST)))


def _without_length(lengths: Callable[[Array], FloatArray], y_true: Array) -> str | None:
    found = lengths(y_true)
    if found.min() < 0:
        return "a length is negative"
    return None if found.sum() > 0 else "all rows are empty"


def _without_tokens(y_true: Array) -> str | None:
    """As for texts, but all may be 0: they are the indices of tokens where `y_pred` has columns."""
    return "a number of tokens is negative" if np.min(y_true) < 0 else None
