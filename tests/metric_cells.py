"""Rows whose cells are text: sets, rankings, run-length masks, sentences. They stand in the table of `metric_rows`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Array = NDArray[Any]
Rows = tuple[Array, Array, dict[str, Array]]

NAMES = np.array(["a", "b", "c", "dog", "É", "f:1"])


def column(cells: Iterable[str]) -> Array:
    return np.array(list(cells), dtype=object)


def sets(rng: Generator) -> Rows:
    """Sets of names, some of them empty, some answers with a name twice."""
    n = int(rng.integers(1, 30))
    true = column(" ".join(rng.choice(NAMES, rng.integers(0, 5), replace=False)) for _ in range(n))
    given = column(" ".join(rng.choice(NAMES, rng.integers(0, 5))) for _ in range(n))
    return true, given, {}


def rankings(rng: Generator) -> Rows:
    """One to three names to find, and lists of up to six, some with a name twice."""
    n = int(rng.integers(1, 30))
    true = column(" ".join(rng.choice(NAMES, rng.integers(1, 4), replace=False)) for _ in range(n))
    given = column(" ".join(rng.choice(NAMES, rng.integers(0, 7))) for _ in range(n))
    return true, given, {}


def rankings_some_of_nothing(rng: Generator) -> Rows:
    """The same, and in some rows no name is right."""
    true, given, _ = rankings(rng)
    return np.where(rng.random(len(true)) < 0.3, "", true), given, {}


def documents(rng: Generator) -> Rows:
    """Grades of documents in a few lists, each with a grade above 0, and scores with ties."""
    n = int(rng.integers(1, 40))
    lists = rng.integers(0, 5, n)
    grades = rng.integers(0, 4, n).astype(float)
    grades[np.unique(lists, return_index=True)[1]] = 2
    return grades, rng.integers(0, 4, n).astype(float), {"lists": lists}


def graded_rankings(rng: Generator) -> Rows:
    """Names to find with grades, of which one at least is not 0."""
    true, given, _ = rankings(rng)
    graded = (" ".join(f"{name}:{3 - place}" for place, name in enumerate(cell.split())) for cell in true)
    return column(graded), given, {}


def best_ranking(y_true: Array, y_pred: Array) -> Array:
    """Of `graded_rankings`, where the grades fall."""
    return column(" ".join(name.rpartition(":")[0] for name in cell.split()) for cell in y_true)


def masks(rng: Generator) -> Rows:
    """A mask in each of several small images, some of them empty, one of them not."""
    n = int(rng.integers(1, 20))
    true, given = rng.integers(0, 2, (2, n, 20)) * rng.integers(0, 2, (2, n, 1))
    true[0, 3] = 1
    return column(map(run_lengths, true)), column(map(run_lengths, given)), {}


def objects(rng: Generator) -> Rows:
    """Up to three objects in each of several small images; those of the answer are often nearly right."""
    n = int(rng.integers(1, 20))
    true = np.sort(rng.integers(0, 4, (n, 40)), axis=1) * (rng.random((n, 1)) < 0.8)
    given = np.where(rng.random((n, 40)) < 0.1, 0, true) * (rng.random((n, 1)) < 0.8)
    return column(map(of_objects, true)), column(map(of_objects, given)), {}


def of_objects(image: Array) -> str:
    """The cell of an image whose pixels hold 0, or the number of an object."""
    return ";".join(run_lengths(image == label) for label in np.unique(image[image > 0]))


def run_lengths(pixels: Array) -> str:
    """The run-length mask of a row of pixels that are 0 or 1."""
    edges = np.flatnonzero(np.diff(np.r_[0, pixels, 0].astype(int))) + 1
    return " ".join(f"{start} {end - start}" for start, end in zip(edges[::2], edges[1::2], strict=True))


def sentences(rng: Generator) -> Rows:
    """Short texts, some of them empty, in which words and letters are often the same."""
    n = int(rng.integers(1, 30))
    true, given = (column(" ".join(rng.choice(NAMES, rng.integers(0, 6))) for _ in range(n)) for _ in range(2))
    true[0] = "a dog"
    return true, given, {}
