"""Two submissions, or runs, side by side: which is better, how sure that is, and where their answers differ.

Of the public part only scores and counts are told, for a list of rows would tell labels; the rows that are listed are
those of the validation part, whose labels everybody has.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from kit.errors import PluginError, Problem, UsageError
from leaderboard.artifacts import labelled_predictions, unpacked
from leaderboard.runs import LocalRun
from leaderboard.store.base import Submission

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kit.metrics.base import FloatArray, Metric
    from kit.prepare import Prepared
    from kit.scoring import PartScore

Right = Literal["both", "first", "second", "neither", ""]
_SURE = ((0.001, "almost certainly"), (0.01, "very probably"), (0.05, "probably"), (0.2, "perhaps"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two.

    Parameters
    ----------
    label, competition, name
        ``s7`` or ``r6``, what it was for, and how the entrant calls it.
    team
        Whose submission it is; None for a run.
    kind
        ``csv``, ``plugin`` or ``run``.
    """

    label: str
    competition: str
    name: str
    team: str | None
    kind: Literal["csv", "plugin", "run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartCompared:
    """Both on one part.

    Parameters
    ----------
    n
        Rows.
    first, second
        The scores, as entrants may see them.
    kind
        Of the first against the second: ``unclear`` where chance explains the difference.
    sure
        How sure it is that the better score is no luck: ``almost certainly``, ``very probably``, ``probably``,
        ``perhaps`` or ``may be luck``; empty where that is not told.
    p
        How often chance alone would show as large a difference; None where the competition does not tell all of a
        score.
    n_first_alone, n_second_alone
        Rows that only this one got right; None where rows are not right or wrong, or that is not told.
    step
        Scores are told in multiples of it; 0 where they are exact.
    """

    n: int
    first: float
    second: float
    kind: Literal["better", "worse", "unclear"]
    sure: str
    p: float | None
    n_first_alone: int | None
    n_second_alone: int | None
    step: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A validation row that the two answer differently.

    Parameters
    ----------
    id
        Its row id; of an agent the number of the episode.
    truth
        Its class or value; empty for an episode.
    first, second
        The answers. Where probabilities are asked for: what each gave to the true class.
    right
        Who has it right; empty where answers are not right or wrong.
    """

    id: str
    truth: str
    first: str
    second: str
    right: Right


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Two submissions of one competition. Nothing private is in it.

    Parameters
    ----------
    competition, metric
        Both were made for it, and are measured by it.
    first, second
        The two.
    public, valid
        How they compare on these parts; None where they can't be compared there.
    why_no_public, why_no_valid
        The reason for that, in words.
    changed
        Validation rows that are answered differently, those that differ most first.
    of_truth
        Whether their answers are told as the probability of the true class.
    """

    competition: str
    metric: str
    first: Side
    second: Side
    public: PartCompared | None = None
    why_no_public: str = ""
    valid: PartCompared | None = None
    why_no_valid: str = ""
    changed: tuple[Changed, ...] = ()
    of_truth: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answered:
    """Answers to the validation rows: the truth and the predictions, as a metric takes them, and their score."""

    y_true: NDArray[Any]
    y_pred: NDArray[Any]
    score: PartScore | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evident:
    """What a comparison needs to know of one of the two.

    Parameters
    ----------
    side
        Which one.
    digest
        Of the public data that a run was made with; empty for a submission.
    valid
        Gives the ``.npy`` file of its answers to the validation rows; None where there are none.
    """

    side: Side
    digest: str
    valid: bytes | None


def of_submission(row: Submission, valid: bytes | None) -> Evident:
    """What is known of a submission that is over. Raises `UsageError` E010 if it has no score."""
    label = f"s{row.id}"
    if row.state != "scored":
        fix = f"kit explain {row.reason_code}   says what stopped it" if row.problem else "hand it in again"
        raise UsageError(Problem(code="E010", message=f"{label} has no score: {row.state}", fix=fix))
    side = Side(label=label, competition=row.competition, name=row.name, team=row.team, kind=row.kind)
    return Evident(side=side, digest="", valid=valid)


def of_run(run: LocalRun, valid: bytes | None) -> Evident:
    """What is known of a run on one's own. Raises `UsageError` E010 if it has no score."""
    if run.valid_score is None:
        message, fix = f"{run.label} has no score: {run.state}", f"kit runs {run.label}   says what it did"
        raise UsageError(Problem(code="E010", message=message, fix=fix))
    side = Side(label=run.label, competition=run.competition, name=run.name, team=None, kind="run")
    return Evident(side=side, digest=run.digest, valid=valid)


def compared(
    one: Evident,
    other: Evident,
    *,
    prepared: Prepared | None,
    metric: Metric,
    on_public: Callable[[int, int], tuple[PartCompared | None, str]],
) -> Compared:
    """Two of one competition, side by side.

    Parameters
    ----------
    one, other
        The two.
    prepared, metric
        Of the competition of the first, as it is now; None where its data are not here.
    on_public
        Numbers of two submissions -> how they compare in public, or why nothing can be said.

    Raises
    ------
    UsageError
        E010 if the two can't be compared at all.
    """
    first, second = one.side, other.side
    if first.competition != second.competition:
        raise UsageError(_incomparable(first, second))
    runs = [side.label for side in (first, second) if side.kind == "run"]
    public, why_no_public = None, f"{' and '.join(runs)} never answered it"
    if not runs:
        public, why_no_public = on_public(int(first.label[1:]), int(second.label[1:]))
    valid, why_no_valid, changed = on_valid(one, other, prepared=prepared, metric=metric)
    return Compared(
        competition=first.competition,
        metric=metric.name,
        first=first,
        second=second,
        public=public,
        why_no_public=why_no_public,
        valid=valid,
        why_no_valid=why_no_valid,
        changed=changed,
        of_truth=metric.needs == "probabilities" and metric.of_truth == "labels",
    )


def on_valid(
    first: Evident, second: Evident, *, prepared: Prepared | None, metric: Metric
) -> tuple[PartCompared | None, str, tuple[Changed, ...]]:
    """How the two compare on the validation rows, why they can't be compared, and the rows that changed."""
    if prepared is None:
        return None, f"the data are not here: kit data {first.side.competition} brings them", ()
    if files := [one.side.label for one in (first, second) if one.side.kind == "csv"]:
        return None, f"a file has no answers to these rows ({', '.join(files)})", ()
    both: list[Answered] = []
    for one in (first, second):
        if one.valid is None:
            return None, f"the answers of {one.side.label} to these rows were not kept", ()
        if one.digest not in ("", prepared.facts.digest):
            return None, f"{one.side.label} ran on other data than there are now", ()
        found = answered(prepared, metric, one.valid, name=one.side.label)
        if isinstance(found, str):
            return None, found, ()
        both.append(found)
    changed = changed_rows(prepared, *both)
    scores = [one.score for one in both if one.score is not None]
    if len(scores) < 2:
        return None, f"{metric.name} has no value for these rows", changed
    return on_part(metric, *scores, seed_text=f"{prepared.facts.name}/valid"), "", changed


def on_part(metric: Metric, first: PartScore, second: PartScore, *, seed_text: str) -> PartCompared:
    """How two scores of the same rows compare."""
    from leaderboard.statistics import compare

    found = compare(metric, first, second, seed_text=seed_text)
    return PartCompared(
        n=first.n,
        first=first.value,
        second=second.value,
        kind=found.kind,
        sure=next((words for limit, words in _SURE if found.p < limit), "may be luck"),
        p=found.p,
        n_first_alone=found.n_better,
        n_second_alone=found.n_worse,
    )


def without_details(part: PartCompared, *, first: float, second: float, step: float) -> PartCompared:
    """What may be told of a part where scores are rounded or withheld: the scores as they are told, and no counts."""
    untold = replace(part, sure="", p=None, n_first_alone=None, n_second_alone=None)
    return replace(untold, first=first, second=second, step=step)


def answered(prepared: Prepared, metric: Metric, data: bytes, *, name: str) -> Answered | str:
    """The kept answers to the validation rows, or why they can't be used.

    Parameters
    ----------
    prepared, metric
        Of the competition, as it is now.
    data
        A ``.npy`` file of what the plugin answered.
    name
        How the entrant calls the plugin.
    """
    from kit.scoring import score_part

    try:
        y_true, y_pred = labelled_predictions(prepared, "valid", unpacked(data), where=name)
    except PluginError as error:
        return f"{name} answered other validation rows than there are now: {error.problem.message}"
    if metric.why_undefined(y_true) is not None:
        return Answered(y_true=y_true, y_pred=y_pred, score=None)
    score = score_part(metric, y_true, y_pred, seed_text=f"{prepared.facts.name}/valid")
    return Answered(y_true=y_true, y_pred=y_pred, score=score)


def changed_rows(prepared: Prepared, first: Answered, second: Answered) -> tuple[Changed, ...]:
    """The validation rows that the two answer differently: first those that one has right and the other has not."""
    import numpy as np

    a, b = first.y_pred, second.y_pred
    differ = np.asarray(a != b).reshape(len(a), -1).any(axis=1)
    facts = prepared.facts.task
    classes = facts.classes
    if facts.environment is not None:
        ids, truths = [str(i) for i in range(len(a))], [""] * len(a)
    else:
        ids, truths = prepared.rows("valid").ids.tolist(), [_cell(y, classes) for y in first.y_true]
    if a.dtype.kind == "f" and first.y_true.dtype.kind == "i" and facts.environment is None and first.y_true.ndim == 1:
        a, b = (_of_truth(y_pred, first.y_true) for y_pred in (a, b))
        classes = ()
    is_label = a.dtype.kind == "i" and a.shape == first.y_true.shape
    rows = np.flatnonzero(differ)
    if a.dtype.kind == "f":
        rows = rows[np.argsort(-np.abs(a - b).reshape(len(a), -1).max(axis=1)[rows], kind="stable")]
    found = [
        Changed(
            id=ids[i],
            truth=truths[i],
            first=_cell(a[i], classes),
            second=_cell(b[i], classes),
            right=_right(*(bool(np.all(y_pred[i] == first.y_true[i])) for y_pred in (a, b))) if is_label else "",
        )
        for i in rows
    ]
    return tuple(sorted(found, key=lambda row: row.right == "neither"))


def _right(first: bool, second: bool) -> Right:
    return "first" if first else "second" if second else "neither"


def _of_truth(y_pred: FloatArray, y_true: NDArray[Any]) -> FloatArray:
    """The probability of each row's true class."""
    import numpy as np

    if y_pred.ndim == 1:
        return np.where(y_true == 1, y_pred, 1 - y_pred)
    return np.asarray(y_pred[np.arange(len(y_true)), y_true])


def _cell(value: Any, classes: Sequence[str]) -> str:
    """A class by its name, a number with five digits, several with a blank between."""
    import numpy as np

    array = np.atleast_1d(value)
    if array.dtype.kind == "f":
        return " ".join(f"{number:.5g}" for number in array)
    if array.dtype.kind == "i" and classes:
        names = np.flatnonzero(array) if np.ndim(value) else array  # several labels are told as 0 and 1
        return " ".join(classes[i] for i in names.tolist())
    return " ".join(map(str, array.tolist()))


def _incomparable(first: Side, second: Side) -> Problem:
    return Problem(
        code="E010",
        message=f"{first.label} is of {first.competition} and {second.label} of {second.competition}",
        why="Scores can be compared where the same rows were answered.",
        fix=f"kit leaderboard {first.competition} --json   has the submissions of one",
    )
