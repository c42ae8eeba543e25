"""``kit.score(solution, submission, "rmse")``: two tables, read as strictly as a file that is handed in."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kit.errors import MetricError, ParticipantVisibleError, Problem, UsageError, nearest
from kit.metrics.base import Metric
from kit.notebook.measure import Measure, find_measure
from kit.notebook.quick import Rows, read_quickly
from kit.notebook.told import explained, refusal
from kit.notebook.wanted import asked_columns, classes_in, of_classes
from kit.scoring import require_value
from kit.solution import USAGE_COLUMN, USAGES, as_extra, as_truth, first_line, rows_of, target_columns
from kit.source.sheet import are_whole, as_usage, column_of, is_one_of, names_of_classes, read_key, scored_texts
from kit.submission import Form, read_csv
from kit.submission.cells import Cells
from kit.submission.findings import Findings, listed, shown
from kit.submission.packed import unpacked
from kit.submission.text import decode
from kit.submission.typed import open_table

if TYPE_CHECKING:
    import pandas as pd

    Table: TypeAlias = "pd.DataFrame | str | PathLike[str]"

Usage = Literal["Public", "Private"]
_LIMIT = 1 << 32  # bytes, and rows: one's own files are as large as they are
_HEADER_BYTES = 1 << 16


def score(
    solution: Table,
    submission: Table,
    metric: str | Metric | Measure,
    row_id_column_name: str = "id",
    usage: Usage | None = None,
    *,
    classes: Sequence[Any] | None = None,
    **params: Any,
) -> float:
    """The score of a submission, unrounded.

    Rows are matched by their ids, as text; the order of rows and columns does not matter. Neither table is changed.

    Parameters
    ----------
    solution
        A DataFrame, or the path of a CSV file: ids, the target, further columns that the metric looks at, and maybe
        ``Usage`` with Public, Private and Ignored. The target has the submission's columns where it has their names;
        else it is the only column that is left.
    submission
        A DataFrame, or the path of a file: ids and answers, nothing else. They are called as the target is, or as the
        classes are where the metric takes a probability for each; see `kit.notebook.wanted.asked_columns`.
    metric
        A name as in `kit.metric`, what that gives, or a `Metric`.
    row_id_column_name
        The column of the ids in both.
    usage
        Score the rows of this part alone; by default all that are not Ignored.
    classes
        Names of the classes that an answer may be, or of the columns of probabilities; by default those in the data.
    **params
        Parameters of the metric.

    Raises
    ------
    ParticipantVisibleError
        E301 with everything that is wrong with the submission; nothing in it is derived from the solution.
    MetricError
        E603 with everything that is wrong with the solution; E601 if the metric has no value for it.
    UsageError
        E001 for an unknown metric, E004 for a parameter or a usage that is not known.

    Examples
    --------
    >>> import pandas as pd
    >>> solution = pd.DataFrame({"id": [1, 2, 3], "price": [10.0, 20.0, 30.0]})
    >>> submission = pd.DataFrame({"id": [3, 1, 2], "price": [30.0, 10.0, 26.0]})
    >>> score(solution, submission, "mae")
    2.0
    """
    with explained():
        measure = _measure(metric, params)
        _require_usage(usage)
        tables = _table(solution, "solution"), _table(submission, "submission")
        rows = _read_quickly(*tables, measure, row_id_column_name, usage, classes)
        if rows is None:
            rows = _read_closely(*_alike(*tables), measure, row_id_column_name, usage, classes)
        n_classes = rows.y_pred.shape[1] if rows.y_pred.ndim > 1 else 0
        require_value(rows.metric, rows.y_true, "these rows", n_classes=n_classes, **rows.extra)
        try:
            value = rows.metric.value(rows.y_true, rows.y_pred, **rows.extra)
        except ValueError as error:  # more quantiles than were named, say
            raise refusal(f"{rows.metric.name}: {error}") from None
        if not np.isfinite(value):
            raise MetricError(Problem(code="E602", message=f"{rows.metric.name} gave no finite number for these rows"))
        return value


def _read_quickly(solution: Table, submission: Table, measure: Measure | Metric, *how: Any) -> Rows | None:
    if isinstance(solution, (str, PathLike)) or isinstance(submission, (str, PathLike)):
        return None
    return read_quickly(solution, submission, measure, *how)


def _read_closely(
    solution: Table,
    submission: Table,
    measure: Measure | Metric,
    id_column: str,
    usage: Usage | None,
    classes: Sequence[Any] | None,
) -> Rows:
    """What is scored, read as files are. Parameters and errors as of `score`."""
    metric = measure.metric if isinstance(measure, Measure) else measure
    key = _key(solution, id_column)
    form = _form(key, metric, submission, id_column, classes)
    if isinstance(measure, Measure):
        metric, form = of_classes(measure, form)
    y_pred = _read(submission, form)
    used = _used(key, usage)
    y_true, extra = _truth(key, form, metric, used)
    return Rows(metric=metric, y_true=y_true, y_pred=y_pred[used], extra=extra)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Key:
    """A solution: ids in its own order, its other columns, and the usage of each row where it says one."""

    name: str
    row_ids: Sequence[str]
    columns: dict[str, Cells]
    usage: Sequence[str] | None


def _measure(metric: str | Metric | Measure, params: dict[str, Any]) -> Measure | Metric:
    if isinstance(metric, str):
        return find_measure(metric, params)
    if isinstance(metric, Measure):
        positive = {} if metric.positive is None else {"pos_label": metric.positive}
        labels = {"labels": metric.labels} if metric.labels else {}
        return find_measure(metric.name, {**metric.params, **positive, **labels, **params})
    if not isinstance(metric, Metric):
        raise refusal(f"metric is one {type(metric).__name__}", fix='a name, such as   "rmse"')
    if params:
        message = f"{metric.name} is made already, and takes no more parameters"
        raise UsageError(Problem(code="E004", message=message, fix=f'kit.metric("{metric.name}", …)'))
    return metric


def _require_usage(usage: str | None) -> None:
    if usage not in (None, *USAGES[:2]):
        near = nearest(str(usage).capitalize(), USAGES[:2])
        fix = f"did you mean   usage={near!r} ?" if near else ""
        raise UsageError(
            Problem(code="E004", message="usage", expected="None, 'Public' or 'Private'", got=repr(usage), fix=fix)
        )


def _key(solution: Table, id_column: str) -> _Key:
    name = _name(solution, "solution")
    findings = Findings(name, quotes=False)
    try:
        _require_ids(solution, id_column, findings)
        row_ids, columns = read_key(_bytes(solution, "solution"), id_column, findings)
        usage = columns.pop(USAGE_COLUMN, None)
        words = None if usage is None else as_usage(usage, findings).texts
        if findings.problems:
            raise findings.error()
    except ParticipantVisibleError as error:
        raise MetricError(Problem(code="E603", message="the solution is wrong", where=name), error.parts) from None
    return _Key(name=name, row_ids=row_ids, columns=columns, usage=words)


def _read(submission: Table, form: Form) -> NDArray[Any]:
    data = _bytes(submission, "submission")
    try:
        return read_csv(data, form, name=_name(submission, "submission")).y_pred
    except ParticipantVisibleError as error:
        if not isinstance(submission, (str, PathLike)):
            error.add_note("Lines are those of submission.to_csv(index=False): the first row is line 2.")
        raise


def _used(key: _Key, usage: Usage | None) -> NDArray[np.intp]:
    """Rows that are scored."""
    if key.usage is None and usage is not None:
        message = f"the solution has no column {USAGE_COLUMN}, and usage={usage!r} asks for one"
        raise UsageError(Problem(code="E004", message=message, fix="leave usage out: all rows are scored"))
    words = np.array(key.usage if key.usage is not None else ["Public"] * len(key.row_ids))
    return np.flatnonzero(words != "Ignored" if usage is None else words == usage)


def _form(key: _Key, metric: Metric, submission: Table, id_column: str, classes: Sequence[Any] | None) -> Form:
    """What the submission has to look like: the solution says it, and where it can't, the submission's header."""
    others = [name for name in key.columns if name not in metric.extra.values()]
    given = _given(key, submission, id_column, others)
    columns = asked_columns(
        key.name,
        metric,
        given,
        others,
        classes=classes,
        labels=lambda name: scored_texts(key.columns[name], key.usage),
    )
    known: tuple[str, ...] = ()
    if classes is not None:
        known = tuple(map(str, classes))
    elif metric.of_truth == "labels" and metric.needs in ("labels", "probabilities"):
        known = _classes(key, metric, columns, submission)
    return Form(
        competition=key.name,
        row_id_column_name=id_column,
        row_ids=key.row_ids,
        columns=columns,
        needs=metric.needs,
        classes=known,
        domain=metric.domain,
        wrong=metric.wrong,
    )


def _classes(key: _Key, metric: Metric, columns: Sequence[str], submission: Table) -> tuple[str, ...]:
    targets = target_columns([*key.columns], columns, metric)
    if len(columns) > 1:
        if metric.needs == "labels" or (len(targets) > 1 and not is_one_of(key.columns, targets, key.usage)):
            return ()
        return tuple(columns)
    labels = scored_texts(key.columns[targets[0]], key.usage)
    if metric.needs == "labels":
        names = names_of_classes(labels)
        answers = names_of_classes(_answers(submission, columns[0]))
        return names_of_classes([*names, *(name for name in answers if are_whole([name]) or not are_whole(names))])
    return classes_in(labels)


def _truth(
    key: _Key, form: Form, metric: Metric, used: NDArray[np.intp]
) -> tuple[NDArray[Any], dict[str, NDArray[Any]]]:
    findings = Findings(key.name, quotes=False)
    targets = target_columns([*key.columns], form.columns, metric)
    if missing := [name for name in metric.extra.values() if name not in key.columns]:
        fix = "add it, with a cell in every row"
        findings.add("E309", f"there is no column {listed([shown(name) for name in missing])}", fix=fix)
    else:
        columns = {name: rows_of(column, used) for name, column in key.columns.items()}
        row_ids = [key.row_ids[row] for row in used.tolist()]
        truth = as_truth([columns[name] for name in targets], form.classes, metric, row_ids=row_ids, findings=findings)
        if not findings.problems:
            return truth, {name: as_extra(columns[column]) for name, column in metric.extra.items()}
    raise MetricError(Problem(code="E603", message="the solution is wrong", where=key.name), findings.error().parts)


def _table(table: Any, role: str) -> Table:
    if isinstance(table, (str, PathLike)) or (hasattr(table, "to_csv") and hasattr(table, "columns")):
        kept: Table = table
        return kept
    raise refusal(f"the {role} is one {type(table).__name__}", fix="a DataFrame, or the path of a file")


def _alike(solution: Table, submission: Table) -> tuple[Table, Table]:
    """Where a file says True and False, the other table does so too, and not 1 and 0."""
    for written, table in ((solution, submission), (submission, solution)):
        if isinstance(table, (str, PathLike)) or not isinstance(written, (str, PathLike)):
            continue
        flags = table.select_dtypes("bool").columns
        if len(flags) and re.search(rb"\b(True|False)\b", _bytes(written, "solution")):
            in_words = table.astype(dict.fromkeys(flags, str))
            return (solution, in_words) if table is submission else (in_words, submission)
    return solution, submission


def _name(table: Table, role: str) -> str:
    return Path(table).name if isinstance(table, (str, PathLike)) else role


def _given(key: _Key, submission: Table, id_column: str, others: Sequence[str]) -> Sequence[str]:
    """A submission's columns but that of the ids, also where it is not quite called so: that is told by the reader."""
    header = _header(submission)
    if id_column not in header and any(name in key.row_ids for name in header):
        return others  # a row, and no header
    called = id_column.strip().casefold()
    return [name for name in header if name.strip().casefold() != called]


