"""A metric that is a file: what it is given, what reaches whom, and where it ends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kit.errors import MetricError, ParticipantVisibleError
from kit.metric_file import MetricFile
from kit.metrics.table import TablePart

HEAD = """\
import numpy as np
import pandas as pd

class ParticipantVisibleError(Exception):
    pass

def score(solution: pd.DataFrame, submission: pd.DataFrame, row_id_column_name: str, scale: float = 1.0) -> float:
    '''
    >>> frames = [pd.DataFrame({"id": [1, 2], "y": y}) for y in ([1.0, 2.0], [1.0, 4.0])]
    >>> score(*frames, "id")
    1.0
    '''
"""
MAE = HEAD + "    return scale * float(np.abs(solution['y'] - submission['y']).mean())\n"
PART = TablePart(
    solution={"id": ["007", "8"], "y": ["1.5", "2"], "group": ["NA", ""]},
    submission={"id": ["007", "8"], "y": ["1.5", "3"]},
    seed_text="pets/public",
)
MakeMetric = Callable[..., MetricFile]


@pytest.fixture
def metric(tmp_path: Path) -> MakeMetric:
    def make(code: str, *, time_limit_s: float = 60.0, **params: float) -> MetricFile:
        (tmp_path / "metric.py").write_text(code)
        return MetricFile(
            path=tmp_path / "metric.py", row_id_column_name="id", params=params, time_limit_s=time_limit_s
        )

    return make


def test_its_score_comes_with_scores_on_resamples(metric: MakeMetric) -> None:
    (given,) = metric(MAE, scale=2.0).score([PART])

    assert given.value == 1.0
    assert set(np.unique(given.replicates)) <= {0.0, 1.0, 2.0}
    assert len(given.replicates) >= 50


def test_the_parts_are_scored_each_by_itself(metric: MakeMetric) -> None:
    other = TablePart(solution={"id": ["1"], "y": ["5"]}, submission={"id": ["1"], "y": ["1"]}, seed_text="x")

    assert [given.value for given in metric(MAE).score([PART, other])] == [0.5, 4.0]


def test_it_gets_copies_with_ids_as_they_stand_and_every_column(metric: MakeMetric) -> None:
    code = HEAD + (
        "    assert list(solution['id']) == ['007', '8'] or '~' in ''.join(solution['id'])\n"
        "    assert solution['group'].iloc[0] == 'NA' or len(set(solution['id'])) == 2\n"
        "    del solution[row_id_column_name], submission[row_id_column_name], solution['group']\n"
        "    return float(len(solution.columns) + len(submission.columns))\n"
    )

    assert metric(code).score([PART])[0].value == 2.0


def test_what_it_says_to_the_entrant_reaches_the_entrant(metric: MakeMetric) -> None:
    code = HEAD + "    raise ParticipantVisibleError('y must not be negative')\n"

    with pytest.raises(ParticipantVisibleError) as caught:
        metric(code).score([PART])
    assert (caught.value.problem.code, caught.value.problem.message) == ("E318", "y must not be negative")


def test_whatever_else_it_raises_is_for_the_host(metric: MakeMetric) -> None:
    with pytest.raises(MetricError) as caught:
        metric(HEAD + "    raise ValueError(f'the truth is {list(solution.y)}')\n").score([PART])

    assert caught.value.problem.code == "E605"
    assert caught.value.problem.where == "metric.py:13"
    assert "ValueError" in caught.value.problem.message
    assert "1.5" not in caught.value.problem.message


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("x = 1\n", "no function score"),
        ("def score(truth, submission, row_id_column_name): return 1.0\n", "begins with (truth"),
        ("def score(solution, submission, row_id_column_name, k): return 1.0\n", "needs k"),
    ],
)
def test_a_file_that_is_not_as_it_has_to_be_is_told_so(metric: MakeMetric, code: str, said: str) -> None:
    with pytest.raises(MetricError, match="E604") as caught:
        metric(code).score([PART])
    assert said in caught.value.problem.message


def test_a_parameter_that_it_does_not_have_is_told(metric: MakeMetric) -> None:
    with pytest.raises(MetricError, match="E604") as caught:
        metric(MAE, scael=2.0).score([PART])
    assert "scael" in caught.value.problem.message


def test_it_is_ended_after_its_time(metric: MakeMetric) -> None:
    with pytest.raises(MetricError, match="E606"):
        metric("import time\ntime.sleep(60)\n", time_limit_s=2.0).score([PART])


def test_it_reaches_nobody(metric: MakeMetric) -> None:
    code = "import socket\n" + HEAD + "    socket.create_connection(('127.0.0.1', 9), timeout=2)\n"

    with pytest.raises(MetricError, match="E605") as caught:
        metric(code).score([PART])
    assert "OSError" in caught.value.problem.message or "PermissionError" in caught.value.problem.message


def test_a_result_that_is_no_number_is_the_hosts_to_mend(metric: MakeMetric) -> None:
    with pytest.raises(MetricError, match="E605"):
        metric(HEAD + "    return 'very good'\n").score([PART])


def test_its_worked_examples_are_run(metric: MakeMetric) -> None:
    assert metric(MAE).doctests().n_failed == 0
    assert metric(MAE.replace("    1.0\n    '''", "    7.0\n    '''")).doctests().n_failed == 1


def test_what_it_imports_from_its_old_home_is_there(metric: MakeMetric) -> None:
    code = (
        "import kaggle_metric_utilities as at_home\n"
        + HEAD
        + ("    at_home.verify_valid_probabilities(submission[['y']], 'submission')\n    return 0.0\n")
    )

    with pytest.raises(ParticipantVisibleError, match="E318"):
        metric(code).score([PART])


def test_another_text_of_the_file_is_another_yardstick(metric: MakeMetric) -> None:
    codes = {metric(code).metric(greater_is_better=False, needs="values").code for code in (MAE, MAE + "\n")}

    assert len(codes) == 2
