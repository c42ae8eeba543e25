"""What ``kit sweep``, ``kit lr`` and ``kit curve`` share: how they run, and what they say meanwhile and at last."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from kit.cli import screen
from kit.cli.invocation import current
from kit.cli.progress import LiveLine, learned
from kit.disk import disk_errors

if TYPE_CHECKING:
    from kit.executor.base import Executor
    from leaderboard.runs import LocalRun, Runs
    from leaderboard.study.pool import Going
    from leaderboard.study.sweep import Plan

F = TypeVar("F", bound=Callable[..., object])
_SHOWN_AT_ONCE = 2  # of the runs that go on


def options(*, seeds: bool = True) -> Callable[[F], F]:
    """Add what the three commands take alike: ``--seeds``, ``--jobs``, ``--html``, ``--yes``."""

    def decorate(function: F) -> F:
        html = click.option("--html", metavar="FILE", type=click.Path(dir_okay=False), help="Write a page with charts.")
        jobs = click.option(
            "--jobs", type=click.IntRange(1, 64), metavar="N", help="Runs at a time; as many as there are cores."
        )
        function = jobs(html(function))
        if seeds:
            several = "Run each with so many seeds, from 0 on."
            function = click.option("--seeds", type=click.IntRange(1, 20), default=1, metavar="N", help=several)(
                function
            )
        return function

    return decorate


def ended(run: LocalRun) -> str:
    """``97.2 %   appropriate   2.1 s``, or the code of what stopped it."""
    if run.problem is not None:
        return f"failed {run.problem.code}: {run.problem.message}"
    score = "" if run.valid_score is None else screen.score(run.valid_score, run.unit)
    verdict = run.verdict.kind if run.verdict else run.state
    return "   ".join(filter(None, (score, verdict, screen.duration(run.seconds))))


def executed(
    plan: Plan,
    runs: Runs,
    executor: Executor,
    names: Sequence[str],
    *,
    jobs: int | None,
    kept: str,
    told: Callable[[LocalRun], str] = ended,
) -> Mapping[int, LocalRun]:
    """Make the runs that are missing and tell about them. Ctrl-C keeps those that are over.

    Parameters
    ----------
    plan, runs, executor
        What is to be made, where it is kept, and where it runs.
    names
        What each run of the plan is called on the screen.
    jobs
        Runs at a time; None: one for each core.
    kept
        What to say after Ctrl-C of the runs that are over; empty where none is kept.
    told
        What is said of a run as soon as it is over.
    """
    from leaderboard.study.sweep import carried_out

    jobs = min(jobs or executor.capacity().cpus, max(1, len(plan.missing)))
    if plan.before:
        screen.say(
            f"  {len(plan.before)} of {screen.count(len(plan.news), 'run')} reused: made before with the same settings"
        )
    if plan.missing:
        after = "; Ctrl-C keeps those that are over" if kept else ""
        screen.say(f"  {screen.count(len(plan.missing), 'run')} to make, {jobs} at a time{after}")
    made: dict[int, LocalRun] = {}
    with LiveLine() as shown:
        is_watched = screen.is_terminal(sys.stderr)

        def tell(going: Going) -> None:
            if is_watched:
                shown.say(_in_words(going, names))

        for place, run in carried_out(plan, runs, executor, jobs=jobs, on_progress=tell):
            made[place] = run
            if kept:
                n = screen.count(len(plan.before) + len(made), "run")
                current().kept = f"{n} of {len(plan.news)} are kept: {kept}"
            if not is_watched:
                shown.say(f"{len(made)} of {len(plan.missing)}   {names[place]}   {told(run)}")
    return made


def _in_words(going: Going, names: Sequence[str]) -> str:
    """``5 of 16   about 12 s left   hidden=64 epoch 3/10``."""
    left = "" if going.seconds_left is None else f"about {screen.duration(max(1, round(going.seconds_left)))} left"
    now = [
        "  ".join([names[place], *learned(progress, cells=0)])
        for place, progress in list(going.now.items())[:_SHOWN_AT_ONCE]
    ]
    return "   ".join(filter(None, (f"{going.done} of {going.of}", left.replace(".0 s", " s"), *now)))


def written(path: str, page: str) -> str:
    """Write a page, and the line that says so.

    Raises
    ------
    StorageError
        E703, E706.
    """
    file = Path(path)
    with disk_errors(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(page, encoding="utf-8")
    return f"  {'page':<9}{screen.clean(path)}   open it in a browser; it needs nothing else"


def failures(runs: Sequence[LocalRun], names: Sequence[str]) -> list[str]:
    """A line for each run that failed, with its code and where its log is."""
    return [
        line
        for run, name in zip(runs, names, strict=True)
        if run.problem is not None
        for line in screen.labelled(
            "failed", f"{name}: {run.problem.code}  {run.problem.message}   kit explain {run.problem.code}", room=9
        )
    ]