def _header(table: Table, role: str = "submission") -> list[str]:
    if isinstance(table, (str, PathLike)):
        return _names(_bytes(table, role))
    return [str(name) for name in table.columns]


def _names(data: bytes) -> list[str]:
    """Columns of a submitted file of whatever sort; none of one that can't be read, which its reader will tell."""
    findings = Findings("submission")
    try:
        data = unpacked(data, limit=_LIMIT, findings=findings)
        table = open_table(data, header=(), n_rows=_LIMIT, limit=_LIMIT, findings=findings)
        if table is not None:
            return list(table.names)
        text = decode(_head(data), n_rows=_LIMIT, lenient=True, findings=findings)
    except ParticipantVisibleError:
        return []
    return max((first_line(text, separator) for separator in ",;\t"), key=len)


def _head(data: bytes) -> bytes:
    """The first lines, none of them cut: half a letter would make another encoding of it."""
    head = data[:_HEADER_BYTES]
    if len(head) == len(data) or b"\0" in head:
        return head
    return head[: head.rfind(b"\n") + 1] or head


def _answers(table: Table, column: str) -> set[str]:
    """Cells of a column of answers, each once; none where there is no such column."""
    if isinstance(table, (str, PathLike)):
        return column_of(_bytes(table, "submission"), column)
    if column not in table.columns:
        return set()
    cells = table[column].dropna()
    return set(map(str, (cells.map(_joined) if cells.dtype == object else cells).unique()))


