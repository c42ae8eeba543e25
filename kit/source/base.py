"""The contract of a source: give every row of a data set, in the source's own order, always the same.

A source runs on the trusted side, once, when a competition is prepared; it may import what it needs. It reads from the
competition's folder, from the data home (`kit.source.homes`), or from files that `kit.source.fetch` verified, and it
writes nowhere but into the cache home. What it can't give is a `DataError` that names the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kit.dataset import Storage
from kit.errors import DataError, Problem, nearest
from kit.job import Environment
from kit.pixels import ImageFiles

if TYPE_CHECKING:
    from kit.competition import Competition
    from kit.submission.cells import Cells

OnProgress: TypeAlias = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """All rows of a data set.

    Parameters
    ----------
    storage
        Images or a table, n rows; or the files of images that are too many to be in memory.
    y
        Shape (n,): int64 indices into `classes`, or float64 values where there are no classes.
    ids
        Row ids, unique; with `is_test`, unique on either side.
    classes
        Names of the classes, in the source's own order where it has one; else whole numbers by value, text by code
        point.
    is_test
        Shape (n,), for sources that say which rows are test; None otherwise.
    column
        Shape (n,), none missing: values of the column that ``[split]`` names, as `kit.split.split` takes them; None
        where it names none, or the source has no columns to choose from.
    left_out
        What the source found and could not use, a line each: for the host alone, since a path may tell a class.
    """

    storage: Storage | ImageFiles
    y: NDArray[Any]
    ids: tuple[str, ...]
    classes: tuple[str, ...] = ()
    is_test: NDArray[np.bool_] | None = None
    column: NDArray[Any] | None = None
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What there is where a competition takes files only: ids, and answers to them.

    Parameters
    ----------
    row_ids
        In an order that is public, unique, each on one line.
    solution
        Its columns but those of the ids and of the usage, in the order of `row_ids`.
    usage
        ``Public``, ``Private`` or ``Ignored`` for each row.
    sample
        Columns of dummy answers, by their names.
    files
        What is handed out, by its name.
    left_out
        What is not, and was there: a line each, for the host alone.
    """

    row_ids: Sequence[str]
    solution: Mapping[str, Cells]
    usage: tuple[str, ...]
    sample: Mapping[str, Cells]
    files: Mapping[str, Path]
    left_out: tuple[str, ...] = ()


class Source(Protocol):
    """What ``register_sources`` names."""

    def __call__(
        self, argument: str, competition: Competition, folder: Path, *, on_progress: OnProgress
    ) -> Rows | Environment | Sheet:
        """All rows, or what an agent acts in, who has none, or where files alone are taken what they answer.

        Parameters
        ----------
        argument
            What stands after the colon in ``[data] source``.
        competition
            The whole of its file, for the keys of ``[data]`` that this source looks at.
        folder
            The competition's folder; relative paths start here.
        on_progress
            Called with one line of text when something takes long.

        Raises
        ------
        DataError
            E501 to E504.
        """


def unknown_name(name: str, known: Iterable[str], *, prefix: str) -> DataError:
    """E504 for a data set that a source does not have."""
    names = sorted(known)
    near = nearest(name, names)
    fix = f"did you mean   {prefix}:{near} ?" if near else f"known here: {', '.join(names)}"
    return DataError(
        Problem(code="E504", message=f"there is no data set {prefix}:{name}", where="[data] source", fix=fix)
    )
