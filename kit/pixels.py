"""Images that are not in memory as a whole: those that lie in a file each, and `X` of those that are many.

A photo of 256 x 256 is 196,608 bytes as it is stored, and four times that as the float32 that plugins get. Ten thousand
of them are more than most computers have, so they are written, read and converted a piece at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, overload

import numpy as np
from numpy.typing import DTypeLike, NDArray

Images: TypeAlias = NDArray[np.uint8]
Floats: TypeAlias = NDArray[np.float32]
Index: TypeAlias = NDArray[np.intp]

PIECE_BYTES = 64 << 20


def as_floats(images: Images) -> Floats:
    """`images` as plugins see them: float32 in [0, 1], of the same shape."""
    return np.divide(images, np.float32(255), dtype=np.float32, order="C")


@dataclass(frozen=True, slots=True)
class ImageFiles:
    """Images in a file of plain bytes each, in the order of `files`. Only ``np.asarray(some)`` reads any.

    Parameters
    ----------
    files
        One for each image.
    row_shape
        (channels, height, width) of every image.
    """

    files: Sequence[Path]
    row_shape: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.files)

    @property
    def shape(self) -> tuple[int, ...]:
        """(n, channels, height, width)."""
        return (len(self.files), *self.row_shape)

    @property
    def dtype(self) -> np.dtype[np.uint8]:
        """uint8."""
        return np.dtype(np.uint8)

    def __getitem__(self, index: slice | Index) -> ImageFiles:
        some = self.files[index] if isinstance(index, slice) else [self.files[i] for i in index.tolist()]
        return ImageFiles(some, self.row_shape)

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        images = np.empty(self.shape, dtype=np.uint8)
        for image, file in zip(images, self.files, strict=True):
            image[:] = np.fromfile(file, dtype=np.uint8).reshape(self.row_shape)
        return images if dtype is None else images.astype(dtype)


class Pixels:
    """`X` of many images: shape and indexing of a float32 array, converted where it is looked at.

    ``X[5]``, ``X[100:200]``, ``X[rows]`` and ``X.batches(64)`` give float32 arrays with values in [0, 1].
    ``np.asarray(X)`` converts all of it.

    Parameters
    ----------
    images
        As they are stored, shape (n_samples, channels, height, width).
    """

    def __init__(self, images: Images) -> None:
        self._images = images

    @property
    def shape(self) -> tuple[int, ...]:
        """(n_samples, channels, height, width)."""
        return self._images.shape

    @property
    def ndim(self) -> int:
        """4."""
        return self._images.ndim

    @property
    def dtype(self) -> np.dtype[np.float32]:
        """float32."""
        return np.dtype(np.float32)

    def __len__(self) -> int:
        return len(self._images)

    def __repr__(self) -> str:
        return f"<Pixels: float32 {self.shape}, converted where it is looked at: X[:64], X.batches(64)>"

    def __getitem__(self, key: Any) -> Floats:
        return as_floats(self._images[key])

    def __iter__(self) -> Iterator[Floats]:
        return (self[i] for i in range(len(self)))

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        converted = as_floats(self._images)
        return converted if dtype is None else converted.astype(dtype, copy=False)

    def batches(self, size: int) -> Iterator[Floats]:
        """`X` in pieces of `size` rows, in order, the last one smaller."""
        return (self[start : start + size] for start in range(0, len(self), size))


@overload
def pieces(rows: ImageFiles) -> Iterator[Images]: ...
@overload
def pieces(rows: NDArray[Any]) -> Iterator[NDArray[Any]]: ...
def pieces(rows: ImageFiles | NDArray[Any]) -> Iterator[NDArray[Any]]:
    """All `rows` in order, as contiguous arrays of about `PIECE_BYTES`."""
    size = max(1, PIECE_BYTES // max(1, rows.dtype.itemsize * int(np.prod(rows.shape[1:], dtype=np.int64))))
    for start in range(0, len(rows), size):
        yield np.ascontiguousarray(rows[start : start + size])
