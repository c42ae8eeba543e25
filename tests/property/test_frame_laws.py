"""Laws of ``kit.score`` on DataFrames: the quick way and the close look agree, and neither changes anything."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kit
from kit.errors import KitError
from kit.notebook import tables

N = 6
WHOLE = st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(0, 9), min_size=N, max_size=N, unique=True)
NAMED = st.lists(st.text("aé7 0,\"\n\0;'", max_size=12), min_size=N, max_size=N)
IDS = st.one_of(
    WHOLE,
    WHOLE.map(lambda ids: [*map(str, ids)]),
    NAMED,
    st.permutations(["1", "007", "1.0", "img_000001.png", "x" * 130, "two words"]),
    st.permutations([1, "2", 3, "004", 5, 6]),
    st.lists(st.integers(1, 5), min_size=N, max_size=N),
)
CELLS = st.one_of(
    st.lists(st.integers(0, 2), min_size=N, max_size=N).map(lambda cells: np.array(cells, dtype=np.int8)),
    st.lists(st.sampled_from(["cat", "dog", " dog", "0", "1", "1.0"]), min_size=N, max_size=N),
    st.lists(st.booleans(), min_size=N, max_size=N),
    st.lists(st.floats(0, 1), min_size=N, max_size=N),
    st.lists(st.floats(width=32), min_size=N, max_size=N).map(lambda cells: np.array(cells, dtype=np.float32)),
    st.lists(st.floats() | st.sampled_from([0.0, -0.0, 1.0]), min_size=N, max_size=N),
    st.lists(st.sampled_from([0, 1, 1.0, "1", None, True, "0.5", "x"]), min_size=N, max_size=N).map(
        lambda cells: pd.Series(cells, dtype=object)
    ),
    st.lists(st.sampled_from([0, 1, None]), min_size=N, max_size=N).map(lambda cells: pd.array(cells, dtype="Int64")),
    st.lists(st.sampled_from(["a", "b", "1"]), min_size=N, max_size=N).map(pd.Categorical),
    st.lists(st.sampled_from([["a", "b"], "a b", [], None, "c"]), min_size=N, max_size=N),
)
USAGES = st.lists(st.sampled_from(["Public", "Private", "Ignored", "public"]), min_size=N, max_size=N)
METRICS = ("accuracy", "f1", "log_loss", "roc_auc", "rmse", "mae", "map_at_k", "brier")


@st.composite
def pairs(draw: st.DrawFn) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    """Tables that fit each other, nearly fit, and do not."""
    ids, cells = draw(IDS), draw(CELLS)
    solution = pd.DataFrame({"id": pd.Series(ids, dtype=draw(st.sampled_from([None, object]))), "y": cells})
    answers = cells if draw(st.booleans()) else draw(CELLS)
    submission = pd.DataFrame({"id": pd.Series(ids, dtype=draw(st.sampled_from([None, object, str]))), "y": answers})
    if draw(st.integers(0, 3)) == 0:
        submission["z"] = draw(CELLS)
    if draw(st.integers(0, 5)) == 0:
        submission["id"] = draw(IDS)
    if draw(st.booleans()):
        solution["Usage"] = draw(USAGES)
    submission = submission.iloc[draw(st.permutations(range(N)))] if draw(st.booleans()) else submission
    return solution, submission, {"usage": draw(st.sampled_from([None, None, "Public"]))}


@settings(max_examples=300, deadline=None)
@given(pair=pairs(), metric=st.sampled_from(METRICS))
def test_the_quick_way_through_tables_gives_what_a_close_look_gives(
    pair: tuple[pd.DataFrame, pd.DataFrame, dict[str, Any]], metric: str
) -> None:
    solution, submission, given_too = pair
    before = solution.copy(deep=True), submission.copy(deep=True)
    quick = outcome(solution, submission, metric, **given_too)

    pd.testing.assert_frame_equal(solution, before[0])
    pd.testing.assert_frame_equal(submission, before[1])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tables, "_read_quickly", lambda *_: None)
        assert quick == outcome(solution, submission, metric, **given_too)


def outcome(solution: pd.DataFrame, submission: pd.DataFrame, metric: str, **given_too: Any) -> object:
    """A score, or what was said instead of one."""
    try:
        return kit.score(solution, submission, metric, **given_too)
    except KitError as error:
        return error.codes, str(error), [part.message for part in error.parts]
