"""``folder``: photos in a folder for each class, or named in a table of labels.

::

    photos/chihuahua/1.jpg            classes are folders, whatever lies deeper
    photos/train/chihuahua/1.jpg      ... below train, test and maybe valid, which ``official`` keeps apart
    photos/labels.csv                 or a table: path (or file), label, and the column that [split] names

Every photo is decoded once, and kept as bytes in the cache home under the hash of its content: another split, another
workspace, or a photo more costs no second decoding. The rows come in an order drawn from the salt and the content, so
that neither place nor number tells a class, and moving a file changes nothing.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import tempfile
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from kit.dataset import Images
from kit.disk import disk_errors
from kit.errors import DataError, MetricError, Problem
from kit.source.base import OnProgress, Rows
from kit.source.homes import cache_home, find
from kit.source.photo import CHANNELS, UnusableError, decode

if TYPE_CHECKING:
    from kit.competition import Competition, Split

FORMAT = 1  # of the cache, and of what `decode` makes of a photo
MAX_FILE_BYTES = 256 << 20
TELL_EVERY = 200  # photos
_SIDES = {"train": "train", "valid": "valid", "val": "valid", "validation": "valid", "test": "test"}
_IGNORED = ("thumbs.db", "desktop.ini", "__macosx")
_T = TypeVar("_T")
_R = TypeVar("_R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """A file that may be a photo: where it is, what it shows, and what the column of the split says of it."""

    path: Path
    label: str
    column: str = ""


def load(argument: str, competition: Competition, folder: Path, *, on_progress: OnProgress) -> Rows:  # noqa: ARG001
    """The photos below ``[data] path``, ``[data] size`` pixels a side.

    What can't be used is left out and listed, in `Rows.left_out` and to `on_progress`.

    Raises
    ------
    DataError
        E501 if the folder is not there; E505 if there is no photo in it, or a table of labels is not one.
    MetricError
        E603 if ``path`` or ``size`` is missing.
    """
    data = competition.data
    if data.path is None or data.size is None:
        raise MetricError(_missing_key("path" if data.path is None else "size"))
    root = _find(data.path, folder)
    on_progress(f"looking through {root.name}")
    photos, strays = _named(root, data.labels, competition.split) if data.labels else _in_folders(root)
    contents = dict(zip(photos, _in_threads(_digest, photos), strict=True))
    decoded, reasons = _decoded(photos, contents, data.size, on_progress)
    usable = [photo for photo in photos if contents[photo] in decoded.places]
    unusable = (p for p in photos if contents[p] not in decoded.places)
    left_out = (*strays, *(f"{p.path.relative_to(root).as_posix()} {reasons[contents[p]]}" for p in unusable))
    for line in left_out:
        on_progress(f"left out: {line}")
    if not usable:
        raise DataError(_no_photos(root, left_out))
    return _rows(usable, contents, decoded, competition, left_out)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decoded:
    """Photos by the hash of their content: `images[places[digest]]`."""

    images: Images
    places: dict[str, int]


def _rows(
    photos: Sequence[Photo],
    contents: dict[Photo, str],
    decoded: _Decoded,
    competition: Competition,
    left_out: tuple[str, ...],
) -> Rows:
    salt = competition.split.salt
    drawn = sorted(photos, key=lambda photo: (_draw(salt, contents[photo]), photo.path.as_posix()))
    classes = tuple(sorted({photo.label for photo in drawn}, key=_class_order))
    places = {name: i for i, name in enumerate(classes)}
    column = np.array([photo.column for photo in drawn])
    return Rows(
        storage=decoded.images[[decoded.places[contents[photo]] for photo in drawn]],
        y=np.array([places[photo.label] for photo in drawn], dtype=np.int64),
        ids=tuple(_numbered(contents[photo][:16] for photo in drawn)),  # copies are told apart by a number
        classes=classes,
        column=column if all(column) else None,
        left_out=left_out,
    )


def _find(path: str, folder: Path) -> Path:
    """The folder of photos: beside the competition's file, else in the data home."""
    found = find(path, folder)
    if found is not None and found.is_dir():
        return found
    fix = f"put a folder for each class into   {folder / path}\nor set KIT_DATA_HOME to a folder that has   {path}"
    why = "Its README.md says where they come from." if (folder / "README.md").is_file() else ""
    raise DataError(Problem(code="E501", message=f"the photos are missing: {path}", where=path, why=why, fix=fix))


