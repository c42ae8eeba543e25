"""A plugin as bytes: the canonical tar that is kept, hashed and run. Its sha256 is the submission.

The same files give the same bytes wherever they are packed: names sorted, no times, owners or modes. Only regular
files are read, and nothing in them is executed, imported or compiled.
"""

from __future__ import annotations

import io
import os
import stat
import tarfile
import unicodedata
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from kit.errors import PluginError, Problem

MAX_FILES = 500
MAX_DEPTH = 8
MAX_FILE_BYTES = 32 << 20
MAX_TOTAL_BYTES = 64 << 20
MAX_NAME_BYTES = 200
LEFT_OUT = {
    "__pycache__",
    ".git",
    ".hg",
    ".svn",
    ".venv",
    ".ipynb_checkpoints",
    ".mypy_cache",
    ".ruff_cache",
    ".DS_Store",
}


def pack(path: Path) -> bytes:
    """The plugin at `path` as a canonical tar. A single file becomes ``plugin.py``.

    Raises
    ------
    PluginError
        E106 if there is no ``plugin.py``; E109, with a part for each file that can't be taken in.
    """
    files = files_of(path)
    if "plugin.py" not in files:
        raise PluginError(Problem(code="E106", message=f"there is no {path.as_posix()}/plugin.py", where=str(path)))
    problems = list(_name_problems(files))
    contents, total = {}, 0
    for name, file in [] if problems else files.items():
        data = read_file(file, name)
        if isinstance(data, Problem):
            problems.append(data)
            continue
        total += len(data)
        contents[name] = data
        if total > MAX_TOTAL_BYTES:
            problems.append(_problem(path.as_posix(), f"is larger than {MAX_TOTAL_BYTES >> 20} MiB altogether"))
            break
    if problems:
        raise PluginError(problems[0], problems if len(problems) > 1 else ())
    return _tar(contents)


def packed(contents: dict[str, bytes]) -> bytes:
    """As `pack`, of files that are in memory: name -> content.

    Raises
    ------
    PluginError
        E106, E109.
    """
    if "plugin.py" not in contents:
        raise PluginError(Problem(code="E106", message="there is no plugin.py", where="plugin.py"))
    problems = list(_name_problems(contents))
    problems += [_problem(ascii(name), "is too large") for name, data in contents.items() if len(data) > MAX_FILE_BYTES]
    if sum(map(len, contents.values())) > MAX_TOTAL_BYTES:
        problems.append(_problem("the plugin", f"is larger than {MAX_TOTAL_BYTES >> 20} MiB altogether"))
    if problems:
        raise PluginError(problems[0], problems if len(problems) > 1 else ())
    return _tar(contents)


def files_of(path: Path) -> dict[str, Path]:
    """What `pack` takes in of the plugin at `path`, by its name in the archive. A single file is ``plugin.py``."""
    return {"plugin.py": path} if path.is_file() else {name: file for name, file, is_in in _walk(path) if is_in}


def size_of_files(archive: bytes) -> int:
    """Bytes of the files in an archive of `pack`, without what a tar puts around them. Raises as `unpack` does."""
    return sum(map(len, read_archive(archive).values()))


def left_out(path: Path) -> tuple[str, ...]:
    """What `pack` leaves out: caches, version control, virtual environments. For the line that says so."""
    return () if path.is_file() else tuple(name for name, _, is_in in _walk(path) if not is_in)


def unpack(data: bytes, folder: Path) -> None:
    """Write the files of a canonical tar into `folder`, which is made.

    Raises
    ------
    PluginError
        E109 if `data` is nothing that `pack` could have made. Nothing was written then.
    """
    contents = read_archive(data)
    for name, content in contents.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("xb") as stream:
            stream.write(content)


