"""What a competition asks of a submission, and what a submission is once it has been read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from kit.metrics.base import Domain, Needs


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
        Ids of all test rows, public and private, as text.
    needs
        What the cells of `columns` are: names of classes, probabilities or values. Where it is the returns of
        episodes there is no file: they are what an agent got while the kit watched.
    classes
        Names of the classes in the order of their indices; empty where there are none. For probabilities of more
        than two classes `columns` are these names; of two, the one column is P(classes[1]).
    domain
        Which numbers the metric takes.
    lenient
        Accept ``;`` separators, decimal commas and UTF-16, with a note.
    """

    competition: str
    row_id_column_name: str
    row_ids: tuple[str, ...]
    columns: tuple[str, ...]
    needs: Needs
    classes: tuple[str, ...] = ()
    domain: Domain = "any"
    lenient: bool = False

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
        Labels: int64 class indices, shape (n,). Probabilities and values: float64, finite, shape (n,) for one column
        and (n, k) for more; probabilities of k > 2 classes in the order of ``form.classes``.
    notes
        What was accepted though it is not quite the form, one short clause each.
    """

    y_pred: NDArray[Any]
    notes: tuple[str, ...] = ()