def _in_folders(root: Path) -> tuple[list[Photo], list[str]]:
    """Photos whose class is their folder, and files that lie in none."""
    top = [entry for entry in _entries(root) if entry.is_dir()]
    sides = {entry: _SIDES.get(entry.name.lower(), "") for entry in top}
    if not all(sides.values()) or not {"train", "test"} <= set(sides.values()):
        sides = {root: ""}
    photos = [
        Photo(path=path, label=name.name, column=side)
        for folder, side in sides.items()
        for name in _entries(folder)
        if name.is_dir()
        for path in _files(name)
    ]
    loose = (entry for folder in {root, *sides} for entry in _entries(folder) if not entry.is_dir())
    return photos, [f"{entry.relative_to(root).as_posix()} lies in no folder of a class" for entry in loose]


def _named(root: Path, labels: str, split: Split) -> tuple[list[Photo], list[str]]:
    """Photos that a table names; what it names and is not there is left out."""
    file = root / labels
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(_bad_labels(file, f"can't be read: {error}")) from None
    rows = csv.DictReader(text.splitlines())
    names = rows.fieldnames or ()
    path_name = next((name for name in ("path", "file") if name in names), None)
    column = split.column or ("split" if split.method == "official" else None)
    if path_name is None or "label" not in names or (column and column not in names):
        wanted = ["path", "label", *filter(None, [column])]
        raise DataError(_bad_labels(file, f"has no columns {', '.join(wanted)}, but {', '.join(names) or 'none'}"))
    photos, strays = [], []
    for row in rows:
        path, label = root / (row[path_name] or ""), (row["label"] or "").strip()
        if reason := _not_there(path, label, root):
            strays.append(f"{row[path_name]} (line {rows.line_num} of {labels}) {reason}")
        else:
            said = (row[column] or "").strip() if column else ""
            photos.append(Photo(path=path, label=label, column=_SIDES.get(said.lower(), said)))
    return photos, strays


def _not_there(path: Path, label: str, root: Path) -> str:
    if not label:
        return "has no label"
    if not path.resolve().is_relative_to(root.resolve()):
        return "lies outside of the folder"
    return "" if path.is_file() else "is not there"


def _entries(folder: Path) -> list[Path]:
    """What lies in a folder, by name, without what systems leave there."""
    return sorted(
        path for path in folder.iterdir() if not path.name.startswith(".") and path.name.lower() not in _IGNORED
    )


def _files(folder: Path) -> Iterator[Path]:
    for entry in _entries(folder):
        if entry.is_symlink():
            continue  # a link may lead anywhere, also round in a circle
        if entry.is_dir():
            yield from _files(entry)
        elif entry.is_file():
            yield entry


