"""The command line: a group whose commands the harness names, and the one boundary that turns errors into words.

Nothing of weight is imported before a command asks for it: ``kit --help`` is click, pluggy and the standard library.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import click

from kit import __version__
from kit.cli.invocation import Invocation, begin, current
from kit.disk import FULL, disk_problem
from kit.errors import KitError, Problem, StorageError, UsageError, nearest
from kit.plugin.manager import Registered, harness, resolve

if TYPE_CHECKING:
    from types import FrameType

    from click.shell_completion import CompletionItem

BUG_EXIT_CODE = 1
IMPATIENCE_S = 5.0
"""Seconds after Ctrl-C in which another one is the same wish."""


class Commands(click.Group):
    """A group of commands that are registered by name, import string and one line of help."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature, here and below
        """Names, for help and for completion in the shell."""
        return list(_catalogue())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command, imported now."""
        registered = _catalogue().get(cmd_name)
        if registered is None:
            return None
        command = resolve(registered.value[0])
        assert isinstance(command, click.Command), f"{registered.value[0]} of {registered.origin} is no click command"
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant, or E001 with the nearest name."""
        # click suggests from `self.commands`, which is empty in a group that loads lazily.
        if ctx.resilient_parsing or args[0].startswith("-") or args[0] in _catalogue():
            return super().resolve_command(ctx, args)
        near = nearest(args[0], _catalogue())
        fix = f"did you mean   kit {near} ?" if near else "kit --help   lists the commands"
        raise UsageError(Problem(code="E001", message=f"there is no command {args[0]!r}", fix=fix))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list of commands in ``kit --help``."""
        # Not click's own: it would import every command for its one line of help.
        with formatter.section("Commands"):
            formatter.write_dl([(name, registered.value[1]) for name, registered in _catalogue().items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Commands and options that begin like this; not click's own, which imports every command too."""
        from click.shell_completion import CompletionItem

        named = [(name, known.value[1]) for name, known in _catalogue().items() if name.startswith(incomplete)]
        return [CompletionItem(name, help=words) for name, words in named] + click.Command.shell_complete(
            self, ctx, incomplete
        )


def _catalogue() -> Mapping[str, Registered]:
    return harness().catalogue("register_commands")


