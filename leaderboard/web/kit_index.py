"""``/kit/``: the wheels in the workspace's folder ``wheels``, as pip and uv read them with ``--find-links``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from leaderboard.web.words import pages as words

if TYPE_CHECKING:
    from packaging.tags import Tag

FOLDER = "wheels"
OURS = "competition-kit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    """One wheel. `platforms` are words for whom it is; empty where it is for all.

    `minor` is the 12 of the only Python that it is for, 3.12; None where it is for all, 0 where for none of ours.
    """

    file: str
    name: str
    version: str
    sha256: str
    size: int
    platforms: tuple[str, ...]
    minor: int | None = None


def wheels(folder: Path) -> tuple[Wheel, ...]:
    """The wheels in `folder`, by name; what is no wheel, or has no wheel's name, is left out."""
    files = sorted(folder.glob("*.whl")) if folder.is_dir() else []
    found = (_wheel(path) for path in files if path.is_file() and not path.is_symlink())
    return tuple(wheel for wheel in found if wheel is not None)


def _wheel(path: Path) -> Wheel | None:
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    try:
        name, version, _, tags = parse_wheel_filename(path.name)
    except InvalidWheelFilename:
        return None
    stat = path.stat()
    words = tuple(sorted({word for tag in tags if (word := _platform(tag.platform))}))
    return Wheel(
        file=path.name,
        name=name,
        version=str(version),
        sha256=_digest(path, stat.st_size, stat.st_mtime_ns),
        size=stat.st_size,
        platforms=words,
        minor=_minor(tags),
    )


def _minor(tags: Iterable[Tag]) -> int | None:
    """Which Python 3 a wheel is for; those that are built without its lock (``cp313t``) fit none of the usual ones."""
    exact = [tag for tag in tags if tag.interpreter.startswith("cp3") and tag.abi != "abi3"]
    if not exact:
        return None
    minor = exact[0].interpreter.removeprefix("cp3")
    return int(minor) if minor.isdecimal() and not exact[0].abi.endswith("t") else 0


@lru_cache(maxsize=1000)
def _digest(path: Path, size: int, changed_ns: int) -> str:  # noqa: ARG001 - a changed file is another key
    with path.open("rb") as file:
        digest = sha256()
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def _platform(tag: str) -> str:
    """``Windows (x86-64)``; empty for a wheel that runs everywhere."""
    if tag == "any":
        return ""
    system = next(
        (word for part, word in (("win", "Windows"), ("macosx", "macOS"), ("linux", "Linux")) if tag.startswith(part)),
        "Linux" if "linux" in tag else tag,
    )
    machines = (
        ("x86_64", "x86-64"),
        ("amd64", "x86-64"),
        ("arm64", "ARM"),
        ("aarch64", "ARM"),
        ("universal2", words.ALL_MACHINES),
    )
    machine = next((word for part, word in machines if tag.endswith(part)), words.OTHER_MACHINES)
    return f"{system} ({machine})"


def served(found: Iterable[Wheel]) -> tuple[str, ...]:
    """Where the kit installs without internet: the platforms, and the Pythons, for which no wheel is missing."""
    found = tuple(found)
    if not any(wheel.name == OURS for wheel in found):
        return ()
    needed = {wheel.name for wheel in found} - {wheel.name for wheel in found if not wheel.platforms}
    minors = sorted({wheel.minor for wheel in found if wheel.minor})
    told = []
    for word in sorted(
        {word for wheel in found for word in wheel.platforms if not word.endswith(f"({words.ALL_MACHINES})")}
    ):
        of_word = [wheel for wheel in found if word in wheel.platforms or _is_wide(word, wheel)]
        fits = [m for m in minors if needed <= {wheel.name for wheel in of_word if wheel.minor in (None, m)}]
        if fits:
            told.append(words.with_python(word, [f"3.{minor}" for minor in fits]))
        elif not minors and needed <= {wheel.name for wheel in of_word}:
            told.append(word)
    return tuple(told)


def _is_wide(word: str, wheel: Wheel) -> bool:
    """Whether a wheel for all Macs fits a machine of one kind."""
    return f"{word.partition(' ')[0]} ({words.ALL_MACHINES})" in wheel.platforms


def install_line(address: str, *, tool: str = "pip") -> str:
    """The one line that installs the kit from this page without internet."""
    start = "uv pip install" if tool == "uv" else "python -m pip install"
    trusted = ""
    if tool == "pip" and address.startswith("http://"):  # pip asks for it where there is no certificate
        trusted = f" --trusted-host {address.partition('://')[2].partition('/')[0].partition(':')[0]}"
    return f"{start} --no-index --find-links {address}/kit/{trusted} {OURS}"
