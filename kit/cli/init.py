"""``kit init``: a workspace of one's own."""

from __future__ import annotations

from pathlib import Path

import click

from kit import workspace
from kit.cli import screen
from kit.cli.invocation import current
from kit.plugin.manager import harness


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--title", metavar="TEXT", help="How the class is called; the folder's name by default.")
@screen.formats()
def command(folder: Path, title: str | None, form: screen.Form) -> None:
    """Make DIR a workspace: a kit.toml, and a starter plugin to edit."""
    written = workspace.init(folder, title=title)
    if form == "json":
        screen.show_json({"workspace": str(folder.resolve()), "written": [str(path) for path in written]})
        return
    for path in written:
        screen.show(f"  wrote  {path}")
    inside = Path(current().directory or ".") / folder
    prefix = current().prefix(directory=None if inside == Path() else str(inside))
    screen.show(
        f"\nNext   {prefix} submit plugins/{workspace.STARTER}        send the starter, see your rank; then edit it"
    )
    if "serve" in harness().catalogue("register_commands"):
        screen.show(f"\nTeaching?  {prefix} roster add FILE\n     then  {prefix} serve")
