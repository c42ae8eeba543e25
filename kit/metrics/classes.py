"""How often each class is true, is given and is both: what the metrics of labels are made of, and how they average."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

import numpy as np

from kit.metrics.base import Array, FloatArray, quotient

Average: TypeAlias = Literal["macro", "micro", "weighted", "binary", "samples"]
Ratio: TypeAlias = Callable[[FloatArray, FloatArray, FloatArray], tuple[FloatArray, FloatArray]]
"""How often true, given, both -> numerator and denominator of the score of a class."""


def same_shape(y_true: Array, y_pred: Array) -> tuple[Array, Array]:
    """Both as arrays, of shape (n_samples,) or (n_samples, n_labels); ValueError where the shapes differ."""
    true, given = np.asarray(y_true), np.asarray(y_pred)
    if true.ndim not in (1, 2) or true.shape != given.shape:
        raise ValueError(f"one shape is wanted; y_true has the shape {true.shape} and y_pred {given.shape}")
    return true, given


def is_class(y: Array, n_classes: int) -> Array:
    """Whether a row is of each class; bool, shape (n_samples, n_classes)."""
    return np.asarray(np.equal.outer(np.asarray(y), np.arange(n_classes)))


def n_classes(*labels: Array) -> int:
    """One more than the largest index that occurs."""
    return int(max(np.max(y, initial=0) for y in labels)) + 1


def occurrences(y_true: Array, y_pred: Array, *, labels: Sequence[int] = ()) -> FloatArray:
    """Of which class each row is, which class it was given, and whether the two agree.

    Parameters
    ----------
    y_true, y_pred : shape (n_samples,) or (n_samples, n_labels)
        Class indices, or of several labels a row 0 and 1.
    labels
        Which classes count, or which of several labels a row; all where it is empty.

    Returns
    -------
    shape (n_samples, 3 * n_classes) or (n_samples, 3 * n_labels + 1)
        Ones and zeros: the true class, the predicted one, and the class that is both. Classes beyond the largest index
        that occurs have no columns: they are left out of every average, so two answers may differ in width. `labels`,
        and several labels a row, count whether they occur or not, which the ones in a last column say.

    Examples
    --------
    >>> occurrences(np.array([0, 1]), np.array([1, 1])).tolist()
    [[1.0, 0.0, 0.0, 1.0, 0.0, 0.0], [0.0, 1.0, 0.0, 1.0, 0.0, 1.0]]
    >>> occurrences(np.array([[0, 1]]), np.array([[1, 1]])).tolist()
    [[0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0]]
    """
    true, given = same_shape(y_true, y_pred)
    if true.ndim == 2:
        is_true, is_given = (_columns(y == 1, labels) for y in (true, given))
    else:
        classes = labels or range(n_classes(true, given))
        is_true, is_given = (np.equal.outer(y, np.asarray(classes)) for y in (true, given))
    ones = np.ones((len(true), int(true.ndim == 2 or len(labels) > 0)), dtype=np.bool_)
    return np.concatenate([is_true, is_given, is_true & is_given, ones], axis=1).astype(np.float64)


def _columns(flags: Array, labels: Sequence[int]) -> Array:
    """Those columns that `labels` names; all where it is empty."""
    return np.asarray(flags[:, list(labels)] if labels else flags)


def occurrences_of(y_true: Array, y_pred: Array, *, pos_label: int) -> FloatArray:
    """The same of one class only, shape (n_samples, 3)."""
    true, given = (y == pos_label for y in same_shape(y_true, y_pred))
    if true.ndim == 2:
        raise ValueError("average = binary looks at one class, and there are several labels a row")
    return np.column_stack([true, given, true & given]).astype(np.float64)


def of_each_row(
    y_true: Array, y_pred: Array, *, ratio: Ratio, zero_division: float, labels: Sequence[int] = ()
) -> FloatArray:
    """The score of each row's labels, shape (n_samples, 1)."""
    true, given = same_shape(y_true, y_pred)
    if true.ndim == 1:
        raise ValueError("average = samples needs several labels a row")
    true, given = (_columns(y == 1, labels) for y in (true, given))
    counts = [flags.sum(axis=1, dtype=np.float64) for flags in (true, given, true & given)]
    return quotient(*ratio(*counts), otherwise=zero_division)[:, np.newaxis]


def averaged(
    sums: FloatArray, total: FloatArray, *, ratio: Ratio, average: Average, zero_division: float
) -> FloatArray:
    """The score from how often each class is true, is given, and is both; shapes as `Metric.combine`."""
    if average == "samples":
        return np.asarray(sums[..., 0] / total)
    k, counts_all = divmod(sums.shape[-1], 3)
    true, given, both = sums[..., :k], sums[..., k : 2 * k], sums[..., 2 * k : 3 * k]
    if average in ("micro", "binary"):
        return quotient(*ratio(true.sum(axis=-1), given.sum(axis=-1), both.sum(axis=-1)), otherwise=zero_division)
    of_class = quotient(*ratio(true, given, both), otherwise=zero_division)
    weights = np.asarray((true + given > 0) | bool(counts_all), dtype=np.float64)
    if average == "weighted":
        weights = np.where(true.sum(axis=-1, keepdims=True) > 0, true, weights)
    return np.asarray((weights * of_class).sum(axis=-1) / weights.sum(axis=-1))


def rows_of_rarest_class(terms: FloatArray, *, n_blocks: int) -> int:
    """How many rows the rarest class has that occurs, which counts in a macro average as much as any other.

    Parameters
    ----------
    terms : shape (n_samples, n_blocks * n_classes) or one more column
        The first block says of which class each row is, by a one among zeros.
    n_blocks
        3 for `occurrences`.
    """
    n_of_class = terms[:, : terms.shape[1] // n_blocks].sum(axis=0)
    return int(n_of_class[n_of_class > 0].min(initial=len(terms)))


def require_sense(pos_label: int, zero_division: float, *, labels: Sequence[int], average: str) -> None:
    """Refuse parameters that make no metric: ValueError."""
    if labels and average not in ("macro", "micro", "weighted", "samples"):
        raise ValueError(f"labels are for an average over them, and average = {average} is none")
    if len(set(labels)) < len(labels) or min(labels, default=0) < 0:
        raise ValueError("labels are the indices of classes, 0 or more, each of them once")
    if pos_label < 0:
        raise ValueError("pos_label is the index of a class, 0 or more")
    if not 0 <= zero_division <= 1:
        raise ValueError("zero_division lies between 0 and 1, as the score does")


def does_not_fit(y_true: Array, *, average: Average, labels: Sequence[int] = ()) -> str | None:
    """Why these rows have no such average, or None."""
    if np.ndim(y_true) == 2 and max(labels, default=0) >= (n_labels := np.shape(y_true)[1]):
        return f"labels names {max(labels)}, and the {n_labels} labels a row are 0 to {n_labels - 1}"
    if average == "binary" and np.ndim(y_true) == 2:
        return "average = binary looks at one class, and there are several labels a row"
    return "average = samples needs several labels a row" if average == "samples" and np.ndim(y_true) == 1 else None
