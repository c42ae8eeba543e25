"""Replicates of many scores at once: the same numbers as one by one, in bounded memory."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kit.metrics.accuracy import accuracy
from kit.metrics.f1 import f1
from kit.metrics.rmse import rmse
from kit.resampling import REPLICATES, resamples
from kit.scoring import PartScore, score_part
from leaderboard.statistics import bootstrap
from leaderboard.statistics.bootstrap import MAX_GROUPS, grouped, replicates, replicates_of_all, weights_of


def of_errors(errors: np.ndarray) -> PartScore:
    return score_part(rmse(), np.zeros(len(errors)), errors, seed_text="x")


def boards(n: int, n_teams: int) -> list[PartScore]:
    rng = np.random.default_rng(n)
    return [of_errors(rng.normal(size=n)) for _ in range(n_teams)]


def test_a_replicate_is_the_score_of_the_rows_that_were_drawn() -> None:
    errors = np.random.default_rng(1).normal(size=50)
    drawn = [np.sqrt(np.square(errors[rows]).mean()) for rows in resamples(50, "x")]

    assert replicates(rmse(), of_errors(errors), seed_text="x") == pytest.approx(np.array(drawn))


def test_many_teams_get_what_each_gets_alone() -> None:
    parts = boards(200, 7)
    alone = np.stack([replicates(rmse(), part, seed_text="x") for part in parts])

    assert replicates_of_all(rmse(), parts, seed_text="x") == pytest.approx(alone, rel=1e-12)


def test_twins_get_the_same_to_the_last_digit() -> None:
    parts = boards(999, 6)
    drawn = replicates_of_all(rmse(), [*parts, parts[2]], seed_text="x")

    assert (drawn[2] == drawn[6]).all()


def test_teams_that_do_not_fit_side_by_side_get_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = boards(200, 7)
    at_once = replicates_of_all(rmse(), parts, seed_text="x")
    monkeypatch.setattr(bootstrap, "_COLUMN_BYTES", 3 * 8 * 200)

    assert replicates_of_all(rmse(), parts, seed_text="x") == pytest.approx(at_once, rel=1e-12)


def test_a_class_that_only_one_team_names_widens_its_terms_alone() -> None:
    y_true = np.arange(60) % 2
    parts = [score_part(f1(), y_true, y_pred, seed_text="x") for y_pred in (y_true, np.where(np.arange(60), y_true, 4))]
    alone = [replicates(f1(), part, seed_text="x") for part in parts]

    assert replicates_of_all(f1(), parts, seed_text="x") == pytest.approx(np.stack(alone))


def test_scores_without_terms_are_compared_on_the_resamples_that_all_of_them_have() -> None:
    metric = replace(accuracy(), terms=None, combine=None)
    kept = [PartScore(value=0.5, n=9, replicates=np.full(r, 0.5)) for r in (60, 50)]

    assert replicates_of_all(metric, kept, seed_text="x").shape == (2, 50)


def test_each_resample_has_as_many_rows_as_the_part() -> None:
    assert (weights_of(300, "x").sum(axis=1, dtype=int) == 300).all()
    assert weights_of(300, "x").shape == (REPLICATES, 300)


def test_groups_of_very_many_rows_hold_each_row_once() -> None:
    rows = np.arange(50_001.0)[:, np.newaxis]
    sums, sizes = grouped(rows, "x")

    assert sums.sum() == rows.sum()
    assert sizes.sum() == 50_001
    assert set(sizes) == {2, 3}


def test_very_many_rows_have_the_spread_of_theory() -> None:
    errors = np.random.default_rng(2).normal(size=5 * MAX_GROUPS)
    drawn = replicates(rmse(), of_errors(np.sort(errors)), seed_text="x")  # their order says nothing

    assert drawn.std() == pytest.approx(1 / np.sqrt(2 * len(errors)), rel=0.1)
    assert drawn.mean() == pytest.approx(1, abs=0.01)
