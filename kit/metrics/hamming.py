"""Hamming loss: the share of labels that are wrong."""

from __future__ import annotations

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric, mean
from kit.metrics.classes import same_shape


def hamming() -> Metric:
    """The share of labels that are wrong.

    Returns
    -------
    Metric
        From 0, which is perfect, to 1; smaller is better. A share.

    Notes
    -----
    Of several labels a row, the share of the cells where 0 and 1 are not as in the solution; a label that nobody has,
    rightly left out, is right too. Where a row has one label it is 1 - accuracy. A submission holds 0 and 1 for each
    label, or ``id,label``.

    References
    ----------
    R. E. Schapire, Y. Singer, "Improved boosting algorithms using confidence-rated predictions", Machine Learning 37
    (1999), p. 297; scikit-learn, ``hamming_loss``.

    Examples
    --------
    >>> hamming().value(np.array([[0, 1], [1, 1]]), np.array([[0, 1], [1, 0]]))
    0.25
    """
    return Metric(
        name="hamming",
        summary="Of all labels of all rows, what share is wrong?",
        greater_is_better=False,
        needs="labels",
        best=0.0,
        worst=1.0,
        unit="share",
        interval="bootstrap",
        source="R. E. Schapire, Y. Singer, Machine Learning 37 (1999), p. 297",
        has_columns=True,
        terms=shares_wrong,
        combine=mean,
    )


def shares_wrong(y_true: Array, y_pred: Array) -> FloatArray:
    """The share of each row's labels that are wrong, shape (n_samples, 1)."""
    true, given = same_shape(y_true, y_pred)
    is_wrong = (true != given).reshape(len(true), -1)
    return np.asarray(is_wrong.mean(axis=1, keepdims=True))
