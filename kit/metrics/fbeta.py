"""F-beta: how well each class is found, with no more alarms than needed; beta says which of the two matters more."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from math import inf

from kit.metrics.base import FloatArray, Metric, Scalar
from kit.metrics.classes import (
    Average,
    averaged,
    does_not_fit,
    occurrences,
    occurrences_of,
    of_each_row,
    require_sense,
    rows_of_rarest_class,
)

_SUMMARIES: dict[Average, str] = {
    "macro": "How well is each class found, without false alarms? Rare classes count as much as frequent ones.",
    "micro": "How many rows are right, counted over all classes together? The same number as accuracy.",
    "weighted": "How well is each class found, without false alarms? Frequent classes count more.",
    "binary": "How well is the one class found, without false alarms?",
    "samples": "How well are the labels of a row found, without false alarms, on average?",
}
_SUMMARY_OF_SOME = "How well are some of the classes found, without false alarms? The others do not count."


def fbeta(
    beta: float = 1.0,
    average: Average = "macro",
    pos_label: int = 1,
    zero_division: float = 0.0,
    labels: tuple[int, ...] = (),
) -> Metric:
    """The F-beta score: the harmonic mean of precision and recall, recall counting beta times as much.

    Parameters
    ----------
    beta
        From 0, which looks at precision only; 2 cares more for what was missed, 0.5 for false alarms.
    average
        ``macro``: the plain mean over the classes that occur among the true or the predicted labels, or over all
        labels. ``weighted``: their mean weighted by how often a class is true. ``micro``: F of all decisions together,
        which is the accuracy where every row has one label. ``binary``: of one class only. ``samples``: of several
        labels a row, the mean over the rows of the F of their labels. (scikit-learn begins with ``binary``.)
    pos_label
        Index of that one class, from 0.
    zero_division
        What 0/0 is, from 0 to 1: of a label (a row) that is neither true nor predicted.
    labels
        Indices of the classes to average over, where not all of them count: of ``[0, 2]`` the others are left out, but
        for the false alarms that they cause. Each of them counts in macro whether it occurs or not.

    Returns
    -------
    Metric
        From 0 to 1, greater is better.

    Notes
    -----
    F of a class is (1 + b²) TP / ((1 + b²) TP + b² FN + FP), with 0/0 as `zero_division` says. A class that neither
    occurs nor is predicted is left out of macro; one of several labels a row is not. Macro F is the mean of the
    classes' F, not the F of mean precision and mean recall; weighted F may lie outside of weighted precision and
    recall. A submission holds ``id,label``, or 0 and 1 for each of several labels.

    References
    ----------
    C. J. van Rijsbergen, *Information Retrieval*, 2nd ed., Butterworths 1979, chapter 7; scikit-learn, ``fbeta_score``.

    Examples
    --------
    >>> import numpy as np
    >>> fbeta(beta=2.0, average="binary").value(np.array([0, 1, 1, 1]), np.array([1, 1, 0, 0])).__round__(4)
    0.3571
    >>> fbeta(0.5, "samples").value(np.array([[1, 1], [1, 0]]), np.array([[1, 0], [1, 0]])).__round__(4)
    0.9167
    """
    params = {"beta": beta, "average": average, "pos_label": pos_label, "zero_division": zero_division}
    return of_labels(beta, average, pos_label, zero_division, labels, name="fbeta", params=params)


def of_labels(
    beta: float,
    average: Average,
    pos_label: int,
    zero_division: float,
    labels: tuple[int, ...],
    *,
    name: str,
    params: Mapping[str, Scalar],
) -> Metric:
    """The F-beta score under the name that it goes by, with the parameters that it has under this name."""
    require_sense(pos_label, zero_division, labels=labels, average=average)
    if not 0 <= beta < inf:
        raise ValueError("beta is not negative, and finite")
    ratio = partial(_ratio, beta)
    terms = {
        "binary": partial(occurrences_of, pos_label=pos_label),
        "samples": partial(of_each_row, ratio=ratio, zero_division=zero_division, labels=labels),
    }
    return Metric(
        name=name,
        summary=_SUMMARY_OF_SOME if labels else _SUMMARIES[average],
        greater_is_better=True,
        needs="labels",
        best=1.0,
        worst=0.0,
        unit="value",
        interval="bootstrap",
        source="C. J. van Rijsbergen, Information Retrieval, 2nd ed., Butterworths 1979, chapter 7",
        params={**params, "labels": labels},
        told_always=("average",),
        has_columns=average != "binary",
        terms=terms.get(average, partial(occurrences, labels=labels)),
        combine=partial(averaged, ratio=ratio, average=average, zero_division=zero_division),
        n_independent=partial(rows_of_rarest_class, n_blocks=3) if average in ("macro", "binary") else len,
        undefined=partial(does_not_fit, average=average, labels=labels),
    )


def _ratio(beta: float, true: FloatArray, given: FloatArray, both: FloatArray) -> tuple[FloatArray, FloatArray]:
    return (1 + beta**2) * both, beta**2 * true + given
