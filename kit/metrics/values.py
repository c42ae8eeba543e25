"""Values as the metrics of errors look at them."""

from __future__ import annotations

import numpy as np

from kit.metrics.base import Array, FloatArray

LARGEST_TERM = 1e290
"""What a row costs at most where the formula leaves the range of numbers: a sum of as many rows as there may be stays
finite, and so does the score."""

SMALLEST_DIVISOR = 1e-40
"""What is nearer to 0 is as good as 0 where a metric divides by it: its square times that of the largest value that a
submission may hold (1e100) is a number yet."""


def rows(y_true: Array, y_pred: Array) -> tuple[FloatArray, FloatArray]:
    """Truth and prediction of each row in float64, shape (n_samples,).

    Raises
    ------
    ValueError
        If they are not both of that shape. numpy would make a table of (n,) and (n, 1), and of it a wrong score.
    """
    true, pred = np.asarray(y_true, dtype=np.float64), np.asarray(y_pred, dtype=np.float64)
    if true.ndim != 1 or true.shape != pred.shape:
        raise ValueError(f"one value a row is wanted; y_true has the shape {true.shape} and y_pred {pred.shape}")
    return true, pred


def columns(y_true: Array, y_pred: Array) -> tuple[FloatArray, FloatArray]:
    """Truth and prediction of each row and column in float64, shape (n_samples, n_columns); one column may be 1-D.

    Raises
    ------
    ValueError
        If they are not of one shape.
    """
    true, pred = np.asarray(y_true, dtype=np.float64), np.asarray(y_pred, dtype=np.float64)
    if true.ndim not in (1, 2) or true.shape != pred.shape:
        raise ValueError(f"one shape is wanted; y_true has the shape {true.shape} and y_pred {pred.shape}")
    return (true, pred) if true.ndim == 2 else (true[:, np.newaxis], pred[:, np.newaxis])


def bounded(terms: FloatArray) -> FloatArray:
    """Terms that are not negative, where what overflowed costs `LARGEST_TERM`."""
    return np.asarray(np.minimum(np.nan_to_num(terms, nan=np.inf), LARGEST_TERM))
