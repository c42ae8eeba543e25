"""What the verdict on a run is worth: runs whose kind is known beforehand, and what the rule says of them.

``python -m benchmarks verdict`` trains them all, ``python -m benchmarks verdict again`` judges what was kept of them.
A run's kind is how it was made (a network of one neuron is too small, whatever it scores), decided before it ran.
Thresholds were chosen on the development competitions only; the table that counts is that of the others.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.workspaces import prepared_workspace
from kit.clues import alike
from kit.dataset import Dataset, take, write_part
from kit.job import Json, decode, encode
from kit.metrics.base import Metric
from kit.plugin.archive import pack
from kit.plugin.built_in import BUNDLED
from kit.prepare import Prepared
from kit.run import Left, collect, stage
from kit.scoring import PartScore, score_part
from kit.submission import from_answers
from kit.workspace import Workspace
from leaderboard.statistics import interval
from leaderboard.verdict import Evidence, Verdict, judge

TIME_LIMIT_S = 300.0
OWN = Path(__file__).parent / "plugins"
KEPT = Path(__file__).parent / "results" / "verdict.jsonl"
VERDICTS = ("not learning", "under-fitting", "appropriate", "over-fitting")
EXPECTED: Mapping[str, str] = {
    "labels shuffled": "not learning",
    "rate too high": "not learning",
    "too slow": "under-fitting",
    "too small": "under-fitting",
    "right": "appropriate",
    "too large": "over-fitting",
    "too few rows": "over-fitting",
}

SHUFFLED = """

import inspect
from dataclasses import replace

import numpy as np

learn = fit


def fit(task, train, valid, run):
    mixed = replace(train, y=np.random.default_rng(run.seed).permutation(train.y))
    given = {"task": task, "train": mixed, "valid": valid, "run": run}
    return learn(**{name: given[name] for name in inspect.signature(learn).parameters if name in given})
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """How a run is made: `kind` says what is wrong with it."""

    kind: str
    plugin: str
    params: Mapping[str, Json]


def made(kind: str, plugin: str, **params: Json) -> Made:
    """A `Made` on one line."""
    return Made(kind=kind, plugin=plugin, params=params)


