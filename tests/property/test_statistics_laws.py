"""Laws of the paired test, whatever the rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.metrics.accuracy import accuracy
from kit.metrics.base import Metric
from kit.metrics.rmse import rmse
from kit.metrics.roc_auc import roc_auc
from kit.resampling import REPLICATES
from kit.scoring import PartScore, score_part
from leaderboard.statistics.paired import paired_bootstrap

seeds = st.integers(0, 2**32 - 1)
metrics = st.sampled_from([accuracy(), rmse(), roc_auc()])


def pair(metric: Metric, seed: int) -> tuple[PartScore, PartScore]:
    """Scores of two submissions for the same rows, both classes among them."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 40))
    y_true = rng.permutation(np.r_[0, 1, rng.integers(0, 2, n - 2)])
    answers = (rng.integers(0, 2, n).astype(float) for _ in range(2))
    first, second = (score_part(metric, y_true, y_pred, seed_text="a") for y_pred in answers)
    return first, second


@given(metrics, seeds)
def test_it_does_not_matter_who_is_named_first(metric: Metric, seed: int) -> None:
    first, second = pair(metric, seed)
    p = paired_bootstrap(metric, first, second, seed_text="a")

    assert p == pytest.approx(paired_bootstrap(metric, second, first, seed_text="a"))


@given(metrics, seeds)
def test_equal_terms_can_not_be_told_apart(metric: Metric, seed: int) -> None:
    score, _ = pair(metric, seed)

    assert paired_bootstrap(metric, score, replace(score), seed_text="a") == 1.0


@given(metrics, seeds)
def test_p_is_positive_and_at_most_one(metric: Metric, seed: int) -> None:
    assert 1 / (REPLICATES + 1) <= paired_bootstrap(metric, *pair(metric, seed), seed_text="a") <= 1.0
