"""Metrics: one file each, found by name, imported when they are needed.

A new metric is a function of two arrays that gives terms per row, wrapped in a `kit.metrics.base.Metric`, and a line
in `BUILT_IN` or in the ``register_metrics`` hook of a package.
"""

from __future__ import annotations

from importlib import import_module

from kit.errors import Problem, UsageError, nearest
from kit.metrics.base import Metric

BUILT_IN = {
    "accuracy": "kit.metrics.accuracy:ACCURACY",
    "rmse": "kit.metrics.rmse:RMSE",
    "roc_auc": "kit.metrics.roc_auc:ROC_AUC",
}


def load_metric(reference: str) -> Metric:
    """The metric that `reference` names.

    Parameters
    ----------
    reference
        One of our names, or ``module:ATTRIBUTE`` as hooks return it.

    Raises
    ------
    UsageError
        E001, if there is no such name, module or attribute, or if it is no `Metric`.

    Examples
    --------
    >>> load_metric("accuracy").summary
    'Of all rows, what share is right?'
    """
    module, colon, attribute = BUILT_IN.get(reference, reference).partition(":")
    if not colon:
        near = nearest(reference, BUILT_IN)
        fix = f"did you mean   {near} ?" if near else f"known here: {', '.join(BUILT_IN)}"
        raise UsageError(Problem(code="E001", message=f'there is no metric "{reference}"', fix=fix))
    try:
        metric = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        problem = Problem(code="E001", message=f"the metric {reference} can't be loaded: {error}", where=reference)
        raise UsageError(problem) from error
    if not isinstance(metric, Metric):
        got = type(metric).__name__
        message = f"{reference} is no metric"
        raise UsageError(Problem(code="E001", message=message, expected="kit.metrics.base.Metric", got=got))
    return metric
