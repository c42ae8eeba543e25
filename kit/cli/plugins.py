"""``kit plugins``: the models there are, read without running them."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable
from functools import cache
from typing import Any

import click

from kit.cli import screen
from kit.cli.place import workspace
from kit.errors import PluginError
from kit.plugin.manager import harness
from kit.plugin.manifest import is_installed, read_manifest
from kit.workspace import Found

COLUMNS = ("name", "title", "tasks", "params", "missing", "level", "provider", "path", "shadows", "problem")


@click.command()
@screen.formats(csv=True)
def command(form: screen.Form) -> None:
    """List the model plugins of this workspace, of installed packages, and those that come with the kit."""
    is_there = cache(is_installed)  # two hundred plugins import the same ten packages
    here = workspace()
    gc.disable()  # a syntax tree has no cycles, and to look for them takes a tenth of the time
    rows = [_row(found, is_there) for found in here.models.values()]
    gc.enable()
    broken = [{"name": item.name, "error": item.error} for item in harness().broken]
    if form == "json":
        screen.show_json({"plugins": rows, "broken_entry_points": broken})
    elif form == "csv":
        screen.show_csv(
            [row | {key: " ".join(row[key]) for key in ("tasks", "missing", "shadows")} for row in rows], COLUMNS
        )
    else:
        _show(rows, broken)


def _row(found: Found, is_there: Callable[[str], bool]) -> dict[str, Any]:
    """One plugin as plain values; a broken one is a row too, with what is wrong."""
    row: dict[str, Any] = dict.fromkeys(COLUMNS) | {
        "name": found.name,
        "tasks": [],
        "params": {},
        "missing": [],
        "level": found.level,
        "provider": found.provider,
        "path": str(found.path),
        "shadows": [str(path) for path in found.shadows],
    }
    try:
        manifest = read_manifest(found.path)
    except PluginError as error:
        return row | {"problem": str(error)}
    return row | {
        "title": manifest.title,
        "tasks": list(manifest.tasks),
        "params": manifest.params,
        "missing": sorted({name for name, _, _ in manifest.imports if not is_there(name)}),
    }


def _show(rows: list[dict[str, Any]], broken: list[dict[str, str]]) -> None:
    table = [("name", "what it is", "for", "from")]
    for row in rows:
        what = f"can't be used: {row['problem']}" if row["problem"] else re.split(r"[.:] ", row["title"])[0]
        if row["missing"]:
            what += f"   (needs {', '.join(row['missing'])}, not installed here)"
        table.append((row["name"], what, _kinds(row["tasks"]), _origin(row)))
    screen.show("\n".join(screen.grid(table, gap=3, shrinks={1: 10, 3: 10, 0: 10})))
    for row in rows:
        for path in row["shadows"]:
            screen.show(f"\n  {row['name']} hides another one of this name: {path}")
    for item in broken:
        screen.show(f"\n  broken entry point {item['name']}: {item['error']}")
    if rows:
        hint = [(f"kit submit {rows[0]['name']}", "send one, see its rank")]
        screen.show("\n" + "\n".join(screen.described(hint)))


def _kinds(tasks: list[str]) -> str:
    """``image-classification`` and ``tabular-classification`` as ``images, tables``."""
    if not tasks:
        return "any"
    words = {"image": "images", "tabular": "tables", "text": "text", "multilabel": "labels", "agent": "agents"}
    return ", ".join(dict.fromkeys(words.get(task.partition("-")[0], task) for task in tasks))


def _origin(row: dict[str, Any]) -> str:
    return {"workspace": "this workspace", "bundled": "the kit"}.get(row["level"]) or str(row["provider"])
