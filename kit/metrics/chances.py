"""Probabilities and scores as the metrics of classes look at them."""

from __future__ import annotations

import numpy as np

from kit.metrics.base import Array, FloatArray


def rescaled(y_pred: FloatArray) -> FloatArray:
    """Rows divided by their sums; shape (n_samples, n_classes)."""
    return np.asarray(y_pred / y_pred.sum(axis=1, keepdims=True))


def as_columns(y_true: Array, y_pred: Array) -> tuple[Array, FloatArray]:
    """Each class or label as a question of its own: whether it is there, and how sure the answer is of it.

    Parameters
    ----------
    y_true : shape (n_samples,) or (n_samples, n_labels)
        Class indices; 0 and 1 where there is one column or there are several labels.
    y_pred : shape (n_samples,) or (n_samples, k)
        Of two classes that of the second; else a column for each class or label.

    Returns
    -------
    tuple of bool and float64 arrays, shape (n_samples, m)
        m = 1 for two classes, in whichever form they came.

    Raises
    ------
    ValueError
        If the shapes do not fit.

    Examples
    --------
    >>> as_columns(np.array([0, 2, 1]), np.eye(3))[0].astype(int).tolist()
    [[1, 0, 0], [0, 0, 1], [0, 1, 0]]
    """
    true, scores = np.asarray(y_true), np.asarray(y_pred, dtype=np.float64)
    if scores.ndim == 2 and scores.shape[1] <= 2 and true.ndim == 1:
        scores = scores[:, -1]
    if scores.ndim == 1 and true.ndim == 1 and len(scores) == len(true):
        return (true == 1)[:, np.newaxis], scores[:, np.newaxis]
    if true.ndim == 1 and scores.ndim == 2 and len(scores) == len(true):
        return true[:, np.newaxis] == np.arange(scores.shape[1]), scores
    if true.ndim == 2 and true.shape == scores.shape:
        return true == 1, scores
    raise ValueError(f"y_true has the shape {true.shape}, to which y_pred with {scores.shape} does not fit")
