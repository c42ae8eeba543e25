"""Normalised discounted cumulative gain: whether the best of what is relevant stands at the top of each list."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import chain
from typing import Any, Literal, TypeAlias

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric, mean, quotient, ratio_of_sums
from kit.metrics.cells import IntArray, at_least_one, names, read, written_list

Gain: TypeAlias = Literal["exponential", "linear"]

_MAX_GRADE = 60
"""2^60 can still be added up; nobody grades in more than a few steps."""


def ndcg_at_k(k: int = 10, gain: Gain = "exponential", graded: bool = False, by: str = "") -> Metric:
    """Discounted gain of the first `k` places of each list, as a share of the greatest possible one.

    Parameters
    ----------
    k
        How many places of each list are looked at, at least 1.
    gain
        What a name of grade r is worth: ``exponential``, 2^r - 1; ``linear``, r. They are equal for grades 0 and 1.
    graded
        Whether the names in the solution have grades, as in ``cat:3 dog:1``. Without, each has grade 1. A name in a
        list that the solution does not have is worth 0 either way.
    by
        The column of the solution that says which list a row belongs to, such as ``qid``. A row is then a document
        (``id,qid,label`` in the solution, its grade being the label), and the answer a number: the greater, the
        further up in its list. What is drawn into another part is missing in a list: let the solution's ``Usage`` keep
        each list together.

    Returns
    -------
    Metric
        From 0 to 1, greater is better; it has no unit.

    Notes
    -----
    Of a list, DCG is the sum over the places i = 1 to k of gain / log2(i + 1), and the score is DCG / IDCG, where
    IDCG is the DCG of the best possible list; then the mean over the lists.

    A submission holds in each row names separated by blanks, the best first: ``7,cat dog fox``. What stands after
    place k is not looked at; a name that stands twice counts at its first place, and takes two. An empty list has 0.
    A list in which nothing is worth anything (IDCG 0) has 0, and is counted. With `by`, documents of equal numbers
    share their places: each has the mean of their discounts. Grades are numbers from 0 to 60.

    References
    ----------
    K. Järvelin, J. Kekäläinen, "Cumulated Gain-Based Evaluation of IR Techniques", ACM TOIS 20 (2002), for the linear
    gain; C. Burges et al., "Learning to Rank Using Gradient Descent", ICML 2005, for 2^r - 1, as in the competitions on
    Kaggle; F. McSherry, M. Najork, "Computing Information Retrieval Performance Measures Efficiently in the Presence
    of Tied Scores", ECIR 2008, for ties.

    Examples
    --------
    >>> truth, answer = np.array(["a:3 b:2 c:0 d:1"]), np.array(["b c d a"])
    >>> ndcg_at_k(graded=True).value(truth, answer).__round__(3)
    0.694
    >>> ndcg_at_k(graded=True, gain="linear").value(truth, answer).__round__(3)
    0.796
    """
    at_least_one(k)
    return Metric(
        name="ndcg_at_k",
        summary=f"Does the best of what is relevant stand at the top of each list of {k}?",
        greater_is_better=True,
        needs="values" if by else "ranking",
        best=1.0,
        worst=0.0,
        unit="value",
        interval="bootstrap",
        source="Järvelin, Kekäläinen, ACM TOIS 20 (2002); Burges et al., ICML 2005, for the exponential gain",
        params={"k": k, "gain": gain, "graded": graded, "by": by},
        extra={"lists": by} if by else {},
        wrong=None if by else written_list,
        terms=partial(_of_documents, k, gain) if by else partial(_of_lists, k, gain, graded),
        combine=ratio_of_sums if by else mean,
        exact=partial(_of_all_documents, k, gain) if by else None,
        undefined=_documents_without_grade if by else partial(_lists_without_grade, graded),
    )


def _of_lists(k: int, gain: Gain, graded: bool, y_true: Array, y_pred: Array) -> FloatArray:
    """Score of each row."""
    cells = [_grades(cell, graded) for cell in y_true]
    true, given = read(cells, y_pred)
    given = given.once()
    worth = _worth(gain, np.fromiter(chain.from_iterable(cell.values() for cell in cells), np.float64))
    # The names of a row stand together: sorted within their rows, they have the places that they had before.
    best = true.per_row(worth[np.lexsort((-worth, true.row))] * _discount(true.place, k))
    known = given[given.are_in(true)]
    order = np.argsort(true.key)
    of_known = worth[order][np.searchsorted(true.key[order], known.key)]
    return quotient(known.per_row(of_known * _discount(known.place, k)), best, otherwise=0.0)[:, np.newaxis]


def _of_documents(k: int, gain: Gain, y_true: Array, y_pred: Array, lists: Array) -> FloatArray:
    """Score of each list and a 1, both in the row of its first document; the other rows hold 0."""
    _, first, of = np.unique(lists, return_index=True, return_inverse=True)
    worth = _worth(gain, np.asarray(y_true, dtype=np.float64))
    order, ideal = np.lexsort((-y_pred, of)), np.lexsort((-worth, of))
    row, score = of[order], np.asarray(y_pred)[order]
    discount = _discount(np.arange(len(row)) - np.searchsorted(row, row), k)
    tie = np.cumsum((np.diff(row, prepend=row[:1]) != 0) | (np.diff(score, prepend=score[:1]) != 0))
    shared = (np.bincount(tie, discount) / np.maximum(np.bincount(tie), 1))[tie]
    terms = np.zeros((len(row), 2))
    reached, best = (
        np.bincount(row, values).astype(np.float64) for values in (worth[order] * shared, worth[ideal] * discount)
    )
    terms[first, 0] = quotient(reached, best, otherwise=0.0)
    terms[first, 1] = 1
    return terms


def _of_all_documents(
    k: int, gain: Gain, y_true: Array, y_pred: Array, *, lists: Array, sample_weight: Array | None = None
) -> float:
    if sample_weight is not None:
        raise ValueError("ndcg_at_k by a column takes no weights: a list has several rows, which may differ")
    terms = _of_documents(k, gain, y_true, y_pred, lists)
    return float(ratio_of_sums(terms.sum(axis=0), np.asarray(float(len(terms)))))


def _grades(cell: Any, graded: bool) -> Mapping[str, float]:
    """Name -> grade. ``cat:3`` is the name ``cat:3`` where nothing is graded."""
    if isinstance(cell, Mapping):
        return {str(name): float(grade) for name, grade in cell.items()}
    if not graded:
        return dict.fromkeys(names(cell), 1.0)
    parts = (name.rpartition(":") for name in names(cell))
    return {name: float(grade) for name, _, grade in parts}


def _worth(gain: Gain, grades: FloatArray) -> FloatArray:
    return np.asarray(np.exp2(grades) - 1 if gain == "exponential" else grades)


def _discount(place: IntArray, k: int) -> FloatArray:
    """What a place, from 0, counts; nothing from `k` on."""
    return np.asarray((place < k) / np.log2(place + 2.0))


def _lists_without_grade(graded: bool, y_true: Array) -> str | None:
    for cell in y_true:
        try:
            grades = _grades(cell, graded)
        except ValueError:
            return f"{cell!r} is not names with grades, such as cat:3 dog:1"
        if not all(0 <= grade <= _MAX_GRADE for grade in grades.values()):
            return f"a grade in {cell!r} is not from 0 to {_MAX_GRADE}"
        if graded and len(grades) < len(names(cell)):
            return f"a name in {cell!r} stands there twice"
    return None


def _documents_without_grade(y_true: Array, lists: Array) -> str | None:  # noqa: ARG001 - the signature
    return None if np.min(y_true) >= 0 and np.max(y_true) <= _MAX_GRADE else f"a grade is not from 0 to {_MAX_GRADE}"
