"""``kit compare``: which of two is better, how sure that is, and where their answers differ."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from kit.cli import screen
from kit.cli.place import workspace
from leaderboard.commands.submit import open_board

if TYPE_CHECKING:
    from kit.metrics.base import Metric
    from leaderboard.comparison import Changed, Compared, PartCompared

COLUMNS = ("id", "truth", "first", "second", "right")
_SHOWN = 10
_ROOM = 10


@click.command()
@click.argument("first")
@click.argument("second")
@click.option("--all", "shows_all", is_flag=True, help=f"Every row that changed, not the first {_SHOWN}.")
@screen.formats(csv=True)
def command(first: str, second: str, shows_all: bool, form: screen.Form) -> None:
    """Say which of two submissions (s7 s9), or of your own runs (r6), is better, and how sure that is.

    Of the public part only scores and counts are shown. The rows that are listed are validation rows, whose answers
    everybody has; --csv lists them all.
    """
    here = workspace()
    board = open_board(here)
    try:
        compared = board.examination.compare(first, second)
    finally:
        board.close()
    if form == "json":
        screen.show_json(asdict(compared))
    elif form == "csv":
        screen.show_csv([asdict(row) for row in compared.changed], COLUMNS)
    else:
        competition = here.competition(compared.competition)
        noun = screen.noun_of(competition.kind)
        text = lines(compared, here.metric(compared.competition), noun=noun, shows_all=shows_all)
        screen.show("\n".join(text))


def lines(compared: Compared, metric: Metric, *, noun: str = "row", shows_all: bool = False) -> list[str]:
    """Two submissions, or runs, side by side as text."""
    first, second = compared.first, compared.second
    heading = f"{compared.competition}   {first.label} {first.name}   against   {second.label} {second.name}"
    rows = []
    for label, part, why in (
        ("public", compared.public, compared.why_no_public),
        ("valid", compared.valid, compared.why_no_valid),
    ):
        told = [f"not compared: {why}"] if part is None else _part(compared, part, metric, noun)
        rows += [(label if place == 0 else "", text) for place, text in enumerate(told)]
    text = [line for label, words in rows for line in screen.labelled(label, words, room=_ROOM)]
    changed = _changed(compared, noun, shows_all=shows_all) if compared.changed or compared.valid else []
    return ["\n".join(screen.labelled("", heading, room=0, indent=0)), *text, *changed]


def _part(compared: Compared, part: PartCompared, metric: Metric, noun: str) -> list[str]:
    """``96.7 % against 95.8 %, 240 images``, then who is better and how sure that is."""
    first, second = (screen.score(value, metric.unit, step=part.step) for value in (part.first, part.second))
    told = [f"{first} against {second}, {screen.count(part.n, noun)}   {_better(compared, part)}"]
    if part is compared.public and (part.n_first_alone or part.n_second_alone):  # of the others the rows are listed
        alone = screen.count(part.n_first_alone or 0, noun)
        told.append(
            f"only {compared.first.label} got {alone} right, only {compared.second.label} {part.n_second_alone}"
        )
    return told


def _better(compared: Compared, part: PartCompared) -> str:
    if part.n_first_alone == part.n_second_alone == 0:
        return "no difference: the same are right"
    if part.kind != "unclear":
        better = compared.first if part.kind == "better" else compared.second
        return f"{part.sure} {better.label} is better".lstrip()
    return "no clear difference" + {"": "", "perhaps": ": a hint, no more"}.get(part.sure, ": it may well be luck")


def _changed(compared: Compared, noun: str, *, shows_all: bool) -> list[str]:
    """The validation rows that are answered differently, in a table."""
    rows = compared.changed
    if not rows:
        return screen.labelled("changed", f"no answer to a validation {noun}", room=_ROOM)
    right = Counter(row.right for row in rows)
    words = screen.count(len(rows), f"answer to a validation {noun}", f"answers to validation {noun}s")
    if right["first"] + right["second"] + right["neither"]:
        first, second = compared.first.label, compared.second.label
        words += f": {right['first']} right in {first} only, {right['second']} in {second} only"
        words += f", {right['neither']} in neither" if right["neither"] else ""
    shown = rows if shows_all else rows[:_SHOWN]
    left = len(rows) - len(shown)
    more = [f"  … and {left} more: --all"] if left else []
    return [*screen.labelled("changed", words, room=_ROOM), *_table(compared, shown), *more]


def _table(compared: Compared, rows: tuple[Changed, ...]) -> list[str]:
    head = ["id", "truth", compared.first.label, compared.second.label, "right"]
    table = [head, *([row.id, row.truth, row.first, row.second, _who(compared, row)] for row in rows)]
    note = screen.labelled("", "probability that each gave to the true class", room=_ROOM) if compared.of_truth else []
    return [*note, *screen.grid(table, gap=3, indent=2 + _ROOM, shrinks={0: 8, 2: 6, 3: 6, 1: 6})]


def _who(compared: Compared, row: Changed) -> str:
    """Who has it right."""
    return {"first": compared.first.label, "second": compared.second.label}.get(row.right, "")
