"""``kit new``: a plugin of one's own to begin with."""

from __future__ import annotations

import re

import click

from kit.cli import completion, screen
from kit.cli.entry import competition_option
from kit.cli.place import workspace
from kit.plugin.manifest import is_installed
from kit.starter import Started, new

_MAX_OTHERS = 8


@click.command()
@click.argument("name")
@competition_option(help="What it is for.")
@click.option(
    "--from", "source", metavar="PLUGIN", shell_complete=completion.plugins, help="What to copy; a starter else."
)
@screen.formats()
def command(name: str, competition: str | None, source: str | None, form: screen.Form) -> None:
    """Start the plugin NAME: a copy of one that works, to be edited."""
    started = new(workspace(), name, competition=competition, source=source)
    if form == "json":
        screen.show_json(
            {
                "plugin": started.name,
                "path": str(started.path),
                "written": [str(file) for file in started.files],
                "n_lines": started.manifest.n_lines,
                "from": started.source,
                "competition": started.competition,
                "chosen_by": started.reason,
                "others": list(started.others),
            }
        )
    else:
        _show(started)


def _show(started: Started) -> None:
    manifest = started.manifest
    title = re.split(r"(?<=\w)\. ", manifest.title.partition(": ")[2] or manifest.title)[0].rstrip(".")
    what = f"{screen.count(manifest.n_lines, 'line')}: {title[:1].lower()}{title[1:]}"
    first, *more = started.files
    rows = [("created", str(first)), ("", f"{what}   ({started.competition}, from {started.source!r})")]
    rows += [("", str(file)) for file in more]
    rows.append(("Try", f"kit run {started.name}"))
    if started.others:
        listed = [*started.others[:_MAX_OTHERS], *(["…"] if len(started.others) > _MAX_OTHERS else [])]
        rows.append(("Others", f"--from {' | '.join(listed)}"))
    screen.show("\n".join(line for label, text in rows for line in screen.labelled(label, text, room=9)))
    if missing := sorted({module for module, _, _ in manifest.imports if not is_installed(module)}):
        from kit.plugin.check import install_command

        command = install_command(missing[0])
        screen.say(f"\n  It needs {', '.join(missing)}, not installed here:   {command}")
