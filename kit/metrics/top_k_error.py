"""Top-k error: how often the right class is not among the k that are thought the likeliest."""

from __future__ import annotations

from functools import partial

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric, mean


def top_k_error(k: int = 2) -> Metric:
    """The share of rows whose class is not among the k with the highest scores.

    Parameters
    ----------
    k
        How many classes may be named, at least 1. From the number of classes on nothing is wrong.

    Raises
    ------
    ValueError
        If k is less than 1.

    Returns
    -------
    Metric
        From 0, which is perfect, to 1; smaller is better. A share.

    Notes
    -----
    mean [fewer than k classes are before the right one does not hold]. A submission holds a column for each class, any
    finite numbers: only the order in a row matters. Of classes with equal scores the one with the higher index is
    first, as in scikit-learn. Where there are two classes and one column, the second class is first above 0.5.

    References
    ----------
    O. Russakovsky et al., "ImageNet Large Scale Visual Recognition Challenge", International Journal of Computer
    Vision 115 (2015), p. 211; scikit-learn, ``top_k_accuracy_score`` (1 - this).

    Examples
    --------
    >>> scores = np.array([[0.5, 0.3, 0.2], [0.4, 0.5, 0.1], [0.2, 0.2, 0.6]])
    >>> top_k_error(k=1).value(np.array([0, 0, 1]), scores).__round__(4)
    0.6667
    >>> top_k_error(k=2).value(np.array([0, 0, 1]), scores)
    0.0
    """
    if k < 1:
        raise ValueError("k is how many classes may be named, 1 or more")
    return Metric(
        name="top_k_error",
        summary=f"How often is the right class not among the {k} likeliest?",
        greater_is_better=False,
        needs="probabilities",
        best=0.0,
        worst=1.0,
        unit="share",
        interval="wilson",
        source="O. Russakovsky et al., International Journal of Computer Vision 115 (2015), p. 211",
        params={"k": k},
        terms=partial(misses, k=k),
        combine=mean,
    )


def misses(y_true: Array, y_pred: Array, *, k: int) -> FloatArray:
    """1 for each row whose class is not among the first k, else 0: shape (n_samples, 1).

    Parameters
    ----------
    y_true : shape (n_samples,)
        Class indices.
    y_pred : shape (n_samples, n_classes), or (n_samples,) for P(classes[1])
        Scores.
    """
    true, scores = np.asarray(y_true).astype(np.int64), np.asarray(y_pred, dtype=np.float64)
    if scores.ndim == 1:
        scores = np.column_stack([0.5 >= scores, scores > 0.5]).astype(np.float64)  # noqa: SIM300 - the two columns
    of_true = np.take_along_axis(scores, true[:, np.newaxis], axis=1)
    is_later = np.arange(scores.shape[1]) > true[:, np.newaxis]
    n_before = ((scores > of_true) | ((scores == of_true) & is_later)).sum(axis=1)
    return np.asarray(n_before >= k, dtype=np.float64)[:, np.newaxis]
