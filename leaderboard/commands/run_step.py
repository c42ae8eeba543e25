"""What to do after a run: the next command, and the setting that it changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kit.errors import Problem
from kit.job import Json
from kit.plugin.settings import typed
from leaderboard.commands.run_words import failed_checks

if TYPE_CHECKING:
    from leaderboard.runs import LocalRun, Runs

_SIZES = ("hidden", "width", "channels", "units", "neurons")  # and one that says how large the model is
_ATTEMPTS = 2  # values of a parameter that were tried in vain: the next one would be, too
_FEW_EPOCHS = 10  # a model that has learned nothing in so few may have had no time
_MIDDLING_RATE = 0.01  # from far above, this is where to look first; from below, it is what to go towards


def next_step(
    run: LocalRun,
    *,
    called: str,
    flag: str,
    time_limit_s: float,
    better: LocalRun | None = None,
    earlier: Sequence[LocalRun] = (),
    advice: Sequence[Problem] = (),
) -> tuple[str, str]:
    """The command to type next, and why.

    Parameters
    ----------
    run
        What came of this one.
    called
        How the entrant calls the plugin.
    flag
        `` -c NAME`` where it was typed.
    time_limit_s
        Of the competition.
    better
        The run before, if that was clearly better.
    earlier
        Runs of the same code that learned nothing: what they tried is not advised once more.
    advice
        What looks like a mistake in the source.
    """
    if run.state != "done":
        return f"kit runs {run.label}", "what it did until then"
    failed = failed_checks(run)
    if failed and failed[0].problem:
        return f"kit explain {failed[0].problem.code}", "the answers can't be trusted before that is mended"
    if advice and run.verdict and run.verdict.kind != "appropriate":
        return f"kit explain {advice[0].code}", "that first: no setting makes up for it"
    again = _other_settings(run, time_limit_s, earlier)
    if again:
        (name, value), why = again
        changed = run.changed | {name: value}
        settings = "".join(f" --set {key}={typed(value)}" for key, value in changed.items())
        seed = f" --seed {run.seed}" if run.seed else ""
        return f"kit run {called}{flag}{settings}{seed}", why
    if run.verdict and run.verdict.cause == "no step":
        return "kit explain E126", "weights that never change"
    if _learned_nothing(run):
        return f"kit runs {run.label}", "its curve, and what it printed"
    if better:
        return f"kit runs {better.label}", "did clearly better: its settings and its curve"
    submit = f"kit submit {called}{flag}"
    if not run.changed:
        return submit, ""
    settings = ", ".join(f"{key}={typed(value)}" for key, value in run.changed.items())
    return submit, f"uses the defaults in the file: write {settings} there first"


def in_vain(runs: Runs, run: LocalRun) -> tuple[LocalRun, ...]:
    """The earlier runs of the same code that learned nothing, where this one did not either."""
    if not _learned_nothing(run):
        return ()
    same = (one for one in runs.all(run.competition) if one.id < run.id and one.plugin_sha256 == run.plugin_sha256)
    return tuple(filter(_learned_nothing, same))


def _learned_nothing(run: LocalRun) -> bool:
    return run.verdict is not None and run.verdict.kind == "not learning"


def _other_settings(
    run: LocalRun, time_limit_s: float, earlier: Sequence[LocalRun]
) -> tuple[tuple[str, Json], str] | None:
    """What the verdict suggests to change in a parameter that the plugin has."""
    from leaderboard.training import LENGTHS, best_epoch, first_epoch

    if _learned_nothing(run):
        change = _other_start(run)
        return change if change and not _is_in_vain(*change[0], run, earlier) else None
    kind = run.verdict.kind if run.verdict else "appropriate"
    length = next((name for name in LENGTHS if type(run.settings.get(name)) is int), "")
    epochs = run.settings.get(length)
    if type(epochs) is not int:
        return None
    if kind == "under-fitting" and 2 * run.usage.wall_s < time_limit_s:
        return (length, 2 * epochs), "train longer"
    best = best_epoch(run.events)
    needed = 0 if best is None else best - first_epoch(run.events) + 1
    if kind == "over-fitting" and 1 <= needed < 0.8 * epochs:
        return (length, int(needed)), "where it did best on the validation rows"
    return None


def _is_in_vain(name: str, value: Json, run: LocalRun, earlier: Sequence[LocalRun]) -> bool:
    """Whether this value was tried already, or so many others beside the same settings that it would not help."""
    alike = [one for one in (run, *earlier) if one.settings | {name: value} == run.settings | {name: value}]
    tried = {one.settings.get(name) for one in alike}
    return value in tried or len(tried) > _ATTEMPTS


def _other_start(run: LocalRun) -> tuple[tuple[str, Json], str] | None:
    """What to change for a run that learned nothing, by its cause."""
    from leaderboard.training import LENGTHS, learns_in_steps

    cause = run.verdict.cause if run.verdict else ""
    lr, size = run.settings.get("lr"), next((name for name in _SIZES if type(run.settings.get(name)) is int), "")
    length = next((name for name in LENGTHS if type(run.settings.get(name)) is int), "")
    width, epochs = run.settings.get(size), run.settings.get(length)
    if cause == "one answer" and type(width) is int:
        return (size, max(8, 2 * width)), "a larger model"
    if cause == "rate too high" and type(lr) is float:
        return ("lr", min(lr / 10, _MIDDLING_RATE)), "a smaller learning rate"
    if cause == "" and not learns_in_steps(run.events, run.settings):
        return None
    if cause == "" and type(epochs) is int and epochs < _FEW_EPOCHS:
        return (length, 4 * epochs), "train longer"
    if cause == "" and type(lr) is float and lr > 0:
        is_low = lr < _MIDDLING_RATE
        return ("lr", 10 * lr if is_low else lr / 10), f"a {'larger' if is_low else 'smaller'} learning rate"
    return None
