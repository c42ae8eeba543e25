"""R²: which share of the spread of the values the predictions explain."""

from __future__ import annotations

from math import inf

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric
from kit.metrics.values import LARGEST_TERM, bounded, rows

_ROUNDING = 1e-14  # of the squares: a smaller spread of a resample is none


def r2() -> Metric:
    """Coefficient of determination.

    Returns
    -------
    Metric
        To 1, which is perfect, from below without end; greater is better. 0 is what the average of the solution gets;
        a share, but it may be negative.

    Notes
    -----
    1 - sum (y - p)^2 / sum (y - mean y)^2. A submission holds a number for each row: ``id,value``. Where all values to
    predict are the same it is 1 if every prediction is right, else 0. Of one row there is no spread, and no value.

    References
    ----------
    scikit-learn, ``r2_score`` (``force_finite``, for constant values); N. R. Draper, H. Smith, *Applied Regression
    Analysis*, 3rd ed., Wiley 1998, section 1.3.

    Examples
    --------
    >>> r2().value(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 4.0]))
    0.5
    """
    return Metric(
        name="r2",
        summary="Which share of the spread of the values do the predictions explain? The average alone gets 0.",
        greater_is_better=True,
        needs="values",
        best=1.0,
        worst=-inf,
        unit="value",
        interval="bootstrap",
        source="Draper, Smith, Applied Regression Analysis, 3rd ed., Wiley 1998, section 1.3; scikit-learn, r2_score",
        terms=_squares,
        combine=_explained,
        undefined=_too_few,
    )


def centred(values: FloatArray) -> FloatArray:
    """Distances from the mean: exactly 0 where all values are the same."""
    return np.asarray(values - np.clip(values.mean(), values.min(), values.max()))


def _squares(y_true: Array, y_pred: Array) -> FloatArray:
    """Squared error of each row, its distance from the mean, and the square of that."""
    true, pred = rows(y_true, y_pred)
    from_mean = centred(true)
    return np.column_stack([np.square(true - pred), from_mean, np.square(from_mean)])


def _explained(sums: FloatArray, total: FloatArray) -> FloatArray:
    errors, shift, squares = sums[..., 0], sums[..., 1], sums[..., 2]
    spread = squares - np.square(shift) / total
    is_constant = spread <= _ROUNDING * squares
    ratio = bounded(np.divide(errors, spread, out=np.zeros_like(spread), where=~is_constant))
    score = np.where(is_constant, np.where(errors == 0, 1.0, 0.0), 1 - ratio)
    return np.asarray(np.maximum(score, -LARGEST_TERM))


def _too_few(y_true: Array) -> str | None:
    return "there is one row only" if len(y_true) == 1 else None