def _bytes(table: Table, role: str) -> bytes:
    """A table as the CSV file that it would be."""
    if isinstance(table, (str, PathLike)):
        try:
            return Path(table).read_bytes()
        except OSError as error:
            message = f"the {role} {table} can't be read: {error.strerror}"
            raise UsageError(Problem(code="E001", message=message)) from None
    return _as_csv(table).encode("utf-8", "surrogatepass")


def _as_csv(table: pd.DataFrame) -> str:
    """Cells as text: of numbers every digit, of a list of names the names, of what is missing nothing."""
    written = table.copy(deep=False)
    for place in range(written.shape[1]):
        column = written.iloc[:, place]
        if column.dtype == bool:
            written.isetitem(place, column.to_numpy(dtype=np.int64))
        elif column.dtype == np.float32 or column.dtype == np.float16:
            written.isetitem(place, column.to_numpy(dtype=np.float64))
        elif column.dtype == object:
            cells = np.empty(len(column), dtype=object)
            cells[:] = [*map(_joined, column)]  # map of a Series would make 0.0 of 0 beside 1.5
            written.isetitem(place, cells)
    return str(written.to_csv(index=False))


def _require_ids(table: Table, id_column: str, findings: Findings) -> None:
    """Refuse ids in a column of another name, and decimal numbers: ``1.0`` is no id of a file that says ``1``."""
    header = _header(table, "solution")
    alike = [name for name in header if name.strip().casefold() == id_column.strip().casefold()]
    if alike and id_column not in header:
        message = f"there is no column {shown(id_column)}, but {shown(alike[0])}"
        findings.add("E309", message, fix=f"row_id_column_name={json.dumps(alike[0], ensure_ascii=False)}")
        raise findings.error()
    if not isinstance(table, (str, PathLike)) and id_column in header and table[id_column].dtype.kind == "f":
        fix = f'pd.read_csv("solution.csv", dtype={{"{id_column}": str}})'
        findings.add("E302", "the ids are decimal numbers, such as 1.0", fix=fix, why="A missing id makes them so.")
        raise findings.error()


def _joined(cell: Any) -> Any:
    return " ".join(map(str, cell)) if isinstance(cell, (list, tuple, np.ndarray)) else cell
