"""Dice and IoU of run-length masks: how well a region of each image is covered, and not more than it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from math import nan
from typing import Literal, TypeAlias

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric, quotient, ratio_of_sums
from kit.metrics.runs import finder, read, shared, without_masks, words

Average: TypeAlias = Literal["rows", "global"]
BothEmpty: TypeAlias = Literal[1, 0, "skip"]
Order: TypeAlias = Literal["F", "C"]
Likeness: TypeAlias = Callable[[float, FloatArray], FloatArray]


def dice(average: Average = "rows", both_empty: BothEmpty = 1, order: Order = "F", empty: str = "-") -> Metric:
    """Twice the pixels that two masks share, by the pixels of both.

    Parameters
    ----------
    average
        ``rows``: the mean over the images. ``global``: once, for the pixels of all images together; large masks count
        more then.
    both_empty
        What an image has in which neither mask has a pixel: 1 or 0, or ``skip``, if it is left out of the mean. With
        ``global``, it matters only where all masks of both are empty.
    order
        How the pixels are numbered: ``F``, down the first column, then the second, as Fortran does and most
        competitions; ``C``, along the rows. Both files are written alike, so the score is the same: it is for who
        writes masks to know.
    empty
        What stands for an empty mask, besides an empty cell: ``-``, or ``1 1`` in older competitions.

    Returns
    -------
    Metric
        From 0 to 1, greater is better; it has no unit.

    Notes
    -----
    Of an image with the true mask A and the answer B it is 2 |A and B| / (|A| + |B|), the F1 of its pixels.

    A submission holds in each row a run-length mask: ``7,1 3 10 5`` is the pixels 1, 2, 3 and 10 to 14, counted from
    1. The numbers are positive, the runs sorted, and no two share a pixel; anything else is refused. Where one of the
    masks is empty and the other is not, the image has 0. The size of the images is not needed.

    References
    ----------
    L. R. Dice, "Measures of the Amount of Ecologic Association Between Species", Ecology 26 (1945); Kaggle,
    "HuBMAP - Hacking the Kidney", evaluation, for 1 where both are empty, and "UW-Madison GI Tract", for ``skip``.

    Examples
    --------
    Four pixels, four in the answer, three of them right; and an image without a mask, rightly left empty:

    >>> dice().value(np.array(["1 4", ""]), np.array(["2 4", ""]))
    0.875
    >>> dice(both_empty="skip").value(np.array(["1 4", ""]), np.array(["2 4", ""]))
    0.75
    """
    return _of_pixels(
        Metric(
            name="dice",
            summary="How well is the region in each image covered, and not more than it? F1 of its pixels.",
            greater_is_better=True,
            needs="text",
            best=1.0,
            worst=0.0,
            unit="value",
            interval="bootstrap",
            source="L. R. Dice, Ecology 26 (1945); Kaggle, HuBMAP - Hacking the Kidney, evaluation",
            params={"average": average, "both_empty": both_empty, "order": order, "empty": empty},
        ),
        _dice,
    )


def iou(average: Average = "rows", both_empty: BothEmpty = 1, order: Order = "F", empty: str = "-") -> Metric:
    """Pixels that two masks share, by the pixels that are in one of them at least.

    Parameters
    ----------
    average
        ``rows``: the mean over the images. ``global``: once, for the pixels of all images together; large masks count
        more then.
    both_empty
        What an image has in which neither mask has a pixel: 1 or 0, or ``skip``, if it is left out of the mean. With
        ``global``, it matters only where all masks of both are empty.
    order
        How the pixels are numbered: ``F``, down the first column, then the second, as Fortran does and most
        competitions; ``C``, along the rows. Both files are written alike, so the score is the same: it is for who
        writes masks to know.
    empty
        What stands for an empty mask, besides an empty cell: ``-``, or ``1 1`` in older competitions.

    Returns
    -------
    Metric
        From 0 to 1, greater is better; it has no unit.

    Notes
    -----
    Of an image with the true mask A and the answer B it is |A and B| / |A or B|, the Jaccard index of its pixels; of
    one image, Dice / (2 - Dice).

    A submission holds in each row a run-length mask: ``7,1 3 10 5`` is the pixels 1, 2, 3 and 10 to 14, counted from
    1. The numbers are positive, the runs sorted, and no two share a pixel; anything else is refused. Where one of the
    masks is empty and the other is not, the image has 0. The size of the images is not needed.

    References
    ----------
    P. Jaccard, "The Distribution of the Flora in the Alpine Zone", New Phytologist 11 (1912); M. Everingham et al.,
    "The Pascal Visual Object Classes Challenge", IJCV 88 (2010), section 4.4, for pixels of all images together.

    Examples
    --------
    Four pixels, four in the answer, three of them right, so that five are in one of the two at least:

    >>> iou().value(np.array(["1 4"]), np.array(["2 4"]))
    0.6
    """
    return _of_pixels(
        Metric(
            name="iou",
            summary="How well is the region in each image covered, and not more than it? What is shared, of all.",
            greater_is_better=True,
            needs="text",
            best=1.0,
            worst=0.0,
            unit="value",
            interval="bootstrap",
            source="P. Jaccard, New Phytologist 11 (1912); Everingham et al., IJCV 88 (2010), section 4.4",
            params={"average": average, "both_empty": both_empty, "order": order, "empty": empty},
        ),
        _iou,
    )


def _of_pixels(metric: Metric, likeness: Likeness) -> Metric:
    """`metric` with all that its parameters make of `likeness`."""
    average, both_empty, empty = (metric.params[name] for name in ("average", "both_empty", "empty"))
    wrong = finder(str(empty))
    of_pixels = partial(likeness, nan if both_empty == "skip" else float(both_empty))  # type: ignore[arg-type]
    return replace(
        metric,
        terms=partial(_pixels, str(empty)) if average == "global" else partial(_rows, str(empty), of_pixels),
        combine=partial(_of_all, of_pixels) if average == "global" else ratio_of_sums,
        wrong=wrong,
        undefined=partial(_undefined, wrong, str(empty), both_empty == "skip"),
    )


def _dice(both_empty: float, pixels: FloatArray) -> FloatArray:
    """Of |A|, |B| and |A and B|, shape (..., 3)."""
    return quotient(2 * pixels[..., 2], pixels[..., 0] + pixels[..., 1], otherwise=both_empty)


def _iou(both_empty: float, pixels: FloatArray) -> FloatArray:
    """Of |A|, |B| and |A and B|, shape (..., 3)."""
    return quotient(pixels[..., 2], pixels[..., 0] + pixels[..., 1] - pixels[..., 2], otherwise=both_empty)


def _pixels(empty: str, y_true: Array, y_pred: Array) -> FloatArray:
    """Pixels of the true mask, of the answer, and of both, in each row; shape (n_samples, 3)."""
    true, given = read(*([words(cell, empty) for cell in column] for column in (y_true, y_pred)))
    return np.column_stack([true.areas(), given.areas(), shared(true, given)])


def _rows(empty: str, likeness: Callable[[FloatArray], FloatArray], y_true: Array, y_pred: Array) -> FloatArray:
    """The score of each row, and whether it counts; shape (n_samples, 2)."""
    of_row = likeness(_pixels(empty, y_true, y_pred))
    counts = ~np.isnan(of_row)
    return np.column_stack([np.where(counts, of_row, 0), counts])


def _of_all(likeness: Callable[[FloatArray], FloatArray], sums: FloatArray, n_rows: FloatArray) -> FloatArray:  # noqa: ARG001
    return likeness(sums)


def _undefined(
    wrong: Callable[[Array], tuple[int, str] | None], empty: str, is_skipped: bool, y_true: Array
) -> str | None:
    if why := without_masks(wrong, y_true):
        return why
    is_nothing = is_skipped and not any(words(cell, empty) for cell in y_true)
    return "all masks are empty, and would be skipped" if is_nothing else None
