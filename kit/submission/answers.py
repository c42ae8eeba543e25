"""Bring what ``predict`` returned for the test rows into the normal form (E203, E204, E211, E215, E221)."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from kit.errors import PluginError, Problem
from kit.submission.cells import LARGEST
from kit.submission.domain import MANY, ONE, ROUNDING, cause, outside
from kit.submission.findings import counted
from kit.submission.form import Form, Predictions

_KINDS = "biuf"  # numpy's letters for bool, int, uint, float
_MAX_FLOAT_BYTES = 8  # beyond float64 the meaning differs between machines
_BATCH_SIZES = (64, 32, 128, 256, 512, 16, 50, 100, 200, 500, 1000, 1024, 20, 10, 8, 25, 250)  # the usual ones first
_SUM_TOLERANCE = 1e-2  # rows of a thousand float16 probabilities still pass, logits do not
_Answers = NDArray[Any]


def from_answers(answers: _Answers, form: Form, *, where: str) -> Predictions:
    """The predictions in what a plugin answered to all test rows.

    Parameters
    ----------
    answers
        In the order of ``form.row_ids``. Class indices of shape (n,) or (n, 1); probabilities of shape (n, k) in the
        order of the classes, with two classes also (n,) = P(classes[1]); values of shape (n,) or (n, m); of several
        labels a row flags of 0 and 1, or a probability for each, of shape (n, k). Booleans, integers and floats up to
        float64. Text is not taken yet.
    form
        What the competition asks for. Labels are made of probabilities by arg-max.
    where
        File and line of the plugin's ``predict``, for messages.

    Raises
    ------
    PluginError
        E211 for answers of the wrong sort, E203 for a wrong number or shape, E204 for NaN or infinity, E215 for
        numbers that the metric does not take, E221 for a row that it can't score.

    Examples
    --------
    >>> form = Form(competition="pets", row_id_column_name="id", row_ids=("07", "08"), columns=("label",),
    ...             needs="labels", classes=("cat", "dog"))
    >>> from_answers(np.array([[0.9, 0.1], [0.2, 0.8]]), form, where="plugin.py:3").y_pred.tolist()
    [0, 1]
    """
    if form.cells == "text":
        _refuse_text(form, where)
    _require_numbers(answers, form, where)
    if answers.ndim == 2 and answers.shape[1] == 1:
        answers = answers[:, 0]
    _require_shape(answers, form, where)
    _require_finite(answers, where)
    y_pred = _in_form(answers, form, where)
    _require_readable(y_pred, form, where)
    return Predictions(y_pred=y_pred)


def _in_form(answers: _Answers, form: Form, where: str) -> _Answers:
    if form.cells == "classes":
        return _labels(answers, form, where)
    if form.cells == "flags":
        return _flags(answers, form, where)
    if form.needs == "probabilities" and form.classes:
        return _probabilities(answers, form, where)
    _require_in_domain(answers, form, where)
    y_pred = answers.astype(np.float64)
    return np.clip(y_pred, 0, 1) if form.domain == "probabilities" else y_pred


def _refuse_text(form: Form, where: str) -> NoReturn:
    message = f"{form.competition} asks for text, and plugins answer with numbers"
    fix = f"write the answers into a file, then   kit submit preds.csv -c {form.competition}"
    raise PluginError(Problem(code="E211", message=message, where=where, fix=fix))


def _require_readable(y_pred: _Answers, form: Form, where: str) -> None:
    """Refuse what the metric says it can't score, though each number is of the right sort."""
    found = form.wrong(y_pred) if form.wrong else None
    if found is not None:
        row, why = found
        message = f"predict() gave an answer that can't be scored, at row {row}: {why}"
        raise PluginError(Problem(code="E221", message=message, where=where, fix="look at what predict returns there"))


def why_fewer(n_answers: int, n_rows: int) -> tuple[str, str]:
    """Why there may be fewer answers than rows, and the fix; empty where nothing fits.

    Examples
    --------
    >>> why_fewer(100, 107)
    ('100 is a multiple of 50: a DataLoader with drop_last=True loses the last 7.', 'drop_last=False')
    """
    for size in _BATCH_SIZES:
        if 0 < n_answers == n_rows // size * size < n_rows:
            lost = n_rows - n_answers
            return f"{n_answers} is a multiple of {size}: a DataLoader with drop_last=True loses the last {lost}.", (
                "drop_last=False"
            )
    return "", ""


