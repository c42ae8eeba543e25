"""Parts of the rows: fair, nested, and as a plugin sees all rows."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.dataset import Dataset
from kit.errors import UsageError
from leaderboard.study.rows import order_of, parts_of, read_sizes

LABELS = st.lists(st.integers(0, 4), min_size=5, max_size=200).map(np.array)


@given(LABELS, st.integers(0, 5))
def test_an_order_has_every_row_once_and_is_drawn_by_its_seed(y: np.ndarray, seed: int) -> None:
    order = order_of(y, 5, seed)

    assert sorted(order.tolist()) == list(range(len(y)))
    assert order.tolist() == order_of(y, 5, seed).tolist()


@given(LABELS, st.integers(0, 5), st.floats(0.1, 1.0))
def test_every_beginning_has_each_class_as_often_as_its_share(y: np.ndarray, seed: int, share: float) -> None:
    n = max(5, round(share * len(y)))
    counts = np.bincount(y[order_of(y, 5, seed)[:n]], minlength=5)
    expected = np.bincount(y, minlength=5) * n / len(y)

    assert (counts[np.bincount(y, minlength=5) > 0] >= 1).all()
    assert np.abs(counts - expected).max() <= 5  # one row of each class comes first, and others give way


def test_values_are_shuffled_and_another_seed_shuffles_otherwise() -> None:
    y = np.linspace(0, 1, 50, dtype=np.float32)

    assert order_of(y, 0, 0).tolist() != order_of(y, 0, 1).tolist()
    assert order_of(y, 0, 0).tolist() != list(range(50))


def test_parts_are_nested_and_differ_from_the_whole_in_their_rows_alone(tiny: ModuleType, tmp_path: Path) -> None:
    prepared = tiny.tiny_prepared(tmp_path)
    n = prepared.facts.n_train
    with parts_of(prepared, (4, n // 2, n), (0,)) as parts:
        rows = {size: parts[size, 0].rows("train") for size in (4, n // 2, n)}
        assert [len(one) for one in rows.values()] == [4, n // 2, n]
        assert set(rows[4].ids) < set(rows[n // 2].ids) < set(rows[n].ids)
        assert parts[n, 0] is prepared
        part = parts[4, 0]
        valid = part.rows("valid")
        assert isinstance(valid, Dataset)
        assert valid.ids.tolist() == prepared.rows("valid").ids.tolist()
        assert (part.facts.n_train, part.facts.digest != prepared.facts.digest) == (4, True)
        assert not (part.folder / "private").exists()
    assert not part.folder.exists()


@pytest.mark.parametrize(
    ("text", "sizes"),
    [(None, (54, 108, 216, 431, 862)), ("1/2,all", (431, 862)), ("0.5,100", (100, 431)), ("50,100,50", (50, 100))],
)
def test_sizes_are_shares_or_counts(text: str | None, sizes: tuple[int, ...]) -> None:
    assert read_sizes(text, 862, 10) == sizes


@pytest.mark.parametrize("text", ["all", "2/1,all", "863,10", "5,100", "a few", "1/0", "", "100,", "-1,100"])
def test_sizes_that_make_no_curve_are_told(text: str) -> None:
    with pytest.raises(UsageError, match="E015"):
        read_sizes(text, 862, 10)


def test_few_rows_leave_out_the_sizes_that_hold_not_every_class() -> None:
    assert read_sizes(None, 40, 10) == (10, 20, 40)
