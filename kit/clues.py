"""What a run tells beside its answers: numbers that it logged, lines that it printed, answers that are all alike.

A cause that is only likely is said to be likely.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from math import isfinite, isnan
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from kit.errors import Problem
from kit.job import TRACEBACK_MARK
from kit.plugin.code import read_code, shown_file
from kit.plugin.signature import Function, find_function

if TYPE_CHECKING:
    from kit.dataset import Array

Events = Sequence[Mapping[str, float]]
PRINTED_LINES, PRINTED_BYTES = 10, 2000  # enough to see the last values, too little to bury the error
_RISEN, _FLAT = 1.5, 1e-3  # times the first loss; of the mean loss
_PART = 0.2  # of the epochs, at either end of a curve
_LEAST_EPOCHS, _LEAST_ROWS = 3, 10
_MARK = TRACEBACK_MARK.encode()


class Warned(NamedTuple):
    """Words of a library's warning, and what they mean."""

    words: str
    note: str


WARNINGS = (
    Warned(
        "ConvergenceWarning",
        "scikit-learn stopped before it was done learning: more max_iter, or scale the columns with StandardScaler",
    ),
    Warned(
        "Using a target size",
        "the loss compares a column (n, 1) with (n,), so each answer with each label:   net(X).squeeze(1)",
    ),
    Warned(
        "A column-vector y was passed",
        "y is a column (n, 1), and (n,) is meant:   y.ravel()",
    ),
    Warned(
        "does not have valid feature names",
        "fit saw names of columns and predict gives none: hand both a DataFrame, or both an array",
    ),
    Warned(
        "Found unknown categories",
        "there are values that were not among the rows learned from; they count as none of the known ones",
    ),
    Warned(
        "Implicit dimension choice for softmax",
        "softmax does not know over which axis:   .softmax(dim=1)",
    ),
    Warned(
        "before `optimizer.step()`",
        "scheduler.step() comes before optimizer.step(): the first learning rate is skipped",
    ),
    Warned(
        "ChainedAssignmentError",
        'a copy of the table was changed, not the table:   df.loc[rows, "column"] = value',
    ),
    Warned(
        "SettingWithCopyWarning",
        'Probably a copy of the table was changed, not the table:   df.loc[rows, "column"] = value',
    ),
)
"""Warnings that a library prints while all goes on, by a part of their text."""


def with_clues(
    problem: Problem, *, log: bytes = b"", events: Events = (), folder: Path | None = None, name: str = ""
) -> Problem:
    """`problem` with what else is known of it.

    Parameters
    ----------
    problem
        Why there is no score.
    log, events
        What the plugin printed, and the numbers of ``run.log``.
    folder, name
        The plugin's files, and how the entrant calls it: a problem that only names the plugin gets the line of
        ``predict``.
    """
    if problem.code == "E204":
        why, fix = _why_not_finite(events)
        problem = replace(problem, why=why or problem.why, fix=fix or problem.fix)
    if folder is not None and problem.where == name:
        problem = replace(problem, where=line_of("predict", folder, name))
    return replace(problem, printed=last_lines(log))


def line_of(function: Literal["fit", "predict"], folder: Path, name: str) -> str:
    """File and line of a plugin's function; its file where there is none, as messages name it."""
    code, _ = read_code(folder, name)
    found = find_function(code, function) if code is not None else None
    return found.where if isinstance(found, Function) else shown_file(name)


def last_lines(log: bytes) -> str:
    """What an entrant's code printed last, for the entrant: ``print`` is how beginners look for a mistake."""
    text = log.partition(_MARK)[0][-PRINTED_BYTES:].decode(errors="replace")
    return "\n".join(text.strip().splitlines()[-PRINTED_LINES:])


def whole_traceback(log: bytes) -> str:
    """The traceback that the worker wrote into `log`, of libraries and of us as well; empty where there is none."""
    return log.partition(_MARK)[2].decode(errors="replace").strip()


def notes(
    *, log: bytes = b"", events: Events = (), answers: Array | None = None, classes: Sequence[str] = ()
) -> tuple[str, ...]:
    """What should be known of a run that has a score.

    Parameters
    ----------
    log, events
        What the plugin printed, and the numbers of ``run.log``.
    answers
        To the validation rows: labels (n,), probabilities (n, k), or values.
    classes
        Names of the classes; empty where the answers are values.
    """
    text = log.decode(errors="replace")
    warned = (note for words, note in WARNINGS if words in text)
    return tuple(note for note in (alike(answers, classes), _course(events), *warned) if note)


