"""Features that were computed, kept by the content of the image they belong to.

A folder for each way to compute them (weights, size, format, device), and in it files that are written once and never
changed::

    <cache>/features/<key>/<random>.npy     rows of (sha256 of the image, float32 features)

A file appears under its name when it is complete, so that several processes can write and one can be killed at any
time: two that compute the same image keep it twice, and nothing else happens. Not a database, which is slower to read;
not a file for each image, because there are thousands. Of all folders together at most `MOST_BYTES` are kept.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kit.weights import Weights

FORMAT = 1
DIGEST_BYTES = 32
Digests = NDArray[np.void]
MOST_BYTES = 4 << 30  # two million photos of 512 numbers
_PIECE = 64


def key(weights: Weights, sha256: str, device: str = "cpu") -> str:
    """Name of the folder for features that `weights` with these bytes give; another size or format is another one.

    So is another `device` (``cpu`` or ``cuda``), which rounds otherwise: a score must not hang on who came first.
    """
    how = (FORMAT, weights.architecture, sha256, weights.resize, weights.input_size, weights.mean, weights.std)
    where = () if device == "cpu" else (device,)
    return f"{weights.architecture}-{hashlib.sha256(repr(how + where).encode()).hexdigest()[:16]}"


def digests(images: NDArray[np.uint8], threads: int = 2) -> Digests:
    """sha256 of the pixels and the shape of each image, shape (n,)."""
    shape = repr(images.shape[1:]).encode()

    def some(start: int) -> bytes:
        pieces = images[start : start + _PIECE]
        return b"".join(hashlib.sha256(shape + np.ascontiguousarray(image).tobytes()).digest() for image in pieces)

    with ThreadPoolExecutor(threads) as pool:  # hashlib lets other threads go on
        packed = b"".join(pool.map(some, range(0, len(images), _PIECE)))
    return np.frombuffer(packed, dtype=f"V{DIGEST_BYTES}")


def trim(folder: Path, most_bytes: int = MOST_BYTES) -> None:
    """Remove the files of all caches under `folder` that were written first, until at most `most_bytes` are kept.

    A file that somebody reads at this moment stays whole for the reader, or where the system does not let it go, stays.
    """
    files = []
    for path in folder.glob("*/*.npy"):
        with suppress(OSError):  # another process removes, too
            stat = path.stat()
            files.append((stat.st_mtime, stat.st_size, path))
    kept = sum(size for _, size, _ in files)
    for _, size, path in sorted(files):
        if kept <= most_bytes:
            return
        with suppress(OSError):
            path.unlink()
            kept -= size


class Cache:
    """The features of one `key`.

    Parameters
    ----------
    folder
        Made when something is kept.
    n_features
        Numbers of a row.
    """

    def __init__(self, folder: Path, n_features: int) -> None:
        self._folder, self._n_features = folder, n_features
        self._dtype = np.dtype([("image", f"V{DIGEST_BYTES}"), ("features", "<f4", (n_features,))])

    def read(self, wanted: Digests) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Features float32 (n, n_features) of the images `wanted`, and which of them were there."""
        rows: dict[bytes, list[int]] = {}
        for row, digest in enumerate(wanted.tolist()):
            rows.setdefault(digest, []).append(row)
        features = np.empty((len(wanted), self._n_features), dtype=np.float32)
        found = np.zeros(len(wanted), dtype=bool)
        for kept in self._files():
            places = [(rows[digest], at) for at, digest in enumerate(kept["image"].tolist()) if digest in rows]
            to = np.array([row for same, _ in places for row in same], dtype=np.intp)
            features[to] = kept["features"][[at for same, at in places for _ in same]]
            found[to] = True
        return features, found

    def write(self, images: Sequence[bytes] | Digests, features: NDArray[np.float32]) -> None:
        """Keep the `features` of these images.

        Raises
        ------
        OSError
            If the folder can't be written.
        """
        rows = np.empty(len(features), dtype=self._dtype)
        rows["image"], rows["features"] = images, features
        self._folder.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=self._folder)
        try:
            with os.fdopen(number, "wb") as file:
                np.lib.format.write_array(file, rows, allow_pickle=False)
            Path(name).replace(self._folder / f"{Path(name).stem.lstrip('.')}.npy")
        finally:
            with suppress(OSError):
                Path(name).unlink(missing_ok=True)

    def _files(self) -> list[NDArray[Any]]:
        """All that is kept. A file that can't be read is as good as none: what is in it is computed again."""
        files = []
        for path in sorted(self._folder.glob("*.npy")):
            with suppress(OSError, ValueError):
                rows = np.load(path, mmap_mode="r", allow_pickle=False)
                if rows.dtype == self._dtype and rows.ndim == 1:
                    files.append(rows)
        return files
