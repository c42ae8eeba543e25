"""F1: how well each class is found, with no more alarms than needed. A family: classes are averaged in three ways."""

from __future__ import annotations

from functools import partial
from typing import Literal

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric

Average = Literal["macro", "micro", "weighted"]
_SUMMARIES: dict[Average, str] = {
    "macro": "How well is each class found, without false alarms? Rare classes count as much as frequent ones.",
    "micro": "How many rows are right, counted over all classes together? The same number as accuracy.",
    "weighted": "How well is each class found, without false alarms? Frequent classes count more.",
}


def f1(average: Average = "macro") -> Metric:
    """The F1 score of several classes.

    Parameters
    ----------
    average
        ``macro``: the plain mean over the classes that occur among the true or the predicted labels. ``weighted``:
        their mean weighted by how often a class is true. ``micro``: F1 of all decisions together, which is the
        accuracy where every row has one label.

    Returns
    -------
    Metric
        From 0 to 1, greater is better.

    Notes
    -----
    F1 of a class is 2 TP / (true + predicted), the harmonic mean of the share that was found and of the share of
    alarms that were right. A class that neither occurs nor is predicted (0/0) is left out of macro. Macro F1 is the
    mean of the classes' F1, not the F1 of mean precision and mean recall.

    References
    ----------
    C. J. van Rijsbergen, *Information Retrieval*, 2nd ed., Butterworths 1979, chapter 7; J. Opitz, S. Burst, "Macro F1
    and Macro F1", arXiv 1911.03347 (2019), for the two formulas that are called macro F1.

    Examples
    --------
    >>> f1().value(np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1])).__round__(4)
    0.7333
    >>> f1("micro").value(np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1]))
    0.75
    """
    return Metric(
        name="f1",
        summary=_SUMMARIES[average],
        greater_is_better=True,
        needs="labels",
        best=1.0,
        worst=0.0,
        unit="value",
        interval="bootstrap",
        source="C. J. van Rijsbergen, Information Retrieval, 2nd ed., Butterworths 1979, chapter 7",
        params={"average": average},
        terms=occurrences,
        combine=partial(_averaged, average),
        n_independent=rows_of_rarest_class if average == "macro" else len,
    )


def occurrences(y_true: Array, y_pred: Array) -> FloatArray:
    """Of which class each row is, which class it was given, and whether the two agree.

    Parameters
    ----------
    y_true, y_pred : shape (n_samples,)
        Class indices.

    Returns
    -------
    shape (n_samples, 3 * n_classes)
        Ones and zeros: the true class, the predicted one, and the class that is both. Classes beyond the largest index
        that occurs have no columns: they are left out of every average.

    Examples
    --------
    >>> occurrences(np.array([0, 1]), np.array([1, 1])).tolist()
    [[1.0, 0.0, 0.0, 1.0, 0.0, 0.0], [0.0, 1.0, 0.0, 1.0, 0.0, 1.0]]
    """
    true, given = np.asarray(y_true, dtype=np.int64), np.asarray(y_pred, dtype=np.int64)
    classes = np.arange(max(true.max(initial=0), given.max(initial=0)) + 1)
    is_true, is_given = true[:, np.newaxis] == classes, given[:, np.newaxis] == classes
    return np.concatenate([is_true, is_given, is_true & is_given], axis=1).astype(np.float64)


def rows_of_rarest_class(terms: FloatArray) -> int:
    """How many rows the rarest class has, which counts in macro F1 as much as any other."""
    n_of_class = terms[:, : terms.shape[1] // 3].sum(axis=0)
    return int(n_of_class[n_of_class > 0].min())


def _averaged(average: Average, sums: FloatArray, total: FloatArray) -> FloatArray:
    """The score from how often each class is true, is given, and is both; shapes as `Metric.combine`."""
    true, given, both = np.split(sums, 3, axis=-1)
    if average == "micro":
        return np.asarray(both.sum(axis=-1) / total)
    occurs = true + given > 0
    of_class = np.divide(2 * both, true + given, out=np.zeros_like(both, dtype=np.float64), where=occurs)
    weights = occurs.astype(np.float64) if average == "macro" else true
    return np.asarray((weights * of_class).sum(axis=-1) / weights.sum(axis=-1))
