"""``kit submit``: a plugin or a file of predictions, scored, with a rank."""

from __future__ import annotations

import json
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import click

from kit.cli import completion, screen
from kit.cli.entry import competition_option
from kit.cli.invocation import current, seen_from_directory
from kit.cli.place import class_board, local_option, workspace
from kit.cli.progress import LiveLine, learned
from kit.errors import ParticipantVisibleError, PluginError, Problem, UsageError, nearest
from kit.job import TRACEBACK_MARK
from kit.plugin.manager import harness
from kit.workspace import ANSWER_SUFFIXES, Workspace, is_path
from leaderboard.commands.advice import advice_in_words, advised
from leaderboard.nickname import unprintable

if TYPE_CHECKING:
    from kit.submission import Form
    from leaderboard.board import Board
    from leaderboard.client.remote import ClassBoard
    from leaderboard.receipt import Receipt

TEAM_LENGTH = 60
PRINTED = 100  # columns of a line that the plugin printed
TERMINATED_EXIT_CODE = 143  # 128 + SIGTERM, what shells expect
NO_TRY = "This did not use one of your tries."


class Measure(Protocol):
    """What one needs of a metric to write its scores: one of ours, or what a class says of its own."""

    @property
    def unit(self) -> screen.Unit:
        """What a score is a number of."""

    @property
    def greater_is_better(self) -> bool:
        """Which way is better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What came of sending one thing, and what is said about it.

    `floor` is the public score of always answering the same, where it was measured; `solved_from` the mean return from
    which an agent's environment counts as solved; `advice` what looks like a mistake in a plugin's source; `printed`
    what the plugin printed, where that is one line.
    """

    receipt: Receipt
    metric: Measure
    reason: str
    seconds: float
    usage: dict[str, Any]
    floor: float | None
    kind: str
    solved_from: float | None = None
    advice: tuple[Problem, ...] = ()
    printed: str = ""


def _team(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:  # noqa: ARG001
    """A team's name as it was given; E002 where it can't stand on a line."""
    if value is not None and not (value.strip() and not unprintable(value) and len(value) <= TEAM_LENGTH):
        raise click.BadParameter(f"a name has 1 to {TEAM_LENGTH} characters that can be printed")
    return value


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, shell_complete=completion.submittable)
@competition_option()
@click.option("--team", metavar="NAME", callback=_team, help="Whose row it is; by default one of its own.")
@click.option("--team-from-filename", is_flag=True, help="Files of several teams: anna.csv is the row of anna.")
@click.option("--replace", "replaces", is_flag=True, help="In a class: instead of what still waits of yours.")
@local_option()
@screen.formats(csv=True)
def command(
    paths: tuple[str, ...],
    competition: str | None,
    team: str | None,
    team_from_filename: bool,
    replaces: bool,
    is_local: bool,
    form: screen.Form,
) -> int:
    """Send PATH, a plugin (folder, .py file or name) or a file of answers (.csv, .parquet, .npz …), and get a rank.

    Several are scored one after the other and shown in one table; the exit code is then the highest of those that
    were not scored, 0 if all were.
    """
    from leaderboard.commands.collection import expanded, send_all

    if team and team_from_filename:
        raise click.UsageError("--team and --team-from-filename exclude each other")
    current().after_error = NO_TRY
    named = expanded(paths, opens_folders=team_from_filename)
    if (joined := class_board(is_local=is_local)) is not None:
        here = Workspace.find()  # nothing is kept there
        return _send_to_class(here, joined, named, competition, team or team_from_filename, replaces, form)
    here = workspace()
    board = open_board(here)
    try:
        if len(named) == 1 and not team_from_filename and form != "csv":
            _send_one(here, board, named[0], competition=competition, team=team, form=form)
            return 0
        return send_all(
            here, board, named, competition=competition, team=team, team_from_filename=team_from_filename, form=form
        )
    finally:
        board.close()


