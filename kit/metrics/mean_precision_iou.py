"""Mean precision of objects: how many of the things in an image are found, each with its outline."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import chain
from typing import Any, Literal, TypeAlias

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric, mean, quotient
from kit.metrics.cells import IntArray
from kit.metrics.runs import Runs, finder, masks_of, read, without_masks

Order: TypeAlias = Literal["F", "C"]

_THRESHOLDS = tuple(range(10, 20))  # of twentieths: 0.5, 0.55, ... 0.95, without a rounding error
_BETWEEN = ";"
_Objects: TypeAlias = list[list[list[str]]]  # of each image, its masks, each as numbers


def mean_precision_iou(order: Order = "F", empty: str = "-") -> Metric:
    """Share of objects that are found, among those found, missed and made up, at ten thresholds of overlap.

    Parameters
    ----------
    order
        How the pixels are numbered: ``F``, down the first column, then the second, as Fortran does and most
        competitions; ``C``, along the rows. Both files are written alike, so the score is the same: it is for who
        writes masks to know.
    empty
        What stands for an image without objects, besides an empty cell: ``-``, or ``1 1`` in older competitions.

    Returns
    -------
    Metric
        From 0 to 1, greater is better; it has no unit.

    Notes
    -----
    An object is found at a threshold t if an object of the answer overlaps it with IoU > t. Of an image, the precision
    at t is TP / (TP + FP + FN): found objects, by those found, made up and missed. The score is its mean over
    t = 0.5, 0.55, ... 0.95, then over the images.

    A submission holds in each row an image: the run-length masks of its objects, parted by semicolons. ``7,1 3 10 5;20
    4`` is two objects, one of the pixels 1, 2, 3 and 10 to 14, one of 20 to 23, counted from 1. The numbers are
    positive, the runs sorted, and no two share a pixel, within an object or between two of one image; anything else is
    refused. So an object never overlaps two others with IoU > 0.5, and none has to be chosen. An empty cell is an image
    without objects: where the truth has none either it has 1, where one of them has some, 0.

    References
    ----------
    Kaggle, "2018 Data Science Bowl", evaluation.

    Examples
    --------
    Of two objects one is found exactly, one with IoU 3/5, which is more than two of the thresholds. At those two, both
    are found; at the other eight, one is, one is missed and one is made up:

    >>> truth, answer = np.array(["1 4;20 4"]), np.array(["20 4;2 4"])
    >>> mean_precision_iou().value(truth, answer).__round__(4)
    0.4667
    """
    wrong = finder(empty, parted_by=_BETWEEN)
    return Metric(
        name="mean_precision_iou",
        summary="How many of the objects in each image are found, each with its outline?",
        greater_is_better=True,
        needs="text",
        best=1.0,
        worst=0.0,
        unit="value",
        interval="bootstrap",
        source="Kaggle, 2018 Data Science Bowl, evaluation",
        params={"order": order, "empty": empty},
        terms=partial(_precisions, empty),
        combine=mean,
        wrong=wrong,
        undefined=partial(without_masks, wrong),
    )


def _precisions(empty: str, y_true: Array, y_pred: Array) -> FloatArray:
    """Mean precision of each image, shape (n_samples, 1)."""
    true, given = (_objects(column, empty) for column in (y_true, y_pred))
    image_of = np.repeat(np.arange(len(true)), n_true := _lengths(true))
    n_given = _lengths(given)
    which, inside, around = _overlaps(true, given)
    total = np.zeros(len(n_true))
    for twentieths in _THRESHOLDS:
        found = np.bincount(image_of[which[20 * inside > twentieths * around]], minlength=len(n_true))
        n_all = n_true + n_given - found
        total += quotient(found, n_all, otherwise=1.0)
    return (total / len(_THRESHOLDS))[:, np.newaxis]


def _objects(column: Array, empty: str) -> _Objects:
    """The masks of each image; what stands between two semicolons, and is empty, is none."""
    return [[mask for mask in masks_of(cell, empty, _BETWEEN) if mask] for cell in column]


def _overlaps(true: _Objects, given: _Objects) -> tuple[IntArray, IntArray, IntArray]:
    """Of each true and each given object that share a pixel: the number of the true one, |A and B|, |A or B|."""
    a, b = read(*([list(chain.from_iterable(image)) for image in images] for images in (true, given)))
    (of_a, a_start, a_end), (of_b, b_start, b_end) = _by_pixel(true, a), _by_pixel(given, b)
    first, behind = np.searchsorted(a_end, b_start, side="right"), np.searchsorted(a_start, b_end)
    n_met = np.maximum(behind - first, 0)
    met_b = np.repeat(np.arange(len(b_start)), n_met)
    met_a = np.arange(len(met_b)) + np.repeat(first - (np.cumsum(n_met) - n_met), n_met)
    n_pixels = np.minimum(a_end[met_a], b_end[met_b]) - np.maximum(a_start[met_a], b_start[met_b])
    pair, where = np.unique(of_a[met_a] * (len(of_b) + 1) + of_b[met_b], return_inverse=True)
    inside = _sums(where, n_pixels)
    which_a, which_b = np.divmod(pair, len(of_b) + 1)
    areas = _sums(of_a, a_end - a_start)[which_a] + _sums(of_b, b_end - b_start)[which_b]
    return which_a, inside, areas - inside


def _by_pixel(images: _Objects, runs: Runs) -> tuple[IntArray, IntArray, IntArray]:
    """Which object each run is of, counted through all images, its start and its end: in the order of the pixels."""
    masks = list(chain.from_iterable(images))
    of = np.repeat(np.arange(len(masks)), _lengths(masks) // 2)
    order = np.argsort(runs.start)
    return of[order], runs.start[order], runs.end[order]


def _lengths(sequences: Sequence[Sequence[Any]]) -> IntArray:
    return np.fromiter(map(len, sequences), np.int64, len(sequences))


def _sums(group: IntArray, values: IntArray) -> IntArray:
    """The sum of each group, exactly: `numpy.bincount` would make floats of them."""
    total = np.zeros(int(group.max(initial=-1)) + 1, dtype=np.int64)
    np.add.at(total, group, values)
    return total
