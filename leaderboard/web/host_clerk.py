"""What processes beside the server do for the host: files of standings and grades, and verdicts on plugins."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit.errors import KitError
from leaderboard.views import HOST
from leaderboard.web import clerk
from leaderboard.web.words import host as words

if TYPE_CHECKING:
    from kit.workspace import Workspace
    from leaderboard.board import Board
    from leaderboard.grades.book import Gradebook
    from leaderboard.grades.exported import Exported
    from leaderboard.verdict import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Which grades, as the options of ``kit export grades`` say it; `late_penalty` is a share."""

    competition: str
    form: str
    rule: str | None = None
    column: str | None = None
    late_penalty: float = 0.0
    is_provisional: bool = False
    allows_practice: bool = False
    template: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grades:
    """A file of grades, and what has to be known of it as (label, words)."""

    content: bytes
    summary: tuple[tuple[str, str], ...]


def standings(root: Path, competition: str, *, as_json: bool) -> bytes:
    """The standings with real names, as ``kit export standings`` writes them."""
    from leaderboard import plain_standings
    from leaderboard.grades.exported import table

    here, board = clerk.opened(root)
    names = plain_standings.names_of(board)
    public = board.standings(competition, viewer=HOST)
    private = board.standings(competition, "private", viewer=HOST) if board.is_revealed(competition) else None
    if as_json:
        told = plain_standings.as_json(
            competition, here.competition(competition), here.metric(competition), public, private, names=names
        )
        return (json.dumps(told, indent=2, ensure_ascii=False) + "\n").encode()
    part = "public" if private is None else "private"
    rows = plain_standings.plain(public if private is None else private, part, names)
    return table(rows, plain_standings.COLUMNS)


def grades(root: Path, order: Order) -> Grades:
    """The grades of a class.

    Raises
    ------
    RefusedError, UsageError
        As `leaderboard.grades.book.gradebook` and `leaderboard.grades.forms.filled`.
    """
    from leaderboard.grades.book import gradebook
    from leaderboard.grades.forms import filled
    from leaderboard.grades.tables import as_json

    here, board = clerk.opened(root)
    book = gradebook(
        board,
        here,
        order.competition,
        rule=order.rule,
        is_provisional=order.is_provisional,
        allows_practice=order.allows_practice,
        late_penalty=order.late_penalty,
    )
    form = "plain" if order.form == "json" else order.form
    exported = filled(form, book, template=order.template, column=order.column)
    content = as_json(book) if order.form == "json" else exported.content
    return Grades(content=content, summary=_summary(here, book, exported))


def _summary(here: Workspace, book: Gradebook, exported: Exported) -> tuple[tuple[str, str], ...]:
    from leaderboard.grades.forms import rule_words

    n, without = len(book.grades), book.without
    told = [(words.GRADES, words.graded(n - len(without), n))]
    if without:
        told.append((words.WITHOUT, ", ".join(without)))
    told.append((words.RULE, rule_words(book, here.metric(book.competition).unit)))
    if book.part == "public":
        told.append((words.PART, words.PROVISIONAL))
    told += [(words.NOTE, note) for note in exported.notes]
    return (*told, *([(words.COLUMN, exported.column)] if exported.column else []))


def verdicts(root: Path, competition: str, numbers: tuple[int, ...]) -> dict[int, str]:
    """What would be said of these plugins' runs, by ``kit run``'s own rule; "" where nothing can be."""
    here, board = clerk.opened(root)
    found = {}
    for number in numbers:
        try:
            evidence = _evidence(here, board, competition, number)
        except KitError:  # its answers are for other rows than there are now
            evidence = None
        found[number] = _judged(evidence)
    return found


def _judged(evidence: Evidence | None) -> str:
    from leaderboard.verdict import judge

    return "" if evidence is None else judge(evidence).kind


def _evidence(here: Workspace, board: Board, competition: str, number: int) -> Evidence | None:
    """What a kept run shows; None of agents, and where its answers are not here."""
    from leaderboard.artifacts import score_of_part
    from leaderboard.training import evidence_of, measured_against

    kept, metric, prepared = board.kept(number), here.metric(competition), here.prepared(competition)
    task = prepared.facts.task
    if kept.run_sha256 is None or kept.valid_predictions_sha256 is None or task.environment is not None:
        return None
    events = json.loads(board.blobs.get(kept.run_sha256))["events"]
    answers = _array(board.blobs.get(kept.valid_predictions_sha256))
    valid = score_of_part(metric, prepared, "valid", answers, where="a run")
    learned = None
    if kept.train_predictions_sha256 is not None:
        known = _array(board.blobs.get(kept.train_predictions_sha256))
        learned = score_of_part(metric, prepared, "train", known, where="a run")
    if valid is None:
        return None
    return evidence_of(
        prepared,
        metric,
        competition=competition,
        events=events,
        answers=answers,
        valid=valid,
        learned=learned,
        against=measured_against(here.baselines(competition), task.kind),
        settings={},  # they decide about advice alone, and only a run that tells nothing needs them
    )


def _array(data: bytes) -> Any:
    import numpy as np

    return np.load(io.BytesIO(data), allow_pickle=False)
