"""Mean reciprocal rank: how far down each list one has to read until something is right."""

from __future__ import annotations

from functools import partial

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric, mean
from kit.metrics.cells import hits, written_list


def mrr(k: int = 0) -> Metric:
    """Reciprocal of the place of the first right name, averaged over the rows.

    Parameters
    ----------
    k
        How many names of each list are looked at; 0 for all.

    Returns
    -------
    Metric
        From 0 to 1, greater is better; it has no unit.

    Notes
    -----
    Of a row it is 1 / r, where r is the place of the first name that is right, from 1; the score is the mean over the
    rows.

    A submission holds in each row names separated by blanks, the best first: ``7,cat dog fox``. The solution holds the
    name, or names, that are right. A list without a hit, an empty one, and a row in which no name is right have 0,
    and are counted.

    References
    ----------
    E. M. Voorhees, "The TREC-8 Question Answering Track Report", TREC-8, NIST 1999, section 3.

    Examples
    --------
    >>> mrr().value(np.array(["cats", "tori", "viruses"]), np.array(["catten cati cats", "torii tori", "viruses"]))
    0.611111111111111
    """
    if k < 0:
        raise ValueError("k is 0, for lists of any length, or more")
    return Metric(
        name="mrr",
        summary="How far down each list does one read until something is right? 1 at the top, 1/2 at the second place.",
        greater_is_better=True,
        needs="ranking",
        best=1.0,
        worst=0.0,
        unit="value",
        interval="bootstrap",
        source="E. M. Voorhees, The TREC-8 Question Answering Track Report, TREC-8, NIST 1999, section 3",
        params={"k": k},
        wrong=written_list,
        terms=partial(_reciprocal_ranks, k),
        combine=mean,
    )


def _reciprocal_ranks(k: int, y_true: Array, y_pred: Array) -> FloatArray:
    found, _ = hits(y_true, y_pred, k)
    row, first = np.unique(found.row, return_index=True)
    of_row = np.zeros((found.n_rows, 1))
    of_row[row, 0] = 1 / (found.place[first] + 1)
    return of_row
