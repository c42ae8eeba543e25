"""Hits and recall at k: whether, and how much of, what is right stands among the first k names of each list."""

from __future__ import annotations

from functools import partial

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric, mean, quotient
from kit.metrics.cells import at_least_one, hits, written_list


def hit_at_k(k: int = 10) -> Metric:
    """Share of the rows where at least one of the first `k` names is right.

    Parameters
    ----------
    k
        How many names of each list are looked at, at least 1.

    Returns
    -------
    Metric
        From 0 to 1, greater is better; shown in per cent.

    Notes
    -----
    Of a row it is 1 where one of the first k names is right, else 0; the score is the mean over the rows. Where one
    name is right in each row, it is the same number as recall at k.

    A submission holds in each row names separated by blanks, the best first: ``7,cat dog fox``. The solution holds the
    names that are right, in any order. What stands after place k is not looked at; a name that stands twice takes two
    places. An empty list has 0. A row in which no name is right has 0, and is counted.

    References
    ----------
    G. Karypis, "Evaluation of Item-Based Top-N Recommendation Algorithms", CIKM 2001, section 5 (hit rate).

    Examples
    --------
    >>> hit_at_k(k=2).value(np.array(["a", "a"]), np.array(["b a", "b c a"]))
    0.5
    """
    at_least_one(k)
    return Metric(
        name="hit_at_k",
        summary=f"In how many rows is one of the first {k} names right?",
        greater_is_better=True,
        needs="ranking",
        best=1.0,
        worst=0.0,
        unit="share",
        interval="wilson",
        source="G. Karypis, Evaluation of Item-Based Top-N Recommendation Algorithms, CIKM 2001, section 5",
        params={"k": k},
        wrong=written_list,
        terms=partial(_is_hit, k),
        combine=mean,
    )


def recall_at_k(k: int = 10) -> Metric:
    """Share of the right names that stand among the first `k`, averaged over the rows.

    Parameters
    ----------
    k
        How many names of each list are looked at, at least 1.

    Returns
    -------
    Metric
        From 0 to 1, greater is better; it has no unit. Where more than k names are right, nobody reaches 1.

    Notes
    -----
    Of a row in which m names are right, h of which stand among the first k, it is h / m; the score is the mean over
    the rows.

    A submission holds in each row names separated by blanks, the best first: ``7,cat dog fox``. The solution holds the
    names that are right, in any order. What stands after place k is not looked at; a name that stands twice is one
    hit and takes two places. An empty list has 0. A row in which no name is right has 0, and is counted.

    References
    ----------
    C. D. Manning, P. Raghavan, H. Schütze, *Introduction to Information Retrieval*, Cambridge University Press 2008,
    section 8.4.

    Examples
    --------
    >>> recall_at_k(k=2).value(np.array(["a c", "a"]), np.array(["a b c", "b a"]))
    0.75
    """
    at_least_one(k)
    return Metric(
        name="recall_at_k",
        summary=f"How much of what is right stands among the first {k} names of each list?",
        greater_is_better=True,
        needs="ranking",
        best=1.0,
        worst=0.0,
        unit="value",
        interval="bootstrap",
        source="Manning, Raghavan, Schütze, Introduction to Information Retrieval, CUP 2008, section 8.4",
        params={"k": k},
        wrong=written_list,
        terms=partial(_recalls, k),
        combine=mean,
    )


def _is_hit(k: int, y_true: Array, y_pred: Array) -> FloatArray:
    found, _ = hits(y_true, y_pred, k)
    return (found.per_row() > 0).astype(np.float64)[:, np.newaxis]


def _recalls(k: int, y_true: Array, y_pred: Array) -> FloatArray:
    found, n_to_find = hits(y_true, y_pred, k)
    return quotient(found.per_row(), n_to_find, otherwise=0.0)[:, np.newaxis]