def _send_to_class(
    here: Workspace,
    joined: ClassBoard,
    paths: Sequence[str],
    competition: str | None,
    names_team: object,
    replaces: bool,
    form: screen.Form,
) -> int:
    """Send to the class that one has joined; there the row is one's team, and files go one by one."""
    from leaderboard.commands.in_class import submit

    if names_team or form == "csv":
        raise click.UsageError("in a class the row is your team: --team, --team-from-filename and --csv need --local")
    for path in paths:
        submit(here, joined, path, competition=competition, replaces=replaces, form=form)
    return 0


def _send_one(
    here: Workspace, board: Board, path: str, *, competition: str | None, team: str | None, form: screen.Form
) -> None:
    current().kept = f"{path} was not scored. {NO_TRY}"
    try:
        sent = (send_csv if is_csv(path) else send_plugin)(here, board, path, competition=competition, team=team)
    except SystemExit:  # SIGTERM: a worker's duty is done with code 0, but whoever typed this has no score
        screen.say(f"ended from outside.  {path} waits in the queue: the next   kit submit   scores it.")
        raise SystemExit(TERMINATED_EXIT_CODE) from None
    current().kept = f"{path} was scored: it is {sent.receipt.label}."
    if form == "json":
        screen.show_json(as_json(sent))
    else:
        show_sent(sent)


def open_board(here: Workspace) -> Board:
    """The board of the workspace, by whoever brings one."""
    return cast("Board", harness().hook.open_board(workspace=here))


def is_csv(path: str) -> bool:
    """Whether `path` is meant as a file of predictions: any ending but ``.py``; a workbook is told what it is."""
    suffix = Path(path).suffix.lower()
    return is_path(path) and (suffix in ANSWER_SUFFIXES or (suffix not in ("", ".py") and Path(path).is_file()))


def send_csv(
    here: Workspace, board: Board, path: str, *, competition: str | None, team: str | None, line: LiveLine | None = None
) -> Sent:
    """Read and score a file of predictions; where a `line` shows how far it is, nothing else is said."""
    file = Path(path)
    require_file(file)
    chosen, reason = here.choose_competition(competition)
    if line is None:
        screen.say(f"{chosen} / {path}   ({reason})")
    with line or LiveLine() as shown:
        form = here.prepared(chosen, on_progress=shown.say).form()
        receipt = board.submit_csv(
            chosen,
            _read(file, form),
            name=path,
            team=board.classroom.row_of(team),
            others=lambda: _other_forms(here, chosen),
            on_progress=shown.show,
        )
    if line is None:
        columns, n = ", ".join((form.row_id_column_name, *form.columns)), len(form.row_ids)
        columns, rows = f"  columns   ok   {columns}", f"rows  ok  {n} of {n}, ids match, order ignored"
        both = f"{columns}      {rows}"
        screen.say(both if screen.fits([both]) else f"{columns}\n  {rows}")
    return _sent(here, board, receipt, reason, shown.seconds)


def send_plugin(
    here: Workspace, board: Board, path: str, *, competition: str | None, team: str | None, line: LiveLine | None = None
) -> Sent:
    """Check, run and score a plugin; where a `line` shows how far it is, nothing else is said."""
    from kit.plugin.archive import left_out, size_of_files
    from kit.plugin.check import static_checks
    from leaderboard.commands.entry import read_entry

    entry = read_entry(here, path, competition=competition)
    chosen, name, archive = entry.competition, entry.name, entry.archive
    if line is None:
        n = sum(1 for _ in static_checks(entry.found.path, kind=entry.kind, shown=name))
        screen.say(f"{chosen} / {name}   ({entry.chosen_by})")
        screen.say(f"  checked {n} of {n}    sent {screen.size(size_of_files(archive))}")
        if ignored := left_out(entry.found.path):
            screen.say(f"  left out: {', '.join(ignored)}")
        screen.say("\n".join(screen.labelled("", _protection(here), room=0)))
    with line or LiveLine() as shown:
        here.prepared(chosen, on_progress=shown.say)
        whose = board.classroom.row_of(team)
        receipt = board.submit_plugin(chosen, archive, name=name, team=whose, on_progress=shown.show)
    if line is None and not receipt.is_repeat and screen.is_terminal(sys.stderr):  # a log has had its lines
        screen.say("   ".join(["  trained   ", *learned(shown.latest), screen.duration(shown.seconds)]))
    return replace(_sent(here, board, receipt, entry.chosen_by, shown.seconds), advice=advised(entry.found.path, name))


