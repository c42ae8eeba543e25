"""What a run is doing, while it does it: one line that is rewritten in a terminal, a few plain ones elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from kit.cli import screen
from kit.job import Progress

if TYPE_CHECKING:
    from rich.live import Live

_QUIET_S = 15.0  # between two lines of a log, so that an hour of training is not a thousand lines
_DOING = {"starting": "starting", "training": "training", "predicting": "predicting", "ending": "scoring"}


def in_words(progress: Progress, seconds: float, left: float | None = None, *, room: int = 1000) -> str:
    """``training   epoch 8/15   loss 0.312  █▆▄▃   valid 95.8 %   4.4 s   about 4 s left``.

    Parameters
    ----------
    progress
        Where the run is.
    seconds
        Since it began.
    left
        Seconds that it will still train, where that can be told.
    room
        Columns there are: where they are few, the course of the loss is left out.
    """
    ends = [screen.duration(seconds), *([f"about {_roughly(left)} left"] if left is not None else [])]
    doing = f"{_DOING[progress.phase]:<10}"
    line = "   ".join([doing, *learned(progress), *ends])
    return line if screen.cells_of(line) <= room else "  ".join([doing, *learned(progress, cells=0), *ends])


def learned(progress: Progress, *, cells: int = 8) -> list[str]:
    """How far the training came: epoch, loss or mean return with its course, and what is said of validation rows."""
    words = []
    if progress.features is not None:
        words.append("features {} of {}".format(*progress.features))
    if progress.epoch is not None:
        # What a plugin decides while it runs (more epochs, an early stop) is not in the signature of its fit.
        is_within = progress.epochs is not None and progress.epoch <= progress.epochs
        words.append(f"epoch {progress.epoch}" + (f"/{progress.epochs}" if is_within else ""))
    if progress.loss:
        course = screen.sparkline(progress.loss, cells=cells) if cells else ""
        words.append(f"loss {progress.loss[-1]:.3g}  {course}".rstrip())
    if progress.returns:
        course = screen.sparkline(progress.returns, cells=cells) if cells else ""
        words.append(f"return {progress.returns[-1]:.4g}  {course}".rstrip())
    if progress.valid_accuracy is not None:
        words.append(f"valid {screen.score(progress.valid_accuracy, 'share')}")
    return words


def _roughly(seconds: float) -> str:
    return f"{max(1, round(seconds))} s" if seconds < 100 else f"{round(seconds / 60)} min"


class LiveLine:
    """Shows the latest `Progress` on stderr until it is left; what was shown is gone then from a terminal.

    Parameters
    ----------
    start
        What stands before every line.
    """

    def __init__(self, start: str = "  ") -> None:
        self._start, self._began = start, time.monotonic()
        self._latest = Progress()
        self._text = ""
        self._live: Live | None = None
        self._printed: tuple[str, float] = ("starting", self._began)
        self._fit_began = self._epoch_ended = self._began

    @property
    def seconds(self) -> float:
        """Since it was made."""
        return time.monotonic() - self._began

    @property
    def latest(self) -> Progress:
        """What was shown last."""
        return self._latest

    def __enter__(self) -> Self:
        if screen.is_terminal(sys.stderr):
            from rich.console import Console
            from rich.live import Live
            from rich.text import Text  # a plain string would be read as markup

            self._live = Live(
                get_renderable=lambda: Text(self._line()),
                console=Console(stderr=True),
                refresh_per_second=8,
                transient=True,
            )
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def show(self, progress: Progress) -> None:
        """Where the run is now."""
        now = time.monotonic()
        if progress.phase != self._latest.phase:
            self._fit_began = now
        if progress.epoch != self._latest.epoch:
            self._epoch_ended = now
        self._latest, self._text = progress, ""
        self._log(progress.phase)

    def say(self, text: str) -> None:
        """What else is being done: preparing or downloading data."""
        self._text = text
        self._log(text)

    def _log(self, doing: str) -> None:
        before, when = self._printed
        is_new = doing != before and (self._text or doing == "training")
        if self._live is None and (is_new or time.monotonic() - when > _QUIET_S):
            self._printed = (doing, time.monotonic())
            screen.say(self._line())

    def _left(self) -> float | None:
        """Seconds until the last epoch, if the next ones take as long as those before."""
        epoch, epochs = self._latest.epoch, self._latest.epochs
        if self._latest.phase != "training" or not epoch or not epochs or epoch >= epochs:
            return None
        an_epoch = (self._epoch_ended - self._fit_began) / epoch
        return max(0.0, an_epoch * (epochs - epoch) - (time.monotonic() - self._epoch_ended))

    def _line(self) -> str:
        room = screen.width() - 1 - len(self._start)
        line = self._text or in_words(self._latest, self.seconds, self._left(), room=room)
        return screen.fitted(f"{self._start}{line}", screen.width() - 1)
