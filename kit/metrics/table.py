"""A metric that is somebody's function of two tables: how it is asked, and what it answers.

The function itself runs elsewhere, in a process without network and with a time limit: whoever makes the metric hands
down what runs it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from kit.metrics.base import FloatArray
from kit.resampling import REPLICATES

Table: TypeAlias = Mapping[str, Sequence[str]]
"""Columns of text cells, all of the same length, in the order of the file."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TablePart:
    """Rows to be scored together.

    Parameters
    ----------
    solution
        Every column of the solution but ``Usage``.
    submission
        The columns that were handed in, rows in the same order.
    seed_text
        Competition and part: draws the resamples that all scores of the part share.
    n_resamples
        How many of them are wanted.
    """

    solution: Table
    submission: Table
    seed_text: str
    n_resamples: int = REPLICATES


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TableScore:
    """The score of one part, and the scores on the first of its shared resamples; NaN where one has none."""

    value: float
    replicates: FloatArray


ScoreTables: TypeAlias = Callable[[Sequence[TablePart]], Sequence[TableScore]]
