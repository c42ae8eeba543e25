"""Find files of pretrained weights on this computer, or download them; nothing unverified is handed out.

They are looked for in ``[weights]`` of ``kit.toml``, in ``weights/`` of the data home, in ``weights/`` of the cache,
and where torchvision keeps what it downloads. A file is read once to compute its sha256, which is noted with its size
and the time of its change, and believed until one of the two differs.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kit.source.base import OnProgress
from kit.source.fetch import RemoteFile, fetch
from kit.source.homes import cache_home, data_home
from kit.weights import Weights, preferred, weights

FOLDER = "weights"
_ROUNDED_BYTES = 1 << 10  # sizes are told in thousandths of a MiB


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A file of weights on this computer, and the sha256 of its bytes."""

    path: Path
    sha256: str


def find(name: str, own: Mapping[str, str] | None = None) -> Kept | None:
    """The verified file of the weights `name`; None where there is none on this computer.

    Parameters
    ----------
    name
        One of `kit.weights.known`, or like one.
    own
        ``[weights]`` of ``kit.toml``: name -> file.
    """
    wanted = weights(name)
    if wanted is None:
        return None
    for path in places(wanted, own):
        if (found := kept(path)) is not None and found.sha256.startswith(wanted.sha256):
            return found
    return None


def on_this_computer(names: Iterable[str], own: Mapping[str, str] | None = None) -> dict[str, str]:
    """Those of `names` that are here, the most accurate first: name -> file."""
    known = [name for name in names if weights(name) is not None]
    found = ((name, find(name, own)) for name in preferred(known))
    return {name: str(file.path) for name, file in found if file is not None}


def places(wanted: Weights, own: Mapping[str, str] | None = None) -> Iterator[Path]:
    """Where the file may lie, in the order in which it is looked for."""
    if wanted.name in (own or {}):
        yield Path((own or {})[wanted.name]).expanduser()
    if wanted.file:
        home = data_home()
        if home is not None:
            yield home / FOLDER / wanted.file
        yield target() / wanted.file
        yield _torch_home() / "hub" / "checkpoints" / wanted.file


def target() -> Path:
    """The folder that they are downloaded into."""
    return cache_home() / FOLDER


def download(wanted: Weights, *, on_progress: OnProgress) -> Path:
    """Get the file from where it is published, into the cache.

    Raises
    ------
    DataError
        As `kit.source.fetch.fetch`.
    StorageError
        E703, E706 if the cache can't be written.
    """
    file = RemoteFile(
        name=wanted.file,
        urls=wanted.urls,
        size=round(wanted.size_mib * 2**20),
        size_within=_ROUNDED_BYTES,
        sha256=wanted.sha256,
    )
    return fetch([file], FOLDER, on_progress=on_progress)[0]


def _torch_home() -> Path:
    """As `torch.hub` says it: ``TORCH_HOME``, or ``torch`` in the user's cache."""
    cache = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    return Path(os.environ.get("TORCH_HOME", f"{cache}/torch")).expanduser()


def kept(path: Path) -> Kept | None:
    """The file with its sha256, which is computed when the file is new or has changed."""
    try:
        path = path.resolve(strict=True)
        state = path.stat()
    except OSError:  # not there, or not for us
        return None
    mark = f"{state.st_size} {state.st_mtime_ns}"
    noted = _notes().get(str(path), "")
    if noted.startswith(f"{mark} "):
        return Kept(path=path, sha256=noted.rpartition(" ")[2])
    try:
        with path.open("rb") as opened:
            sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError:
        return None
    _note(str(path), f"{mark} {sha256}")
    return Kept(path=path, sha256=sha256)


def _notes() -> dict[str, str]:
    with suppress(OSError, ValueError):
        notes = json.loads((target() / "seen.json").read_bytes())
        if isinstance(notes, dict):
            return {str(path): str(note) for path, note in notes.items()}
    return {}


def _note(path: str, note: str) -> None:
    """Keep a note. Where that can't be done the file is read again next time, and nothing is wrong."""
    with suppress(OSError):
        target().mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(prefix=".seen.", dir=target())
        with os.fdopen(number, "w", encoding="utf-8") as file:
            json.dump(_notes() | {path: note}, file)
        Path(name).replace(target() / "seen.json")
