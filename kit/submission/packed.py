"""Files inside of archives: ``.gz``, and ``.zip`` with one member (E311, E312, E316).

Nothing is unpacked to disk, and no more than a limit into memory: an archive of 42 kB may hold petabytes.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Sequence
from typing import NoReturn

from kit.submission.findings import Findings, counted, listed, shown
from kit.submission.text import too_large

GZIP = b"\x1f\x8b"
ZIP = (b"PK\x03\x04", b"PK\x05\x06")  # the second is of an empty one
_MAX_MEMBERS = 1000
_ENTRY = b"PK\x01\x02"
_PIECE = 2**20
_FIX = "one CSV file, as it is or as   preds.csv.gz"
# What the standard library raises of archives that somebody made, in whatever way they are wrong.
_DAMAGED = (zipfile.BadZipFile, zlib.error, struct.error, ValueError, LookupError, OSError, EOFError, RuntimeError)
_WORKBOOK = ("[Content_Types].xml", "mimetype")  # of Office, of OpenDocument


def unpacked(data: bytes, *, limit: int, findings: Findings) -> bytes:
    """The file in an archive, with a note; other files as they are.

    Parameters
    ----------
    data
        The file as it was handed in.
    limit
        Most bytes that it may hold.
    findings
        Where problems and notes go.

    Raises
    ------
    ParticipantVisibleError
        E301, if it is an archive and can't be unpacked to that many bytes.
    """
    if data.startswith(GZIP):
        findings.notes.append("it was unpacked (gzip)")
        return _gunzipped(data, limit, findings)
    if data.startswith(ZIP):
        infos = members(data, findings)
        if not are_arrays(infos) and not any(info.filename in _WORKBOOK for info in infos):
            return _unzipped(data, infos, limit, findings)
    return data


def are_arrays(infos: Sequence[zipfile.ZipInfo]) -> bool:
    """Whether the members of an archive are those of an ``.npz``."""
    return bool(infos) and all(info.filename.endswith(".npy") for info in infos)


def members(data: bytes, findings: Findings) -> list[zipfile.ZipInfo]:
    """What a zip archive holds, without folders; E312 or E316 where that can't be told."""
    if data.count(_ENTRY) > _MAX_MEMBERS:
        _refuse(findings, "E316", f"it is a zip archive of more than {_MAX_MEMBERS} files", _FIX)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
    except _DAMAGED:
        if b"xl/" in data[:4096] or b"[Content_Types].xml" in data[:4096]:
            return [zipfile.ZipInfo(_WORKBOOK[0])]  # half of one: it is told what it is
        _refuse(findings, "E312", "it begins as a zip archive and goes on as something else", _FIX)
    return [info for info in infos if not info.filename.endswith("/")]


def member(data: bytes, info: zipfile.ZipInfo, *, limit: int, findings: Findings) -> bytes:
    """One file of a zip archive, of not more than a number of bytes."""
    name = shown(info.filename)
    if info.flag_bits & 1:
        _refuse(findings, "E316", f"{name} in the archive has a password", _FIX)
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # the others unpack without a bound
        _refuse(findings, "E316", f"{name} in the archive is packed in a rare way", _FIX)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open(info) as opened:
            content = opened.read(limit + 1)
    except _DAMAGED:
        _refuse(findings, "E312", f"{name} in the archive is damaged", "make the archive again")
    if len(content) > limit:
        _refuse(findings, *too_large(limit))
    return content


def _gunzipped(data: bytes, limit: int, findings: Findings) -> bytes:
    written, rest = io.BytesIO(), memoryview(data)
    try:
        while rest:  # a file may have several parts, one behind the other
            unpacker = zlib.decompressobj(wbits=31)
            while rest and not unpacker.eof:
                written.write(unpacker.decompress(rest[:_PIECE], limit + 1 - written.tell()))
                if written.tell() > limit:
                    _refuse(findings, *too_large(limit))
                rest = rest[len(rest[:_PIECE]) - len(unpacker.unconsumed_tail) - len(unpacker.unused_data) :]
            if not unpacker.eof:
                _refuse(findings, "E312", "it ends in the middle of its gzip archive", "copy or send it again")
    except zlib.error:
        _refuse(findings, "E312", "it begins as a gzip archive and goes on as something else", _FIX)
    return written.getvalue()


def _unzipped(data: bytes, infos: Sequence[zipfile.ZipInfo], limit: int, findings: Findings) -> bytes:
    own = [info for info in infos if not info.filename.startswith("__MACOSX/")]
    if len(own) != 1:
        names = f": {listed([shown(info.filename) for info in own])}" if own else ""
        _refuse(findings, "E316", f"it is a zip archive of {counted(len(own), 'file', 'files')}{names}", _FIX)
    content = member(data, own[0], limit=limit, findings=findings)
    more = ", beside what macOS adds" if len(infos) > 1 else ""
    findings.notes.append(f"{shown(own[0].filename)} was unpacked from the archive{more}")
    return content


def _refuse(findings: Findings, code: str, message: str, fix: str) -> NoReturn:
    findings.add(code, message, fix=fix)
    raise findings.error()
