"""What an agent's team is not told before the reveal: words that its code chose when it knew how private episodes end.

An error comes in the words of the plugin, and so do answers that can't be used. Once the episodes that count have begun
they may hold anything that was seen there. What is told until then is what the mistake can be found by at home: the
code of the error, which of Python's own exceptions it was, and the line of the plugin's main file.
"""

from __future__ import annotations

import builtins
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from kit.errors import Problem
from kit.job import Check, encode
from kit.plugin.code import shown_file
from leaderboard.store.base import Submission
from leaderboard.web.words import refusals

if TYPE_CHECKING:
    from leaderboard.board import Board
    from leaderboard.receipt import Receipt


def for_team(board: Board, row: Submission) -> Submission:
    """A submission as its team may see it now."""
    problem = row.problem
    if problem is None or board.tells_output(row.competition):
        return row
    kept = board.kept(row.id)
    if kept.valid_predictions_sha256 is None:  # it ended before the episodes that count had begun
        return row
    run = json.loads(board.blobs.get(kept.run_sha256)) if kept.run_sha256 else {}
    if run and run["outcome"]["limit"]:  # it is told in our words
        return replace(row, message=encode(replace(problem, excerpt="", printed="")))
    return replace(row, message=encode(_without_words(problem, row.name)))


def receipt_for_team(board: Board, receipt: Receipt) -> Receipt:
    """What is told of a submission that has a score, as its team may see it now."""
    if board.tells_output(receipt.competition):
        return receipt
    return replace(receipt, checks=tuple(_check_without_words(check, receipt.name) for check in receipt.checks))


def _without_words(problem: Problem, name: str) -> Problem:
    line = re.match(rf"{re.escape(shown_file(name))}:(\d{{1,6}})\b", problem.where)
    kind = next((word for word in re.findall(r"^(\w+)(?=:|$)", problem.excerpt, re.MULTILINE) if _is_pythons(word)), "")
    return refusals.stopped(problem.code, where=line[0] if line else "", excerpt=kind)


def _is_pythons(word: str) -> bool:
    """Whether an exception of Python's own is called so: other names may be made up for the occasion."""
    found = getattr(builtins, word, None)
    return isinstance(found, type) and issubclass(found, BaseException)


def _check_without_words(check: Check, name: str) -> Check:
    if check.problem is None:
        return check
    problem = replace(_without_words(check.problem, name), message=refusals.CHECK_FAILED)
    return replace(check, detail=problem.message, problem=problem)
