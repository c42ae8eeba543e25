"""What a plugin's exception becomes: the entrant's own lines, the exception's words, and a hint where it is sure."""

from __future__ import annotations

import errno
import linecache
import traceback
from pathlib import Path
from typing import Literal, NamedTuple

from kit.errors import PluginError, Problem
from kit.plugin.check import missing_package
from kit.plugin.code import shown_file

Phase = Literal["import", "fit", "predict"]
MAX_FRAMES = 6
MAX_TEXT = 1_500
_SAYING = {"import": "while it was imported", "fit": "while fitting", "predict": "while predicting"}


class Hint(NamedTuple):
    """Words of an exception that have one reason only."""

    words: str
    why: str
    fix: str


HINTS = (
    Hint("log() takes 1 positional argument", "run.log takes numbers with names.", "run.log(epoch=epoch, loss=loss)"),
    Hint("'Dataset' object has no attribute 'x'", "The rows are called X.", "train.X   or   train.flat"),
    Hint("'Dataset' object has no attribute 'labels'", "The labels are called y.", "train.y"),
    Hint("EOF when reading a line", "Nobody sits at the keyboard of a run.", "give fit a parameter with a default"),
    Hint("got (numpy.ndarray", "X is a NumPy array, a torch network needs a tensor.", "X = torch.as_tensor(X)"),
    Hint("must be Tensor, not numpy", "X is a NumPy array, a torch network needs a tensor.", "X = torch.as_tensor(X)"),
    Hint("'numpy.ndarray' object has no attribute 'to'", "X is a NumPy array.", "X = torch.as_tensor(X)"),
    Hint("same dtype, but got Double", "The network's weights are float32.", "X = X.float()"),
    Hint("scalar type Float but found Double", "The network's weights are float32.", "X = X.float()"),
    Hint("Input X contains NaN", "The table has missing values.", "put   SimpleImputer()   before the model"),
    Hint(
        "Found array with dim",
        "An estimator takes one row of numbers for each image.",
        "train.flat   in fit, and   X.reshape(len(X), -1)   in predict",
    ),
    Hint(
        "A task has failed to un-serialize",
        "The processes that joblib starts don't know the plugin's own functions.",
        'Parallel(n_jobs=2, prefer="threads")',
    ),
    Hint("Can't call numpy() on Tensor that requires grad", "", "with torch.no_grad():"),
)


def describe(error: BaseException, phase: Phase, *, folder: Path, name: str) -> Problem:
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
    """
    if isinstance(error, PluginError):
        return error.problem if len(error.parts) < 2 else _together(error)
    frames = _own_frames(error, folder, name)
    where = f"{frames[-1].where}  in {frames[-1].function}" if frames else shown_file(name)
    if isinstance(error, ModuleNotFoundError) and error.name and "." not in error.name:
        file, _, line = (frames[-1].where if frames else shown_file(name)).partition(":")
        return missing_package(error.name, file=file, line=int(line or 0))
    if isinstance(error, SystemExit):
        return _ended(where, frames)
    if isinstance(error, OSError) and error.errno in (errno.EFBIG, errno.ENOSPC, errno.EMFILE, errno.EAGAIN):
        return _limit(error, where, frames)
    said = _said(error)
    hint = _misplaced(error, folder) or next((h for h in HINTS if h.words in said), Hint("", "", ""))
    if phase == "import":
        code, message = "E107", f"{shown_file(name)} stops with an error while it is imported"
    else:
        code, message = "E202", f"your code stopped with an error {_SAYING[phase]}"
    return Problem(code=code, message=message, where=where, excerpt=_excerpt(frames, said), why=hint.why, fix=hint.fix)


def _misplaced(error: BaseException, folder: Path) -> Hint | None:
    """A file of the plugin's own that was looked for where the run is, not where the plugin is."""
    wanted = error.filename if isinstance(error, FileNotFoundError) else None
    if not isinstance(wanted, str) or Path(wanted).is_absolute() or not (folder / wanted).exists():
        return None
    why = "A run has an empty folder of its own; the plugin's files lie beside plugin.py."
    return Hint(wanted, why, f'Path(__file__).parent / "{wanted}"')


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


def _together(error: PluginError) -> Problem:
    others = ", ".join(part.code for part in error.parts[1:])
    first = error.problem
    return Problem(
        **{name: getattr(first, name) for name in Problem.__slots__}
        | {"message": f"{first.message}   (and {len(error.parts) - 1} more to fix: {others})"}
    )
