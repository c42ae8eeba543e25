"""Deviances of Tweedie's distributions: how unlikely counts, amounts and durations are under predicted means."""

from __future__ import annotations

from functools import partial
from math import inf

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric, mean
from kit.metrics.values import bounded, rows

_SOURCE = "B. Jørgensen, The Theory of Dispersion Models, Chapman & Hall 1997, chapter 4"


def tweedie_deviance(power: float = 0.0) -> Metric:
    """Mean deviance of a Tweedie distribution.

    Parameters
    ----------
    power
        Its variance is proportional to mean^power: 0 normal (the mean squared error), 1 Poisson, between 1 and 2
        amounts with many zeros, such as rain or claims, 2 gamma, 3 inverse Gaussian. None is between 0 and 1.

    Returns
    -------
    Metric
        From 0, which is perfect, without end; smaller is better.

    Raises
    ------
    ValueError
        If the power is between 0 and 1.

    Notes
    -----
    mean 2 (y^(2-q) / ((1-q) (2-q)) - y p^(1-q) / (1-q) + p^(2-q) / (2-q)), where q is the power; for q = 1
    mean 2 (y ln(y / p) - y + p), and for q = 2 mean 2 (ln(p / y) + y / p - 1). For q < 0 a negative y counts as 0 in
    the first term. A submission holds a mean for each row, ``id,value``: positive, unless q is 0. A solution with a
    negative value has no score for q from 1, and one with a 0 has none for q from 2. A row whose deviance is larger
    than 1e290 costs that.

    References
    ----------
    B. Jørgensen, *The Theory of Dispersion Models*, Chapman & Hall 1997, chapter 4; scikit-learn,
    ``mean_tweedie_deviance``.

    Examples
    --------
    >>> round(tweedie_deviance(power=1.5).value(np.array([0.0, 4.0]), np.array([1.0, 1.0])), 4)
    4.0
    """
    if 0 < power < 1:
        raise ValueError(f"no Tweedie distribution has a power between 0 and 1; it is {power}")
    return _deviance(
        "tweedie_deviance",
        "How unlikely are the true values, if the predictions are the means of a Tweedie distribution?",
        power,
        {"power": power},
    )


def poisson_deviance() -> Metric:
    """Mean deviance of the Poisson distribution: `tweedie_deviance` of power 1.

    Returns
    -------
    Metric
        From 0, which is perfect, without end; smaller is better.

    Notes
    -----
    mean 2 (y ln(y / p) - y + p), where 0 ln 0 = 0. A submission holds a positive mean for each row: ``id,value``. A
    solution with a negative value has no score.

    References
    ----------
    P. McCullagh, J. A. Nelder, *Generalized Linear Models*, 2nd ed., Chapman & Hall 1989, p. 34; scikit-learn,
    ``mean_poisson_deviance``.

    Examples
    --------
    >>> round(poisson_deviance().value(np.array([0.0, 2.0]), np.array([1.0, 1.0])), 4)
    1.3863
    """
    return _deviance(
        "poisson_deviance", "How unlikely are the true counts, if the predictions are what is expected?", 1.0, {}
    )


def _deviance(name: str, summary: str, power: float, params: dict[str, float]) -> Metric:
    return Metric(
        name=name,
        summary=summary,
        greater_is_better=False,
        needs="values",
        best=0.0,
        worst=inf,
        unit="value",
        interval="bootstrap",
        domain="positive" if power else "any",
        source=_SOURCE,
        params=params,
        terms=partial(_deviances, power),
        combine=mean,
        undefined=partial(_outside, power),
    )


def _deviances(power: float, y_true: Array, y_pred: Array) -> FloatArray:
    y, p = rows(y_true, y_pred)
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is bounded
        return bounded(np.maximum(2 * _halves(power, y, p), 0))[:, np.newaxis]


def _halves(power: float, y: FloatArray, p: FloatArray) -> FloatArray:
    if power == 0:
        return np.asarray(np.square(y - p) / 2)
    if power == 1:
        return np.asarray(y * np.log(np.divide(y, p, out=np.ones_like(y), where=y > 0)) - y + p)
    if power == 2:
        return np.asarray(np.log(p) - np.log(y) + y / p - 1)
    of_truth = np.maximum(y, 0) ** (2 - power) / ((1 - power) * (2 - power))
    return np.asarray(of_truth - y * p ** (1 - power) / (1 - power) + p ** (2 - power) / (2 - power))


def _outside(power: float, y_true: Array) -> str | None:
    smallest = np.min(y_true)
    if power >= 2 and smallest <= 0:
        return "a value to predict is not positive"
    return "a value to predict is negative" if power >= 1 and smallest < 0 else None
