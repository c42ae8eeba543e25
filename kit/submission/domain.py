"""What a metric takes: numbers of cells (E313) and of what ``predict`` returned (E215), and cells it can read (E315).

It is looked at before anything is scored, and knows nothing of a solution.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from kit.metrics.base import Array, Domain
from kit.submission.cells import LARGEST, Cells
from kit.submission.findings import Findings, counted, shown
from kit.submission.form import Form

ROUNDING = 1e-6
"""How far a probability may lie outside of 0 to 1: means and sums of float32 do, by less than this."""

ONE: Mapping[Domain, str] = {
    "probabilities": "is no probability",
    "not negative": "is negative",
    "positive": "is not positive",
}
MANY: Mapping[Domain, str] = {
    "probabilities": "are no probabilities",
    "not negative": "are negative",
    "positive": "are not positive",
}
_CELLS = {"E306", "E307", "E308", "E313"}
_EXAMPLES = 3


def outside(numbers: Array, domain: Domain) -> NDArray[np.bool_]:
    """Which of these numbers a metric of that domain does not take; of the same shape. Never NaN."""
    if domain == "probabilities":
        return np.asarray((numbers < -ROUNDING) | (numbers > 1 + ROUNDING))
    if domain == "positive":
        return np.asarray(numbers <= 0)
    return np.asarray(numbers < 0) if domain == "not negative" else np.zeros(np.shape(numbers), dtype=np.bool_)


def cause(numbers: Array, domain: Domain, *, n_columns: int = 1) -> tuple[str, str]:
    """Why such numbers come about, and what to write.

    Parameters
    ----------
    numbers
        All answers, finite, some of them `outside` of the domain.
    domain
        What the metric takes.
    n_columns
        How many numbers answer a row.

    Examples
    --------
    >>> cause(np.array([-3.2, 4.0]), "probabilities")[1]
    '1 / (1 + np.exp(-answers))   or   net(X).sigmoid()'
    """
    if domain == "not negative":
        why = "The metric takes the logarithm of 1 + the answer, and nothing that is counted is negative."
        return why, "np.clip(answers, 0, None)"
    if domain == "positive":
        return "The metric divides by the answer, or takes its logarithm.", "np.clip(answers, 1e-9, None)"
    if (numbers < -ROUNDING).any():
        why = "A probability is never negative; these look like logits, as a network gives them."
        return why, "net(X).softmax(dim=1)" if n_columns > 1 else "1 / (1 + np.exp(-answers))   or   net(X).sigmoid()"
    if numbers.max() <= 100 and np.median(numbers) > 1:
        return "These look like per cent.", "answers / 100"
    return "A probability lies between 0 and 1.", "model.predict_proba(X)"


class DomainCheck:
    """Cells whose number is one that the metric does not take, with place and row id (E313), piece by piece.

    Parameters
    ----------
    domain
        What the metric takes.
    are_shares
        Whether the columns are probabilities of classes that exclude each other, so that a row is rescaled.
    """

    def __init__(self, domain: Domain, *, are_shares: bool) -> None:
        self._domain, self._are_shares = domain, are_shares
        self._n = 0
        self._first: dict[str, list[tuple[str, int, str]]] = {}

    def take(self, column: Cells, numbers: Array, row_ids: Sequence[str]) -> None:
        """A piece of a column, the number in each cell, NaN where there is none, and the ids of its rows."""
        first = self._first.setdefault(column.name, [])
        rows = np.flatnonzero(outside(numbers, self._domain) & (np.abs(numbers) <= LARGEST))
        self._n += len(rows)
        for row in rows[: _EXAMPLES - len(first)].tolist():
            first.append((column.text(row), int(column.lines[row]), row_ids[row]))

    def report(
        self, arrays: Sequence[Array], findings: Findings, *, lines: Sequence[int] | Array, row_ids: Sequence[str]
    ) -> None:
        """Say what was found; the arrays are those of whole columns, with line and id of each row."""
        if not self._n:
            if self._domain == "probabilities" and len(arrays) > 1 and self._are_shares:
                _check_sums(arrays, lines, row_ids, findings)
            return
        in_several = len(self._first) > 1
        examples = [
            f"{findings.cell(text)} at {findings.unit} {line} (id {shown(row_id)}"
            + (f", column {shown(name)})" if in_several else ")")
            for name, spots in self._first.items()
            for text, line, row_id in spots
        ]
        numbers = np.concatenate([*arrays])
        why, fix = cause(numbers[np.isfinite(numbers)], self._domain, n_columns=len(arrays))
        count = counted(self._n, f"answer {ONE[self._domain]}", f"answers {MANY[self._domain]}")
        findings.add("E313", f"{count}: {_first(examples, self._n)}", why=why, fix=fix)


def check_cells(
    columns: Sequence[Cells],
    arrays: Sequence[Array],
    domain: Domain,
    *,
    are_shares: bool = True,
    row_ids: Sequence[str],
    findings: Findings,
) -> None:
    """`DomainCheck` of whole columns, whose rows have these ids."""
    check = DomainCheck(domain, are_shares=are_shares)
    for column, numbers in zip(columns, arrays, strict=True):
        check.take(column, numbers, row_ids)
    if columns:
        check.report(arrays, findings, lines=columns[0].lines, row_ids=row_ids)


def check_readable(
    y_pred: Array, form: Form, *, lines: Sequence[int] | NDArray[np.int64], row_ids: Sequence[str], findings: Findings
) -> None:
    """Report the first row that the metric can't score though each of its cells is of the right sort (E315)."""
    if any(problem.code in _CELLS for problem in findings.problems):
        return  # what a metric says of a hole in the answers says nothing
    found = form.wrong(y_pred) if form.wrong else None
    if found is not None:
        row, why = found
        message = f"the answer at {findings.unit} {lines[row]} (id {shown(row_ids[row])}) can't be scored: {why}"
        findings.add("E315", message, fix="write it anew; the lines below it may have the same")


def _check_sums(
    arrays: Sequence[Array], lines: Sequence[int] | Array, row_ids: Sequence[str], findings: Findings
) -> None:
    """Report rows that give every class the probability 0: there is nothing to rescale."""
    empty = np.flatnonzero(has_no_sum(arrays))
    if len(empty):
        examples = [f"{findings.unit} {lines[row]} (id {shown(row_ids[row])})" for row in empty[:_EXAMPLES].tolist()]
        count = counted(len(empty), "row gives", "rows give")
        why = "Each row is rescaled to sum to 1, and a row of zeros can't be."
        fix = f"1/{len(arrays)} for each class says   I don't know"
        findings.add("E313", f"{count} every class the probability 0: {_first(examples, len(empty))}", why=why, fix=fix)


def has_no_sum(arrays: Sequence[Array]) -> NDArray[np.bool_]:
    """Which rows of columns of probabilities can't be rescaled."""
    return np.asarray(np.sum(arrays, axis=0) <= 0)


def _first(examples: Sequence[str], n: int) -> str:
    return ", ".join([*examples[:_EXAMPLES], *["…"] * (n > _EXAMPLES)])