def _require_numbers(answers: _Answers, form: Form, where: str) -> None:
    if answers.dtype.kind in _KINDS and (answers.dtype.kind != "f" or answers.dtype.itemsize <= _MAX_FLOAT_BYTES):
        return
    if answers.dtype.kind in "US" and form.classes:
        why = "Classes are numbers here, their names appear in CSV files only."
        _refuse("E211", "predict() gave text", form, answers, where, why=why, fix="task.classes.index(name)")
    if answers.dtype.kind == "O":
        why = "The answers have no common type: lists of different lengths, None, or objects."
        fix = "np.asarray(answers, dtype=float)"
        _refuse("E211", "predict() gave Python objects, not numbers", form, answers, where, why=why, fix=fix)
    fix = "np.asarray(answers, dtype=float)"
    _refuse("E211", f"predict() gave answers of type {answers.dtype}", form, answers, where, fix=fix)


def _require_shape(answers: _Answers, form: Form, where: str) -> None:
    n, k = len(form.row_ids), _width(form)
    n_answers = answers.shape[0] if answers.ndim else 1
    if n_answers != n:
        why, fix = why_fewer(n_answers, n)
        if not why and answers.ndim == 1 and n_answers == len(form.classes):
            why, fix = "There are as many answers as classes: the arg-max went over the rows.", "argmax(1)"
        message = f"predict() gave {n_answers} answers for {n} rows"
        _refuse("E203", message, form, answers, where, why=why, fix=fix or "one answer for every row of X")
    if answers.ndim > 2 or (answers.ndim == 2 and answers.shape[1] != k):
        _refuse(
            "E203", "predict() gave answers of the wrong shape", form, answers, where, fix=f"return {expected(form)}"
        )
    if answers.ndim == 1 and not form.classes and k > 1:
        _refuse("E203", "predict() gave one value a row", form, answers, where, fix=f"return {expected(form)}")


def _require_finite(answers: _Answers, where: str) -> None:
    if answers.dtype.kind != "f":
        return
    bad = ~(np.abs(answers.astype(np.float64)) <= LARGEST)  # true of NaN too; float16 knows no such number
    if not bad.any():
        return
    rows = np.flatnonzero(bad if bad.ndim == 1 else bad.any(axis=1))
    what = "not finite (NaN or infinite)"
    if np.isnan(answers[bad]).all():
        what = "not numbers (NaN)"
    elif np.isfinite(answers[bad]).all():
        what = f"larger than {LARGEST:.0e}"
    raise PluginError(
        Problem(
            code="E204",
            message=f"predict() gave {len(rows)} answers that are {what}, first at row {rows[0]}",
            where=where,
            why="One weight that is NaN makes every answer NaN: mostly the loss ran away while training.",
            fix="a smaller learning rate; scale X; fill missing values",
        )
    )


def _require_in_domain(answers: _Answers, form: Form, where: str) -> None:
    """Refuse numbers that the metric does not take, each by itself."""
    wrong = outside(answers, form.domain)
    rows = np.flatnonzero(wrong if wrong.ndim == 1 else wrong.any(axis=1))
    if not len(rows):
        return
    one, many = ONE[form.domain], MANY[form.domain]
    message = (
        f"predict() gave {counted(len(rows), f'answer that {one}', f'answers that {many}')}, first at row {rows[0]}"
    )
    why, fix = cause(answers, form.domain)
    _refuse("E215", message, form, answers, where, why=why, fix=fix)


