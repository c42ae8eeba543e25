"""Answers of a host as a metric takes them: ids and columns of a file, which of them are the target, the classes.

Whatever stands in the solution and in public may be a class: one that only a public table has (``train.csv``) is an
answer as good as any other, and a message that lists the classes tells nothing but what all of them are.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import compress
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kit.errors import MetricError, Problem
from kit.solution import USAGE_COLUMN, USAGES, as_truth, first_line, rows_of, target_columns
from kit.submission.cells import Cells, parse_labels, to_number
from kit.submission.findings import Findings, counted, listed, shown
from kit.submission.names import Names
from kit.submission.plain import read_texts
from kit.submission.reader import align
from kit.submission.table import find_layout, rows
from kit.submission.text import decode

if TYPE_CHECKING:
    from kit.competition import Competition
    from kit.metrics.base import Metric
    from kit.source.base import Sheet

SOLUTION = "solution.csv"
_MANY = 10**9  # rows: of a host's own file no number is too large
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.0+)?")


def read_key(
    data: bytes,
    id_column: str,
    findings: Findings,
    *,
    columns: Sequence[str] | None = None,
    row_ids: Sequence[str] | None = None,
) -> tuple[Sequence[str], dict[str, Cells]]:
    """Ids of a host's file, and its other columns by their names; what is wrong goes to `findings`.

    Parameters
    ----------
    data
        The file.
    id_column
        The column of the ids.
    findings
        Where problems and notes go.
    columns
        Those that there have to be; by default any.
    row_ids
        Those that there have to be, in the order in which they are given back; by default those of the file.
    """
    if (plain := _plain_key(data, id_column, columns, row_ids)) is not None:
        return plain
    text = decode(data, n_rows=_MANY, lenient=False, findings=findings)
    others = [name for name in first_line(text) if name != id_column] if columns is None else columns
    layout = find_layout(text, (id_column, *others), row_ids=row_ids or (), lenient=False, findings=findings)
    for name in others:
        if name != USAGE_COLUMN and name.strip().casefold() == USAGE_COLUMN.casefold():
            message = f"a column is called {shown(name)}"
            findings.add("E309", message, fix=f"rename it to {USAGE_COLUMN}, or to something else")
    if id_column not in layout.places:
        raise findings.error()
    if row_ids is None:
        place = layout.places[id_column]
        row_ids = [row[place] for _, row in rows(text, layout, findings) if len(row) > place and row[place].strip()]
    known = {row_id: position for position, row_id in enumerate(dict.fromkeys(row_ids))}
    if not known:
        findings.add("E312", "it holds no rows", fix="every id of the test rows, with an answer")
    return tuple(known), align(text, layout, (id_column, *others), known, findings).columns


def _plain_key(
    data: bytes, id_column: str, columns: Sequence[str] | None, row_ids: Sequence[str] | None
) -> tuple[Sequence[str], dict[str, Cells]] | None:
    """As `read_key`, of a file that is plain and right, without an object for each cell; None for any other."""
    found = read_texts(data)
    if found is None or id_column not in found:
        return None
    ids = found.pop(id_column)
    is_misspelt = any(name != USAGE_COLUMN and name.strip().casefold() == USAGE_COLUMN.casefold() for name in found)
    if is_misspelt or (columns is not None and {*columns} != {*found}):
        return None
    known = ids if row_ids is None else Names.of(row_ids)
    if not known.has_words or len(known) != len(ids) or known.width != ids.width:
        return None
    place = known.find(ids.words)
    row = np.full(len(ids), -1)
    row[place[place >= 0]] = np.flatnonzero(place >= 0)
    first_bytes = known.words[0] & np.uint64(255)
    odd = np.flatnonzero((first_bytes <= ord(" ")) | (first_bytes > 127)).tolist()
    if (row < 0).any() or not all(known[i].strip() for i in odd):
        return None
    is_sorted, lines = bool((row[1:] > row[:-1]).all()), row + 2
    ordered = {name: found[name] if is_sorted else found[name].take(row) for name in columns or found}
    return known, {name: Cells(name=name, texts=cells, lines=lines) for name, cells in ordered.items()}


def as_usage(column: Cells, findings: Findings) -> Cells:
    """The words of ``Usage`` as they are written, in whatever letters they came."""
    words = {text: text.strip().capitalize() for text in {*column.texts}}
    texts = [words[text] for text in column.texts]
    column = Cells(name=column.name, texts=texts, lines=column.lines)
    parse_labels(column, USAGES, findings)
    return column


def classes_of(sheet: Sheet, competition: Competition, metric: Metric) -> tuple[str, ...]:
    """Names of the classes, where a row has one of them; empty where there are none, or several labels a row.

    Whole numbers come by value, other names by code point. Of probabilities in several columns the columns are the
    classes, in their order.

    Raises
    ------
    MetricError
        E603 with everything that keeps the metric from being asked.
    """
    form = competition.submission
    targets = target_columns([*sheet.solution], form.columns, metric)
    problems = [*_wrong(sheet, competition, metric, targets)]
    if problems:
        message = f"{SOLUTION}: {counted(len(problems), 'thing', 'things')} to fix"
        raise MetricError(Problem(code="E603", message=message, where="competition.toml"), problems)
    if metric.of_truth != "labels" or metric.needs not in ("labels", "probabilities"):
        return ()
    if len(form.columns) > 1:
        may_be_one = metric.needs == "probabilities" and competition.kind != "multilabel-classification"
        is_one = may_be_one and (len(targets) == 1 or is_one_of(sheet.solution, targets, sheet.usage))
        return form.columns if is_one else ()
    classes = names_of_classes(scored_texts(sheet.solution[targets[0]], sheet.usage))
    if metric.needs == "labels":
        return names_of_classes([*classes, *_in_public(sheet, targets[0], form.columns[0], classes)])
    return ("0", "1") if {*classes} <= {"0", "1"} else classes


def require_readable(sheet: Sheet, competition: Competition, metric: Metric, classes: Sequence[str]) -> None:
    """Refuse a solution with cells of the target that the metric can't be given, by the lines of the host's file.

    Raises
    ------
    MetricError
        E603 with every one of them; cells are not shown.
    """
    findings = Findings(SOLUTION, quotes=False)
    used = np.flatnonzero(_scored(len(sheet.row_ids), sheet.usage))
    targets = target_columns([*sheet.solution], competition.submission.columns, metric)
    columns = [rows_of(sheet.solution[name], used) for name in targets]
    row_ids = Names.of(sheet.row_ids).take(used)
    as_truth(columns, classes, metric, row_ids=row_ids, findings=findings)
    if findings.problems:
        where = f"{competition.data.path}/{SOLUTION}"
        message = f"{SOLUTION}: {counted(len(findings.problems), 'thing', 'things')} to fix"
        raise MetricError(Problem(code="E603", message=message, where=where), findings.error().parts)


def is_one_of(columns: Mapping[str, Cells], targets: Sequence[str], usage: Sequence[str] | None) -> bool:
    """Whether every row that is scored marks one class with a 1, in its column."""
    flags = np.column_stack([np.fromiter(map(to_number, columns[name].texts), np.float64) for name in targets])
    return bool(((flags == 1).sum(axis=1) == 1)[_scored(len(flags), usage)].all())


def scored_texts(column: Cells, usage: Sequence[str] | None) -> set[str]:
    """Cells of rows that are scored, each once."""
    return {*compress(column.texts, _scored(len(column.texts), usage).tolist())}


def are_whole(names: Iterable[str]) -> bool:
    """Whether all are whole numbers, such as ``3`` or ``3.0``; not ``007``."""
    return all(map(_WHOLE.fullmatch, names))


def numeric_columns(sample: Mapping[str, Cells]) -> tuple[str, ...]:
    """The columns of a sample submission in which every dummy answer is a finite number."""
    return tuple(name for name, column in sample.items() if all(map(isfinite, map(to_number, {*column.texts}))))


def _scored(n: int, usage: Sequence[str] | None) -> NDArray[np.bool_]:
    return np.ones(n, dtype=np.bool_) if usage is None else np.array(usage) != "Ignored"


def _wrong(sheet: Sheet, competition: Competition, metric: Metric, targets: Sequence[str]) -> Iterator[Problem]:
    columns, solution = competition.submission.columns, sheet.solution
    if metric.tables is not None:
        return  # it says itself what it misses
    if missing := [name for name in targets if name not in solution]:
        found = f"it has {listed([shown(name) for name in solution])}" if solution else "it has no other columns"
        fix = f"its target columns are called as the submission's, {listed(columns)}; or there is only one"
        yield _problem(f"there is no column {listed([shown(name) for name in missing])} to score: {found}", fix)
    for key, name in metric.extra.items():
        if name not in solution:
            fix = f"add a column {name}   ({key} of each row)"
            yield _problem(f"there is no column {shown(name)}, which {metric.name} looks at", fix)
    if len(columns) > 1 and not metric.has_columns and metric.needs != "probabilities":
        message = f"{metric.name} needs one column, and submission.columns has {len(columns)}"
        yield _problem(message, f"columns = [{shown(columns[0])}]   or another metric")
    if not missing and len(columns) == 1 and metric.needs == "probabilities" and metric.of_truth == "labels":
        n = len(names_of_classes(scored_texts(sheet.solution[targets[0]], sheet.usage)))
        if n > 2:
            message = f"{n} classes need a column each, and submission.columns has one"
            yield _problem(message, "columns = [the names of the classes]")


def _problem(message: str, fix: str) -> Problem:
    return Problem(code="E603", message=message, where=SOLUTION, fix=fix)


def names_of_classes(texts: Iterable[str]) -> tuple[str, ...]:
    """The classes in some cells: where all are whole numbers, by value, and ``1.0`` is ``1``."""
    names = {text.strip() for text in texts} - {""}
    if are_whole(names):
        return tuple(map(str, sorted({int(name.partition(".")[0]) for name in names})))
    return tuple(sorted(names))


def _in_public(sheet: Sheet, target: str, asked: str, classes: Sequence[str]) -> Iterator[str]:
    """Classes in the tables that are handed out; of other sorts than the solution's are none."""
    of_numbers = are_whole(classes)
    tables = [path for name, path in sheet.files.items() if "/" not in name and name.endswith(".csv")]
    columns = [column_of(path.read_bytes(), target) for path in tables]
    columns += [set(sheet.sample[asked].texts)] if asked in sheet.sample else []
    for texts in columns:
        names = names_of_classes(texts)
        if bool(names) and are_whole(names) == of_numbers:
            yield from names


def column_of(data: bytes, name: str) -> set[str]:
    """Cells of a column of a public table, each once; none where it has no such column, or is no table."""
    try:
        lines = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
        header = next(lines, [])
        if name not in header or USAGE_COLUMN in header:
            return set()
        place = header.index(name)
        return {line[place] for line in lines if len(line) > place}
    except (UnicodeDecodeError, csv.Error):
        return set()
