"""The reference names what the code has: every hook with its exact arguments, every command, every code."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields
from pathlib import Path

import pytest

from docs.generate import pages
from kit.cli.explain import titles
from kit.competition import Competition, Kind
from kit.config import Config
from kit.plugin.manager import harness
from kit.plugin.spec import HarnessSpec, ModelSpec

PAGES = pages()
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


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_generated_pages_are_current(page: Path) -> None:
    assert page.read_text(encoding="utf-8") == PAGES[page], "type   python -m docs.generate"


def test_every_generated_page_is_whole() -> None:
    assert [page.name for page, text in PAGES.items() if "{{" in text] == []


@pytest.mark.parametrize("command", sorted(harness().catalogue("register_commands")))
def test_every_command_has_an_example(command: str) -> None:
    section = (REFERENCE / "commands.md").read_text().partition(f"\n## `kit {command}")[2].partition("\n## ")[0]

    assert re.search(rf"\$ kit (-C \S+ )?{command}\b", section), (
        f"write docs/parts/commands/{command}.md: a paragraph and an example"
    )


@pytest.mark.parametrize("code", sorted(titles()))
def test_every_code_is_documented_with_its_lesson(code: str) -> None:
    assert f"### {code} {titles()[code]}\n" in (REFERENCE / "codes.md").read_text()


@pytest.mark.parametrize("setting", [field.name for field in fields(Config) if field.name != "origins"])
def test_every_setting_is_documented(setting: str) -> None:
    page = (REFERENCE / "configuration.md").read_text()

    assert f"`{setting}`" in page or f"`{setting.replace('_', '.', 1)}`" in page