def _require_probabilities(answers: _Answers, form: Form, where: str) -> None:
    """Refuse rows that are no distribution: the arg-max of logits is right, but they say not how sure one is."""
    sums = answers.sum(axis=1, dtype=np.float64)
    bad = np.flatnonzero((np.abs(sums - 1) > _SUM_TOLERANCE) | (answers < -ROUNDING).any(axis=1))
    if not len(bad):
        return
    message = (
        f"predict() gave {counted(len(bad), 'row that is', 'rows that are')} no probabilities, first at row {bad[0]}"
    )
    why = "Probabilities are not negative and sum to 1 in each row; these look like logits."
    if ((answers >= 0) & (answers <= 1)).all():
        why = "Each lies between 0 and 1, but a row does not sum to 1: a sigmoid looks at each class by itself."
    _refuse("E215", message, form, answers, where, why=why, fix="net(X).softmax(dim=1)")


def _probabilities(answers: _Answers, form: Form, where: str) -> NDArray[np.float64]:
    if answers.ndim == 1 and (answers.dtype.kind != "f" or len(form.classes) > 2):
        why = "This metric looks at how sure you are; a label says only which class."
        fix = "return model.predict_proba(X)   or   net(X).softmax(dim=1)"
        _refuse("E211", "predict() gave labels, this competition needs probabilities", form, answers, where, why, fix)
    if answers.ndim == 2:
        _require_probabilities(answers, form, where)
    if answers.ndim == 2 and len(form.classes) == 2:
        answers = answers[:, 1]
    if answers.ndim == 1:
        _require_in_domain(answers, form, where)
    y_pred = answers.astype(np.float64)
    return np.clip(y_pred, 0, 1) if form.domain == "probabilities" else y_pred


def _flags(answers: _Answers, form: Form, where: str) -> NDArray[np.int64]:
    """0 or 1 for each label of a row; of probabilities, each by itself, those above one half."""
    outside = (answers < 0) | (answers > 1)
    rows = np.flatnonzero(outside if outside.ndim == 1 else outside.any(axis=1))
    if len(rows):
        message = f"predict() gave {counted(len(rows), 'row', 'rows')} beyond 0 and 1, first at row {rows[0]}"
        fix = "1 where the label fits, else 0; of logits   net(X) > 0"
        _refuse("E211", message, form, answers, where, fix=fix)
    return (answers > 0.5).astype(np.int64)


def _labels(answers: _Answers, form: Form, where: str) -> NDArray[np.int64]:
    k = len(form.classes)
    if answers.ndim == 2:
        return np.asarray(np.argmax(answers, axis=1), dtype=np.int64)
    fractional = np.flatnonzero(answers != np.trunc(answers)) if answers.dtype.kind == "f" else np.empty(0, int)
    if len(fractional) and k == 2 and ((answers >= 0) & (answers <= 1)).all():
        return (answers > 0.5).astype(np.int64)
    if len(fractional):
        message = f"predict() gave {len(fractional)} answers that are no class index, first at row {fractional[0]}"
        _refuse("E211", message, form, answers, where, fix=f"return {expected(form)}")
    outside = np.flatnonzero((answers < 0) | (answers >= k))
    if len(outside):
        row = int(outside[0])
        message = (
            f"predict() gave {len(outside)} class indices outside 0 to {k - 1}, first {answers[row]:.0f} at row {row}"
        )
        why = f"Indices begin at 0: {k} would be one too many." if answers.min() >= 1 and answers.max() == k else ""
        _refuse("E211", message, form, answers, where, why=why, fix="the numbers of train.y")
    return answers.astype(np.int64)


def expected(form: Form) -> str:
    """Shapes that ``predict`` may return, as a message says them."""
    n, k = len(form.row_ids), _width(form)
    if form.cells == "flags":
        return f"({n}, {k}) zeros and ones, or probabilities"
    if form.cells == "classes":
        return f"({n},) labels or ({n}, {k}) probabilities"
    if form.needs == "probabilities" and form.classes:
        return f"({n}, {k}) probabilities" + (f" or ({n},) = P({form.classes[1]})" if k == 2 else "")
    return f"({n},) values" if k == 1 else f"({n}, {k}) values"


def _width(form: Form) -> int:
    return len(form.classes) or len(form.columns)


def _refuse(
    code: str, message: str, form: Form, answers: _Answers, where: str, why: str = "", fix: str = ""
) -> NoReturn:
    got = f"{answers.shape} {answers.dtype}"
    raise PluginError(
        Problem(code=code, message=message, where=where, expected=expected(form), got=got, why=why, fix=fix)
    )
