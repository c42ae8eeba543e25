"""Which learning rate is the largest stable one, and what is suggested."""

from __future__ import annotations

import ast
import math
from typing import Any

import pytest

from kit.errors import UsageError
from kit.plugin.settings import Parameters
from leaderboard.runs import LocalRun
from leaderboard.study.rates import FACTORS, Rates, judged, rate_of, short_runs
from leaderboard.training import NewRun

NAN = math.nan
RETURNS = (-190, -130, -110, -199)  # that began at -200


def new(**changes: Any) -> NewRun:
    values: dict[str, Any] = {"prepared": None, "metric": None, "limits": None, "archive": b"", "plugin": "mine"}
    return NewRun(**{**values, "competition": "digits", "name": "mine", "params": {}, "defaults": {}, **changes})


def run(lr: float, *losses: float, name: str = "loss") -> LocalRun:
    return LocalRun(
        id=1, competition="digits", digest="d", name="mine", plugin="mine", plugin_sha256="a", params={"lr": lr},
        defaults={}, seed=0, state="done", at=0.0, seconds=1.0, kind="image-classification", metric="accuracy",
        metric_version=1, unit="share", versions={},
        events=tuple({"epoch": epoch, name: loss} for epoch, loss in enumerate(losses, 1)),
    )  # fmt: skip


def found(*last: float) -> Rates:
    """Of rates 0.001, 0.01, … whose losses began at 2.3 and ended so."""
    runs = {place: run(0.001 * 10**place, 2.3, loss) for place, loss in enumerate(last)}
    return judged(new(), "lr", 0.01, runs)


def known(**defaults: str) -> Parameters:
    return Parameters(where="plugin.py:1", defaults={n: ast.parse(v, mode="eval").body for n, v in defaults.items()})


def test_a_third_of_the_largest_stable_rate_is_suggested() -> None:
    rates = found(2.29, 1.5, 0.3, 0.5, 80.0)

    assert rates.largest == pytest.approx(1.0)
    assert rates.suggested == pytest.approx(0.33)
    assert [rate.is_stable for rate in rates.rates] == [False, True, True, True, False]


@pytest.mark.parametrize("broken", [NAN, math.inf, 2.3, 2.1, 1e300])
def test_a_rate_whose_loss_is_no_number_or_not_clearly_lower_is_not_stable(broken: float) -> None:
    assert found(2.29, 1.5, 0.3, broken).largest == pytest.approx(0.1)


def test_a_lucky_rate_beyond_a_gap_does_not_count() -> None:
    assert found(2.29, 0.3, NAN, 1.0).largest == pytest.approx(0.01)


def test_where_nothing_was_learned_nothing_is_suggested() -> None:
    assert found(2.3, 2.3, NAN).suggested is None
    assert judged(new(), "lr", 1.0, {0: run(1.0), 1: run(2.0)}).measure == ""


def test_the_loss_on_validation_rows_is_preferred() -> None:
    runs = {0: run(1.0, 2.0, 1.0, name="valid_loss"), 1: run(2.0, 9.0, 9.0)}

    assert judged(new(), "lr", 1.0, runs).measure == "valid loss"


def test_of_an_agent_the_return_is_compared_and_has_to_rise() -> None:
    returns = {place: run(0.001 * 10**place, -200, last, name="mean_return") for place, last in enumerate(RETURNS)}
    rates = judged(new(), "lr", 0.01, returns)

    assert (rates.measure, rates.rises, rates.start) == ("mean return", True, -200)
    assert [rate.is_stable for rate in rates.rates] == [False, True, True, False]
    assert rates.largest == pytest.approx(0.1)


@pytest.mark.parametrize("start", [-200.0, 0.0])
def test_an_agent_that_never_gained_anything_is_given_no_rate(start: float) -> None:
    returns = {place: run(0.001 * 10**place, start, start, name="mean_return") for place in range(3)}

    assert judged(new(), "lr", 0.01, returns).largest is None


def test_nine_rates_lie_around_the_default_and_each_learns_for_one_epoch() -> None:
    runs = short_runs(new(), known(epochs="15", updates="2000", lr="0.002"), "lr", 0.002, limit_s=5.0)

    assert [one.params["lr"] for one in runs] == pytest.approx([0.002 * factor for factor in FACTORS])
    assert {one.params["epochs"] for one in runs} == {one.params["updates"] for one in runs} == {1}
    assert {one.fit_limit_s for one in runs} == {5.0}


def test_a_plugin_without_epochs_is_told_by_the_clock_alone() -> None:
    assert short_runs(new(), known(lr="0.1"), "lr", 0.1, limit_s=5.0)[0].params == {"lr": 0.001}


@pytest.mark.parametrize("defaults", [{}, {"C": "1.0"}, {"lr": "1"}, {"lr": "None"}, {"lr": "-1.0"}, {"lr": "1 / 3"}])
def test_a_plugin_without_a_rate_that_can_be_multiplied_is_told_so(defaults: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="E016"):
        rate_of(known(**defaults), "mine", around=None)


def test_a_rate_is_called_lr_or_learning_rate_and_may_be_said() -> None:
    assert rate_of(known(learning_rate="0.5"), "mine", around=None) == ("learning_rate", 0.5)
    assert rate_of(known(lr="None"), "mine", around=0.3) == ("lr", 0.3)
