"""What an entrant is told of a file is the same, whatever the solution: of no metric does it say anything more."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import Generator

from kit.errors import MetricError, ParticipantVisibleError
from kit.metrics.base import Metric
from kit.scoring import as_table, score
from kit.solution import Solution
from kit.submission import Form, read
from tests.metric_rows import ROWS, Array, metric_of

Lines = list[list[str]]
CELLS = [
    "",
    "nan",
    "-1",
    "0.5",
    "1e300",
    "inf",
    "x",
    "5 1",
    "3 2 1",
    "1 0",
    "a a",
    "2",
    "99",
    "-0",
    "1 4;2 2",
    "a:1 a:2",
]


def form_of(metric: Metric, y_true: Array, y_pred: Array) -> Form:
    """What a competition would ask for, where the solution and the answers look like these."""
    columns = tuple(f"c{i}" for i in range(y_pred.shape[1] if y_pred.ndim == 2 else 1))
    is_of_classes = metric.of_truth == "labels" and y_true.ndim == 1
    classes = () if not is_of_classes else columns if len(columns) > 1 else tuple(map(str, range(8)))
    if metric.needs == "probabilities" and is_of_classes and len(columns) == 1:
        classes = ("0", "1")
    return Form(
        competition="secret", row_id_column_name="id", row_ids=tuple(map(str, range(len(y_pred)))), columns=columns,
        needs=metric.needs, classes=classes, domain=metric.domain, wrong=metric.wrong,
    )  # fmt: skip


def solution_of(y_true: Array, extra: dict[str, Array]) -> Solution:
    is_public = np.arange(len(y_true)) % 2 == 0
    return Solution(y_true=y_true, is_public=is_public, is_private=~is_public, sha256="", extra=extra)


def one_cell(lines: Lines, rng: Generator) -> None:
    lines[rng.integers(1, len(lines))][rng.integers(0, len(lines[0]))] = CELLS[rng.integers(0, len(CELLS))]


def all_cells(lines: Lines, rng: Generator) -> None:
    cell = CELLS[rng.integers(0, len(CELLS))]
    for line in lines[1:]:
        line[1:] = [cell] * len(line[1:])


def a_column(lines: Lines, rng: Generator) -> None:
    for line in lines:
        line[rng.integers(1, len(lines[0]))] = CELLS[rng.integers(0, len(CELLS))]


def a_line_less(lines: Lines, rng: Generator) -> None:
    del lines[rng.integers(0, len(lines))]


def a_line_twice(lines: Lines, rng: Generator) -> None:
    lines.append(lines[rng.integers(0, len(lines))])


def nothing(lines: Lines, rng: Generator) -> None:
    """A file that is right."""


WAYS: list[Callable[[Lines, Generator], None]] = [nothing, one_cell, all_cells, a_column, a_line_less, a_line_twice]


def told(metric: Metric, form: Form, solution: Solution, data: bytes) -> str:
    """What is said to the entrant; nothing where the file is scored, or the host has something to mend."""
    try:
        score(solution, read(data, form, name="preds.csv"), metric, form)
    except ParticipantVisibleError as error:
        return repr((error.problem, error.parts))
    except MetricError:
        return ""
    return ""


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("key", [key for key in ROWS if metric_of(key).needs != "returns"])
@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_no_message_to_an_entrant_depends_on_the_solution(
    key: str, way: Callable[[Lines, Generator], None], seed: int
) -> None:
    metric, rng = metric_of(key), np.random.default_rng(seed)
    (y_true, y_pred, extra), (other, _, other_extra) = ROWS[key](rng), ROWS[key](rng)
    n = min(len(y_true), len(other))
    if n < 2 or y_true.shape[1:] != other.shape[1:]:
        return
    form = form_of(metric, y_true, y_pred[:n])
    table = as_table(y_pred[:n], form)
    lines = [list(table), *map(list, zip(*table.values(), strict=True))]
    way(lines, rng)
    written = io.StringIO()
    csv.writer(written).writerows(lines)
    solutions = (
        solution_of(y_true[:n], {name: column[:n] for name, column in extra.items()}),
        solution_of(other[:n], {name: column[:n] for name, column in other_extra.items()}),
    )
    first, second = (told(metric, form, solution, written.getvalue().encode()) for solution in solutions)

    assert first == second
