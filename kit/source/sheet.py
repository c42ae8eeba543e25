"""What the answers of a competition of files are, as its metric takes them: which columns are the target, the classes.

Whatever stands in the solution and in public may be a class: one that only a public table has (``train.csv``) is an
answer as good as any other, and a message that lists the classes tells nothing but what all of them are.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kit.errors import MetricError, Problem
from kit.scoring import USAGE_COLUMN, target_columns
from kit.submission.cells import to_number
from kit.submission.findings import counted, listed, shown

if TYPE_CHECKING:
    from kit.competition import Competition
    from kit.metrics.base import Metric
    from kit.source.base import Sheet

SOLUTION = "solution.csv"
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.0+)?")


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
        return form.columns if metric.needs == "probabilities" and _is_one_of(sheet, competition, targets) else ()
    classes = _named(_used(sheet, targets[0]))
    if metric.needs == "labels":
        return _named([*classes, *_in_public(sheet, targets[0], form.columns[0], classes)])
    return ("0", "1") if {*classes} <= {"0", "1"} else classes


def _is_one_of(sheet: Sheet, competition: Competition, targets: Sequence[str]) -> bool:
    """Whether a row has one class: the solution names it, or marks it with a 1, the only one in each row."""
    if competition.kind == "multilabel-classification":
        return False
    if len(targets) == 1:
        return True
    rows = zip(*(sheet.solution[name].texts for name in targets), sheet.usage, strict=True)
    return all(sum(to_number(cell) == 1 for cell in cells) == 1 for *cells, usage in rows if usage != "Ignored")


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
        n = len(_named(_used(sheet, targets[0])))
        if n > 2:
            message = f"{n} classes need a column each, and submission.columns has one"
            yield _problem(message, "columns = [the names of the classes]")


def _problem(message: str, fix: str) -> Problem:
    return Problem(code="E603", message=message, where=SOLUTION, fix=fix)


def _used(sheet: Sheet, target: str) -> Iterable[str]:
    """Cells of the target in rows that are scored."""
    texts = sheet.solution[target].texts
    return {text for text, usage in zip(texts, sheet.usage, strict=True) if usage != "Ignored"}


def _named(texts: Iterable[str]) -> tuple[str, ...]:
    """The classes in some cells: where all are whole numbers, by value, and ``1.0`` is ``1``."""
    names = {text.strip() for text in texts} - {""}
    if all(map(_WHOLE.fullmatch, names)):
        return tuple(map(str, sorted({int(name.partition(".")[0]) for name in names})))
    return tuple(sorted(names))


def _in_public(sheet: Sheet, target: str, asked: str, classes: Sequence[str]) -> Iterator[str]:
    """Classes in the tables that are handed out; of other sorts than the solution's are none."""
    are_whole = all(map(_WHOLE.fullmatch, classes))
    tables = [path for name, path in sheet.files.items() if "/" not in name and name.endswith(".csv")]
    for texts in [sheet.sample[asked].texts] * (asked in sheet.sample) + [_column(path, target) for path in tables]:
        names = _named(set(texts))
        if bool(names) and all(map(_WHOLE.fullmatch, names)) == are_whole:
            yield from names


def _column(path: Path, name: str) -> Sequence[str]:
    """Cells of a column of a public table; none where it has no such column, or is no table."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as opened:
            lines = csv.reader(opened)
            header = next(lines, [])
            if name not in header or USAGE_COLUMN in header:
                return ()
            place = header.index(name)
            return [*{line[place] for line in lines if len(line) > place}]
    except (OSError, UnicodeDecodeError, csv.Error):
        return ()
