"""What a submission has to look like where a solution is all that says it: its columns, and the class to look for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from kit.errors import MetricError, Problem
from kit.metrics.base import Metric
from kit.notebook.arrays import place_of
from kit.notebook.measure import Measure
from kit.submission import Form
from kit.submission.findings import listed, shown


def asked_columns(name: str, metric: Metric, given: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    """The columns that a submission has to have.

    Parameters
    ----------
    name
        What the solution is called.
    metric
        Whether it takes several.
    given, others
        Columns of the submission, and of the solution: without ids, ``Usage`` and what else the metric looks at.

    Raises
    ------
    MetricError
        E603 where it can't be told.
    """
    common = [name for name in others if name in given]
    if common:
        return tuple(others) if metric.has_columns or metric.needs == "probabilities" else (common[0],)
    if len(others) == 1 and metric.needs == "probabilities":
        return tuple(given) or (others[0],)  # it holds chances, the solution what came of them
    if len(others) == 1 and metric.has_columns and len(given) > 1:
        return tuple(given)  # quantiles, members of an ensemble
    if len(others) == 1:
        return (others[0],)
    found = listed([shown(name) for name in others]) or "no other column"
    message = f"the solution's target can't be told: it has {found}"
    fix = "call it as in the submission, or leave out the columns that the metric does not look at"
    problem = Problem(code="E603", message="the solution is wrong", where=name)
    raise MetricError(problem, [Problem(code="E309", message=message, fix=fix)])


def of_class(measure: Measure, form: Form) -> tuple[Metric, Form]:
    """The metric and the form where ``pos_label`` names the class to look for."""
    place = place_of(str(measure.positive), np.array(form.classes))
    if measure.metric.needs == "labels":
        return measure.of_class(measure.metric, str(measure.positive), np.array(form.classes)), form
    is_turned = len(form.classes) == 2 and place == 0 and len(form.columns) == 1
    return measure.metric, replace(form, classes=form.classes[::-1]) if is_turned else form
