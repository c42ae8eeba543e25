"""A finished run in words: for a screen, and as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from kit.cli import screen
from kit.errors import Problem
from kit.job import Check
from kit.plugin.settings import typed
from leaderboard.commands.advice import advice_in_words

if TYPE_CHECKING:
    from leaderboard.runs import LocalRun
    from leaderboard.statistics import Comparison

_ROOM = 9  # columns of a label
_LAST_LINE = 40  # columns of what was printed last
_ONLY_LINE = 100  # and where it is all that was printed


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A run, what it is compared with, and what is said of it.

    Parameters
    ----------
    run, before
        The run, and the one before it of the same plugin; None where there is none.
    comparison
        Of the two; None where they are not of the same rows, or one of them has no score.
    next_step
        A command, and why.
    advice
        What looks like a mistake in the source though it runs.
    printed
        What the plugin printed.
    """

    run: LocalRun
    before: LocalRun | None
    comparison: Comparison | None
    next_step: tuple[str, str]
    advice: tuple[Problem, ...] = ()
    printed: str = ""


def as_json(ran: Ran) -> dict[str, Any]:
    """Everything there is to know of a run, under stable keys."""
    before = ran.before.label if ran.before else None
    comparison = asdict(ran.comparison) if ran.comparison else None
    told = {"previous": before, "comparison": comparison, "next": ran.next_step[0]}
    return plain(ran.run) | told | {"advice": [asdict(problem) for problem in ran.advice]}


def plain(run: LocalRun) -> dict[str, Any]:
    """A run as JSON shows it."""
    return {"run": run.label} | asdict(run) | {"settings": run.settings}


def lines(ran: Ran) -> list[str]:
    """What came of a run, as text."""
    run = ran.run
    rows = [("", _course(run))]
    if run.valid_score is None:
        rows.append(("valid", f"{run.metric} has no value for these rows"))
    else:
        rows.append(("valid", valid_in_words(run)))
        if ran.before is not None:
            rows.append(("last run", _against(ran, ran.before)))
    if run.solved_from is not None and run.valid_score is not None and run.interval_lo is not None:
        rows.append(("solved", screen.solved(run.solved_from, run.interval_lo, run.valid_score, run.unit)))
    if run.verdict is not None:
        rows.append(("verdict", f"{run.verdict.kind}: {run.verdict.because}"))
        if run.verdict.kind != "appropriate":
            rows.append(("", f"try {run.verdict.advice}"))
    if run.confused:
        rows.append(("confused", confused(run)))
    rows += [("check", told(check)) for check in failed_checks(run)]
    rows += [("note", note) for note in run.notes]
    rows += [("advice", text) for text in advice_in_words(ran.advice, run.checks)]
    rows += [("run", run.label), *_printed(ran)]
    return [line for label, text in rows for line in _row(label, text)] + _next(*ran.next_step)


def _printed(ran: Ran) -> list[tuple[str, str]]:
    """That the plugin printed something, and where it is: a run's screen would be buried under all of it."""
    lines = screen.clean(ran.printed).strip().splitlines()
    if not lines:
        return []
    last = screen.fitted(lines[-1].strip(), _LAST_LINE if len(lines) > 1 else _ONLY_LINE)
    all_of_it = screen.typed(f"kit runs {ran.run.label}")
    return [("printed", f'{screen.count(len(lines), "line")}, the last: "{last}"   all: {all_of_it}')]


def _next(step: str, why: str) -> list[str]:
    """The command on one line, whatever its length: it is there to be copied. Why stands behind it, or below."""
    line = f"  {'Next':<{_ROOM}}{screen.typed(step)}"
    if not why:
        return [line]
    both = f"{line}      {why}"
    return [both] if screen.fits([both]) else [line, *screen.labelled("", why, room=_ROOM)]


def _row(label: str, text: str) -> list[str]:
    is_course = not label and text.startswith(("epoch", "trained"))
    return screen.labelled(label, text, room=0 if is_course else _ROOM)


