"""One typing of ``kit``: from where, what its reader has to type to call it again, and what is kept if it stops now."""

from __future__ import annotations

import math
import os
import re
import shlex
import shutil
import signal
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

_PROJECT = Path(__file__).resolve().parents[2]  # the checkout, where this is one


@dataclass(slots=True, kw_only=True)
class Invocation:
    """What the boundary and the screens have to know of this run of the command line.

    Parameters
    ----------
    start
        The folder in which it was typed.
    directory
        What ``-C`` said, as typed.
    shows_traceback
        Whether ``--traceback`` was given.
    kept
        What to say after Ctrl-C: set by commands while they hold something.
    after_error
        A last line for an error that stops this command: "This did not use one of your tries."
    ended_by
        The signal that a ``KeyboardInterrupt`` stands for.
    ended_at
        When it came, by the monotonic clock.
    """

    start: Path = field(default_factory=Path.cwd)
    directory: str | None = None
    shows_traceback: bool = False
    kept: str = ""
    after_error: str = ""
    ended_by: int = signal.SIGINT
    ended_at: float = -math.inf
    _program: str = ""

    def prefix(self, *, directory: str | None = None) -> str:
        """The words before a command's name: ``kit``, ``uv run kit -C demo-1``, ``.venv/bin/kit``."""
        self._program = self._program or program(self.start, os.environ)
        directory = directory or self.directory
        return f"{self._program} -C {_typed_folder(directory)}" if directory else self._program

    def named(self, text: str) -> str:
        """`text` with every ``kit COMMAND`` in it as this person can type it.

        Other modules write commands plainly; only here is known how this kit is called.
        """
        prefix = self.prefix()
        return text if prefix == "kit" else _mentions().sub(lambda _: f"{prefix} ", text)


_current: ContextVar[Invocation] = ContextVar("invocation")


def current() -> Invocation:
    """The invocation that the boundary started; one of its own where there is no boundary (tests, notebooks)."""
    try:
        return _current.get()
    except LookupError:
        return begin(Invocation())


def seen_from_directory(file: Path) -> str:
    """How a file is written that lies where ``kit -C DIR`` was typed and not in DIR; empty where there is none."""
    invocation = current()
    beside = invocation.start / file
    return os.path.relpath(beside) if invocation.directory and beside.exists() else ""


def begin(invocation: Invocation) -> Invocation:
    """Make `invocation` the current one."""
    _current.set(invocation)
    return invocation


def program(start: Path, environ: Mapping[str, str]) -> str:
    """How this kit is called from a shell that stands in `start`.

    ``uv run`` puts the environment first on the PATH of its child only: what `shutil.which` finds there is not what
    the person's own shell would find.
    """
    script = _script()
    in_checkout = (_PROJECT / "pyproject.toml").is_file() and start.resolve().is_relative_to(_PROJECT)
    through_uv = "UV_RUN_RECURSION_DEPTH" in environ
    on_path = shutil.which("kit", path=environ.get("PATH"))
    if not through_uv and on_path and script and script.samefile(on_path):
        return "kit"
    uv = _uv(start, environ)
    if in_checkout and uv:
        # Without the default groups there is no torch; "uv run kit" alone would begin to download it.
        return f"{uv} run kit" if find_spec("torch") else f"{uv} run --no-default-groups kit"
    return _from(start, script) if script else f"{shlex.quote(sys.executable)} -m kit"


def _script() -> Path | None:
    """The script of the running kit, beside its Python or as it was called."""
    suffix = ".exe" if os.name == "nt" else ""
    beside = Path(sys.executable).with_name(f"kit{suffix}")
    called = Path(sys.argv[0]) if sys.argv and Path(sys.argv[0]).stem == "kit" else None
    return next((path for path in (called, beside) if path and path.is_file()), None)


def _uv(start: Path, environ: Mapping[str, str]) -> str | None:
    """``uv`` where the person's own PATH has it; the path of the one that runs us where not (``.venv/bin/uv``)."""
    ours = Path(sys.executable).parent
    outside = [entry for entry in environ.get("PATH", "").split(os.pathsep) if Path(entry) != ours]
    if shutil.which("uv", path=os.pathsep.join(outside)):
        return "uv"
    running = environ.get("UV")
    return _from(start, Path(running)) if running and Path(running).is_file() else None


def _typed_folder(folder: str) -> str:
    """`folder` as it is typed; in quotes a shell would take ``~`` for a name."""
    home, slash, rest = folder.partition("/")
    return f"~/{shlex.quote(rest)}" if home == "~" and slash and rest else shlex.quote(folder)


def _from(start: Path, path: Path) -> str:
    """`path` as it is typed in `start`."""
    path = path.absolute()
    return shlex.quote(str(path.relative_to(start) if path.is_relative_to(start) else path))


def _mentions() -> re.Pattern[str]:
    from kit.plugin.manager import harness

    # What stands behind "run", "groups" or "-m" has its prefix already.
    names = "|".join(re.escape(registered.name) for registered in harness().registrations("register_commands"))
    return re.compile(
        rf"(?<!the )(?<!run )(?<!groups )(?<!-m )(?<![\w./-])kit (?=(?:{names}|--help)\b)" if names else r"(?!)"
    )
