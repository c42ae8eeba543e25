"""``folder``: photos in a folder for each class, or named in a table of labels.

::

    photos/chihuahua/1.jpg            classes are folders, whatever lies deeper
    photos/train/chihuahua/1.jpg      ... below train, test and maybe valid, which ``official`` keeps apart
    photos/labels.csv                 or a table: path (or file), label, and the column that [split] names

``classes`` makes one class of several names, and ``test_paths`` are further folders, whose photos are test rows.

Every photo is decoded once, and kept as bytes in the cache home under the hash of its content: another split, another
workspace, or a photo more costs no second decoding. Each has a file of its own there, so several processes may decode
at once, and one that is damaged is made again. The rows come in an order drawn from the salt and the content, so that
neither place nor number tells a class, and moving a file changes nothing.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import tempfile
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from kit.disk import disk_errors
from kit.errors import DataError, MetricError, Problem
from kit.pixels import ImageFiles
from kit.source.base import OnProgress, Rows
from kit.source.cells import Cells, as_order, lines_of
from kit.source.homes import cache_home, data_home, find
from kit.source.photo import CHANNELS, UnusableError, decode

if TYPE_CHECKING:
    from kit.competition import Competition, Data, Split

FORMAT = 2  # of the cache, and of what `decode` makes of a photo
MAX_FILE_BYTES = 256 << 20
TELL_EVERY = 200  # photos
_SIDES = {"train": "train", "valid": "valid", "val": "valid", "validation": "valid", "test": "test"}
_IGNORED = ("thumbs.db", "desktop.ini", "__macosx")
_T = TypeVar("_T")
_R = TypeVar("_R")


class Photo(NamedTuple):
    """A file that may be a photo: where it is, what it shows, and what the column of the split says of it.

    `root` is the folder that it was found in; `line` is where the table of labels names it, 0 where there is none.
    """

    root: Path
    path: Path
    label: str
    column: str = ""
    line: int = 0


def load(argument: str, competition: Competition, folder: Path, *, on_progress: OnProgress) -> Rows:  # noqa: ARG001
    """The photos below ``[data] path``, ``[data] size`` pixels a side; those below ``test_paths`` are test rows.

    What can't be used is left out and listed, in `Rows.left_out` and to `on_progress`.

    Raises
    ------
    DataError
        E501 if the folder is not there; E505 if there is no photo in it, or a table of labels is not one.
    MetricError
        E603 if ``path`` or ``size`` is missing, or ``test_paths`` stand beside a split that draws the test rows.
    """
    data = competition.data
    if data.path is None or data.size is None:
        raise MetricError(_missing_key("path" if data.path is None else "size"))
    if data.test_paths and competition.split.method != "official":
        raise MetricError(_two_sides(competition.split))
    roots = [_find(path, folder) for path in (data.path, *data.test_paths)]
    on_progress(f"looking through {', '.join(root.name for root in roots)}")
    photos, strays = _looked_through(roots, data, competition.split)
    contents = dict(zip(photos, _in_threads(_digest, photos), strict=True))
    reasons = _decode_into_cache({contents[photo]: photo.path for photo in photos}, data.size, on_progress)
    unusable = (photo for photo in photos if contents[photo] in reasons)
    left_out = (*strays, *(f"{_shown(photo.path, photo.root)} {reasons[contents[photo]]}" for photo in unusable))
    for line in left_out:
        on_progress(f"left out: {line}")
    usable = [photo for photo in photos if contents[photo] not in reasons]
    if not usable:
        raise DataError(_no_photos(roots[0], left_out))
    return _rows(usable, contents, data.size, competition.split, left_out)


def _looked_through(roots: Sequence[Path], data: Data, split: Split) -> tuple[list[Photo], list[str]]:
    """Photos below the first of `roots`, and the test photos below the others."""
    root, *others = roots
    photos, strays = _named(root, data.labels, split) if data.labels else _in_folders(root)
    if others:
        photos = [photo if photo.column else photo._replace(column="train") for photo in photos]
    for other in others:
        named, left = _named(other, data.test_labels, None) if data.test_labels else _in_folders(other)
        photos += [photo._replace(column="test") for photo in named]
        strays += left
    if not data.classes:
        return photos, strays
    class_of = {name: whole for whole, names in data.classes.items() for name in names}
    known = [photo._replace(label=class_of[photo.label]) for photo in photos if photo.label in class_of]
    unknown = (photo for photo in photos if photo.label not in class_of)
    return known, [*strays, *(f"{_shown(photo.path, photo.root)} is of none of the classes" for photo in unknown)]


def _rows(
    photos: Sequence[Photo], contents: dict[Photo, str], size: int, split: Split, left_out: tuple[str, ...]
) -> Rows:
    drawn = sorted(photos, key=lambda photo: (_draw(split.salt, contents[photo]), photo.path.as_posix()))
    classes = tuple(sorted({photo.label for photo in drawn}, key=_class_order))
    places = {name: i for i, name in enumerate(classes)}
    return Rows(
        storage=ImageFiles([_place(contents[photo], size) for photo in drawn], (CHANNELS, size, size)),
        y=np.array([places[photo.label] for photo in drawn], dtype=np.int64),
        ids=tuple(_numbered(contents[photo][:16] for photo in drawn)),  # copies are told apart by a number
        classes=classes,
        column=_deciding_column(drawn, split),
        left_out=left_out,
    )


def _deciding_column(photos: Sequence[Photo], split: Split) -> NDArray[Any] | None:
    """What the folders or the table say of each photo, as the method of the split looks at it."""
    if not any(photo.column for photo in photos):
        return None
    by_line = sorted(photos, key=lambda photo: photo.line)
    if empty := [photo.line for photo in by_line if not photo.column]:
        message = f"column {split.column or 'split'!r} decides the split, and is empty on {lines_of(empty)}"
        raise DataError(Problem(code="E505", message=message, where="[data] labels", fix="fill these cells in"))
    if split.method != "temporal":
        return np.array([photo.column for photo in photos])
    texts, lines = [photo.column for photo in photos], [photo.line for photo in photos]
    return as_order(Cells(name=split.column or "", texts=texts, lines=lines))


def _find(path: str, folder: Path) -> Path:
    """The folder of photos: beside the competition's file, else in the data home."""
    found = find(path, folder)
    if found is not None and found.is_dir():
        return found
    home = data_home()
    elsewhere = f"into   {home / path}" if home else f"set KIT_DATA_HOME to a folder that has   {path}"
    fix = f"put a folder for each class into   {folder / path}\nor {elsewhere}"
    why = "Its README.md says where they come from." if (folder / "README.md").is_file() else ""
    raise DataError(Problem(code="E501", message=f"the photos are missing: {path}", where=path, why=why, fix=fix))


