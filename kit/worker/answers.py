"""What ``predict`` returned as a plain array. Done inside the worker: only numbers cross the border."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from kit.dataset import Array
from kit.errors import PluginError, Problem
from kit.job import Space
from kit.sandbox.channel import answer_bytes


def one_per_row(answers: Any, n: int, n_outputs: int, *, where: str, folder: Path) -> Array:
    """`answers` as an array of numbers with `n` rows.

    Parameters
    ----------
    answers
        Array, torch tensor, Series, DataFrame, or a list of numbers, rows or tensors.
    n
        Rows that were asked for.
    n_outputs
        Classes, or target columns.
    where
        File and line of ``predict``.
    folder
        The plugin's, where a reason is looked for.

    Raises
    ------
    PluginError
        E203 for another number of rows or a shape that can't be, E211 for what are no numbers.
    """
    array = _array(answers, where)
    if array.dtype.kind not in "biuf" or array.dtype.itemsize > 8:
        raise PluginError(_no_numbers(answers, array, where))
    if array.ndim not in (1, 2) or len(array) != n or array.size < n or array.nbytes > answer_bytes(n, n_outputs) // 2:
        raise PluginError(_wrong_shape(array, n, n_outputs, where, folder))
    return array if array.dtype != np.float16 else array.astype(np.float32)


def one_action_each(answers: Any, n: int, space: Space, *, where: str) -> Array:
    """`answers` as `n` actions of the space's type and shape; whether they exist is looked at on the other side.

    Parameters
    ----------
    answers
        Array, torch tensor or list: (n,) whole numbers, or (n, k) numbers of which the largest tells the action; for a
        box (n, ...) numbers.
    n
        Observations that were asked for.
    space
        What an action is.
    where
        File and line of ``predict``.

    Raises
    ------
    PluginError
        E203 for another number or shape, E204 for NaN, E211 for what are no numbers or no whole ones.
    """
    array = _array(answers, where)
    if array.dtype.kind not in "biuf" or array.dtype.itemsize > 8:
        raise PluginError(_no_numbers(answers, array, where))
    if space.n and array.shape == (n, space.n) and space.n > 1:
        array = array.argmax(axis=1) + space.start
    if array.size == n * math.prod(space.shape) and array.shape[:1] == (n,):
        array = array.reshape(n, *space.shape)  # (n, 1) where (n,) is meant, and the other way round
    if array.shape != (n, *space.shape):
        raise PluginError(_wrong_actions(array, n, space, where))
    if space.n and array.dtype.kind == "f":
        array = _whole(array, where)
    return np.ascontiguousarray(array, dtype=space.dtype)


def _whole(actions: Array, where: str) -> Array:
    if np.isnan(actions).any():
        message = f"predict() gave {int(np.isnan(actions).sum())} actions that are not numbers (NaN)"
        fix = "a smaller learning rate; scale X"
        raise PluginError(Problem(code="E204", message=message, where=where, fix=fix))
    if (actions != np.trunc(actions)).any():
        raise PluginError(
            Problem(
                code="E211",
                message="predict() gave actions that are no whole numbers",
                where=where,
                expected="numbers of actions",
                got=f"for example {float(actions[actions != np.trunc(actions)][0]):g}",
                fix="(scores > 0).astype(int)   or   scores.argmax(axis=1)",
            )
        )
    return actions


def _wrong_actions(array: Array, n: int, space: Space, where: str) -> Problem:
    rows = array.shape[0] if array.ndim else 1
    whole = f"({n},) whole numbers, or ({n}, {space.n}) scores"
    return Problem(
        code="E203",
        message=f"predict() gave {rows} {'action' if rows == 1 else 'actions'} for {n} rows"
        if rows != n
        else "predict() gave actions of another shape",
        where=where,
        expected=whole if space.n else f"{(n, *space.shape)} numbers",
        got=f"{array.shape} {array.dtype}",
        fix="return one action for each row of X, in its order",
    )


def _array(answers: Any, where: str) -> Array:
    if hasattr(answers, "detach"):
        tensor = answers.detach().cpu()
        return np.asarray(tensor.float() if str(tensor.dtype) == "torch.bfloat16" else tensor)
    if isinstance(answers, (list, tuple)) and answers and hasattr(answers[0], "detach"):
        answers = [_array(answer, where) for answer in answers]
    try:
        array = np.asarray(answers)
        array = np.array(array.tolist()) if array.dtype == object else array
        # More digits than a float64 has are nobody's, and every processor has others.
        return array.astype(np.float64) if array.dtype.kind == "f" and array.dtype.itemsize > 8 else array
    except ValueError:
        raise PluginError(
            Problem(
                code="E203",
                message="predict() gave rows of different lengths",
                where=where,
                expected="one answer for each row of X",
                got=f"{type(answers).__name__} of unequal rows",
                fix="return one array",
            )
        ) from None


def _no_numbers(answers: Any, array: Array, where: str) -> Problem:
    if array.dtype.kind in "US":
        got, fix = (
            f"text, for example {str(array.flat[0])[:40]!r}" if array.size else "text",
            "return indices: 0, 1, 2, …",
        )
        why = "Names of classes appear in files only; here an answer is the index into task.classes."
    else:
        got = type(answers).__name__ if array.ndim == 0 else f"{array.dtype} {array.shape}"
        why, fix = "", "return a NumPy array of numbers"
    return Problem(
        code="E211",
        message="predict() gave answers that are no numbers",
        where=where,
        expected="class indices, probabilities or values",
        got=got,
        why=why,
        fix=fix,
    )


def _wrong_shape(array: Array, n: int, n_outputs: int, where: str, folder: Path) -> Problem:
    rows = array.shape[0] if array.ndim else 1
    why, fix = _why_that_shape(array, n, n_outputs)
    excerpt = ""
    if 0 < rows < n and (found := _mention(folder, "drop_last=True")):
        file, number, excerpt = found
        why, fix = "A DataLoader with drop_last=True loses the rows of the last, smaller batch.", "drop_last=False"
        own = Path(where.partition(":")[0])
        where = f"{(own.parent / file if (folder / own.name).exists() else own).as_posix()}:{number}"
    message = (
        f"predict() gave {rows} {'answer' if rows == 1 else 'answers'} for {n} rows"
        if rows != n
        else "predict() gave answers of another shape"
    )
    return Problem(
        code="E203",
        message=message,
        where=where,
        excerpt=excerpt,
        expected=f"({n},) or ({n}, {n_outputs})",
        got=f"{array.shape} {array.dtype}",
        why=why,
        fix=fix or "return one answer for each row of X, in its order",
    )


def _why_that_shape(array: Array, n: int, n_outputs: int) -> tuple[str, str]:
    """Reason and fix, where the shape tells them."""
    if array.ndim == 0 and n > 1:
        return "One answer for all rows was returned. Probably arg-max or mean went over everything.", "argmax(1)"
    if array.ndim == 1 and len(array) == 1 and n > 1:
        return "One answer for all rows was returned.", "predict for the whole of X, or collect the answers in a list"
    if array.ndim == 1 and len(array) == n_outputs:
        return f"There are {n_outputs} answers, as many as classes: the arg-max went over the rows.", "argmax(1)"
    if array.shape == (n_outputs, n):
        return "Rows and columns are exchanged.", "return answers.T"
    if array.ndim == 2 and array.shape[0] == n:
        more = "more" if array.shape[1] > n_outputs else "fewer"
        return f"There are {more} columns than classes: {array.shape[1]}.", f"a last layer with {n_outputs} outputs"
    if array.ndim > 2 and array.shape[0] == n:
        return "The answers are still images. Probably a Flatten is missing before the last layer.", "nn.Flatten()"
    return "", ""


def _mention(folder: Path, words: str) -> tuple[str, int, str] | None:
    """File, line and text of the first place where the plugin's source has `words`."""
    for file in sorted(folder.rglob("*.py")):
        for number, line in enumerate(file.read_text(errors="replace").splitlines(), start=1):
            if words in line:
                return file.relative_to(folder).as_posix(), number, f"{number} | {line.strip()}"
    return None
