"""Tables as spreadsheets and learning platforms write them: any encoding, any separator, their own quirks.

What is written from here is safe to open: a cell that a spreadsheet would reckon is text there.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kit.errors import Problem, UsageError

MAX_BYTES = 8 << 20
_SEPARATORS = (",", ";", "\t")
_RECKONED = ("=", "+", "-", "@", "\t", "\r")
_RECKONED_INSIDE = re.compile(r"([;\t])(?=[=+\-@])")  # where a spreadsheet parts cells by other signs than commas


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record of a sheet, with the line of the file on which it begins."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table as it was read.

    Parameters
    ----------
    header
        Its first record that is not empty.
    records
        The others; empty ones are left out.
    separator, encoding, newline
        How it was written: what is written in its place is written alike.
    """

    header: Record
    records: tuple[Record, ...]
    separator: str
    encoding: str
    newline: str


def read_sheet(data: bytes, *, name: str, code: str) -> Sheet:
    """The table in a file.

    Parameters
    ----------
    data
        The file.
    name
        How messages call it.
    code
        Of what is raised where it is none: E013 for a roster, E014 for a template.

    Raises
    ------
    UsageError
        `code`.
    """
    if len(data) > MAX_BYTES:
        raise UsageError(_unreadable(code, name, "is larger than 8 MB", "is this the right file?"))
    if data[:4] == b"PK\x03\x04" or data[:4] == b"\xd0\xcf\x11\xe0":
        raise UsageError(_unreadable(code, name, "is an Excel workbook", 'save it as "CSV UTF-8" and name that file'))
    text, encoding = decoded(data)
    if "\0" in text:
        raise UsageError(_unreadable(code, name, "is no text", "export it as CSV"))
    newline = "\r\n" if "\r\n" in text else "\n"
    try:
        separator = _separator(text)
        records = [record for record in _records(text, separator) if any(cell.strip() for cell in record.cells)]
    except csv.Error as error:
        raise UsageError(_unreadable(code, name, f"can't be read as CSV: {error}", "export it anew")) from None
    if not records:
        raise UsageError(_unreadable(code, name, "is empty", "export it anew"))
    return Sheet(header=records[0], records=tuple(records[1:]), separator=separator, encoding=encoding, newline=newline)


def written(rows: Iterable[Sequence[str]], *, like: Sheet | None = None) -> bytes:
    """`rows` as CSV: UTF-8 with commas, or as another sheet was written. Cells are written as they are."""
    text = io.StringIO()
    separator, newline = (like.separator, like.newline) if like else (",", "\n")
    csv.writer(text, delimiter=separator, lineterminator=newline).writerows(rows)
    return text.getvalue().encode(like.encoding if like else "utf-8", errors="replace")


def safe(cell: str) -> str:
    """`cell` so that no spreadsheet takes it for a formula: text that could be one gets a quote before it."""
    inside = _RECKONED_INSIDE.sub(r"\1'", cell)
    return f"'{inside}" if cell.startswith(_RECKONED) and not _is_number(cell) else inside


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def decoded(data: bytes) -> tuple[str, str]:
    """Text and encoding. What is neither Unicode nor marked is taken for what Windows writes in the west of Europe."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace"), "utf-16"
    if len(data) > 3 and data[1:4:2] == b"\0\0":
        return data.decode("utf-16-le", errors="replace"), "utf-16-le"
    try:
        encoding = "utf-8-sig" if data[:3] == b"\xef\xbb\xbf" else "utf-8"
        return data.decode(encoding), encoding
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace"), "cp1252"


def _separator(text: str) -> str:
    """What parts the cells of the first line that has any; quoted ones do not count."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(_SEPARATORS, key=lambda separator: len(next(csv.reader([first], delimiter=separator))))


def _records(text: str, separator: str) -> Iterable[Record]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    line = 1
    for cells in reader:
        yield Record(line=line, cells=tuple(cells))
        line = reader.line_num + 1


def _unreadable(code: str, name: str, what: str, fix: str) -> Problem:
    return Problem(code=code, message=f"{name} {what}", fix=fix)
