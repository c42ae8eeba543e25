"""Scores on the resamples that all teams of a competition share."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from kit.metrics.base import FloatArray, Metric
from kit.resampling import REPLICATES, resamples
from kit.scoring import PartScore

MAX_GROUPS = 20_000
"""Of a part with more rows, as many random groups of rows are resampled instead of the rows themselves."""
_BLOCK_BYTES = 4 * 2**20  # of W as float64 at a time: in a cache of the processor, not in memory
_COLUMN_BYTES = 64 * 2**20  # of the terms of several teams side by side


def replicates(metric: Metric, part: PartScore, *, seed_text: str) -> FloatArray:
    """The score on the shared resamples of a part: ``combine(W @ terms)``, or what was kept where there are no terms.

    Parameters
    ----------
    metric, part
        A score, and what made it.
    seed_text
        Competition and part, such as ``digits/public``: determines W together with the number of rows.

    Returns
    -------
    shape (r,)
        r is `kit.resampling.REPLICATES`, or fewer of a metric without terms. Within the range of the metric (a
        linearised replicate may leave it); NaN where it is undefined.
    """
    return np.asarray(replicates_of_all(metric, [part], seed_text=seed_text)[0])


def replicates_of_all(metric: Metric, parts: Sequence[PartScore], *, seed_text: str) -> FloatArray:
    """`replicates` of several scores on the same rows, by one matrix product.

    Parameters
    ----------
    metric, parts
        Scores on the same rows, at least one. Their terms may differ in width.
    seed_text
        As for `replicates`.

    Returns
    -------
    shape (n_parts, r)
        Column b is the same resample for all, so differences between rows of this array are paired. NaN where a score
        is undefined.

    Notes
    -----
    Where there are more than `MAX_GROUPS` rows, random groups of rows of one size are drawn instead of rows: their sums
    are as independent as rows are, and have the same mean, variance and skewness in total. It costs precision of the
    standard error, 1 / sqrt(2 MAX_GROUPS) = 0.5 % of it, a quarter of what stopping at 1000 replicates costs. W then
    stays at 20 MB, and the time grows with the rows, not with rows times replicates.

    References
    ----------
    K. M. Wolter, *Introduction to Variance Estimation*, 2nd ed., Springer 2007, chapter 2 (random groups).
    """
    if metric.combine is None or any(part.terms is None for part in parts):
        return _kept(parts)
    terms = [_terms(part) for part in parts]
    total = _rows_in_resamples(terms[0], seed_text)
    scores = np.empty((len(parts), REPLICATES))
    with np.errstate(divide="ignore", invalid="ignore"):  # a resample may hold one class only
        for row, of_part in zip(scores, _resampled_sums(terms, seed_text), strict=True):
            row[:] = metric.combine(of_part, total)
    return np.clip(scores, min(metric.best, metric.worst), max(metric.best, metric.worst))


@lru_cache(maxsize=4)
def weights_of(n: int, seed_text: str) -> NDArray[np.uint8]:
    """How often each row, or group of rows, is in each resample.

    Returns
    -------
    shape (REPLICATES, min(n, MAX_GROUPS))
        Read-only. A count beyond 255 has a chance below 1e-500.
    """
    size = min(n, MAX_GROUPS)
    weights = np.empty((REPLICATES, size), dtype=np.uint8)
    for drawn, row in zip(resamples(size, seed_text), weights, strict=True):
        row[:] = np.bincount(drawn, minlength=size)
    weights.flags.writeable = False
    return weights


def grouped(terms: FloatArray, seed_text: str) -> tuple[FloatArray, FloatArray]:
    """Sums of the terms over each group of rows, and how many rows each has; up to `MAX_GROUPS` rows, each by itself.

    Returns
    -------
    tuple of arrays
        Shapes (g, m) and (g,).
    """
    n = len(terms)
    if n <= MAX_GROUPS:
        return terms, np.ones(n)
    group = _group_of_row(n, seed_text)
    sums = [np.bincount(group, weights=column, minlength=MAX_GROUPS) for column in terms.T]
    return np.stack(sums, axis=1), np.bincount(group, minlength=MAX_GROUPS).astype(np.float64)


@lru_cache(maxsize=2)
def _group_of_row(n: int, seed_text: str) -> NDArray[np.int32]:
    """The group of each row, drawn without regard to its place in the file; sizes differ by one at most."""
    seed = int.from_bytes(hashlib.sha256(f"groups of {seed_text}".encode()).digest(), "big")
    return np.random.default_rng(seed).permutation(np.arange(n, dtype=np.int32)) % MAX_GROUPS


def _kept(parts: Sequence[PartScore]) -> FloatArray:
    """What was kept of scores without terms: as many replicates as all of them have."""
    kept = [part.replicates for part in parts if part.replicates is not None]
    assert len(kept) == len(parts), "a score has terms or replicates"
    n_shared = min(map(len, kept))
    return np.stack([scores[:n_shared] for scores in kept])


def _terms(part: PartScore) -> FloatArray:
    assert part.terms is not None, "asked for scores with terms"
    return part.terms


def _rows_in_resamples(terms: FloatArray, seed_text: str) -> FloatArray:
    """How many rows each resample has: n, but where groups are drawn of which some have one row more."""
    n = len(terms)
    if n <= MAX_GROUPS:
        return np.full(REPLICATES, float(n))
    _, sizes = grouped(terms, seed_text)
    return np.asarray(_in_blocks(weights_of(n, seed_text), sizes[:, np.newaxis])[:, 0])


def _resampled_sums(terms: Sequence[FloatArray], seed_text: str) -> Iterator[FloatArray]:
    """Of each score the sums of its terms on every resample, (REPLICATES, m).

    As many scores side by side as `_COLUMN_BYTES` allow.
    """
    weights = weights_of(len(terms[0]), seed_text)
    waiting: list[FloatArray] = []
    n_bytes = 0
    for of_score in terms:
        sums, _ = grouped(of_score, seed_text)
        if waiting and n_bytes + sums.nbytes > _COLUMN_BYTES:
            yield from _product(weights, waiting)
            waiting, n_bytes = [], 0
        waiting.append(sums)
        n_bytes += sums.nbytes
    yield from _product(weights, waiting)


def _product(weights: NDArray[np.uint8], terms: Sequence[FloatArray]) -> Iterator[FloatArray]:
    """W times each of `terms`. A column that occurs more than once is reckoned once.

    Such columns are those of the truth, which all teams share, and those of twins, who thus get the same sums to the
    last digit wherever they stand.
    """
    places: dict[bytes, int] = {}
    columns: list[FloatArray] = []
    chosen = []
    for matrix in terms:
        place = []
        for column in np.ascontiguousarray(matrix.T, dtype=np.float64):
            place.append(places.setdefault(column.tobytes(), len(columns)))
            if place[-1] == len(columns):
                columns.append(column)
        chosen.append(place)
    places.clear()
    products = _in_blocks(weights, np.stack(columns, axis=1))
    return (products[:, place] for place in chosen)


def _in_blocks(weights: NDArray[np.uint8], columns: FloatArray) -> FloatArray:
    """W times the columns, with a few rows of W as float64 at a time.

    By one thread: the threads of a BLAS wait for each other after each block, and where something else keeps the
    processor busy, a product of 30 ms then takes seconds.
    """
    from threadpoolctl import threadpool_limits

    products = np.empty((len(weights), columns.shape[1]))
    size = max(1, _BLOCK_BYTES // (8 * weights.shape[1]))
    with threadpool_limits(limits=1, user_api="blas"):
        for start in range(0, len(weights), size):
            block = weights[start : start + size].astype(np.float64)
            np.matmul(block, columns, out=products[start : start + size])
    return products
