"""Completion in the shell: what can be typed next, and ``kit completion``, which prints what a shell has to know.

Asked for at every press of the tab key: nothing of weight is imported, and what goes wrong completes nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem, get_completion_class

from kit.cli import screen
from kit.errors import KitError

if TYPE_CHECKING:
    from kit.workspace import Workspace

VARIABLE = "_KIT_COMPLETE"  # click's name for the program "kit"
SHELLS = ("bash", "zsh", "fish")
_PLAIN = re.compile(r"\w[\w.+-]*")
_START_FILES = {
    "bash": ("~/.bashrc", 'eval "$(kit completion bash)"'),
    "zsh": ("~/.zshrc", 'eval "$(kit completion zsh)"   below the line with compinit'),
    "fish": ("~/.config/fish/completions/kit.fish", "kit completion fish | source"),
}


@click.command()
@click.argument("shell", type=click.Choice(SHELLS), required=False)
def command(shell: str | None) -> None:
    """Print what makes SHELL complete kit's commands, names and files; without SHELL, how to install it."""
    if shell is None:
        screen.show("Add one line to the file that your shell reads when it starts, then open a new terminal:\n")
        for name, (file, line) in _START_FILES.items():
            screen.show("\n".join([*screen.labelled(name, file, room=7), *screen.labelled("", line, room=11)]))
        screen.show(
            "\n" + screen.filled("It completes   kit   where that is found by its name: in an activated environment.")
        )
        return
    found = get_completion_class(shell)
    group = click.get_current_context().find_root().command
    assert found is not None
    # Our own words for stdout: the text is code, and no command in it is to be renamed.
    click.echo(found(group, {}, "kit", VARIABLE).source())


def is_asked() -> bool:
    """Whether a shell runs this process to learn what can be typed next."""
    return VARIABLE in os.environ


def competitions(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    """Names of competitions."""
    here = workspace_of(ctx)
    return beginning(incomplete, here.competitions) if here else []


def plugins(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    """Names of plugins; files and folders where the word has a slash."""
    return _names_or_files(ctx, incomplete, endings=())


def submittable(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    """Names of plugins, files of answers in this folder, and any file where the word has a slash."""
    from kit.workspace import ANSWER_SUFFIXES

    return _names_or_files(ctx, incomplete, endings=ANSWER_SUFFIXES)


def codes(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    """Error codes with what they stand for."""
    from kit.cli.explain import titles

    return [CompletionItem(c, help=title) for c, title in titles().items() if c.startswith(incomplete.upper())]


def metrics(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    """Names of metrics."""
    from kit.plugin.manager import harness

    return beginning(incomplete, harness().catalogue("register_metrics"))


def weights(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    """Names of pretrained weights."""
    from kit.weights import known

    return beginning(incomplete, known())


def workspace_of(ctx: click.Context) -> Workspace | None:
    """The workspace, by ``-C`` where that was typed; None where there is something to fix."""
    from kit.workspace import Workspace

    try:
        found = Workspace.find(_folder(ctx))
        found.competitions, found.models  # noqa: B018 - found now, so that what is wrong is known here
    except (KitError, OSError):
        return None
    return found


def _folder(ctx: click.Context) -> Path:
    """Where the command will work."""
    return Path(ctx.find_root().params.get("directory") or ".")


def _names_or_files(ctx: click.Context, incomplete: str, *, endings: tuple[str, ...]) -> list[CompletionItem]:
    if "/" in incomplete or os.sep in incomplete:
        return [CompletionItem(incomplete, type="file")]
    here = workspace_of(ctx)
    names = list(here.models) if here else []
    names += sorted(file.name for file in _folder(ctx).glob("*") if file.suffix.lower() in endings)
    # Shells look for files themselves where nothing that we name begins like this.
    return beginning(incomplete, names) or [CompletionItem(incomplete, type="file")]


def beginning(incomplete: str, names: Iterable[str]) -> list[CompletionItem]:
    """Those of `names` that begin with what was typed, and that mean nothing else to a shell.

    bash types what it is given as it stands: a folder called ``a$(rm b)`` would be a command at the next Enter. Files
    it quotes when it finds them itself.
    """
    return [CompletionItem(name) for name in names if name.startswith(incomplete) and _PLAIN.fullmatch(name)]
