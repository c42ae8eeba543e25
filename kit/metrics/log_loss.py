"""Log loss: how surprised one is by the truth, having believed the probabilities. Kaggle's rule, to the last digit."""

from __future__ import annotations

from math import log

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric, mean
from kit.metrics.chances import rescaled

CLIP = 1e-15
"""Probabilities are brought into [CLIP, 1 - CLIP] (Kaggle wiki), so a mistake that was certain costs 34.54.

scikit-learn's `log_loss` clips at the resolution of the numbers instead: 36.04 for float64, 15.94 for float32.
"""


def log_loss() -> Metric:
    """The mean surprise at the truth, in nats: minus the logarithm of the probability that it was given.

    Returns
    -------
    Metric
        From 0, which is perfect, to 34.54; smaller is better. In nats; ln(n_classes) is knowing nothing.

    Notes
    -----
    -mean ln P(the right class). A submission holds ``id,p`` with p = P(classes[1]) where there are two classes, else
    ``id,class 1,…,class k``: rows are divided by their sum, then clipped to [1e-15, 1 - 1e-15], and not divided again.
    A row of zeros is refused, there is nothing to rescale. Of several labels a row each is a question of its own with
    a yes and a no: nothing is rescaled, and the loss is the mean over the labels (mean column-wise log loss).

    References
    ----------
    Kaggle wiki, "Logarithmic Loss" and "Multi Class Log Loss"; I. J. Good, "Rational decisions", Journal of the Royal
    Statistical Society B 14 (1952), p. 107.

    Examples
    --------
    A doubt costs 0.69, a mistake that was certain 34.54:

    >>> log_loss().value(np.array([1, 0]), np.array([0.5, 1.0])).__round__(4)
    17.616
    >>> log_loss().value(np.array([0, 1]), np.array([[0.9, 0.9], [0.2, 0.6]])).__round__(4)
    0.4904
    """
    return Metric(
        name="log_loss",
        summary="How sure were you of what proved right? A mistake that was certain costs 34.5, a doubt little.",
        greater_is_better=False,
        needs="probabilities",
        best=0.0,
        worst=-log(CLIP),
        unit="value",
        interval="bootstrap",
        source="Kaggle wiki, Logarithmic Loss and Multi Class Log Loss",
        has_columns=True,
        domain="probabilities",
        terms=surprises,
        combine=mean,
    )


def surprises(y_true: Array, y_pred: Array) -> FloatArray:
    """-ln P(the right class) of each row, in nats; of several labels their mean. Shape (n_samples, 1).

    Parameters
    ----------
    y_true : shape (n_samples,) or (n_samples, n_labels)
        Class indices, or of several labels a row 0 and 1.
    y_pred : shape (n_samples,), (n_samples, n_classes) or (n_samples, n_labels)
        P(classes[1]), a column for each class, or P(1) of each label.

    Examples
    --------
    >>> surprises(np.array([1, 0]), np.array([0.5, 1.0])).round(2).tolist()
    [[0.69], [34.54]]
    """
    true, p = np.asarray(y_true), np.asarray(y_pred, dtype=np.float64)
    if p.ndim > true.ndim:
        right = rescaled(p)[np.arange(len(p)), true.astype(np.int64)]
    else:
        right = np.where(true == 1, p, 1 - p)
    losses = -np.log(np.clip(right, CLIP, 1 - CLIP))
    return np.asarray(losses[:, np.newaxis] if losses.ndim == 1 else losses.mean(axis=1, keepdims=True))
