"""F1: how well each class is found, with no more alarms than needed. A family: classes are averaged in several ways."""

from __future__ import annotations

from kit.metrics.base import Metric
from kit.metrics.classes import Average
from kit.metrics.fbeta import of_labels


def f1(
    average: Average = "macro", pos_label: int = 1, zero_division: float = 0.0, labels: tuple[int, ...] = ()
) -> Metric:
    """The F1 score: the harmonic mean of the share that was found and the share of alarms that were right.

    Parameters
    ----------
    average
        ``macro``: the plain mean over the classes that occur among the true or the predicted labels, or over all
        labels. ``weighted``: their mean weighted by how often a class is true. ``micro``: F1 of all decisions
        together, which is the accuracy where every row has one label. ``binary``: of one class only. ``samples``: of
        several labels a row, the mean over the rows of the F1 of their labels. (scikit-learn begins with ``binary``.)
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
    F1 of a class is 2 TP / (true + predicted), with 0/0 as `zero_division` says. A class that neither occurs nor is
    predicted is left out of macro; one of several labels a row is not. Macro F1 is the mean of the classes' F1, not
    the F1 of mean precision and mean recall. A submission holds ``id,label``, or 0 and 1 for each of several labels.

    References
    ----------
    C. J. van Rijsbergen, *Information Retrieval*, 2nd ed., Butterworths 1979, chapter 7; J. Opitz, S. Burst, "Macro F1
    and Macro F1", arXiv 1911.03347 (2019), for the two formulas that are called macro F1; scikit-learn, ``f1_score``.

    Examples
    --------
    >>> import numpy as np
    >>> f1().value(np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1])).__round__(4)
    0.7333
    >>> f1("micro").value(np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1]))
    0.75
    >>> f1("binary").value(np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1])).__round__(4)
    0.6667
    """
    params = {"average": average, "pos_label": pos_label, "zero_division": zero_division}
    return of_labels(1.0, average, pos_label, zero_division, labels, name="f1", params=params)
