"""What the commands of every day import: a class does not wait for a library that nobody needs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from kit.cli import run

HEAVY = {
    "scipy",
    "pandas",
    "sklearn",
    "torch",
    "polars",
    "pyarrow",
    "pydantic",
    "rich",
    "rapidfuzz",
    "PIL",
    "hypothesis",
}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with two rows on the board of digits."""
    folder = tmp_path_factory.mktemp("class")
    assert run(["init", str(folder)]) == 0
    assert run(["-C", str(folder), "data", "digits", "--csv"]) == 0
    sample = (folder / "data" / "digits" / "sample_submission.csv").read_text().splitlines()
    for name, label in (("one", 1), ("two", 2), ("three", 3)):
        answers = [sample[0], *(f"{line.partition(',')[0]},{label}" for line in sample[1:])]
        (folder / f"{name}.csv").write_text("\n".join(answers))
    for name in ("one", "two"):
        assert run(["-C", str(folder), "submit", f"{name}.csv", "-c", "digits"]) == 0
    return folder


@pytest.mark.parametrize(
    "arguments",
    [
        ["submit", "three.csv", "-c", "digits"],
        ["leaderboard", "digits"],
        ["compare", "s1", "s2"],
        ["similar", "digits"],
        ["submit", "constant", "-c", "digits"],
    ],
    ids=lambda arguments: " ".join(arguments[:2]),
)
def test_a_command_of_every_day_imports_nothing_heavy(arguments: list[str], here: Path) -> None:
    code = f"import json, sys, kit.cli\nended = kit.cli.run({arguments!r})\nprint(json.dumps([ended, *sys.modules]))"
    done = subprocess.run([sys.executable, "-P", "-c", code], cwd=here, capture_output=True, text=True, timeout=60)
    ended, *modules = json.loads(done.stdout.splitlines()[-1])

    assert ended == 0, done.stderr
    assert HEAVY & set(modules) == set()
