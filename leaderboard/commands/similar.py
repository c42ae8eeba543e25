"""``kit similar``: teams whose answers are the same, or nearly. For the host to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from hashlib import sha256
from typing import TYPE_CHECKING

import click

from kit.cli import completion, screen
from kit.cli.place import workspace
from leaderboard.commands.submit import open_board

if TYPE_CHECKING:
    from leaderboard.likeness import Alike

COLUMNS = (
    "first_team", "second_team", "kind", "likeness", "first", "second", "first_name", "second_name", "n_pairs",
)  # fmt: skip
_WHAT = {"file": "the same file", "exact": "every answer is the same"}


@click.command()
@click.argument("name", shell_complete=completion.competitions)
@screen.formats(csv=True)
def command(name: str, form: screen.Form) -> None:
    """List teams of NAME whose submissions are the same, or nearly: two to look at, never a verdict.

    Unchanged plugins that come with the kit are left out, and so are two submissions of one team.
    """
    here = workspace()
    chosen, _ = here.choose_competition(name)
    board = open_board(here)
    try:
        pairs = board.examination.similar(chosen, handed_out=_handed_out())
        n_teams = len({row.team for row in board.submissions(chosen) if row.state == "scored"})
    finally:
        board.close()
    if form == "json":
        screen.show_json([asdict(pair) for pair in pairs])
    elif form == "csv":
        screen.show_csv([asdict(pair) for pair in pairs], COLUMNS)
    else:
        screen.show("\n".join(lines(chosen, pairs, n_teams)))


def _handed_out() -> frozenset[str]:
    """sha256 of the plugins that come with the kit, packed as a submission is."""
    from kit.plugin import built_in
    from kit.plugin.archive import pack

    return frozenset(sha256(pack(path)).hexdigest() for path in built_in.register_models().values())


def lines(name: str, pairs: Sequence[Alike], n_teams: int) -> list[str]:
    """The pairs as text."""
    teams = screen.count(n_teams, "team")
    if not pairs:
        return [f"{name}   {teams}: no two have the same answers, or nearly."]
    what = "this pair" if len(pairs) == 1 else f"these {len(pairs)} pairs"
    heading = f"{name}   {teams}. Look at {what}: there may be a good reason, such as a shared start."
    table = [["teams", "", "what is alike", "compare"]]
    for pair in pairs:
        also = f", in {pair.n_pairs} pairs" if pair.n_pairs > 1 else ""
        told = _WHAT.get(pair.kind, f"nearly the same order, {100 * pair.likeness:.0f} % alike") + also
        table.append([pair.first_team, pair.second_team, told, f"{pair.first} {pair.second}"])
    shrinks = {2: 18, 0: 8, 1: 8}
    first = pairs[0]
    step = [(f"kit compare {first.first} {first.second}", "what differs between the two")]
    grid = screen.grid(table, gap=3, shrinks=shrinks)
    return ["\n".join(screen.labelled("", heading, room=0, indent=0)), *grid, "", *screen.described(step)]
