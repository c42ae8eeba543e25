"""The three invariances: the same rows again, in another order, and one at a time have to get the same answers.

A network that was left in training mode keeps its accuracy, or nearly: no score shows it. These questions do. They
ask for validation rows, whose answers the entrant sees anyway, and compare on the trusted side.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from kit.dataset import Array, Index
from kit.errors import PluginError, Problem
from kit.job import Check

MAX_ROWS = 64
ALONE_S = 1.0
MIN_ALONE = 4
# BLAS sums in another order in a batch of another size: the answers of the shipped plugins to the same row then differ
# by at most 1e-6 of its largest number (networks 2e-7 to 1e-6, logistic 6e-7, trees and pipelines 0). Dropout and
# BatchNorm in training mode move most rows by more than a tenth.
ROW_TOLERANCE, ALL_TOLERANCE = 1e-3, 1e-4
NAMES = ("same twice", "any order", "one by one")
Ask = Callable[[Index], Array]
Flags = NDArray[np.bool_]


def invariances(ask: Ask, n: int, *, alone_s: float = ALONE_S) -> Iterator[Check]:
    """The three checks, each as soon as it is known.

    Parameters
    ----------
    ask
        Gives the plugin's answers to the validation rows at an index, in its order. A `PluginError` is what the plugin
        did instead of answering.
    n
        How many rows there are, at most `MAX_ROWS`.
    alone_s
        Seconds after which no more rows are asked for one at a time: a pipeline over a table takes 15 ms for each.

    Raises
    ------
    ChannelClosedError
        If the plugin's process is gone.
    """
    if n < 2:
        yield from (_not_checked(name, "there are too few validation rows") for name in NAMES)
        return
    rows = np.arange(n)
    first, twice = _same_twice(ask, rows)
    yield twice
    if first is None or not twice.ok:
        yield from (_not_checked(name, "the answers are others each time") for name in NAMES[1:])
        return
    yield _any_order(ask, rows, first)
    yield _one_by_one(ask, rows, first, alone_s)


def differing(one: Array, other: Array) -> Flags:
    """Which rows have other answers in `other` than in `one`, shape (n,).

    Whole numbers are labels and are compared exactly. Others may differ by `ROW_TOLERANCE` of the largest number of
    their row and `ALL_TOLERANCE` of the largest of all, which is what rounding does; NaN is like NaN.

    Parameters
    ----------
    one, other
        Shape (n,) or (n, k), of the same n.
    """
    if one.shape != other.shape:
        return np.ones(len(one), dtype=bool)
    a, b = (array.reshape(len(array), -1).astype(np.float64) for array in (one, other))
    with np.errstate(invalid="ignore"):  # infinite minus infinite
        unequal = (a != b) & ~(np.isnan(a) & np.isnan(b))
        if not _is_whole(a, b):
            size = np.nan_to_num(np.abs(a), nan=0.0, posinf=0.0)
            room = ROW_TOLERANCE * size.max(axis=1, keepdims=True) + ALL_TOLERANCE * size.max(initial=0.0)
            unequal &= ~(np.abs(a - b) <= room)
    flags: Flags = unequal.any(axis=1)
    return flags


def _is_whole(a: Array, b: Array) -> bool:
    return a.shape[1] == 1 and bool((a == np.trunc(a)).all() and (b == np.trunc(b)).all())


def _same_twice(ask: Ask, rows: Index) -> tuple[Array | None, Check]:
    name = NAMES[0]
    try:
        first, second = ask(rows), ask(rows)
    except PluginError as error:
        return None, _failed(name, error.problem)
    if not (bad := differing(first, second)).any():
        return first, Check(name=name, state="ok", detail="two predictions are identical")
    message = f"predict() changes its mind: the same rows gave different answers the second time ({_count(bad)})"
    why = "The score would be luck."
    return first, _failed(name, Problem(code="E205", message=message, why=why))


def _any_order(ask: Ask, rows: Index, first: Array) -> Check:
    name, order = NAMES[1], np.random.default_rng(0).permutation(len(rows))
    try:
        bad = differing(first[order], ask(order))
    except PluginError as error:
        return _failed(name, error.problem)
    if not bad.any():
        return Check(name=name, state="ok", detail="shuffled rows give the same answers")
    message = f"predict() depends on the order of the rows: shuffled, {_count(bad)} have other answers"
    why = "Rows come in any order; an answer has to belong to its own row."
    return _failed(name, Problem(code="E217", message=message, why=why))


def _one_by_one(ask: Ask, rows: Index, first: Array, alone_s: float) -> Check:
    name = NAMES[2]
    alone: list[Array] = []
    until = time.monotonic() + alone_s
    try:
        for row in rows:
            if len(alone) >= MIN_ALONE and time.monotonic() > until:
                break
            alone.append(ask(row[np.newaxis]))
    except PluginError as error:
        return _failed(name, replace(error.problem, message=f"{error.problem.message}, given a single row"))
    n = len(alone)
    same_shape = {array.shape[1:] for array in alone} == {first.shape[1:]}
    bad = differing(first[:n], np.concatenate(alone)) if same_shape else np.ones(n, dtype=bool)
    if not bad.any():
        return Check(name=name, state="ok", detail=f"{n} of {n} single rows give the same answer")
    message = f"predict() depends on the other rows of the batch: alone, {_count(bad)} have other answers"
    why = "Rows come in batches of any size; an answer may depend on its own row and on what fit learned only."
    return _failed(name, Problem(code="E217", message=message, why=why))


def _count(bad: Flags) -> str:
    return f"{int(bad.sum())} of {len(bad)}"


def _failed(name: str, problem: Problem) -> Check:
    return Check(name=name, state="failed", detail=problem.message, problem=problem)


def _not_checked(name: str, why: str) -> Check:
    return Check(name=name, state="not checked", detail=why)
