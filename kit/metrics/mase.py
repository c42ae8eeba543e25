"""Scaled errors of forecasts: how far off they are, measured by how far off "as the last time" was in the training."""

from __future__ import annotations

from functools import partial
from math import inf
from typing import Any

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric, mean
from kit.metrics.values import SMALLEST_DIVISOR, columns

_SOURCE = "R. J. Hyndman, A. B. Koehler, International Journal of Forecasting 22 (2006), p. 679, section 2.4"


def mase(season: int = 1, scale: str = "scale") -> Metric:
    """Mean absolute scaled error.

    Parameters
    ----------
    season
        How many steps back the naive forecast looks, such as 7 for the same day a week ago; used where `y_train` is
        given.
    scale
        Column of the solution with the scale of each row's series: its `naive_scale` on the training part.

    Returns
    -------
    Metric
        From 0, which is perfect, without end; smaller is better. 1 is as far off as the naive forecast was.

    Notes
    -----
    mean |y - p| / scale of a series, and the mean over series. A submission holds a number for each row,
    ``id,value``, or a series in each row and a column for each step, ``id,F1,...,FH``. In a notebook the training
    values themselves can be given: ``value(y_true, y_pred, y_train=...)``, of shape (n_train,) for one series, or
    (n_series, n_train) for a series in each row. A series that is constant in training has the scale 0, and no score:
    leave it out.

    References
    ----------
    R. J. Hyndman, A. B. Koehler, "Another look at measures of forecast accuracy", International Journal of Forecasting
    22 (2006), p. 679, section 2.4.

    Examples
    --------
    >>> y_true, y_pred = np.array([5.0, 6.0]), np.array([4.0, 8.0])
    >>> mase().value(y_true, y_pred, y_train=np.array([1.0, 3.0, 2.0]))
    1.0
    >>> mase().value(y_true, y_pred, scale=np.array([1.5, 1.5]))
    1.0
    """
    return Metric(
        name="mase",
        summary="How far off is a forecast, measured by how far off the naive one was in the training?",
        greater_is_better=False,
        needs="values",
        best=0.0,
        worst=inf,
        unit="value",
        interval="bootstrap",
        has_columns=True,
        source=_SOURCE,
        extra={"scale": scale},
        params={"season": season, "scale": scale},
        terms=partial(_absolute, season),
        combine=mean,
        undefined=partial(_without_scale, season),
    )


def rmsse(season: int = 1, scale: str = "scale") -> Metric:
    """Root mean squared scaled error.

    Parameters
    ----------
    season
        How many steps back the naive forecast looks; used where `y_train` is given.
    scale
        Column of the solution with the scale of each row's series: its `naive_scale` with ``squared=True``.

    Returns
    -------
    Metric
        From 0, which is perfect, without end; smaller is better. 1 is as far off as the naive forecast was.

    Notes
    -----
    sqrt(mean (y - p)^2) / scale of a series, and the mean over series where each row is one (``id,F1,...,FH``). Where
    each row is a value of a series (``id,value``), all of them are taken for one: sqrt(mean ((y - p) / scale)^2). With
    `y_train` as for `mase`. A series that is constant in training has the scale 0, and no score: leave it out.

    References
    ----------
    S. Makridakis, E. Spiliotis, V. Assimakopoulos, "The M5 competition: Background, organization, and implementation",
    International Journal of Forecasting 38 (2022), p. 1325, section 3.1.

    Examples
    --------
    >>> y_true, y_pred = np.array([5.0, 6.0]), np.array([4.0, 7.0])
    >>> rmsse().value(y_true, y_pred, y_train=np.array([1.0, 3.0, 5.0]))
    0.5
    """
    return Metric(
        name="rmsse",
        summary="How far off is a forecast, measured by how far off the naive one was, large errors counting more?",
        greater_is_better=False,
        needs="values",
        best=0.0,
        worst=inf,
        unit="value",
        interval="bootstrap",
        has_columns=True,
        source="S. Makridakis et al., The M5 competition, International Journal of Forecasting 38 (2022), p. 1325",
        extra={"scale": scale},
        params={"season": season, "scale": scale},
        terms=partial(_squared, season),
        combine=_of_squares,
        undefined=partial(_without_scale, season, squared=True),
    )


