"""From cells to numbers: labels, probabilities and values (E306, E307, E308)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import isfinite, nan
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kit.errors import nearest
from kit.submission.findings import Findings, counted, listed, shown

_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,14})")
_DECIMAL_COMMA = re.compile(r"\s*[+-]?[0-9]+,[0-9]+\s*")
_EXAMPLES = 3
LARGEST = 1e100
"""Of the numbers that are accepted: their squares, and the sums of these, stay finite for every metric."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cells:
    """One asked column: the cells of the rows that were found, and the line of each.

    Parameters
    ----------
    name
        Of the column.
    texts
        As they stand in the file; empty where it holds numbers.
    lines
        Line of each in a text, else its row.
    numbers
        Of a file that holds numbers instead of texts.
    """

    name: str
    texts: Sequence[str]
    lines: Sequence[int] | NDArray[np.int64]
    numbers: NDArray[Any] | None = None

    def text(self, row: int) -> str:
        """A cell as a message shows it."""
        return self.texts[row] if self.numbers is None else str(self.numbers[row])

    def of(self, rows: NDArray[np.int64]) -> Cells:
        """Those of some rows."""
        lines = np.asarray(self.lines)[rows]
        if len(rows) == len(self.lines):
            return self  # rows are in order and differ, so it is all of them
        if self.numbers is not None:
            return Cells(name=self.name, texts=(), lines=lines, numbers=self.numbers[rows])
        return Cells(name=self.name, texts=[self.texts[row] for row in rows.tolist()], lines=lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spot:
    column: str
    line: int
    text: str


class Spots:
    """Cells with the same mistake: how many, and the first of each column, so that ten million take no more room."""

    def __init__(self) -> None:
        self.n = 0
        self.are_shares = True
        self._first: dict[str, list[_Spot]] = {}

    def add(self, column: Cells, rows: NDArray[np.int64]) -> None:
        """Cells of one column, by their rows in it."""
        first = self._first.setdefault(column.name, [])
        self.n += len(rows)
        room = _EXAMPLES + 1 - len(first)
        first += [
            _Spot(column=column.name, line=int(column.lines[row]), text=column.text(row))
            for row in rows[:room].tolist()
        ]
        self.are_shares = self.are_shares and all(0 < to_number(column.text(row).strip()) < 1 for row in rows.tolist())

    @property
    def first(self) -> list[_Spot]:
        """The first of every column, column by column."""
        return [spot for spots in self._first.values() for spot in spots]

    def examples(self, findings: Findings) -> str:
        """The first three in words."""
        in_several = len(self._first) > 1
        examples = [
            f"{findings.cell(spot.text)} at {findings.unit} {spot.line}"
            + (f", column {shown(spot.column)}" if in_several else "")
            for spot in self.first[:_EXAMPLES]
        ]
        return ", ".join(examples + ["…"] * (self.n > _EXAMPLES))


@dataclass(slots=True, kw_only=True, eq=False)
class LabelReader:
    """Class index of each cell, -1 for one that is no class, piece by piece.

    Names are compared as text after trimming; where all classes are whole numbers, ``3.0`` is ``3``.
    """

    classes: Sequence[str]
    blanks: Spots = field(default_factory=Spots)
    wrong: Spots = field(default_factory=Spots)
    rewritten: set[str] = field(default_factory=set)

    def read(self, column: Cells) -> NDArray[np.int64]:
        """The next piece."""
        known = {name.strip(): index for index, name in enumerate(self.classes)}
        whole = {float(name): index for name, index in known.items()} if whole_classes(known) else {}
        texts, inverse = _different(column)
        codes = {text: known.get(text.strip(), -1) for text in texts}
        rewritten = {t: whole[to_number(t)] for t, code in codes.items() if code < 0 and to_number(t) in whole}
        if rewritten:
            self.rewritten = {min(self.rewritten | {*rewritten})}
        codes |= rewritten
        if inverse is None:
            y = np.fromiter((codes[text] for text in column.texts), dtype=np.int64, count=len(column.texts))
        else:
            y = np.array([codes[text] for text in texts], dtype=np.int64)[inverse]
        _sort_out(column, np.flatnonzero(y < 0), self.blanks, self.wrong)
        return y

    def report(self, findings: Findings) -> None:
        """Say what was found."""
        if self.rewritten:
            findings.notes.append(labels_note(min(self.rewritten)))
        _report_blanks(self.blanks, findings)
        if self.wrong.n:
            count = counted(self.wrong.n, "answer is", "answers are")
            message = f"{count} not a class: {self.wrong.examples(findings)}"
            findings.add("E308", message, fix=_label_fix(self.wrong, self.classes))


@dataclass(slots=True, kw_only=True, eq=False)
class FlagReader:
    """0 or 1 of each cell of each column, -1 for one that is neither, piece by piece; ``1.0`` is 1."""

    blanks: Spots = field(default_factory=Spots)
    wrong: Spots = field(default_factory=Spots)

    def read(self, column: Cells) -> NDArray[np.int64]:
        """The next piece of a column."""
        numbers = _numbers(column)
        y = np.where((numbers == 0) | (numbers == 1), numbers, -1).astype(np.int64)
        _sort_out(column, np.flatnonzero(y < 0), self.blanks, self.wrong)
        return y

    def report(self, findings: Findings) -> None:
        """Say what was found."""
        _report_blanks(self.blanks, findings)
        if self.wrong.n:
            count = counted(self.wrong.n, "answer is", "answers are")
            fix = "1 where the label fits, else 0"
            fix = "these look like probabilities: (p > 0.5).astype(int)" if self.wrong.are_shares else fix
            findings.add("E308", f"{count} neither 0 nor 1: {self.wrong.examples(findings)}", fix=fix)


@dataclass(slots=True, kw_only=True, eq=False)
class NumberReader:
    """Finite float64 of each cell of each column, piece by piece; NaN for one that is none.

    Parameters
    ----------
    what
        What a number means, for the fix.
    lenient
        Accept a decimal comma, with a note.
    """

    what: str
    lenient: bool
    blanks: Spots = field(default_factory=Spots)
    commas: Spots = field(default_factory=Spots)
    huge: Spots = field(default_factory=Spots)
    wrong: Spots = field(default_factory=Spots)
    had_commas: bool = False

    def read(self, column: Cells) -> NDArray[np.float64]:
        """The next piece of a column."""
        numbers = _numbers(column)
        bad = np.flatnonzero(np.isnan(numbers))
        has_comma = np.fromiter(
            (bool(_DECIMAL_COMMA.fullmatch(column.text(row))) for row in bad.tolist()), np.bool_, len(bad)
        )
        commas = bad[has_comma]
        if self.lenient:
            numbers[commas] = [to_number(column.text(row).replace(",", ".")) for row in commas.tolist()]
            self.had_commas = self.had_commas or len(commas) > 0
        else:
            self.commas.add(column, commas)
        _sort_out(column, bad[~has_comma], self.blanks, self.wrong)
        self.huge.add(column, np.flatnonzero(np.abs(numbers) > LARGEST))
        return numbers

    def report(self, findings: Findings) -> None:
        """Say what was found."""
        if self.had_commas:
            findings.notes.append("decimal commas were read as points")
        _report_blanks(self.blanks, findings)
        if self.commas.n:
            count = counted(self.commas.n, "number has", "numbers have")
            message = f"{count} a decimal comma: {self.commas.examples(findings)}"
            findings.add("E307", message, fix='a point:   df.to_csv("preds.csv", index=False, decimal=".")')
        if self.huge.n:
            count = counted(self.huge.n, "answer is", "answers are")
            message = f"{count} too large to be squared: {self.huge.examples(findings)}"
            findings.add("E307", message, fix=f"numbers between -{LARGEST:.0e} and {LARGEST:.0e}")
        if self.wrong.n:
            count = counted(self.wrong.n, "answer is", "answers are")
            findings.add("E307", f"{count} not a finite number: {self.wrong.examples(findings)}", fix=self.what)


@dataclass(slots=True, kw_only=True, eq=False)
class TextReader:
    """Cells as they stand in the file, piece by piece; there is nothing to say about them."""

    def read(self, column: Cells) -> NDArray[Any]:
        """The next piece."""
        texts = np.empty(len(column.lines), object)
        texts[:] = column.texts if column.numbers is None else [str(number) for number in column.numbers]
        return texts

    def report(self, findings: Findings) -> None:
        """Nothing."""


@dataclass(slots=True, kw_only=True, eq=False)
class FigureReader:
    """Cells that have to be finite numbers, as they stand in the file, for who reads text; a decimal comma is a point.

    Parameters
    ----------
    numbers
        Says what is wrong with them.
    """

    numbers: NumberReader

    def read(self, column: Cells) -> NDArray[Any]:
        """The next piece of a column."""
        numbers = self.numbers.read(column)
        texts = TextReader().read(column)
        if self.numbers.had_commas:
            commas = [row for row, text in enumerate(texts) if "," in text and isfinite(numbers[row])]
            texts[commas] = [texts[row].replace(",", ".") for row in commas]
        return texts

    def report(self, findings: Findings) -> None:
        """Say what was found."""
        self.numbers.report(findings)


Reader: TypeAlias = LabelReader | FlagReader | NumberReader | TextReader | FigureReader


def parse_labels(column: Cells, classes: Sequence[str], findings: Findings) -> NDArray[np.int64]:
    """`LabelReader` of a whole column."""
    reader = LabelReader(classes=classes)
    y = reader.read(column)
    reader.report(findings)
    return y


def parse_flags(columns: Sequence[Cells], findings: Findings) -> list[NDArray[np.int64]]:
    """`FlagReader` of whole columns, reported together."""
    reader = FlagReader()
    arrays = [reader.read(column) for column in columns]
    reader.report(findings)
    return arrays


def parse_numbers(
    columns: Sequence[Cells], *, what: str, lenient: bool, findings: Findings
) -> list[NDArray[np.float64]]:
    """`NumberReader` of whole columns, reported together: the same mistake in ten of them is one problem."""
    reader = NumberReader(what=what, lenient=lenient)
    arrays = [reader.read(column) for column in columns]
    reader.report(findings)
    return arrays


def to_number(text: str) -> float:
    """The finite number that `text` is, else NaN. Plain ASCII: no ``1_000``, no digits of other scripts."""
    try:
        number = float(text)
    except ValueError:
        return nan
    return number if isfinite(number) and text.isascii() and "_" not in text else nan


def whole_classes(names: Iterable[str]) -> bool:
    """Whether the classes are whole numbers, so that ``3.0`` is ``3``."""
    return all(map(_WHOLE.fullmatch, names))


def labels_note(text: str) -> str:
    """The note on labels that were read as whole numbers, by one of them."""
    return f"labels such as {shown(text)} were read as whole numbers"


def class_list(classes: Sequence[str]) -> str:
    """The classes as a fix names them.

    Examples
    --------
    >>> class_list(["0", "1", "2"])
    'whole numbers 0 to 2'
    >>> class_list(["cat", "dog"])
    'one of: cat, dog'
    """
    if len(classes) > 2 and list(classes) == [str(i) for i in range(len(classes))]:
        return f"whole numbers 0 to {len(classes) - 1}"
    return f"one of: {listed(classes)}"


def _different(column: Cells) -> tuple[Sequence[str], NDArray[np.int64] | None]:
    """The different cells, and where the file holds numbers the place of each cell among them."""
    if column.numbers is None:
        return tuple(set(column.texts)), None
    values, inverse = np.unique(column.numbers, return_inverse=True)
    return [str(value) for value in values], inverse


def _numbers(column: Cells) -> NDArray[np.float64]:
    if column.numbers is None:
        return np.fromiter(map(to_number, column.texts), np.float64, len(column.texts))
    numbers = column.numbers.astype(np.float64)
    numbers[~np.isfinite(numbers)] = nan
    return numbers


def _sort_out(column: Cells, rows: NDArray[np.int64], blanks: Spots, wrong: Spots) -> None:
    """Blank cells on their own. ``NA``, ``nan`` and ``null`` are no blanks: they are wrong in their own way."""
    is_blank = np.fromiter((not column.text(row).strip() for row in rows.tolist()), np.bool_, len(rows))
    blanks.add(column, rows[is_blank])
    wrong.add(column, rows[~is_blank])


def _report_blanks(blanks: Spots, findings: Findings) -> None:
    if blanks.n:
        spot = blanks.first[0]
        first = f"first: {findings.unit} {spot.line}, column {shown(spot.column)}"
        count = counted(blanks.n, "answer is", "answers are")
        findings.add("E306", f"{count} blank ({first})", fix="an answer in every row")


def _label_fix(wrong: Spots, classes: Sequence[str]) -> str:
    asked = class_list(classes)
    if wrong.are_shares:
        return f"these look like probabilities: write the class, {asked}"
    text = wrong.first[0].text.strip()
    near = next((name for name in classes if name.casefold() == text.casefold()), nearest(text[:80], classes))
    return f"{asked} (did you mean {near}?)" if near and asked.startswith("one of") else asked