def _sent(here: Workspace, board: Board, receipt: Receipt, reason: str, seconds: float) -> Sent:
    competition = here.competition(receipt.competition)
    metric = here.metric(receipt.competition)
    environment = here.prepared(receipt.competition).facts.task.environment if competition.kind == "agent" else None
    floor = here.baselines(receipt.competition).get("constant", {}).get("public")
    return Sent(
        receipt=receipt,
        metric=metric,
        reason=reason,
        seconds=seconds,
        usage=_usage(board, receipt),
        floor=floor,
        kind=competition.kind,
        solved_from=environment.reward_threshold if environment else None,
        printed=_printed(board, receipt),
    )


def _printed(board: Board, receipt: Receipt) -> str:
    """What the plugin printed, where that is one line: it was written to be read."""
    log = board.kept(receipt.submission_id).log_sha256
    own, _, _ = board.blobs.get(log).decode(errors="replace").partition(TRACEBACK_MARK) if log else ("", "", "")
    lines = screen.clean(own).strip().splitlines()
    return lines[0].strip() if len(lines) == 1 else ""


def _usage(board: Board, receipt: Receipt) -> dict[str, Any]:
    """What the run used, as it is kept with the submission; nothing for a file."""
    kept = board.kept(receipt.submission_id)
    if kept.run_sha256 is None:
        return {}
    usage: dict[str, Any] = json.loads(board.blobs.get(kept.run_sha256))["outcome"]["usage"]
    return usage


def require_file(file: Path) -> None:
    """Refuse what is no file that could be read."""
    try:
        is_file = stat.S_ISREG(file.stat().st_mode)
    except FileNotFoundError:
        raise UsageError(_missing(file)) from None
    except OSError as error:
        raise ParticipantVisibleError(_unreadable(file, error.strerror or str(error))) from None
    if not is_file:
        raise ParticipantVisibleError(_unreadable(file, "it is a folder" if file.is_dir() else "it is no file"))


def _read(file: Path, form: Form) -> bytes:
    """The bytes of a file, but not more than are read of an answer to so many rows."""
    from kit.submission import limit_of

    try:
        with file.open("rb") as opened:
            return opened.read(limit_of(form) + 1)
    except OSError as error:
        raise ParticipantVisibleError(_unreadable(file, error.strerror or str(error))) from None


def _missing(file: Path) -> Problem:
    folder = file.parent
    files = (
        [path.name for path in folder.glob("*") if path.suffix.lower() in ANSWER_SUFFIXES] if folder.is_dir() else []
    )
    near = nearest(file.name, files)
    fix = f"did you mean   {folder / near} ?" if near else "see how the file is called, and in which folder you are"
    if beside := seen_from_directory(file):
        fix = f"-C works in that folder: from there it is   {beside}"
    return Problem(code="E001", message=f"there is no {file}", fix=fix)


def _unreadable(file: Path, why: str) -> Problem:
    return Problem(
        code="E312", message=f"{file} can't be read: {why}", fix='a CSV file:  df.to_csv("preds.csv", index=False)'
    )


def _other_forms(here: Workspace, chosen: str) -> Iterator[Form]:
    """The forms of the other competitions whose data are here already; none is fetched to explain a mistake."""
    from kit.prepare import read_prepared

    for name in here.competitions:
        prepared = read_prepared(here.state / "prepared" / name) if name != chosen else None
        if prepared is not None:
            yield prepared.form()


