"""What ``kit competition check`` tries: submissions that any competition must score, or refuse.

Each goes the way of a file that an entrant hands in: written as a CSV, read by the same reader, scored by the same
function. What is told is for the host.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from math import isclose, isfinite, sqrt

import numpy as np

from kit import notation
from kit.errors import KitError, ParticipantVisibleError, Problem
from kit.job import Check
from kit.metric_file import MetricFile
from kit.metrics.base import Array, FloatArray, Metric
from kit.metrics.table import Table
from kit.prepare import Prepared
from kit.resampling import resamples
from kit.scoring import PartScore, Score, as_table, require_defined, score
from kit.solution import Solution, read_solution
from kit.submission import Form, read_csv

NAMES = ("metric", "examples", "perfect", "constant", "shuffled", "reversed order", "NaN", "wrong ids", "resolution")
_Z = 1.959963984540054  # the 97.5 % point of the normal distribution
_DISAGREE = 0.10
"""Of two models of a class: the share of rows that only one of them gets right. 5 to 20 per cent are usual."""
_SAME = 1e-12
_UNUSABLE = ("E604", "E606")
_REPLICATES = 200  # an sd to 5 per cent of itself


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trial:
    """One competition, with all that scoring a file needs."""

    metric: Metric
    form: Form
    solution: Solution

    def score(self, table: Table, *, n_resamples: int = 0) -> Score:
        """What a file with these cells gets. Raises what handing it in raises."""
        predictions = read_csv(as_csv(table), self.form, name="preds.csv")
        return score(self.solution, predictions, self.metric, self.form, n_resamples=n_resamples)


def checks(prepared: Prepared, metric: Metric, *, file: MetricFile | None = None) -> Iterator[Check]:
    """Try a competition, one check after the other; the order is `NAMES`.

    Parameters
    ----------
    prepared
        Its data.
    metric
        What ranks it.
    file
        The metric's file, where it is one: its worked examples are run.
    """
    try:
        form = prepared.form()
        solution = read_solution(prepared.solution, form, metric)
        require_defined(solution, metric)
    except KitError as error:
        yield Check(name="metric", state="failed", problem=error.problem)
        return
    trial = Trial(metric=metric, form=form, solution=solution)
    n_public, n_private = int(solution.is_public.sum()), int(solution.is_private.sum())
    yield Check(name="metric", state="ok", detail=f"defined for {n_public} public and {n_private} private rows")
    if file is not None:
        (found,) = _tried("examples", lambda: _examples(file))
        yield found
        if found.problem is not None and found.problem.code in _UNUSABLE:
            return
    if form.needs == "returns":
        yield Check(name="perfect", state="not checked", detail="nobody hands in a file: the kit watches agents")
        return
    yield from _submissions(trial)
    yield _resolution(trial, perfect(form, metric, solution))


def as_csv(table: Table) -> bytes:
    """A table as a submitted file."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(table)
    writer.writerows(zip(*table.values(), strict=True))
    return text.getvalue().encode()


def perfect(form: Form, metric: Metric, solution: Solution) -> Table | None:
    """A submission that holds the truth, where it can be made of it; else None."""
    if metric.tables is not None:
        columns = [name for name in form.columns if name in solution.table]
        held = {name: solution.table[name] for name in (form.row_id_column_name, *columns)}
        return held if len(columns) == len(form.columns) else None
    y_true: Array = solution.y_true
    if metric.of_truth == "labels" and metric.needs == "probabilities" and form.classes:
        of_classes = np.eye(len(form.classes))[y_true]
        y_true = of_classes[:, 1] if len(form.columns) == 1 else of_classes
    elif metric.of_truth == "text" and form.cells == "numbers":
        y_true = np.zeros(len(y_true))  # ln 1: each character was certain
    elif y_true.ndim == 1 and len(form.columns) > 1:
        y_true = np.column_stack([y_true] * len(form.columns))
    if form.cells == "numbers":
        y_true = y_true.astype(np.float64)
    return as_table(y_true, form)


def _tried(name: str, attempt: Callable[[], Check]) -> Iterator[Check]:
    """A check; what it raises is what it found."""
    try:
        yield attempt()
    except KitError as error:
        yield Check(name=name, state="failed", problem=error.problem)


def _examples(file: MetricFile) -> Check:
    found = file.doctests()
    if not found.n:
        return Check(name="examples", state="not checked", detail=f"{file.path.name} has none in its docstrings")
    if found.n_failed:
        message = f"{found.n_failed} of the {found.n} worked examples in {file.path.name} give something else"
        problem = Problem(code="E605", message=message, where=str(file.path), excerpt=found.report[:2000])
        return Check(name="examples", state="failed", problem=problem)
    return Check(name="examples", state="ok", detail=f"{found.n} lines of worked examples in {file.path.name}")


