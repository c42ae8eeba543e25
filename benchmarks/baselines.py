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
from kit.metrics.base import Metric
from kit.plugin.built_in import BUNDLED
from kit.prepare import Prepared
from kit.scoring import read_solution, score
from kit.submission import from_answers

PLUGINS: Mapping[str, tuple[str, ...]] = {
    "digits": ("constant", "logistic", "cnn"),
    "mnist": ("constant", "logistic", "cnn"),
    "fashion-mnist": ("constant", "logistic", "cnn"),
    "breast-cancer": ("constant", "my_table", "trees"),
    "iris": ("constant", "my_table", "trees"),
    "diabetes": ("constant", "my_table", "trees"),
    "titanic": ("constant", "my_table", "trees"),
    "bike-sharing": ("constant", "my_table", "trees"),
}
SEED = 0
DIGITS = 4  # after the point: what 10,000 rows can tell apart
BEGIN, END = "<!-- measured baselines: begin -->\n", "<!-- measured baselines: end -->"

Scores = dict[str, float]


def run(*names: str) -> None:
    """Measure and write those that are named, or all."""
    for name in names or PLUGINS:
        with competition(name) as (workspace, data):
            metric = workspace.metric(workspace.competition(name))
            measured = {plugin: measure(train(plugin, data, seed=SEED), data, metric) for plugin in PLUGINS[name]}
        write(BUNDLED / "competitions" / name, measured, f"python -m benchmarks baselines {name}")
        print(f"{name}, {metric.name}")
        print(table(measured))


def measure(trained: Trained, data: Prepared, metric: Metric) -> Scores:
    """Scores on the train, the valid and the public rows."""
    form = data.form()
    scores = {}
    for part in ("train", "valid"):
        X, y = labelled(data, part)
        of_part = replace(form, row_ids=tuple(data.rows(part).ids.tolist()))
        scores[part] = metric.value(y, from_answers(trained.answers(X), of_part, where=part).y_pred)
    predictions = from_answers(trained.answers(data.rows("test").X), form, where="test")
    scores["public"] = score(read_solution(data.solution, form), predictions, metric).public.value
    return {part: round(value, DIGITS) for part, value in scores.items()}


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
    lines = ["| plugin | train | valid | public |", "|---|---|---|---|"]
    for name, scores in measured.items():
        lines.append(f"| `{name}` | {scores['train']:.4f} | {scores['valid']:.4f} | {scores['public']:.4f} |")
    return "\n".join(lines)