def _protection(here: Workspace) -> str:
    name = here.sandbox_name
    weak = ", which protects against accidents, not malice" if name == "process" else ""
    return f"runs in the {name} sandbox{weak}"


def as_json(sent: Sent) -> dict[str, Any]:
    """Everything there is to know of a submission, under stable keys."""
    receipt = sent.receipt
    return (
        {"submission": receipt.label}
        | asdict(receipt)
        | {
            "metric": getattr(sent.metric, "name", ""),
            "chosen_by": sent.reason,
            "seconds": sent.seconds,
            "usage": sent.usage,
            "advice": [asdict(problem) for problem in sent.advice],
        }
    )


def show_sent(sent: Sent) -> None:
    """Tell what came of a submission."""
    receipt, unit = sent.receipt, sent.metric.unit
    for note in receipt.notes:
        screen.say("\n".join(screen.labelled("note", note, room=15)))
    if sent.printed:
        screen.say("\n".join(screen.labelled("printed", screen.fitted(sent.printed, PRINTED), room=15)))
    for text in advice_in_words(sent.advice, receipt.checks):
        screen.say("\n".join(screen.labelled("advice", text, room=15)))
    _show_checks(receipt)
    if receipt.score is None or receipt.interval_lo is None or receipt.interval_hi is None:
        screen.show(f"  {receipt.label} was stopped before it was scored. {NO_TRY}")
        return
    if receipt.is_late:
        screen.say("  late: it came after closing, in the grace")
    if receipt.is_after_reveal:
        screen.say("  the private ranking is open already: this counts for the public one only")
    if receipt.is_repeat:
        screen.say(f"  the same bytes as {receipt.label}: this is its score, and no further try was used")
    around = screen.interval(receipt.interval_lo, receipt.interval_hi, unit, step=receipt.step)
    shown = f"{screen.score(receipt.score, unit, step=receipt.step):<9} ({around})"
    told = f"{shown}   {_change(sent)}   {_n(sent)}"
    if receipt.is_withheld:
        told = f"no significant improvement: your best stays {' '.join(shown.split())}"
    rows = [("public score", told), ("rank", f"{receipt.rank} of {receipt.n_teams}" + _was(receipt) + _tied(receipt))]
    if sent.solved_from is not None and not receipt.is_withheld:
        rows.append(("solved", screen.solved(sent.solved_from, receipt.interval_lo, receipt.score, unit)))
    if receipt.valid_score is not None:
        honesty = "" if receipt.is_withheld else _honesty(sent)
        rows.append(("your valid", f"{screen.score(receipt.valid_score, unit):<9} {honesty}".rstrip()))
    if luck := _luck(sent):
        rows.append(("luck", luck))
    over = ": more than" if receipt.tries.used > receipt.tries.limit else " of"
    tries = f"{receipt.tries.used}{over} {receipt.tries.limit} (advice on this computer)"
    shown_tries = ("tries left", _left(receipt)) if receipt.tries.is_enforced else ("tries today", tries)
    rows += [shown_tries, ("kept as", receipt.label)]
    # Within the interval it may be luck: answers in the wrong order are a little better than a constant as often.
    floor = None if receipt.is_withheld else sent.floor
    is_luck = floor is not None and receipt.interval_lo <= floor <= receipt.interval_hi
    if floor is not None and (is_luck or not _is_better(receipt.score, floor, sent.metric)):
        same = screen.score(floor, unit)
        order = "does each answer stand beside its own id?" if is_csv(receipt.name) else "are they in the order of X?"
        why = "" if sent.kind == "agent" else f": {order}"
        what = "action" if sent.kind == "agent" else "answer"
        how = "hardly" if _is_better(receipt.score, floor, sent.metric) else "no"
        rows.insert(1, ("", f"{how} better than always the same {what} ({same}){why}"))
    screen.show("\n".join(line for label, text in rows for line in screen.labelled(label, text, room=15)))
    public = " --public" if receipt.is_after_reveal else ""  # the board alone shows the private part by now
    screen.say(f"\nNext   kit leaderboard {receipt.competition}{public}")


