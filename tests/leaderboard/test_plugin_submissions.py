from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from kit.errors import MetricError, PluginError
from kit.executor.local import LocalExecutor
from kit.job import Progress
from kit.metrics.accuracy import accuracy
from kit.metrics.rmse import rmse
from kit.plugin.archive import pack
from kit.sandbox.process import ProcessSandbox
from kit.source.base import Rows
from leaderboard.artifacts import small
from leaderboard.board import Board
from leaderboard.intake import Setting
from leaderboard.receipt import Receipt

GOOD = """
def fit(train, run):
    run.log(epoch=1, loss=0.5)
    return 1

def predict(model, X):
    return [model] * len(X)
"""


@pytest.fixture
def board(tiny: ModuleType, tmp_path: Path) -> Iterator[Board]:
    state = tmp_path / "state"
    setting = Setting(
        competition=tiny.TINY,
        metric=accuracy(),
        prepare=lambda: tiny.tiny_prepared(state),
        find=lambda: tiny.tiny_found(state),
    )
    opened = Board(
        state,
        setting=lambda name: setting,
        executor=lambda: LocalExecutor(ProcessSandbox(tmp_path / "scratch"), workers=1),
    )
    yield opened
    opened.close()


def submit(board: Board, tmp_path: Path, source: str) -> Receipt:
    path = tmp_path / "model.py"
    path.write_text(source)
    return board.submit_plugin("tiny", pack(path), name="plugins/model")


def test_a_plugin_is_run_and_scored_with_what_it_leaves(board: Board, tmp_path: Path) -> None:
    receipt = submit(board, tmp_path, GOOD)
    kept = board.kept(receipt.submission_id)
    run = json.loads(board.blobs.get(kept.run_sha256 or ""))
    assert (receipt.state, receipt.team, receipt.valid_score is None) == ("scored", "you / model", False)
    assert (run["seed"], run["events"][0]["loss"]) == (0, 0.5)
    assert None not in (kept.valid_predictions_sha256, kept.train_predictions_sha256, kept.log_sha256)
    assert list((tmp_path / "state" / "attempts").iterdir()) == []


def test_a_plugin_that_fails_is_kept_and_uses_no_try(board: Board, tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="E202"):
        submit(board, tmp_path, GOOD.replace("return 1", "print('so far'); raise ValueError('no')"))
    submission = board.submissions("tiny")[0]
    assert (submission.state, submission.reason_code) == ("failed", "E202")
    assert b"so far" in board.blobs.get(board.kept(submission.id).log_sha256 or "")
    assert board.tries("tiny", "you / model").used == 0


def test_answers_that_can_not_be_used_fail_the_submission(board: Board, tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="E2"):
        submit(board, tmp_path, GOOD.replace("[model] * len(X)", "[7] * len(X)"))
    assert board.submissions("tiny")[0].state == "failed"


def test_answers_to_other_rows_than_those_now_are_no_score(
    board: Board, tiny: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reordered(*arguments: Any, **keywords: Any) -> Rows:
        rows: Rows = tiny_rows(*arguments, **keywords)
        return replace(rows, ids=tuple(reversed(rows.ids)))

    def edit(_progress: Progress) -> None:
        monkeypatch.setattr(tiny, "tiny_rows", reordered)
        monkeypatch.setattr(tiny, "TINY", replace(tiny.TINY, split=replace(tiny.TINY.split, salt="other")))

    tiny_rows = tiny.tiny_rows
    path = tmp_path / "model.py"
    path.write_text(GOOD)
    with pytest.raises(MetricError, match="was changed while"):
        board.submit_plugin("tiny", pack(path), name="plugins/model", on_progress=edit)
    assert board.tries("tiny", "you / model").used == 0


@pytest.mark.parametrize("answers", [np.array([1e6, 0.1]), np.array([2**40, -1]), np.array([-(2**63), 5])])
def test_values_are_kept_as_they_are_to_seven_digits(answers: NDArray[Any]) -> None:
    assert small(answers, rmse()).astype(float) == pytest.approx(answers.astype(float), rel=1e-7)


@pytest.mark.parametrize("answers", [np.array([0.25, 1.0]), np.array([3, 1]), np.array([70_000, 1])])
def test_labels_and_probabilities_are_kept_small(answers: NDArray[Any]) -> None:
    kept = small(answers, accuracy())
    assert (kept.tolist(), kept.itemsize < 8) == (answers.tolist(), True)


UNSTEADY = GOOD.replace("[model] * len(X)", "np.random.randint(2, size=len(X))").replace(
    "\n", "import numpy as np\n", 1
)


def test_answers_that_change_are_told_and_scored(board: Board, tmp_path: Path) -> None:
    receipt = submit(board, tmp_path, UNSTEADY)
    run = json.loads(board.blobs.get(board.kept(receipt.submission_id).run_sha256 or ""))
    assert (receipt.checks[0].name, receipt.checks[0].state) == ("same twice", "failed")
    assert (receipt.state, run["checks"][0]["problem"]["code"]) == ("scored", "E205")


def test_the_same_bytes_again_are_told_the_same(board: Board, tmp_path: Path) -> None:
    first, second = (submit(board, tmp_path, UNSTEADY) for _ in range(2))
    assert (second.is_repeat, second.checks) == (True, first.checks)


def test_a_strict_competition_refuses_answers_that_change(board: Board, tiny: ModuleType, tmp_path: Path) -> None:
    strict = replace(tiny.TINY, limits=replace(tiny.TINY.limits, strict=True))
    board._settings["tiny"] = replace(board._known("tiny"), competition=strict)
    with pytest.raises(PluginError, match="E205"):
        submit(board, tmp_path, UNSTEADY)
    assert (board.submissions("tiny")[0].state, board.tries("tiny", "you / model").used) == ("failed", 0)
