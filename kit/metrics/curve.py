"""Positive and negative rows in the order of their scores: what the area and the average precision are counted from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kit.metrics.base import Array, FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curve:
    """How much of each class lies at or below each distinct score.

    Parameters
    ----------
    order
        Row indices by ascending score, shape (n,).
    n_rows
        How many rows have each distinct score, ascending, shape (n_distinct,).
    positives, negatives
        Sums of the weights of the rows at or below each distinct score, shape (n_distinct,). int64 where there are no
        weights, or whole ones.
    """

    order: Array
    n_rows: Array
    positives: Array
    negatives: Array

    def twice_wins(self) -> Array:
        """Twice the weight of the pairs with the positive row above, those that are tied counting once."""
        below = self.negatives - _steps(self.negatives)
        return np.asarray((_steps(self.positives) * (self.negatives + below)).sum())

    def shares(self) -> tuple[FloatArray, FloatArray]:
        """Of each row: the share of negatives below it, and of positives above it, a tie counting one half."""
        below = (self.negatives - _steps(self.negatives) / 2) / self.negatives[-1]
        above = 1 - (self.positives - _steps(self.positives) / 2) / self.positives[-1]
        return self.of_rows(below), self.of_rows(above)

    def of_rows(self, values: FloatArray) -> FloatArray:
        """What belongs to each distinct score, for each row."""
        rows = np.empty(len(self.order))
        rows[self.order] = values if len(values) == len(rows) else np.repeat(values, self.n_rows)
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
    last = np.flatnonzero(is_last)
    if sample_weight is None:
        positives = np.cumsum(positive, dtype=np.int64)
        positives = positives if len(last) == len(order) else positives.take(last)
        negatives = last + 1 - positives
    else:
        weights = np.asarray(sample_weight)[order]
        weights = weights if weights.dtype.kind in "iub" else weights.astype(np.float64)
        positives = np.cumsum(np.where(positive, weights, 0))[last]
        negatives = np.cumsum(np.where(positive, 0, weights))[last]
    return Curve(order=order, n_rows=np.diff(last, prepend=-1), positives=positives, negatives=negatives)


def _steps(cumulative: Array) -> Array:
    return np.diff(cumulative, prepend=0)