@click.group(
    cls=Commands,
    invoke_without_command=True,
    epilog="Every error has a code:  kit explain E301  has the lesson.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="kit", message="%(prog)s %(version)s")
@click.option("-C", "directory", metavar="DIR", help="Work in DIR, as if kit had been started there.")
@click.option("--traceback", is_flag=True, help="Show where an error was raised.")
@click.option("--json", "as_json", is_flag=True, help="Without a command: where you are and what is next, as JSON.")
@click.pass_context
def group(ctx: click.Context, directory: str | None, traceback: bool, as_json: bool) -> None:
    """Machine-learning competitions for a class, on this computer."""
    invocation = current()
    invocation.directory, invocation.shows_traceback = directory, traceback
    if directory:
        _enter(ctx, directory)
    if ctx.invoked_subcommand is None:
        from kit.cli.start import show_start

        show_start(as_json=as_json)
    elif as_json:
        message = f"--json stands behind the command:   kit {ctx.invoked_subcommand} --json"
        raise click.UsageError(message)


def _enter(ctx: click.Context, directory: str) -> None:
    try:
        ctx.with_resource(contextlib.chdir(os.path.expanduser(directory)))  # noqa: PTH111 - raises for no unknown user
    except OSError as error:
        current().directory = None  # or the advice below would repeat it
        message = f"-C {directory} is no folder that can be entered: {error.strerror}"
        raise UsageError(Problem(code="E002", message=message, fix="-C with a folder that exists")) from None


def main() -> NoReturn:
    """Run the command line and exit."""
    code = run(sys.argv[1:], hears=(signal.SIGINT, signal.SIGTERM))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # while Python ends, a late one would change the exit code
    sys.exit(code)


def run(arguments: Sequence[str], *, hears: Sequence[signal.Signals] = ()) -> int:
    """The boundary: run a command line, say every error in words, return the exit code.

    A process that is nothing but this command line `hears` signals: from here on they end it in words.
    """
    invocation = begin(Invocation())
    try:
        for number in hears:
            signal.signal(number, _end)
        code = _run_group(list(arguments))
        sys.stdout.flush()
    except BrokenPipeError:
        return _reader_left()
    except (KeyboardInterrupt, click.Abort):
        return _interrupted(invocation)
    except Exception as error:  # noqa: BLE001 - the one boundary
        return _explain(error, invocation)
    return code


def _run_group(arguments: list[str]) -> int:
    try:
        result: Any = group.main(arguments, prog_name="kit", standalone_mode=False)
    except SystemExit as left:  # click's answer to a closed pipe, and the end of shell completion
        return left.code if isinstance(left.code, int) else 0
    return result if isinstance(result, int) else 0


def _explain(error: Exception, invocation: Invocation) -> int:
    from kit.cli import screen
    from kit.cli.completion import is_asked

    if is_asked():  # the shell would write it into the line that is being typed
        return BUG_EXIT_CODE
    mapped = _mapped(error)
    if invocation.shows_traceback:
        screen.say(_traceback(error))
    if mapped is None:
        screen.say(_bug(error, invocation))
        return BUG_EXIT_CODE
    screen.say(screen.error_text(mapped))
    if invocation.after_error and mapped.exit_code in (3, 4):
        screen.say(f"      {invocation.after_error}")
    return mapped.exit_code


def _traceback(error: Exception) -> str:
    """Where `error` was raised; of a plugin's, where its own code and the libraries were, which is its note."""
    from kit.cli import screen

    if notes := getattr(error, "__notes__", ()):
        return screen.clean("\n".join(notes))
    import traceback

    return "".join(traceback.format_exception(error)).rstrip()


def _mapped(error: Exception) -> KitError | None:
    """`error` as one of ours; None where it is a bug."""
    if isinstance(error, KitError):
        return error
    if isinstance(error, click.ClickException):
        return _command_line(error)
    if isinstance(error, OSError):
        return _system(error)
    return None


def _command_line(error: click.ClickException) -> UsageError:
    message = error.format_message().rstrip(".")
    message = message[:1].lower() + message[1:]
    message = message.removeprefix("invalid value for ")  # click's words; what is expected stands behind them
    context = error.ctx if isinstance(error, click.UsageError) else None
    words = context.command_path if context else "kit"
    fix = f"{words} --help   shows how"
    if isinstance(error, click.NoSuchOption) and context and any("--set" in p.opts for p in context.command.params):
        fix = f"--set {error.option_name.lstrip('-')}=VALUE   for what fit takes;   {fix}"
        message = message.partition(". Did you mean")[0]  # one of our own options was not meant
    return UsageError(Problem(code="E002", message=f"{words}: {message}", fix=fix))


def _system(error: OSError) -> StorageError | None:
    """Disks that are full and files that may not be touched, where nobody nearer has said so."""
    if error.errno in FULL and not error.filename:  # Python does not say which one: mostly what stdout leads to
        fix = "make room, then type the same command again"
        return StorageError(Problem(code="E703", message="what is written does not fit on its disk", fix=fix))
    of_disk = (*FULL, errno.EACCES, errno.EPERM, errno.EROFS, errno.EISDIR, errno.ENOTDIR, errno.EIO)
    return StorageError(disk_problem(error, "a file")) if error.errno in of_disk else None


def _bug(error: Exception, invocation: Invocation) -> str:
    said = str(error).strip().splitlines()[:1]
    lines = [f"This is a mistake in the kit, not yours: {': '.join([type(error).__name__, *said])}"]
    if not invocation.shows_traceback:
        prefix = invocation.prefix()
        lines.append(
            f"      See   {prefix} --traceback COMMAND   shows where it happened; please report it with that text"
        )
    return "\n".join(lines)


def _end(number: int, _frame: FrameType | None) -> None:
    """End as Ctrl-C does: what is held is kept and temporary folders are removed. Only the exit code differs.

    Who presses it twice means it once: the second one would disturb what the first one keeps.
    """
    invocation, now = current(), time.monotonic()
    if number != invocation.ended_by or now - invocation.ended_at > IMPATIENCE_S:
        invocation.ended_by, invocation.ended_at = number, now
        raise KeyboardInterrupt


def _interrupted(invocation: Invocation) -> int:
    from kit.cli import screen

    screen.say(f"stopped.  {invocation.kept or 'Nothing was changed.'}")
    return 128 + invocation.ended_by  # what shells expect: 130 for Ctrl-C


def _reader_left() -> int:
    # What is still buffered has no reader; without this Python reports the closed pipe once more while it exits.
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
