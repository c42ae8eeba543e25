"""From bytes to text: size, kind of file, encoding (E310, E311, E312)."""

from __future__ import annotations

import codecs
import json

import numpy as np

from kit.submission.findings import Findings

MAX_BYTES = 64 * 2**20
"""Largest file that is read: a million rows of 64 characters. Reading holds it in memory several times over."""

_SPARE_LINES = 1_000_000  # beyond ten for each row: so many are read in two seconds, and still known by their ids
_MAX_LINE_BYTES = 2**20
MAX_CELL_BYTES = 2**17  # what the csv module reads: run-length masks of a large photo are shorter

_FILES_BY_MAGIC = {
    b"PK\x03\x04": "a zip archive",
    b"PAR1": "a Parquet table",
    b"ARROW1": "a Feather table",
    b"\xff\xff\xff\xff": "an Arrow stream",
    b"\x1f\x8b": "a gzip archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ\x00": "an xz archive",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive",
    b"\xd0\xcf\x11\xe0": "an Excel workbook (.xls)",
    b"\x93NUMPY": "a NumPy array (.npy)",
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
_UTF16 = {
    codecs.BOM_UTF32_LE: "utf-32",  # starts with the mark of UTF-16, so it stands first
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def decode(data: bytes, *, n_rows: int, lenient: bool, findings: Findings) -> str:
    """The text of a file.

    A wrong encoding is noted in `findings` and the text is read all the same, so that the rest can be checked.
    `n_rows` are asked for: many more lines than that are not read.

    Raises
    ------
    ParticipantVisibleError
        E301, if there is nothing that could be read as a table.
    """
    reason = _no_table(data, n_rows)
    if reason:
        findings.add(*reason[:2], fix=reason[2])
        raise findings.error()
    if b"\r\n" in data:
        findings.notes.append("lines end as on Windows (CRLF)")
    if encoding := _wide_encoding(data):
        return _decode_wide(data, encoding, lenient=lenient, findings=findings)
    if b"\0" in data:
        line = _line_of(data, data.index(b"\0"))
        findings.add("E312", f"it holds binary data (a zero byte at line {line})", fix=_AS_CSV)
        raise findings.error()
    if data.startswith(codecs.BOM_UTF8):
        findings.notes.append("it starts with a byte order mark (BOM), which was skipped")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        byte, line = data[error.start], _line_of(data, error.start)
        message = f"it is not UTF-8 text: byte 0x{byte:02X} at line {line}"
        findings.add("E310", message, fix=f'save it as "CSV UTF-8", or   {_AS_CSV}')
        return data.decode("latin-1")


def _no_table(data: bytes, n_rows: int) -> tuple[str, str, str] | None:
    """Code, message and fix for what is no table of text at all."""
    if len(data) > MAX_BYTES:
        size, cap = len(data) // 2**20, MAX_BYTES // 2**20
        return "E311", f"it has {size} MiB, at most {cap} MiB are read", "only the asked columns, one row per id"
    if not data.strip():
        return "E312", "it is empty", _AS_CSV
    for magic, kind in _FILES_BY_MAGIC.items():
        if data.startswith(magic):
            if b"xl/" in data[:4096] or b"[Content_Types].xml" in data[:4096]:
                kind = "an Excel workbook (.xlsx)"
            return "E312", f"it is {kind}, not a CSV file", _AS_CSV
    raw = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero((raw == ord("\n")) | (raw == ord("\r")))
    if len(ends) > 10 * n_rows + _SPARE_LINES:
        return "E311", f"it has {len(ends)} line ends for {n_rows} rows", "only the asked columns, one row per id"
    if np.diff(ends, prepend=-1, append=len(data)).max() > _MAX_LINE_BYTES:
        return "E312", f"it has a line of more than {_MAX_LINE_BYTES // 2**20} MiB", _AS_CSV
    return None


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


def _decode_wide(data: bytes, encoding: str, *, lenient: bool, findings: Findings) -> str:
    name = encoding[:6].upper()
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        findings.add("E312", f"it begins as {name} text and goes on as something else", fix=_AS_CSV)
        raise findings.error() from None
    if "\0" in text:
        findings.add("E312", "it holds binary data (zero characters)", fix=_AS_CSV)
        raise findings.error()
    if lenient and name == "UTF-16":
        findings.notes.append("it was read as UTF-16")
    else:
        file = json.dumps(findings.name, ensure_ascii=False)
        fix = f'pd.read_csv({file}, encoding="{encoding}", dtype=str).to_csv({file}, index=False)'
        fix += '   or save it from Excel as "CSV UTF-8"'
        fix += "   or your teacher can allow it   (lenient = true)" if name == "UTF-16" else ""
        findings.add("E310", f"it is {name} text, not UTF-8", fix=fix)
    return text


def _line_of(data: bytes, position: int) -> int:
    return data.count(b"\n", 0, position) + 1
