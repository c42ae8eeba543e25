"""Words and drawings of the terminal: one shape for every error, one way to write a score, an interval, an age.

``show`` writes results (stdout), ``say`` talks (stderr). Both bring commands into the form that this person can type,
replace glyphs that the stream's encoding does not have, and leave colour out of anything that is not a terminal.
"""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TextIO, TypeVar

import click

from kit.cli.invocation import current
from kit.errors import KitError, Problem

# One import of the screen is all that a command needs to write a score.
from kit.notation import Unit as Unit
from kit.notation import interval as interval
from kit.notation import number as number
from kit.notation import remaining as remaining
from kit.notation import score as score

Form = Literal["words", "json", "csv"]
F = TypeVar("F", bound=Callable[..., Any])

_MIN_WIDTH, _MAX_WIDTH = 60, 100
_CODE = re.compile(r" *\d* \| ")  # a line of a file, with its number or with a mark under it
_LEAST_WORDS = 20  # columns: in less, a sentence is a column of words
_BODY = " " * 6
_BOLD = re.compile(r"(\x1b\[[01]m)")
_JOINERS = "\u200c\u200d"  # names in Persian and Sinhala are written with them, and emoji of several parts
_SPARKS = "▁▂▃▄▅▆▇█"
_DOTS = {chr(0x2800 + dots): " ..::++##"[dots.bit_count()] for dots in range(256)}  # Braille
_ASCII = str.maketrans(
    dict(zip(_SPARKS, "_.-~=+*#", strict=True))
    | _DOTS
    | {
        "●": "o",
        "▀": "'",
        "▲": "^",
        "▼": "v",
        "…": "...",
        "→": "->",
        "—": "-",
        "≤": "<=",
        "≥": ">=",
        "·": ".",
        "±": "+-",
        "┌": "/",
        "│": "|",
        "└": "\\",
    }
)


def show(text: str = "") -> None:
    """Write a result to stdout."""
    _write(text, sys.stdout)


def say(text: str = "") -> None:
    """Talk on stderr."""
    _write(text, sys.stderr)


def show_json(value: Any) -> None:
    """Write `value` as JSON to stdout: unrounded, and null where a number is not finite."""
    text = json.dumps(_finite(value), indent=2, ensure_ascii=False)
    if not text.isascii():  # JSON escapes those control characters only that are of ASCII
        text = "".join(c if _is_harmless(c) else json.dumps(c)[1:-1] for c in text)
    _write(text, sys.stdout, as_is=True)


