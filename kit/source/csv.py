"""``csv``: a table in a file. `kit.source.cells` says what its cells are; this module, where they belong.

The file is read cell by cell with Python's own reader, not with pandas: every cell is the text that stands there until
a rule of ours makes it a number, a truth, a time or a category for a whole column, and a line that does not fit is told
by its number. Everything that is wrong with a file is told at once.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kit.dataset import Table
from kit.errors import DataError, Problem, nearest
from kit.source.base import OnProgress, Rows
from kit.source.cells import Cells, as_classes, as_column, as_order, as_values, lines_of
from kit.source.homes import data_home, find
from kit.split import USAGES

if TYPE_CHECKING:
    from kit.competition import Competition

MAX_BYTES = 1 << 30  # unpacked; a cell costs about fifteen times its bytes while a file is read
_MAX_LISTED = 20
_MAX_CELL = 1 << 20  # characters; more than that is a quotation mark that was never closed


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """A file whose every line fits its header: name of the column -> its cells, with the lines they stand on."""

    name: str
    columns: dict[str, Cells]
    n_rows: int


def load(argument: str, competition: Competition, folder: Path, *, on_progress: OnProgress) -> Rows:  # noqa: ARG001
    """The rows of the file that ``[data] path`` names.

    Raises
    ------
    DataError
        E501 if there is no such file; E505 with everything in it that is not as ``competition.toml`` says.
    """
    data = competition.data
    assert data.path is not None  # what a competition with this source needs is checked when its file is read
    assert data.target is not None
    path = _find(data.path, folder)
    on_progress(f"reading {path.name}")
    file = _read(path)
    _require_columns(file, competition)
    return _rows(file, competition)


def _find(name: str, folder: Path) -> Path:
    found, home = find(name, folder), data_home()
    if found is not None and found.is_file():
        return found
    fix = f"put it there as   {folder / name}"
    if home:
        fix += f"\nor as   {home / name}"
    else:
        fix += f"\nor set KIT_DATA_HOME to a folder that has it as   {name}"
    if (folder / "README.md").is_file():
        fix += f"\n{folder / 'README.md'}   says where it can be had"
    raise DataError(
        Problem(
            code="E501",
            message=f"1 file is missing: {Path(name).name}",
            where="[data] path",
            why="The kit does not download it: it is not one of the sets that it knows by name and checksum.",
            fix=fix,
        )
    )


def _read(path: Path) -> _File:
    text = _text(path)
    header, lines, numbers = _lines(path.name, text)
    separator = _other_separator(header)
    # Where cells are parted by something else, a comma in one of them is no finding of its own.
    lengths = () if separator else _wrong_lengths(header, lines, numbers)
    problems = [*_wrong_header(path.name, header, lines, separator), *lengths]
    if problems:
        raise _to_fix(path.name, problems)
    columns = zip(*lines, strict=True) if lines else ((),) * len(header)
    cells = {name: Cells(name=name, texts=texts, lines=numbers) for name, texts in zip(header, columns, strict=True)}
    return _File(name=path.name, columns=cells, n_rows=len(lines))


def _text(path: Path) -> str:
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as opened:
            raw = opened.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(path.name, f"can't be read: {error}", "get the file again, or make it readable") from None
    if len(raw) > MAX_BYTES:
        raise _unreadable(path.name, f"is larger than {MAX_BYTES:,} bytes", "leave out rows or columns")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
            what = "is encoded as UTF-16"
        else:
            line = raw.count(b"\n", 0, error.start) + 1
            what = f"is not UTF-8, line {line}"
        fix = 'save it as UTF-8: "CSV UTF-8" in a spreadsheet, encoding="utf-8" in pandas'
        raise _unreadable(path.name, what, fix) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise _unreadable(path.name, f"has a zero byte in line {line}: it is no text", "get the file again")
    return text


def _lines(name: str, text: str) -> tuple[list[str], list[list[str]], list[int]]:
    """The header, the other lines, and the number at which each of them starts. Empty lines are passed over."""
    before = csv.field_size_limit(_MAX_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    lines, numbers, start = [], [], 1
    try:
        for line in reader:
            if line:
                lines.append(line)
                numbers.append(start)
            start = reader.line_num + 1
    except csv.Error as error:
        what = f"can't be read from line {start} on: {error}"
        fix = 'a quotation mark in a quoted cell is written twice ("5"" pipe"); look for one that is not closed'
        raise _unreadable(name, what, fix) from None
    finally:
        csv.field_size_limit(before)
    if not lines:
        raise _unreadable(name, "is empty", "the first line names the columns, every other line is a row")
    return [cell.strip() for cell in lines[0]], lines[1:], numbers[1:]


def _other_separator(header: list[str]) -> str | None:
    return next((mark for mark in (";", "\t") if len(header) == 1 and mark in header[0]), None)


def _wrong_header(name: str, header: list[str], lines: Sequence[object], separator: str | None) -> Iterator[Problem]:
    if not lines:
        yield _problem(f"{name} has a header and no rows", "every other line is a row")
    if separator:
        shown = "a tab" if separator == "\t" else repr(separator)
        yield _problem(f"the cells are parted by {shown}, not by a comma", "save it with commas", f"{name}:1")
    if twice := [repr(column) for column, times in Counter(header).items() if times > 1 and column]:
        yield _problem(f"line 1 names {_some(twice)} more than once", "give each column a name of its own")
    if nameless := [str(i) for i, column in enumerate(header, start=1) if not column]:
        fix = "name it, or leave it out; pandas writes its index so:   to_csv(…, index=False)"
        yield _problem(f"line 1 gives column {_some(nameless)} no name", fix)


def _wrong_lengths(header: list[str], lines: list[list[str]], numbers: list[int]) -> Iterator[Problem]:
    wrong = [(number, len(line)) for number, line in zip(numbers, lines, strict=True) if len(line) != len(header)]
    if wrong:
        number, cells = wrong[0]
        more = f", and {len(wrong) - 1:,} more lines do not fit" if len(wrong) > 1 else ""
        what = f"line {number} has {cells} cells, and the header names {len(header)} columns{more}"
        fix = 'a comma inside a cell needs quotation marks around the cell: "Braund, Mr. Owen"'
        yield _problem(what, fix)


def _require_columns(file: _File, competition: Competition) -> None:
    """Refuse a file without the columns that ``competition.toml`` names."""
    data, column = competition.data, competition.split.column
    named = [(data.target, "data.target"), (column, "split.column")]
    named += [(name, "data.drop") for name in data.drop] + [(name, "data.dtypes") for name in data.dtypes]
    problems = []
    for name, key in named:
        if name is not None and name not in file.columns:
            near = nearest(name, file.columns)
            fix = f"did you mean   {near} ?" if near else f"its columns: {_some(list(file.columns))}"
            problems.append(_problem(f"there is no column {name!r}, which {key} names", fix))
    if problems:
        raise _to_fix(file.name, problems)


def _rows(file: _File, competition: Competition) -> Rows:
    data, key = competition.data, competition.submission.row_id_column_name
    assert data.target is not None
    problems: list[Problem] = []

    def taken(reading: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return reading(*arguments)
        except DataError as error:
            problems.extend(error.parts)
            return None

    target = file.columns[data.target]
    labels = taken(as_classes if competition.is_classification else as_values, target)
    column = taken(_deciding_column, file, competition)
    ids = taken(_ids, file, competition)
    no_features = {data.target, key, *data.drop}
    if competition.split.method == "official":
        no_features.add(competition.split.column or "")
    features = [
        taken(as_column, cells, data.dtypes.get(name))
        for name, cells in file.columns.items()
        if name not in no_features
    ]
    if not features:
        problems.append(_problem("no column is left to learn from", "shorten   [data] drop"))
    if problems:
        raise _to_fix(file.name, problems)
    y, classes = labels
    return Rows(storage=Table(tuple(features)), y=y, ids=ids, classes=classes, column=column)


def _ids(file: _File, competition: Competition) -> tuple[str, ...]:
    """The id column, or ids that are made: places where the order is kept, else what stands in the row."""
    key, method = competition.submission.row_id_column_name, competition.split.method
    if key not in file.columns:
        return (
            tuple(str(i) for i in range(file.n_rows)) if method == "contiguous" else _ids_by_content(file, competition)
        )
    cells = file.columns[key]
    problems = []
    if empty := [line for text, line in zip(cells.texts, cells.lines, strict=True) if not text.strip()]:
        problems.append(_problem(f"the id, column {key!r}, is empty on {lines_of(empty)}", "every row needs one"))
    first: dict[str, int] = {}
    again = [
        (line, first[text])
        for text, line in zip(cells.texts, cells.lines, strict=True)
        if text.strip() and first.setdefault(text, line) != line
    ]
    if again and method != "official":
        line, earlier = again[0]
        more = f", and {len(again) - 1:,} more" if len(again) > 1 else ""
        what = f"lines {earlier} and {line} have the same id in column {key!r}{more}"
        fix = "every row needs an id of its own; another row_id_column_name, and the kit makes ids"
        problems.append(_problem(what, fix))
    if problems:
        raise _to_fix(file.name, problems)
    return tuple(cells.texts)


def _ids_by_content(file: _File, competition: Competition) -> tuple[str, ...]:
    """A digest of each row's cells without its answer, so that neither its place nor a corrected answer moves a row.

    Rows that are equal but for the answer are numbered in the order of their answers. Nobody sees these ids: where
    rows are drawn, they are handed out under numbers (`kit.split.handed_out_order`).
    """
    target = competition.data.target
    others = [cells.texts for name, cells in file.columns.items() if name != target]
    contents = [_digest(row) for row in zip(*others, strict=True)] if others else [""] * file.n_rows
    answers = file.columns[target].texts if target else contents
    ids, seen = [""] * file.n_rows, Counter[str]()
    for i in sorted(range(file.n_rows), key=lambda i: (contents[i], answers[i])):
        ids[i] = f"{contents[i]}-{seen[contents[i]]}"
        seen[contents[i]] += 1
    return tuple(ids)


def _digest(row: tuple[str, ...]) -> str:
    return hashlib.sha256("\0".join(row).encode()).hexdigest()


def _deciding_column(file: _File, competition: Competition) -> NDArray[Any] | None:
    """The column of ``[split]``, as its method looks at it."""
    name, method = competition.split.column, competition.split.method
    if name is None:
        return None
    cells = file.columns[name]
    if empty := [line for text, line in zip(cells.texts, cells.lines, strict=True) if not text]:
        fix = "fill them in, or leave these rows out; a row that belongs to no group gets a name of its own"
        raise _to_fix(
            file.name, [_problem(f"column {name!r} decides the split, and is empty on {lines_of(empty)}", fix)]
        )
    if method == "temporal":
        return as_order(cells)
    if method == "official":
        return _usages(file.name, cells)
    return np.array(cells.texts, dtype=np.str_)


def _usages(file: str, cells: Cells) -> NDArray[Any]:
    words = [text.strip().lower() for text in cells.texts]
    other = [
        (text, line) for text, word, line in zip(cells.texts, words, cells.lines, strict=True) if word not in USAGES
    ]
    if other:
        what = f"column {cells.name!r} says {other[0][0]!r} on {lines_of([line for _, line in other])}"
        raise _to_fix(
            file, [_problem(what, "train, valid, Public or Private (or test, and the public ones are drawn)")]
        )
    return np.array(words, dtype=np.str_)


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_MAX_LISTED]) + (
        f" and {len(names) - _MAX_LISTED} more" if len(names) > _MAX_LISTED else ""
    )


def _problem(message: str, fix: str, where: str = "") -> Problem:
    return Problem(code="E505", message=message, fix=fix, where=where)


def _unreadable(name: str, what: str, fix: str) -> DataError:
    return DataError(Problem(code="E505", message=f"{name} {what}", where=name, fix=fix))


def _to_fix(name: str, problems: Sequence[Problem]) -> DataError:
    count = f"{len(problems)} things" if len(problems) > 1 else "1 thing"
    return DataError(Problem(code="E505", message=f"{name}: {count} to fix", where=name), problems)
