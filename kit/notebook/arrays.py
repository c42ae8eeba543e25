"""From what a person has in a notebook to what a metric takes: lists, Series and arrays, labels of any sort."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from numbers import Real
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kit.metrics.base import Array, Metric
from kit.notebook.cells import as_array_like, as_cells, is_missing
from kit.notebook.told import refusal
from kit.submission.domain import MANY, ONE, cause, outside

_NUMBERS = "biuf"  # numpy's letters for bool, int, uint, float
_KINDS = {"U": "text", "S": "bytes", "O": "of several sorts", "M": "times", "m": "spans of time", "c": "complex"}
_FEW = 5
_Labels: TypeAlias = NDArray[np.int64]


def as_truth_and_prediction(
    metric: Metric, y_true: Any, y_pred: Any, classes: Iterable[Any] | None, positive: Any = None
) -> tuple[Array, Array, Array | None]:
    """Both as the metric takes them (see `Metric.needs`), and the classes whose places labels are told by, if any.

    `positive` is the class that a single column of probabilities is of, where it is not the last one.

    Raises
    ------
    UsageError
        E011 for lengths that differ, missing values, and what is of another sort than the metric needs.
    """
    known = None if classes is None else _known(classes)
    names: Array | None = None
    y_pred = _in_columns_of(y_true, y_pred)
    if metric.needs in ("ranking", "text"):
        truth = as_cells("y_true", y_true) if metric.of_truth == "text" else as_numbers("y_true", y_true)
        answers: Array = as_cells("y_pred", y_pred)
    elif metric.needs == "labels":
        truth, answers, names = _labels(metric, _array("y_true", y_true), _array("y_pred", y_pred), known)
    elif metric.needs == "probabilities" and metric.of_truth == "labels":
        true = _array("y_true", y_true)
        known = _named_in(y_pred, true) if known is None else known
        truth, answers = _chances(metric, true, as_numbers("y_pred", y_pred), known, positive)
    else:
        if metric.has_columns:
            y_true, y_pred = _in_one_list(y_true, y_pred)
        truth = as_cells("y_true", y_true) if metric.of_truth == "text" else as_numbers("y_true", y_true)
        answers = as_numbers("y_pred", y_pred)
        if metric.of_truth == "labels":
            truth = _codes("y_true", truth, known if known is not None else np.unique(truth))
    _require_length(truth, answers)
    if answers.ndim == 1 < truth.ndim or (answers.ndim > 1 and not metric.has_columns and metric.needs == "values"):
        raise refusal(
            f"{metric.name} takes one column", expected=f"y_pred of shape {truth.shape[:1]}", got=f"{answers.shape}"
        )
    if answers.dtype.kind == "f":
        _require_domain(metric, answers)
    return truth, answers, names


def as_numbers(name: str, values: Any) -> NDArray[np.float64]:
    """Finite float64, one column as shape (n,)."""
    array = _array(name, values)
    if array.dtype.kind not in _NUMBERS:
        kind = _KINDS.get(array.dtype.kind, str(array.dtype))
        raise refusal(f"{name} is {kind}, and numbers are needed", fix=f"np.asarray({name}, dtype=float)")
    numbers = array.astype(np.float64)
    rows = np.flatnonzero(~np.isfinite(numbers if numbers.ndim < 2 else numbers.sum(axis=1)))
    if len(rows):
        what = "missing (NaN)" if np.isnan(numbers[rows]).any() else "infinite"
        raise refusal(f"{name} has {len(rows)} {_plural(len(rows), 'row')} with a value that is {what}: {_first(rows)}")
    return numbers


def _in_one_list(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """What is a table of rows of columns, such as the tokens of sentences, as rows of columns."""
    if np.ndim(y_pred) != 3 or np.shape(y_true) != np.shape(y_pred)[:2]:
        return y_true, y_pred
    return np.ravel(y_true), np.reshape(y_pred, (-1, np.shape(y_pred)[2]))


def _in_columns_of(y_true: Any, y_pred: Any) -> Any:
    """A table with the columns of the truth in another order, in that of the truth."""
    names = list(getattr(y_true, "columns", ()))
    others = list(getattr(y_pred, "columns", ()))
    is_mixed = names != others and len(names) == len(others) and set(names) == set(others)
    return y_pred[names] if is_mixed and len(set(names)) == len(names) else y_pred


def _named_in(y_pred: Any, y_true: Array) -> Array | None:
    """The classes that the columns of a table are named after, if every label is one of them."""
    columns = np.array([str(name) for name in getattr(y_pred, "columns", ())])
    if len(columns) < 2 or len(np.unique(columns)) < len(columns) or y_true.ndim != 1:
        return None
    try:
        names = columns if y_true.dtype.kind == "U" else columns.astype(np.float64).astype(y_true.dtype)
    except ValueError:  # the labels are numbers, and the columns are not
        return None
    return names if np.isin(_trimmed(y_true), names).all() else None


def _array(name: str, values: Any) -> Array:
    if np.ma.is_masked(values):
        rows = np.flatnonzero(np.ma.getmaskarray(values).reshape(len(values), -1).any(axis=1))
        raise refusal(f"{name} has {len(rows)} {_plural(len(rows), 'row')} with a value that is masked: {_first(rows)}")
    try:
        array = np.asarray(as_array_like(values))
    except ValueError:  # lists of different lengths
        raise refusal(f"{name} has rows of different lengths", fix="as many numbers in each row") from None
    if array.dtype.kind == "U" and isinstance(values, (list, tuple)):
        array = np.array(values, dtype=object)  # NumPy would write numbers among texts as text
    if array.dtype == object and array.ndim:
        array = _settled(name, array)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim not in (1, 2):
        what = f"has shape {array.shape}" if array.ndim else f"is one {type(values).__name__}"
        raise refusal(f"{name} {what}", fix="a number or a label for each row, or a row of numbers")
    return array


def _settled(name: str, array: Array) -> Array:
    """Objects as the one sort of thing that all of them are."""
    cells = array.ravel().tolist()
    missing = np.array([row for row, cell in enumerate(cells) if is_missing(cell)], dtype=int)
    if len(missing):
        rows = np.unique(missing // max(1, array.size // max(1, len(array))))
        raise refusal(f"{name} has {len(rows)} {_plural(len(rows), 'row')} with a missing value: {_first(rows)}")
    if all(isinstance(cell, str) for cell in cells):
        return array.astype(np.str_)
    if all(isinstance(cell, (bool, int, float, np.number, np.bool_)) for cell in cells):
        return np.asarray(array.tolist())
    if all(isinstance(cell, (Real, Decimal)) for cell in cells):  # fractions too
        return array.astype(np.float64)
    raise refusal(
        f"{name} has text in some rows and numbers in others", fix="one sort of label:   list(map(str, labels))"
    )


def _known(classes: Iterable[Any]) -> Array:
    known = _array("classes", list(classes))
    if len(np.unique(known)) < len(known):
        raise refusal("classes names a class twice")
    return known


def _labels(metric: Metric, y_true: Array, y_pred: Array, known: Array | None) -> tuple[Array, Array, Array | None]:
    _require_length(y_true, y_pred)
    if y_true.ndim == y_pred.ndim == 2:
        return _flags("y_true", y_true), _flags("y_pred", y_pred), None
    if y_pred.ndim == 2:
        fix = "the class of the largest:   np.asarray(classes)[y_pred.argmax(1)]"
        raise refusal(f"{metric.name} needs labels, and y_pred has {y_pred.shape[1]} columns", fix=fix)
    if y_true.ndim == 2:
        raise refusal("y_true has several columns, and y_pred one")
    y_true, y_pred = _trimmed(y_true), _trimmed(y_pred)
    if (y_true.dtype.kind == "U") != (y_pred.dtype.kind == "U"):
        sorts = ["text" if y.dtype.kind == "U" else "numbers" for y in (y_true, y_pred)]
        raise refusal(f"the labels of y_true are {sorts[0]}, those of y_pred {sorts[1]}", fix="the same sort in both")
    if _has_fractions(y_pred) and not np.isin(y_pred, y_true).all():
        fix = "of probabilities of two classes:   np.asarray(y_pred) > 0.5"
        raise refusal(f"{metric.name} needs labels, and y_pred has fractions", fix=fix)
    names = _all(np.unique(np.concatenate([y_true, y_pred]))) if known is None else known
    return _codes("y_true", y_true, names), _codes("y_pred", y_pred, names), names


def _all(labels: Array) -> Array:
    """The classes where these labels occur: of 0 and 1 both, even if there is only one of them."""
    return np.array([0, 1]) if labels.dtype.kind in _NUMBERS and np.isin(labels, (0, 1)).all() else labels


def _chances(
    metric: Metric, y_true: Array, y_pred: NDArray[np.float64], known: Array | None, positive: Any
) -> tuple[Array, NDArray[np.float64]]:
    """Class indices and their probabilities; of several labels a row, flags and a probability for each."""
    _require_length(y_true, y_pred)
    if y_true.ndim == 2:
        flags = _flags("y_true", y_true)
        if y_pred.shape != y_true.shape:
            raise refusal("y_true and y_pred differ in shape", expected=f"{y_true.shape}", got=f"{y_pred.shape}")
        if (flags.sum(axis=1) == 1).all():
            return flags.argmax(axis=1), y_pred  # each row marks its one class
        return flags, y_pred
    y_true = _trimmed(y_true)
    n_columns = 2 if y_pred.ndim == 1 else y_pred.shape[1]
    if known is None and _has_fractions(y_true):
        raise refusal(
            "y_true has fractions, and labels are needed", fix="what is true first, what was predicted second"
        )
    classes = _classes_of_columns(y_true, n_columns, known)
    if positive is not None:
        classes, y_pred = _turned(classes, y_pred, place_of(positive, classes))
    if y_pred.ndim == 2 and n_columns == 2 and metric.domain != "probabilities":
        y_pred = y_pred[:, 1]  # who looks at the order alone
    return _codes("y_true", y_true, classes), y_pred


def _classes_of_columns(y_true: Array, n_columns: int, known: Array | None) -> Array:
    """The class of each column: those of the data, sorted; whole numbers from 0 need not all be there."""
    classes = np.unique(y_true) if known is None else known
    if len(classes) == n_columns:
        return classes
    if known is None and y_true.dtype.kind in _NUMBERS and np.isin(classes, np.arange(n_columns)).all():
        return np.arange(n_columns)
    message = f"y_pred has {n_columns} columns, and there are {len(classes)} classes"
    if n_columns == 2 and len(classes) > 2:
        message = f"y_pred has one probability a row, and there are {len(classes)} classes"
    raise refusal(message, fix="a column for each class, in sorted order;   classes=[…]   names them in another")


def place_of(positive: Any, classes: Array) -> int:
    """The place of the positive class, as ``pos_label`` names it."""
    found = [place for place, name in enumerate(classes.tolist()) if name == positive]
    if not found:
        names = classes.tolist()[:_FEW]
        raise refusal(f"pos_label is {positive!r}, and no label is", fix=f"one of {', '.join(map(repr, names))}")
    return found[0]


def places_of(labels: Sequence[Any], classes: Array) -> tuple[int, ...]:
    """The places of some classes, as ``labels`` names them. One that does not occur has a place behind all that do."""
    names = classes.tolist()
    absent = [label for label in labels if label not in names]
    if len(absent) == len(labels):
        few = ", ".join(map(repr, names[:_FEW]))
        raise refusal(f"no label is among labels, {', '.join(map(repr, labels))}", fix=f"some of {few}")
    return tuple(len(names) + absent.index(label) if label in absent else names.index(label) for label in labels)


def _turned(classes: Array, y_pred: NDArray[np.float64], place: int) -> tuple[Array, NDArray[np.float64]]:
    """The class at `place` as the second of two; of one column it is the class that the column is of."""
    if len(classes) > 2:
        raise refusal(f"pos_label is one of two classes, and there are {len(classes)}", fix="leave it out")
    if place == 1:
        return classes, y_pred
    return classes[::-1], y_pred if y_pred.ndim == 1 else y_pred[:, ::-1]


def _has_fractions(labels: Array) -> bool:
    return labels.dtype.kind == "f" and bool((labels % 1 > 0).any())


def _trimmed(labels: Array) -> Array:
    return np.char.strip(labels) if labels.dtype.kind == "U" else labels


def _codes(name: str, labels: Array, classes: Array) -> _Labels:
    """The place of each label among the classes."""
    if labels.dtype.kind == "f" and np.isnan(labels).any():
        raise refusal(f"{name} has a missing value (NaN): {_first(np.flatnonzero(np.isnan(labels)))}")
    order = np.argsort(classes, kind="stable")
    place = np.minimum(np.searchsorted(classes, labels, sorter=order), len(classes) - 1) if len(classes) else labels
    codes = order[place] if len(classes) else np.empty(0, dtype=np.int64)
    unknown = np.flatnonzero(classes[codes] != labels)
    if len(unknown):
        what = f"{len(unknown)} {_plural(len(unknown), 'label')} of {name} {'is' if len(unknown) == 1 else 'are'} none"
        raise refusal(
            f"{what} of the classes: {_first(unknown)}", fix=f"classes={classes[:_FEW].tolist()}…   names them all"
        )
    return codes.astype(np.int64)


def _flags(name: str, array: Array) -> _Labels:
    if array.dtype.kind not in _NUMBERS or not np.isin(array, (0, 1)).all():
        raise refusal(f"{name} has several columns, and not only 0 and 1", fix="1 where the label fits, else 0")
    return array.astype(np.int64)


def _require_length(y_true: Sequence[Any] | Array, y_pred: Sequence[Any] | Array) -> None:
    if len(y_true) != len(y_pred):
        raise refusal(f"y_true has {len(y_true)} rows, and y_pred has {len(y_pred)}", fix="an answer for each row")


def _require_domain(metric: Metric, y_pred: NDArray[np.float64]) -> None:
    bad = outside(y_pred, metric.domain)
    rows = np.flatnonzero(bad if bad.ndim == 1 else bad.any(axis=1))
    if len(rows):
        why, fix = cause(y_pred, metric.domain, n_columns=1 if y_pred.ndim == 1 else y_pred.shape[1])
        words = ONE if len(rows) == 1 else MANY
        what = f"{len(rows)} {_plural(len(rows), 'row')} of y_pred {words[metric.domain]}: {_first(rows)}"
        raise refusal(f"{metric.name} can't take that, {what}", why=why, fix=fix)


def _plural(n: int, word: str) -> str:
    return word if n == 1 else f"{word}s"


def _first(rows: Sequence[int] | NDArray[Any]) -> str:
    """``row 3``, or the first few of them."""
    shown = ", ".join(str(int(row)) for row in rows[:_FEW])
    return f"{_plural(len(rows), 'row')} {shown}{', …' if len(rows) > _FEW else ''}"
