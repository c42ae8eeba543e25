"""What looks like a mistake in a plugin's source though it runs: told after ``kit run`` and ``kit submit``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kit.cli import screen
from kit.errors import Problem
from kit.job import Check


def advised(path: Path, shown: str) -> tuple[Problem, ...]:
    """What looks like a mistake in a plugin's source though it runs."""
    from kit.plugin.advice import advice

    return tuple(check.problem for check in advice(path, shown=shown) if check.problem is not None)


def advice_in_words(advice: Sequence[Problem], checks: Sequence[Check]) -> list[str]:
    """A line for each: ``E121 line 27: gradients are never set back   kit explain E121``.

    Where answers were found to change, what the source alone made suspect would be said twice.
    """
    is_changing = any(check.problem and check.problem.code in ("E205", "E217") for check in checks if not check.ok)
    return [_advice_in_words(problem) for problem in advice if not (is_changing and problem.code == "E125")]


def _advice_in_words(problem: Problem) -> str:
    file, _, line = problem.where.rpartition(":")
    name = Path(file).name
    place = f"line {line}" if name == "plugin.py" else f"{name} line {line}"
    return f"{problem.code} {place}: {problem.message}   {screen.typed(f'kit explain {problem.code}')}"
