"""What the board says stands in its templates and in `leaderboard.web.words`, and nowhere else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import leaderboard.web

WEB = Path(leaderboard.web.__file__).parent
WORDS = re.compile(r"(?s)(?=.*[A-Za-z]).* .*|[A-Z][a-z]+\W?")  # letters and a space, or one word with a capital
NOT_SAID = {  # what nobody reads on a page or in an answer
    "security.py": r".*",  # headers, and the access log
    "events.py": r".*",  # the protocol of the streams
    "kit_index.py": r".*pip install| --.*|Windows|Linux",  # commands, and names of systems
    "problems.py": r"Bearer",
    "host_audit.py": r"name ",  # what the lines of the audit begin with
    "host_clerk.py": r"a run",  # where a score is from
    "host_pages.py": r"host ",  # keys
    "host_views.py": r"entrant ",
}
HEADERS = r"private, no-cache|text/csv; charset=utf-8|attachment; filename=\""
NOT_PAGES = ("log", "access", "re", "SpecTree", "AssertionError")  # calls whose words go to a log, or to programmers


def unsaid(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a node that hold no words of a page."""
    if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and node.body:
        yield from (one for one in node.body if isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))
    if isinstance(node, ast.Assert):
        yield node
    if isinstance(node, ast.Subscript):
        yield node.slice
    if isinstance(node, ast.Call) and ast.unparse(node.func).partition(".")[0] in NOT_PAGES:
        yield node
    yield from (part for name in ("annotation", "returns") if isinstance(part := getattr(node, name, None), ast.AST))


def said(path: Path) -> list[str]:
    """The places in a file where it says something."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {id(part) for node in ast.walk(tree) for one in unsaid(node) for part in ast.walk(one)}
    not_said = re.compile(f"(?s){NOT_SAID.get(path.name, HEADERS)}|{HEADERS}")
    found = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in skipped)
    told = [(one.lineno, one.value) for one in found if isinstance(one.value, str) and WORDS.fullmatch(one.value)]
    return [f"{path.name}:{line}: {words!r}" for line, words in sorted(told) if not not_said.fullmatch(words)]


@pytest.mark.parametrize("path", sorted(WEB.glob("*.py")), ids=lambda path: path.name)
def test_a_module_of_the_board_says_nothing_in_words_of_its_own(path: Path) -> None:
    assert said(path) == []


def test_a_style_adds_no_words() -> None:
    added = [text for path in WEB.glob("static/*.css") for text in re.findall(r'content: *"([^"]*)"', path.read_text())]
    assert [text for text in added if re.search("[A-Za-z]", text)] == []


def test_words_are_found_wherever_they_stand(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text(
        '"""A docstring."""\n'
        'log.warning("a clerk was ended")\n'
        'x: "A type" = f"{n} of {m}"\n'
        'page(title="Submit", tab="submit")\n'
        'raise Error("there is none here")\n'
    )
    assert [place.split(": ")[0] for place in said(module)] == ["module.py:3", "module.py:4", "module.py:5"]
