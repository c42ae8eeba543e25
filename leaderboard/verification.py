"""A submission run again, and what differs: the same bytes, seed, data, limits, threads and order of questions."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from kit.errors import PluginError, Problem
from kit.executor.base import Executor
from kit.job import Progress
from leaderboard.artifacts import circumstances, unpacked, versions
from leaderboard.intake import Intake
from leaderboard.store.base import Kept, Submission
from leaderboard.store.blobs import Blobs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kit.run import Left
    from kit.submission import Predictions

POLL_S = 0.03
OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What running a submission again showed. Nothing private is in it.

    Parameters
    ----------
    submission, competition, name, kind
        What was run again; a file is read and scored again.
    is_equal
        Whether the same came out: every answer, or the same reason for there being none.
    n, n_different, largest
        Rows, how many of them are answered otherwise, and the largest difference; `largest` is None for classes, and
        all are where there is nothing to compare.
    score_before, score_now
        Public score of the kept answers and of the new ones, both measured now.
    code_before, problem
        Why there were no answers then, and why there are none now.
    is_of_other_rows
        The competition has changed since: its score was measured with other rows or by another metric.
    versions_before, versions_now
        What it was run with; empty for a file.
    circumstances_before, circumstances_now
        The sandbox, threads and limits; empty for a file, and for what an older version of the kit has kept.
    seconds
        How long it took.
    """

    submission: str
    competition: str
    name: str
    kind: Literal["csv", "plugin"]
    is_equal: bool
    n: int | None = None
    n_different: int | None = None
    largest: float | None = None
    score_before: float | None = None
    score_now: float | None = None
    code_before: str | None = None
    problem: Problem | None = None
    is_of_other_rows: bool = False
    versions_before: dict[str, str] = field(default_factory=dict)
    versions_now: dict[str, str] = field(default_factory=dict)
    circumstances_before: dict[str, str] = field(default_factory=dict)
    circumstances_now: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def changed_versions(self) -> dict[str, tuple[str, str]]:
        """Package -> its version then and now, where these differ; empty text for one that is not there."""
        return _changed(self.versions_before, self.versions_now)

    @property
    def changed_circumstances(self) -> dict[str, tuple[str, str]]:
        """Sandbox, threads or limit -> then and now, where these differ."""
        return _changed(self.circumstances_before, self.circumstances_now)


def verify(
    submission: Submission,
    kept: Kept,
    intake: Intake,
    blobs: Blobs,
    *,
    folder: Path,
    executor: Executor | None,
    is_of_other_rows: bool,
    on_progress: OnProgress | None = None,
) -> Verified:
    """Run `submission` again in `folder`, which must not exist, and compare.

    Parameters
    ----------
    executor
        Runs plugins; files need none.
    is_of_other_rows
        As in `Verified`.

    Raises
    ------
    SandboxError, StorageError, MetricError
        No fault of the plugin.
    """
    begun = time.monotonic()
    problem, now, around = None, None, dict[str, str]()
    try:
        if submission.kind == "csv":
            now = intake.read_again(submission)
        else:
            assert executor is not None, "a plugin needs an executor"
            left = _left(submission, intake, folder, executor, on_progress)
            around = circumstances(left)
            now = intake.answers_in(submission, left)
    except PluginError as error:
        problem = error.problem
    before = _kept_predictions(kept, blobs)
    run: dict[str, Any] = json.loads(blobs.get(kept.run_sha256)) if kept.run_sha256 else {}
    return Verified(
        submission=f"s{submission.id}",
        competition=submission.competition,
        name=submission.name,
        kind=submission.kind,
        code_before=submission.reason_code,
        problem=problem,
        is_of_other_rows=is_of_other_rows,
        versions_before=run.get("versions", {}),
        versions_now=versions() if submission.kind == "plugin" else {},
        circumstances_before=run.get("circumstances", {}),
        circumstances_now=around,
        seconds=time.monotonic() - begun,
        **_comparison(submission, before, now, problem, intake),
    )


def _left(
    submission: Submission, intake: Intake, folder: Path, executor: Executor, on_progress: OnProgress | None
) -> Left:
    from kit.run import collect

    intake.stage_again(submission, folder)
    running = executor.start(folder)
    try:
        last = Progress()
        while running.poll() is None:
            progress = running.progress()
            if on_progress is not None and progress != last:
                on_progress(progress)
            last = progress
            time.sleep(POLL_S)
    except BaseException:
        running.kill()
        raise
    return collect(folder)


def _comparison(
    submission: Submission,
    before: NDArray[Any] | None,
    now: Predictions | None,
    problem: Problem | None,
    intake: Intake,
) -> dict[str, Any]:
    """The fields of `Verified` that say how far the two are apart."""
    from kit.submission import Predictions

    if before is None or now is None:
        code = problem.code if problem else None
        return {"is_equal": before is None and now is None and code == submission.reason_code}
    scores = {"score_now": intake.public_score(submission.competition, now)}
    if before.shape != now.y_pred.shape:  # the competition has other rows or columns by now
        return {"is_equal": False, "n": len(now.y_pred), **scores}
    scores["score_before"] = intake.public_score(submission.competition, Predictions(y_pred=before))
    differ = before != now.y_pred
    rows = differ.any(axis=1) if differ.ndim > 1 else differ
    is_number = before.dtype.kind == "f"
    return {
        "is_equal": not rows.any(),
        "n": len(rows),
        "n_different": int(rows.sum()),
        "largest": float(abs(before - now.y_pred).max(initial=0.0)) if is_number else None,
        **scores,
    }


def _changed(before: dict[str, str], now: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Name -> value then and now, where these differ; nothing where it was not kept then."""
    both = {name: (before.get(name, ""), now.get(name, "")) for name in sorted(before.keys() | now.keys())}
    return {name: pair for name, pair in both.items() if pair[0] != pair[1]} if before and now else {}


def _kept_predictions(kept: Kept, blobs: Blobs) -> NDArray[Any] | None:
    return None if kept.predictions_sha256 is None else unpacked(blobs.get(kept.predictions_sha256))