def _in_folders(root: Path) -> tuple[list[Photo], list[str]]:
    """Photos whose class is their folder, and what else lies there."""
    sides = _sides(root)
    photos, strays = [], []
    for folder, side in sides.items():
        for entry in _entries(folder):
            if reason := _no_class(entry):
                strays.append(f"{_shown(entry, root)} {reason}")
                continue
            for path in _below(entry):
                if path.is_symlink() or not path.is_file():  # a link may lead anywhere, a pipe never ends
                    strays.append(f"{_shown(path, root)} is {'a link' if path.is_symlink() else 'no file'}")
                else:
                    photos.append(Photo(root=root, path=path, label=entry.name, column=side))
    loose = () if root in sides else (entry for entry in _entries(root) if entry not in sides)
    return photos, [*strays, *(f"{_shown(entry, root)} lies in no folder of a class" for entry in loose)]


def _sides(root: Path) -> dict[Path, str]:
    """The folders of classes' folders, and which part each is: train, valid and test, or the root alone."""
    folders = [entry for entry in _entries(root) if entry.is_dir()]
    sides = {folder: _SIDES[folder.name.lower()] for folder in folders if folder.name.lower() in _SIDES}
    if not {"train", "test"} <= set(sides.values()):
        return {root: ""}
    if others := [folder.name for folder in folders if folder not in sides]:
        raise DataError(
            Problem(
                code="E505",
                message=f"beside the folders train and test lies {_shown(root / others[0], root)}",
                where=str(root),
                why="These two say which photos are test, and then no folder beside them is a class.",
                fix="move it into   train   and   test   or out of here",
            )
        )
    return sides


def _no_class(entry: Path) -> str:
    """Why no photos are looked for in `entry`, or nothing."""
    if entry.is_symlink():
        return "is a link"
    if not entry.is_dir():
        return "lies in no folder of a class"
    return "" if entry.name.isprintable() else "has a name that can't be written: no class"


def _named(root: Path, labels: str, split: Split | None) -> tuple[list[Photo], list[str]]:
    """Photos that a table names; what it names and is not there is left out. No `split` asks for no column."""
    file = root / labels
    header, lines = _table(file)
    path_name = next((name for name in ("path", "file") if name in header), "path")
    column = split and (split.column or ("split" if split.method == "official" else None))
    wanted = [path_name, "label", *([column] if column else [])]
    if not set(wanted) <= set(header):
        raise DataError(_bad_labels(file, f"has no columns {', '.join(wanted)}, but {', '.join(header) or 'none'}"))
    photos: dict[Path, Photo] = {}
    strays = []
    for number, line in lines:
        cells = dict(zip(header, map(str.strip, line), strict=False))
        path, label, said = (root / cells.get(path_name, ""), cells.get("label", ""), cells.get(column or "", ""))
        if reason := _not_there(path, label, root) or ("was named before" if path in photos else ""):
            strays.append(f"{_shown(path, root)} (line {number} of {labels}) {reason}")
        else:
            column_said = _SIDES.get(said.lower(), said)
            photos[path] = Photo(root=root, path=path, label=label, column=column_said, line=number)
    return list(photos.values()), strays


