"""Log loss: how surprised one is by the truth, having believed the probabilities. Kaggle's rule, to the last digit."""

from __future__ import annotations

from math import log

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric, mean

CLIP = 1e-15
"""Probabilities are brought into [CLIP, 1 - CLIP] (Kaggle wiki), so a mistake that was certain costs 34.54.

scikit-learn's `log_loss` clips at the resolution of the numbers instead: 36.04 for float64, 15.94 for float32.
"""


def surprises(y_true: Array, y_pred: Array) -> FloatArray:
    """-ln P(the right class) of each row, in nats.

    Parameters
    ----------
    y_true : shape (n_samples,)
        Class indices.
    y_pred : shape (n_samples,) or (n_samples, n_classes)
        P(classes[1]) where there are two classes. A column for each class else; rows are rescaled to sum to 1 before
        they are clipped, and not again afterwards.

    Returns
    -------
    shape (n_samples, 1)
        Their mean is the log loss; 0 is perfect, ln(n_classes) is knowing nothing, smaller is better.

    References
    ----------
    Kaggle wiki, "Logarithmic Loss" and "Multi Class Log Loss"; I. J. Good, "Rational decisions", Journal of the Royal
    Statistical Society B 14 (1952), p. 107.

    Examples
    --------
    >>> surprises(np.array([1, 0]), np.array([0.5, 1.0])).round(2).tolist()
    [[0.69], [34.54]]
    >>> surprises(np.array([0, 1]), np.array([[0.9, 0.9], [0.2, 0.6]])).round(2).tolist()
    [[0.69], [0.29]]
    """
    p = np.asarray(y_pred, dtype=np.float64)
    if p.ndim == 1:
        p = np.column_stack([1 - p, p])
    right = p[np.arange(len(p)), y_true] / p.sum(axis=1)
    return np.asarray(-np.log(np.clip(right, CLIP, 1 - CLIP)))[:, np.newaxis]


LOG_LOSS = Metric(
    name="log_loss",
    summary="How sure were you of what turned out to be right? A mistake that was certain costs 34.5, a doubt little.",
    greater_is_better=False,
    needs="probabilities",
    best=0.0,
    worst=-log(CLIP),
    unit="value",
    interval="bootstrap",
    domain="probabilities",
    source="Kaggle wiki, Logarithmic Loss and Multi Class Log Loss",
    terms=surprises,
    combine=mean,
)