def _decoded(
    photos: Sequence[Photo], contents: dict[Photo, str], size: int, on_progress: OnProgress
) -> tuple[_Decoded, dict[str, str]]:
    """Every content once, from the cache where it was decoded before, and why some can't be."""
    one_of = {contents[photo]: photo for photo in photos}
    wanted = sorted(one_of)
    folder = cache_home() / "photos" / hashlib.sha256(json.dumps([FORMAT, size, wanted]).encode()).hexdigest()
    with disk_errors(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        if not (folder / "reasons.json").is_file():
            _decode_all([one_of[digest].path for digest in wanted], wanted, size, folder, on_progress)
        reasons: dict[str, str] = json.loads((folder / "reasons.json").read_text(encoding="utf-8"))
        images: Images = np.load(folder / "X.npy", mmap_mode="r", allow_pickle=False)
    right = [digest for digest in wanted if digest not in reasons]
    return _Decoded(images=images, places={digest: i for i, digest in enumerate(right)}), reasons


def _decode_all(
    paths: Sequence[Path], digests: Sequence[str], size: int, folder: Path, on_progress: OnProgress
) -> None:
    """Decode photos into `folder`, which appears whole or not at all."""
    reasons: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix=".photos.", dir=folder.parent) as scratch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of damaged EXIF blocks, and of sizes that `decode` limits
        made = Path(scratch) / "made"
        made.mkdir()
        X = np.lib.format.open_memmap(
            made / "all.npy", mode="w+", dtype=np.uint8, shape=(max(len(paths), 1), CHANNELS, size, size)
        )
        n = 0
        results = _in_threads(lambda path: _attempt(path, size), paths)
        for i, (digest, result) in enumerate(zip(digests, results, strict=True), 1):
            if isinstance(result, str):
                reasons[digest] = result
            else:
                X[n] = result
                n += 1
            if i % TELL_EVERY == 0:
                on_progress(f"decoding photos   {i} of {len(paths)}")
        np.save(made / "X.npy", X[:n])
        del X
        (made / "all.npy").unlink()
        (made / "reasons.json").write_text(json.dumps(reasons), encoding="utf-8")
        if not folder.exists():  # another process may have been as quick: what it made is the same
            made.rename(folder)


def _attempt(path: Path, size: int) -> Images | str:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            return f"is larger than {MAX_FILE_BYTES >> 20} MiB"
        return decode(path.read_bytes(), size)
    except UnusableError as error:
        return str(error)
    except OSError as error:
        return f"can't be read: {error.strerror}"


def _digest(photo: Photo) -> str:
    """SHA-256 of the content; of a file that can't be read, of its name."""
    try:
        with photo.path.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError:
        return hashlib.sha256(f"unreadable\0{photo.path}".encode()).hexdigest()


def _in_threads(work: Callable[[_T], _R], items: Sequence[_T]) -> Iterator[_R]:
    """`work` of each item, in order. Pillow and hashlib let go of Python's lock while they work."""
    with ThreadPoolExecutor(max_workers=min(8, os.cpu_count() or 1)) as pool:
        yield from pool.map(work, items)


def _numbered(names: Iterable[str]) -> Iterator[str]:
    seen: dict[str, int] = {}
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        yield name if seen[name] == 1 else f"{name}-{seen[name]}"


def _draw(salt: str, digest: str) -> str:
    return hashlib.sha256(f"{salt}\0photo\0{digest}".encode()).hexdigest()


def _class_order(name: str) -> tuple[bool, int, str]:
    """Whole numbers by value, before text by code point."""
    is_number = name.isascii() and name.isdigit()
    return not is_number, int(name) if is_number else 0, name


def _missing_key(key: str) -> Problem:
    example = 'path = "photos"' if key == "path" else "size = 128"
    message = f"data.{key} is missing: the source folder needs it"
    return Problem(code="E603", message=message, where="competition.toml", fix=f"[data]\n{example}")


def _bad_labels(file: Path, what: str) -> Problem:
    return Problem(
        code="E505",
        message=f"{file.name} {what}",
        where=str(file),
        fix="a header   path,label   and a row for each photo",
    )


def _no_photos(root: Path, left_out: Sequence[str]) -> Problem:
    first = "; ".join(left_out[:5])
    return Problem(
        code="E505",
        message=f"there is no photo that can be used in {root.name}",
        where=str(root),
        why=f"Left out: {first}" if first else "It has no folders of classes.",
        fix=f"a folder for each class, with the photos in it:   {root.name}/chihuahua/1.jpg",
    )