def _n(sent: Sent) -> str:
    return screen.count(sent.receipt.n or 0, screen.noun_of(sent.kind))


def _show_checks(receipt: Receipt) -> None:
    """What the invariances found, where one failed: told with its lesson, and scored all the same."""
    if problems := [check.problem for check in receipt.checks if check.problem is not None]:
        screen.say(f"\n{screen.error_text(PluginError(problems[0], problems))}")
        screen.say("      It was scored all the same.")


def _is_better(score: float, other: float, metric: Measure) -> bool:
    return score > other if metric.greater_is_better else score < other


def _change(sent: Sent) -> str:
    """Against the team's best so far: ``was 95.0 %, up 1.7``."""
    receipt, unit = sent.receipt, sent.metric.unit
    if receipt.previous_score is None or receipt.score is None:
        if receipt.tries.is_enforced:  # in a class, where a team goes by words that it did not choose
            return "your first score"
        return f"the first score of {receipt.team.rpartition(' / ')[2]}"
    before = screen.score(receipt.previous_score, unit, step=receipt.step)
    difference = receipt.score - receipt.previous_score
    if difference == 0:
        return f"as before, {before}"
    if (difference > 0) != sent.metric.greater_is_better:
        return f"your best stays {before}"
    way = "up" if difference > 0 else "down"
    good = "" if sent.metric.greater_is_better else " (lower is better)"
    return f"was {before}, {way} {screen.number(abs(difference), unit, step=receipt.step)}{good}"


def _left(receipt: Receipt) -> str:
    tries = receipt.tries
    total = "" if tries.left_altogether is None else f", {tries.left_altogether} altogether"
    return f"{tries.left} of {tries.limit} today{total}"


def _was(receipt: Receipt) -> str:
    moved = receipt.previous_rank is not None and receipt.previous_rank != receipt.rank
    return f" (was {receipt.previous_rank})" if moved else ""


def _tied(receipt: Receipt) -> str:
    return f", tied with ranks {receipt.rank_lo}-{receipt.rank_hi}" if receipt.n_tied else ""


def _luck(sent: Sent) -> str:
    """What so many tries do to the best of them, where that is more than the score's own uncertainty."""
    receipt, unit = sent.receipt, sent.metric.unit
    if receipt.expected_drop is None or receipt.interval_lo is None or receipt.interval_hi is None:
        return ""
    if receipt.expected_drop <= (receipt.interval_hi - receipt.interval_lo) / 4:  # about one standard error
        return ""
    points = " points" if unit == "share" else ""
    drop = f"{screen.number(receipt.expected_drop, unit, step=receipt.step)}{points}"
    different = "different " if receipt.n_different < receipt.n_tries else ""
    return f"the best of {receipt.n_different} {different}tries: in private up to {drop} worse by luck alone"


def _honesty(sent: Sent) -> str:
    """Whether the score on the validation rows told the public one: inside its interval or not."""
    receipt = sent.receipt
    assert receipt.valid_score is not None
    assert receipt.interval_lo is not None
    assert receipt.interval_hi is not None
    if receipt.interval_lo <= receipt.valid_score <= receipt.interval_hi:
        return "close to the public score"
    is_higher = receipt.valid_score > receipt.interval_hi
    if sent.kind == "agent":
        return "other episodes than the public ones, and luck: the more episodes, the nearer the two"
    outside = max(receipt.valid_score - receipt.interval_hi, receipt.interval_lo - receipt.valid_score)
    is_far = outside > receipt.interval_hi - receipt.interval_lo
    if is_higher == sent.metric.greater_is_better:
        if is_far:
            return "far better than the public score: the test rows are harder, or fit has seen valid"
        return "better than the public score: valid is a little easier than these test rows"
    return "worse than the public score: the test rows are easier, or it was luck"
