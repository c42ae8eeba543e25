"""Brier score: the squared error of probabilities."""

from __future__ import annotations

from functools import partial
from typing import Literal, TypeAlias

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric, mean
from kit.metrics.chances import rescaled

Half: TypeAlias = Literal["auto", True, False]


def brier(scale_by_half: Half = "auto") -> Metric:
    """The mean squared error of probabilities.

    Parameters
    ----------
    scale_by_half
        Whether half of the sum over the classes is taken, so that the range is 0 to 1. ``auto``: for two classes, not
        for more, as in scikit-learn.

    Returns
    -------
    Metric
        From 0, which is perfect; smaller is better. To 1 for two classes, or with `scale_by_half`, else to 2.

    Notes
    -----
    Of two classes mean (p - y)², with p = P(classes[1]); 0.25 is knowing nothing. Of more classes the mean over the
    rows of sum (p_k - y_k)², where rows are divided by their sums first, and a row of zeros is refused. Of several
    labels a row the mean over rows and labels. A submission holds ``id,p``, or a column for each class or label.

    References
    ----------
    G. W. Brier, "Verification of forecasts expressed in terms of probability", Monthly Weather Review 78 (1950), p. 1
    (the sum over all classes); scikit-learn, ``brier_score_loss``.

    Examples
    --------
    >>> brier().value(np.array([0, 1, 1, 0]), np.array([0.1, 0.9, 0.8, 0.3])).__round__(4)
    0.0375
    >>> brier().value(np.array([0, 2]), np.array([[0.8, 0.1, 0.1], [0.2, 0.2, 0.6]])).__round__(4)
    0.15
    """
    return Metric(
        name="brier",
        summary="How far off are the probabilities, as squared errors?",
        greater_is_better=False,
        needs="probabilities",
        best=0.0,
        worst=1.0 if scale_by_half is True else 2.0,
        unit="value",
        interval="bootstrap",
        source="G. W. Brier, Monthly Weather Review 78 (1950), p. 1",
        has_columns=True,
        domain="probabilities",
        params={"scale_by_half": scale_by_half},
        terms=partial(squared_differences, scale_by_half=scale_by_half),
        combine=mean,
    )


def squared_differences(y_true: Array, y_pred: Array, *, scale_by_half: Half = "auto") -> FloatArray:
    """Squared error of each row, shape (n_samples, 1); shapes of truth and answer as for `log_loss`."""
    true, p = np.asarray(y_true), np.asarray(y_pred, dtype=np.float64)
    if p.ndim > true.ndim:
        p = rescaled(p)
        whole = np.square(p - (true[:, np.newaxis] == np.arange(p.shape[1]))).sum(axis=1)
        is_binary = p.shape[1] <= 2
    else:
        squares = 2 * np.square(p - (true == 1))  # of yes and no
        whole, is_binary = squares if squares.ndim == 1 else squares.mean(axis=1), True
    is_halved = is_binary if scale_by_half == "auto" else scale_by_half
    return np.asarray(whole / 2 if is_halved else whole)[:, np.newaxis]
