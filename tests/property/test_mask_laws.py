"""Laws of run-length masks: what is read is what is written, and everything else is refused."""

from __future__ import annotations

from itertools import chain, pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kit.metrics.masks import dice, iou
from kit.metrics.mean_precision_iou import mean_precision_iou
from tests.metric_cells import column, run_lengths

cells = st.lists(st.text("0129 ;-x", max_size=12), min_size=1, max_size=4)
pixels = st.lists(st.lists(st.integers(0, 1), min_size=9, max_size=9), min_size=1, max_size=5)


def runs(mask: str) -> list[tuple[int, int]]:
    """First pixel and the one behind the last, of each run.

    Raises
    ------
    ValueError
        If they can't be read.
    """
    words = [] if mask.strip() == "-" else mask.split()
    if len(words) % 2 or not all(word.isdigit() for word in words):
        raise ValueError(mask)
    return [(int(start), int(start) + int(n)) for start, n in zip(words[::2], words[1::2], strict=True)]


def can_be_read(masks: list[str]) -> bool:
    try:
        read = [runs(mask) for mask in masks]
    except ValueError:
        return False
    is_sound = all(0 < start < end for mask in read for start, end in mask)
    is_sorted = all(a[1] <= b[0] for mask in read for a, b in pairwise(mask))
    return is_sound and is_sorted and all(a[1] <= b[0] for a, b in pairwise(sorted(chain.from_iterable(read))))


@given(cells)
def test_the_first_mask_that_cannot_be_read_is_the_one_refused(masks: list[str]) -> None:
    first = next((row for row, mask in enumerate(masks) if not can_be_read([mask])), None)
    found = dice().why_wrong(column(masks))

    assert (None if found is None else found[0]) == first


@given(cells)
def test_the_first_image_whose_objects_cannot_be_read_is_the_one_refused(images: list[str]) -> None:
    first = next((row for row, image in enumerate(images) if not can_be_read(image.split(";"))), None)
    found = mean_precision_iou().why_wrong(column(images))

    assert (None if found is None else found[0]) == first


@given(pixels, st.integers(0, 2**32 - 1))
def test_dice_and_iou_of_an_image_say_the_same(images: list[list[int]], seed: int) -> None:
    true, given_ = np.array(images), np.random.default_rng(seed).integers(0, 2, np.shape(images))
    rows = [(column([run_lengths(a)]), column([run_lengths(b)])) for a, b in zip(true, given_, strict=True)]

    for row in rows:
        overlap = iou().value(*row)
        assert abs(dice().value(*row) - 2 * overlap / (1 + overlap)) < 1e-12


@given(pixels, pixels)
def test_truth_and_answer_can_be_exchanged(one: list[list[int]], other: list[list[int]]) -> None:
    n = min(len(one), len(other))
    a, b = (column(run_lengths(np.array(row)) for row in images[:n]) for images in (one, other))

    for metric in (dice(), iou(average="global"), mean_precision_iou()):
        assert abs(metric.value(a, b) - metric.value(b, a)) < 1e-12
