"""What a competition asks of a submission, and what a submission is once it has been read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from numpy.typing import NDArray

from kit.metrics.base import Array, Domain, Needs

CellSort: TypeAlias = Literal["classes", "flags", "numbers", "text"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The public side of a competition's answer sheet.

    Parameters
    ----------
    competition
        Its name, for messages.
    row_id_column_name, columns
        The header of a submitted file, in the order of the sample submission.
    row_ids
        Ids of all test rows, public and private, as text. `Names` where there may be millions.
    needs
        What the metric is given; see `cells`. Where it is the returns of episodes there is no file: they are what an
        agent got while the kit watched.
    classes
        Names of the classes in the order of their indices, where a row has one of them. For probabilities of more
        than two classes `columns` are these names; of two, the one column is P(classes[1]). Empty where there are no
        classes, and where each column stands by itself: one of several labels of a row, or of the bins of a forecast.
    domain
        Which numbers the metric takes.
    wrong
        `Metric.wrong`: which answer it can't score though each cell is of the right sort (E315, E221). None where
        that is not asked: a function does not cross the border to a plugin's process.
    numeric
        Of columns whose cells are ``text`` those that have to hold finite numbers all the same, as they stand in the
        file: a metric of the host's own reads the tables, and is not to stumble over a cell.
    lenient
        Accept ``;`` separators, decimal commas and UTF-16, with a note.
    """

    competition: str
    row_id_column_name: str
    row_ids: Sequence[str]
    columns: tuple[str, ...]
    needs: Needs
    classes: tuple[str, ...] = ()
    domain: Domain = "any"
    wrong: Callable[[Array], tuple[int, str] | None] | None = field(default=None, compare=False, repr=False)
    numeric: tuple[str, ...] = ()
    lenient: bool = False

    @property
    def cells(self) -> CellSort:
        """What stands in the cells of `columns`.

        ``classes``: the name of a class; one column. ``flags``: 0 or 1 in each column, of several labels of a row.
        ``numbers``: finite ones, in one column or more. ``text``: whatever the metric reads, blank included.
        """
        if self.needs in ("ranking", "text"):
            return "text"
        if self.needs == "labels":
            return "classes" if self.classes else "flags"
        return "numbers"

    @property
    def header(self) -> tuple[str, ...]:
        """First line of a submitted file; any order will do."""
        return (self.row_id_column_name, *self.columns)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Predictions:
    """Answers to the test rows in the order of ``form.row_ids``.

    Parameters
    ----------
    y_pred
        Shape (n,) for one column and (n, k) for more. By `Form.cells`: int64 class indices, shape (n,); int64 flags
        of 0 and 1; finite float64, probabilities of k > 2 classes in the order of ``form.classes``; `str` objects, the
        cells of a file as they stand there.
    notes
        What was accepted though it is not quite the form, one short clause each.
    """

    y_pred: NDArray[Any]
    notes: tuple[str, ...] = ()
