"""``sklearn:<name>``: the data sets inside scikit-learn's package, which need no network.

Row ids are the places in the package's own order. The order of the classes is that of ``target_names``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kit.dataset import Column, Images, Table
from kit.source.base import OnProgress, Rows, unknown_name

if TYPE_CHECKING:
    from kit.competition import Competition

NAMES = ("breast_cancer", "diabetes", "digits", "iris", "wine")


def load(
    argument: str,
    competition: Competition,  # noqa: ARG001 - the signature of a source
    folder: Path,  # noqa: ARG001
    *,
    on_progress: OnProgress,
) -> Rows:
    """The rows of ``sklearn:argument``; ``digits`` as images, the others as tables.

    Raises
    ------
    DataError
        E504 if the package has no such set.
    """
    if argument not in NAMES:
        raise unknown_name(argument, NAMES, prefix="sklearn")
    on_progress(f"reading {argument} from scikit-learn")
    from sklearn import datasets

    # As measured: scaled, as scikit-learn gives them by default, they would hold means of the rows that are held out.
    raw = {"scaled": False} if argument == "diabetes" else {}
    bunch: Any = getattr(datasets, f"load_{argument}")(**raw)
    classes = tuple(str(name) for name in bunch.get("target_names", ()))
    return Rows(
        storage=_images(bunch.images) if argument == "digits" else _table(bunch.data, bunch.feature_names),
        y=np.asarray(bunch.target, dtype=np.int64 if classes else np.float64),
        ids=tuple(str(i) for i in range(len(bunch.target))),
        classes=classes,
    )


def _images(intensities: NDArray[np.float64]) -> Images:
    """Shape (n, 1, height, width): the package counts ink from 0 to 16, we store it from 0 to 255."""
    return np.round(intensities * 255 / 16).astype(np.uint8)[:, None]


def _table(numbers: NDArray[np.float64], names: Sequence[str]) -> Table:
    return Table(
        tuple(
            Column(name=str(name), dtype="number", data=np.ascontiguousarray(numbers[:, i]))
            for i, name in enumerate(names)
        )
    )
