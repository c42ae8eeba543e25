"""Scores of many submissions in few bytes."""

from __future__ import annotations

import pickle

from hypothesis import given, settings
from hypothesis import strategies as st

from leaderboard.web.scores import Scores


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.integers(0, 2**40), st.tuples(st.floats(), st.floats(), st.floats())))
def test_scores_are_those_of_a_dict(told: dict[int, tuple[float, float, float]]) -> None:
    scores = pickle.loads(pickle.dumps(Scores(sorted(told.items()))))
    assert repr(dict(scores)) == repr(dict(sorted(told.items())))
    assert scores.get(-1) is None