def read_archive(data: bytes) -> dict[str, bytes]:
    """Names and contents of a canonical tar. Raises as `unpack` does."""
    if len(data) > 2 * MAX_TOTAL_BYTES:
        raise PluginError(_problem("the archive", "is too large"))
    contents: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            while (member := archive.next()) is not None:
                if not member.isreg() or member.sparse is not None or len(contents) >= MAX_FILES:
                    raise PluginError(_problem(ascii(member.name), "is no regular file, or one too many"))
                stream = archive.extractfile(member)
                contents[member.name] = stream.read() if stream is not None else b""
    except (tarfile.TarError, OSError, ValueError, UnicodeError) as error:
        raise PluginError(_problem("the archive", f"can't be read: {error}")) from None
    if problems := list(_name_problems(contents)):
        raise PluginError(problems[0], problems)
    if _tar(contents) != data or "plugin.py" not in contents:
        raise PluginError(_problem("the archive", "is not in its canonical form"))
    return contents


def read_file(file: Path, name: str) -> bytes | Problem:
    """The bytes of a regular file, or E109. Follows no link and waits for no pipe; `name` is for the message."""
    # Links are told before the file is opened, and O_NOFOLLOW keeps it so; O_NONBLOCK does not wait for a FIFO.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        mode = file.lstat().st_mode
        if stat.S_ISDIR(mode):  # `_walk` did not enter it
            return _problem(name, f"is a folder that can't be read, or lies deeper than {MAX_DEPTH} folders")
        if not stat.S_ISREG(mode):
            return _problem(name, "is a link or no regular file")
        descriptor = os.open(file, flags)
    except OSError as error:
        return _problem(name, f"can't be read: {error.strerror}")
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return _problem(name, "is a link or no regular file")
        data = stream.read(MAX_FILE_BYTES + 1)
    return data if len(data) <= MAX_FILE_BYTES else _problem(name, f"is larger than {MAX_FILE_BYTES >> 20} MiB")


def _walk(folder: Path) -> Iterator[tuple[str, Path, bool]]:
    """(name, path, taken in) of everything in `folder`; what is left out is named once and not entered."""
    pending = [folder]
    while pending:
        here = pending.pop()
        try:
            entries = sorted(here.iterdir())
        except OSError:  # `pack` tells when it reads it
            entries = []
            yield here.relative_to(folder).as_posix(), here, True
        for entry in entries:
            name = entry.relative_to(folder).as_posix()
            if entry.name in LEFT_OUT or entry.suffix == ".pyc" or (entry / "pyvenv.cfg").is_file():
                yield name, entry, False
            elif entry.is_dir() and not entry.is_symlink() and name.count("/") < MAX_DEPTH:
                pending.append(entry)
            else:
                yield name, entry, True


def _name_problems(files: dict[str, Path] | dict[str, bytes]) -> Iterator[Problem]:
    if len(files) > MAX_FILES:
        what = f"holds {len(files)} files, more than {MAX_FILES}"
        yield _problem("the folder", what, fix="keep data and results in another folder")
        return
    seen: dict[str, str] = {}
    for name in sorted(files):
        parts = PurePosixPath(name).parts
        if name.startswith("/") or ".." in parts or "\\" in name or ":" in name or name != "/".join(parts):
            yield _problem(ascii(name), "is a name that leads out of the folder")
        elif (
            any(unicodedata.category(c)[0] == "C" for c in name) or len(name.encode(errors="replace")) > MAX_NAME_BYTES
        ):
            yield _problem(ascii(name), "is a name with control characters, or too long")
        elif len(parts) > MAX_DEPTH:
            yield _problem(ascii(name), f"lies deeper than {MAX_DEPTH} folders")
        folded = unicodedata.normalize("NFC", name).casefold()
        if folded in seen:
            yield _problem(ascii(name), f"differs from {seen[folded]!a} only in case or in the form of its letters")
        seen[folded] = name


def _tar(contents: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name in sorted(contents):
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(contents[name]), 0o644
            archive.addfile(info, io.BytesIO(contents[name]))
    return packed.getvalue()


def _problem(name: str, what: str, *, fix: str = "remove or rename it") -> Problem:
    return Problem(
        code="E109",
        message=f"{name} {what}",
        where=name,
        why="A plugin is taken in as plain files, and exactly these bytes are what runs.",
        fix=fix,
    )
