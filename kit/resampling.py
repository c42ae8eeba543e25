"""The resamples that all scores of a part share: drawn from a text and the number of rows, and from nothing else.

Sharing them makes every bootstrap a paired one: rows that are hard for all cancel, and an interval does not jitter from
one look at the board to the next.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

REPLICATES = 1000
MAX_ROWS = 100_000
"""Of a resample of a metric that has to be asked anew for each: of more rows, the first so many that are drawn."""


def resamples(n: int, seed_text: str) -> Iterator[NDArray[np.int32]]:
    """`REPLICATES` draws of `n` out of `n` rows with replacement, one after the other.

    Parameters
    ----------
    n
        Number of rows, at least 1.
    seed_text
        Competition and part, such as ``digits/public``.

    Yields
    ------
    shape (n,)
        Row indices. Whoever takes fewer of them takes the first.
    """
    rng = np.random.default_rng(int.from_bytes(hashlib.sha256(seed_text.encode()).digest(), "big"))
    return (rng.integers(0, n, size=n, dtype=np.int32) for _ in range(REPLICATES))


def as_of_all_rows(scores: NDArray[np.float64], value: float, n: int) -> NDArray[np.float64]:
    """Scores on resamples of `MAX_ROWS` rows, as far from the score on all `n` as those on as many rows would be.

    By the root of the share of rows. Scores on fewer rows are given back as they are.

    References
    ----------
    P. J. Bickel, F. Götze, W. R. van Zwet, "Resampling fewer than n observations: gains, losses, and remedies for
    losses", Statistica Sinica 7 (1997), p. 1.
    """
    return scores if n <= MAX_ROWS else value + np.sqrt(MAX_ROWS / n) * (scores - value)
