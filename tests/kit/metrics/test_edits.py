"""Edits of texts that are empty, too long, or written in another form of the same characters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kit.metrics.base import Metric
from kit.metrics.edits import cer, levenshtein, wer


def value(metric: Metric, y_true: Any, y_pred: Any) -> float:
    return metric.value(y_true, y_pred)


@pytest.mark.parametrize("make", [levenshtein, cer, wer])
def test_characters_that_look_the_same_are_the_same_unless_that_is_switched_off(make: Any) -> None:
    assert value(make(), ["caf\N{LATIN SMALL LETTER E WITH ACUTE}"], ["cafe\N{COMBINING ACUTE ACCENT}"]) == 0
    assert value(make(nfc=False), ["caf\N{LATIN SMALL LETTER E WITH ACUTE}"], ["cafe\N{COMBINING ACUTE ACCENT}"]) > 0


def test_a_character_is_a_code_point_whatever_its_bytes() -> None:
    assert value(levenshtein(), ["a\N{GRINNING FACE}c"], ["abc"]) == 1


def test_two_empty_texts_differ_by_nothing() -> None:
    assert value(levenshtein(normalised=True), [""], [""]) == 0


def test_an_empty_answer_is_all_wrong() -> None:
    assert value(levenshtein(normalised=True), ["abc"], [""]) == value(cer(), ["abc"], [""]) == 1


def test_rates_exceed_1_where_an_answer_is_much_too_long() -> None:
    assert value(wer(), ["yes"], ["yes and no and so on"]) == 5


def test_words_for_an_empty_true_text_are_errors() -> None:
    assert value(wer(), ["", "a b"], ["x y z", "a b"]) == 1.5


@pytest.mark.parametrize("metric", [wer(), cer()], ids=["wer", "cer"])
def test_a_solution_of_empty_texts_has_no_rate(metric: Metric) -> None:
    assert metric.why_undefined(np.array(["", " "])) == "all texts are empty"


def test_rates_are_of_all_rows_together() -> None:
    assert value(wer(), ["a", "b c d"], ["x", "b c d"]) == 0.25


def test_several_blanks_part_words_like_one() -> None:
    assert value(wer(), ["a b"], [" a  b\n"]) == 0
    assert value(cer(), ["a b"], [" a b "]) == 0
    assert value(cer(), ["a b"], ["a  b"]) == pytest.approx(1 / 3)