def ends(losses: Sequence[float]) -> tuple[float, float]:
    """The mean of the first fifth of a curve and of the last: a single batch may be lucky or not."""
    part = max(1, round(_PART * len(losses)))
    return sum(losses[:part]) / part, sum(losses[-part:]) / part


def rises(losses: Sequence[float]) -> bool:
    """Whether a curve ends higher than it began, by more than it moves from one epoch to the next on average."""
    first, last = ends(losses)
    steps = [abs(after - before) for before, after in pairwise(losses)]
    return bool(steps) and last > first and last - first >= sum(steps) / len(steps)


def alike(answers: Array | None, classes: Sequence[str]) -> str:
    """A sentence where all answers are the same, else nothing. Arguments as of `notes`."""
    if answers is None or len(answers) < _LEAST_ROWS or answers.dtype.kind not in "biuf":
        return ""
    if classes and answers.ndim == 2 and answers.shape[1] == len(classes):
        answers = answers.argmax(axis=1)
    if not (answers == answers[0]).all():
        return ""
    n, first = len(answers), answers.flat[0]
    if classes and answers.ndim == 1 and first == int(first) and 0 <= first < len(classes):
        return f"all {n} answers on your validation rows are the same class: {classes[int(first)]}"
    return f"all {n} answers on your validation rows are the same"


def _course(events: Events) -> str:
    """What is remarkable in the course of the loss."""
    losses = [loss for _, loss in _losses(events)]
    if len(losses) < 2:
        return ""
    if not all(map(isfinite, losses)):
        return _why_not_finite(events)[0].rstrip(".")
    first, last = ends(losses)
    if first > 0 and last > _RISEN * first and rises(losses):
        return f"the loss rose from {first:.4g} to {last:.4g}. Probably the learning rate is too high{_smaller(events)}"
    if len(losses) >= _LEAST_EPOCHS and 0 < max(losses) - min(losses) + _tiny(first) <= _FLAT * abs(first):
        return (
            f"the loss stayed at {first:.4g}. Probably the optimizer has other weights than the network's, "
            "or opt.step() is missing"
        )
    return ""


def _tiny(value: float) -> float:
    """So that a loss that did not change at all has changed by something, and one of 0 has not."""
    return abs(value) * 1e-12


def _why_not_finite(events: Events) -> tuple[str, str]:
    """Reason and fix for answers that are no numbers, from the course of the loss; empty where none was logged."""
    losses = _losses(events)
    if not losses:
        return "", ""
    bad = next((i for i, (_, loss) in enumerate(losses) if not isfinite(loss)), None)
    if bad is None:
        why = f"The loss was a number to the end ({losses[-1][1]:.4g}), so probably predict divides by 0, "
        return why + "or takes the logarithm of 0, or scales X otherwise than fit.", "/ (std + 1e-6)   in both"
    word = "NaN" if isnan(losses[bad][1]) else "infinite"
    if bad == 0:
        why = (
            f"The loss was {word} from the start. Probably X has missing values, or the learning rate is far too high."
        )
        return why, f"fill missing values; a smaller learning rate{_smaller(events)}"
    seen = ", ".join(f"{loss:.4g}" for _, loss in losses[max(0, bad - 2) : bad + 1])
    what = "epoch" if any("epoch" in event for event in events) else "line"
    return f"The loss was {word} from {what} {losses[bad][0]:g} on ({seen}).", (
        f"a smaller learning rate{_smaller(events)}"
    )


def _losses(events: Events) -> list[tuple[float, float]]:
    """(epoch, loss), the last one of each epoch, in the order of the epochs."""
    told: dict[float, float] = {}
    for event in events:
        if "loss" in event:
            told[event.get("epoch", len(told) + 1)] = event["loss"]
    return list(told.items())


def _smaller(events: Iterable[Mapping[str, float]]) -> str:
    """``: lr=0.01``, a tenth of what it is, where that is known."""
    lr = next((event["lr"] for event in events if "lr" in event), 0.0)
    return f": lr={lr / 10:.2g}" if lr > 0 and isfinite(lr) else ""
