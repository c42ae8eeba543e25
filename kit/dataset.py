"""`Dataset` and `Unlabeled`: what a plugin is handed, and how a part of the data lies on disk.

A part is a folder of ``.npy`` files, memory-mapped and never pickled::

    images   X.npy          uint8 (n, channels, height, width); X = uint8 / 255
    table    columns.json   [{"name": …, "dtype": …, "values": [...]}]   0.npy, 1.npy, …   one file a column
    both     y.npy          int64 class indices or float32 values (absent where rows are unlabelled)
             ids.npy        row ids as text

A column's ``dtype`` is ``number`` (any integer, float or bool array; NaN for missing), ``time`` (int64 nanoseconds;
the smallest int64 for missing), or ``category`` or ``text`` (int32 codes into ``values``, -1 for missing).
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, TypeAlias, cast, get_args, overload

import numpy as np
from numpy.typing import NDArray

from kit.pixels import ImageFiles, Pixels, as_floats, pieces

if TYPE_CHECKING:
    import pandas as pd
    import torch

    Features: TypeAlias = NDArray[np.float32] | pd.DataFrame

LAZY_BYTES = 1 << 30  # of float32: from here on `X` is converted where it is looked at, not as a whole

Array: TypeAlias = NDArray[Any]
Images: TypeAlias = NDArray[np.uint8]
Index: TypeAlias = NDArray[np.intp]
Labels: TypeAlias = NDArray[np.int64] | NDArray[np.float32]
Ids: TypeAlias = NDArray[np.str_]
ColumnType = Literal["number", "time", "category", "text"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One stored column of a table.

    Parameters
    ----------
    name
        As the entrant sees it.
    dtype
        ``number``, ``time``, ``category`` or ``text``.
    data
        Shape (n,); see the module's docstring for each `dtype`.
    values
        What the codes of a category or text column stand for.
    """

    name: str
    dtype: ColumnType
    data: Array
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of equal length."""

    columns: tuple[Column, ...]


Storage: TypeAlias = Images | Table


def n_rows(storage: Storage | ImageFiles) -> int:
    """How many rows there are."""
    if isinstance(storage, Table):
        return len(storage.columns[0].data) if storage.columns else 0
    return len(storage)


def row_shape(storage: Storage | ImageFiles) -> tuple[int, ...]:
    """Shape of one row: (channels, height, width) or (columns,)."""
    return (len(storage.columns),) if isinstance(storage, Table) else tuple(storage.shape[1:])


@overload
def take(storage: Storage, index: Index) -> Storage: ...
@overload
def take(storage: Storage | ImageFiles, index: Index) -> Storage | ImageFiles: ...
def take(storage: Storage | ImageFiles, index: Index) -> Storage | ImageFiles:
    """The rows at `index`, in its order, as a copy; of files, the files."""
    if isinstance(storage, Table):
        return Table(tuple(replace(column, data=column.data[index]) for column in storage.columns))
    return storage[index]


def features(storage: Storage) -> Features:
    """`X` as a plugin sees it: float32 (n, channels, height, width) in [0, 1], or a DataFrame."""
    if isinstance(storage, Table):
        return _frame(storage)
    return as_floats(storage)


class _Part:
    """What labelled and unlabelled rows have in common. `X` is converted once, when it is first asked for."""

    storage: Storage
    ids: Ids

    def __len__(self) -> int:
        return n_rows(self.storage)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {len(self)} rows of shape {row_shape(self.storage)}>"

    @cached_property
    def X(self) -> Features:
        """float32 (n_samples, channels, height, width) in [0, 1], or a DataFrame with missing values kept.

        Of images that would take more than `LAZY_BYTES`: `Pixels`, which are indexed like that array.
        """
        if isinstance(self.storage, np.ndarray) and 4 * self.storage.nbytes > LAZY_BYTES:
            return cast("NDArray[np.float32]", Pixels(self.storage))  # as good as one
        return features(self.storage)

    @property
    def uint8(self) -> Images:
        """Images as they are stored, shape (n_samples, channels, height, width): ``X == uint8 / 255``."""
        if isinstance(self.storage, Table):
            raise TypeError("these rows are a table and have no pixels: use .frame or .X")
        return self.storage

    @property
    def frame(self) -> pd.DataFrame:
        """The rows of a table as a DataFrame."""
        if not isinstance(self.storage, Table):
            raise TypeError("these rows are images, not a table: use .X, .flat or .uint8")
        frame: pd.DataFrame = self.X  # type: ignore[assignment]
        return frame

    @property
    def flat(self) -> NDArray[np.float32]:
        """float32 (n_samples, n_features).

        Raises
        ------
        TypeError
            If a column holds no numbers; the text has the lines to write instead.
        """
        if not isinstance(self.storage, Table):
            return self._pixels().reshape(len(self), -1)
        if other := [column.name for column in self.storage.columns if column.dtype != "number"]:
            raise TypeError(_how_to_encode(other))
        flat = np.empty((len(self), len(self.storage.columns)), dtype=np.float32)
        for i, column in enumerate(self.storage.columns):
            flat[:, i] = column.data
        return flat

    def _pixels(self) -> NDArray[np.float32]:
        """`X` of images as one array, however large."""
        pixels: Any = self.X
        return np.asarray(pixels, dtype=np.float32)


@dataclass(frozen=True, eq=False, repr=False)
class Unlabeled(_Part):
    """Rows without labels: there is no ``y`` to leak.

    Parameters
    ----------
    storage
        Images or a table.
    ids
        Row ids, shape (n_samples,).
    """

    storage: Storage
    ids: Ids

    def batches(self, size: int) -> Iterator[Features]:
        """`X` in pieces of `size` rows, in order, the last one smaller. Converts one piece at a time."""
        for index in _pieces(len(self), size, None):
            yield features(take(self.storage, index))


@dataclass(frozen=True, eq=False, repr=False)
class Dataset(_Part):
    """Labelled rows; ``X, y = dataset``.

    Parameters
    ----------
    storage
        Images or a table.
    y
        Shape (n_samples,): int64 index into ``task.classes``, or float32 values.
    ids
        Row ids, shape (n_samples,).
    """

    storage: Storage
    y: Labels
    ids: Ids

    def __iter__(self) -> Iterator[Any]:
        yield self.X
        yield self.y

    def tensors(self, device: str = "cpu", *, uint8: bool = False) -> tuple[torch.Tensor, torch.Tensor]:
        """``(torch.from_numpy(X), torch.from_numpy(y))`` on `device`; a table as `flat`.

        On the CPU they share memory with `X` and `y`. All rows at once: of photos that are many, take `batches`, or
        ``uint8=True``, which gives the images as they are stored, a quarter as large and nothing to convert beforehand:
        ``X[rows] / 255`` is then a batch of `X`, and `kit.images` takes them as they are.

        Raises
        ------
        TypeError
            If `uint8` is asked of a table.
        """
        import torch

        X = self.uint8 if uint8 else self.flat if isinstance(self.storage, Table) else self._pixels()
        return torch.from_numpy(X).to(device), torch.from_numpy(self.y).to(device)

    def batches(self, size: int, seed: int | None = None) -> Iterator[tuple[Features, Labels]]:
        """(`X`, `y`) in pieces of `size` rows, the last one smaller; shuffled where a `seed` is given.

        Converts one piece at a time. Another epoch is another seed: ``train.batches(64, seed=epoch)``.
        """
        for index in _pieces(len(self), size, seed):
            yield features(take(self.storage, index)), self.y[index]


def write_part(
    folder: Path, storage: Storage | ImageFiles, *, ids: Sequence[str] | Ids, y: Labels | None = None
) -> None:
    """Write rows into `folder`, which is made. `read_part` gives them back."""
    folder.mkdir(parents=True, exist_ok=True)
    if isinstance(storage, Table):
        (folder / "columns.json").write_bytes(_describe(storage))
    for name, array in _arrays(storage):
        _save(folder / f"{name}.npy", array)
    if y is not None:
        np.save(folder / "y.npy", y, allow_pickle=False)
    np.save(folder / "ids.npy", np.asarray(ids, dtype=np.str_), allow_pickle=False)


def read_part(folder: Path) -> Dataset | Unlabeled:
    """The rows that `write_part` wrote. Features are memory-mapped; nothing is converted and pandas not imported.

    Raises
    ------
    OSError, ValueError
        If files are missing or damaged.
    """
    storage: Storage
    if (folder / "columns.json").exists():
        described = json.loads((folder / "columns.json").read_bytes())
        storage = _table(described, (_map(folder / f"{i}.npy") for i in range(len(described))))
    else:
        storage = _map(folder / "X.npy")
    ids = np.load(folder / "ids.npy", allow_pickle=False)
    if not (folder / "y.npy").exists():
        return Unlabeled(storage, ids)
    return Dataset(storage, np.load(folder / "y.npy", allow_pickle=False), ids)


def pack(storage: Storage) -> bytes:
    """Rows as bytes: one line of JSON that describes the columns (empty for images), then ``.npy`` after ``.npy``."""
    packed = io.BytesIO()
    packed.write((_describe(storage) if isinstance(storage, Table) else b"") + b"\n")
    for _, array in _arrays(storage):
        np.lib.format.write_array(packed, np.asanyarray(array), allow_pickle=False)
    return packed.getvalue()


def unpack(data: bytes) -> Storage:
    """The rows that `pack` packed.

    Raises
    ------
    ValueError
        If `data` is nothing that `pack` could have made.
    """
    packed = io.BytesIO(data)
    description = packed.readline()
    if description == b"\n":
        return _next_array(packed)
    described = json.loads(description)
    return _table(described, (_next_array(packed) for _ in described))


def fingerprint(storage: Storage | ImageFiles, y: Labels | None, ids: Sequence[str] | Ids) -> str:
    """sha256, in hex, of everything a part holds: names, types, shapes and bytes."""
    digest = hashlib.sha256(_describe(storage) if isinstance(storage, Table) else b"images")
    parts: list[tuple[str, Array | ImageFiles]] = [*_arrays(storage), ("ids", np.asarray(ids, dtype=np.str_))]
    for name, array in parts if y is None else [*parts, ("y", y)]:
        digest.update(f"\0{name} {array.dtype.str} {array.shape}\0".encode())
        for piece in pieces(array):
            digest.update(piece.data if piece.size else b"")
    return digest.hexdigest()


def _pieces(n: int, size: int, seed: int | None) -> Iterator[Index]:
    order = np.arange(n) if seed is None else np.random.default_rng(seed).permutation(n)
    for start in range(0, n, size):
        yield order[start : start + size]


def _save(file: Path, array: Array | ImageFiles) -> None:
    if isinstance(array, np.ndarray):
        np.save(file, array, allow_pickle=False)
        return
    head = {"descr": array.dtype.str, "fortran_order": False, "shape": array.shape}
    with file.open("wb") as opened:
        np.lib.format.write_array_header_1_0(opened, head)
        for piece in pieces(array):  # not a memory map: what is written to one counts as memory until it is on disk
            opened.write(piece.data)


@overload
def _arrays(storage: Storage) -> list[tuple[str, Array]]: ...
@overload
def _arrays(storage: Storage | ImageFiles) -> list[tuple[str, Array | ImageFiles]]: ...
def _arrays(storage: Storage | ImageFiles) -> Sequence[tuple[str, Array | ImageFiles]]:
    if isinstance(storage, Table):
        return [(str(i), column.data) for i, column in enumerate(storage.columns)]
    return [("X", storage)]


def _describe(table: Table) -> bytes:
    columns = [{"name": c.name, "dtype": c.dtype, "values": c.values} for c in table.columns]
    return json.dumps(columns, ensure_ascii=False).encode()


def _table(described: Any, arrays: Iterable[Array]) -> Table:
    if not isinstance(described, list):
        raise ValueError("the columns are not described as a list")
    try:
        columns = tuple(
            Column(name=item["name"], dtype=item["dtype"], data=array, values=tuple(item["values"]))
            for item, array in zip(described, arrays, strict=True)
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"the columns are not described as they should be: {error!r}") from None
    if unknown := {column.dtype for column in columns} - set(get_args(ColumnType)):
        raise ValueError(f"columns of a type that does not exist: {sorted(map(str, unknown))}")
    return Table(columns)


def _map(file: Path) -> Array:
    # Copy-on-write rather than read-only: the file can't be changed either way, and torch.from_numpy warns of arrays
    # that are not writable. np.asarray takes off the memmap class, which every slice would drag along.
    return np.asarray(np.load(file, mmap_mode="c", allow_pickle=False))


def _next_array(packed: BinaryIO) -> Array:
    array: Array = np.lib.format.read_array(packed, allow_pickle=False)
    return array


def _frame(table: Table) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({column.name: _series(column) for column in table.columns}, index=range(n_rows(table)))


def _series(column: Column) -> Any:
    if column.dtype == "number":
        return np.array(column.data)
    if column.dtype == "time":
        return column.data.astype(np.int64).view("datetime64[ns]")
    if column.dtype == "category":
        import pandas as pd

        return pd.Categorical.from_codes(column.data, categories=pd.Index(column.values))
    return np.array([*column.values, np.nan], dtype=object)[column.data]  # -1, missing, takes the last: NaN


def _how_to_encode(other: Sequence[str]) -> str:
    some = ", ".join(other[:3]) + (", …" if len(other) > 3 else "")
    return f"""\
.flat needs numbers in every column, and these hold none: {some}
Use .frame, and encode them inside the model:

    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    other = {list(other)!r}
    encode = ColumnTransformer(
        [("other", OneHotEncoder(handle_unknown="ignore"), other)],
        remainder=SimpleImputer(),
    )
    model = make_pipeline(encode, LogisticRegression(max_iter=1000)).fit(train.frame, train.y)"""
