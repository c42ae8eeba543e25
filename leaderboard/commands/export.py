"""``kit export``: standings and grades as files for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kit.cli import completion, screen
from kit.cli.place import workspace
from kit.disk import disk_errors
from kit.errors import Problem, UsageError
from leaderboard.commands.submit import open_board
from leaderboard.grades import FORMATS
from leaderboard.plain_standings import COLUMNS, as_json, names_of, plain
from leaderboard.views import HOST

if TYPE_CHECKING:
    from kit.workspace import Workspace
    from leaderboard.grades.book import Gradebook
    from leaderboard.grades.exported import Exported

_COMPETITION = click.option(
    "-c", "--competition", "name", metavar="NAME", help="Which one.", shell_complete=completion.competitions
)
_OUT = click.option(
    "-o", "--out", type=click.Path(path_type=Path), metavar="FILE", help="Where to, by default a file of this folder."
)
_FORCE = click.option("--force", is_flag=True, help="Write over a file that is there.")


@click.group()
def command() -> None:
    """Write standings or grades into files for a spreadsheet or a learning platform."""


@command.command("standings")
@_COMPETITION
@_OUT
@_FORCE
@screen.formats(csv=True)
def standings(name: str | None, out: Path | None, force: bool, form: screen.Form) -> None:
    """Write who is where, with real names: the private ranking once it is revealed, else the public one."""
    here = workspace()
    chosen, _ = here.choose_competition(name)
    competition, metric = here.competition(chosen), here.metric(chosen)
    board = open_board(here)
    try:
        names = names_of(board)
        public = board.standings(chosen, viewer=HOST)
        is_revealed = board.is_revealed(chosen)
        private = board.standings(chosen, "private", viewer=HOST) if is_revealed else None
    finally:
        board.close()
    if form == "json":
        screen.show_json(as_json(chosen, competition, metric, public, private, names=names))
        return
    rows = plain(public if private is None else private, "public" if private is None else "private", names)
    if form == "csv":
        screen.show_csv(rows, COLUMNS)
        return
    from leaderboard.grades.exported import table

    file = out or Path(f"standings-{chosen}.csv")
    _write(file, table(rows, COLUMNS), force=force)
    which = "public" if private is None else "private"
    screen.show(f"{file}   {screen.count(len(rows), 'row')} of the {which} ranking")


@command.command("grades")
@_COMPETITION
@click.option("--format", "kind", type=click.Choice(FORMATS), default="plain", show_default=True, help="For whom.")
@click.option("--rule", metavar="RULE", help="From scores to points; by default 60@baseline 100@reference.")
@click.option(
    "--template", type=click.Path(path_type=Path), metavar="FILE", help="The platform's own file, to fill in."
)
@click.option("--column", metavar="TITLE", help="How the column of grades is called there.")
@click.option("--late-penalty", type=click.FloatRange(0, 100), default=0.0, metavar="PERCENT", help="Off for lateness.")
@click.option("--provisional", is_flag=True, help="Before the reveal: grade the public scores.")
@click.option("--practice", is_flag=True, help="Grade a competition whose answers are public.")
@_OUT
@_FORCE
@screen.formats()
def grades(
    name: str | None,
    kind: str,
    rule: str | None,
    template: Path | None,
    column: str | None,
    late_penalty: float,
    provisional: bool,
    practice: bool,
    out: Path | None,
    force: bool,
    form: screen.Form,
) -> None:
    """Write the grades of the class. Whoever has no submission is left blank, never 0.

    RULE is points at scores, straight lines between them: "60@baseline 100@98%". A mark is a score, baseline,
    reference, best, median, or what the host has handed in: 100@my_cnn. "steps 50@90% 100@95%" has no lines between,
    "rank 100 50" goes by the place.
    """
    from leaderboard.grades.book import gradebook
    from leaderboard.grades.forms import filled
    from leaderboard.grades.tables import as_json as grades_json

    here = workspace()
    chosen, _ = here.choose_competition(name)
    board = open_board(here)
    try:
        book = gradebook(
            board,
            here,
            chosen,
            rule=rule,
            is_provisional=provisional,
            allows_practice=practice,
            late_penalty=late_penalty / 100,
        )
    finally:
        board.close()
    if form == "json":
        screen.show_json(_plain_json(book))
        return
    exported = filled(kind, book, template=_read(template), column=column)
    file = out or Path(f"grades-{chosen}-{kind}.csv")
    _write(file, exported.content, force=force)
    if kind == "plain":
        with disk_errors(file):
            file.with_suffix(".json").write_bytes(grades_json(book))
    _show(here, book, exported, file, has_json=kind == "plain")


def _plain_json(book: Gradebook) -> object:
    import json

    from leaderboard.grades.tables import as_json

    return json.loads(as_json(book))


def _read(template: Path | None) -> bytes | None:
    if template is None:
        return None
    if not template.is_file():
        raise UsageError(Problem(code="E001", message=f"there is no {template}", fix="see how the file is called"))
    with disk_errors(template):
        return template.read_bytes()


def _write(file: Path, content: bytes, *, force: bool) -> None:
    if file.exists() and not force:
        fix = "--force   writes over it;   -o FILE   writes elsewhere"
        raise UsageError(Problem(code="E008", message=f"{file} is there already", fix=fix))
    with disk_errors(file):
        file.write_bytes(content)


def _show(here: Workspace, book: Gradebook, exported: Exported, file: Path, *, has_json: bool) -> None:
    from leaderboard.grades.forms import rule_words

    n, without = len(book.grades), book.without
    rows = [
        ("", f"{screen.count(n, 'student')}   {n - len(without)} with a grade   {len(without)} without (blank, not 0)")
    ]
    if without:
        rows.append(("without", ", ".join(without)))
    rows.append(("rule", rule_words(book, here.metric(book.competition).unit)))
    if book.part == "public":
        rows.append(("", "PROVISIONAL: the private ranking is not open yet, and will differ"))
    rows += [("note", note) for note in exported.notes]
    also = f" and {file.with_suffix('.json').name}" if has_json else ""
    column = f'   column "{exported.column}"' if exported.column else ""
    rows.append(("wrote", f"{file}{also}{column}"))
    screen.show(f"{book.competition}")
    screen.show("\n".join(line for label, text in rows for line in screen.labelled(label, text, room=9)))
