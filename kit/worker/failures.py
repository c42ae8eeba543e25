"""What a plugin's exception becomes: the entrant's own lines, the exception's words, and a hint where it is sure."""

from __future__ import annotations

import builtins
import errno
import linecache
import math
import re
import sys
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Literal, NamedTuple

from kit.dataset import Dataset, Table
from kit.errors import PluginError, Problem, nearest
from kit.job import TRACEBACK_MARK
from kit.plugin.check import missing_package
from kit.plugin.code import shown_file
from kit.worker.hints import HINTS
from kit.worker.hints.hint import Hint
from kit.worker.offline import asked_for_network, no_network

_SHAPES = re.compile(r"shapes cannot be multiplied \(\d+x(?P<got>\d+) and (?P<wanted>\d+)x\d+\)")
_IN_LIST = re.compile(r"\['([^']+)'.*\] (?:not in index|not found in axis|are in the)")
Phase = Literal["import", "fit", "predict"]
MAX_FRAMES = 6
MAX_TEXT = 1_500
_IMPORTS = {
    "F": "from torch.nn import functional as F",
    "nn": "from torch import nn",
    "np": "import numpy as np",
    "pd": "import pandas as pd",
    "plt": "import matplotlib.pyplot as plt",
    "torch": "import torch",
}
_SAYING = {"import": "while it was imported", "fit": "while fitting", "predict": "while predicting"}


def describe(
    error: BaseException,
    phase: Phase,
    *,
    folder: Path,
    name: str,
    input_shape: tuple[int, ...] = (),
    is_offline: bool = False,
) -> Problem:
    """The problem that `error` is.

    Parameters
    ----------
    error
        Whatever was raised.
    phase
        Which of the plugin's calls went on.
    folder
        The plugin's files: frames of other files are left out.
    name
        How the entrant calls the plugin.
    input_shape
        Of one row of ``X``, where it is known.
    is_offline
        Whether the sandbox keeps the network away: then it is said of a connection that failed.
    """
    frames = _own_frames(error, folder, name)
    if isinstance(error, PluginError):
        return _placed(error.problem, frames) if len(error.parts) < 2 else _together(error)
    where = f"{frames[-1].where}  in {frames[-1].function}" if frames else shown_file(name)
    if isinstance(error, ModuleNotFoundError) and error.name and "." not in error.name:
        file, _, line = (frames[-1].where if frames else shown_file(name)).partition(":")
        return missing_package(error.name, file=file, line=int(line or 0))
    if isinstance(error, SystemExit):
        return _ended(where, frames)
    if isinstance(error, OSError) and error.errno in (errno.EFBIG, errno.ENOSPC, errno.EMFILE, errno.EAGAIN):
        return _limit(error, where, frames)
    said = _said(error)
    shown = said + _suggested(error, folder)
    line = frames[-1].line if frames else ""
    if is_offline and asked_for_network(error):
        return no_network(where, line, _excerpt(frames, shown))
    hint = (
        _misplaced(error, folder)
        or _missing_column(error, folder)
        or _missing_import(error)
        or _forgotten_flatten(said, input_shape)
        or find_hint(said, phase, line)
    )
    if phase == "import":
        code, message = "E107", f"{shown_file(name)} stops with an error while it is imported"
    else:
        code, message = "E202", f"your code stopped with an error {_SAYING[phase]}"
    return Problem(code=code, message=message, where=where, excerpt=_excerpt(frames, shown), why=hint.why, fix=hint.fix)


def find_hint(said: str, phase: Phase, line: str) -> Hint:
    """The first of `HINTS` for what an exception `said`, with its numbers put in; an empty one where none fits.

    Parameters
    ----------
    said
        Type and text of the exception.
    phase
        Which of the plugin's calls went on.
    line
        The entrant's innermost line.
    """
    for hint in HINTS:
        if hint.phase in ("", phase) and re.search(hint.line, line) and (found := re.search(hint.pattern, said)):
            why, fix = (_filled(text, found.groupdict()) for text in (hint.why, hint.fix))
            return hint._replace(why=why, fix=fix)
    return Hint("", "", "")


def _filled(text: str, groups: Mapping[str, str | None]) -> str:
    for name, value in groups.items():
        text = text.replace(f"{{{name}}}", value or "")
    return text


def write_log(error: BaseException) -> None:
    """Put the whole traceback of `error` into the log, behind a mark: what is printed under an error ends there."""
    with suppress(BaseException):  # a stranger's exception may fail while it is printed; it is told all the same
        text = "".join(traceback.format_exception(error))
        print(f"\n{TRACEBACK_MARK}\n{text}", file=sys.stderr, flush=True)


def not_saved(error: Exception) -> Problem:
    """E218: a fitted model that can't be brought into bytes, or back."""
    message = "the fitted model can't be saved and loaded again"
    why = "It is scored all the same, but can't be kept, replayed or looked into."
    return Problem(code="E218", message=message, excerpt=_said(error), why=why)


def _misplaced(error: BaseException, folder: Path) -> Hint | None:
    """A file of the plugin's own that was looked for where the run is, not where the plugin is."""
    wanted = error.filename if isinstance(error, FileNotFoundError) else None
    if not isinstance(wanted, str) or Path(wanted).is_absolute() or not (folder / wanted).exists():
        return None
    why = "A run has an empty folder of its own; the plugin's files lie beside plugin.py."
    return Hint(wanted, why, f'Path(__file__).parent / "{wanted}"')


