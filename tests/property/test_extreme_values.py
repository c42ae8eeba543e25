"""Whatever numbers a submission may hold, its score is a number."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.metrics.base import Array, Metric
from kit.submission.cells import LARGEST
from tests.metric_rows import ROWS, metric_of

TAKING_VALUES = [key for key in sorted(ROWS) if metric_of(key).needs == "values"]
sizes = st.sampled_from([0.0, 1e-300, 1e-100, 1e-9, 1.0, 1e9, LARGEST])


def all_finite(metric: Metric, y_true: Array, y_pred: Array, extra: dict[str, Array]) -> bool:
    terms = np.zeros(1) if metric.terms is None else metric.terms(y_true, y_pred, **extra)
    return bool(np.isfinite(metric.value(y_true, y_pred, **extra)) and np.isfinite(terms).all())


@pytest.mark.parametrize("key", TAKING_VALUES)
@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), small=sizes, large=sizes)
def test_very_large_and_very_small_answers_have_a_finite_score(key: str, seed: int, small: float, large: float) -> None:
    metric, rng = metric_of(key), np.random.default_rng(seed)
    y_true, y_pred, extra = ROWS[key](rng)
    signs = {"any": [-1.0, 1.0], "not negative": [1.0], "positive": [1.0]}[metric.domain]
    answers = rng.choice([small, large], y_pred.shape) * rng.choice(signs, y_pred.shape)
    answers = np.maximum(answers, 1e-300) if metric.domain == "positive" else answers

    if metric.why_wrong(answers) is None:
        assert all_finite(metric, y_true, answers, extra)


@pytest.mark.parametrize("key", [key for key in TAKING_VALUES if metric_of(key).of_truth == "values"])
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), size=sizes)
def test_very_large_and_very_small_values_to_predict_have_a_finite_score_or_none(
    key: str, seed: int, size: float
) -> None:
    metric = metric_of(key)
    y_true, y_pred, extra = ROWS[key](np.random.default_rng(seed))
    if metric.name == "perplexity" and size == 0:
        return  # of no tokens at all: told when a submission is scored (E602), for indices of tokens may be all 0

    if metric.why_undefined(y_true * size, **extra) is None:
        assert all_finite(metric, y_true * size, y_pred, extra)
