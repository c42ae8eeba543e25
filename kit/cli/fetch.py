"""``kit fetch``: pretrained weights, which are here, and how the others come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from kit.cli import completion, screen
from kit.cli.place import workspace
from kit.cli.progress import LiveLine
from kit.errors import DataError, Problem, UsageError, nearest
from kit.source.homes import data_home
from kit.source.weights import FOLDER, Kept, download, find, target
from kit.weights import Weights, known, preferred, weights

COLUMNS = (
    "name", "is_here", "path", "can_be_fetched", "architecture", "file", "size_mib", "sha256", "licence", "source",
    "input_size", "n_features",
)  # fmt: skip


@click.command()
@click.argument("what", required=False, type=click.Choice([FOLDER]))
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=completion.weights)
@screen.formats(csv=True)
def command(what: str | None, names: tuple[str, ...], form: screen.Form) -> None:  # noqa: ARG001 - there is one kind
    """Get pretrained weights: kit fetch weights NAME. Without a name, list which ones are here."""
    own = workspace().own_weights
    if names:
        rows = [_fetched(_chosen(name, own), own) for name in dict.fromkeys(names)]
    else:
        rows = [_row(_chosen(name, own), find(name, own)) for name in preferred((*known(), *own))]
    if form == "json":
        screen.show_json(rows)
    elif form == "csv":
        screen.show_csv(rows, COLUMNS)
    elif names:
        for row in rows:
            screen.show(f"{row['name']} is here   {row['path']}")
    else:
        _show(rows)


def _chosen(name: str, own: Mapping[str, str]) -> Weights:
    found = weights(name)
    if found is None or (name not in known() and name not in own):
        near = nearest(name, [*known(), *own])
        fix = f"did you mean   kit fetch weights {near} ?" if near else f"known: {', '.join(known())}"
        raise UsageError(Problem(code="E001", message=f"there are no weights {name!r}", fix=fix))
    return found


def _fetched(wanted: Weights, own: Mapping[str, str]) -> dict[str, Any]:
    """The weights with the file that they are in now.

    Raises
    ------
    DataError
        E506 if nobody knows an address; E501, E502, E503 if the file can't be downloaded.
    """
    kept = find(wanted.name, own)
    if kept is None and not wanted.urls:
        raise DataError(_by_hand(wanted, own.get(wanted.name, "")))
    if kept is None:
        with LiveLine() as line:
            download(wanted, on_progress=line.say)
        kept = find(wanted.name, own)
    return _row(wanted, kept)


def _by_hand(wanted: Weights, named: str) -> Problem:
    message = f"the pretrained weights {wanted.name!r} are not on this computer"
    if not wanted.file:
        return Problem(code="E506", message=message, where=named, fix="mend the path in   [weights]   of kit.toml")
    home = data_home()
    places = [str(folder) for folder in (target(), *([home / FOLDER] if home else []))]
    return Problem(
        code="E506",
        message=message,
        where=f"{wanted.file}   {wanted.size_mib:.1f} MiB, sha256 {wanted.sha256}",
        why=f"There is no address to download this file from. It is: {wanted.source}.",
        fix="put the file into   " + "\nor into   ".join(places),
    )


def _row(known_as: Weights, kept: Kept | None) -> dict[str, Any]:
    row = {name: getattr(known_as, name, None) for name in COLUMNS}
    return row | {
        "is_here": kept is not None,
        "path": str(kept.path) if kept else None,
        "can_be_fetched": bool(known_as.urls),
    }


def _show(rows: list[dict[str, Any]]) -> None:
    table = [("weights", "here", "size", "input", "from")]
    for row in rows:
        size = f"{row['size_mib']:.1f} MiB" if row["size_mib"] else "-"
        side = f"{row['input_size']}x{row['input_size']}"
        table.append((row["name"], "yes" if row["is_here"] else "no", size, side, row["source"]))
    screen.show("\n".join(screen.grid(table, right={2}, gap=2, shrinks={4: 12, 0: 12})))
    missing = [row["name"] for row in rows if not row["is_here"] and row["can_be_fetched"]]
    screen.show(f"\n  kit fetch weights {missing[0] if missing else rows[0]['name']}     gets a file that is missing")
