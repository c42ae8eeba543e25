"""What is written of a competition of rows, once they are known to be what its kind, metric and columns ask for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kit.dataset import Labels, Table, fingerprint, n_rows, row_shape, take, write_part
from kit.errors import MetricError, Problem
from kit.job import TaskFacts
from kit.prepare.prepared import PublicFacts, write_facts
from kit.prepare.solution import target_column, write_private
from kit.split import Index, Parts, handed_out_order, split

if TYPE_CHECKING:
    from kit.competition import Competition
    from kit.metrics.base import Metric
    from kit.source.base import Rows

LARGEST = 3e38  # of the values to predict: plugins get them as float32

STORAGE_OF_KIND = {
    "image-classification": "images",
    "tabular-classification": "a table",
    "tabular-regression": "a table",
}


def parts_of(competition: Competition, metric: Metric, given: Rows) -> tuple[Rows, Parts]:
    """The rows as they are handed out, and which of them are in which part.

    Raises
    ------
    MetricError
        E601 if the metric has no value for a part that a plugin sees; E603 if the rows can't be used, or split.
    """
    _require_usable(competition, metric, given)
    parts = split(
        competition.split, given.ids, y=given.y, is_test=given.is_test, column=given.column, classes=given.classes
    )
    _require_learnable(metric, given, parts)
    place = handed_out_order(competition.split, given.ids, column=given.column)
    return (given, parts) if place is None else _in_order(given, parts, place)


def _in_order(rows: Rows, parts: Parts, place: Index) -> tuple[Rows, Parts]:
    """The same rows and parts, each row at its `place` and numbered by it: no id of the source is handed out."""
    order = np.argsort(place)
    ids = tuple(str(i) for i in range(len(order)))
    moved = {name: np.sort(place[getattr(parts, name)]) for name in ("train", "valid", "public", "private")}
    return replace(rows, storage=take(rows.storage, order), y=rows.y[order], ids=ids), Parts(**moved)


def write_rows(folder: Path, name: str, competition: Competition, metric: Metric, rows: Rows, parts: Parts) -> None:
    """Write rows, as `parts_of` gives them, and the solution of those of the test parts."""
    public, private = folder / "public", folder / "private"
    ids = np.asarray(rows.ids, dtype=np.str_)
    y: Labels = rows.y.astype(np.int64) if rows.classes else rows.y.astype(np.float32)
    prints = []
    for part in ("train", "valid", "test"):
        index: Index = getattr(parts, part)
        labels = None if part == "test" else y[index]
        storage = take(rows.storage, index)
        write_part(public / part, storage, ids=ids[index], y=labels)
        prints.append(fingerprint(storage, labels, ids[index]))
    write_facts(public, _facts(name, competition, metric, rows, parts), prints)
    _write_solution(private / "solution.csv", competition, metric, rows, parts)
    (private / "left_out.txt").write_text("\n".join(rows.left_out), encoding="utf-8")


def _facts(name: str, competition: Competition, metric: Metric, rows: Rows, parts: Parts) -> PublicFacts:
    return PublicFacts(
        name=name,
        digest="",
        task=TaskFacts(
            kind=competition.kind,
            classes=rows.classes,
            n_outputs=len(rows.classes) or 1,
            metric=metric.name,
            needs=metric.needs,
            input_shape=row_shape(rows.storage),
        ),
        n_train=len(parts.train),
        n_valid=len(parts.valid),
        n_public=len(parts.public),
        n_private=len(parts.private),
        n_left_out=len(rows.left_out),
        row_id_column_name=competition.submission.row_id_column_name,
        columns=competition.submission.columns,
        lenient=competition.submission.lenient,
        positive_class=rows.classes[1] if len(rows.classes) == 2 else None,
        domain=metric.domain,
    )


def _write_solution(file: Path, competition: Competition, metric: Metric, rows: Rows, parts: Parts) -> None:
    public = set(parts.public.tolist())
    header = (competition.submission.row_id_column_name, target_column(competition, metric), "Usage")
    targets = ((i, rows.classes[rows.y[i]] if rows.classes else repr(float(rows.y[i]))) for i in parts.test.tolist())
    write_private(file, header, ((rows.ids[i], y, "Public" if i in public else "Private") for i, y in targets))


def _require_learnable(metric: Metric, rows: Rows, parts: Parts) -> None:
    """Refuse parts on which a plugin can't be scored while it is made. `_require_scorable` sees to the test rows."""
    from kit.scoring import require_value

    for part in ("train", "valid"):
        require_value(metric, rows.y[getattr(parts, part)], f"the {part} rows", n_classes=len(rows.classes))