def _course(run: LocalRun) -> str:
    """``epoch 20/20  loss 0.041  valid loss 0.176  valid 95.8 %   █▇▅▃▂  5.9 s``."""
    from leaderboard.training import curve

    words = []
    epochs, losses = run.settings.get("epochs"), curve(run.events, "loss")
    returns = curve(run.events, "mean_return")
    if told_of := curve(run.events, "epoch"):
        of = f"/{epochs}" if type(epochs) is int and told_of[-1] <= epochs else ""
        words.append(f"epoch {told_of[-1]:.9g}{of}")
    words += [f"loss {loss:.3g}" for loss in losses[-1:]]
    words += [f"valid loss {loss:.3g}" for loss in curve(run.events, "valid_loss")[-1:]]
    words += [f"valid {screen.score(share, 'share')}" for share in curve(run.events, "valid_accuracy")[-1:]]
    words += [f"return {gained:.4g}" for gained in returns[-1:]]
    words += [f" {screen.sparkline(course, cells=10)}" for course in (returns or losses,) if course]
    took = [screen.duration(run.usage.fit_s or run.seconds)]
    if run.usage.features_s:
        took.append(f"and {screen.duration(run.usage.features_s)} for features, not counted")
    return "  ".join([*(words or ["trained"]), *took])


def valid_in_words(run: LocalRun) -> str:
    """``95.8 %   (95 % interval 92.3 - 97.8, 216 images)``."""
    assert run.valid_score is not None
    assert run.interval_lo is not None
    assert run.interval_hi is not None
    around = screen.interval(run.interval_lo, run.interval_hi, run.unit)
    n = screen.count(run.n_valid or 0, screen.noun_of(run.kind))
    of = f" {run.metric}" if run.unit == "value" else ""  # per cent speak for themselves
    return f"{screen.score(run.valid_score, run.unit)}{of}   (95 % interval {around}, {n})"


def _against(ran: Ran, before: LocalRun) -> str:
    assert before.valid_score is not None
    named = f"{before.label}, {differences(ran.run, before)}"
    words = in_words(ran.comparison, screen.noun_of(ran.run.kind))
    return f"{screen.score(before.valid_score, before.unit)}   {named}   {words}"


def differences(run: LocalRun, before: LocalRun) -> str:
    """How the earlier run differs, in its own values: ``epochs=15``."""
    found = [
        f"{name}={typed(value)}" for name, value in before.settings.items() if run.settings.get(name, ...) != value
    ]
    if before.seed != run.seed:
        found.append(f"seed={before.seed}")
    if before.plugin_sha256 != run.plugin_sha256:
        found.append("other code")
    return ", ".join(found) or "the same code and settings"


def in_words(comparison: Comparison | None, noun: str) -> str:
    """``no clear difference (3 images better, 2 worse)``."""
    if comparison is None:
        return "of other data, or measured otherwise: the two can't be compared"
    kind = "no clear difference" if comparison.kind == "unclear" else f"clearly {comparison.kind}"
    if comparison.n_better is None:
        return kind
    if comparison.n_better == comparison.n_worse == 0:
        return f"no difference: the same {noun}s are right"
    return f"{kind} ({screen.count(comparison.n_better, noun)} better, {comparison.n_worse} worse)"


def confused(run: LocalRun) -> str:
    """``1 read as 8 (3x), 8 as 1 (2x)``."""
    verb = "read as" if run.kind.startswith("image") else "taken for"
    short = verb.split()[-1]
    pairs = [
        f"{one.truth} {short if place else verb} {one.answer} ({one.n}x)" for place, one in enumerate(run.confused)
    ]
    return ", ".join(pairs)


def failed_checks(run: LocalRun) -> list[Check]:
    """The invariances that do not hold."""
    return [check for check in run.checks if not check.ok]


def told(check: Check) -> str:
    """A failed invariance on one line, with its lesson."""
    if check.problem is None:
        return f"{check.name}: {check.detail}"
    lesson = screen.typed(f"kit explain {check.problem.code}")
    return f"{check.name}: {check.problem.message}   {lesson}"


def what_was_kept(run: LocalRun) -> str:
    """``r6 keeps its 3 epochs so far; there is no score.   kit runs r6   shows it``."""
    from leaderboard.training import curve

    epochs = len(curve(run.events, "epoch"))
    learned = f"its {screen.count(epochs, 'epoch')} so far" if epochs else "its log"
    return f"{run.label} keeps {learned}; there is no score.   kit runs {run.label}   shows it"
