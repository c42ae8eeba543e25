"""Balanced accuracy: the share that is right of each class, and the mean of these."""

from __future__ import annotations

from functools import partial

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric, quotient
from kit.metrics.classes import is_class, n_classes, rows_of_rarest_class, same_shape


def balanced_accuracy() -> Metric:
    """The mean over the classes of the share of their rows that is right.

    Returns
    -------
    Metric
        From 0 to 1, greater is better; a share. 1 / n_classes is what a constant answer gets.

    Notes
    -----
    The mean recall over the classes that occur in the solution; a class that is only predicted is not averaged, its
    rows are wrong all the same. A submission holds ``id,label``.

    References
    ----------
    K. H. Brodersen, C. S. Ong, K. E. Stephan, J. M. Buhmann, "The balanced accuracy and its posterior distribution",
    ICPR 2010, p. 3121; scikit-learn, ``balanced_accuracy_score``.

    Examples
    --------
    >>> balanced_accuracy().value(np.array([0, 0, 0, 0, 1, 1]), np.array([0, 0, 0, 0, 1, 0]))
    0.75
    """
    return Metric(
        name="balanced_accuracy",
        summary="Of each class, what share is right? The mean, so that rare classes count as much as frequent ones.",
        greater_is_better=True,
        needs="labels",
        best=1.0,
        worst=0.0,
        unit="share",
        interval="bootstrap",
        source="Brodersen et al., ICPR 2010, p. 3121",
        terms=hits_of_classes,
        combine=mean_of_shares,
        n_independent=partial(rows_of_rarest_class, n_blocks=2),
    )


def hits_of_classes(y_true: Array, y_pred: Array) -> FloatArray:
    """Of which class each row is, and whether it is right: shape (n_samples, 2 * n_classes), ones and zeros."""
    true, given = same_shape(y_true, y_pred)
    is_true = is_class(true, n_classes(true))
    return np.concatenate([is_true, is_true & (true == given)[:, np.newaxis]], axis=1).astype(np.float64)


def mean_of_shares(sums: FloatArray, total: FloatArray) -> FloatArray:  # noqa: ARG001 - the signature of combine
    """The mean over the classes with rows."""
    of_class, right = np.split(sums, 2, axis=-1)
    return np.asarray(quotient(right, of_class, otherwise=0.0).sum(axis=-1) / (of_class > 0).sum(axis=-1))
