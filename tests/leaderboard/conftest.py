"""A board with one tiny competition, in this process and in others."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from leaderboard.board import Board

TINY_BOARD = Path(__file__).with_name("tiny_board.py")


@pytest.fixture(scope="session")
def tiny() -> ModuleType:
    """The module ``tiny_board``."""
    spec = importlib.util.spec_from_file_location("tiny_board", TINY_BOARD)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["tiny_board"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def board(tiny: ModuleType, tmp_path: Path) -> Iterator[Board]:
    opened: Board = tiny.open_board(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def tiny_script() -> Path:
    """Submits files to the board of a folder, as a process of its own."""
    return TINY_BOARD
