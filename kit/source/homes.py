"""Where data files are looked for, and where downloaded ones are kept."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path


def data_home() -> Path | None:
    """``KIT_DATA_HOME``: a mirror of data files that the kit reads and never writes to; None where there is none."""
    folder = os.environ.get("KIT_DATA_HOME")
    return Path(folder) if folder else None


def cache_home() -> Path:
    """``KIT_CACHE_HOME``, or the user's cache folder: what was downloaded and verified."""
    folder = os.environ.get("KIT_CACHE_HOME")
    if folder:
        return Path(folder)
    from platformdirs import user_cache_path

    return user_cache_path("competition-kit", appauthor=False)


def find(path: str, folder: Path) -> Path | None:
    """What ``[data] path`` names: beside the competition's file, else in the data home; None where neither has it."""
    places = (base / path for base in (folder, data_home()) if base is not None)
    return next((place for place in places if place.exists()), None)


def fingerprint(path: Path) -> str:
    """A hash of names, sizes and times of change of a file, or of every file below a folder.

    Not of their contents: it is asked for by every command that needs the data, and a folder of photos is large.
    """
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    lines = []
    for file in files:
        with suppress(FileNotFoundError):  # gone since it was listed, like what an editor or a download leaves behind
            state = file.stat()
            lines.append(f"{file.relative_to(path).as_posix()}\0{state.st_size}\0{state.st_mtime_ns}")
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()