def _submissions(trial: Trial) -> Iterator[Check]:
    """Submissions whose fate is known beforehand."""
    truth = perfect(trial.form, trial.metric, trial.solution)
    best = None
    if truth is None:
        yield Check(name="perfect", state="not checked", detail="the solution has other columns than a submission")
    else:
        try:
            best = trial.score(truth)
            yield _best(trial.metric, best)
        except ParticipantVisibleError:  # quantiles, distributions: what is true is no answer of that form
            yield Check(name="perfect", state="not checked", detail="the truth is no answer of the form that is asked")
        except KitError as error:  # it would fail in the same way again and again
            yield Check(name="perfect", state="failed", problem=error.problem)
            return
    base = truth if best is not None and truth is not None else None
    constant = _constant(trial.form, base)
    yield from _tried("constant", lambda: _constantly(trial, constant))
    if base is not None and best is not None:
        yield from _tried("shuffled", lambda: _shuffled(trial, base, best))
    some = base or constant
    yield from _tried("reversed order", lambda: _reversed(trial, some))
    if trial.form.cells != "text" or trial.form.numeric:
        yield _refused("NaN", trial, _with_nan(some, trial.form))
    yield _refused("wrong ids", trial, _with_wrong_ids(some, trial.form))


def _best(metric: Metric, best: Score) -> Check:
    parts = (best.public, best.private)
    told = " and ".join(notation.score(part.value, metric.unit) for part in parts)
    if isfinite(metric.best) and not all(isclose(part.value, metric.best, abs_tol=1e-9) for part in parts):
        of_best = notation.score(metric.best, metric.unit)
        message = f"the truth scores {told}, and the best that {metric.name} gives is {of_best}"
        return Check(name="perfect", state="failed", problem=Problem(code="E603", message=message))
    return Check(name="perfect", state="ok", detail=f"the truth scores {told}, public and private")


def _constant(form: Form, base: Table | None) -> Table:
    """The same answer in every row: the first of the truth where there is one, else what is no news."""
    cell = {"classes": form.classes[0] if form.classes else "", "flags": "0", "numbers": "0", "text": ""}[form.cells]
    if form.needs == "probabilities":
        cell = repr(1 / max(2, len(form.classes)))
    first = {name: base[name][0] if base and form.cells == "text" else cell for name in form.columns}
    first |= dict.fromkeys(form.numeric, "0") if not base else {}
    if base and form.needs == "values":
        first = {name: base[name][0] for name in form.columns}
    return {form.row_id_column_name: form.row_ids, **{name: [first[name]] * len(form.row_ids) for name in form.columns}}


def _constantly(trial: Trial, constant: Table) -> Check:
    try:
        given = trial.score(constant)
    except ParticipantVisibleError as error:  # a correlation with a constant is not defined, and says so
        return Check(name="constant", state="ok", detail=_words(error))
    told = notation.score(given.private.value, trial.metric.unit)
    return Check(name="constant", state="ok", detail=f"the same answer everywhere scores {told} on the private rows")


def _shuffled(trial: Trial, truth: Table, best: Score) -> Check:
    order = np.random.default_rng(0).permutation(len(trial.form.row_ids)).tolist()
    mixed = {name: [column[row] for row in order] for name, column in truth.items()}
    given = trial.score({**mixed, trial.form.row_id_column_name: trial.form.row_ids})
    told = notation.score(given.private.value, trial.metric.unit)
    gain = (best.private.value - given.private.value) * (1 if trial.metric.greater_is_better else -1)
    if gain < 0:
        message = f"answers in the wrong rows score {told}, which is better than the truth"
        other = "false" if trial.metric.greater_is_better else "true"
        fix = f"[metric] greater_is_better = {other} ?"
        return Check(name="shuffled", state="failed", problem=Problem(code="E603", message=message, fix=fix))
    return Check(name="shuffled", state="ok", detail=f"the truth in the wrong rows scores {told} on the private rows")


def _reversed(trial: Trial, table: Table) -> Check:
    names = [trial.form.row_id_column_name, *trial.form.columns]
    turned = {name: list(reversed(table[name])) for name in reversed(names)}
    try:
        as_asked, other_way = trial.score({name: table[name] for name in names}), trial.score(turned)
    except ParticipantVisibleError as error:
        return Check(name="reversed order", state="not checked", detail=_words(error))
    pairs = ((as_asked.public, other_way.public), (as_asked.private, other_way.private))
    if all(isclose(one.value, other.value, rel_tol=_SAME, abs_tol=_SAME) for one, other in pairs):
        return Check(name="reversed order", state="ok", detail="rows and columns the other way round score the same")
    message = f"{trial.metric.name} gives another score when rows and columns come the other way round"
    return Check(name="reversed order", state="failed", problem=Problem(code="E603", message=message))


