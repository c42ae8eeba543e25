"""Bodies of requests on their way to the disk: capped, counted, and never whole in memory."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from kit.errors import ParticipantVisibleError
from leaderboard.web.words import refusals

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request

MAX_BYTES = 128 << 20  # what a plugin may hold, and what is read of the longest file of answers
NAME_LENGTH = 120
_FORM_ROOM = 64 << 10


class TooLargeError(ParticipantVisibleError):
    """E311: more bytes than are read."""

    def __init__(self, limit: int) -> None:
        super().__init__(refusals.too_large(limit / 2**20))


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that arrived. `name` is how the sender calls it; `path` is gone after the request."""

    name: str
    path: Path
    size: int
    fields: dict[str, str]


def announced(request: Request, *, limit: int = MAX_BYTES) -> int:
    """How many bytes are to come; as many as are read, where the request does not say so.

    Raises
    ------
    TooLargeError
        E311.
    """
    length = request.headers.get("content-length")
    if length is None:
        return limit
    if not length.isdecimal() or int(length) > limit + _FORM_ROOM:
        raise TooLargeError(limit)
    return int(length)


@asynccontextmanager
async def received(request: Request, folder: Path, *, limit: int = MAX_BYTES) -> AsyncIterator[Upload]:
    """The body of `request` as a file: a form with a field ``file``, or the bytes themselves.

    Raises
    ------
    TooLargeError
        E311.
    ParticipantVisibleError
        E312 if there is no file in it.
    """
    announced(request, limit=limit)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / os.urandom(16).hex()
    try:
        if request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
            yield await _of_form(request, path, limit)
        else:
            yield await _of_body(request, path, limit)
    finally:
        with suppress(FileNotFoundError):
            path.unlink()


async def _of_body(request: Request, path: Path, limit: int) -> Upload:
    size = 0
    with path.open("xb") as file:
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                raise TooLargeError(limit)
            file.write(chunk)
    name = unquote(request.headers.get("x-filename", "")) or "answers.csv"
    return Upload(name=plain_name(name), path=path, size=size, fields={})


async def _of_form(request: Request, path: Path, limit: int) -> Upload:
    """The first file of a form, and its fields. The parser of forms caps neither files nor their sum; we do."""
    from starlette.datastructures import UploadFile

    async with capped(request, limit).form(max_files=1, max_fields=20) as form:
        fields = plain_fields(form)
        file = next((value for value in form.values() if isinstance(value, UploadFile)), None)
        if file is None or not file.filename:
            raise ParticipantVisibleError(refusals.NO_FILE)
        size = 0
        with path.open("xb") as target:
            while chunk := await file.read(1 << 20):
                size += len(chunk)
                if size > limit:
                    raise TooLargeError(limit)
                target.write(chunk)
        return Upload(name=plain_name(file.filename), path=path, size=size, fields=fields)


def capped(request: Request, limit: int) -> Request:
    """The same request, whose body raises `TooLargeError` E311 where it is longer than files of `limit` bytes."""
    from starlette.requests import Request as Reader

    arrived = 0

    async def counted() -> object:
        nonlocal arrived
        message = await request.receive()
        arrived += len(message.get("body", b""))
        if arrived > limit + _FORM_ROOM:
            raise TooLargeError(limit)
        return message

    return Reader(request.scope, counted)  # type: ignore[arg-type]


def plain_fields(form: FormData) -> dict[str, str]:
    """What was typed into a form. A form may name an encoding that makes half characters, which nothing can hold."""
    return {key: value.encode(errors="replace").decode() for key, value in form.items() if isinstance(value, str)}


def plain_name(name: str) -> str:
    """The last part of a name of the sender's, without what can't be printed."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in last).strip()
    return shown[-NAME_LENGTH:] or "file"
