"""From cells to numbers: labels, probabilities and values (E306, E307, E308)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, nan

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
    """One asked column: the cells of the rows that were found, and the line of each."""

    name: str
    texts: Sequence[str]
    lines: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spot:
    column: str
    line: int
    text: str


def parse_labels(column: Cells, classes: Sequence[str], findings: Findings) -> NDArray[np.int64]:
    """Class index of each cell, -1 for one that is no class.

    Names are compared as text after trimming; where all classes are whole numbers, ``3.0`` is ``3``.
    """
    known = {name.strip(): index for index, name in enumerate(classes)}
    whole = {float(name): index for name, index in known.items()} if all(map(_WHOLE.fullmatch, known)) else {}
    codes = {text: known.get(text.strip(), -1) for text in set(column.texts)}
    rewritten = {text: whole[to_number(text)] for text, code in codes.items() if code < 0 and to_number(text) in whole}
    if rewritten:
        findings.notes.append(f"labels such as {shown(min(rewritten))} were read as whole numbers")
    codes |= rewritten
    y = np.fromiter((codes[text] for text in column.texts), dtype=np.int64, count=len(column.texts))
    wrong = _report_blanks(_spots(column, y < 0), findings)
    if wrong:
        message = f"{counted(len(wrong), 'answer is', 'answers are')} not a class: {_examples(wrong, findings)}"
        findings.add("E308", message, fix=_label_fix(wrong, classes))
    return y


def parse_flags(columns: Sequence[Cells], findings: Findings) -> list[NDArray[np.int64]]:
    """0 or 1 of each cell of each column, -1 for one that is neither; ``1.0`` is 1."""
    arrays = [np.fromiter(map(_to_flag, column.texts), np.int64, len(column.texts)) for column in columns]
    wrong = [spot for column, y in zip(columns, arrays, strict=True) for spot in _spots(column, y < 0)]
    wrong = _report_blanks(wrong, findings)
    if wrong:
        message = f"{counted(len(wrong), 'answer is', 'answers are')} neither 0 nor 1: {_examples(wrong, findings)}"
        looks_sure = all(0 < to_number(spot.text.strip()) < 1 for spot in wrong)
        fix = "these look like probabilities: (p > 0.5).astype(int)" if looks_sure else "1 where the label fits, else 0"
        findings.add("E308", message, fix=fix)
    return arrays


def parse_numbers(
    columns: Sequence[Cells], *, what: str, lenient: bool, findings: Findings
) -> list[NDArray[np.float64]]:
    """Finite float64 of each cell of each column, NaN for one that is none; those beyond `LARGEST` are a problem too.

    Parameters
    ----------
    columns
        Reported together, so that the same mistake in ten columns is one problem.
    what
        What a number means, for the fix.
    lenient
        Accept a decimal comma, with a note.
    findings
        Where problems and notes go.
    """
    if lenient and any(_DECIMAL_COMMA.fullmatch(text) for column in columns for text in column.texts):
        findings.notes.append("decimal commas were read as points")
        columns = [_with_points(column) for column in columns]
    arrays = [np.fromiter(map(to_number, column.texts), np.float64, len(column.texts)) for column in columns]
    wrong = [spot for column, y in zip(columns, arrays, strict=True) for spot in _spots(column, np.isnan(y))]
    wrong = _report_blanks(wrong, findings)
    commas = [spot for spot in wrong if _DECIMAL_COMMA.fullmatch(spot.text)]
    others = [spot for spot in wrong if not _DECIMAL_COMMA.fullmatch(spot.text)]
    if commas:
        message = f"{counted(len(commas), 'number has', 'numbers have')} a decimal comma: {_examples(commas, findings)}"
        findings.add("E307", message, fix='a point:   df.to_csv("preds.csv", index=False, decimal=".")')
    huge = [spot for column, y in zip(columns, arrays, strict=True) for spot in _spots(column, np.abs(y) > LARGEST)]
    if huge:
        message = (
            f"{counted(len(huge), 'answer is', 'answers are')} too large to be squared: {_examples(huge, findings)}"
        )
        findings.add("E307", message, fix=f"numbers between -{LARGEST:.0e} and {LARGEST:.0e}")
    if others:
        message = f"{counted(len(others), 'answer is', 'answers are')} not a finite number: "
        findings.add("E307", message + _examples(others, findings), fix=what)
    return arrays


def to_number(text: str) -> float:
    """The finite number that `text` is, else NaN. Plain ASCII: no ``1_000``, no digits of other scripts."""
    try:
        number = float(text)
    except ValueError:
        return nan
    return number if isfinite(number) and text.isascii() and "_" not in text else nan


def _to_flag(text: str) -> int:
    number = to_number(text)
    return int(number) if number in (0.0, 1.0) else -1


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


def _with_points(column: Cells) -> Cells:
    texts = [text.replace(",", ".") if _DECIMAL_COMMA.fullmatch(text) else text for text in column.texts]
    return Cells(name=column.name, texts=texts, lines=column.lines)


def _spots(column: Cells, wrong: NDArray[np.bool_]) -> list[_Spot]:
    rows = np.flatnonzero(wrong).tolist()
    return [_Spot(column=column.name, line=column.lines[row], text=column.texts[row]) for row in rows]


def _report_blanks(spots: list[_Spot], findings: Findings) -> list[_Spot]:
    """Those that are not blank. ``NA``, ``nan`` and ``null`` are no blanks: they are wrong in their own way."""
    blanks = [spot for spot in spots if not spot.text.strip()]
    if blanks:
        first = f"first: line {blanks[0].line}, column {shown(blanks[0].column)}"
        message = f"{counted(len(blanks), 'answer is', 'answers are')} blank ({first})"
        findings.add("E306", message, fix="an answer in every row")
    return [spot for spot in spots if spot.text.strip()]


def _examples(spots: list[_Spot], findings: Findings) -> str:
    in_several = len({spot.column for spot in spots}) > 1
    shown_spots = [
        f"{findings.cell(spot.text)} at line {spot.line}" + (f", column {shown(spot.column)}" if in_several else "")
        for spot in spots[:_EXAMPLES]
    ]
    return ", ".join(shown_spots + ["…"] * (len(spots) > _EXAMPLES))


def _label_fix(spots: list[_Spot], classes: Sequence[str]) -> str:
    asked = class_list(classes)
    if all(0 < to_number(spot.text.strip()) < 1 for spot in spots):
        return f"these look like probabilities: write the class, {asked}"
    text = spots[0].text.strip()
    near = next((name for name in classes if name.casefold() == text.casefold()), nearest(text[:80], classes))
    return f"{asked} (did you mean {near}?)" if near and asked.startswith("one of") else asked
