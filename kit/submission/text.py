"""From bytes to text: size, kind of file, encoding (E310, E311, E312)."""

from __future__ import annotations

import codecs
import io
import json
from dataclasses import dataclass
from typing import TextIO

import numpy as np

from kit.submission.findings import Findings

MAX_BYTES = 64 * 2**20
"""Largest file that is read whatever is asked for; `byte_limit` says how much more for how many rows."""

_BYTES_OF_A_CELL = 32  # a float64 in full has at most 24 characters, with its separator 25
_BYTES_OF_A_TEXT = 1024
SPARE_LINES = 1_000_000  # beyond two for each row: so many are read in two seconds, and still known by their ids
_PIECE = 2**22
_HEAD = 2**16
_MAX_LINE_BYTES = 2**20
MAX_CELL_BYTES = 2**17  # what the csv module reads: run-length masks of a large photo are shorter

_FILES_BY_MAGIC = {
    b"PK\x03\x04": "a zip archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ\x00": "an xz archive",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive",
    b"\xd0\xcf\x11\xe0": "an Excel workbook (.xls)",
    b"\x80\x04\x95": "a Python pickle",
    b"\x80\x05\x95": "a Python pickle",
    b"\x89HDF": "an HDF5 file",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"%PDF": "a PDF document",
    b"SQLite format 3\x00": "an SQLite database",
    b"<!DOCTYPE": "a web page",
    b"<html": "a web page",
    b'{\n "cells"': "a notebook (.ipynb)",
    b'{"': "JSON",
    b'[{"': "JSON",
}
_AS_CSV = 'df.to_csv("preds.csv", index=False)'
_FROM_EXCEL = 'save it from Excel as "CSV UTF-8"'
_UTF16 = {
    codecs.BOM_UTF32_LE: "utf-32",  # starts with the mark of UTF-16, so it stands first
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Text:
    """The text of a file, decoded while it is read: as one `str` it might take four times the room."""

    data: bytes
    encoding: str

    def open(self) -> TextIO:
        """From the beginning, line ends as they are."""
        return io.TextIOWrapper(io.BytesIO(self.data), encoding=self.encoding, newline="")

    @property
    def head(self) -> str:
        """The first lines."""
        return self.open().read(_HEAD)


def byte_limit(n_rows: int, n_columns: int, *, is_text: bool = False) -> int:
    """Most bytes that are read of a file with so many rows and columns, unpacked."""
    return max(MAX_BYTES, (_BYTES_OF_A_TEXT if is_text else _BYTES_OF_A_CELL) * n_rows * n_columns)


def decode(data: bytes, *, n_rows: int, lenient: bool, findings: Findings) -> str:
    """The text of a file as one `str`; see `open_text`."""
    limit = byte_limit(n_rows, 2)
    return open_text(data, n_rows=n_rows, limit=limit, lenient=lenient, findings=findings).open().read()


def open_text(data: bytes, *, n_rows: int, limit: int, lenient: bool, findings: Findings) -> Text:
    """The text of a file.

    A wrong encoding is noted in `findings` and the text is read all the same, so that the rest can be checked.
    `n_rows` are asked for: many more lines than that are not read, nor more bytes than the `limit`.

    Raises
    ------
    ParticipantVisibleError
        E301, if there is nothing that could be read as a table.
    """
    reason = _no_table(data, n_rows, limit)
    if reason:
        findings.add(*reason[:2], fix=reason[2])
        raise findings.error()
    if b"\r\n" in data:
        findings.notes.append("lines end as on Windows (CRLF)")
    if encoding := _wide_encoding(data):
        return _check_wide(data, encoding, lenient=lenient, findings=findings)
    if b"\0" in data:
        line = _line_of(data, data.index(b"\0"))
        findings.add("E312", f"it holds binary data (a zero byte at line {line})", fix=_AS_CSV)
        raise findings.error()
    if data.startswith(codecs.BOM_UTF8):
        findings.notes.append("it starts with a byte order mark (BOM), which was skipped")
    place = _not_utf8(data)
    if place is None:
        return Text(data=data, encoding="utf-8-sig")
    message = f"it is not UTF-8 text: byte 0x{data[place]:02X} at line {_line_of(data, place)}"
    findings.add("E310", message, fix=f'save it as "CSV UTF-8", or   {_AS_CSV}')
    return Text(data=data, encoding="latin-1")


def _not_utf8(data: bytes) -> int | None:
    """Place of the first byte that is no UTF-8. No character goes across a line end."""
    begin = 0
    while begin < len(data):
        end = data.rfind(b"\n", begin, begin + _PIECE) + 1 or min(len(data), begin + _PIECE + _MAX_LINE_BYTES)
        end = end if end < len(data) and data[end - 1] == ord("\n") else (data.find(b"\n", end) + 1 or len(data))
        try:
            data[begin:end].decode()
        except UnicodeDecodeError as error:
            return begin + error.start
        begin = end
    return None


def _no_table(data: bytes, n_rows: int, limit: int) -> tuple[str, str, str] | None:
    """Code, message and fix for what is no table of text at all."""
    if len(data) > limit:
        return too_large(limit)
    if not data.strip():
        return "E312", "it is empty", _AS_CSV
    for magic, kind in _FILES_BY_MAGIC.items():
        if data.startswith(magic):
            if b"xl/" in data[:4096] or b"[Content_Types].xml" in data[:4096]:
                kind = "an Excel workbook (.xlsx)"
            fix = f"{_FROM_EXCEL}   or   {_AS_CSV}" if "Excel" in kind else _AS_CSV
            return "E312", f"it is {kind}, not a CSV file", fix
    n_lines, longest = _lines(data)
    if n_lines > 2 * n_rows + SPARE_LINES:
        return "E311", f"it has {n_lines} line ends for {n_rows} rows", "only the asked columns, one row per id"
    if longest > _MAX_LINE_BYTES:
        return "E312", f"it has a line of more than {_MAX_LINE_BYTES // 2**20} MiB", _AS_CSV
    return None


def too_large(limit: int) -> tuple[str, str, str]:
    """Code, message and fix for more bytes than that."""
    message = f"it has more than {limit // 2**20} MiB, which is all that is read for so many rows"
    return "E311", message, "only the asked columns, one row per id"


def _lines(data: bytes) -> tuple[int, int]:
    """How many line ends there are, and how many bytes the longest line has."""
    n, longest, last = 0, 0, -1
    for begin in range(0, len(data), _PIECE):
        raw = np.frombuffer(data, np.uint8, min(_PIECE, len(data) - begin), begin)
        ends = np.flatnonzero((raw == ord("\n")) | (raw == ord("\r"))) + begin
        if len(ends):
            n, longest = n + len(ends), max(longest, int(np.diff(ends, prepend=last).max()))
            last = int(ends[-1])
    return n, max(longest, len(data) - last)


def _wide_encoding(data: bytes) -> str | None:
    """UTF-16 or UTF-32 by its mark; UTF-16 without one by the zero bytes between Latin letters."""
    for mark, encoding in _UTF16.items():
        if data.startswith(mark):
            return encoding
    head = data[:4096]
    zeros_even, zeros_odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) / 2
    if zeros_odd > 0.8 * half and zeros_even < 0.1 * half:
        return "utf-16-le"
    if zeros_even > 0.8 * half and zeros_odd < 0.1 * half:
        return "utf-16-be"
    return None


def _check_wide(data: bytes, encoding: str, *, lenient: bool, findings: Findings) -> Text:
    name = encoding[:6].upper()
    text = Text(data=data, encoding=encoding)
    try:
        with text.open() as opened:
            has_zeros = any("\0" in piece for piece in iter(lambda: opened.read(_PIECE), ""))
    except UnicodeError:
        findings.add("E312", f"it begins as {name} text and goes on as something else", fix=_AS_CSV)
        raise findings.error() from None
    if has_zeros:
        findings.add("E312", "it holds binary data (zero characters)", fix=_AS_CSV)
        raise findings.error()
    if lenient and name == "UTF-16":
        findings.notes.append("it was read as UTF-16")
    else:
        file = json.dumps(findings.name, ensure_ascii=False)
        fix = f'pd.read_csv({file}, encoding="{encoding}", dtype=str).to_csv({file}, index=False)'
        fix += f"   or {_FROM_EXCEL}"
        fix += "   or your teacher can allow it   (lenient = true)" if name == "UTF-16" else ""
        findings.add("E310", f"it is {name} text, not UTF-8", fix=fix)
    return text


def _line_of(data: bytes, position: int) -> int:
    return data.count(b"\n", 0, position) + 1
