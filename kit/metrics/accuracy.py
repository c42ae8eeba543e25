"""Accuracy: the share of rows that are right."""

from __future__ import annotations

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric, mean


def hits(y_true: Array, y_pred: Array) -> FloatArray:
    """1 for each row that is right, else 0.

    Parameters
    ----------
    y_true, y_pred : shape (n_samples,)
        Class indices. A label is right or wrong; no class is nearer to another.

    Returns
    -------
    shape (n_samples, 1)
        Their mean is the accuracy, a share from 0 to 1; greater is better.

    References
    ----------
    C. M. Bishop, *Pattern Recognition and Machine Learning*, Springer 2006, p. 39 (one minus the misclassification
    rate).

    Examples
    --------
    >>> float(hits(np.array([0, 1, 2, 2]), np.array([0, 1, 2, 1])).mean())
    0.75
    """
    return np.equal(y_true, y_pred).astype(np.float64)[:, np.newaxis]


ACCURACY = Metric(
    name="accuracy",
    summary="Of all rows, what share is right?",
    greater_is_better=True,
    needs="labels",
    best=1.0,
    worst=0.0,
    unit="share",
    interval="wilson",
    source="C. M. Bishop, Pattern Recognition and Machine Learning, Springer 2006, p. 39",
    terms=hits,
    combine=mean,
)
