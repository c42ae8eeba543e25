"""How the end of a run is told: which limit, how much of it, which signal, and what to do about it."""

from __future__ import annotations

import signal
import time
from collections.abc import Mapping

from kit.errors import Problem
from kit.job import Limits, Usage
from kit.sandbox.channel import LOST_EXIT_CODE

THREADS_EACH = 4
"""So many threads may there be for each process that may be."""
_SIGNALS = {
    "SIGSEGV": "it touched memory that is not its own (a bug in compiled code, or a very deep recursion)",
    "SIGABRT": "compiled code gave up",
    "SIGBUS": "it touched memory that is not there, often because a disk or /dev/shm is full",
    "SIGFPE": "a division by zero in compiled code",
    "SIGILL": "it was compiled for another processor",
    "SIGKILL": "it was killed from outside: mostly because the computer ran out of memory",
    "SIGXCPU": "it used all its processor time",
    "SIGXFSZ": "it wrote a file larger than allowed",
    "SIGALRM": "a timer that it had set went off (signal.alarm, signal.setitimer)",
    "SIGTERM": "it was asked to end from outside",
}


class Pace:
    """How fast the epochs go by, heard from ``run.log``, for the words of a time limit."""

    def __init__(self, started: float) -> None:
        self._started = self._last = started
        self._epoch = self._epochs = 0.0
        self._is_training = False

    def hear(self, event: Mapping[str, float]) -> None:
        """Take in one line of ``run.log``."""
        now = time.monotonic()
        if not self._is_training:  # the first line is the worker's own: it calls fit
            self._is_training, self._started = True, now
        self._epochs = event.get("epochs", self._epochs)
        if event.get("epoch", 0) > self._epoch:
            self._epoch, self._last = event["epoch"], now

    def in_words(self) -> str:
        """For example ``epoch 8 of 40, 7.2 s each``; empty where there are no epochs."""
        if not self._epoch:
            return ""
        # A plugin may train longer than its signature says.
        of = f" of {self._epochs:g}" if self._epoch <= self._epochs else ""
        return f"epoch {self._epoch:g}{of}, {self._each_s:.2g} s each"

    def fix(self, time_limit_s: float) -> str:
        """What would have fitted."""
        if not self._epoch:
            return "train for a shorter time, or use run.seconds_left:\n   if run.seconds_left < 5: break"
        # A fifth is left for the imports before and the predictions after.
        fitting = max(1, int(0.8 * time_limit_s / self._each_s))
        stop = (
            f"use run.seconds_left to stop in time:\n   if run.seconds_left < {max(1.0, 2 * self._each_s):.2g}: break"
        )
        return f"epochs={fitting} fits; or {stop}" if fitting < self._epochs else stop

    @property
    def _each_s(self) -> float:
        return max((self._last - self._started) / max(self._epoch, 1.0), 1e-6)


def limit_problem(name: str, limits: Limits, usage: Usage, pace: Pace) -> Problem:
    """What to tell of the limit `name`, a field of `Limits`, or ``threads``."""
    if name == "time_limit_s":
        return Problem(
            code="E206",
            message=f"stopped after {limits.time_limit_s:g} s, the limit of this competition",
            excerpt=pace.in_words(),
            fix=pace.fix(limits.time_limit_s),
        )
    if name == "memory_limit_mib":
        return Problem(
            code="E208",
            message="stopped: it used more memory than this competition allows",
            expected=f"at most {limits.memory_limit_mib} MiB",
            got=f"{usage.peak_memory_mib:.0f} MiB",
            fix="use smaller batches:   for X, y in train.batches(64):",
        )
    if name == "cpu_limit_s":
        message = f"stopped after {limits.cpu_limit_s:g} s of processor time, the limit of this competition"
        return Problem(code="E206", message=message, fix="train for a shorter time")
    what, fix = {
        "max_processes": (f"more than {limits.max_processes} processes", "start fewer workers"),
        "threads": (f"more than {THREADS_EACH * limits.max_processes} threads", "start fewer threads"),
        "scratch_limit_mib": (f"more than {limits.scratch_limit_mib} MiB of files", "write less"),
    }[name]
    return Problem(code="E214", message=f"stopped: it had {what} at once", fix=fix)


def exit_problem(code: int | None) -> Problem:
    """What to tell of a worker that ended without a word."""
    if code is None:
        return nonsense("it closed the channel and went on")
    if code == LOST_EXIT_CODE:
        return nonsense("it closed the channel")
    if code < 0:
        return Problem(
            code="E209",
            message=f"your code crashed: {exit_in_words(code)}",
            why="Python itself was ended, so there are no lines to show.",
            fix="print() before the suspicious lines: the output is in the log of the run",
        )
    return Problem(
        code="E210",
        message="your code ended the program before it had answered",
        got=f"exit code {code}",
        expected="answers",
        why="sys.exit() and os._exit() end the whole run.",
        fix="return from fit and predict instead",
    )


def nonsense(what: str) -> Problem:
    """E216, with `what` was sent."""
    return Problem(
        code="E216",
        message=f"your code disturbed the conversation with the kit: {what}",
        why="The answers travel over a pipe that the plugin's process holds.",
        fix="leave alone file descriptors that you did not open",
    )


def not_heard() -> Problem:
    """E801: the conversation never ended, and nobody stopped it."""
    return Problem(code="E801", message="the conversation with the worker did not end")


def exit_in_words(code: int | None) -> str:
    """Exit code or signal by name and meaning."""
    if code is None:
        return "stopped"
    if code >= 0:
        return f"exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"{name}: {_SIGNALS[name]}" if name in _SIGNALS else name
