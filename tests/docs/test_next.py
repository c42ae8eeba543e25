"""What a screen says to type next can be typed: every printed line that names a command runs in a shell."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from kit.cli.invocation import program
from kit.errors import DataError

Kit = Callable[..., subprocess.CompletedProcess[str]]
CALLS = [
    ["init", "mine"],
    ["competitions"],
    ["info", "digits"],
    ["data", "breast-cancer", "--csv"],
    ["plugins"],
    ["leaderboard", "digits"],
    ["submit", "constant", "-c", "digits"],
    ["run", "constant", "-c", "digits"],
    ["reveal", "digits", "--yes"],
    ["new", "mine", "--from", "constant"],
    ["check", "constant"],
    ["run", "constant"],
    [],
]
PLACEHOLDER = re.compile(r"\b(NAME|PATH|CODE|DIR)\b|\.csv")  # for the reader to fill in


def commands(printed: str, prefix: str) -> list[str]:
    """Lines that begin with a command; what explains it stands behind two blanks."""
    lines = [re.sub(r"^(Next|Try|Ready\.)\s+", "", line.strip()) for line in printed.splitlines()]
    named = [re.split(r"\s{2,}", line)[0] for line in lines if re.match(rf"{re.escape(prefix)} [a-z-]", line)]
    return [line for line in named if not PLACEHOLDER.search(line)]


@pytest.mark.parametrize("arguments", CALLS, ids=lambda arguments: (arguments or ["kit"])[0])
def test_every_line_that_is_printed_as_a_command_can_be_typed(kit: Kit, workspace: Path, arguments: list[str]) -> None:
    done = kit(*arguments)
    assert done.returncode == 0, done.stderr

    for line in commands(done.stdout + done.stderr, program(workspace, os.environ)):
        if "cnn" in line or line.endswith(" demo"):
            continue  # trains for seconds; `test_pages` types it
        ran = subprocess.run(line, shell=True, cwd=workspace, capture_output=True, text=True, timeout=100)
        is_without_data = ran.returncode == DataError.exit_code and "KIT_DATA_HOME" not in os.environ
        assert ran.returncode == 0 or is_without_data, f"{line}\n{ran.stderr}"


def test_such_lines_are_printed_and_found(kit: Kit, workspace: Path) -> None:
    printed = kit("info", "digits")

    found = commands(printed.stdout + printed.stderr, program(workspace, os.environ))
    assert len(found) >= 2
