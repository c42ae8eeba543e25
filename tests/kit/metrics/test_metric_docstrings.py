"""What is written of every metric: each section is there, its examples run, and `kit metrics` can show it."""

from __future__ import annotations

import doctest
import sys
from importlib import import_module
from pkgutil import iter_modules

import pytest

import kit.metrics
from kit.cli.metrics import explanation
from kit.plugin.built_in import register_metrics

METRICS = register_metrics()
MODULES = ["kit.ratings", *(f"kit.metrics.{module.name}" for module in iter_modules(kit.metrics.__path__))]


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_is_explained_with_every_section(name: str) -> None:
    explained = explanation(name)
    sections = ("definition", "returns", "notes", "references", "examples", "summary", "source")

    assert [section for section in sections if not explained[section]] == []
    assert explained["examples"].count(">>>") > 0


@pytest.mark.parametrize("name", METRICS)
def test_every_parameter_of_a_metric_is_explained(name: str) -> None:
    assert [parameter["name"] for parameter in explanation(name)["parameters"] if not parameter["explanation"]] == []


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_says_what_a_submission_holds_and_which_way_is_better(name: str) -> None:
    explained = explanation(name)
    words = {"greater", "higher"} if explained["greater_is_better"] else {"smaller", "lower"}

    assert "submission" in explained["notes"] or "`id," in explained["notes"]
    assert words & set(explained["returns"].replace(",", " ").split())


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_in_docstrings_are_right(module: str) -> None:
    import_module(module)

    assert doctest.testmod(sys.modules[module]).failed == 0
