"""Rows for the metrics of values, of distributions and of texts' probabilities, for `tests.metric_rows`."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
Rows: TypeAlias = tuple[Array, Array, dict[str, Array]]


def varied(rng: Generator) -> Rows:
    """Values of both signs with ties, in which neither the truth nor the prediction is constant."""
    n = int(rng.integers(2, 40))
    y_true, y_pred = rng.integers(-5, 6, (2, n)).astype(float)
    y_true[:2], y_pred[-2:] = (1, 2), (0, 3)
    return y_true, y_pred, {}


def varied_counts(rng: Generator) -> Rows:
    """Values with ties that are not negative, and not all the same."""
    y_true, y_pred, _ = varied(rng)
    return np.abs(y_true), y_pred, {}


def not_zero(rng: Generator) -> Rows:
    """Values of both signs, none of them 0, and predictions that may be."""
    y_true, y_pred, _ = varied(rng)
    return np.where(y_true == 0, 4.0, y_true), y_pred, {}


def positive(rng: Generator) -> Rows:
    """Positive values."""
    y_true, y_pred, _ = varied(rng)
    return np.abs(y_true) + 1, np.abs(y_pred) + 0.5, {}


def positive_for_counts(rng: Generator) -> Rows:
    """Counts, and positive predictions; the perfect answer is positive too."""
    y_true, y_pred, _ = positive(rng)
    return y_true - 1, y_pred, {}


def weighted(rng: Generator) -> Rows:
    """Values with a weight each, some of which are 0."""
    y_true, y_pred, _ = varied(rng)
    weights = rng.integers(0, 4, len(y_true)).astype(float)
    weights[0] = 2
    return y_true, y_pred, {"weight": weights}


def tables(rng: Generator) -> Rows:
    """Three values a row."""
    y_true, y_pred = rng.integers(-5, 6, (2, int(rng.integers(1, 30)), 3)).astype(float)
    return y_true, y_pred, {}


def tables_of_counts(rng: Generator) -> Rows:
    """Three counts a row."""
    y_true, y_pred, _ = tables(rng)
    return np.abs(y_true), np.abs(y_pred), {}


def scaled(rng: Generator) -> Rows:
    """Values with the scale of their series."""
    y_true, y_pred, _ = varied(rng)
    return y_true, y_pred, {"scale": rng.integers(1, 9, len(y_true)) / 4}


def scaled_series(rng: Generator) -> Rows:
    """Series of three steps in each row, with their scales."""
    y_true, y_pred, _ = tables(rng)
    return y_true, y_pred, {"scale": rng.integers(1, 9, len(y_true)) / 4}
