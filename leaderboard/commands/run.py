"""``kit run``: train a plugin here, score it on the validation rows, and say what came of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kit.cli import completion, screen
from kit.cli.entry import competition_option
from kit.cli.invocation import current
from kit.cli.place import workspace
from kit.cli.progress import LiveLine
from kit.errors import PluginError, Problem, UsageError
from kit.job import Check, Json
from kit.plugin.settings import typed as typed
from kit.workspace import ANSWER_SUFFIXES
from leaderboard.commands.entry import Entry, read_entry

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kit.metrics.base import Metric
    from kit.workspace import Workspace
    from leaderboard.runs import LocalRun, Runs
    from leaderboard.statistics import Comparison
    from leaderboard.training import NewRun

MAX_SEED = 2**32 - 1  # what NumPy's global generator takes
_ROOM = 9  # columns of a label
_LAST_LINE = 40  # columns of what was printed last
_ONLY_LINE = 100  # and where it is all that was printed
_SIZES = ("hidden", "width", "channels", "units", "neurons")  # and one that says how large the model is
_ATTEMPTS = 2  # values of a parameter that were tried in vain: the next one would be, too
_FEW_EPOCHS = 10  # a model that has learned nothing in so few may have had no time
_MIDDLING_RATE = 0.01  # from far above, this is where to look first; from below, it is what to go towards


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


@click.command()
@click.argument("path", shell_complete=completion.plugins)
@competition_option()
@click.option("--set", "given", metavar="NAME=VALUE", multiple=True, help="A parameter of fit; may be repeated.")
@click.option(
    "--seed", type=click.IntRange(0, MAX_SEED), default=0, show_default=True, help="Another draw of what is random."
)
@screen.formats()
def command(path: str, competition: str | None, given: tuple[str, ...], seed: int, form: screen.Form) -> None:
    """Train PATH, a plugin (folder, .py file or name), here and score it on the validation rows.

    It runs as a submission would, but uses no try and nothing of it is on the board.
    """
    from leaderboard.runs import Runs

    here = workspace()
    entry = read_trainable(here, path, competition)
    params, defaults = _params(entry, given)
    settings = "".join(f" {name}={typed(value)}" for name, value in {**defaults, **params}.items())
    screen.say(
        "\n".join(
            screen.labelled(
                "",
                f"{entry.competition} / {entry.name}  {settings} seed={seed}   ({entry.chosen_by})",
                room=0,
                indent=0,
            )
        )
    )
    runs = Runs.of(here)
    run = _train(here, runs, entry, params=params, defaults=defaults, seed=seed)
    current().kept = _what_was_kept(run) if run.state == "interrupted" else f"It is kept as {run.label}."
    ran = _ran(here, runs, entry, run, explicit=competition)
    if form == "json":
        screen.show_json(as_json(ran))
    if run.state == "interrupted":
        raise KeyboardInterrupt
    if run.problem is not None:
        current().after_error = f"What it did until then is kept:   kit runs {run.label}"
        raise _failed(run.problem, runs.log(run))
    if form != "json":
        screen.show("\n".join(lines(ran)))


def _failed(problem: Problem, log: str) -> PluginError:
    """The error with the plugin's whole traceback as its note: ``--traceback`` shows it."""
    from kit.clues import whole_traceback

    error = PluginError(problem)
    if traceback := whole_traceback(log.encode()):
        error.add_note(traceback)
    return error


def read_trainable(here: Workspace, path: str, competition: str | None, *, command: str = "kit run") -> Entry:
    """The plugin at `path`, its source in order. `command` is what was typed before it, for advice.

    Raises
    ------
    UsageError
        E006 for a file of answers, E001, E005.
    PluginError
        E1xx, everything that is wrong at once.
    """
    if Path(path).suffix.lower() in ANSWER_SUFFIXES:
        message = f"{path} is a file of answers: there is nothing to train"
        raise UsageError(Problem(code="E006", message=message, fix=f"kit submit {path}"))
    return read_entry(here, path, competition=competition, command=command)


def _params(entry: Entry, given: tuple[str, ...]) -> tuple[dict[str, Json], dict[str, Json]]:
    from kit.plugin.settings import chosen, read_parameters

    known = read_parameters(entry.found.path, shown=entry.name)
    return chosen(given, known), known.values


