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


def quantiles(rng: Generator) -> Rows:
    """Values, and two predictions of each."""
    y_true, y_pred, _ = varied(rng)
    return y_true, np.column_stack([y_pred, y_pred + rng.integers(-1, 5, len(y_pred))]), {}


def members(rng: Generator) -> Rows:
    """Values, and five draws from a distribution for each, with ties."""
    y_true, _, _ = varied(rng)
    return y_true, rng.integers(-5, 6, (len(y_true), 5)).astype(float), {}


def distributions(rng: Generator) -> Rows:
    """Values, some beyond all thresholds, and the probabilities of being at most 0, 1, 2 and 3."""
    y_true = rng.integers(-1, 6, int(rng.integers(1, 40))).astype(float)
    return y_true, np.sort(rng.integers(0, 8, (len(y_true), 4)) / 7, axis=1), {}


def both_chances(rng: Generator) -> Rows:
    """Probabilities of four classes, true ones and predicted ones, some of them 0."""
    weights = rng.integers(0, 4, (2, int(rng.integers(1, 40)), 4)) + np.array([1, 0, 0, 0])
    y_true, y_pred = weights / weights.sum(axis=-1, keepdims=True)
    return y_true, y_pred, {}


def chances_of_one(rng: Generator) -> Rows:
    """Probabilities of the second of two classes."""
    y_true, y_pred = rng.integers(0, 8, (2, int(rng.integers(1, 40)))) / 7
    return y_true, y_pred, {}


def token_counts(rng: Generator) -> Rows:
    """Numbers of tokens, some of them 0, and logarithms of the probabilities of texts."""
    y_true = rng.integers(0, 9, int(rng.integers(1, 40)))
    y_true[0] = 3
    return y_true, -rng.exponential(5, len(y_true)) * y_true, {}


def written(rng: Generator) -> Rows:
    """Texts, some of them empty, and the logarithms of their probabilities."""
    n, y_pred, _ = token_counts(rng)
    texts = ["".join(rng.choice(list("a bü木🙂"), int(length))) for length in n]
    return np.array(texts, dtype=object), y_pred, {}


def distribution_at(y_true: Array, y_pred: Array) -> Array:
    """The predicted distribution that is sure of the truth."""
    return (np.arange(y_pred.shape[1]) >= y_true[:, np.newaxis]).astype(float)


def in_every_column(y_true: Array, y_pred: Array) -> Array:
    """Predictions that are all the truth."""
    return np.repeat(y_true[:, np.newaxis], y_pred.shape[1], axis=1)


def certain(y_true: Array, y_pred: Array) -> Array:
    """The logarithm of the probability of what is certain."""
    return np.zeros_like(y_pred)


def all_but_zero(y_true: Array, y_pred: Array) -> Array:
    """The truth, but as near to 0 as a positive number comes where that is 0."""
    return np.maximum(y_true, 1e-30)
