"""The step that ``kit`` alone names to the host of a class."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit.cli import run
from kit.workspace import Workspace
from leaderboard.board import Board
from leaderboard.next_step import next_step
from leaderboard.store.people import NewEntrant


def test_the_host_of_a_class_serves_then_reveals_then_exports(workspace: Path) -> None:
    here = Workspace.find(workspace)
    board = Board.of(here)
    board.people.put([NewEntrant(name="Anna"), NewEntrant(name="Ben")], actor="host")
    steps = [next_step(here)]
    board.classroom.change("digits", "close", closes=board.store.clock())
    steps.append(next_step(here))
    board.reveal("digits")
    steps.append(next_step(here))
    board.close()
    assert steps[0] == "kit serve      open the class board: 0 of 2 on the roster have joined"
    assert [str(step).partition("      ")[0] for step in steps[1:]] == [
        "kit reveal digits",
        "kit export grades -c digits --practice",
    ]


def test_while_the_board_is_served_the_host_looks_who_has_joined(workspace: Path) -> None:
    here = Workspace.find(workspace)
    board = Board.of(here)
    board.people.put([NewEntrant(name="Anna")], actor="host")
    board.attend()
    board.close()
    assert next_step(here) == "kit roster      the board is served now: 0 of 1 on the roster have joined"


def test_the_host_of_a_class_is_shown_what_hosts_type(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    board = Board.of(Workspace.find(workspace))
    board.people.put([NewEntrant(name="Anna")], actor="host")
    board.close()
    assert run([]) == 0
    shown = capsys.readouterr().out
    typed = ("kit roster add FILE", "kit serve", "kit close NAME", "kit reveal NAME")
    assert [command in shown for command in typed] == [True] * 4
    assert [command in shown for command in ("kit join", "kit new", "kit demo", "Teaching?")] == [False] * 4
