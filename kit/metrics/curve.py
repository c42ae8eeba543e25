"""Positive and negative rows in the order of their scores: what the area and the average precision are counted from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from kit.metrics.base import Array, FloatArray

_PIECE = 2**15


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curve:
    """How much of each class lies at or below each distinct score.

    Parameters
    ----------
    order
        Row indices by ascending score, shape (n,).
    n_rows
        How many rows have each distinct score, ascending, shape (n_distinct,); None where all scores are distinct.
    positives, negatives
        Sums of the weights of the rows at or below each distinct score, shape (n_distinct,). int64 where there are no
        weights, or whole ones.
    """

    order: Array
    n_rows: Array | None
    positives: Array
    negatives: Array

    def twice_wins(self) -> Array:
        """Twice the weight of the pairs with the positive row above, those that are tied counting once."""
        below = self.negatives - _steps(self.negatives)
        return np.asarray((_steps(self.positives) * (self.negatives + below)).sum())

    def shares(self) -> tuple[FloatArray, FloatArray]:
        """Of each row: the share of negatives below it, and of positives above it, a tie counting one half."""
        of_rows = np.empty(len(self.order)), np.empty(len(self.order))
        for rows, below, above in self.pieces():
            of_rows[0][rows], of_rows[1][rows] = below, above
        return of_rows

    def pieces(self) -> Iterator[tuple[Array, FloatArray, FloatArray]]:
        """Some rows after others, and `shares` of them: to be given memory for all takes longer than to count."""
        begin = 0
        for a in range(0, len(self.positives), _PIECE):
            below = _middles(self.negatives, a) / self.negatives[-1]
            above = 1 - _middles(self.positives, a) / self.positives[-1]
            if self.n_rows is not None:
                n_rows = self.n_rows[a : a + _PIECE]
                below, above = np.repeat(below, n_rows), np.repeat(above, n_rows)
            yield self.order[begin : begin + len(below)], below, above
            begin += len(below)

    def of_rows(self, values: FloatArray) -> FloatArray:
        """What belongs to each distinct score, for each row."""
        rows = np.empty(len(self.order))
        rows[self.order] = values if self.n_rows is None else np.repeat(values, self.n_rows)
        return rows


def curve(is_positive: Array, scores: Array, sample_weight: Array | None = None) -> Curve:
    """The curve of some rows, at least one.

    Parameters
    ----------
    is_positive, scores, sample_weight : shape (n_samples,)
        Which rows are positive, how sure the answer was of it, and what each row counts.
    """
    order = np.argsort(scores)
    by_score, positive = scores.take(order), is_positive.take(order)
    is_last = np.append(by_score[1:] != by_score[:-1], True)
    if sample_weight is None:
        positives = np.cumsum(positive, dtype=np.int64)
        negatives = np.arange(1, len(positives) + 1)
        negatives -= positives
    else:
        weights = np.asarray(sample_weight)[order]
        weights = weights if weights.dtype.kind in "iub" else weights.astype(np.float64)
        positives = np.cumsum(np.where(positive, weights, 0))
        negatives = np.cumsum(np.where(positive, 0, weights))
    if is_last.all():
        return Curve(order=order, n_rows=None, positives=positives, negatives=negatives)
    last = np.flatnonzero(is_last)
    n_rows = np.diff(last, prepend=-1)
    return Curve(order=order, n_rows=n_rows, positives=positives.take(last), negatives=negatives.take(last))


def _middles(cumulative: Array, begin: int) -> FloatArray:
    """Half-way up each step of a piece."""
    piece = cumulative[begin : begin + _PIECE]
    return np.asarray(piece - np.diff(piece, prepend=cumulative[begin - 1] if begin else 0) / 2)


def _steps(cumulative: Array) -> Array:
    return np.diff(cumulative, prepend=0)
