"""What `kit competition check` finds, in competitions that can be held and in those that can't."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kit.selftest import smallest_lead

TOML = """\
title = "Another"
kind = "{kind}"
data.source = "{source}"
split = {{ method = "stratified", test = 0.4, salt = "any words" }}
metric = {metric}
submission.columns = {columns}
"""
Written = Callable[..., dict[str, dict[str, str]]]
Kit = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def written(workspace: Path, kit: Kit) -> Written:
    """Write a competition, check it, and give the states of its checks."""

    def check(metric: str, *, file: str = "", exit_code: int = 0, **changes: str) -> dict[str, dict[str, str]]:
        given = {"kind": "tabular-classification", "source": "sklearn:iris", "columns": '["label"]', "metric": metric}
        folder = workspace / "competitions" / "mine"
        folder.mkdir(parents=True)
        (folder / "competition.toml").write_text(TOML.format(**given | changes))
        if file:
            (folder / "metric.py").write_text(file)
        ended = kit("competition", "check", "mine", "--json")
        assert ended.returncode == exit_code
        return {one["name"]: one for one in json.loads(ended.stdout)["checks"]}

    return check


def test_a_competition_that_can_be_held_passes(written: Written) -> None:
    made = written('{ name = "accuracy" }')

    assert {one["state"] for one in made.values()} == {"ok"}
    assert list(made) == [
        "metric",
        "perfect",
        "constant",
        "shuffled",
        "reversed order",
        "NaN",
        "wrong ids",
        "resolution",
    ]


@pytest.mark.slow
def test_it_says_how_small_a_lead_the_private_rows_can_tell(written: Written) -> None:
    detail = written('{ name = "accuracy" }')["resolution"]["detail"]

    assert (
        detail
        == f"your 42-row private split cannot separate teams closer than about {100 * smallest_lead(42):.1f} points"
    )


@pytest.mark.parametrize(
    "name", ["roc_auc", *(pytest.param(name, marks=pytest.mark.slow) for name in ("log_loss", "brier"))]
)
def test_probabilities_are_tried_as_well(written: Written, name: str) -> None:
    made = written(f'{{ name = "{name}" }}', columns='["setosa", "versicolor", "virginica"]')

    assert {one["state"] for one in made.values()} == {"ok"}


@pytest.mark.slow
def test_a_scorer_of_scikit_learn_is_tried_as_well(written: Written) -> None:
    made = written('{ name = "sklearn:matthews_corrcoef", greater_is_better = true }')

    assert made["perfect"]["detail"].startswith("the truth scores 1.0000")


@pytest.mark.slow
def test_a_direction_that_is_wrong_shows_when_rows_are_shuffled(written: Written) -> None:
    wrong = "def score(solution, submission, row_id_column_name: str) -> float:\n"
    wrong += "    return float((solution['label'] == submission['label']).mean())\n"
    made = written('{ name = "metric.py", greater_is_better = false }', file=wrong, exit_code=7)

    assert made["shuffled"]["state"] == "failed"


@pytest.mark.slow
def test_a_metric_without_an_example_is_told_so_and_passes(written: Written) -> None:
    plain = "def score(solution, submission, row_id_column_name: str) -> float:\n"
    plain += "    return float((solution['label'] == submission['label']).mean())\n"
    made = written('{ name = "metric.py", greater_is_better = true }', file=plain)

    assert made["examples"]["state"] == "not checked"


def test_each_check_is_told_as_it_is_made(workspace: Path, kit: Kit) -> None:
    folder = workspace / "competitions" / "mine"
    folder.mkdir(parents=True)
    metric = '{ name = "sklearn:balanced_accuracy" }'
    given = {"kind": "tabular-classification", "source": "sklearn:iris", "columns": '["label"]', "metric": metric}
    (folder / "competition.toml").write_text(TOML.format(**given))
    command = [sys.executable, "-P", "-m", "kit", "competition", "check", "mine"]
    with subprocess.Popen(command, cwd=workspace, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        assert started.stdout.readline().split()[:2] == ["metric", "ok"]
        with pytest.raises(subprocess.TimeoutExpired):  # resamples take it longer
            started.wait(timeout=1)
        started.kill()


def test_agents_are_watched_and_hand_in_no_files(kit: Kit) -> None:
    assert "the kit watches agents" in kit("competition", "check", "cartpole").stdout
