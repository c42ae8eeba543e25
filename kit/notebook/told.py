"""How an error reads in a notebook: its cause and its fix below it, as notes, since no screen of ours shows them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kit.errors import KitError, Problem, UsageError


@contextmanager
def explained() -> Iterator[None]:
    """Add to an error of ours what a traceback leaves out: the problems in it, why, and what to write."""
    try:
        yield
    except KitError as error:
        for problem in (error.problem, *error.parts):
            for line in _lines(problem, is_part=problem is not error.problem):
                error.add_note(line)
        raise


def _lines(problem: Problem, *, is_part: bool) -> Iterator[str]:
    indent = "  " if is_part else ""
    if is_part:
        yield f"{indent}{problem.code}  {problem.message}"
    if problem.expected:
        yield f"{indent}Expected  {problem.expected}     Got  {problem.got}"
    for label, text in (("Why", problem.why), ("Fix", problem.fix)):
        if text:
            yield f"{indent}{label}   {text}"


def refusal(message: str, *, fix: str = "", why: str = "", expected: str = "", got: str = "") -> UsageError:
    """What is raised where what was handed to a metric can't be scored: E011."""
    return UsageError(Problem(code="E011", message=message, fix=fix, why=why, expected=expected, got=got))
