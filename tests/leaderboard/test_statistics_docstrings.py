"""The examples in the docstrings of the statistics hold."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import leaderboard.statistics

MODULES = [module.name for module in pkgutil.iter_modules(leaderboard.statistics.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_docstring_hold(name: str) -> None:
    assert doctest.testmod(importlib.import_module(f"leaderboard.statistics.{name}")).failed == 0
