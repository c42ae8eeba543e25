"""Measure the baselines of our competitions: ``competitions/<name>/baselines.json`` and the table of its README.

``python -m benchmarks baselines [NAME …]``. Defaults of the plugins, seed 0, as `kit submit` trains. Private scores are
not written: they would tell every entrant how the public part differs from the private one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.training import Trained, competition, labelled, train
from kit.environments import batch
from kit.metrics.base import Metric
from kit.plugin.built_in import BUNDLED
from kit.prepare import Prepared
from kit.sandbox.agent import Faults, Returns, Seen, play
from kit.scoring import score
from kit.solution import read_solution
from kit.submission import Predictions, from_answers

_AGENTS = ("constant", "random_agent", "gym_agent", "dqn", "ppo")
PLUGINS: Mapping[str, tuple[str, ...]] = {
    "digits": ("constant", "logistic", "cnn"),
    "mnist": ("constant", "logistic", "cnn"),
    "fashion-mnist": ("constant", "logistic", "cnn"),
    "chihuahua-muffin": ("constant", "logistic", "resnet"),
    "memes": ("constant", "logistic", "resnet"),
    "labradoodle-friedchicken": ("constant", "logistic", "resnet"),
    "puppy-bagel": ("constant", "logistic", "resnet"),
    "sheepdog-mop": ("constant", "logistic", "resnet"),
    "breast-cancer": ("constant", "my_table", "trees"),
    "iris": ("constant", "my_table", "trees"),
    "diabetes": ("constant", "my_table", "trees"),
    "titanic": ("constant", "my_table", "trees"),
    "bike-sharing": ("constant", "my_table", "trees"),
    "sine": ("constant", "my_table", "trees", "approximator"),
    "cartpole": _AGENTS,
    "acrobot": _AGENTS,
    "mountain-car": _AGENTS,
    "frozen-lake": _AGENTS,
    "lunar-lander": ("constant", "random_agent", "dqn", "ppo"),
}
SEED = 0
DIGITS = 4  # after the point: what 10,000 rows can tell apart
BEGIN, END = "<!-- measured baselines: begin -->\n", "<!-- measured baselines: end -->"

Scores = dict[str, float]


def run(*names: str) -> None:
    """Measure and write those that are named, or all."""
    for name in names or (name for name in PLUGINS if (BUNDLED / "competitions" / name / "baselines.json").is_file()):
        with competition(name) as (workspace, data):
            metric = workspace.metric(name)
            weights = workspace.competition(name).limits.weights
            measured = {
                plugin: measure(train(plugin, data, seed=SEED, weights=weights), data, metric)
                for plugin in PLUGINS[name]
            }
        write(BUNDLED / "competitions" / name, measured, f"python -m benchmarks baselines {name}")
        print(f"{name}, {metric.name}")
        print(table(measured))


def measure(trained: Trained, data: Prepared, metric: Metric) -> Scores:
    """Scores on the train, the valid and the public rows; of an agent, on the episodes of the last two."""
    form = data.form()
    if data.facts.task.environment is not None:
        valid, test = (returns(trained, data, data.seeds(part)) for part in ("valid", "test"))
        public = score(read_solution(data.solution, form, metric), Predictions(y_pred=test), metric, form).public.value
        return {"valid": round(metric.value(valid, valid), DIGITS), "public": round(public, DIGITS)}
    scores = {}
    for part in ("train", "valid"):
        X, y = labelled(data, part)
        of_part = replace(form, row_ids=tuple(data.rows(part).ids.tolist()))
        scores[part] = metric.value(y, from_answers(trained.answers(X), of_part, where=part).y_pred)
    predictions = from_answers(trained.answers(data.rows("test").X), form, where="test")
    scores["public"] = score(read_solution(data.solution, form, metric), predictions, metric, form).public.value
    return {part: round(value, DIGITS) for part, value in scores.items()}


def returns(trained: Trained, data: Prepared, seeds: tuple[int, ...]) -> Returns:
    """The return of the episode of each seed."""
    environment = data.facts.task.environment
    assert environment is not None
    return play(seeds, data.facts.batch, batch(environment), trained.answers, Faults(most=1), Seen())


def write(folder: Path, measured: Mapping[str, Scores], command: str) -> None:
    """Write the file and the table between the two marks of the page."""
    made = {"command": command, "date": datetime.now(UTC).date().isoformat(), "seed": SEED}
    text = json.dumps({**measured, "made": made}, indent=2)
    (folder / "baselines.json").write_text(text + "\n")
    page = folder / "README.md"
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    page.write_text(f"{before}{BEGIN}{table(measured)}\n{END}{after}", encoding="utf-8")


def table(measured: Mapping[str, Scores]) -> str:
    """Markdown: a row for each plugin."""
    parts = list(next(iter(measured.values())))
    lines = [f"| plugin | {' | '.join(parts)} |", "|---" * (len(parts) + 1) + "|"]
    lines += [
        f"| `{name}` | {' | '.join(f'{scores[part]:.4f}' for part in parts)} |" for name, scores in measured.items()
    ]
    return "\n".join(lines)
