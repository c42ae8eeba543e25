"""The reference names what the code has: every hook with its exact arguments, every command, every code."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields
from pathlib import Path

import pytest

from kit.competition import Competition, Kind
from kit.plugin.manager import harness
from kit.plugin.spec import HarnessSpec, ModelSpec

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"
HOOKS = [
    (name, inspect.signature(function))
    for spec in (ModelSpec, HarnessSpec)
    for name, function in inspect.getmembers(spec, inspect.isfunction)
]


@pytest.mark.parametrize(("name", "signature"), HOOKS, ids=[name for name, _ in HOOKS])
def test_every_hook_is_documented_with_its_exact_arguments(name: str, signature: inspect.Signature) -> None:
    written = f"{name}({', '.join(argument for argument in signature.parameters if argument != 'self')})"

    assert written in "".join(page.read_text() for page in REFERENCE.glob("*.md"))


@pytest.mark.parametrize("command", sorted(harness().catalogue("register_commands")))
def test_every_command_is_documented(command: str) -> None:
    assert f"## `kit {command}" in (REFERENCE / "commands.md").read_text()


def test_no_documented_command_is_missing() -> None:
    documented = set(re.findall(r"^## `kit ([a-z]+)", (REFERENCE / "commands.md").read_text(), re.MULTILINE))

    assert documented <= harness().catalogue("register_commands").keys()


def test_every_kind_of_competition_is_documented() -> None:
    page = (REFERENCE / "competition.md").read_text()

    assert [kind for kind in Kind.__args__ if f"`{kind}`" not in page] == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("key", [field.name for field in fields(Competition)])
def test_every_key_of_a_competition_is_documented(key: str) -> None:
    page = (REFERENCE / "competition.md").read_text()

    assert f"`{key}`" in page or f"`[{key}]`" in page
