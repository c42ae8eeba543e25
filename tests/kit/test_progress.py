"""The line of a run that goes on."""

from __future__ import annotations

import time

import pytest

from kit.cli.progress import LiveLine, in_words
from kit.cli.screen import cells_of
from kit.job import Progress

HALF = Progress(phase="training", epoch=8, epochs=16, loss=(2.0, 1.0, 0.3), valid_accuracy=0.958)


def test_a_line_says_how_far_it_is_and_what_is_left() -> None:
    line = in_words(HALF, 4.4, 4.6)

    assert line.startswith("training     epoch 8/16   loss 0.3  █")
    assert line.endswith("valid 95.8 %   4.4 s   about 5 s left")


def test_what_is_left_of_a_long_run_is_told_in_minutes() -> None:
    assert in_words(HALF, 4.4, 600.0).endswith("about 10 min left")


def test_in_little_room_the_course_of_the_loss_is_left_out_and_the_time_is_not() -> None:
    line = in_words(HALF, 4.4, 4.6, room=70)

    assert cells_of(line) <= 70
    assert "about 5 s left" in line
    assert "█" not in line


def test_the_time_left_is_that_of_the_epochs_to_come(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    line = LiveLine()
    line.show(Progress(phase="training", epochs=10))
    now = 108.0
    line.show(Progress(phase="training", epochs=10, epoch=4))
    now = 109.0

    assert "about 11 s left" in line._line()


@pytest.mark.parametrize(
    "progress",
    [
        Progress(phase="training", epochs=10),
        Progress(phase="training", epoch=3),
        Progress(phase="training", epoch=10, epochs=10),
        Progress(phase="training", epoch=0, epochs=10),
        Progress(phase="predicting", epoch=3, epochs=10),
    ],
)
def test_where_it_can_not_be_told_nothing_is_said_of_the_time_left(progress: Progress) -> None:
    line = LiveLine()
    line.show(progress)

    assert "left" not in line._line()


def test_an_agent_shows_its_mean_return_with_its_course() -> None:
    line = in_words(Progress(phase="training", epoch=3, returns=(20.0, 200.0, 480.0)), 2.0)

    assert "return 480  ▁" in line
