"""Accuracy: the share of rows that are right."""

from __future__ import annotations

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric, mean
from kit.metrics.classes import same_shape


def accuracy() -> Metric:
    """The share of rows that are right.

    Returns
    -------
    Metric
        From 0 to 1, greater is better; a share.

    Notes
    -----
    mean [p = y]. A submission holds ``id,label``: a label is right or wrong, no class is nearer to another. Where a
    row has several labels it is right if all of them are (exact match). Labels that are text are compared after
    trimming blanks, letter by letter; of numbers 1 and 1.0 are the same.

    References
    ----------
    C. M. Bishop, *Pattern Recognition and Machine Learning*, Springer 2006, p. 39 (one minus the misclassification
    rate).

    Examples
    --------
    >>> accuracy().value(np.array([0, 1, 2, 2]), np.array([0, 1, 2, 1]))
    0.75
    >>> accuracy().value(np.array([[0, 1], [1, 1]]), np.array([[0, 1], [1, 0]]))
    0.5
    """
    return Metric(
        name="accuracy",
        summary="Of all rows, what share is right?",
        greater_is_better=True,
        needs="labels",
        best=1.0,
        worst=0.0,
        unit="share",
        interval="wilson",
        source="C. M. Bishop, Pattern Recognition and Machine Learning, Springer 2006, p. 39",
        has_columns=True,
        terms=hits,
        combine=mean,
    )


def hits(y_true: Array, y_pred: Array) -> FloatArray:
    """1 for each row that is right, else 0: shape (n_samples, 1).

    Parameters
    ----------
    y_true, y_pred : shape (n_samples,) or (n_samples, n_labels)
        Class indices, or of several labels a row 0 and 1.

    Raises
    ------
    ValueError
        If they are not of one shape.
    """
    true, given = same_shape(y_true, y_pred)
    is_right = _trimmed(true) == _trimmed(given) if "U" in _kinds(true, given) else true == given
    if is_right.ndim == 2:
        is_right = is_right.all(axis=1)
    return np.asarray(is_right, dtype=np.float64)[:, np.newaxis]


def _kinds(*arrays: Array) -> str:
    return "".join("U" if array.dtype.kind in "OUS" else array.dtype.kind for array in arrays)


def _trimmed(labels: Array) -> Array:
    return np.asarray(np.strings.strip(labels.astype(np.str_)))
