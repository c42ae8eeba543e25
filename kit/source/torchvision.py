"""``torchvision:<Name>``: the sets that torchvision publishes as IDX files. torchvision itself is not needed.

Names, addresses and MD5 sums are those of ``torchvision/datasets/mnist.py`` (0.29); sizes are of the same files.

References
----------
Y. LeCun, C. Cortes and C. J. C. Burges, *The MNIST database of handwritten digits*, 1998: the IDX format.
H. Xiao, K. Rasul and R. Vollgraf, *Fashion-MNIST*, arXiv:1708.07747, 2017.
T. Clanuwat et al., *Deep Learning for Classical Japanese Literature*, arXiv:1812.01718, 2018: KMNIST.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kit.errors import DataError, Problem
from kit.source.base import OnProgress, Rows, unknown_name
from kit.source.fetch import RemoteFile, fetch

if TYPE_CHECKING:
    from kit.competition import Competition

FILES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)
UNSIGNED_BYTE = 0x08  # third byte of an IDX file: the type of its numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One set: where it is published, and (size in bytes, MD5) of each of `FILES`."""

    mirrors: tuple[str, ...]
    contents: tuple[tuple[int, str], ...]
    classes: tuple[str, ...]

    def files(self) -> list[RemoteFile]:
        """The four files, in the order of `FILES`."""
        return [
            RemoteFile(name=name, urls=tuple(mirror + name for mirror in self.mirrors), size=size, md5=md5)
            for name, (size, md5) in zip(FILES, self.contents, strict=True)
        ]


SETS = {
    "MNIST": Published(
        mirrors=("https://ossci-datasets.s3.amazonaws.com/mnist/", "http://yann.lecun.com/exdb/mnist/"),
        contents=(
            (9912422, "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
            (28881, "d53e105ee54ea40749a09fcbcd1e9432"),
            (1648877, "9fb629c4189551a2d022fa330f9573f3"),
            (4542, "ec29112dd5afa0611ce80d1b7f02629c"),
        ),
        classes=tuple("0123456789"),
    ),
    "FashionMNIST": Published(
        mirrors=("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",),
        contents=(
            (26421880, "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
            (29515, "25c81989df183df01b3e8a0aad5dffbe"),
            (4422102, "bef4ecab320f06d8554ea6380940ec79"),
            (5148, "bb300cfdad3c16e7a12a480ee83cd310"),
        ),
        classes=(
            "T-shirt/top",
            "Trouser",
            "Pullover",
            "Dress",
            "Coat",
            "Sandal",
            "Shirt",
            "Sneaker",
            "Bag",
            "Ankle boot",
        ),
    ),
    "KMNIST": Published(
        mirrors=("http://codh.rois.ac.jp/kmnist/dataset/kmnist/",),
        contents=(
            (18165135, "bdb82020997e1d708af4cf47b453dcf7"),
            (29497, "e144d726b3acfaa3e44228e80efcd344"),
            (3041136, "5c965bf0a639b31b8f53240b1b52f4d7"),
            (5120, "7320c461ea6c1c855c0b718fb2a4b134"),
        ),
        classes=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
    ),
}


def load(
    argument: str,
    competition: Competition,
    folder: Path,  # noqa: ARG001 - the signature of a source
    *,
    on_progress: OnProgress,
) -> Rows:
    """The rows of ``torchvision:argument``: training images first, then the official test images.

    Row ids count from 0 on either side of an official split, as the files do; with another split, through both.

    Raises
    ------
    DataError
        E501 to E504.
    """
    if argument not in SETS:
        raise unknown_name(argument, SETS, prefix="torchvision")
    published = SETS[argument]
    paths = fetch(published.files(), f"torchvision/{argument}/raw", on_progress=on_progress)
    on_progress(f"reading {argument}")
    train, test = _labelled(paths[0], paths[1]), _labelled(paths[2], paths[3])
    n_train, n_test = len(train[1]), len(test[1])
    start = 0 if competition.split.method == "official" else n_train
    return Rows(
        storage=np.concatenate([train[0], test[0]])[:, None],
        y=np.concatenate([train[1], test[1]]).astype(np.int64),
        ids=tuple(str(i) for i in (*range(n_train), *range(start, start + n_test))),
        classes=published.classes,
        is_test=np.arange(n_train + n_test) >= n_train,
    )


def read_idx(path: Path, *, n_dimensions: int) -> NDArray[np.uint8]:
    """The array of unsigned bytes in a gzip-compressed IDX file.

    Raises
    ------
    DataError
        E502 if the file is no gzip file, no IDX file of that many dimensions, truncated, or longer than it says.
    """
    header = struct.Struct(f">HBB{n_dimensions}I")
    try:
        with gzip.open(path) as opened:
            zero, kind, dimensions, *shape = header.unpack(opened.read(header.size))
            data = opened.read(math.prod(shape) + 1)  # never more than the header promised, whatever is compressed
    except (OSError, EOFError, zlib.error, struct.error) as error:
        raise _damaged(path, str(error)) from None
    if (zero, kind, dimensions) != (0, UNSIGNED_BYTE, n_dimensions):
        raise _damaged(path, f"its first bytes are not those of unsigned bytes in {n_dimensions} dimensions")
    if len(data) != math.prod(shape):
        longer = "more" if len(data) > math.prod(shape) else "fewer"
        raise _damaged(path, f"it holds {longer} than the {math.prod(shape):,} bytes that its header promises")
    return np.frombuffer(data, dtype=np.uint8).reshape(shape)


def _labelled(images: Path, labels: Path) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    X, y = read_idx(images, n_dimensions=3), read_idx(labels, n_dimensions=1)
    if len(X) != len(y):
        raise _damaged(labels, f"it holds {len(y):,} labels for {len(X):,} images")
    return X, y


def _damaged(path: Path, detail: str) -> DataError:
    return DataError(
        Problem(
            code="E502",
            message=f"{path.name} is damaged: {detail}",
            where=str(path),
            fix="get the file again, or delete it and let the kit download it",
        )
    )
