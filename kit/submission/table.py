"""From text to rows: separator, header, cells with their line numbers (E309, and E312 for broken quoting)."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from kit.errors import ParticipantVisibleError, Problem, nearest
from kit.submission.findings import Findings, counted, listed, shown
from kit.submission.text import MAX_CELL_BYTES, Text

Row = list[str]
_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
_DECIMAL_COMMA = re.compile(r"[;\t]\s*[+-]?[0-9]+,[0-9]+\s*[;\t\r\n]")
_MAX_COLUMNS = 1000  # beyond those asked for: more is no table, and comparing the names would take long


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where things are in a file.

    Parameters
    ----------
    separator
        Between cells.
    cells
        The file's header, or its first row where it has none.
    has_header
        Whether that row is a header.
    places
        Name of an asked column -> its place in a row; without those that are not there.
    """

    separator: str
    cells: tuple[str, ...]
    has_header: bool
    places: dict[str, int]


def find_layout(
    text: str | Text,
    header: Sequence[str],
    *,
    row_ids: Container[str],
    lenient: bool,
    findings: Findings,
    classes: Sequence[str] = (),
) -> Layout:
    """Separator and columns of a file that should begin with `header`, in any order.

    Parameters
    ----------
    text, header
        The file, and the columns that are asked for, that of the ids first.
    row_ids
        The ids that are asked for: they tell a row from a header.
    lenient
        Accept semicolons, with a note.
    findings
        Where problems and notes go.
    classes
        Where labels are asked for, their names: as columns they are told to be probabilities.

    Raises
    ------
    ParticipantVisibleError
        If there is no first row that could be read.
    """
    separator, cells = _first_row(text, header, findings)
    if separator == ";" and lenient:
        findings.notes.append("cells are separated by semicolons")
    elif separator != ",":
        fix = _with_commas(text, separator, header[0], findings.name)
        findings.add("E310", f"cells are separated by {_SEPARATORS[separator]}, not by commas", fix=fix)
    if not set(cells) & set(header) and len(cells) == len(header) and cells[0].strip() in row_ids:
        findings.add("E309", "there is no header line", fix=_header_fix(header))
        return Layout(separator=separator, cells=cells, has_header=False, places=_places(header))
    return Layout(separator=separator, cells=cells, has_header=True, places=match(cells, header, classes, findings))


def match(cells: Sequence[str], header: Sequence[str], classes: Sequence[str], findings: Findings) -> dict[str, int]:
    """Places of the asked columns among those of a file, with a problem for each that is not as it should be."""
    places = _match(cells, header, classes, findings)
    if tuple(cells) != tuple(header) and len(places) == len(header) == len(cells) and set(cells) == set(header):
        findings.notes.append("columns are in another order")
    return places


def rows(text: str | Text, layout: Layout, findings: Findings) -> Iterator[tuple[int, Row]]:
    """Rows below the header, each with the line of the file on which it begins; blank lines are left out.

    Raises
    ------
    ParticipantVisibleError
        If quotation marks do not pair: what follows can't be told apart.
    """
    below_header = not layout.has_header
    for line, row in _records(text, layout.separator, findings):
        if _is_blank(row):
            continue
        if below_header:
            yield line, row
        below_header = True


def _records(text: str | Text, separator: str, findings: Findings) -> Iterator[tuple[int, Row]]:
    opened = io.StringIO(text, newline="") if isinstance(text, str) else text.open()
    csv.field_size_limit(MAX_CELL_BYTES)
    reader = csv.reader(opened, delimiter=separator, strict=True)
    line = 1
    try:
        for row in reader:
            yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        message = f"line {line} can't be read: {_in_words(error)}"
        findings.add("E312", message, fix='close the quotation mark; inside quotation marks "" stands for one')
        raise findings.error() from None


def _in_words(error: csv.Error) -> str:
    if "unexpected end" in str(error) or "field larger" in str(error):
        return "a quotation mark is opened there and not closed"
    return "a closed quotation mark is followed by something else than a separator"


