"""``kit worker``: do what waits in the queue."""

from __future__ import annotations

import os
import signal
import threading
import time
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

import click

from kit.cli import screen
from kit.cli.place import workspace
from kit.errors import KitError, SandboxError
from leaderboard.commands.submit import open_board
from leaderboard.receipt import label

if TYPE_CHECKING:
    from kit.workspace import Workspace
    from leaderboard.board import Board
    from leaderboard.store.base import Submission

LOOK_S = 0.25
ATTEND_S = 5.0
TIDY_S = 60.0
_PAUSE_S = 2.0  # after something that could not be done: it is tried again, but the disk may be full


@click.command()
@click.option("--until-empty", is_flag=True, help="Stop when nothing waits.")
@click.option("--while-open", is_flag=True, hidden=True, help="Stop when stdin is closed: whoever started it is gone.")
def command(until_empty: bool, while_open: bool) -> None:
    """Score and run what waits in the queue of this workspace, one after the other.

    kit serve starts some by itself; more can be started beside it, on the same computer.
    """
    here = workspace()
    signal.signal(signal.SIGTERM, _stop)
    if while_open:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which closes stdin
        threading.Thread(target=_wait_for_end, daemon=True).start()
    board = open_board(here)
    try:
        only_files = _takes_files_only(here, board, tells=not while_open)  # a server says so itself, and once
        if not while_open:
            what = "files of answers only" if only_files else f"files and plugins, in the sandbox {here.sandbox_name}"
            screen.say(f"working on the queue: {what}.  Ctrl-C stops.")
        _work(board, only_files=only_files, until_empty=until_empty)
    finally:
        board.close()


def _work(board: Board, *, only_files: bool, until_empty: bool) -> None:
    attended = tidied = float("-inf")
    while True:
        now = time.monotonic()
        try:
            if now - attended > ATTEND_S:
                attended = now
                board.attend()
            if now - tidied > TIDY_S:
                tidied = now
                board.tidy()
            done = board.work(only_files=only_files)
        except KitError as error:  # it is queued again, or has ended: the next one may be luckier
            screen.say(screen.error_text(error))
            time.sleep(_PAUSE_S)
            continue
        if done is not None:
            screen.say(f"  {label(done.id)}  {done.name}  {_became(done)}")
        elif until_empty and not board.store.line():
            return
        else:
            time.sleep(LOOK_S)


def _became(done: Submission) -> str:
    return f"{done.state} ({done.reason_code})" if done.reason_code else done.state


def _takes_files_only(here: Workspace, board: Board, *, tells: bool) -> bool:
    """Whether code of others is not shut in here: on a class board it waits for a worker that can."""
    from kit.sandbox.best import require_isolation

    if not board.classroom.is_class:
        return False
    try:
        require_isolation(here.sandbox(), allow_unsafe=here.config.sandbox_allow_unsafe)
    except SandboxError as error:
        if tells:
            screen.say(screen.error_text(error))
        return True
    return False


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


def _wait_for_end() -> None:
    os.read(0, 1)  # not sys.stdin: whoever reads it holds its lock, and Python aborts where it ends meanwhile
    signal.raise_signal(signal.SIGTERM)
