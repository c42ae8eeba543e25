"""Pairs of submissions that are the same, or nearly: two to look at, never a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import combinations
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from kit.metrics.base import FloatArray

NEAR = 0.99
"""Residual rank correlation from which two submissions are shown.

A copy with noise, or on another scale, has 1.000; one that is blended with a tenth of another has 0.993. Of honest
models on three small data sets of scikit-learn, trees, neighbours and networks with other seeds reached 0.97 at most.
Linear models with nearly the same penalty reached 0.999: whoever fits the same line is shown.
"""
_FEWEST = 5  # distinct submissions from which "what all find hard" can be told
_MOST_CELLS = 20_000  # a correlation on so many is known to 0.007, and a hundred submissions take 16 MB


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two submissions that are the same, or nearly.

    Parameters
    ----------
    a, b
        Their places among those that were compared, ``a < b``.
    kind
        ``exact``: the same answer to every row. ``near``: numbers whose order departs from everybody's in the same way.
    likeness
        1 of an exact pair, else the residual rank correlation.
    """

    a: int
    b: int
    kind: Literal["exact", "near"]
    likeness: float


def similar(answers: Sequence[NDArray[Any]]) -> list[Pair]:
    """Pairs of submissions with the same answers, or with numbers in nearly the same order; the most alike first.

    Parameters
    ----------
    answers
        The predictions of each submission for the same rows in the same order, (n,) or (n, k): class indices, text, or
        floating-point numbers. Only numbers can be near: independently trained models share most of their wrong
        labels, so labels that agree say nothing unless all do.

    Notes
    -----
    Ranks of the rows in each submission, less their mean over all distinct submissions (what everybody finds large),
    normalised; their correlation is the likeness. Rank correlation without that step is useless: honest submissions
    have 0.85 with each other. Noise in the last digits, and any other scale, leave it at 1. Rankings that run against
    the others are turned round first: two honest teams that gave the probability of the other class would depart from
    everybody in the same way.
    """
    groups = _groups(answers)
    pairs = [Pair(a=a, b=b, kind="exact", likeness=1.0) for same in groups for a, b in combinations(same, 2)]
    if answers and all(one.dtype.kind == "f" for one in answers):
        ordered = [same for same in groups if _has_order(answers[same[0]])]
        pairs += _near(answers, ordered) if len(ordered) >= _FEWEST else []
    return sorted(pairs, key=lambda pair: (-pair.likeness, pair.kind, pair.a, pair.b))


def digest(answers: NDArray[Any]) -> bytes:
    """Of the answers themselves, whatever the file was like: 0.50 and .5 are the same number, 0 and -0 too."""
    if answers.dtype.kind in "biu":
        sort, cells = "labels", answers.astype("<i8").tobytes()
    elif answers.dtype.kind == "f":
        sort, cells = "numbers", (answers.astype("<f8") + 0.0).tobytes()
    else:
        sort, cells = "text", "".join(f"{len(cell)}:{cell}" for cell in map(str, answers.ravel().tolist())).encode()
    return blake2b(f"{sort} {answers.shape} ".encode() + cells, digest_size=16).digest()


def _groups(answers: Sequence[NDArray[Any]]) -> list[list[int]]:
    """Places of the submissions with the same answers, each submission in one group."""
    groups: dict[bytes, list[int]] = {}
    for place, one in enumerate(answers):
        groups.setdefault(digest(one), []).append(place)
    return list(groups.values())


def _has_order(answers: NDArray[Any]) -> bool:
    """False of a constant: it departs from what all find large as far as answers that are the wrong way round do."""
    return bool(np.any(answers != answers[:1]))


def _near(answers: Sequence[NDArray[Any]], groups: Sequence[Sequence[int]]) -> list[Pair]:
    """Every pair between two groups whose first members are alike."""
    n_columns = answers[0].size // max(1, len(answers[0]))
    rows = _some_rows(len(answers[0]), most=max(1000, _MOST_CELLS // max(1, n_columns)))
    residuals = np.stack([_ranked(answers[same[0]][rows]) for same in groups])
    residuals *= _directions(residuals)[:, np.newaxis]
    residuals -= residuals.mean(axis=0)
    lengths = np.linalg.norm(residuals, axis=1, keepdims=True)
    residuals /= np.where(lengths > 0, lengths, 1.0)
    likeness = np.clip(residuals @ residuals.T, -1.0, 1.0)
    return [
        Pair(a=min(a, b), b=max(a, b), kind="near", likeness=float(likeness[i, j]))
        for i, j in zip(*np.nonzero(np.triu(likeness >= NEAR, k=1)), strict=True)
        for a in groups[i]
        for b in groups[j]
    ]


def _directions(ranked: FloatArray) -> FloatArray:
    """1 or -1 of each ranking, so that all are turned to one side: with what they have most in common."""
    _, vectors = np.linalg.eigh(ranked @ ranked.T)  # not with their mean: half of them may be the other way round
    return np.where(vectors[:, -1] < 0, -1.0, 1.0)


def _some_rows(n: int, *, most: int) -> NDArray[np.intp]:
    """The same rows at every look, at most so many."""
    return np.arange(n) if n <= most else np.random.default_rng(0).choice(n, most, replace=False)


def _ranked(numbers: NDArray[Any]) -> FloatArray:
    """Mid-ranks of the numbers in each column, standardised, one column after the other; 0 of a constant column."""
    columns = numbers.reshape(len(numbers), -1).T
    ranked = []
    for column in columns:
        _, place, counts = np.unique(column, return_inverse=True, return_counts=True)
        ranks = (counts.cumsum() - (counts - 1) / 2)[place]
        spread = ranks.std()
        ranked.append((ranks - ranks.mean()) / (spread if spread > 0 else 1.0))
    return np.concatenate(ranked)
