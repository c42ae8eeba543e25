"""Mean average precision at k: whether what is right stands at the top of each list."""

from __future__ import annotations

from functools import partial
from typing import Literal, TypeAlias

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric, mean, quotient
from kit.metrics.cells import at_least_one, hits, written_list

DivideBy: TypeAlias = Literal["attainable", "relevant"]


def map_at_k(k: int = 5, divide_by: DivideBy = "attainable") -> Metric:
    """Average precision of the first `k` names of each list, averaged over the rows.

    Parameters
    ----------
    k
        How many names of each list are looked at, at least 1.
    divide_by
        ``attainable``: the sum of precisions of a row is divided by min(m, k), where m names are right, so that a
        perfect list has 1. ``relevant``: by m, as in the KDD Cup 2012; where m > k nobody reaches 1.

    Returns
    -------
    Metric
        From 0 to 1, greater is better; it has no unit.

    Notes
    -----
    Of a row it is the sum over the hits i of P(i), divided by min(m, k), where P(i) is the share of hits among the
    first i names; the score is the mean over the rows.

    A submission holds in each row names separated by blanks, the best first: ``7,cat dog fox``. The solution holds the
    names that are right, in any order. What stands after place k is not looked at. A name that stands twice is
    one hit, at its first place; the second one still takes its place. An empty list has 0. A row in which no name is
    right has 0, and is counted.

    References
    ----------
    Kaggle wiki, "Mean Average Precision"; benhamner/Metrics, ``average_precision.py``; KDD Cup 2012, track 1,
    evaluation, for the sum divided by m.

    Examples
    --------
    Right at places 1 and 3, of which two are looked at; two of the three that are right could have been there:

    >>> map_at_k(k=2).value(np.array(["a c e"]), np.array(["a b c d e"]))
    0.5
    """
    at_least_one(k)
    return Metric(
        name="map_at_k",
        summary=f"Does what is right stand at the top of each list of {k}? Errors near the top cost the most.",
        greater_is_better=True,
        needs="ranking",
        best=1.0,
        worst=0.0,
        unit="value",
        interval="bootstrap",
        source="Kaggle wiki, Mean Average Precision; benhamner/Metrics, average_precision.py",
        params={"k": k, "divide_by": divide_by},
        wrong=written_list,
        terms=partial(average_precisions, k, divide_by),
        combine=mean,
    )


def average_precisions(k: int, divide_by: DivideBy, y_true: Array, y_pred: Array) -> FloatArray:
    """Average precision of each list, shape (n_samples, 1); 0 where there is nothing to find."""
    found, n_to_find = hits(y_true, y_pred, k)
    n_found = found.per_row()
    before_row = np.cumsum(n_found) - n_found
    number = np.arange(1, len(found.row) + 1) - before_row[found.row]  # 1 for the first hit of a row
    n_possible = np.minimum(n_to_find, k) if divide_by == "attainable" else n_to_find
    total = found.per_row(number / (found.place + 1))
    return quotient(total, n_possible, otherwise=0.0)[:, np.newaxis]