def show_csv(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Write `rows` as CSV with a header of `columns` to stdout. Text that a spreadsheet would reckon gets a quote."""
    import csv
    import io

    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: _no_formula(value) for key, value in row.items()} for row in rows)
    _write(text.getvalue().rstrip("\n"), sys.stdout, as_is=True)


def _no_formula(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t")) else value


def formats(*, csv: bool = False) -> Callable[[F], F]:
    """Add ``--json``, and ``--csv`` for lists, to a command, which is told as ``form``."""

    def decorate(function: F) -> F:
        if csv:
            function = click.option("--csv", "form", flag_value="csv", help="As CSV, numbers unrounded.")(function)
        option = click.option("--json", "form", flag_value="json", default="words", help="As JSON, numbers unrounded.")
        return option(function)

    return decorate


def width() -> int:
    """Columns that we write in: those of the terminal, 60 to 100; 100 where there is none."""
    # Longer lines are hard to read: in a wide terminal, the room on the right is left free.
    return min(max(_MIN_WIDTH, shutil.get_terminal_size((_MAX_WIDTH, 24)).columns), _MAX_WIDTH)


def is_terminal(stream: TextIO) -> bool:
    """Whether a person sees `stream` as it is written."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def typed(command: str) -> str:
    """`command` as this person can type it, for texts that have to be aligned before they are shown."""
    return current().named(command)


def bold(text: str) -> str:
    """`text`, stronger where that can be seen."""
    return click.style(text, bold=True)


def error_text(error: KitError) -> str:
    """An error in its one shape: code and what happened; where; excerpt; expected, got; why; fix; its parts."""
    if error.parts and error.parts[0] == error.problem:  # several of one rank: the first lends its name to all
        lines = [line for part in error.parts for line in _block(part)]
    else:
        lines = _block(error.problem)
        arrow = max((len(clean(part.message)) for part in error.parts if _is_short(part)), default=0)
        for part in error.parts:
            lines += _one_line(part, arrow) if _is_short(part) else _indented(_block(part))
    lesson = error.codes[0]
    return "\n".join([*lines, f"{_BODY}{'More':<6}kit explain {lesson}"])


def _block(problem: Problem) -> list[str]:
    message, where = clean(problem.message), clean(problem.where)
    lines = _wrapped(f"{problem.code}  {message}", hang=len(_BODY))
    if where and not _says(message, where):
        aside = f"{lines[-1]:<58}   {where}"
        lines[-1:] = [aside] if len(aside) <= width() else [lines[-1], *_labelled("at", where)]
    lines[0] = lines[0].replace(problem.code, bold(problem.code), 1)
    for line in clean(problem.excerpt).splitlines():  # code stays as it is, what Python said of it is wrapped
        lines += [_BODY + part for part in ([line] if _CODE.match(line) else _wrapped(line, room=width() - 6) or [""])]
    lines += _expectation(clean(problem.expected), clean(problem.got))
    for label, text in (("Why", problem.why), ("Fix", problem.fix), ("Printed", problem.printed)):
        lines += _labelled(label, text)
    return lines


def _says(message: str, where: str) -> bool:
    """Whether `message` names the place already: the file, and the line where there is one."""
    file, colon, line = where.rpartition(":")
    return where in message or (bool(colon) and file in message and f"line {line}" in message)


def _expectation(expected: str, got: str) -> list[str]:
    if not expected and not got:
        return []
    both = f"{_BODY}Expected  {expected}     Got  {got}"
    if len(both) <= width() and "\n" not in both:
        return [both]
    return _labelled("Expected", expected) + _labelled("Got", got)


def _labelled(label: str, text: str) -> list[str]:
    """Text beside its label; the writer's own line breaks stay, longer lines are wrapped."""
    if not text:
        return []
    start = f"{_BODY}{label}  " if len(label) > 3 else f"{_BODY}{label:<6}"
    room = width() - len(start)
    lines = [line for part in clean(text).splitlines() for line in _parted(part, room) or [""]]
    return [(start if i == 0 else " " * len(start)) + line for i, line in enumerate(lines)]


def _parted(text: str, room: int) -> list[str]:
    """`text` in lines that first part where three blanks set off code, which can be copied in one piece then."""
    lines: list[str] = []
    for blanks, piece in re.findall(r"(^ *| {3,})(.+?)(?= {3}|$)", text):
        if lines and len(lines[-1] + blanks + piece) <= room:
            lines[-1] += blanks + piece
        else:
            lines += _wrapped(piece if lines else blanks + piece, room=room)
    return lines


def _is_short(problem: Problem) -> bool:
    return not problem.excerpt and not problem.why and "\n" not in problem.fix


def _one_line(problem: Problem, arrow: int) -> list[str]:
    """A part of an envelope: ``E303  what is wrong     -> what to do``."""
    message = clean(problem.message)
    advice = f"-> {clean(problem.fix)}" if problem.fix else ""
    if problem.expected or problem.got:
        advice = "   ".join(filter(None, [f"expected {clean(problem.expected)}, got {clean(problem.got)}", advice]))
    line = f"{_BODY}{problem.code}  {message:<{arrow}}  {advice}".rstrip()
    if len(line) <= width():
        return [line]
    first = _wrapped(f"{_BODY}{problem.code}  {message}", hang=12)
    return first + [" " * 12 + part for part in _wrapped(advice, room=width() - 12, hang=3)]


def _indented(lines: Iterable[str]) -> list[str]:
    return [_BODY + line for line in lines]


def _wrapped(text: str, *, hang: int = 0, room: int | None = None) -> list[str]:
    return textwrap.wrap(
        text, room or width(), subsequent_indent=" " * hang, break_long_words=False, break_on_hyphens=False
    )


def clean(text: str) -> str:
    """`text` as its reader sees it: paths from where he stands, and no control character of a stranger's in it."""
    text = text.replace(f"{Path.cwd()}{os.sep}", "")
    return text if text.isprintable() else "".join(c if _is_harmless(c) else "\N{REPLACEMENT CHARACTER}" for c in text)


def _is_harmless(character: str) -> bool:
    return character in "\n\t" or character in _JOINERS or unicodedata.category(character)[0] != "C"


def interval_bar(
    lo: float, value: float, hi: float, unit: Unit, *, widest: float, step: float = 0.0, cells: int = 8
) -> str:
    """``95.2 --●- 99.1``: a bar whose length is the interval's share of the `widest` one, the score where it lies."""
    share = (hi - lo) / widest if widest > 0 else 0.0
    length = max(3, round(cells * share))
    place = round((value - lo) / (hi - lo) * (length - 1)) if hi > lo else length // 2
    bar = "".join("●" if i == min(max(place, 0), length - 1) else "-" for i in range(length))
    return f"{number(lo, unit, step=step)} {bar} {number(hi, unit, step=step)}"


def sparkline(values: Sequence[float], *, cells: int = 8) -> str:
    """The course of `values` in at most `cells` glyphs; ``x`` stands for one that is not finite."""
    step = len(values) / min(len(values), cells) if values else 1.0
    chosen = [values[min(int((i + 1) * step) - 1, len(values) - 1)] for i in range(min(len(values), cells))]
    finite = [value for value in chosen if math.isfinite(value)]
    low, high = min(finite, default=0.0) / 2, max(finite, default=0.0) / 2  # halves: a difference can't overflow
    top = len(_SPARKS) - 1
    return "".join(
        _SPARKS[round((value / 2 - low) / (high - low) * top) if high > low else 0] if math.isfinite(value) else "x"
        for value in chosen
    )


def age(seconds: float) -> str:
    """How long ago: ``now``, ``5 min``, ``2 h``, ``3 d``."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return "now"


def duration(seconds: float) -> str:
    """How long: ``4.4 s``, ``3 min 12 s``."""
    return f"{seconds:.1f} s" if seconds < 100 else f"{int(seconds // 60)} min {int(seconds % 60)} s"


def labelled(label: str, text: str, *, room: int, indent: int = 2) -> list[str]:
    """``  Label   text``, wrapped to the terminal with the text in a column of its own."""
    start = " " * indent + f"{label:<{room}}"
    lines = _wrapped(clean(text), room=width() - len(start)) or [""]
    return [(start if i == 0 else " " * len(start)) + line for i, line in enumerate(lines)]


def filled(text: str) -> str:
    """Paragraphs of `text` wrapped to the terminal; indented lines stay as they are."""
    paragraphs = []
    for paragraph in text.split("\n\n"):
        blocks: list[str] = []
        for line in paragraph.splitlines():
            is_prose = not line.startswith(" ") and bool(blocks) and not blocks[-1].startswith(" ")
            blocks[-1:] = [f"{blocks[-1]} {line}"] if is_prose else [*blocks[-1:], line]
        paragraphs.append("\n".join(b if b.startswith(" ") else "\n".join(_wrapped(b)) for b in blocks))
    return "\n\n".join(paragraphs)


def size(n_bytes: int) -> str:
    """``812 B``, ``1.4 kB``, ``3.2 MB``."""
    if n_bytes < 1000:
        return f"{n_bytes} B"
    return f"{n_bytes / 1e3:.1f} kB" if n_bytes < 1e6 else f"{n_bytes / 1e6:.1f} MB"


def noun_of(kind: str) -> str:
    """What the things are called that a score of such a competition stands on."""
    return {"image": "image", "agent": "episode"}.get(kind.partition("-")[0], "row")


def solved(threshold: float, low: float, value: float, unit: Literal["share", "value"]) -> str:
    """Whether an agent solved its environment: said only where the whole 95 % interval, from `low` on, is above.

    Examples
    --------
    >>> solved(475.0, 481.0, 490.0, "value")
    'yes, from 475.0 on: the whole interval is above it'
    """
    line = score(threshold, unit)
    if low >= threshold:
        return f"yes, from {line} on: the whole interval is above it"
    return (
        f"not for sure: from {line} on, which lies in the interval"
        if value >= threshold
        else f"not yet: from {line} on"
    )


def count(n: int, noun: str, plural: str = "") -> str:
    """``1 row``, ``240 rows``."""
    return f"{n} {noun if n == 1 else plural or noun + 's'}"


def grid(
    rows: Iterable[Sequence[str]],
    *,
    right: Collection[int] = (),
    gap: int = 2,
    indent: int = 2,
    shrinks: Mapping[int, int] | None = None,
) -> list[str]:
    """Rows of cells as lines with aligned columns.

    Parameters
    ----------
    rows
        Of one length.
    right
        Numbers of the columns that are aligned to the right.
    gap, indent
        Blanks between columns and before the first. Where the terminal is too narrow there are fewer between.
    shrinks
        Number of a column that may be cut where the terminal is too narrow -> the least room that it keeps. The first
        is cut first.
    """
    table = [[clean(cell) for cell in row] for row in rows]
    widths = [max(map(cells_of, column)) for column in zip(*table, strict=True)]
    if shrinks:
        gap = _fit(widths, shrinks, gap, width() - indent)
        table = [[fitted(cell, widths[i]) for i, cell in enumerate(row)] for row in table]
    return [
        (" " * indent + (" " * gap).join(_padded(c, widths[i], i in right) for i, c in enumerate(row))).rstrip()
        for row in table
    ]


def _fit(widths: list[int], shrinks: Mapping[int, int], gap: int, room: int) -> int:
    """Cut `widths` until they fit into `room`, as far as they may be cut, and return the gap between them."""

    def excess() -> int:
        return sum(widths) + gap * (len(widths) - 1) - room

    possible = sum(max(0, widths[column] - least) for column, least in shrinks.items())
    while gap > 1 and excess() > (0 if gap > 2 else possible):  # narrow gaps before anything is cut, one blank last
        gap -= 1
    for column, least in shrinks.items():
        widths[column] -= max(0, min(excess(), widths[column] - least))
    return gap


def fits(lines: Iterable[str]) -> bool:
    """Whether no line is wider than the terminal."""
    return all(cells_of(line) <= width() for line in lines)


def described(rows: Iterable[tuple[str, str]], *, gap: int = 4) -> list[str]:
    """Commands or files with what each is beside it, or below it where there is little room."""
    table = [(typed(name), words) for name, words in rows]
    room = max(cells_of(name) for name, _ in table) + gap
    if width() - 2 - room >= _LEAST_WORDS:
        return [line for name, words in table for line in labelled(name, words, room=room)]
    return [line for name, words in table for line in (f"  {name}", *labelled("", words, room=4))]


def cells_of(text: str) -> int:
    """Columns that `text` takes in a terminal: East Asian wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) or c in _JOINERS else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def fitted(text: str, room: int) -> str:
    """`text` cut to `room` columns, with an ellipsis where something is left out."""
    text = clean(text)
    if cells_of(text) <= room:
        return text
    cut = text[: max(room - 1, 0)] if text.isascii() else text
    while cells_of(cut) > max(room - 1, 0):
        cut = cut[:-1]
    return cut.rstrip() + "…"


def _padded(text: str, room: int, is_right: bool) -> str:
    space = " " * (room - cells_of(text))
    return space + text if is_right else text + space


def _write(text: str, stream: TextIO, *, as_is: bool = False) -> None:
    if not as_is:
        # Names of files and settings are strangers' words, too; what is ours of such characters makes text bold.
        parts = _BOLD.split(current().named(text))
        text = "".join(
            part if place % 2 or part.isprintable() else "".join(filter(_is_harmless, part))
            for place, part in enumerate(parts)
        )
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.translate(_ASCII).encode(encoding, "replace").decode(encoding)
    coloured = False if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" else None
    click.echo(text, file=stream, color=coloured)


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value
