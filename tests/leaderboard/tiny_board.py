"""A board with one tiny competition, and a process that submits to it: ``python tiny_board.py STATE FILE...``."""

from __future__ import annotations

import csv
import io
import sys
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from kit.competition import Competition, Data, LeaderboardSettings, MetricChoice, Split, SubmissionForm
from kit.dataset import Column, Table
from kit.executor.base import Executor
from kit.metrics.accuracy import accuracy
from kit.prepare import Prepared, find_prepared, prepare
from kit.source.base import OnProgress, Rows
from leaderboard.board import Board
from leaderboard.intake import Setting

N = 120
TINY = Competition(
    title="Tiny",
    kind="tabular-classification",
    data=Data(source="tiny:x"),
    split=Split(method="contiguous", salt="tiny-1", test=0.5, valid=0.2, public=0.5),
    metric=MetricChoice(name="accuracy"),
    submission=SubmissionForm(columns=("label",)),
)


def tiny_rows(argument: str, competition: Competition, folder: Path, *, on_progress: OnProgress) -> Rows:
    x = np.arange(N, dtype=np.float64)
    return Rows(
        storage=Table((Column(name="x", dtype="number", data=x),)),
        y=(np.arange(N) % 3).astype(np.int64),
        ids=tuple(f"r{i}" for i in range(N)),
        classes=("a", "b", "c"),
    )


def tiny_prepared(state: Path) -> Prepared:
    return prepare("tiny", TINY, state, state / "prepared" / "tiny", source=tiny_rows, metric=accuracy())


def tiny_found(state: Path) -> Prepared | None:
    return find_prepared("tiny", TINY, state / "prepared" / "tiny", metric=accuracy())


def no_executor() -> Executor:
    raise AssertionError("files need no executor")


def open_board(state: Path, feedback: Literal["full", "rounded", "ladder"] = "full") -> Board:
    setting = Setting(
        competition=replace(TINY, leaderboard=LeaderboardSettings(feedback=feedback)),
        metric=accuracy(),
        prepare=lambda: tiny_prepared(state),
        find=lambda: tiny_found(state),
    )
    return Board(state, setting=lambda name: {"tiny": setting}[name], executor=no_executor)


def answers(prepared: Prepared, seed: int, *, n_right: int | None = None) -> bytes:
    """A file of predictions: the right ones for the first `n_right` rows, else random ones."""
    rng = np.random.default_rng(seed)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["id", "label"])
    for place, row_id in enumerate(prepared.form().row_ids):
        right = "abc"[int(row_id[1:]) % 3]
        wrong = "abc"[(int(row_id[1:]) + 1) % 3]
        drawn = "abc"[int(rng.integers(3))]
        writer.writerow([row_id, drawn if n_right is None else right if place < n_right else wrong])
    return text.getvalue().encode()


if __name__ == "__main__":
    print("ready", flush=True)
    board = open_board(Path(sys.argv[1]))
    for file in map(Path, sys.argv[2:]):
        receipt = board.submit_csv("tiny", file.read_bytes(), name=file.name)
        print(receipt.label, receipt.score, receipt.is_repeat, flush=True)
    board.close()