def _refused(name: str, trial: Trial, table: Table) -> Check:
    """A file that no competition may take."""
    try:
        trial.score(table)
    except ParticipantVisibleError as error:
        return Check(name=name, state="ok", detail=_words(error))
    except KitError as error:
        return Check(name=name, state="failed", problem=error.problem)
    return Check(name=name, state="failed", problem=Problem(code="E603", message=f"a file with {name} got a score"))


def _words(error: ParticipantVisibleError) -> str:
    return f"refused: {(error.parts or (error.problem,))[0].message}"


def _with_nan(table: Table, form: Form) -> Table:
    first = (form.numeric or form.columns)[0]
    return {**table, first: ["nan", *table[first][1:]]}


def _with_wrong_ids(table: Table, form: Form) -> Table:
    key = form.row_id_column_name
    return {**table, key: [f"{form.row_ids[0]}-x", *form.row_ids[1:]]}


def _resolution(trial: Trial, truth: Table | None) -> Check:
    """How far apart two teams must be on the private rows before chance is an unlikely reason."""
    n, metric = int(trial.solution.is_private.sum()), trial.metric
    rows = f"your {n}-row private split cannot separate teams closer than about"
    if metric.interval == "wilson":
        return Check(name="resolution", state="ok", detail=f"{rows} {100 * smallest_lead(n):.1f} points")
    try:
        lead = None if truth is None else _lead_of_slips(trial, truth)
    except KitError:
        lead = None
    if lead is None or not isfinite(lead):
        told = "no two submissions could be made whose difference would say it"
        return Check(name="resolution", state="not checked", detail=told)
    return Check(name="resolution", state="ok", detail=f"{rows} {notation.number(lead, metric.unit)}")


def _lead_of_slips(trial: Trial, truth: Table) -> float:
    """The smallest lead that is significant, of two submissions with wrong answers in rows of their own.

    Each has the answers of other rows in half of `_DISAGREE` of its rows, and the truth in the others; of probabilities
    nine tenths of it, since nobody is certain of everything.
    """
    form = trial.form
    rng, n = np.random.default_rng(0), len(form.row_ids)
    order = rng.permutation(n)
    size = max(1, round(_DISAGREE / 2 * n))
    scores = []
    for rows in (order[:size], order[size : 2 * size]):
        taken = np.arange(n)
        taken[rows] = rng.integers(0, n, len(rows))
        slipped = {name: _unsure([truth[name][row] for row in taken.tolist()], trial.form) for name in form.columns}
        table = {form.row_id_column_name: form.row_ids, **slipped}
        scores.append(_replicates(trial, trial.score(table, n_resamples=_REPLICATES).private))
    n_shared = min(map(len, scores))
    return _Z * float(np.nanstd(scores[0][:n_shared] - scores[1][:n_shared]))


def _unsure(cells: list[str], form: Form) -> list[str]:
    if form.needs != "probabilities" or form.domain != "probabilities":
        return cells
    return [repr(0.9 * float(cell) + 0.1 / max(2, len(form.classes))) for cell in cells]


def _replicates(trial: Trial, part: PartScore) -> FloatArray:
    """The score on the first of the shared resamples of the private rows."""
    if part.terms is None or trial.metric.combine is None:
        assert part.replicates is not None, "a score has terms or replicates"
        return part.replicates
    drawn = islice(resamples(part.n, f"{trial.form.competition}/private"), _REPLICATES)
    sums = np.stack([np.bincount(rows, minlength=part.n) @ part.terms for rows in drawn])
    return trial.metric.combine(sums, np.full(len(sums), float(part.n)))


def smallest_lead(n: int, disagree: float = _DISAGREE) -> float:
    """The smallest lead in accuracy that is significant at 95 %.

    Parameters
    ----------
    n
        Rows.
    disagree
        Share of the rows that exactly one of the two gets right.

    Notes
    -----
    1.96 sqrt(q / n): the difference of two shares of the same rows has the variance (q - d^2) / n, with q the share of
    rows on which they differ in being right, and d the difference, which is small beside it.

    References
    ----------
    A. Agresti, *Categorical Data Analysis*, 3rd ed., Wiley 2013, section 11.1 (the variance of a difference of
    dependent proportions).

    Examples
    --------
    >>> round(100 * smallest_lead(300), 1), round(100 * smallest_lead(10_000), 2)
    (3.6, 0.62)
    """
    return _Z * sqrt(disagree / n)
