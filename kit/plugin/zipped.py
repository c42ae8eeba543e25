"""A plugin that came as a zip: its regular files, read in memory under the same caps as a folder's."""

from __future__ import annotations

import io
import lzma
import stat
import zipfile
import zlib
from pathlib import PurePosixPath

from kit.errors import PluginError, Problem
from kit.plugin.archive import LEFT_OUT, MAX_FILE_BYTES, MAX_FILES, MAX_TOTAL_BYTES

_MOST_ENTRIES = 5000
_ENTRY = b"PK\x01\x02"  # how every line of a zip's directory begins
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    NotImplementedError,
    RuntimeError,
    EOFError,
    ValueError,
    OSError,
    IndexError,  # of a file without a name
)


def read_zip(data: bytes) -> dict[str, bytes]:
    """Names and contents of the files in a zip, for `kit.plugin.archive.packed`.

    Caches, version control and what macOS adds are left out. One folder around everything is taken off: that is what
    "compress this folder" makes.

    Raises
    ------
    PluginError
        E109: links, encrypted files, more or larger files than a plugin may have; E106 if there is no ``plugin.py``.
    """
    if data.count(_ENTRY) > _MOST_ENTRIES:  # zipfile reads all of the directory, an object for each line
        raise PluginError(_problem("the zip", f"holds far more than {MAX_FILES} files"))
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            contents = _contents(archive)
    except _UNREADABLE as error:
        raise PluginError(_problem("the zip", f"can't be read: {error}")) from None
    return _without_folder(contents)


def holds_python(data: bytes) -> bool:
    """Whether these bytes are a zip with a Python file in it, and so meant as a plugin."""
    if not data.startswith(b"PK\x03\x04"):
        return False
    if data.count(_ENTRY) > _MOST_ENTRIES:
        return b".py" in data  # enough to say that it holds too much for a plugin
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return any(item.filename.rpartition("/")[2].endswith(".py") for item in archive.infolist())
    except _UNREADABLE:
        return False


def _contents(archive: zipfile.ZipFile) -> dict[str, bytes]:
    members = [item for item in archive.infolist() if not item.is_dir()]
    if len(members) > _MOST_ENTRIES:
        raise PluginError(_problem("the zip", f"holds {len(members)} files, more than {MAX_FILES}"))
    members = [item for item in members if not _is_left_out(item.filename)]
    if len(members) > MAX_FILES:
        raise PluginError(_problem("the zip", f"holds {len(members)} files, more than {MAX_FILES}"))
    contents: dict[str, bytes] = {}
    total = 0
    for item in members:
        mode = item.external_attr >> 16
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG) or item.flag_bits & 1:
            raise PluginError(_problem(ascii(item.filename), "is a link, encrypted, or no regular file"))
        if item.filename in contents:
            raise PluginError(_problem(ascii(item.filename), "is in the zip twice"))
        with archive.open(item) as stream:  # what the directory says of sizes is not believed
            content = stream.read(MAX_FILE_BYTES + 1)
        total += len(content)
        if len(content) > MAX_FILE_BYTES or total > MAX_TOTAL_BYTES:
            caps = MAX_FILE_BYTES >> 20, MAX_TOTAL_BYTES >> 20
            what = f"is larger than {caps[0]} MiB, or makes the zip larger than {caps[1]} MiB"
            raise PluginError(_problem(ascii(item.filename), what))
        contents[item.filename] = content
    return contents


def _is_left_out(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return any(part in LEFT_OUT or part == "__MACOSX" or part.startswith("._") for part in parts) or name.endswith(
        ".pyc"
    )


def _without_folder(contents: dict[str, bytes]) -> dict[str, bytes]:
    if "plugin.py" in contents:
        return contents
    folders = {name.partition("/")[0] for name in contents}
    if len(folders) == 1 and f"{next(iter(folders))}/plugin.py" in contents:
        return {name.partition("/")[2]: content for name, content in contents.items()}
    if len(contents) == 1 and (name := next(iter(contents))).endswith(".py"):
        return {"plugin.py": contents[name]}
    found = ", ".join(sorted(contents)[:5]) or "nothing"
    raise PluginError(
        Problem(code="E106", message="there is no plugin.py in the zip", got=found, expected="plugin.py", where="zip")
    )


def _problem(name: str, what: str) -> Problem:
    return Problem(
        code="E109",
        message=f"{name} {what}",
        where=name,
        why="A plugin is taken in as plain files, and exactly these bytes are what runs.",
        fix="zip the plugin's folder alone, without data and results",
    )
