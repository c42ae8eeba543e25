"""Several runs at once: each in its own child as ``kit run`` has it, as many as there are cores for."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from kit.executor.base import Executor
from kit.job import Progress
from leaderboard.runs import LocalRun, Runs
from leaderboard.training import NewRun, Training, started

POLL_S = 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class Going:
    """Where a study is.

    Parameters
    ----------
    done, of
        Runs that are over, and all there are to be.
    now
        Which of them run, each with where it is: place in the list -> progress.
    seconds_left
        About so long it will still take; None before the first one is over.
    """

    done: int
    of: int
    now: dict[int, Progress]
    seconds_left: float | None


def threads_each(executor: Executor, jobs: int) -> int:
    """How many threads each of `jobs` runs gets, so that they do not wait for each other's cores."""
    return max(1, executor.capacity().cpus // jobs)


def train_all(
    news: Sequence[NewRun],
    runs: Runs,
    executor: Executor,
    *,
    jobs: int,
    on_progress: Callable[[Going], None] = lambda _: None,
) -> Generator[tuple[int, LocalRun], None, None]:
    """Run all of `news`, `jobs` at a time, and give each with its place in the list as soon as it is over.

    A plugin that fails is a run that failed, and the others go on. Whoever stops asking, or Ctrl-C, ends what runs:
    of those nothing is kept, and what was given is.

    Raises
    ------
    SandboxError, StorageError
        No fault of the plugin.
    """
    waiting = deque(enumerate(replace(new, n_threads=threads_each(executor, jobs)) for new in news))
    going: dict[int, tuple[Training, ExitStack]] = {}
    clock, done = _Clock(len(waiting)), 0
    try:
        while waiting or going:
            while waiting and len(going) < jobs:
                place, new = waiting.popleft()
                stack = ExitStack()
                going[place] = stack.enter_context(started(new, runs, executor)), stack
            over = [place for place, (training, _) in going.items() if training.running.poll() is not None]
            for place in over:
                training, stack = going.pop(place)
                with stack:
                    run = training.keep(*training.judged())
                done += 1
                clock.tick()
                yield place, run
            now = {place: training.running.progress() for place, (training, _) in going.items()}
            on_progress(Going(done=done, of=len(news), now=now, seconds_left=clock.left(done)))
            if not over:
                time.sleep(POLL_S)
    finally:
        with ExitStack() as all_of_them:
            for _, stack in going.values():
                all_of_them.enter_context(stack)


class _Clock:
    """How long the rest will take, at the pace of what is over."""

    def __init__(self, of: int) -> None:
        self._of = of
        self._began = self._last = time.monotonic()

    def tick(self) -> None:
        """One more is over."""
        self._last = time.monotonic()

    def left(self, done: int) -> float | None:
        """Seconds; None while none is over."""
        if not done:
            return None
        each = (self._last - self._began) / done
        return max(0.0, each * (self._of - done) - (time.monotonic() - self._last))
