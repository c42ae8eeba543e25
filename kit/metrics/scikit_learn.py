"""Any scorer of scikit-learn by its name: the long tail, behind the same interface as our own metrics."""

from __future__ import annotations

import warnings
from math import inf, isnan, nan
from typing import TYPE_CHECKING, Any

import numpy as np

from kit.errors import Problem, UsageError, nearest
from kit.metrics.base import Array, Metric, Needs

if TYPE_CHECKING:
    from collections.abc import Sequence

PREFIX = "sklearn:"


def scorer(name: str) -> Metric:
    """What ``[metric] name = "sklearn:<name>"`` stands for.

    Parameters
    ----------
    name
        As in ``sklearn.metrics.get_scorer_names()``.

    Returns
    -------
    Metric
        Greater is better, always: scikit-learn turns errors round and calls them ``neg_…``. It has no terms; what
        its intervals are made of are scores on resamples.

    Raises
    ------
    UsageError
        E001 if scikit-learn has no such scorer, or it does not compare answers with the truth.
    """
    needs = _needs(name)
    return Metric(
        name=PREFIX + name,
        summary=f"What scikit-learn's scorer {name} says.",
        greater_is_better=True,
        needs=needs,
        best=inf,
        worst=-inf,
        unit="value",
        interval="bootstrap",
        source=f"scikit-learn, sklearn.metrics.get_scorer({name!r})",
        exact=_Scored(name, needs),
        domain="probabilities" if needs == "probabilities" else "any",
        undefined=_Undefined(name, needs),
    )


class _Scored:
    """`Metric.exact` by a scorer: it is shown a model that has the answers already. NaN where it refuses them."""

    def __init__(self, name: str, needs: Needs) -> None:
        self.name, self.needs = name, needs

    def __call__(self, y_true: Array, y_pred: Array, *, sample_weight: Array | None = None) -> float:
        try:
            return self.ask(y_true, y_pred, sample_weight)
        except ValueError:
            return nan

    def ask(self, y_true: Array, y_pred: Array, sample_weight: Array | None = None) -> float:
        """What the scorer says, or raises."""
        weights = {} if sample_weight is None else {"sample_weight": sample_weight}
        model = _model(y_pred)
        if self.needs == "probabilities":
            of_classes = y_pred if y_pred.ndim == 2 else np.column_stack([1 - y_pred, y_pred])
            model = _model(of_classes.argmax(axis=1), of_classes)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what is undefined it says 0 or NaN as well
            return float(_get(self.name)(model, np.empty((len(y_true), 1)), y_true, **weights))


class _Undefined:
    """`Metric.undefined` by trying: where a scorer has no value for answers that are the truth, it has none at all."""

    def __init__(self, name: str, needs: Needs) -> None:
        self.name, self.needs = name, needs

    def __call__(self, y_true: Array) -> str | None:
        answers: Array = y_true
        if self.needs == "probabilities":
            answers = np.eye(max(2, int(y_true.max()) + 1))[y_true] if y_true.ndim == 1 else y_true.astype(np.float64)
        try:
            value = _Scored(self.name, self.needs).ask(y_true, answers)
        except ValueError as error:
            return str(error).partition("\n")[0][:200]
        return "scikit-learn gives no number" if isnan(value) else None


def _get(name: str) -> Any:
    from sklearn.metrics import get_scorer, get_scorer_names

    names: Sequence[str] = get_scorer_names()
    if name in names:
        return get_scorer(name)
    near = nearest(name, names) or next((one for one in names if one.endswith(name)), None)
    fix = f"did you mean   {PREFIX}{near} ?" if near else f"scikit-learn has: {', '.join(names[:12])}, …"
    raise UsageError(
        Problem(code="E001", message=f"scikit-learn has no scorer {name!r}", where="[metric] name", fix=fix)
    )


def _needs(name: str) -> Needs:
    """What a scorer compares with the truth, found by watching it: what it asks a model for, and of what values."""
    asked = _asks_for(name, np.array([0, 1, 0, 1]))
    if asked == "predict_proba":
        return "probabilities"
    if asked == "predict":
        return "values" if _asks_for(name, np.array([0.5, 1.25, 2.5, 0.75])) else "labels"
    message = f"scikit-learn's scorer {name!r} does not compare answers with the truth"
    raise UsageError(Problem(code="E001", message=message, where="[metric] name", fix="name one that does"))


def _asks_for(name: str, y: Array) -> str:
    """The method of a model that a scorer calls; empty where it refuses the truth `y`, or warns of it."""
    is_values = y.dtype.kind == "f"
    model = _model(y) if is_values else _model(y, np.eye(2)[y])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            _get(name)(model, np.empty((len(y), 1)), y)
    except (ValueError, Warning):
        return "" if is_values else str(model.asked)
    return str(model.asked)


def _model(labels: Array, of_classes: Array | None = None) -> Any:
    """A model that has learned the answers by heart, and notes what it was asked for."""
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

    class Answered(RegressorMixin if labels.dtype.kind == "f" else ClassifierMixin, BaseEstimator):  # type: ignore[misc]
        asked = ""
        classes_ = np.arange(2 if of_classes is None else of_classes.shape[1])

        def predict(self, _: Array) -> Array:
            self.asked = "predict"
            return labels

        def predict_proba(self, _: Array) -> Array:
            assert of_classes is not None, "its scorer asks for probabilities"
            self.asked = "predict_proba"
            return of_classes

    return Answered()
