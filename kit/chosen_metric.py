"""The metric that a competition chooses: one of ours, any scorer of scikit-learn, or a file of the host's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from kit.competition import Competition
from kit.errors import KitError, Problem
from kit.metrics.base import Metric, Needs
from kit.metrics.scikit_learn import PREFIX
from kit.plugin.manager import harness

if TYPE_CHECKING:
    from kit.metric_file import MetricFile


def chosen_metric(competition: Competition, folder: Path) -> Metric:
    """The metric that ranks `competition`.

    Parameters
    ----------
    competition
        The whole of its file.
    folder
        Where that lies; a metric file is looked for there.

    Raises
    ------
    UsageError
        E001 if there is no metric of that name.
    MetricError
        E604 if it is a file that can't be read.
    """
    chosen = competition.metric
    if chosen.name.startswith(PREFIX):
        from kit.metrics.scikit_learn import scorer

        return scorer(chosen.name.removeprefix(PREFIX))
    if file := metric_file(competition, folder):
        return file.metric(greater_is_better=bool(chosen.greater_is_better), needs=_needs(competition))
    from kit.metrics.parameters import make_metric

    return make_metric(harness().load("register_metrics", chosen.name), chosen.params)


def metric_file(competition: Competition, folder: Path) -> MetricFile | None:
    """The file that ranks `competition`, where it is one."""
    if not is_file(competition.metric.name):
        return None
    from kit.metric_file import MetricFile

    return MetricFile(
        path=folder / competition.metric.name,
        row_id_column_name=competition.submission.row_id_column_name,
        params=competition.metric.params,
    )


def is_file(name: str) -> bool:
    """Whether a metric is named by its file."""
    return name.endswith(".py")


def wrong_choice(competition: Competition, folder: Path) -> list[Problem]:
    """What the competition's file says of its metric, and the metric contradicts: E004 for each."""
    return list(_contradictions(competition, folder))


def _contradictions(competition: Competition, folder: Path) -> Iterator[Problem]:
    from kit.metrics.parameters import wrong_params

    chosen = competition.metric
    if is_file(chosen.name):
        if not (folder / chosen.name).is_file():
            message = f"metric.name: there is no {chosen.name} beside competition.toml"
            yield Problem(code="E004", message=message, where="metric.name", fix=f"put   {chosen.name}   there")
        return
    if chosen.name.startswith(PREFIX):
        if chosen.params:
            message = f"metric.params: {chosen.name} has no parameters"
            yield Problem(code="E004", message=message, where="metric.params", fix="remove it")
    elif wrong := wrong_params(chosen.name, harness().load("register_metrics", chosen.name), chosen.params):
        yield from wrong
        competition = replace(competition, metric=replace(chosen, params={}))  # what else is wrong is told as well
    try:
        metric = chosen_metric(competition, folder)
    except KitError as error:
        yield Problem(code="E004", message=error.problem.message, where="metric.name", fix=error.problem.fix)
        return
    if chosen.greater_is_better not in (None, metric.greater_is_better):
        key, expected = "metric.greater_is_better", "true" if metric.greater_is_better else "false"
        yield Problem(
            code="E004",
            message=f"{key} contradicts {metric.name}",
            where=key,
            expected=expected,
            got=str(chosen.greater_is_better).lower(),
            fix=f"greater_is_better = {expected}   or remove it",
        )


def _needs(competition: Competition) -> Needs:
    """What a metric file is given of each row."""
    if competition.takes_files_only:
        return "text"  # what the cells are, it alone knows
    if not competition.is_classification:
        return "values"
    return "probabilities" if len(competition.submission.columns) > 1 else "labels"
