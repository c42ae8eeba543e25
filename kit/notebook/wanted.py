"""What a submission has to look like where a solution is all that says it: its columns, and the class to look for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from kit.errors import MetricError, Problem
from kit.metrics.base import Metric
from kit.notebook.arrays import place_of
from kit.notebook.measure import Measure
from kit.source.sheet import names_of_classes
from kit.submission import Form
from kit.submission.findings import Findings, listed, shown


def asked_columns(
    name: str,
    metric: Metric,
    given: Sequence[str],
    others: Sequence[str],
    *,
    classes: Sequence[object] | None,
    labels: Callable[[str], Iterable[str]],
) -> tuple[str, ...]:
    """The columns that a submission has to have: the solution's targets, or one for each class.

    What they are called, the submission says alone where the solution has no name for it: several values for one, as
    quantiles are, and numbers for a text, such as its log-probability.

    Parameters
    ----------
    name
        What the solution is called.
    metric
        Whether it takes several.
    given, others
        Columns of the submission, and of the solution: without ids, ``Usage`` and what else the metric looks at.
    classes
        All of them, where whoever asks has named them.
    labels
        Gives the labels in a column of the solution.

    Raises
    ------
    MetricError
        E603 where it can't be told.
    ParticipantVisibleError
        E309 for columns of some classes, or of classes and of something else.
    """
    common = [name for name in others if name in given]
    if common:
        return tuple(others) if metric.has_columns or metric.needs == "probabilities" else (common[0],)
    if len(others) == 1 and metric.needs == "values" and _has_names_of_its_own(metric, given):
        return tuple(given)
    if len(others) == 1 and metric.needs == "probabilities" and metric.of_truth == "labels" and len(given) > 1:
        known = classes_in(labels(others[0])) if classes is None else tuple(map(str, classes))
        return _one_for_each(known, given, are_named=classes is not None) or (others[0],)
    if len(others) == 1:
        return (others[0],)
    found = listed([shown(name) for name in others]) or "no other column"
    message = f"the solution's target can't be told: it has {found}"
    fix = "call it as in the submission, or leave out the columns that the metric does not look at"
    problem = Problem(code="E603", message="the solution is wrong", where=name)
    raise MetricError(problem, [Problem(code="E309", message=message, fix=fix)])


def classes_in(labels: Iterable[str]) -> tuple[str, ...]:
    """The classes that probabilities are of; of 0 and 1 both, even if there is only one of them."""
    names = names_of_classes(labels)
    return ("0", "1") if {*names} <= {"0", "1"} else names


def _has_names_of_its_own(metric: Metric, given: Sequence[str]) -> bool:
    return metric.has_columns if len(given) > 1 else bool(given) and metric.of_truth == "text"


def _one_for_each(classes: tuple[str, ...], given: Sequence[str], *, are_named: bool) -> tuple[str, ...]:
    """The columns of the classes; none where the submission has nothing of them."""
    if {*given} == {*classes}:
        return tuple(dict.fromkeys(given))
    if not {*given} & {*classes}:
        return ()
    if are_named:
        return classes
    findings = Findings("submission")  # which classes the solution has, it is not to tell
    fix = "a column for each class and no other;   classes=[…]   names those that no row has"
    findings.add("E309", "the columns are not exactly the classes of the solution", fix=fix)
    raise findings.error()


def of_classes(measure: Measure, form: Form) -> tuple[Metric, Form]:
    """The metric and the form where ``pos_label`` names the class to look for, or ``labels`` those that count."""
    metric, form = (measure.metric, form) if measure.positive is None else _of_class(measure, form)
    known = np.array(form.classes) if form.classes else None
    labels = tuple(map(str, measure.labels)) if form.classes else measure.labels
    return measure.of_labels(metric, labels, known), form


def _of_class(measure: Measure, form: Form) -> tuple[Metric, Form]:
    place = place_of(str(measure.positive), np.array(form.classes))
    if measure.metric.needs == "labels":
        return measure.of_class(measure.metric, str(measure.positive), np.array(form.classes)), form
    is_turned = len(form.classes) == 2 and place == 0 and len(form.columns) == 1
    return measure.metric, replace(form, classes=form.classes[::-1]) if is_turned else form
