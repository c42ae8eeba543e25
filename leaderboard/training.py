"""One run on one's own: the child, limits, worker and answers of a submission, but neither test rows nor a board."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from math import isfinite
from typing import TYPE_CHECKING, Any

from kit.clues import alike, notes, with_clues
from kit.errors import PluginError, Problem
from kit.executor.base import Executor, Running
from kit.job import Json, Limits, Progress
from leaderboard.artifacts import labelled_predictions, npy, npz, score_of_part, small, versions
from leaderboard.runs import Confusion, LocalRun, Place, Runs
from leaderboard.verdict import Evidence, judge

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kit.metrics.base import Metric
    from kit.prepare import Prepared
    from kit.run import Left
    from kit.scoring import PartScore

POLL_S = 0.03
MAX_CONFUSIONS = 3
LENGTHS = ("epochs", "rounds", "steps")  # what a parameter that says how long to train is called
_STEPPING = (*LENGTHS, "updates", "lr", "learning_rate")
_SIMPLE = {"image": "logistic", "tabular": "my_table"}  # whose train score a run is measured against, by kind
OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """What is to be run.

    Parameters
    ----------
    competition, prepared, metric, limits
        What it is for: name, data, what measures it, what it may use.
    archive, name, plugin
        The plugin as `kit.plugin.archive.pack` gives it, how the entrant called it, and its id.
    params, defaults, seed
        As in `LocalRun`.
    reference, constant
        Train scores of the competition's simple baseline and of the constant answer, where they were measured; of the
        constant action of an agent the valid score.
    n_threads, fit_limit_s
        As in `kit.job.Job`: several runs at once share the cores, and a study's may be short ones.
    """

    competition: str
    prepared: Prepared
    metric: Metric
    limits: Limits
    archive: bytes
    name: str
    plugin: str
    params: Mapping[str, Json]
    defaults: Mapping[str, Json]
    seed: int = 0
    reference: float | None = None
    constant: float | None = None
    n_threads: int = 2
    fit_limit_s: float | None = None


def train(new: NewRun, runs: Runs, executor: Executor, *, on_progress: OnProgress | None = None) -> LocalRun:
    """Run a plugin, score it on the validation rows, and keep what it left.

    A plugin that fails is kept as a failed run, and Ctrl-C (``KeyboardInterrupt``) as an interrupted one: what the
    run learned until then is in its curve and its log.

    Raises
    ------
    SandboxError, StorageError
        No fault of the plugin; nothing is kept.
    """
    with started(new, runs, executor) as training:
        try:
            _wait(training.running, on_progress)
            run, files = training.judged()
        except KeyboardInterrupt:
            with _undisturbed():
                training.running.kill()
                return training.keep(replace(training.blank, state="interrupted"), {})
        with _undisturbed():
            return training.keep(run, files)


@contextmanager
def started(new: NewRun, runs: Runs, executor: Executor) -> Iterator[Training]:
    """A run that goes on. Whoever leaves without having kept it ends it, and nothing of it stays."""
    from kit.run import stage

    with runs.place() as place:
        begun, clock = time.time(), time.monotonic()
        stage(
            place.job,
            plugin=new.archive,
            name=new.name,
            prepared=new.prepared,
            limits=new.limits,
            params=new.params,
            seed=new.seed,
            order_key=None,
            n_threads=new.n_threads,
            fit_limit_s=new.fit_limit_s,
        )
        running = executor.start(place.job)
        try:
            yield Training(new, runs, place, running, blank=_blank(new, place, begun), clock=clock)
        finally:
            running.kill()


class Training:
    """A run between its start and its place among the others.

    Parameters
    ----------
    new, runs, place
        What is run, where it will be kept, and where it is now.
    running
        The executor's side of it: whether it is over, and where it is.
    blank
        The run as it was at its start.
    clock
        When that was.
    """

    def __init__(
        self, new: NewRun, runs: Runs, place: Place, running: Running, *, blank: LocalRun, clock: float
    ) -> None:
        self.new, self.running, self.blank = new, running, blank
        self._runs, self._place, self._clock = runs, place, clock

    def judged(self) -> tuple[LocalRun, dict[str, bytes]]:
        """The run, which is over, with its score or with the reason why there is none, and the files of it.

        Raises
        ------
        SandboxError
            E801 if what it left can't be read.
        """
        return _judged(self.blank, self.new, self._left, self._place)

    def keep(self, run: LocalRun, files: dict[str, bytes]) -> LocalRun:
        """Keep it, with what it used, logged and printed."""
        return _kept(self._runs, self._place, run, self._left, files, seconds=time.monotonic() - self._clock)

    @cached_property
    def _left(self) -> Left:  # asked for when it is over: nothing changes any more
        from kit.run import collect

        return collect(self._place.job)


def curve(events: Iterable[Mapping[str, float]], name: str) -> tuple[float, ...]:
    """The course of one number of ``run.log``, an entry for each epoch: the last one that was told of it."""
    values: dict[float, float] = {}
    for place, event in enumerate(events):
        if name in event:
            values[event.get("epoch", place)] = event[name]
    return tuple(values.values())


def best_epoch(events: Iterable[Mapping[str, float]]) -> float | None:
    """The epoch with the lowest valid loss, or where none is told with the highest valid accuracy."""
    told = [event for event in events if "epoch" in event]
    for name, sign in (("valid_loss", 1), ("valid_accuracy", -1)):
        having = [event for event in told if isfinite(event.get(name, float("nan")))]
        if having:
            return min(having, key=lambda event: sign * event[name])["epoch"]
    return None


def first_epoch(events: Iterable[Mapping[str, float]]) -> int:
    """What the plugin calls its first epoch: 0 where it counts as Python does, else 1."""
    return 0 if any(event.get("epoch") == 0 for event in events) else 1


def learns_in_steps(events: Sequence[Mapping[str, float]], settings: Mapping[str, Json]) -> bool:
    """Whether a learning rate or more epochs could change what came of a run.

    A plugin that tells of epochs, or of more than one loss, learns in steps; one that tells a single loss learned all
    at once. Of one that tells nothing its settings have to say it.
    """
    losses = curve(events, "loss") or curve(events, "valid_loss")
    if curve(events, "epoch") or len(losses) > 1:
        return True
    return not losses and any(name in settings for name in _STEPPING)


def measured_against(baselines: Mapping[str, Mapping[str, float]], kind: str) -> tuple[float | None, float | None]:
    """Train scores of the simple baseline of a kind of competition, and of the constant answer; None where unmeasured.

    Of the constant action of an agent it is the valid score.
    """
    simple = _SIMPLE.get(kind.partition("-")[0], "")
    constant = baselines.get("constant", {}).get("valid" if kind == "agent" else "train")
    return baselines.get(simple, {}).get("train"), constant


def evidence_of(
    prepared: Prepared,
    metric: Metric,
    *,
    competition: str,
    events: Sequence[Mapping[str, float]],
    answers: NDArray[Any],
    valid: PartScore,
    learned: PartScore | None,
    against: tuple[float | None, float | None],
    settings: Mapping[str, Json],
) -> Evidence:
    """What a run showed: the ground of the verdict on it.

    Parameters
    ----------
    prepared, metric, competition
        What it was for.
    events
        What ``run.log`` was given.
    answers
        To the validation rows, as the plugin gave them.
    valid, learned
        Scores on the validation rows and on the train rows; None where those were not asked for.
    against
        As `measured_against` says it.
    settings
        What the plugin was called with, by name.
    """
    classes = prepared.facts.task.classes
    return Evidence(
        valid=valid.value,
        valid_interval=_interval(metric, competition, valid, "valid"),
        train=learned.value if learned else None,
        train_interval=_interval(metric, competition, learned, "train") if learned else None,
        reference=against[0],
        constant=against[1],
        greater_is_better=metric.greater_is_better,
        unit=metric.unit,
        n_classes=len(classes),
        losses=curve(events, "loss"),
        valid_losses=curve(events, "valid_loss"),
        first_epoch=first_epoch(events),
        one_answer=bool(alike(answers, classes)),
        in_steps=learns_in_steps(events, settings),
    )


def _own(events: list[dict[str, float]], run: LocalRun) -> tuple[dict[str, int | float], ...]:
    """What the plugin logged: without the line in which the worker tells the settings."""
    is_of_worker = bool(events) and "epoch" not in events[0] and events[0].keys() <= run.settings.keys()
    return tuple({**event} for event in events[is_of_worker:])


def _kept(runs: Runs, place: Place, run: LocalRun, left: Left, files: dict[str, bytes], *, seconds: float) -> LocalRun:
    run = replace(run, events=_own(left.events, run), usage=left.outcome.usage, checks=left.checks, seconds=seconds)
    more = {"model.bin": left.model, "replay.npz": left.replay}
    return runs.keep(place, run, files | {"log.txt": left.log} | {name: data for name, data in more.items() if data})


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Hear no second Ctrl-C: who is impatient would lose what the first one keeps."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set handlers, and only it is interrupted
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _wait(running: Running, on_progress: OnProgress | None) -> None:
    last = Progress()
    while running.poll() is None:
        progress = running.progress()
        if on_progress is not None and progress != last:
            on_progress(progress)
        last = progress
        time.sleep(POLL_S)


def _blank(new: NewRun, place: Place, begun: float) -> LocalRun:
    return LocalRun(
        id=place.id,
        competition=new.competition,
        digest=new.prepared.facts.digest,
        name=new.name,
        plugin=new.plugin,
        plugin_sha256=sha256(new.archive).hexdigest(),
        params=dict(new.params),
        defaults=dict(new.defaults),
        seed=new.seed,
        state="failed",
        at=begun,
        seconds=0.0,
        kind=new.prepared.facts.task.kind,
        metric=new.metric.code,
        metric_version=new.metric.version,
        unit=new.metric.unit,
        versions=versions(),
    )


def _judged(run: LocalRun, new: NewRun, left: Left, place: Place) -> tuple[LocalRun, dict[str, bytes]]:
    """The run with its score, or with the reason why there is none, and the files that belong to it."""
    answers = {"valid": left.valid_answers, "train": left.train_answers}
    files = {f"{part}.npy": npy(small(rows, new.metric)) for part, rows in answers.items() if rows is not None}
    try:
        if left.outcome.problem is not None or left.valid_answers is None:
            raise PluginError(left.outcome.problem or _no_answers(new))
        valid = score_of_part(new.metric, new.prepared, "valid", left.valid_answers, where=new.name)
        learned = score_of_part(new.metric, new.prepared, "train", left.train_answers, where=new.name)
        confused = _confused(new, left.valid_answers)
    except PluginError as error:
        folder = place.job / "plugin"
        problem = with_clues(error.problem, log=left.log, events=left.events, folder=folder, name=new.name)
        return replace(run, problem=problem), files
    run = replace(run, state="done", confused=confused, train_score=learned.value if learned else None)
    classes = new.prepared.facts.task.classes
    run = replace(run, notes=notes(log=left.log, events=left.events, answers=left.valid_answers, classes=classes))
    if valid is None:
        return run, files
    lo, hi = _interval(new.metric, new.competition, valid, "valid")
    run = replace(run, valid_score=valid.value, interval_lo=lo, interval_hi=hi, n_valid=valid.n)
    environment = new.prepared.facts.task.environment
    if environment is not None:
        # A verdict compares rows that were learned from with others, and losses that fall: agents have neither.
        run = replace(run, solved_from=environment.reward_threshold, notes=_notes_on_agent(new, left, valid.value))
        return run, files | {"score.npz": npz(valid)}
    verdict = judge(
        evidence_of(
            new.prepared,
            new.metric,
            competition=new.competition,
            events=left.events,
            answers=left.valid_answers,
            valid=valid,
            learned=learned,
            against=(new.reference, new.constant),
            settings={**new.defaults, **new.params},
        )
    )
    if verdict.kind == "not learning":  # it speaks of the loss itself, and knows more
        run = replace(run, notes=notes(log=left.log, answers=left.valid_answers, classes=classes))
    return replace(run, verdict=verdict), files | {"score.npz": npz(valid)}


def _notes_on_agent(new: NewRun, left: Left, valid: float) -> tuple[str, ...]:
    told = notes(log=left.log)  # not that all returns are the same: 500 in every episode is as good as can be
    if new.constant is None or valid > new.constant:
        return told
    return (*told, f"no better than always the same action, which gets {new.constant:.1f}")


def _interval(metric: Metric, competition: str, part: PartScore, name: str) -> tuple[float, float]:
    from leaderboard.statistics import interval

    # The same seed for every run: intervals differ by what was answered, not by the draw.
    return interval(metric, part, seed_text=f"{competition}/{name}")


def _confused(new: NewRun, answers: NDArray[Any]) -> tuple[Confusion, ...]:
    """The classes that are taken for each other most often."""
    import numpy as np

    classes = new.prepared.facts.task.classes
    if not classes:
        return ()
    y_true, y_pred = labelled_predictions(new.prepared, "valid", answers, where=new.name)
    if new.metric.needs == "probabilities":
        y_pred = y_pred.argmax(axis=1) if y_pred.ndim == 2 else (y_pred > 0.5).astype(np.int64)
    if y_true.ndim > 1:  # several labels a row: no class is taken for another
        return ()
    wrong = y_true != y_pred
    pairs, counts = np.unique(np.column_stack([y_true[wrong], y_pred[wrong]]), axis=0, return_counts=True)
    worst = np.argsort(-counts, kind="stable")[:MAX_CONFUSIONS]
    return tuple(
        Confusion(truth=classes[int(pairs[i, 0])], answer=classes[int(pairs[i, 1])], n=int(counts[i])) for i in worst
    )


def _no_answers(new: NewRun) -> Problem:
    return Problem(code="E210", message="the run ended without answers", where=new.name)
