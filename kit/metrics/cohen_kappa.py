"""Cohen's kappa: how much two raters agree, beyond what their habits alone would give."""

from __future__ import annotations

from functools import partial
from typing import Literal, TypeAlias

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric, quotient
from kit.metrics.classes import rows_of_rarest_class
from kit.metrics.mcc import margins

Weights: TypeAlias = Literal["none", "linear", "quadratic"]


def cohen_kappa(weights: Weights = "none") -> Metric:
    """Cohen's kappa: agreement beyond what is expected of two raters who give each class as often, without looking.

    Parameters
    ----------
    weights
        What a disagreement costs. ``none``: all the same. ``linear``, ``quadratic``: the distance of the classes in
        their order, or its square.

    Returns
    -------
    Metric
        From -1 to 1, greater is better; 0 is what chance, or a constant answer, gives.

    Notes
    -----
    1 - sum w O / sum w E, with O the table of true against predicted class, and E the one that has the same margins
    where the two are independent. Where all rows have one label, and all answers are that label, both sums are 0: it
    is 1 then, as all is right (scikit-learn gives NaN). Classes are as far apart as their places in the competition's
    list of classes, whether or not those between them occur; for ratings that are numbers see
    `quadratic_weighted_kappa`. A submission holds ``id,label``.

    References
    ----------
    J. Cohen, "A coefficient of agreement for nominal scales", Educational and Psychological Measurement 20 (1960),
    p. 37; J. Cohen, "Weighted kappa", Psychological Bulletin 70 (1968), p. 213.

    Examples
    --------
    >>> cohen_kappa().value(np.array([0, 0, 1, 1]), np.array([0, 0, 1, 0]))
    0.5
    >>> cohen_kappa("linear").value(np.array([0, 1, 2]), np.array([0, 2, 2])).__round__(4)
    0.6667
    """
    return Metric(
        name="cohen_kappa",
        summary="How much do answer and truth agree, beyond what guessing with the same shares of classes would?",
        greater_is_better=True,
        needs="labels",
        best=1.0,
        worst=-1.0,
        unit="value",
        interval="bootstrap",
        source="J. Cohen, Educational and Psychological Measurement 20 (1960), p. 37",
        params={"weights": weights},
        terms=partial(_terms, weights),
        combine=partial(_agreement, weights),
        n_independent=partial(rows_of_rarest_class, n_blocks=2),
    )


def _terms(weights: Weights, y_true: Array, y_pred: Array) -> FloatArray:
    """Of which class each row is and was given, and what it costs: shape (n_samples, 2 * n_classes + 1)."""
    terms = margins(y_true, y_pred)
    places = np.arange(terms.shape[1] // 2)
    true, given = (np.asarray(y).astype(np.int64) for y in (y_true, y_pred))
    terms[:, -1] = _costs(weights, places)[true, given]
    return terms


def _agreement(weights: Weights, sums: FloatArray, total: FloatArray) -> FloatArray:
    k = sums.shape[-1] // 2
    true, given, cost = sums[..., :k], sums[..., k : 2 * k], sums[..., 2 * k]
    expected = ((true @ _costs(weights, np.arange(k))) * given).sum(axis=-1)
    return np.asarray(np.clip(1 - quotient(cost * total, expected, otherwise=0.0), -1, 1))


def _costs(weights: Weights, places: Array) -> FloatArray:
    distances = np.abs(places[:, np.newaxis] - places).astype(np.float64)
    if weights == "none":
        return np.asarray(distances > 0, dtype=np.float64)
    return np.asarray(distances if weights == "linear" else np.square(distances))