def _table(file: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header of a CSV, and its other lines with their numbers."""
    try:
        text = file.read_text(encoding="utf-8-sig")
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        lines = [(reader.line_num, line) for line in reader if line]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(_bad_labels(file, f"can't be read: {error}")) from None
    header = [cell.strip() for cell in lines[0][1]] if lines else []
    return header, lines[1:]


def _not_there(path: Path, label: str, root: Path) -> str:
    if not label:
        return "has no label"
    try:
        if not path.resolve().is_relative_to(root.resolve()):
            return "lies outside of the folder"
        return "" if path.is_file() else "is not there"
    except (OSError, ValueError):  # a name that no file can have: too long, or with a zero byte
        return "is not there"


def _entries(folder: Path) -> list[Path]:
    """What lies in a folder, by name, without what systems leave there."""
    try:
        found = sorted(folder.iterdir())
    except OSError as error:
        what = f"the folder {folder.name} can't be read: {error.strerror}"
        raise DataError(Problem(code="E505", message=what, where=str(folder), fix="make it readable")) from None
    return [path for path in found if not path.name.startswith(".") and path.name.lower() not in _IGNORED]


def _below(folder: Path) -> Iterator[Path]:
    """Everything in a folder and in the folders in it that is no folder, links included."""
    for entry in _entries(folder):
        if entry.is_dir() and not entry.is_symlink():
            yield from _below(entry)
        else:
            yield entry


def _shown(path: Path, root: Path) -> str:
    """A path as a line of text, whatever bytes are in it."""
    name = os.path.relpath(path, root).replace(os.sep, "/")
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in name)


def _decode_into_cache(one_of: dict[str, Path], size: int, on_progress: OnProgress) -> dict[str, str]:
    """Bring every content into the cache that is not there yet; digest -> why it can't be used, where it can't."""
    reasons = {}
    with disk_errors(cache_home()), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of damaged EXIF blocks, and of sizes that `decode` limits
        results = _in_threads(lambda item: _attempt(*item, size), list(one_of.items()))
        for i, (digest, reason) in enumerate(zip(one_of, results, strict=True), 1):
            if reason:
                reasons[digest] = reason
            if i % TELL_EVERY == 0:
                on_progress(f"decoding photos   {i} of {len(one_of)}")
    return reasons


def _attempt(digest: str, path: Path, size: int) -> str:
    """Bring one photo into the cache; why it can't be used, or nothing."""
    cached = _place(digest, size)
    with suppress(OSError):
        if cached.stat().st_size == CHANNELS * size * size:
            return ""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            return f"is larger than {MAX_FILE_BYTES >> 20} MiB"
        data = path.read_bytes()
        image = decode(data, size)
    except UnusableError as error:
        return str(error)
    except OSError as error:
        return f"can't be read: {error.strerror}"
    if hashlib.sha256(data).hexdigest() != digest:
        return "changed while it was read"  # so did its time: the next command prepares the competition again
    _write_whole(cached, image.tobytes())
    return ""


def _write_whole(file: Path, data: bytes) -> None:
    """A file that appears whole or not at all. Of two processes, the later one replaces equal bytes."""
    file.parent.mkdir(parents=True, exist_ok=True)
    number, scratch = tempfile.mkstemp(prefix=".", dir=file.parent)
    try:
        with os.fdopen(number, "wb") as opened:
            opened.write(data)
        Path(scratch).replace(file)
    except OSError:
        with suppress(OSError):
            Path(scratch).unlink()
        raise


def _place(digest: str, size: int) -> Path:
    return cache_home() / "photos" / f"{FORMAT}-{size}" / digest[:2] / digest


def _digest(photo: Photo) -> str:
    """SHA-256 of the content; of a file that can't be read, of its name."""
    try:
        with photo.path.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError:
        return hashlib.sha256(b"unreadable\0" + os.fsencode(photo.path)).hexdigest()


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


def _two_sides(split: Split) -> Problem:
    message = f"data.test_paths say which photos are test, and split.method is {split.method!r}, which draws them"
    return Problem(code="E603", message=message, where="competition.toml", fix='[split]\nmethod = "official"')


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
