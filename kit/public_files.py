"""A competition's public data as files for people: CSV for a spreadsheet or a notebook, or compressed NumPy arrays."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kit.dataset import Column, Dataset, Storage, Table, Unlabeled, n_rows
from kit.disk import disk_errors
from kit.prepare import Prepared, PublicFacts

PARTS = ("train", "valid", "test")
SAMPLE_NAME = "sample_submission.csv"


def write_public_files(prepared: Prepared, folder: Path, *, as_csv: bool) -> list[Path]:
    """Write train, valid, test and ``sample_submission.csv`` into `folder`, and give their paths.

    Parameters
    ----------
    prepared
        The competition; nothing but its public side is read.
    folder
        Made if it isn't there; files of these names in it are replaced.
    as_csv
        CSV: id, the answer as `answer_name` calls it, then the features, pixels as ``pixel0`` … in whole numbers 0 to
        255. Otherwise ``.npz``: ``id``, ``y`` and ``classes``, and ``X`` (float32) for images and numeric tables or one
        array a column (``column_<name>``) for others. Of a competition of files, what the host hands out is copied as
        it is.

    Raises
    ------
    StorageError
        E703, E704, E706.
    """
    if prepared.facts.files_only:
        return _copy(prepared, folder)
    suffix, write = (".csv", _write_csv) if as_csv else (".npz", _write_npz)
    paths = []
    for part in PARTS:
        rows = prepared.rows(part)
        paths.append(folder / f"{part}{suffix}")
        with disk_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            write(paths[-1], rows, prepared.facts)
    with disk_errors(folder):
        paths.append(folder / SAMPLE_NAME)
        paths[-1].write_text(sample_submission(prepared), encoding="utf-8", newline="")
    return paths


def handed_out(prepared: Prepared) -> list[str]:
    """Names of the files that the host of a competition of files hands out, by folder and name."""
    files = (path for path in prepared.files.rglob("*") if path.is_file())
    return sorted(path.relative_to(prepared.files).as_posix() for path in files)


def _copy(prepared: Prepared, folder: Path) -> list[Path]:
    paths = []
    with disk_errors(folder):
        for name in handed_out(prepared):
            paths.append(folder / name)
            paths[-1].parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(prepared.files / name, paths[-1])
    return paths


def _write_csv(path: Path, rows: Dataset | Unlabeled, facts: PublicFacts) -> None:
    target, features = _target(rows, facts), feature_names(rows.storage)
    header = [facts.row_id_column_name, *([] if target is None else [answer_name(facts, features)]), *features]
    columns = [rows.ids.tolist(), *([] if target is None else [target])]
    with path.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened, lineterminator="\n")
        writer.writerow(header)
        labels = zip(*columns, strict=True)
        writer.writerows([*label, *values] for label, values in zip(labels, _cells(rows.storage), strict=True))


def _write_npz(path: Path, rows: Dataset | Unlabeled, facts: PublicFacts) -> None:
    arrays: dict[str, Any] = {"id": rows.ids, "classes": np.array(facts.task.classes, dtype=np.str_)}
    if isinstance(rows, Dataset):
        arrays["y"] = rows.y
    if isinstance(rows.storage, Table) and any(column.dtype != "number" for column in rows.storage.columns):
        arrays |= {f"column_{c.name}": np.array(_column_cells(c), dtype=np.str_) for c in rows.storage.columns}
    else:
        arrays["X"] = rows.flat if isinstance(rows.storage, Table) else rows.X
    np.savez_compressed(path, **arrays)


def sample_submission(prepared: Prepared) -> str:
    """What ``sample_submission.csv`` holds, in both forms of the files; not of a competition of files, who has one."""
    facts, ids = prepared.facts, prepared.rows("test").ids.tolist()
    dummy, text = _dummy(facts), io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([facts.row_id_column_name, *facts.columns])
    writer.writerows([row_id, *dummy] for row_id in ids)
    return text.getvalue()


def _dummy(facts: PublicFacts) -> list[str]:
    """An answer that is accepted and knows nothing: the first class, even odds, or zero."""
    if facts.task.needs == "labels":
        return [facts.task.classes[0]]
    even = 1 / max(len(facts.task.classes), 1)
    value = repr(even) if facts.task.needs == "probabilities" else "0"
    return [value] * len(facts.columns)


def answer_name(facts: PublicFacts, features: Sequence[str] = ()) -> str:
    """How train and valid call the answer: as the submission does, where its one column holds the same."""
    asked = facts.columns[0]
    is_same = facts.task.needs != "probabilities" or facts.task.classes == ("0", "1")
    if len(facts.columns) == 1 and is_same and asked not in features:
        return asked
    return _unused("label" if facts.task.classes else "target", features)


def _target(rows: Dataset | Unlabeled, facts: PublicFacts) -> list[str] | None:
    """Cells of the answer: classes by their names, values as they are stored."""
    if not isinstance(rows, Dataset):
        return None
    if facts.task.classes:
        return [facts.task.classes[k] for k in rows.y.tolist()]
    return [str(value) for value in rows.y]


def _unused(name: str, taken: Sequence[str]) -> str:
    return _unused(f"{name}_", taken) if name in taken else name


def feature_names(storage: Storage) -> list[str]:
    """How the columns of a part are called in its CSV."""
    if isinstance(storage, Table):
        return [column.name for column in storage.columns]
    return [f"pixel{i}" for i in range(int(np.prod(storage.shape[1:])))]


def _cells(storage: Storage) -> Iterator[Sequence[Any]]:
    if isinstance(storage, Table):
        yield from zip(*(_column_cells(column) for column in storage.columns), strict=True)
    else:
        yield from (row.tolist() for row in storage.reshape(n_rows(storage), -1))


def _column_cells(column: Column) -> list[Any]:
    """What a spreadsheet shows; empty for missing."""
    if column.dtype == "number":
        return ["" if value != value else value for value in column.data.tolist()]
    if column.dtype == "time":
        times = column.data.astype(np.int64).view("datetime64[ns]")
        return ["" if np.isnat(time) else str(time) for time in times]
    return [column.values[code] if code >= 0 else "" for code in column.data.tolist()]
