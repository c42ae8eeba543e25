"""``kit`` alone: where one is, and what can be typed next."""

from __future__ import annotations

import re
from typing import Any

from kit import __version__
from kit.cli import screen
from kit.cli.place import class_board
from kit.errors import KitError
from kit.plugin.manager import harness
from kit.workspace import Workspace

# Commands that are not registered (a leaner installation) are left out, so that every printed line can be typed.
_COMMANDS = (
    ("demo", "", "see it work, in a minute"),
    ("competitions", "", "what you can enter"),
    ("info", "NAME", "data, metric, rules"),
    ("data", "NAME", "the files, for a notebook"),
    ("new", "NAME", "start a plugin"),
    ("check", "PATH", "will it be accepted?"),
    ("run", "NAME", "train and score here"),
    ("runs", "", "what you ran so far"),
    ("submit", "PATH", "send it, get a rank"),
    ("leaderboard", "", "who is where"),
    ("plugins", "", "the models there are"),
    ("explain", "CODE", "what an error means"),
    ("doctor", "", "what is installed and set"),
    ("join", "URL", "join your teacher's class"),
)
_LABEL = 8


def show_start(*, as_json: bool = False) -> None:
    """Print the start screen."""
    if as_json:
        screen.show_json(_told())
        return
    screen.show(f"kit {__version__}   learn by competing\n")
    of_host = _of_host()
    you = screen.labelled("You", _who(is_host=bool(of_host)), room=_LABEL)
    screen.show("\n".join([*you, *_next(), "", *_listed(of_host or _of_entrant())]))
    last = ["  All commands:  kit --help"]
    if not of_host:
        wide = [screen.typed("  Teaching?  kit init my-class           All commands: kit --help")]
        last = wide if screen.fits(wide) else ["  Teaching?      kit init my-class", *last]
    screen.show("\n" + "\n".join(last))


def _told() -> dict[str, Any]:
    """The same as values: the version, the class that one is in, the workspace, and the next command."""
    here, board = Workspace.find(), class_board()
    step = harness().hook.next_step(workspace=here)
    command, words = _parted(step or "")
    return {
        "version": __version__,
        "class": None if board is None else _membership(board.membership),
        "workspace": str(here.root),
        "next": {"command": screen.typed(command), "words": words} if step is not None else None,
    }


def _membership(joined: Any) -> dict[str, str]:
    return {"title": joined.class_title, "url": joined.url, "you": joined.name, "team": joined.team_name}


def _parted(step: str) -> tuple[str, str]:
    """The command of a step, and what it is for."""
    command, words = [*re.split(r"\s{2,}", step, maxsplit=1), ""][:2]
    return command, words


def _who(*, is_host: bool) -> str:
    """Where one is: in a class, or not."""
    if is_host:
        return "the host of this workspace's class"
    try:
        board = class_board()
    except KitError as error:
        return str(error)
    if board is None:
        return "in no class as a student: everything below works on this computer alone"
    return f"in the {board.heading}"


def _next() -> list[str]:
    """The line that says what to type now; none where nobody knows."""
    try:
        step = harness().hook.next_step(workspace=Workspace.find())
    except (KitError, OSError) as error:  # `kit` alone is what one types when something is wrong
        return screen.labelled("Next", f"kit doctor      {error}", room=_LABEL)
    if step is None:
        return []
    command, words = _parted(step)
    line = f"{'  Next':<{_LABEL + 2}}{screen.typed(command)}      {words}"
    if screen.fits([line]):
        return [line]
    return [f"{'  Next':<{_LABEL + 2}}{screen.typed(command)}", *screen.labelled("", words, room=_LABEL)]


def _of_host() -> dict[str, str]:
    """What a host types, and what for; nothing where one hosts no class."""
    try:
        return harness().hook.host_commands(workspace=Workspace.find()) or {}
    except (KitError, OSError):  # the next step is `kit doctor`, and says why
        return {}


def _of_entrant() -> dict[str, str]:
    known = harness().catalogue("register_commands")
    return {f"kit {name} {arg}".rstrip(): words for name, arg, words in _COMMANDS if name in known}


def _listed(commands: dict[str, str]) -> list[str]:
    """The commands in two columns, or in one where that is too wide."""
    rows = [(screen.typed(command), words) for command, words in commands.items()]
    half = (len(rows) + 1) // 2
    right = [*rows[half:], *[("", "")] * (2 * half - len(rows))]
    columns = screen.grid([(*a, *b) for a, b in zip(rows[:half], right, strict=True)], gap=4)
    return columns if screen.fits(columns) else screen.described(rows)
