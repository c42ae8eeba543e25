"""Our own words: kind, and in lines that can be read."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kit.cli import screen
from kit.errors import PluginError, Problem

ROOT = Path(__file__).resolve().parents[2]
UNKIND = re.compile(
    r"\b(invalid|illegal|wrongly|stupid|your fault|your mistake|you failed|you forgot)\b", re.IGNORECASE
)
# Words of Python's and of TOML's own messages, which are looked for there and put into other ones.
QUOTED = {
    "Invalid value",
    "invalid value for ",
    "Invalid statement",
    "Invalid hex value",
    "Illegal character",
    "invalid syntax",
    "invalid syntax. Perhaps you forgot a comma?",
    "Invalid format",
    r"cannot reshape array of size|shape '.*' is invalid for input of size",
}


def texts() -> Iterator[tuple[str, str]]:
    """File and text of every string in the code, and of every lesson."""
    for package in ("kit", "leaderboard"):
        for file in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield f"{file.relative_to(ROOT)}:{node.lineno}", node.value
    for lesson in (ROOT / "kit" / "lessons").glob("*.md"):
        yield lesson.name, lesson.read_text(encoding="utf-8")


def test_no_text_of_ours_blames_or_says_invalid() -> None:
    assert [(place, text[:80]) for place, text in texts() if UNKIND.search(text) and text not in QUOTED] == []


LONG = Problem(
    code="E202",
    message="your code stopped with an error while fitting, " + "and this is a long story " * 5,
    where="plugins/a_plugin_with_a_long_name/plugin.py:12  in fit",
    excerpt=f"12 | {'x = 1 + ' * 30}1\nTypeError: {'much was expected and little came ' * 8}",
    expected="labels " * 8,
    got="text " * 12,
    why="because " * 30,
    fix="this " * 40,
)


@pytest.mark.parametrize(("columns", "widest"), [(200, 100), (100, 100), (70, 70), (40, 60)])
def test_sentences_break_at_the_width_of_the_terminal_and_at_100_columns(
    columns: int, widest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = screen.error_text(PluginError(LONG)).replace("\x1b[1m", "").replace("\x1b[0m", "").splitlines()

    assert max(len(line) for line in lines if "x = 1" not in line) <= widest


@pytest.mark.parametrize("columns", ["200", "60"])
@pytest.mark.parametrize(
    "arguments", [["competitions"], ["info", "digits"], ["plugins"], ["explain"], ["explain", "E121"], ["leaderboard"]]
)
def test_screens_are_100_columns_wide_at_most(columns: str, arguments: list[str], kit: Callable[..., object]) -> None:
    done = kit(*arguments, COLUMNS=columns)

    lines = (done.stdout + done.stderr).splitlines()  # type: ignore[attr-defined]
    assert [line for line in lines if len(line) > (100 if columns == "200" or arguments[0] == "explain" else 60)] == []
