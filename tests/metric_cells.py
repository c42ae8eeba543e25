"""Rows whose cells are text: sets, rankings, run-length masks, sentences. They stand in the table of `metric_rows`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Array = NDArray[Any]
Rows = tuple[Array, Array, dict[str, Array]]

_NAMES = np.array(["a", "b", "c", "dog", "É", "f:1"])


def column(cells: Iterable[str]) -> Array:
    return np.array(list(cells), dtype=object)


def sets(rng: Generator) -> Rows:
    """Sets of names, some of them empty, some answers with a name twice."""
    n = int(rng.integers(1, 30))
    true = column(" ".join(rng.choice(_NAMES, rng.integers(0, 5), replace=False)) for _ in range(n))
    given = column(" ".join(rng.choice(_NAMES, rng.integers(0, 5))) for _ in range(n))
    return true, given, {}


def rankings(rng: Generator) -> Rows:
    """One to three names to find, and lists of up to six, some with a name twice."""
    n = int(rng.integers(1, 30))
    true = column(" ".join(rng.choice(_NAMES, rng.integers(1, 4), replace=False)) for _ in range(n))
    given = column(" ".join(rng.choice(_NAMES, rng.integers(0, 7))) for _ in range(n))
    return true, given, {}


def graded_rankings(rng: Generator) -> Rows:
    """Names to find with grades, of which one at least is not 0."""
    true, given, _ = rankings(rng)
    graded = (" ".join(f"{name}:{3 - place}" for place, name in enumerate(cell.split())) for cell in true)
    return column(graded), given, {}


def best_ranking(y_true: Array, y_pred: Array) -> Array:
    """Of `graded_rankings`, where the grades fall."""
    return column(" ".join(name.rpartition(":")[0] for name in cell.split()) for cell in y_true)
