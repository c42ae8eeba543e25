"""``kit.metric("rmsle")(y_true, y_pred)``: a metric by its name, on whatever holds the numbers."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kit.errors import MetricError, Problem, UsageError, nearest
from kit.metrics.base import Array, Metric
from kit.metrics.parameters import Entry, make_metric, parameters, wrong_params
from kit.metrics.scikit_learn import PREFIX, scorer
from kit.notebook.arrays import as_numbers, as_truth_and_prediction, place_of, places_of
from kit.notebook.cells import as_array_like, as_cells
from kit.notebook.told import explained, refusal
from kit.plugin.manager import harness

_TRAINING = "y_train"
_POSITIVE = "pos_label"
_LABELS = "labels"


@dataclass(frozen=True, slots=True)
class Measure:
    """A metric that can be called; `metric` makes one of a name.

    Parameters
    ----------
    name
        As ``kit metrics`` lists it.
    entry
        What the catalogue has under that name.
    params
        Parameters that were given with the name.
    positive
        The label of the class to look for, where one was given with the name.
    labels
        Labels of the classes that an average is over, where they were given with the name.
    """

    name: str
    entry: Entry
    params: Mapping[str, Any]
    positive: Any = None
    labels: tuple[Any, ...] = ()

    @property
    def metric(self) -> Metric:
        """The metric itself: its direction, range, what it needs, its terms."""
        return make_metric(self.entry, self.params)

    def __call__(
        self, y_true: Any, y_pred: Any, *, classes: Iterable[Any] | None = None, sample_weight: Any = None, **given: Any
    ) -> float:
        """The score, unrounded.

        Parameters
        ----------
        y_true, y_pred : shape (n_samples,) or (n_samples, n_columns)
            Lists, tuples, arrays, Series or DataFrames, row by row: an index is not looked at. Labels may be text or
            numbers. Probabilities are those of the second class, or a column for each class, in sorted order. Of
            several labels a row, 0 and 1 in a column for each. Rankings and other text: a cell for each row, with
            blanks between names, or a list of names.
        classes
            All classes in the order of the columns; by default those in the data, sorted.
        sample_weight : shape (n_samples,)
            Weights of the rows: one of 2 counts as if it were there twice.
        **given
            Parameters of the metric, as ``kit metrics NAME`` lists them, and the further columns that it looks at,
            such as ``weight`` or ``scale``.

        Raises
        ------
        UsageError
            E004 for a parameter that the metric does not know; E011 for what can't be scored.
        MetricError
            E601 if the metric has no value for these rows, whatever is predicted.
        """
        with explained():
            positive = given.pop(_POSITIVE, self.positive)
            labels = self._labels(given)
            metric, extra = self._with(given)
            if _LABELS in extra:
                classes = extra.pop(_LABELS) if classes is None else classes
            if _is_of_scores(metric, y_true, y_pred):
                metric, y_true, y_pred, extra = self._of_documents(metric, y_true, y_pred)
            of_column = positive if _is_of_chances(metric) else None
            truth, answers, known = as_truth_and_prediction(metric, y_true, y_pred, classes, of_column)
            if of_column is None:
                metric = self.of_class(metric, positive, known)
            metric = self.of_labels(metric, labels, known)
            weights = None if sample_weight is None else _weights(sample_weight, len(truth))
            columns = {name: _column(name, value, len(truth), metric) for name, value in extra.items()}
            _require_value(metric, truth, columns)
            if (found := metric.why_wrong(answers)) is not None:
                raise refusal(f"row {found[0]} of y_pred can't be scored: {found[1]}")
            return _value(metric, truth, answers, weights, columns)

    def of_class(self, metric: Metric, positive: Any, known: Array | None) -> Metric:
        """The metric with the place of its positive class; that is called `positive`, or 1, or comes second."""
        if not _takes(self.entry, _POSITIVE):
            if positive is not None:
                _require_params(self.name, self.entry, {_POSITIVE: positive}, ())
            return metric
        if known is None:
            return metric
        if positive is None and 1 in known.tolist():
            positive = 1
        place = 1 if positive is None else place_of(positive, known)
        return make_metric(self.entry, {**metric.params, _POSITIVE: place})

    def of_labels(self, metric: Metric, labels: tuple[Any, ...], known: Array | None) -> Metric:
        """The metric of the classes with these labels; of several labels a row they are the places of columns."""
        if not labels:
            return metric
        params = {**metric.params, _LABELS: labels if known is None else places_of(labels, known)}
        _require_params(self.name, self.entry, params, ())
        return make_metric(self.entry, params)

    def _labels(self, given: dict[str, Any]) -> tuple[Any, ...]:
        """The classes that an average is over, taken out of `given`; nothing is, where labels are all the classes."""
        if not _takes(self.entry, _LABELS) or _LABELS not in given:
            return self.labels
        labels = plain(self.entry, _LABELS, given.pop(_LABELS))
        if not isinstance(labels, tuple):
            _require_params(self.name, self.entry, {_LABELS: labels}, ())
        return tuple(labels or ())

    def _of_documents(self, metric: Metric, y_true: Any, y_pred: Any) -> tuple[Metric, Array, Array, dict[str, Any]]:
        """Grades and scores in which a row, or all, is a list, as documents that a further column puts into lists."""
        grades, scores = (np.atleast_2d(np.asarray(as_array_like(values))) for values in (y_true, y_pred))
        of_list = np.repeat(np.arange(len(grades)), grades.shape[1])
        made = make_metric(self.entry, {**metric.params, "by": "lists"})
        return made, grades.ravel(), scores.ravel(), {"lists": of_list}

    def _with(self, given: Mapping[str, Any]) -> tuple[Metric, dict[str, Any]]:
        """The metric, made with the parameters among `given`, and its further columns."""
        known = {parameter.name for parameter in parameters(self.entry)}
        params: dict[str, Any] = dict(self.params)
        extra: dict[str, Any] = {}
        # Which columns it looks at may depend on its parameters; what is wrong with those is said below.
        chosen = params | {
            name: plain(self.entry, name, value)
            for name, value in given.items()
            if name in known and isinstance(value, (str, int, float, np.generic))
        }
        metric = make_metric(self.entry, params if wrong_params(self.name, self.entry, chosen) else chosen)
        columns = {*metric.extra, *([_TRAINING] if _takes_training(metric) else [])}
        if _is_of_chances(metric) or (metric.needs == "labels" and "average" not in known):
            columns.add(_LABELS)  # scikit-learn's name of the classes
        for name, value in given.items():
            if name in columns and not isinstance(value, str):
                extra[name] = value
            else:
                params[name] = plain(self.entry, name, value)
        _require_params(self.name, self.entry, params, columns - {_LABELS})
        return make_metric(self.entry, params), extra


def metric(name: str, **params: Any) -> Measure:
    """A metric by its name, to be called with what is true and what was predicted.

    Parameters
    ----------
    name
        As ``kit metrics`` lists it, or ``sklearn:`` and the name of a scorer of scikit-learn.
    **params
        Its parameters; they can be given when it is called, too.

    Raises
    ------
    UsageError
        E001 for a name that is not known, E004 for a parameter that is not.

    Examples
    --------
    >>> metric("accuracy")(["cat", "dog"], ["cat", "cat"])
    0.5
    >>> metric("rmse").metric.greater_is_better
    False
    """
    with explained():
        return find_measure(name, params)


def find_measure(name: str, params: Mapping[str, Any]) -> Measure:
    """The metric of a name, with parameters that it has. Raises `UsageError` as `metric` does."""
    if name.startswith(PREFIX):
        _require_params(name, made := scorer(name.removeprefix(PREFIX)), params, ())
        return Measure(name, made, params)
    known = harness().catalogue("register_metrics")
    if name not in known:
        near = nearest(name, known)
        fix = f'did you mean   kit.metric("{near}") ?' if near else f"known: {', '.join(sorted(known))}"
        raise UsageError(Problem(code="E001", message=f"there is no metric {name!r}", fix=fix))
    entry = harness().load("register_metrics", name)
    params = {key: plain(entry, key, value) for key, value in params.items()}
    positive = params.get(_POSITIVE)
    if positive is not None and not _is_place(positive) and _takes_positive(entry):
        del params[_POSITIVE]
    labels = params[_LABELS] if _takes(entry, _LABELS) and isinstance(params.get(_LABELS), tuple) else ()
    if not all(map(_is_place, labels)):
        del params[_LABELS]
    _require_params(name, entry, params, ())
    return Measure(name, entry, params, positive, labels)


def plain(entry: Entry, name: str, value: Any) -> Any:
    """A parameter as the metric takes it, from what a person has in a notebook: numbers of numpy, lists, None."""
    value = value.tolist() if isinstance(value, (np.generic, np.ndarray)) else value
    value = tuple(value) if isinstance(value, (list, range)) else value
    choices = next((known.choices for known in parameters(entry) if known.name == name), ())
    value = "none" if value is None and "none" in choices else value
    return next((choice for choice in choices if choice == value), value)


def _is_place(positive: Any) -> bool:
    return type(positive) is int and positive >= 0


def _takes(entry: Entry, name: str) -> bool:
    return name in {parameter.name for parameter in parameters(entry)}


def _takes_positive(entry: Entry) -> bool:
    return _takes(entry, _POSITIVE) or _is_of_chances(make_metric(entry, {}))


def _is_of_chances(metric: Metric) -> bool:
    return metric.needs == "probabilities" and metric.of_truth == "labels"


def _is_of_scores(metric: Metric, y_true: Any, y_pred: Any) -> bool:
    """Whether documents have grades and scores, in a place where a metric of lists waits for names."""
    if metric.needs != "ranking" or metric.params.get("by") != "":
        return False
    try:
        grades, scores = (np.asarray(as_array_like(values)) for values in (y_true, y_pred))
    except ValueError:  # lists of different lengths
        return False
    if grades.shape != scores.shape or grades.dtype.kind not in "biuf" or scores.dtype.kind != "f":
        return False
    return scores.ndim == 2 or (scores.ndim == 1 and bool((scores % 1).any()))


def _require_params(name: str, entry: Entry, params: Mapping[str, Any], columns: Iterable[str]) -> None:
    problems = wrong_params(name, entry, params)
    if not problems:
        return
    also = f"; further columns: {', '.join(sorted(columns))}" if columns else ""
    parts = [
        Problem(
            code="E004",
            message=problem.message.removeprefix("metric.params.") + (also if "not known" in problem.message else ""),
            expected=problem.expected,
            got=problem.got,
            fix=problem.fix.replace("remove it", "leave it out"),
        )
        for problem in problems
    ]
    raise UsageError(parts[0], parts[1:])


def _takes_training(metric: Metric) -> bool:
    """Whether training values can be given in place of a further column, as of a scaled error."""
    kinds = (a.kind for a in inspect.signature(metric.terms).parameters.values()) if metric.terms else ()
    return bool(metric.extra) and inspect.Parameter.VAR_KEYWORD in kinds


def _weights(sample_weight: Any, n: int) -> NDArray[np.float64]:
    weights = as_numbers("sample_weight", sample_weight)
    if weights.shape != (n,):
        raise refusal("sample_weight does not fit", expected=f"({n},), a weight for each row", got=f"{weights.shape}")
    if (weights < 0).any() or not weights.any():
        raise refusal("sample_weight has a negative weight" if weights.any() else "all of sample_weight is 0")
    return weights


def _column(name: str, value: Any, n: int, metric: Metric) -> Array:
    if name == _TRAINING:
        return as_numbers(name, value)
    if isinstance(value, (int, float, np.number)):
        return np.full(n, float(value))
    cells = as_cells(name, value)
    is_number = all(isinstance(cell, (bool, int, float, np.number, np.bool_)) for cell in cells)
    column = as_numbers(name, value) if is_number or not len(cells) else cells
    if name in metric.extra and len(column) != n:
        raise refusal(f"{name} has {len(column)} rows, and y_true has {n}", fix=f"a cell of {name} for each row")
    return column


def _require_value(metric: Metric, y_true: Array, columns: Mapping[str, Array]) -> None:
    missing = [name for name in metric.extra if name not in columns]
    if missing and _TRAINING not in columns:
        raise refusal(f"{metric.name} needs {' and '.join(missing)} too", fix=f"{missing[0]}=[…]   a cell for each row")
    try:
        reason = metric.why_undefined(y_true, **columns)
    except ValueError as error:  # too few training values, say
        raise refusal(f"{metric.name}: {error}") from None
    if reason is not None:
        message = f"{metric.name} has no value for these rows: {reason}"
        raise MetricError(Problem(code="E601", message=message))


def _value(
    metric: Metric,
    y_true: Array,
    y_pred: Array,
    weights: NDArray[np.float64] | None,
    columns: Mapping[str, Array],
) -> float:
    score: Callable[..., float] = metric.value
    try:
        with np.errstate(all="ignore"):  # what is not finite is told below, in words
            value = score(y_true, y_pred, sample_weight=weights, **columns)
    except ValueError as error:  # a metric's own word on weights, say
        raise refusal(f"{metric.name}: {error}") from None
    if not np.isfinite(value):
        message = f"{metric.name} gave no finite number for these rows"
        if y_pred.ndim == 2 and y_true.ndim == 1 and metric.needs == "probabilities":
            absent = np.setdiff1d(np.arange(y_pred.shape[1]), y_true)
            message += f": no row is of the class of column {absent[0]}, from 0" if len(absent) else ""
        raise MetricError(Problem(code="E602", message=message))
    return value
