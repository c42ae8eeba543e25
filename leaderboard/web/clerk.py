"""What processes beside the server do for it: reading and scoring files, looking at plugins, reckoning standings.

None of it belongs into the loop that answers requests, nor into a thread of it: it takes the processor for seconds, and
what a stranger sent is parsed. Each process keeps one board open.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from kit.errors import KitError, PluginError, Problem, RefusedError
from kit.job import encode
from leaderboard.board import Board
from leaderboard.sender import Sender
from leaderboard.standings import Standing, public_standings
from leaderboard.views import ANYBODY, Show, Viewer, shown_to
from leaderboard.web import withheld
from leaderboard.web.scores import Scores
from leaderboard.web.words import refusals

if TYPE_CHECKING:
    from kit.prepare import Prepared
    from kit.submission import Form
    from kit.workspace import Workspace
    from leaderboard.statistics.selection import ShakeUp
    from leaderboard.store.base import Scored

_MOST_STORY = 40_000  # characters of a README
_MOST_HISTORY = 40  # of a team's scores: a sparkline shows no more


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One team on the board.

    Parameters
    ----------
    standing
        As everywhere.
    course
        The team's best score after each of its tries, oldest first.
    before
        The rank at the beginning of the day of the course; None where the team had none.
    """

    standing: Standing
    course: tuple[float, ...] = ()
    before: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The standings of one competition at one moment, ready to be shown. Holds nothing private before the reveal.

    `scores` are what is told of each submission: score and the ends of its interval, in multiples of `step`. `show` and
    `top` say which rows are for whom; `n_teams` is how many teams there are, and `is_cut` whether rows of some of them
    were left out by `seen_by`. `n_private` is on how many rows the private ranking stands, 0 where that is not known.
    """

    competition: str
    public: tuple[Row, ...] = ()
    private: tuple[Row, ...] | None = None
    revealed_at: float | None = None
    n_late: int = 0
    n_outdated: int = 0
    shake_up: ShakeUp | None = None
    baselines: Mapping[str, float] = field(default_factory=dict)
    scores: Mapping[int, tuple[float, float, float]] = field(default_factory=Scores)
    step: float = 0.0
    show: Show = "all"
    top: int = 10
    n_teams: int = 0
    n_private: int = 0
    is_cut: bool = False


def seen_by(whole: Snapshot, viewer: Viewer) -> Snapshot:
    """What a viewer is shown of a snapshot: what the others have is in no row, and in nothing made of rows."""
    public = _seen(whole, whole.public, viewer)
    private = None if whole.private is None else _seen(whole, whole.private, viewer)
    is_cut = len(public) < len(whole.public) or len(private or ()) < len(whole.private or ())
    return replace(whole, public=public, private=private, is_cut=is_cut) if is_cut else whole


def _seen(whole: Snapshot, rows: tuple[Row, ...], viewer: Viewer) -> tuple[Row, ...]:
    shown = shown_to([row.standing for row in rows], viewer, show=whole.show, top=whole.top)
    teams = {standing.team for standing in shown}
    return tuple(row for row in rows if row.standing.team in teams)


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


def snapshot(root: Path, competition: str, viewer: Viewer = ANYBODY) -> Snapshot:
    """The standings of a competition as a viewer may know them now, with every row: `seen_by` says which are shown."""
    here, board = _workspace(root), _board(root)
    zone = ZoneInfo(here.config.zone) if here.config.zone else None
    metric, settings = here.metric(competition), here.competition(competition).leaderboard
    revealed_at = board.revealed_at(competition)
    public = board.standings(competition, viewer=viewer)
    private = board.standings(competition, "private", viewer=viewer) if revealed_at is not None else None
    told_rows = board.told(competition, viewer=viewer)
    courses = _courses(told_rows, greater_is_better=metric.greater_is_better)
    before = _ranks_before(told_rows, _midnight(zone), greater_is_better=metric.greater_is_better)
    scores = {name: parts["public"] for name, parts in here.baselines(competition).items() if "public" in parts}

    prepared = here.found_prepared(competition)

    def rows(standings: tuple[Standing, ...]) -> tuple[Row, ...]:
        return tuple(
            Row(standing=row, course=courses.get(row.team, ()), before=before.get(row.team)) for row in standings
        )

    return Snapshot(
        competition=competition,
        public=rows(public),
        private=None if private is None else rows(private),
        revealed_at=revealed_at,
        n_late=board.n_late(competition),
        n_outdated=board.n_outdated(competition),
        shake_up=board.shake_up(competition) if private is not None else None,
        baselines=scores,
        scores=Scores(
            (row.submission_id, (row.value, row.interval_lo, row.interval_hi))
            for row in told_rows
            if viewer.team in ("", row.team)  # made for one team it is asked for that team's alone
        ),
        step=public[0].step if public else 0.0,
        show=settings.show,
        top=settings.top,
        n_teams=sum(row.is_ranked for row in public),
        n_private=prepared.facts.n_private if prepared else 0,
    )


def _courses(told_rows: Sequence[Scored], *, greater_is_better: bool) -> dict[str, tuple[float, ...]]:
    better = max if greater_is_better else min
    courses: dict[str, list[float]] = {}
    for row in told_rows:
        course = courses.setdefault(row.team, [])
        course.append(better(course[-1], row.value) if course else row.value)
    return {team: tuple(course[-_MOST_HISTORY:]) for team, course in courses.items()}


def _ranks_before(told_rows: Sequence[Scored], until: float, *, greater_is_better: bool) -> dict[str, int]:
    rows = [row for row in told_rows if row.received_at < until]
    return {row.team: row.rank for row in public_standings(rows, greater_is_better=greater_is_better)}


def _midnight(zone: tzinfo | None) -> float:
    now = datetime.now(zone)
    return (now - timedelta(hours=now.hour, minutes=now.minute, seconds=now.second)).timestamp()


def public_file(root: Path, competition: str, name: str) -> str:
    """Path of one of the files that are handed out, written when first asked for; empty where there is none."""
    from kit.public_files import PARTS, SAMPLE_NAME, handed_out

    here = _workspace(root)
    prepared = here.prepared(competition)
    folder = here.state / "handed_out" / competition / prepared.facts.digest
    if prepared.facts.files_only:
        return str(prepared.files / name) if name in handed_out(prepared) else ""
    names = {f"{part}{suffix}": suffix == ".csv" for part in PARTS for suffix in (".csv", ".npz")}
    if here.competition(competition).kind == "agent" or name not in names | {SAMPLE_NAME: True}:
        return ""
    path = folder / name
    if not path.exists():
        _hand_out(prepared, folder, name, as_csv=names.get(name, True))
    return str(path)


def _hand_out(prepared: Prepared, folder: Path, name: str, *, as_csv: bool) -> None:
    """Write the files that `name` is one of: one clerk at a time, each file once, and under its name when complete."""
    from filelock import FileLock

    from kit.public_files import write_public_files

    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with FileLock(folder.with_name(f".{folder.name}.lock"), mode=0o600):
        if (folder / name).exists():  # another clerk was quicker
            return
        for written in write_public_files(prepared, folder.with_name(f".{folder.name}.making"), as_csv=as_csv):
            if not (folder / written.name).exists():  # somebody may be reading it at this moment
                written.replace(folder / written.name)


def public_names(root: Path, competition: str) -> tuple[str, ...]:
    """Names of the files that are handed out."""
    from kit.public_files import PARTS, SAMPLE_NAME, handed_out

    here = _workspace(root)
    if here.competition(competition).kind == "agent":
        return ()
    prepared = here.prepared(competition)
    if prepared.facts.files_only:
        return tuple(handed_out(prepared))
    return (*(f"{part}.csv" for part in PARTS), SAMPLE_NAME, *(f"{part}.npz" for part in PARTS))


def about(root: Path, competition: str) -> dict[str, Any]:
    """What a competition is, as ``kit info`` tells it to an entrant: ``lines`` in words, the rest as values."""
    from kit.cli.info import as_json, lines
    from kit.dataset import Dataset

    here = _workspace(root)
    c, metric, prepared = here.competition(competition), here.metric(competition), here.prepared(competition)
    told_of = {
        name: {part: value for part, value in parts.items() if part != "private"}
        for name, parts in here.baselines(competition).items()
    }
    has_rows = prepared.facts.task.environment is None and not prepared.facts.files_only
    train = prepared.rows("train") if has_rows else None
    assert train is None or isinstance(train, Dataset)
    values = as_json(c, metric, prepared, told_of, train)
    return values | {
        "lines": lines(here, c, metric, prepared, told_of, train, is_for_host=False),
        "files": list(public_names(root, competition)),
        "story": _story(here.folder(competition)),
        "takes_code": not c.takes_files_only,
        "feedback": c.leaderboard.feedback,
    }


def _story(folder: Path) -> str:
    """A competition's README as it is: nothing in it is markup."""
    try:
        return (folder / "README.md").read_text(encoding="utf-8")[:_MOST_STORY]
    except (OSError, UnicodeDecodeError):
        return ""