def _missing_column(error: BaseException, folder: Path) -> Hint | None:
    """A column that a table in reach of the failing line does not have, and the nearest one that it has."""
    pandas = sys.modules.get("pandas")
    if pandas is None or not isinstance(error, KeyError) or not isinstance(name := error.args[0], str):
        return None
    wanted = found[1] if (found := _IN_LIST.search(name)) else name
    frame = _innermost(error, folder)
    values = list(frame.f_locals.values()) if frame is not None else []
    values += [value.X for value in values if isinstance(value, Dataset) and isinstance(value.storage, Table)]
    columns = [str(column) for value in values if isinstance(value, pandas.DataFrame) for column in value.columns]
    if not columns or wanted in columns:
        return None
    has = ", ".join(columns[:8]) + (", …" if len(columns) > 8 else "")
    near = nearest(wanted, columns) or next((c for c in columns if c.lower() == wanted.lower()), None)
    return Hint(name, f"The table has no column {wanted!r}. It has: {has}", (near and f'"{near}"') or "one of these")


def _innermost(error: BaseException, folder: Path) -> FrameType | None:
    """The plugin's own frame in which it failed, or from which a library was called that did."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    return next((f for f in reversed(frames) if Path(f.f_code.co_filename).is_relative_to(folder)), None)


def _missing_import(error: BaseException) -> Hint | None:
    """A module by the name that everybody gives it, used without an import."""
    line = _IMPORTS.get(error.name or "") if isinstance(error, NameError) else None
    return Hint("", f"{error.name} is not imported in this file.", line) if line else None  # type: ignore[attr-defined]


def _suggested(error: BaseException, folder: Path) -> str:
    """What Python itself would suggest: it does so only while it prints, and before 3.12 nowhere else."""
    known: set[str] = set()
    wanted = error.name if isinstance(error, (NameError, AttributeError)) else None
    with suppress(BaseException):  # a stranger's __dir__
        if isinstance(error, AttributeError):
            known = set(dir(error.obj))
        elif isinstance(error, NameError) and (frame := _innermost(error, folder)) is not None:
            known = {*frame.f_locals, *frame.f_globals, *dir(builtins)}
    if not wanted:
        return ""
    names = [name for name in known if name != wanted and (wanted.startswith("_") or not name.startswith("_"))]
    same = [name for name in sorted(names) if name.lower() == wanted.lower()]
    near = same[0] if same else nearest(wanted, sorted(names))
    return f". Did you mean: {near!r}?" if near else ""


def _forgotten_flatten(said: str, input_shape: tuple[int, ...]) -> Hint | None:
    """A Linear layer that is made for whole images, and was given their lines of pixels."""
    found = _SHAPES.search(said)
    if not found or len(input_shape) < 3 or int(found["got"]) != input_shape[-1]:
        return None
    size = "x".join(map(str, input_shape))
    if int(found["wanted"]) != math.prod(input_shape):
        return None
    return Hint(
        said, f"The images come as {size}, and a Linear layer takes rows of numbers.", "nn.Flatten()   before it"
    )


class _Frame(NamedTuple):
    where: str
    function: str
    number: int
    line: str


def _own_frames(error: BaseException, folder: Path, name: str) -> list[_Frame]:
    frames = []
    for summary in traceback.extract_tb(error.__traceback__):
        file = Path(summary.filename)
        if file.is_relative_to(folder):
            number = summary.lineno or 0
            where = f"{shown_file(name, file.relative_to(folder).as_posix())}:{number}"
            line = linecache.getline(summary.filename, number).strip()
            frames.append(_Frame(where, summary.name.strip("<>"), number, line))
    return frames if len(frames) <= MAX_FRAMES else [*frames[:2], *frames[2 - MAX_FRAMES :]]


def _excerpt(frames: list[_Frame], said: str) -> str:
    outer = [f"{f.where}  in {f.function}\n{f.number} | {f.line}" for f in frames[:-1]]
    inner = [f"{f.number} | {f.line}" for f in frames[-1:]]
    return "\n".join([*outer, *inner, said])


def _said(error: BaseException) -> str:
    """Type and text, as Python prints them last."""
    if isinstance(error, SyntaxError):
        lines = traceback.format_exception_only(error)
        return lines[-1].strip()
    try:
        text = str(error)
    except BaseException:  # noqa: BLE001 - a stranger's __str__
        text = ""
    kind = type(error).__name__
    return f"{kind}: {text}"[:MAX_TEXT] if text else kind


def _ended(where: str, frames: list[_Frame]) -> Problem:
    return Problem(
        code="E210",
        message="your code ended the program before it had answered",
        where=where,
        excerpt="\n".join(f"{f.number} | {f.line}" for f in frames[-1:]),
        why="sys.exit() ends the whole run.",
        fix="return from fit and predict instead",
    )


def _limit(error: OSError, where: str, frames: list[_Frame]) -> Problem:
    return Problem(
        code="E214",
        message="your code reached a limit of this run",
        where=where,
        excerpt=_excerpt(frames, _said(error)),
        why="Size of files, number of open files and number of processes are limited.",
        fix="write less, close files, or use fewer workers",
    )


def _placed(problem: Problem, frames: list[_Frame]) -> Problem:
    """`problem`, with the line of the plugin that led to it where it does not say one."""
    if problem.where or not frames:
        return problem
    last = frames[-1]
    return replace(problem, where=f"{last.where}  in {last.function}", excerpt=f"{last.number} | {last.line}")


def _together(error: PluginError) -> Problem:
    others = ", ".join(part.code for part in error.parts[1:])
    first = error.problem
    return Problem(
        **{name: getattr(first, name) for name in Problem.__slots__}
        | {"message": f"{first.message}   (and {len(error.parts) - 1} more to fix: {others})"}
    )