def naive_scale(
    y_train: Array, season: int = 1, *, squared: bool = False, skip_leading_zeros: bool = False
) -> FloatArray:
    """How far off the naive forecast, "as `season` steps ago", is within the training values.

    Parameters
    ----------
    y_train
        Shape (n_train,) for one series, or (n_series, n_train); oldest first.
    season
        Steps, at least 1.
    squared
        Whether large errors count more: sqrt(mean d^2), as for `rmsse`, and not mean |d|.
    skip_leading_zeros
        Whether a series begins with its first value other than 0, as in M5, where goods were not yet sold before.

    Returns
    -------
    shape () or (n_series,)
        In the unit of the series; 0 of one that repeats itself.

    Raises
    ------
    ValueError
        If a series is not longer than the season.

    References
    ----------
    R. J. Hyndman, A. B. Koehler, International Journal of Forecasting 22 (2006), p. 679, section 2.4; Makridakis et
    al., International Journal of Forecasting 38 (2022), p. 1325 (for squares, and zeros that lead).

    Examples
    --------
    >>> float(naive_scale(np.array([1.0, 3.0, 2.0])))
    1.5
    >>> naive_scale(np.array([[0.0, 0.0, 3.0, 4.0], [1.0, 2.0, 1.0, 2.0]]), season=2).tolist()
    [3.5, 0.0]
    """
    series = np.asarray(y_train, dtype=np.float64)
    if season < 1 or series.shape[-1] <= season:
        raise ValueError(f"{series.shape[-1]} training values are too few for a season of {season}")
    steps = np.abs(series[..., season:] - series[..., :-season])
    counts = np.ones_like(steps)
    if skip_leading_zeros:
        counts = np.logical_or.accumulate(series != 0, axis=-1)[..., :-season].astype(np.float64)
    n = np.maximum(counts.sum(axis=-1), 1)
    if squared:
        return np.asarray(np.sqrt((counts * np.square(steps)).sum(axis=-1) / n))
    return np.asarray((counts * steps).sum(axis=-1) / n)


def _absolute(season: int, y_true: Array, y_pred: Array, **given: Any) -> FloatArray:
    true, pred = columns(y_true, y_pred)
    return np.asarray(np.abs(true - pred).mean(axis=1) / _scale(season, squared=False, **given))[:, np.newaxis]


def _squared(season: int, y_true: Array, y_pred: Array, **given: Any) -> FloatArray:
    """Of a value in each row its scaled square and 0; of a series in each row 0 and its score."""
    true, pred = columns(y_true, y_pred)
    roots = np.sqrt(np.square(true - pred).mean(axis=1)) / _scale(season, squared=True, **given)
    nothing = np.zeros_like(roots)
    return np.column_stack([np.square(roots), nothing] if np.ndim(y_true) == 1 else [nothing, roots])


def _of_squares(sums: FloatArray, total: FloatArray) -> FloatArray:
    return np.asarray(np.sqrt(sums[..., 0] / total) + sums[..., 1] / total)


def _scale(season: int, *, squared: bool, scale: Array | None = None, y_train: Array | None = None) -> FloatArray:
    """The scale of each row, shape (n_samples,), or () of one series."""
    if y_train is not None:
        return naive_scale(y_train, season, squared=squared)
    if scale is None:
        raise ValueError("a scaled error needs the scale of each row, or y_train")
    return np.asarray(scale, dtype=np.float64)


def _without_scale(season: int, y_true: Array, *, squared: bool = False, **given: Any) -> str | None:  # noqa: ARG001
    if given.get("scale") is not None and np.asarray(given["scale"]).dtype.kind not in "biuf":
        return "a scale is no number"
    if given and np.min(_scale(season, squared=squared, **given)) < SMALLEST_DIVISOR:
        return "a scale is 0: the series is constant in the training part"
    return None