IMAGES = (
    made("too small", "net", hidden=1, lr=0.003),
    made("too small", "net", hidden=3, lr=0.003),
    made("too small", "logistic", C=0.0002),
    made("right", "cnn", updates=300),
    made("right", "mlp", updates=1000),
    made("too large", "net", hidden=512, epochs=100),
    made("too large", "net", hidden=2048),
    made("rate too high", "net", lr=3.0),
    made("rate too high", "my_cnn", lr=1.0),
    made("rate too high", "mlp", lr=20.0),
    made("too slow", "net", lr=1e-4, epochs=10),
    made("too slow", "my_cnn", lr=1e-4, epochs=3),
    made("labels shuffled", "net"),
    made("labels shuffled", "my_cnn"),
    made("labels shuffled", "logistic"),
)
FEW_IMAGES = (
    made("too few rows", "net", hidden=64),
    made("too few rows", "net", hidden=512),
    made("too few rows", "my_cnn"),
    made("too few rows", "logistic"),
)
TABLES = (
    made("too small", "boosted", rounds=2, leaves=2),
    made("too small", "boosted", rounds=1, leaves=3),
    made("right", "my_table"),
    made("right", "boosted", rounds=60, leaves=4, lr=0.05),
    made("right", "net", hidden=8, epochs=15, lr=0.003),
    made("too large", "net", hidden=512, epochs=100),
    made("too large", "net", hidden=128, epochs=200),
    made("too slow", "net", lr=1e-4, epochs=3),
    made("too slow", "net", lr=3e-4, epochs=2),
    made("labels shuffled", "net"),
    made("labels shuffled", "boosted"),
    made("labels shuffled", "my_table"),
)
# Where the classes lie apart, trees of any size answer new rows well, and so does a network that was thrown about by
# its rate: these are what they are called only where the answers are uncertain, or certain ones that are wrong cost.
NOISY_TABLES = (
    *TABLES,
    made("rate too high", "net", lr=30.0),
    made("rate too high", "net", lr=100.0, hidden=64),
    made("too large", "boosted", rounds=300, leaves=255, lr=0.3),
    made("too large", "boosted", rounds=1000, leaves=31),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A competition of the study: `of` is one of ours, with `n_train` of its train rows; `toml` is what differs."""

    half: str
    of: str
    runs: Sequence[Made]
    n_train: int | None = None
    toml: tuple[tuple[str, str], ...] = ()


LOG_LOSS = (('name = "roc_auc"', 'name = "log_loss"'),)
SETTINGS: Mapping[str, Setting] = {
    "digits": Setting(half="development", of="digits", runs=(*IMAGES, made("right", "logistic"))),
    "digits, 100 rows": Setting(half="development", of="digits", runs=FEW_IMAGES, n_train=100),
    "breast-cancer": Setting(half="development", of="breast-cancer", runs=TABLES),
    "breast-cancer, log loss": Setting(half="development", of="breast-cancer", runs=NOISY_TABLES, toml=LOG_LOSS),
    "diabetes": Setting(half="development", of="diabetes", runs=NOISY_TABLES),
    "mnist, 1000 rows": Setting(half="test", of="mnist", runs=IMAGES, n_train=1000),
    "mnist, 100 rows": Setting(half="test", of="mnist", runs=FEW_IMAGES, n_train=100),
    "iris": Setting(half="test", of="iris", runs=TABLES),
    "titanic": Setting(half="test", of="titanic", runs=NOISY_TABLES),
    "bike-sharing, 2000 rows": Setting(half="test", of="bike-sharing", runs=NOISY_TABLES, n_train=2000),
}
SEEDS = {"development": 0, "test": 1000}  # where each half begins to count


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """A run, the day of it, and the evidence that it left; none where it failed, with the `problem`."""

    setting: str
    kind: str
    plugin: str
    params: dict[str, Json]
    seed: int
    evidence: Evidence | None
    problem: str = ""
    date: str = ""


def run(*arguments: str) -> None:
    """Train and keep, or judge ``again`` what was kept; print the tables."""
    if arguments != ("again",):
        wanted = [name for name in SETTINGS if not arguments or name in arguments]
        old = [one for one in kept() if one.setting not in wanted] if KEPT.exists() else []
        new = [one for name in wanted for one in observe(name, SETTINGS[name])]
        ordered = sorted([*old, *new], key=lambda one: list(SETTINGS).index(one.setting))
        KEPT.write_text("".join(f"{encode(rounded(one))}\n" for one in ordered), encoding="utf-8")
    report(kept())


def kept() -> list[Observed]:
    """What was observed when the runs were trained last."""
    return [decode(Observed, line) for line in KEPT.read_text(encoding="utf-8").splitlines()]


def observe(name: str, setting: Setting) -> Iterator[Observed]:
    """Train the runs of a setting one after the other, as ``kit run`` does."""
    if setting.of not in Workspace.find().competitions:
        print(f"{name}: there is no such competition yet", file=sys.stderr)
        return
    # One thread each, before torch and scikit-learn start OpenMP: nothing is timed here.
    os.environ["OMP_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as scratch:
        lab = Lab(Path(scratch), name, setting)
        for number, one in enumerate(setting.runs):
            observed = lab.observe(one, SEEDS[setting.half] + number)
            print(line(observed), file=sys.stderr)
            yield observed


class Lab:
    """A workspace with one competition, its two measures (constant and simple baseline), and an executor."""

    def __init__(self, folder: Path, name: str, setting: Setting) -> None:
        self.folder, self.name = folder, name
        source = Workspace.find().competitions[setting.of].path
        shutil.copytree(source, folder / "competitions" / setting.of)
        file = folder / "competitions" / setting.of / "competition.toml"
        text = file.read_text(encoding="utf-8")
        for old, new in setting.toml:
            text = text.replace(old, new)
        file.write_text(text, encoding="utf-8")
        workspace = Workspace.find(prepared_workspace(folder, setting.of))
        self.metric: Metric = workspace.metric(setting.of)
        prepared = workspace.prepared(setting.of)
        self.prepared = prepared if setting.n_train is None else shrunk(prepared, setting.n_train, folder / "few")
        self.executor = workspace.executor()
        # The cores may be shared: a plugin that ends early because of the clock would be another kind of run.
        self.limits = replace(workspace.competition(setting.of).limits.of_run(), time_limit_s=TIME_LIMIT_S)
        self.constant = self._train_score("constant")
        self.reference = self._train_score("logistic" if prepared.facts.task.kind.startswith("image") else "my_table")

    def observe(self, one: Made, seed: int) -> Observed:
        """One run from its folder to its evidence."""
        left = self.left(one, seed)
        problem = left.outcome.problem
        return Observed(
            setting=self.name,
            kind=one.kind,
            plugin=one.plugin,
            params=dict(one.params),
            seed=seed,
            evidence=self.evidence(left) if left.outcome.status == "done" else None,
            problem=f"{problem.code} {problem.message}" if problem else "",
            date=datetime.now(UTC).date().isoformat(),
        )

    def left(self, one: Made, seed: int) -> Left:
        """Stage, start, wait and collect."""
        job = self.folder / "jobs" / f"{one.plugin}-{one.kind.replace(' ', '-')}-{seed}"
        stage(
            job,
            plugin=archive(one, self.folder / "shuffled" / one.plugin),
            name=f"plugins/{one.plugin}",
            prepared=self.prepared,
            limits=self.limits,
            params=one.params,
            seed=seed,
            order_key=None,
        )
        running = self.executor.start(job)
        while running.poll() is None:
            time.sleep(0.1)
        left = collect(job)
        shutil.rmtree(job)
        return left

    def evidence(self, left: Left) -> Evidence:
        """What the verdict is given."""
        train, valid = self.scored("train", left.train_answers), self.scored("valid", left.valid_answers)
        assert valid is not None, "a run that is done has answered the validation rows"
        kind = self.prepared.facts.task
        return Evidence(
            train=train.value if train else None,
            train_interval=interval(self.metric, train, seed_text="study/train") if train else None,
            valid=valid.value,
            valid_interval=interval(self.metric, valid, seed_text="study/valid"),
            reference=self.reference,
            constant=self.constant,
            greater_is_better=self.metric.greater_is_better,
            unit=self.metric.unit,
            n_classes=len(kind.classes),
            losses=tuple(event["loss"] for event in left.events if "loss" in event),
            valid_losses=tuple(event["valid_loss"] for event in left.events if "valid_loss" in event),
            one_answer=bool(alike(left.valid_answers, kind.classes)),
        )

    def scored(self, part: str, answers: Any) -> PartScore | None:
        """The score of `answers` on the train or the valid rows."""
        if answers is None:
            return None
        rows = self.prepared.rows(part)
        assert isinstance(rows, Dataset), "train and valid are labelled"
        form = replace(self.prepared.form(), row_ids=tuple(rows.ids.tolist()))
        y_pred = from_answers(answers, form, where=part).y_pred
        return score_part(self.metric, np.asarray(rows.y), y_pred, seed_text=f"{self.prepared.facts.name}/{part}")

    def _train_score(self, plugin: str) -> float | None:
        left = self.left(made("reference", plugin), 0)
        score = self.scored("train", left.train_answers)
        return score.value if score else None


def archive(one: Made, folder: Path) -> bytes:
    """The plugin as it is sent, with shuffled labels where its kind says so."""
    own, shipped = OWN / f"{one.plugin}.py", BUNDLED / "plugins" / one.plugin
    source = own if own.exists() else shipped
    if one.kind != "labels shuffled":
        return pack(source)
    text = (source if own.exists() else source / "plugin.py").read_text(encoding="utf-8")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "plugin.py").write_text(text + SHUFFLED, encoding="utf-8")
    return pack(folder)


def shrunk(prepared: Prepared, n_train: int, folder: Path) -> Prepared:
    """The same competition with `n_train` of its train rows, evenly spaced: they may be in the order of time."""
    shutil.copytree(prepared.folder, folder, ignore=shutil.ignore_patterns("train"))
    rows = prepared.rows("train")
    assert isinstance(rows, Dataset), "train is labelled"
    chosen = np.linspace(0, len(rows) - 1, n_train).round().astype(np.intp)
    write_part(folder / "public" / "train", take(rows.storage, chosen), ids=rows.ids[chosen], y=rows.y[chosen])
    return Prepared(folder=folder, facts=replace(prepared.facts, n_train=n_train))


def rounded(observed: Observed) -> Observed:
    """With curves of three digits: enough for every rule, and a file that can be read."""
    evidence = observed.evidence
    if evidence is None:
        return observed
    losses, valid_losses = (
        tuple(float(f"{loss:.3g}") for loss in curve) for curve in (evidence.losses, evidence.valid_losses)
    )
    return replace(observed, evidence=replace(evidence, losses=losses, valid_losses=valid_losses))


def report(runs: Sequence[Observed]) -> None:
    """Print a confusion table for each half, and what was judged otherwise than it was made."""
    print(f"python -m benchmarks verdict: {len(runs)} runs, the last of {max(one.date for one in runs)}")
    for half in ("development", "test"):
        chosen = [one for one in runs if SETTINGS[one.setting].half == half]
        print(f"\n{half}: {', '.join(dict.fromkeys(one.setting for one in chosen))}")
        print(confusion(chosen))
        for one in chosen:
            if said(one) not in (EXPECTED[one.kind], "failed"):
                print(line(one))


def confusion(runs: Sequence[Observed]) -> str:
    """A table: a row for each kind, a column for each verdict; the share of what was judged as it was made."""
    columns = [*VERDICTS, *(["failed"] if any(one.evidence is None for one in runs) else [])]
    lines = [f"{'made':<16}{'expected':<13}{'runs':>5}" + "".join(f"{name:>15}" for name in columns)]
    for kind, expected in EXPECTED.items():
        verdicts = Counter(said(one) for one in runs if one.kind == kind)
        if verdicts:
            counts = "".join(f"{verdicts[name] or '-':>15}" for name in columns)
            lines.append(f"{kind:<16}{expected:<13}{verdicts.total():>5}{counts}")
    judged = [one for one in runs if one.evidence is not None]
    right = sum(said(one) == EXPECTED[one.kind] for one in judged)
    lines.append(f"judged as made: {right} of {len(judged)}")
    return "\n".join(lines)


def verdict(one: Observed) -> Verdict | None:
    """What the rule says, or None where the run failed."""
    return None if one.evidence is None else judge(one.evidence)


def said(one: Observed) -> str:
    """The verdict in a word."""
    found = verdict(one)
    return found.kind if found else "failed"


def line(one: Observed) -> str:
    """A run, its verdict, and the numbers that led to it."""
    found = verdict(one)
    params = " ".join(f"{name}={value}" for name, value in one.params.items())
    what = f"{found.kind}: {found.because}" if found else f"failed: {one.problem}"
    return f"  {one.setting} / {one.plugin} {params} ({one.kind}): {what}"
