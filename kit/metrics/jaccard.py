"""Jaccard: how much two sets have in common, of all that is in either. Of labels, of words, or of names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Literal, TypeAlias

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric, mean, quotient
from kit.metrics.cells import names, overlaps
from kit.metrics.classes import (
    averaged,
    does_not_fit,
    occurrences,
    occurrences_of,
    of_each_row,
    require_sense,
    rows_of_rarest_class,
)

Average: TypeAlias = Literal["words", "sets", "macro", "micro", "weighted", "binary", "samples"]


def jaccard(
    average: Average = "words", pos_label: int = 1, zero_division: float = 0.0, labels: tuple[int, ...] = ()
) -> Metric:
    """The Jaccard index: what two sets have in common, as a share of all that is in either.

    Parameters
    ----------
    average
        What it is of, and the mean of what. ``words``: the cells are texts; the mean over the rows of what their words
        have in common. ``sets``: the same of cells with names between blanks, upper and lower case being different.
        ``samples``: the same of several labels a row, as 0 and 1. ``macro``, ``weighted``, ``micro``, ``binary``: of
        labels, over the classes, as `f1` averages; a set then is the rows of a class. (scikit-learn begins with
        ``binary``.)
    pos_label
        Index of the one class of ``binary``, from 0.
    zero_division
        What 0/0 is for labels, from 0 to 1.
    labels
        Indices of the classes to average over, where not all of them count, as of `f1`.

    Returns
    -------
    Metric
        From 0 to 1, greater is better.

    Notes
    -----
    |A and B| / |A or B|; of a class TP / (true + predicted - TP). A submission holds ``id,text``; of labels
    ``id,label``, or a column of 0 and 1 for each.

    Texts are brought to lower case and split at blanks; a word that stands there twice counts once. A cell may be
    empty; where both are, which is 0/0, the row counts 1 (Kaggle's function stops with a division by zero there).
    Classes that neither occur nor are predicted are left out.

    References
    ----------
    P. Jaccard, "Étude comparative de la distribution florale dans une portion des Alpes et des Jura", Bulletin de la
    Société Vaudoise des Sciences Naturelles 37 (1901), p. 547; Kaggle, "Tweet Sentiment Extraction", evaluation (for
    words); scikit-learn, ``jaccard_score``.

    Examples
    --------
    >>> jaccard().value(np.array(["The quick fox", ""]), np.array(["the fox ran", ""]))
    0.75
    >>> jaccard("macro").value(np.array([0, 0, 1, 1]), np.array([0, 0, 0, 1])).__round__(4)
    0.5833
    """
    require_sense(pos_label, zero_division, labels=labels, average=average)
    is_text = average in ("words", "sets")
    return Metric(
        name="jaccard",
        summary="How much do answer and truth have in common, of all that is in either?",
        greater_is_better=True,
        needs="text" if is_text else "labels",
        best=1.0,
        worst=0.0,
        unit="value",
        interval="bootstrap",
        source="P. Jaccard, Bulletin de la Société Vaudoise des Sciences Naturelles 37 (1901), p. 547",
        has_columns=average not in ("words", "sets", "binary"),
        params={"average": average, "pos_label": pos_label, "zero_division": zero_division, "labels": labels},
        told_always=("average",),
        **_rule(average, pos_label, zero_division, labels),
    )


def in_common(y_true: Array, y_pred: Array, *, lower: bool = False) -> FloatArray:
    """What the names in two cells have in common, of all in either: shape (n_samples, 1).

    Parameters
    ----------
    y_true, y_pred : shape (n_samples,)
        Cells, as `kit.metrics.cells.names` reads them.
    lower
        Whether upper and lower case are the same.
    """
    columns: list[Any] = [y_true, y_pred]
    if lower:
        columns = [[[name.lower() for name in names(cell)] for cell in cells] for cells in columns]
    true, given, both = overlaps(*columns).T
    return quotient(both, true + given - both, otherwise=1.0)[:, np.newaxis]


def _rule(average: Average, pos_label: int, zero_division: float, labels: tuple[int, ...]) -> Mapping[str, Any]:
    if average == "words" or average == "sets":
        return {"terms": partial(in_common, lower=average == "words"), "combine": mean, "wrong": _number}
    terms: Mapping[str, Callable[..., FloatArray]] = {
        "binary": partial(occurrences_of, pos_label=pos_label),
        "samples": partial(of_each_row, ratio=_ratio, zero_division=zero_division, labels=labels),
    }
    return {
        "terms": terms.get(average, partial(occurrences, labels=labels)),
        "combine": partial(averaged, ratio=_ratio, average=average, zero_division=zero_division),
        "n_independent": partial(rows_of_rarest_class, n_blocks=3) if average in ("macro", "binary") else len,
        "undefined": partial(does_not_fit, average=average, labels=labels),
    }


def _number(y_pred: Array) -> tuple[int, str] | None:
    """A row whose cell is no text, but a label."""
    rows = [row for row, cell in enumerate(y_pred) if isinstance(cell, (int, float)) and cell == cell]
    return (rows[0], "it is a number; of labels take average = binary, or macro") if rows else None


def _ratio(true: FloatArray, given: FloatArray, both: FloatArray) -> tuple[FloatArray, FloatArray]:
    return both, true + given - both
