"""What commands do for somebody who has joined a class: the same words, with what its server says."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit.cli import screen
from kit.cli.invocation import current
from kit.cli.place import begin_in_class
from kit.cli.progress import LiveLine
from kit.errors import Problem, RefusedError, UsageError
from kit.job import Progress
from kit.workspace import Workspace, answers_stem

if TYPE_CHECKING:
    from leaderboard.client.remote import Answer, ClassBoard, Entered
    from leaderboard.standings import Standing

_MAX_BYTES = 128 << 20
_ROOM = 15


def submit(
    here: Workspace,
    board: ClassBoard,
    path: str,
    *,
    competition: str | None,
    replaces: bool,
    form: screen.Form,
) -> None:
    """Send a file or a plugin to the class, and show what comes of it."""
    from leaderboard.commands.submit import is_csv

    begin_in_class(board)
    entered, name, data, kind = (
        _answers(board, path, competition) if is_csv(path) else _plugin(here, board, path, competition)
    )
    current().kept = f"{path} is in the outbox, if the class has not answered: the next kit command sends it."
    with LiveLine() as line:

        def on_state(words: str, progress: Progress | None) -> None:
            current().kept = f"{path} is in the class's queue: it is scored there, whatever happens here."
            line.say(words) if progress is None else line.show(progress)

        line.say(f"sending {screen.size(len(data))}")
        answer = board.submit(entered.name, data, name=name, kind=kind, replaces=replaces, on_state=on_state)
    current().kept = f"{path} was scored: it is {answer.label}."
    if form == "json":
        screen.show_json(_as_json(answer))
    else:
        _show(board, entered, answer, line.seconds)


def _answers(board: ClassBoard, path: str, competition: str | None) -> tuple[Entered, str, bytes, Any]:
    from leaderboard.commands.submit import require_file

    file = Path(path)
    require_file(file)
    chosen, reason = board.choose((competition, "-c"))
    screen.say(f"{chosen} / {path}   ({reason})")
    with file.open("rb") as opened:
        data = opened.read(_MAX_BYTES + 1)
    if len(data) > _MAX_BYTES:
        message = f"{path} is larger than {_MAX_BYTES >> 20} MiB"
        raise UsageError(Problem(code="E311", message=message, fix="send the answers alone"))
    stem = answers_stem(path)
    return board.competition(chosen), file.name if stem else path, data, "csv"


def _plugin(here: Workspace, board: ClassBoard, path: str, competition: str | None) -> tuple[Entered, str, bytes, Any]:
    from kit.plugin.archive import left_out, pack, size_of_files
    from kit.plugin.check import require_static, static_checks
    from kit.plugin.manifest import examine

    found = here.model(path)
    manifest, _ = examine(found.path)
    own = manifest.competition if manifest else None
    chosen, reason = board.choose((competition, "-c"), (own, "the plugin's COMPETITION"))
    entered = board.competition(chosen)
    if not entered.takes_code:
        message = f"{chosen} takes files of answers in this class, no plugins"
        fix = f"kit data {chosen}      answer its rows in a file, then   kit submit answers.csv"
        raise RefusedError(Problem(code="E406", message=message, fix=fix))
    require_static(found.path, kind=entered.kind, shown=path)
    archive = pack(found.path)
    n = sum(1 for _ in static_checks(found.path, kind=entered.kind, shown=path))
    screen.say(f"{chosen} / {path}   ({reason})")
    screen.say(f"  checked {n} of {n}    {screen.size(size_of_files(archive))} to send")
    if ignored := left_out(found.path):
        screen.say(f"  left out: {', '.join(ignored)}")
    return entered, found.name, archive, "plugin"


def _as_json(answer: Answer) -> dict[str, Any]:
    receipt = asdict(answer.receipt) if answer.receipt else {}
    return {"submission": answer.label} | receipt | {"state": answer.state, "usage": answer.usage}


def _show(board: ClassBoard, entered: Entered, answer: Answer, seconds: float) -> None:
    from leaderboard.commands.submit import Sent, show_sent

    if answer.receipt is None:
        screen.say(f"  {answer.label} is {answer.state}")
        return
    sent = Sent(
        receipt=answer.receipt,
        metric=entered,
        reason="",
        seconds=seconds,
        usage=answer.usage,
        floor=None,
        kind=entered.kind,
        solved_from=answer.solved_from,
    )
    show_sent(sent)
    screen.say(f"       {board.membership.url}/s/{answer.label}")


def standings(
    board: ClassBoard,
    name: str | None,
    *,
    shows_all: bool,
    wants_private: bool,
    wants_public: bool,
    form: screen.Form,
) -> None:
    """Show who is where in a competition of the class."""
    from leaderboard.commands.leaderboard import lines
    from leaderboard.plain_standings import COLUMNS

    begin_in_class(board)
    chosen, _ = board.choose((name, "named"))
    entered, told = board.competition(chosen), board.standings(chosen)
    if wants_private and told["private"] is None:
        message = f"the private ranking of {chosen} is not open yet"
        raise RefusedError(Problem(code="E402", message=message, fix="your teacher opens it"))
    private = None if wants_public else told["private"]
    if form == "json":
        screen.show_json(told)
    elif form == "csv":
        screen.show_csv(told["public"] if private is None else private, COLUMNS)
    else:
        text = lines(
            chosen,
            entered,
            entered,
            _standings(told["public"]),
            None if private is None else _standings(private),
            now=told["now"],
            shows_all=shows_all,
            is_revealed=told["revealed"],
            is_cut=told.get("is_cut", False),
            line=told.get("solved_from"),
        )
        screen.show("\n".join(text))
        if told["own"]:
            screen.say(f"  you are {told['own']}      {board.membership.url}/c/{chosen}")


def _standings(rows: list[dict[str, Any]]) -> tuple[Standing, ...]:
    from leaderboard.standings import Standing

    fields = [name for name in Standing.__slots__ if name in rows[0]] if rows else []
    return tuple(
        Standing(
            **({key: row[key] for key in fields} | {"team": f"{row['who']} (you)" if row["is_you"] else row["who"]})
        )
        for row in rows
    )


def select(board: ClassBoard, labels: list[int], name: str | None, *, changes: bool, form: screen.Form) -> None:
    """Choose which of one's submissions count, or show what is chosen."""
    begin_in_class(board)
    chosen, _ = board.choose((name, "-c"))
    if changes:
        board.select(chosen, labels)
    rows = [row for row in board.submissions(chosen) if row["is_selected"]]
    if form == "json":
        screen.show_json({"competition": chosen, "selected": [row["submission"] for row in rows]})
    elif rows:
        screen.show(f"{chosen}   chosen for the private ranking: {', '.join(row['submission'] for row in rows)}")
    else:
        screen.show(f"{chosen}   none is chosen: the best public ones count for the private ranking")