def _train(
    here: Workspace, runs: Runs, entry: Entry, *, params: dict[str, Json], defaults: dict[str, Json], seed: int
) -> LocalRun:
    from leaderboard.training import train

    with LiveLine() as shown:
        new = new_run(here, entry, params=params, defaults=defaults, seed=seed, on_progress=shown.say)
        return train(new, runs, here.executor(), on_progress=shown.show)


def new_run(
    here: Workspace,
    entry: Entry,
    *,
    params: dict[str, Json],
    defaults: dict[str, Json],
    seed: int = 0,
    on_progress: Callable[[str], None] | None = None,
) -> NewRun:
    """What is to be run: the competition's data are prepared, its limits and its measured baselines known.

    Parameters
    ----------
    here, entry
        The workspace and the plugin.
    params, defaults, seed
        As in `LocalRun`.
    on_progress
        Told what is being done where the data have to be prepared first.
    """
    from leaderboard.training import NewRun, measured_against

    name = entry.competition
    reference, constant = measured_against(here.baselines(name), entry.kind)
    return NewRun(
        competition=name,
        prepared=here.prepared(name, on_progress=on_progress),
        metric=here.metric(name),
        limits=here.competition(name).limits.of_run(),
        archive=entry.archive,
        name=entry.name,
        plugin=entry.found.name,
        params=params,
        defaults=defaults,
        seed=seed,
        reference=reference,
        constant=constant,
    )


def _ran(here: Workspace, runs: Runs, entry: Entry, run: LocalRun, *, explicit: str | None) -> Ran:
    competition = here.competition(entry.competition)
    before = runs.last(run.competition, run.plugin, before=run)
    comparison = _compared(runs, run, before, here.metric(entry.competition)) if before else None
    flag = f" -c {explicit}" if explicit else ""
    advice = advised(entry.found.path, entry.name)
    return Ran(
        run=run,
        before=before,
        comparison=comparison,
        next_step=next_step(
            run,
            called=entry.name,
            flag=flag,
            time_limit_s=competition.limits.time_limit_s,
            better=before if comparison and comparison.kind == "worse" else None,
            earlier=_in_vain(runs, run),
            advice=advice,
        ),
        advice=advice,
        printed=runs.own_log(run),
    )


def _in_vain(runs: Runs, run: LocalRun) -> tuple[LocalRun, ...]:
    """The earlier runs of the same code that learned nothing, where this one did not either."""
    if not _learned_nothing(run):
        return ()
    same = (one for one in runs.all(run.competition) if one.id < run.id and one.plugin_sha256 == run.plugin_sha256)
    return tuple(filter(_learned_nothing, same))


def _learned_nothing(run: LocalRun) -> bool:
    return run.verdict is not None and run.verdict.kind == "not learning"


def _compared(runs: Runs, run: LocalRun, before: LocalRun, metric: Metric) -> Comparison | None:
    """Both on the same rows, by the same metric; None where one of them is not there or was of others."""
    from leaderboard.statistics import compare

    own, other = ((one.digest, one.metric, one.metric_version) for one in (run, before))
    score, earlier = runs.score(run), runs.score(before)
    if own != other or score is None or earlier is None or score.n != earlier.n:
        return None
    return compare(metric, score, earlier, seed_text=f"{run.competition}/valid")


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


def advised(path: Path, shown: str) -> tuple[Problem, ...]:
    """What looks like a mistake in a plugin's source though it runs."""
    from kit.plugin.advice import advice

    return tuple(check.problem for check in advice(path, shown=shown) if check.problem is not None)


def advice_in_words(advice: Sequence[Problem], checks: Sequence[Check]) -> list[str]:
    """A line for each: ``E121 line 27: gradients are never set back   kit explain E121``.

    Where answers were found to change, what the source alone made suspect would be said twice.
    """
    is_changing = any(check.problem and check.problem.code in ("E205", "E217") for check in checks if not check.ok)
    return [_advice_in_words(problem) for problem in advice if not (is_changing and problem.code == "E125")]


def _advice_in_words(problem: Problem) -> str:
    file, _, line = problem.where.rpartition(":")
    name = Path(file).name
    place = f"line {line}" if name == "plugin.py" else f"{name} line {line}"
    return f"{problem.code} {place}: {problem.message}   {screen.typed(f'kit explain {problem.code}')}"


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


def _what_was_kept(run: LocalRun) -> str:
    from leaderboard.training import curve

    epochs = len(curve(run.events, "epoch"))
    learned = f"its {screen.count(epochs, 'epoch')} so far" if epochs else "its log"
    return f"{run.label} keeps {learned}; there is no score.   kit runs {run.label}   shows it"
