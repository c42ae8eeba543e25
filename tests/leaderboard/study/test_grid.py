"""What a sweep is to try, as it is typed."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import UsageError
from kit.plugin.settings import Parameters
from leaderboard.study.grid import MAX_RUNS, read_grid, require_few, shown


def known(**defaults: str) -> Parameters:
    return Parameters(where="plugin.py:1", defaults={n: ast.parse(v, mode="eval").body for n, v in defaults.items()})


KNOWN = known(hidden="64", lr="0.1", wide="True", name="'relu'")


def read(*given: str, parameters: Parameters = KNOWN) -> list[dict[str, Any]]:
    return list(read_grid(given, parameters, called="mine"))


def refused(*given: str, parameters: Parameters = KNOWN) -> UsageError:
    with pytest.raises(UsageError) as caught:
        read(*given, parameters=parameters)
    return caught.value


def test_every_combination_is_there_the_last_name_fastest() -> None:
    assert [shown(one) for one in read("hidden=1,8", "lr=0.1,1")] == [
        "hidden=1 lr=0.1", "hidden=1 lr=1", "hidden=8 lr=0.1", "hidden=8 lr=1",
    ]  # fmt: skip


def test_values_are_of_the_sort_of_their_default() -> None:
    assert read("hidden=1e2", "lr=1", "wide=false", "name=tanh") == [
        {"hidden": 100, "lr": 1.0, "wide": False, "name": "tanh"}
    ]
    assert type(read("lr=1")[0]["lr"]) is float


def test_a_value_that_is_typed_twice_is_tried_once() -> None:
    assert read("hidden=8,8,8.0") == [{"hidden": 8}]


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=6), st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_there_are_as_many_as_the_products_of_different_values(hidden: list[int], lr: list[float]) -> None:
    texts = [f"hidden={','.join(map(str, hidden))}", f"lr={','.join(map(repr, lr))}"]

    assert len(read(*texts)) == len(set(hidden)) * len(set(lr))


@pytest.mark.parametrize("text", ["hidden=", "hidden=8,", "hidden=,8", "hidden=8,,9", "=8"])
def test_a_missing_value_is_told(text: str) -> None:
    assert refused(text).code == "E015"


def test_a_name_that_comes_twice_is_told() -> None:
    assert "there twice" in refused("lr=0.1", "lr=0.2").problem.message


def test_who_names_no_values_is_shown_some() -> None:
    assert "--set hidden=32,64,128" in refused().problem.fix
    assert "--set lr=0.01,0.1,1" in refused(parameters=known(lr="0.1")).problem.fix
    assert refused(parameters=known()).code == "E015"


def test_settings_that_fit_does_not_take_are_told_all_at_once() -> None:
    error = refused("hiden=1,2", "lr=fast,0.1")

    assert [part.code for part in error.parts] == ["E009", "E009"]
    assert "did you mean   hidden" in error.problem.fix


def test_what_would_take_an_evening_is_asked_for_once_more() -> None:
    require_few(MAX_RUNS, agreed=False)
    require_few(MAX_RUNS + 1, agreed=True)
    with pytest.raises(UsageError, match="E015"):
        require_few(MAX_RUNS + 1, agreed=False)
