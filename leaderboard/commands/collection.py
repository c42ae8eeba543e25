"""``kit submit`` with several paths: a folder of collected files in one go, one table, one line a problem file."""

from __future__ import annotations

import glob
import shlex
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit.cli import screen
from kit.cli.invocation import current
from kit.cli.progress import LiveLine
from kit.errors import DataError, KitError, Problem, SandboxError, StorageError, UsageError
from kit.workspace import ANSWER_SUFFIXES, Workspace
from leaderboard.board import Board
from leaderboard.commands.submit import TEAM_LENGTH, TERMINATED_EXIT_CODE, Sent, as_json, is_csv, send_csv, send_plugin
from leaderboard.nickname import unprintable
from leaderboard.team import own_row

if TYPE_CHECKING:
    from leaderboard.standings import Standing

COLUMNS = (
    "file", "team", "competition", "submission", "rank", "score", "interval_lo", "interval_hi", "n", "is_repeat",
    "is_withheld", "code", "problem", "n_problems", "same_as",
)  # fmt: skip
_NAMED = 5
# These are of the computer, not of a file: the next file would meet the same.
_ENDS_ALL = (DataError, StorageError, SandboxError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One path and what came of it: `sent` or `error`."""

    path: str
    team: str | None
    sent: Sent | None = None
    error: KitError | None = None


def expanded(paths: Sequence[str], *, opens_folders: bool = False) -> list[str]:
    """`paths` with patterns replaced by what they match, as shells do it and those of Windows do not.

    Parameters
    ----------
    paths
        As they were typed.
    opens_folders
        A folder that is no plugin stands for the files of answers, the ``.py`` files and the plugins in it.

    Raises
    ------
    UsageError
        E001 for a pattern that nothing matches.
    """
    found: list[str] = []
    for path in paths:
        is_pattern = glob.has_magic(path) and not Path(path).exists()
        matches = sorted(glob.glob(path, recursive=True)) if is_pattern else [path]  # noqa: PTH207 - keeps ./ as typed
        if not matches:
            fix = "see how the files are called, and in which folder you are"
            raise UsageError(Problem(code="E001", message=f"no file matches {path}", fix=fix))
        found += [inner for match in matches for inner in (_inside(match) if opens_folders else [match])]
    return found


def _inside(path: str) -> list[str]:
    folder = Path(path)
    if not folder.is_dir() or (folder / "plugin.py").is_file():
        return [path]
    inner = [
        p for p in folder.iterdir() if p.suffix.lower() in (*ANSWER_SUFFIXES, ".py") or (p / "plugin.py").is_file()
    ]
    return sorted(map(str, inner)) or [path]


def send_all(
    here: Workspace,
    board: Board,
    paths: Sequence[str],
    *,
    competition: str | None,
    team: str | None,
    team_from_filename: bool,
    form: screen.Form,
) -> int:
    """Score every path, show all of it, and return the exit code: 0, or the highest of the files that were not scored.

    Raises
    ------
    UsageError
        E005 where it can't be told which competition is meant, E007 if two paths would be one row.
    DataError, SandboxError, StorageError
        What would stop every other file too. What was scored before is shown first.
    """
    paths = _once(paths)
    if team is None:
        _require_own_rows(paths)
    if any(is_csv(path) for path in paths):
        competition, _ = here.choose_competition(competition)
    entries: list[Entry] = []
    ended: KitError | None = None
    for number, path in enumerate(paths, start=1):
        _say_what_is_kept(entries, len(paths))
        row = _stem(path) if team_from_filename else team
        start = f"  {number}/{len(paths)}  {path}   "
        try:
            entry = _send(here, board, path, competition=competition, team=row, start=start)
        except SystemExit:  # SIGTERM: see `kit submit` with one path
            screen.say(f"ended from outside.  {current().kept}")
            raise SystemExit(TERMINATED_EXIT_CODE) from None
        if isinstance(entry.error, _ENDS_ALL):
            ended = entry.error
            break
        entries.append(entry)
    _say_what_is_kept(entries, len(paths))
    _show(board, entries, form)
    if ended is not None:
        raise ended
    return max((entry.error.exit_code for entry in entries if entry.error), default=0)


def _once(paths: Sequence[str]) -> list[str]:
    """Each file once, in order; says which were named twice."""
    seen: dict[Path, str] = {}
    for path in paths:
        if (place := Path(path).resolve()) in seen:
            screen.say(f"  {path} is named twice: it is scored once")
        else:
            seen[place] = path
    return list(seen.values())


def _stem(path: str) -> str:
    return own_row(path).partition(" / ")[2]


def _require_own_rows(paths: Sequence[str]) -> None:
    by_row: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        by_row[_stem(path)].append(path)
    problems = [
        Problem(code="E007", message=f"{' and '.join(same)} would be one row: {row}", fix="rename one of them")
        for row, same in by_row.items()
        if len(same) > 1
    ]
    if problems:
        raise UsageError(problems[0], problems if len(problems) > 1 else ())


def _say_what_is_kept(entries: Sequence[Entry], n: int) -> None:
    """For Ctrl-C: what was scored by now stays."""
    scored = [Path(entry.path).name for entry in entries if entry.sent]
    named = ", ".join([*scored[:_NAMED], *(["…"] if len(scored) > _NAMED else [])])
    again = "The same command goes on: what was scored keeps its score and uses no further try."
    current().kept = f"{len(scored)} of {n} were scored{f': {named}' if named else ''}. {again}"


def _send(here: Workspace, board: Board, path: str, *, competition: str | None, team: str | None, start: str) -> Entry:
    send = send_csv if is_csv(path) else send_plugin
    try:
        if team is not None and (unprintable(team) or len(team) > TEAM_LENGTH):
            message = f"{path} gives no name for a team"
            expected = f"1 to {TEAM_LENGTH} characters that can be printed"
            raise UsageError(Problem(code="E002", message=message, expected=expected, got=screen.clean(team)))
        sent = send(here, board, path, competition=competition, team=team, line=LiveLine(start))
    except KitError as error:
        return Entry(path=path, team=team, error=error)
    return Entry(path=path, team=team, sent=sent)


def _show(board: Board, entries: Sequence[Entry], form: screen.Form) -> None:
    names = dict.fromkeys(entry.sent.receipt.competition for entry in entries if entry.sent)
    standings = {name: {row.team: row for row in board.standings(name)} for name in names}
    same = {number: team for name in names for number, team in _same_bytes(board, name).items()}
    if form == "words":
        for name in names:
            of_this = [entry.sent for entry in entries if entry.sent and entry.sent.receipt.competition == name]
            _show_table(name, of_this, standings[name], same)
        if names and any(entry.error for entry in entries):
            screen.show()
        _show_problems(entries, next(iter(names), None))
        return
    rows = [_plain(entry, standings, same) for entry in entries]
    if form == "csv":
        screen.show_csv(rows, COLUMNS)
    else:
        screen.show_json([row | (as_json(e.sent) if e.sent else {}) for row, e in zip(rows, entries, strict=True)])


def _same_bytes(board: Board, competition: str) -> dict[int, str]:
    """Number of a submission -> the other team that was the first to hand in the same bytes."""
    first: dict[str, str] = {}
    scored = [row for row in board.submissions(competition) if row.state == "scored"]
    return {row.id: team for row in scored if (team := first.setdefault(row.blob_sha256, row.team)) != row.team}


def _show_table(name: str, of_this: Sequence[Sent], standings: dict[str, Standing], same: dict[int, str]) -> None:
    unit = of_this[0].metric.unit
    table = [("rank", "team", "score", "95 % interval", "")]
    for sent in sorted(of_this, key=lambda sent: (_rank(sent, standings), sent.receipt.team)):
        receipt, row = sent.receipt, standings.get(sent.receipt.team)
        if receipt.score is None or receipt.interval_lo is None or receipt.interval_hi is None or row is None:
            table.append(("-", receipt.team, "-", "", "stopped before it was scored"))
            continue
        around = screen.interval(receipt.interval_lo, receipt.interval_hi, unit, step=receipt.step)
        note = (
            f"ranked by its best, {screen.score(row.score, unit, step=row.step)}" if row.score != receipt.score else ""
        )
        copy = f"the same bytes as {other}'s" if (other := same.get(receipt.submission_id)) else ""
        worse = "no significant improvement" if receipt.is_withheld else ""
        note = ", ".join(filter(None, [copy, "scored before" if receipt.is_repeat else "", worse, note]))
        score = screen.score(receipt.score, unit, step=receipt.step)
        table.append((str(row.rank), receipt.team, score, around, note))
    first = of_this[0]
    on = screen.count(first.receipt.n or 0, "episode" if first.kind == "agent" else "row")
    screen.show(f"{screen.bold(name)}   {len(of_this)} scored, public part, {on}, {len(standings)} teams")
    screen.show("\n".join(screen.grid(table, right={0, 2}, gap=3, shrinks={4: 6, 1: 12})))


def _rank(sent: Sent, standings: dict[str, Standing]) -> int:
    row = standings.get(sent.receipt.team)
    return row.rank if row else len(standings) + 1


def _show_problems(entries: Sequence[Entry], competition: str | None) -> None:
    failed = [(entry, entry.error) for entry in entries if entry.error]
    if not failed:
        return
    screen.show(f"{screen.count(len(failed), 'file')} not scored")
    table = []
    for entry, error in failed:
        first, *more = _parts(error)
        also = f"   and {len(more)} more" if more else ""
        table.append((first.code, entry.path, screen.clean(first.message).replace("\n", " ") + also))
    screen.show("\n".join(screen.grid(table, gap=3, shrinks={2: 20, 1: 10})))
    screen.show("\nEverything that is to be fixed in")
    commands = [(Path(entry.path).name, screen.typed(_alone(entry, competition))) for entry, _ in failed]
    screen.show("\n".join(screen.described(commands, gap=3)))


def _alone(entry: Entry, competition: str | None) -> str:
    """The command that shows every problem of one file, and scores it as the same row once they are mended."""
    of = f" -c {competition}" if competition and is_csv(entry.path) else ""
    whose = f" --team {shlex.quote(entry.team)}" if entry.team else ""
    return f"kit submit {shlex.quote(entry.path)}{of}{whose}"


def _parts(error: KitError) -> tuple[Problem, ...]:
    return error.parts or (error.problem,)


def _plain(entry: Entry, standings: dict[str, dict[str, Standing]], same: dict[int, str]) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(COLUMNS) | {"file": entry.path, "team": entry.team}
    if entry.error is not None:
        first, *more = _parts(entry.error)
        return row | {"code": first.code, "problem": first.message, "n_problems": 1 + len(more)}
    assert entry.sent is not None
    receipt = entry.sent.receipt
    keys = ("team", "competition", "score", "interval_lo", "interval_hi", "n", "is_repeat", "is_withheld")
    place = standings[receipt.competition].get(receipt.team)
    return (
        row
        | {key: getattr(receipt, key) for key in keys}
        | {
            "submission": receipt.label,
            "rank": place.rank if place else None,
            "n_problems": 0,
            "same_as": same.get(receipt.submission_id),
        }
    )
