"""The quick way from two DataFrames to what a metric takes, where nothing is wrong with either."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kit.errors import KitError
from kit.metrics.base import Array, Metric
from kit.notebook.frames import Column, Frame, LookCloserError
from kit.notebook.measure import Measure
from kit.notebook.wanted import asked_columns, classes_in, of_classes
from kit.solution import USAGE_COLUMN, target_columns
from kit.source.sheet import are_whole, as_usage, names_of_classes
from kit.submission import Form
from kit.submission.cells import Cells, LabelReader
from kit.submission.domain import outside
from kit.submission.findings import Findings
from kit.submission.reader import is_fine, joined, order
from kit.submission.text import byte_limit

if TYPE_CHECKING:
    import pandas as pd

_BYTES_OF_A_NUMBER = 26  # a float64 in full and a separator


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """The rows that are scored, as the metric takes them."""

    metric: Metric
    y_true: Array
    y_pred: Array
    extra: dict[str, Array]


def read_quickly(
    solution: pd.DataFrame,
    submission: pd.DataFrame,
    measure: Measure | Metric,
    id_column: str,
    usage: str | None,
    classes: Sequence[Any] | None,
) -> Rows | None:
    """What `kit.score` scores; None for tables that are not plain, or not right. Parameters as there."""
    try:
        return _Pair(solution, submission, measure, id_column, usage, classes).rows()
    except (LookCloserError, KitError):
        return None


class _Pair:
    """A solution and a submission."""

    def __init__(
        self,
        solution: pd.DataFrame,
        submission: pd.DataFrame,
        measure: Measure | Metric,
        id_column: str,
        usage: str | None,
        classes: Sequence[Any] | None,
    ) -> None:
        self._classes = classes
        self._measure = measure
        self._metric = metric = measure.metric if isinstance(measure, Measure) else measure
        is_of_numbers = metric.needs in ("probabilities", "values")
        self._solution = Frame(solution, id_column, whole_names=False)
        self._submission = Frame(submission, id_column, whole_names=is_of_numbers)
        self._id_column = id_column
        self._names = [name for name in self._solution.names if name != USAGE_COLUMN]
        is_misspelt = any(name.strip().casefold() == USAGE_COLUMN.casefold() for name in self._names)
        if metric.tables is not None or is_misspelt or not {*metric.extra.values()} <= {*self._names}:
            raise LookCloserError
        others = [name for name in self._names if name not in metric.extra.values()]
        self._scored, self._used = self._usages(usage)
        self._columns = asked_columns(
            "solution", metric, self._submission.names, others, classes=classes, labels=self._labels
        )
        self._targets = target_columns(self._names, self._columns, metric)
        if {*self._columns} != {*self._submission.names} or not {*self._targets} <= {*self._names}:
            raise LookCloserError

    def _labels(self, name: str) -> Sequence[str]:
        """The different labels of the rows that are not ignored."""
        return self._solution[name].of(self._scored).different[0]

    def _usages(self, usage: str | None) -> tuple[NDArray[np.intp] | None, NDArray[np.intp] | None]:
        """Rows that are not ignored, and of these the ones that are asked for; None for all."""
        if USAGE_COLUMN not in self._solution.names:
            if usage is not None:
                raise LookCloserError
            return None, None
        texts, codes = self._solution[USAGE_COLUMN].different
        findings = Findings("solution")
        words = np.array(as_usage(Cells(name=USAGE_COLUMN, texts=texts, lines=range(len(texts))), findings).texts)
        if findings.problems:
            raise LookCloserError
        scored = np.flatnonzero((words != "Ignored")[codes])
        used = scored if usage is None else np.flatnonzero((words == usage)[codes])
        if not len(used):
            raise LookCloserError
        return (None, None) if len(used) == len(codes) else (scored, used)

    def rows(self) -> Rows:
        metric = self._metric
        known: tuple[str, ...] = ()
        if self._classes is not None:
            known = tuple(map(str, self._classes))
        elif metric.of_truth == "labels" and metric.needs in ("labels", "probabilities"):
            known = self._found_classes()
        form = Form(
            competition="",
            row_id_column_name=self._id_column,
            row_ids=(),
            columns=self._columns,
            needs=metric.needs,
            classes=known,
            domain=metric.domain,
            wrong=metric.wrong,
        )
        if isinstance(self._measure, Measure):
            metric, form = of_classes(self._measure, form)
        y_pred = self._answers(form)
        y_true = self._truth(form)
        extra = {key: self._solution[name].of(self._used).settled() for key, name in metric.extra.items()}
        return Rows(metric=metric, y_true=y_true, y_pred=y_pred, extra=extra)

    def _found_classes(self) -> tuple[str, ...]:
        targets = [self._solution[name].of(self._scored) for name in self._targets]
        if len(self._columns) > 1:
            if self._metric.needs == "labels" or (len(targets) > 1 and not _is_one_of(targets)):
                return ()
            return self._columns
        labels = self._labels(self._targets[0])
        if self._metric.needs == "labels":
            names = names_of_classes(labels)
            answers = names_of_classes(self._submission.told(self._columns[0]))
            return names_of_classes([*names, *(name for name in answers if are_whole([name]) or not are_whole(names))])
        return classes_in(labels)

    def _answers(self, form: Form) -> Array:
        """All answers are looked at, and those of the scored rows given in the order of the solution."""
        arrays = [_read(self._submission[name], form) for name in order(form)]
        if not is_fine(arrays, form):
            raise LookCloserError
        ids, given = self._solution.ids, self._submission.ids
        rows = ids.of(given)
        texts = (len(text) * 4 for array in arrays if array.dtype == object for text in array)
        n_bytes = given.n_bytes + len(given) * _BYTES_OF_A_NUMBER * len(arrays) + sum(texts)
        if n_bytes > byte_limit(len(given), len(form.header), is_text=form.cells == "text"):
            raise LookCloserError
        if rows is None:
            rows = self._used
        elif self._used is not None:
            rows = rows[self._used]
        return joined(arrays if rows is None else [array[rows] for array in arrays])

    def _truth(self, form: Form) -> Array:
        metric, columns = self._metric, {name: self._solution[name].of(self._used) for name in self._targets}
        if metric.of_truth == "text":
            return joined([column.texts() for column in columns.values()])
        if metric.of_truth == "labels" and form.classes and len(columns) == 1:
            return next(iter(columns.values())).labels(LabelReader(classes=form.classes))
        if metric.of_truth == "labels":
            flags = joined([columns[name].flags() for name in form.classes or self._targets])
            if form.classes and (flags.sum(axis=1) != 1).any():
                raise LookCloserError
            return flags.argmax(axis=1) if form.classes else flags
        numbers = joined([column.numbers() for column in columns.values()])
        if metric.of_truth == "probabilities" and outside(numbers, "probabilities").any():
            raise LookCloserError
        return numbers


def _read(column: Column, form: Form) -> Array:
    if form.cells == "classes":
        return column.labels(LabelReader(classes=form.classes))
    if form.cells == "flags":
        return column.flags()
    return column.texts() if form.cells == "text" else column.numbers()


def _is_one_of(targets: Sequence[Column]) -> bool:
    """Whether every row marks one class with a 1, in its column."""
    return bool((sum((column.numbers() == 1).astype(np.int64) for column in targets) == 1).all())
