"""A board with thousands of scored submissions, written as its workers would have written them, in seconds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.classes import Class, Student
from kit.job import Resources
from kit.metrics.base import Metric
from kit.scoring import PartScore, score
from kit.solution import Solution, read_solution
from kit.submission import Form, Predictions
from kit.workspace import Workspace
from leaderboard.artifacts import npz
from leaderboard.statistics import interval
from leaderboard.store.base import Finished, Kept, NewSubmission, Part, ScoreRow, Yardstick
from leaderboard.store.blobs import Blobs
from leaderboard.store.sqlite import SqliteStore

N_DIFFERENT = 400  # files of answers among all: which one a team hands in is drawn by its skill
WORKER = "filling"


def fill(made: Class, students: Sequence[Student], n: int) -> None:
    """Write `n` scored submissions of these students, each of them in turn."""
    here = Workspace.find(made.root)
    store = SqliteStore(here.state / "board.sqlite", durable=False)  # what it takes to fill it is not measured
    blobs = Blobs(here.state / "objects", store)
    prepared, metric = here.prepared(made.competition), here.metric(made.competition)
    form = prepared.form()
    solution = read_solution(prepared.solution, form, metric)
    answers = [blobs.put(f"answers {number}".encode(), "text/csv") for number in range(N_DIFFERENT)]
    ended = _ended(solution, form, metric, blobs)
    rng = np.random.default_rng(0)
    skill = rng.integers(0, N_DIFFERENT - 40, len(students)).tolist()
    for number in range(n):
        which = skill[number % len(students)] + int(rng.integers(40))
        new = NewSubmission(
            competition=made.competition,
            team=students[number % len(students)].team,
            kind="csv",
            name=f"answers_{which}.csv",
            blob_sha256=answers[which],
            resources=Resources(),
            time_limit_s=60.0,
        )
        lease = store.claim_submission(store.add(new).id, WORKER)
        assert lease is not None
        store.finish(lease, ended[which])
    store.close()


def _ended(solution: Solution, form: Form, metric: Metric, blobs: Blobs) -> list[Finished]:
    """What becomes of files of answers that are right for 60 to 98 of 100 rows."""
    rng = np.random.default_rng(1)
    found = []
    for share in np.linspace(0.60, 0.98, N_DIFFERENT):
        wrong = rng.integers(0, len(form.classes), len(form.row_ids))
        y_pred = np.where(rng.random(len(form.row_ids)) < share, solution.y_true, wrong)
        result = score(solution, Predictions(y_pred=y_pred), metric, form)
        parts: dict[Part, PartScore] = {"public": result.public, "private": result.private}
        digests = blobs.put_all({name: (npz(part), "application/x-npz") for name, part in parts.items()})
        rows = tuple(
            _row(form.competition, name, part, digests[name], metric, solution.sha256) for name, part in parts.items()
        )
        found.append(Finished(state="scored", scores=rows, kept=Kept()))
    return found


def _row(competition: str, name: Part, part: PartScore, digest: str, metric: Metric, solution: str) -> ScoreRow:
    lo, hi = interval(metric, part, seed_text=f"{competition}/{name}")
    return ScoreRow(
        yardstick=Yardstick(metric_code=metric.code, metric_version=metric.version, solution_sha256=solution),
        environment="a benchmark",
        part=name,
        value=part.value,
        interval_lo=lo,
        interval_hi=hi,
        n=part.n,
        terms_sha256=digest,
    )