def _first_row(text: str | Text, header: Sequence[str], findings: Findings) -> tuple[str, tuple[str, ...]]:
    """The separator that makes most of the first row, and the row."""
    unreadable: list[Problem] = []

    def read(separator: str) -> tuple[str, ...]:
        trial = Findings(findings.name)
        try:
            for _, row in _records(text, separator, trial):
                if not _is_blank(row):
                    return tuple(row)
        except ParticipantVisibleError:  # the quotation marks pair with another separator, perhaps
            unreadable.extend(trial.problems)
        return ()

    first = {separator: read(separator) for separator in _SEPARATORS}
    separator = max(first, key=lambda s: (len({*first[s]} & {*header}), len(first[s]) == len(header), bool(first[s])))
    cells, fix = first[separator], _header_fix(header)
    if len(cells) > len(header) + _MAX_COLUMNS:
        findings.add("E309", f"the first line has {len(cells)} cells", fix=fix)
        raise findings.error()
    if not cells:
        no_rows = Problem(code="E312", message="it holds no rows", fix=fix)
        findings.problems.append(unreadable[0] if unreadable else no_rows)
        raise findings.error()
    return separator, cells


def _with_commas(text: str | Text, separator: str, id_column: str, name: str) -> str:
    """How to write the file anew. A spreadsheet is no help: in many countries its "comma delimited" are semicolons."""
    types = f'decimal=",", dtype={{{json.dumps(id_column, ensure_ascii=False)}: str}}'
    head = text if isinstance(text, str) else text.head
    types = types if _DECIMAL_COMMA.search(head) else "dtype=str"  # an id such as 007 stays what it is
    file, sep = json.dumps(name, ensure_ascii=False), json.dumps(separator)
    fix = f"pd.read_csv({file}, sep={sep}, {types}).to_csv({file}, index=False)"
    return fix + ("   or your teacher can allow it   (lenient = true)" if separator == ";" else "")


def _is_blank(row: Row) -> bool:
    return not row or (len(row) == 1 and not row[0].strip())


def _header_fix(header: Sequence[str]) -> str:
    return f"first line   {','.join(header)}"[:120]


def _places(cells: Sequence[str]) -> dict[str, int]:
    places: dict[str, int] = {}
    for place, cell in enumerate(cells):
        places.setdefault(cell, place)
    return places


def _match(cells: Sequence[str], header: Sequence[str], classes: Sequence[str], findings: Findings) -> dict[str, int]:
    """Places of the asked columns; those with nearly the right name too, so that their cells can be checked."""
    found = _places(cells)
    missing = [name for name in header if name not in found]
    extra = [name for name in found if name not in set(header)]
    twice = [name for name in header if cells.count(name) > 1]
    if twice:
        message = f"{counted(len(twice), 'column is', 'columns are')} there twice: {_names(twice)}"
        findings.add("E309", message, fix="keep one of each")
    if classes and missing and missing[-1] == header[-1] and {*classes} <= {*extra}:
        message = f"there is a column for each class, and one column {shown(header[-1])} is asked for"
        findings.add("E309", message, fix=f"in {shown(header[-1])} the class of the largest probability")
        extra = [name for name in extra if name not in classes]
        missing.remove(header[-1])
    index = [name for name in extra if not name.strip() or name.startswith(("Unnamed:", "__index_level_"))]
    if index and header[0] in missing:
        message = f"the ids have no column name: they are the pandas index ({shown(index[0])})"
        findings.add("E309", message, fix=f'df.to_csv("preds.csv", index_label="{header[0]}")')
        found[header[0]] = found[index[0]]
        missing.remove(header[0])
    elif index:
        findings.add("E309", f"column {shown(index[0])} is the pandas index", fix='df.to_csv("preds.csv", index=False)')
    _match_by_likeness(missing, [name for name in extra if name not in index], found, header, findings)
    return {name: found[name] for name in header if name in found}


def _match_by_likeness(
    missing: list[str], extra: list[str], found: dict[str, int], header: Sequence[str], findings: Findings
) -> None:
    for name in tuple(missing):
        if len(missing) == len(extra) == 1:
            like: str | None = extra[0]
        else:
            like = next((e for e in extra if e.strip().casefold() == name.strip().casefold()), nearest(name, extra))
        if like is None:
            continue
        message = f"there is no column {shown(name)}, but {shown(like)}"
        findings.add("E309", message, fix=f"rename {shown(like)} to {shown(name)}")
        found[name] = found[like]
        missing.remove(name)
        extra.remove(like)
    fix = _header_fix(header)
    for names, what in ((missing, "missing"), (extra, "not asked for")):
        if names:
            message = f"{counted(len(names), 'column is', 'columns are')} {what}: {_names(names)}"
            findings.add("E309", message, fix=fix)


def _names(names: Sequence[str]) -> str:
    return listed([shown(name) for name in names])
