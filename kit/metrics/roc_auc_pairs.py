"""The area under the ROC curve of several classes, one against one (Hand and Till's M)."""

from __future__ import annotations

import numpy as np

from kit.metrics.base import Array, FloatArray
from kit.metrics.curve import curve


def area_of_pairs(
    y_true: Array, y_pred: Array, sample_weight: Array | None, average: str, skip_undefined: bool
) -> float:
    """The mean of A(a, b), how often a is above b by the score of a, over the ordered pairs of classes.

    Parameters
    ----------
    y_true : shape (n_samples,)
        Class indices.
    y_pred : shape (n_samples, n_classes)
        Any finite numbers.
    sample_weight : shape (n_samples,)
        What each row counts.
    average
        ``macro``, or ``weighted`` by how many rows the two classes have together.
    skip_undefined
        Leave out classes without rows; else the area is NaN where there are some.
    """
    true, scores = _of_one_form(y_true, y_pred)
    weights = np.ones(len(true), dtype=np.int64) if sample_weight is None else sample_weight
    classes = _classes(true[weights > 0], scores, skip_undefined)
    areas = np.zeros((len(classes), len(classes)))
    for i, a in enumerate(classes):
        for j, b in enumerate(classes):
            if a != b:
                rows = (true == a) | (true == b)
                found = curve(true[rows] == a, scores[rows, a], weights[rows])
                areas[i, j] = found.twice_wins() / (2.0 * found.positives[-1] * found.negatives[-1])
    n_of_class = np.array([weights[true == a].sum() for a in classes], dtype=np.float64)
    return float((areas * _shares_of_pairs(n_of_class, average)).sum()) if len(classes) > 1 else np.nan


def components_of_pairs(y_true: Array, y_pred: Array, average: str, skip_undefined: bool) -> FloatArray:
    """What each row contributes to that mean, to first order in the rows' weights.

    Returns
    -------
    shape (n_samples, 2 k + 1)
        With the k classes that occur: of which a row is (a one and zeros), what it adds to the areas of its class, in
        the column of that class; and what it adds by making its class more frequent, which counts where classes do.
        The areas themselves are taken off but once, as in `kit.metrics.roc_auc.components`.
    """
    true, scores = _of_one_form(y_true, y_pred)
    classes = _classes(true, scores, skip_undefined)
    is_of = true[:, np.newaxis] == classes
    shares = _shares_of_pairs(is_of.sum(axis=0).astype(np.float64), average)
    areas, added = np.zeros(shares.shape), np.zeros(len(true))
    for i, a in enumerate(classes):
        for j in np.flatnonzero(np.arange(len(classes)) != i):
            rows = is_of[:, i] | is_of[:, j]
            below, above = curve(is_of[rows, i], scores[rows, a]).shares()
            areas[i, j] = below[is_of[rows, i]].mean()
            added[rows] += shares[i, j] * np.where(is_of[rows, i], below, above - areas[i, j])
    of_class = np.zeros(len(classes))
    if average == "weighted":
        of_class = (areas + areas.T).sum(axis=1) / (2 * (len(classes) - 1)) - (areas * shares).sum()
    return np.column_stack([is_of, is_of * added[:, np.newaxis], is_of @ of_class]).astype(np.float64)


def linearised_pairs(sums: FloatArray, total: FloatArray) -> FloatArray:
    """The mean under other weights: NaN where a class has none."""
    k = sums.shape[-1] // 2
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((sums[..., k : 2 * k] / sums[..., :k]).sum(axis=-1) + sums[..., 2 * k] / total)


def _of_one_form(y_true: Array, y_pred: Array) -> tuple[Array, FloatArray]:
    true, scores = np.asarray(y_true), np.asarray(y_pred, dtype=np.float64)
    if true.ndim != 1 or scores.ndim != 2 or len(true) != len(scores):
        raise ValueError(f"a score for each class is wanted; y_true has the shape {true.shape}, y_pred {scores.shape}")
    return true, scores


def _classes(true: Array, scores: Array, skip_undefined: bool) -> Array:
    """The classes that are compared; none where one that has to be has no rows."""
    occur = np.unique(true).astype(np.int64)
    return occur if skip_undefined or len(occur) == scores.shape[1] else occur[:0]


def _shares_of_pairs(n_of_class: FloatArray, average: str) -> FloatArray:
    """What each ordered pair of classes counts, shape (k, k), 1 in all."""
    together = n_of_class[:, np.newaxis] + n_of_class if average == "weighted" else np.ones((len(n_of_class),) * 2)
    counted = np.where(np.eye(len(n_of_class), dtype=bool), 0.0, together)
    return np.asarray(counted / max(counted.sum(), 1.0))
