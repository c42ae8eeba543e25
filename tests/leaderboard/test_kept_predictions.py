"""Predictions of any sort are kept without pickle, and come back as they were."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.artifacts import packed, unpacked


@given(st.lists(st.text(st.characters(exclude_categories=())), max_size=20))
def test_text_comes_back_as_it_was(cells: list[str]) -> None:
    kept = unpacked(packed(np.array(cells, dtype=object)))

    assert kept.dtype == object
    assert kept.tolist() == cells


def test_several_columns_of_text_keep_their_shape() -> None:
    cells = np.array([["a b", ""], ["ü", "\ud800"]], dtype=object)

    assert unpacked(packed(cells)).tolist() == cells.tolist()


@pytest.mark.parametrize("y_pred", [np.arange(3), np.array([[0.5, 1e100], [2.0, 3.0]]), np.zeros((2, 3), np.int64)])
def test_numbers_come_back_as_they_were(y_pred: np.ndarray) -> None:
    kept = unpacked(packed(y_pred))

    assert kept.dtype == y_pred.dtype
    assert (kept == y_pred).all()


def test_what_is_kept_holds_no_pickle() -> None:
    data = packed(np.array(["a", "b"], dtype=object))

    with np.load(io.BytesIO(data), allow_pickle=False) as kept:
        assert {*kept.files} == {"text", "ends", "shape"}
