"""What processes beside the server do for it: reading and scoring files, looking at plugins.

None of it belongs into the loop that answers requests, nor into a thread of it: it takes the processor for seconds, and
what a stranger sent is parsed. Each process keeps one board open. The other modules of clerks do the rest there:
standings, what is handed out, and what the host asks for.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from kit.errors import KitError, PluginError, Problem, RefusedError
from kit.job import encode
from leaderboard.board import Board
from leaderboard.sender import Sender
from leaderboard.web import withheld
from leaderboard.web.words import refusals

if TYPE_CHECKING:
    from kit.submission import Form
    from kit.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An error on its way to whoever asked: the class by its exit code, so that nothing has to be unpickled."""

    exit_code: int
    problem: Problem
    parts: tuple[Problem, ...] = ()
    after_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Something that arrived and lies on the disk. `why_no_code` says why plugins are not taken; empty: they are."""

    competition: str
    path: str
    name: str
    team: str
    sender: Sender
    why_no_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenIn:
    """What became of a delivery: a number, and where it is over the receipt as JSON; or why not."""

    submission_id: int | None = None
    is_repeat: bool = False
    notes: tuple[str, ...] = ()
    receipt: str = ""
    told: Told | None = None


def begin() -> None:
    """A process of the pool begins. Ctrl-C is for the server, which ends it; with one that is killed it ends, too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_server, daemon=True).start()


def _end_with_server() -> None:
    # It holds both ends of the pipe that it reads its work from, and would wait for ever.
    server = multiprocessing.parent_process()
    if server is not None:
        server.join()
        os._exit(1)


@cache
def _workspace(root: Path) -> Workspace:
    from kit.workspace import Workspace

    return Workspace.find(root)


@cache
def _board(root: Path) -> Board:
    return Board.of(_workspace(root))


def opened(root: Path) -> tuple[Workspace, Board]:
    """What each process of the pool keeps open."""
    return _workspace(root), _board(root)


def warm(root: Path) -> None:
    """Import and prepare what the first delivery needs, before it comes."""
    import kit.scoring
    import kit.submission  # noqa: F401

    _board(root)
    here = _workspace(root)
    if here.config.competition is not None:
        with suppress(KitError):  # whoever asks for it is told
            here.prepared(here.config.competition)


def take_in(root: Path, delivery: Delivery) -> TakenIn:
    """Take in a file or a plugin, whichever the bytes are. A file is scored when this returns, a plugin is queued."""
    try:
        data = Path(delivery.path).read_bytes()
        if is_plugin(delivery.name, data):
            if delivery.why_no_code:
                raise RefusedError(refusals.no_code(delivery.why_no_code))
            return _plugin(root, delivery, data)
        return _file(root, delivery, data)
    except KitError as error:
        return TakenIn(told=told(error))


def told(error: KitError) -> Told:
    """`error` as values."""
    return Told(
        exit_code=error.exit_code, problem=error.problem, parts=error.parts, after_s=getattr(error, "after_s", None)
    )


def is_plugin(name: str, data: bytes) -> bool:
    """Whether these bytes are meant as a plugin: Python, an archive of ours, or a zip with a ``plugin.py``."""
    from kit.plugin.zipped import holds_python

    return name.lower().endswith((".py", ".tar")) or holds_python(data)


def _file(root: Path, delivery: Delivery, data: bytes) -> TakenIn:
    here = _workspace(root)
    receipt = _board(root).submit_csv(
        delivery.competition,
        data,
        name=delivery.name,
        team=delivery.team,
        others=lambda: _other_forms(here, delivery.competition),
        sender=delivery.sender,
        does_leftovers=False,
    )
    return TakenIn(
        submission_id=receipt.submission_id,
        is_repeat=receipt.is_repeat,
        notes=receipt.notes,
        receipt=encode(receipt),
    )


def receipt(root: Path, number: int) -> str:
    """What a team is told of a submission that was scored or cancelled, as JSON; empty where that can't be told."""
    try:
        board = _board(root)
        return encode(withheld.receipt_for_team(board, board.receipt(number)))
    except KitError:
        return ""


def _plugin(root: Path, delivery: Delivery, data: bytes) -> TakenIn:
    from tempfile import TemporaryDirectory

    from kit.plugin.archive import pack, packed, unpack
    from kit.plugin.check import require_static
    from kit.plugin.zipped import read_zip

    here = _workspace(root)
    if here.competition(delivery.competition).takes_files_only:
        here.require_rows(delivery.competition)
    if delivery.name.lower().endswith(".py"):
        archive = packed({"plugin.py": data})
    elif data.startswith(b"PK"):
        archive = packed(read_zip(data))
    else:
        archive = data
    name = Path(delivery.name).stem
    with TemporaryDirectory(prefix="kit-look-") as scratch:
        folder = Path(scratch) / "plugin"  # never as the sender calls it: that may be ".."
        unpack(archive, folder)
        require_static(folder, kind=here.competition(delivery.competition).kind, shown=name)
        if pack(folder) != archive:
            raise PluginError(refusals.not_looked_at(name))
    board = _board(root)
    if (earlier := board.same_plugin(delivery.competition, archive, name=name, team=delivery.team)) is not None:
        return TakenIn(submission_id=earlier.id, is_repeat=True)
    submission = board.take_in_plugin(
        delivery.competition, archive, name=name, team=delivery.team, sender=delivery.sender
    )
    return TakenIn(submission_id=submission.id)


def _other_forms(here: Workspace, chosen: str) -> list[Form]:
    from kit.prepare import read_prepared

    found = (read_prepared(here.state / "prepared" / name) for name in here.competitions if name != chosen)
    return [prepared.form() for prepared in found if prepared is not None]
