"""Run-length masks: which can be read, and what the empty one is worth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kit.metrics.base import Metric
from kit.metrics.masks import dice, iou
from kit.metrics.mean_precision_iou import mean_precision_iou
from kit.metrics.runs import MAX_PIXEL


def value(metric: Metric, y_true: Any, y_pred: Any) -> float:
    return metric.value(y_true, y_pred)


@pytest.mark.parametrize(
    ("mask", "why"),
    [
        ("1 x", "'x' is no whole number"),
        ("1 2.0", "'2.0' is no whole number"),
        ("-1 2", "'-1' is no whole number"),
        ("1 ²", "'²' is no whole number"),
        ("1 3 10", "the start 10 has no length"),
        ("0 3", "pixels are numbered from 1, and this mask starts at 0"),
        ("4 0", "the run at pixel 4 has length 0"),
        ("10 5 1 3", "pixel 1 comes after pixel 14: runs are sorted and share no pixel"),
        ("1 3 3 2", "pixel 3 comes after pixel 3: runs are sorted and share no pixel"),
        (f"{MAX_PIXEL} 5", f"pixel {MAX_PIXEL + 4} is more than a pixel can be"),
        ("9" * 400 + " 1", f"{'9' * 20} is more than a pixel can be"),
    ],
)
def test_a_mask_that_cannot_be_read_is_refused_with_its_row(mask: str, why: str) -> None:
    assert dice().why_wrong(np.array(["1 3", mask, "5 5"], dtype=object)) == (1, why)


@pytest.mark.parametrize("mask", ["", "-", "  ", "1 3", "1 3 4 2", f"{MAX_PIXEL - 5} 5"])
def test_a_mask_that_can_be_read_is_accepted(mask: str) -> None:
    assert dice().why_wrong(np.array([mask], dtype=object)) is None


def test_a_solution_with_a_mask_that_cannot_be_read_has_no_score() -> None:
    assert dice().why_undefined(np.array(["1 3", "1"])) == "the mask in row 2 can't be read: the start 1 has no length"


@pytest.mark.parametrize("empty", ["", "-"])
@pytest.mark.parametrize("metric", [dice(), iou(), mean_precision_iou()], ids=lambda metric: metric.name)
def test_nothing_for_nothing_is_right_and_something_is_not(metric: Metric, empty: str) -> None:
    assert value(metric, [empty, empty], ["", "1 1"]) == 0.5


def test_what_an_image_without_masks_is_worth_is_chosen() -> None:
    rows = ["1 4", ""], ["2 4", ""]

    assert [value(dice(both_empty=how), *rows) for how in (1, 0, "skip")] == [0.875, 0.375, 0.75]


def test_the_empty_mask_may_be_written_as_in_older_competitions() -> None:
    assert value(iou(empty="1 1"), ["1 1"], [""]) == 1


def test_large_masks_count_more_where_all_images_are_one() -> None:
    rows = ["1 98", "1 2"], ["1 98", "3 2"]

    assert value(dice(), *rows) == 0.5
    assert value(dice(average="global"), *rows) == 0.98


@pytest.mark.parametrize("average", ["rows", "global"])
def test_a_solution_of_empty_masks_that_are_skipped_has_no_score(average: Any) -> None:
    metric = dice(average=average, both_empty="skip")

    assert metric.why_undefined(np.array(["", "-"])) == "all masks are empty, and would be skipped"
    assert dice(average=average).why_undefined(np.array(["", "-"])) is None


def test_the_order_of_the_pixels_does_not_change_a_score() -> None:
    rows = ["1 4 9 2"], ["2 8"]

    assert value(iou(order="C"), *rows) == value(iou(order="F"), *rows)


def test_pixels_of_very_large_images_are_counted_exactly() -> None:
    far = MAX_PIXEL - 10

    assert value(iou(), [f"1 1 {far} 4"] * 3, [f"{far + 1} 4"] * 3) == 0.5


def test_an_overlap_of_just_one_half_is_none() -> None:
    assert value(mean_precision_iou(), ["1 2"], ["1 1"]) == 0
    assert value(mean_precision_iou(), ["1 100"], ["1 51"]) == 0.1


def test_an_overlap_just_at_a_threshold_is_none_at_that_threshold() -> None:
    assert value(mean_precision_iou(), ["1 20"], ["1 11"]) == 0.1  # 11/20 is 0.55, and 0.55 is not more


def test_objects_of_one_image_share_no_pixel() -> None:
    assert mean_precision_iou().why_wrong(np.array(["1 3;3 4"])) == (0, "pixel 3 is in two masks")
    assert mean_precision_iou().why_wrong(np.array(["10 4;1 3"])) is None


def test_objects_may_surround_each_other() -> None:
    assert value(mean_precision_iou(), ["1 2 5 2;3 2"], ["3 2;1 2 5 2"]) == 1


@pytest.mark.parametrize("cell", ["1 3;", ";1 3", "1 3;;"])
def test_a_semicolon_too_many_is_no_object(cell: str) -> None:
    assert mean_precision_iou().why_wrong(np.array([cell])) is None
    assert value(mean_precision_iou(), ["1 3"], [cell]) == 1


def test_masks_may_be_sequences_of_numbers() -> None:
    assert value(dice(), [[1, 4], None], [np.array([2, 4]), float("nan")]) == 0.875
    assert value(mean_precision_iou(), [[[1, 2], [5, 2]]], [["5 2", "1 2"]]) == 1
