"""Find data files in the data home or the cache, or download them into the cache; nothing unverified is handed out."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from kit.disk import disk_errors
from kit.errors import DataError, Problem
from kit.source.base import OnProgress
from kit.source.homes import cache_home, data_home

TIMEOUT_S = 20.0  # without one byte, not for the whole file
CHUNK_BYTES = 1 << 18
SECONDS_BETWEEN_LINES = 0.2
_SHA256_DIGITS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFile:
    """A published file.

    Parameters
    ----------
    name
        File name.
    urls
        Where it is published, the first one first.
    size
        In bytes.
    md5, sha256
        In hex, what is published of the two: publishers of data sets give the one, those of weights the other. Of
        sha256 these may be the first digits only; then they alone are compared. Guards against damage, logins that
        answer instead of the server, and old versions.
    size_within
        Bytes by which the size may differ, where it is published as a rounded number.
    """

    name: str
    urls: tuple[str, ...]
    size: int
    md5: str = ""
    sha256: str = ""
    size_within: int = 0

    @property
    def fingerprint(self) -> str:
        """``1,234 bytes, md5 …``, for messages."""
        about = "about " if self.size_within else ""
        sha256 = self.sha256 + "…" * (0 < len(self.sha256) < _SHA256_DIGITS)
        sums = (("md5", self.md5), ("sha256", sha256))
        return ", ".join([f"{about}{self.size:,} bytes", *(f"{name} {value}" for name, value in sums if value)])


class _UnreachableError(Exception):
    """No server answered."""


class _FailedError(Exception):
    """A server answered, and not with the file."""


class _WrongBytesError(Exception):
    """A file came, and is another one."""


def fetch(files: Sequence[RemoteFile], folder: str, *, on_progress: OnProgress) -> list[Path]:
    """Verified files of these names, in this order.

    Parameters
    ----------
    files
        What is needed.
    folder
        Where they lie below the data home and below the cache home: ``torchvision/MNIST/raw``.
    on_progress
        Called with a line of text several times a second while a download goes on.

    Raises
    ------
    DataError
        E501 if files are missing and no server answers; E502 if a file is not the published one; E503 if a server
        answers with an error, or stops in the middle.
    StorageError
        E703, E706 if the cache can't be written.
    """
    paths = {file: _find(file, folder) for file in files}
    missing = [file for file, path in paths.items() if path is None]
    target = cache_home() / folder
    for file in missing:
        try:
            paths[file] = _download(file, target, on_progress)
        except _UnreachableError as error:
            left = [each for each in missing if paths[each] is None]
            raise _no_network(left, folder, target, str(error)) from None
    return [path for path in paths.values() if path is not None]


def is_right(path: Path, file: RemoteFile) -> bool:
    """Whether the bytes at `path` are the published ones."""
    if abs(path.stat().st_size - file.size) > file.size_within:
        return False
    with path.open("rb") as opened:
        if file.sha256:
            return hashlib.file_digest(opened, "sha256").hexdigest().startswith(file.sha256)
        return hashlib.file_digest(opened, _md5).hexdigest() == file.md5


def _md5() -> hashlib._Hash:
    return hashlib.md5(usedforsecurity=False)


def _find(file: RemoteFile, folder: str) -> Path | None:
    home = data_home()
    path = home / folder / file.name if home else None
    if path and path.is_file():
        if not is_right(path, file):
            raise _other_file(file, str(path), "get the file again, or delete it and let the kit download it")
        return path
    path = cache_home() / folder / file.name
    return path if path.is_file() and is_right(path, file) else None  # a wrong one of our own is replaced


def _download(file: RemoteFile, target: Path, on_progress: OnProgress) -> Path:
    """Try one address after the other. Of several failures the one is told that says most."""
    failures: list[Exception] = []
    for url in file.urls:
        try:
            with _partial_file(target, file) as partial:
                _receive(url, file, partial, on_progress)
        except (_UnreachableError, _FailedError, _WrongBytesError) as error:
            failures.append(error)
        else:
            return target / file.name
    for failure in failures:
        if isinstance(failure, _WrongBytesError):
            fix = "try again; a network that asks for a login may have answered instead"
            raise _other_file(file, str(failure), fix)
        if isinstance(failure, _FailedError):
            raise _failed(file, str(failure), target)
    raise failures[-1]


def _receive(url: str, file: RemoteFile, partial: Path, on_progress: OnProgress) -> None:
    done, told = 0, 0.0
    with partial.open("wb") as opened:
        for chunk in _chunks(url, file.size + file.size_within):
            opened.write(chunk)
            done += len(chunk)
            if time.monotonic() - told > SECONDS_BETWEEN_LINES:
                on_progress(f"downloading {file.name}   {done / 1e6:.1f} of {file.size / 1e6:.1f} MB")
                told = time.monotonic()
    if not is_right(partial, file):
        raise _WrongBytesError(url)


def _chunks(url: str, enough: int) -> Iterator[bytes]:
    """What is at `url`, at most a chunk more than `enough` bytes."""
    import http.client
    import urllib.error
    import urllib.request

    done = 0
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:  # noqa: S310 - addresses are ours
            promised = int(answer.headers.get("Content-Length") or 0)
            while done <= enough and (chunk := answer.read(CHUNK_BYTES)):
                done += len(chunk)
                yield chunk
    except urllib.error.HTTPError as error:
        error.close()
        raise _FailedError(f"{url} answered {error.code} {error.reason}") from None
    except urllib.error.URLError as error:
        kind = _FailedError if type(error.reason).__module__ == "ssl" else _UnreachableError
        raise kind(f"{url}: {error.reason}") from None
    except (http.client.HTTPException, OSError, ValueError) as error:
        raise _FailedError(f"{url} stopped in the middle: {error!r}") from None
    if done < min(promised, enough):
        raise _FailedError(f"{url} stopped after {done:,} of {promised:,} bytes")


@contextmanager
def _partial_file(target: Path, file: RemoteFile) -> Iterator[Path]:
    """A file beside the final one, which takes its name when the block ends well and is gone otherwise."""
    with disk_errors(target):
        target.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=target)
        os.close(number)
        try:
            yield Path(name)
            Path(name).replace(target / file.name)
        finally:
            with suppress(OSError):
                Path(name).unlink(missing_ok=True)


def _other_file(file: RemoteFile, where: str, fix: str) -> DataError:
    return DataError(
        Problem(
            code="E502",
            message=f"{file.name} is not the published file",
            where=where,
            expected=file.fingerprint,
            got="other bytes",
            fix=fix,
        )
    )


def _failed(file: RemoteFile, detail: str, target: Path) -> DataError:
    fix = f"try again later, or put {file.name} into   {target}"
    return DataError(Problem(code="E503", message=f"{file.name} could not be downloaded", where=detail, fix=fix))


def _no_network(files: Sequence[RemoteFile], folder: str, target: Path, detail: str) -> DataError:
    count = f"{len(files)} files are" if len(files) > 1 else "1 file is"
    problem = Problem(
        code="E501",
        message=f"{count} missing, and no server answers",
        where=detail,
        fix=f"put them into   {target}\nor set KIT_DATA_HOME to a folder that has them in   {folder}",
    )
    parts = [Problem(code="E501", message=f"{file.name}   {file.fingerprint}", where=file.urls[0]) for file in files]
    return DataError(problem, parts)