def _require_usable(competition: Competition, metric: Metric, rows: Rows) -> None:
    """Refuse rows that contradict the competition's kind, metric or columns."""
    problems = [*_wrong_kind(competition, rows), *_wrong_rows(rows), *_wrong_metric(competition, metric, rows)]
    if problems:
        message, fix = problems[0]
        raise MetricError(Problem(code="E603", message=message, where="competition.toml", fix=fix))


def _wrong_kind(competition: Competition, rows: Rows) -> Iterator[tuple[str, str]]:
    wanted, got = STORAGE_OF_KIND.get(competition.kind), "a table" if isinstance(rows.storage, Table) else "images"
    kinds = ", ".join(STORAGE_OF_KIND)
    if wanted is None:
        yield f"competitions of kind {competition.kind} can't be prepared here", f"choose one of   {kinds}"
    elif wanted != got:
        source = competition.data.source
        yield f"{source} gives {got}, and kind {competition.kind} is for {wanted}", f"choose a kind of   {kinds}"
    elif competition.is_classification and len(rows.classes) < 2:
        fix = 'kind = "tabular-regression"'
        yield f"{competition.data.source} has no classes, and kind {competition.kind} needs some", fix
    elif not competition.is_classification and rows.classes:
        fix = 'kind = "tabular-classification"'
        yield f"{competition.data.source} has classes, and kind {competition.kind} is for values", fix


def _wrong_rows(rows: Rows) -> Iterator[tuple[str, str]]:
    n, fix = n_rows(rows.storage), "mend the source"
    if not (len(rows.ids) == len(rows.y) == n):
        yield f"the source gives {n} rows, {len(rows.y)} labels and {len(rows.ids)} ids", fix
    elif any(not name.strip() or name != name.strip("\0") for name in rows.ids):
        yield "the source gives a row with a blank id", fix
    elif len({name.strip() for name in rows.classes} - {""}) < len(rows.classes):
        yield "the source has two classes of one name, or one without a name (blanks at the ends do not count)", fix
    elif rows.classes and n and not (rows.y.min() >= 0 and rows.y.max() < len(rows.classes)):
        yield f"the source gives labels outside of its {len(rows.classes)} classes", fix
    elif not rows.classes and not np.isfinite(rows.y).all():
        yield "the source gives a value to predict that is not finite", fix
    elif not rows.classes and n and np.abs(rows.y).max() > LARGEST:
        yield f"the source gives a value to predict beyond {LARGEST:.0e}", "predict it in a larger unit"


def _wrong_metric(competition: Competition, metric: Metric, rows: Rows) -> Iterator[tuple[str, str]]:
    columns, classes = competition.submission.columns, rows.classes
    if metric.tables is None and (metric.needs in ("ranking", "text") or metric.extra):
        also = f" and the columns {', '.join(metric.extra.values())}" if metric.extra else ""
        message = f"{metric.name} looks at {metric.needs}{also}, and {competition.data.source} has none"
        yield message, 'source = "files"   for a solution of your own'
    elif (metric.needs == "values") == bool(classes):
        fix = 'name = "accuracy"   for labels' if classes else 'name = "rmse"'
        fix += '   or   name = "roc_auc"   for probabilities' if len(classes) == 2 else ""
        yield (
            f"{metric.name} needs {metric.needs}, and {competition.data.source} has {'' if classes else 'no '}classes",
            fix,
        )
    elif metric.needs != "probabilities" and len(columns) != 1:
        fix = f"columns = {json.dumps(columns[:1], ensure_ascii=False)}"
        yield f"{metric.name} needs one column, and submission.columns has {len(columns)}", fix
    elif metric.needs == "probabilities" and len(classes) > 2 and set(columns) != set(classes):
        names = json.dumps(list(classes), ensure_ascii=False)
        yield "submission.columns are not the classes whose probabilities are asked for", f"columns = {names}"
    elif metric.needs == "probabilities" and len(classes) == 2 and len(columns) != 1:
        name = json.dumps(classes[1], ensure_ascii=False)
        yield f"two classes need one column, the probability of {classes[1]}", f"columns = [{name}]"
    elif {competition.submission.row_id_column_name, target_column(competition, metric)} & {"Usage"}:
        yield "a column of a submission can't be called Usage: the solution has one of its own", "choose another name"
    elif competition.submission.row_id_column_name == target_column(competition, metric):
        yield "the id column can't have the name of the solution's target", 'row_id_column_name = "id"'
