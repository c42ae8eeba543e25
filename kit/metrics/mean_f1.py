"""Mean F1 of sets: how well the set of names in each row is found."""

from __future__ import annotations

from kit.metrics.base import Array, FloatArray, Metric, mean, quotient
from kit.metrics.cells import overlaps


def mean_f1() -> Metric:
    """F1 of the set of names in each row, averaged over the rows.

    Returns
    -------
    Metric
        From 0 to 1, greater is better; it has no unit.

    Notes
    -----
    Of a row with the true set A and the answer B it is 2 |A and B| / (|A| + |B|), the harmonic mean of the share of A
    that was found and of the share of B that is right; the score is the mean over the rows.

    A submission holds in each row names separated by blanks: ``7,cat dog``. Their order does not matter. An empty cell
    is the empty set: where both are empty the row has 1, where one is, 0. A name that stands twice counts once. A name
    that is true of no row at all is a false alarm like any other. Names are compared as they are written: ``Cat`` is
    not ``cat``.

    References
    ----------
    Kaggle wiki, "Mean F Score"; G. Tsoumakas, I. Katakis, "Multi-Label Classification: An Overview", International
    Journal of Data Warehousing and Mining 3 (2007), for averages over rows.

    Examples
    --------
    Found two of three and one false alarm, 2/3; nothing to find and nothing said, 1:

    >>> import numpy as np
    >>> mean_f1().value(np.array(["cat dog fox", ""]), np.array(["fox cow cat", ""])).__round__(4)
    0.8333
    """
    return Metric(
        name="mean_f1",
        summary="How well is the set of names in each row found, without false alarms?",
        greater_is_better=True,
        needs="text",
        best=1.0,
        worst=0.0,
        unit="value",
        interval="bootstrap",
        source="Kaggle wiki, Mean F Score",
        terms=f1_of_sets,
        combine=mean,
    )


def f1_of_sets(y_true: Array, y_pred: Array) -> FloatArray:
    """F1 of the two sets in each row, shape (n_samples, 1); 1 where both are empty."""
    n_in = overlaps(y_true, y_pred)
    total, both = n_in[:, :1] + n_in[:, 1:2], n_in[:, 2:]
    return quotient(2 * both, total, otherwise=1.0)
