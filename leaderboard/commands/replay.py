"""``kit replay``: look at an episode that an agent has played, here or as a page or a picture that moves."""

from __future__ import annotations

import sys
import time
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from kit.cli import screen
from kit.cli.place import workspace
from kit.disk import disk_errors
from kit.environments.replay import KINDS, Kind
from leaderboard.commands.runs import labels
from leaderboard.commands.submit import open_board

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leaderboard.replays import Kept, Shown

_HEIGHT = 14  # lines of a picture
_PICTURES = 4  # of an episode, where nothing moves
_REFRESH_S = 1 / 20
_GAP = 3
_TITLES: dict[Kind, str] = {
    "best": "the best {part} episode",
    "median": "the median {part} episode",
    "worst": "the worst {part} episode",
    "shared": "the first {part} episode, which every agent plays",
}


@click.command()
@click.argument("label", metavar="[SUBMISSION|RUN]", required=False, shell_complete=labels)
@click.option(
    "--episode", "kind", type=click.Choice(KINDS), help="Which one; the best, or with --beside the shared one."
)
@click.option("--beside", metavar="SUBMISSION|RUN", help="Another agent in the same episode, beside it.")
@click.option("--speed", type=click.FloatRange(0.01, 100), default=1.0, show_default=True, help="Times its own pace.")
@click.option("--html", type=click.Path(dir_okay=False), help="Write a page that plays all of them, by itself.")
@click.option("--gif", type=click.Path(dir_okay=False), help="Write a picture that moves.")
@click.option("--webp", type=click.Path(dir_okay=False), help="The same, smaller.")
@screen.formats(csv=True)
def command(
    label: str | None,
    kind: str | None,
    beside: str | None,
    speed: float,
    html: str | None,
    gif: str | None,
    webp: str | None,
    form: screen.Form,
) -> None:
    """Show an episode of an agent: of SUBMISSION (s7) or RUN (r6), or of the newest of them.

    In a terminal it moves; elsewhere some steps of it are drawn.
    """
    from leaderboard.replays import beside as beside_it
    from leaderboard.replays import shown

    if beside and (gif or webp):
        raise click.UsageError("--beside is for the terminal and for --html")
    chosen = cast(Kind, kind or ("shared" if beside else "best"))
    one, other = _found(label, beside)
    together = [shown(one, chosen)]
    if other is not None:
        together.append(beside_it(other, together[0]))
    files = [*([_page(html, one, other, chosen)] if html else []), *_pictures(together[0], gif, webp, speed)]
    if form == "json":
        screen.show_json([as_json(shown) for shown in together] if other else as_json(together[0]))
    elif form == "csv":
        screen.show_csv(rows(together[0]), list(rows(together[0])[0]))
    elif files:
        screen.show("\n".join([heading(together[0]), *files]))
    elif screen.is_terminal(sys.stdout):
        _play(together, speed)
    else:
        screen.show("\n".join(lines(together)))


def _found(label: str | None, beside: str | None) -> tuple[Kept, Kept | None]:
    from leaderboard.replays import kept, newest
    from leaderboard.runs import Runs

    here = workspace()
    board, runs = open_board(here), Runs.of(here)
    try:
        one = newest(board, runs, here.competitions) if label is None else kept(board, runs, label)
        return one, kept(board, runs, beside) if beside else None
    finally:
        board.close()


def heading(shown: Shown) -> str:
    """``r6   cartpole / gym_agent   the best valid episode: 500 steps, return 500.0``."""
    kept, episode = shown.kept, shown.episode
    which = _TITLES[episode.kind].format(part=kept.part)
    steps = screen.count(len(episode.actions), "step")
    total = screen.score(episode.total, "value")
    return f"{kept.label}   {kept.competition} / {kept.name}   {which}: {steps}, return {total}"


def lines(together: Sequence[Shown]) -> list[str]:
    """Some pictures of an episode, from its first to its last, one below the other."""
    from leaderboard.drawing.film import some

    n = max(len(shown.scene.frames) for shown in together)
    text = [heading(shown) for shown in together]
    for place in some(n, _PICTURES):
        text += ["", *_frame(together, place)]
    label = together[0].kept.label
    return [*text, "", *screen.described([(f"kit replay {label} --html {label}.html", "a page that plays it")])]


def _frame(together: Sequence[Shown], place: int) -> list[str]:
    """One moment: the pictures side by side, and below each what was done."""
    from leaderboard.drawing.dots import drawn

    room = (screen.width() - 2 - _GAP * (len(together) - 1)) // len(together)
    blocks = []
    for shown in together:
        at = min(place, len(shown.scene.frames) - 1)
        block = drawn(shown.scene, at, width=min(room, 64), height=_HEIGHT)
        blocks.append([*block, *_said(shown, at, room)])
    width = max(screen.cells_of(line) for line in blocks[0])
    return [
        f"  {_gap.join((one.ljust(width), *others))}".rstrip() for one, *others in zip_longest(*blocks, fillvalue="")
    ]


_gap = " " * _GAP


def _said(shown: Shown, at: int, room: int) -> list[str]:
    did = f", {shown.did[at - 1]}" if at else ""
    said = f"{shown.kept.label} step {at} of {len(shown.scene.frames) - 1}{did}   return {shown.film.written[at]}"
    return [screen.fitted(said, room)]


def _play(together: Sequence[Shown], speed: float) -> None:
    """Show every moment in its time; Ctrl-C goes to the end."""
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    screen.show("\n".join(map(heading, together)))
    n, pace = max(len(shown.scene.frames) for shown in together), together[0].scene.pace * speed
    began, place = time.monotonic(), 0
    with Live(console=Console(), auto_refresh=False) as live:
        try:
            while place < n - 1:
                live.update(Text("\n".join(_frame(together, place))), refresh=True)
                time.sleep(max(_REFRESH_S, 1 / pace))
                place = int((time.monotonic() - began) * pace)
        except KeyboardInterrupt:
            pass
        live.update(Text("\n".join(_frame(together, n - 1))), refresh=True)


def _page(path: str, one: Kept, other: Kept | None, first: Kind) -> str:
    """Write the page, and say so: all episodes of one agent, or the shared one of two."""
    from leaderboard.drawing.film import Reel, film_page
    from leaderboard.replays import beside, shown

    kinds = [first, *(kind for kind in KINDS if kind != first and other is None)]
    reels = []
    for kind in kinds:
        alone = shown(one, kind)
        together = [alone, *([beside(other, alone)] if other else [])]
        title = f"{_TITLES[kind].format(part=one.part)}, return {screen.score(alone.episode.total, 'value')}"
        reels.append(Reel(title=title.removeprefix("the "), films=tuple(shown.film for shown in together)))
    names = " beside ".join(f"{kept.label} {kept.name}" for kept in (one, other) if kept)
    page = film_page(f"{one.competition}: {names}", reels)
    return _written("page", path, page.encode(), "open it in a browser; it needs nothing else")


def _pictures(shown: Shown, gif: str | None, webp: str | None, speed: float) -> list[str]:
    from leaderboard.drawing.animation import animation

    written = [_written("picture", gif, animation(shown.scene, "GIF", speed=speed), "")] if gif else []
    return [*written, *([_written("picture", webp, animation(shown.scene, "WEBP", speed=speed), "")] if webp else [])]


def _written(what: str, path: str, data: bytes, why: str) -> str:
    file = Path(path)
    with disk_errors(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return f"  {what:<9}{screen.clean(path)}   {screen.size(len(data))}   {why}".rstrip()


def rows(shown: Shown) -> list[dict[str, Any]]:
    """The steps as CSV shows them; the first row is what was seen before the first of them."""
    did, rewards = ["", *shown.did], ["", *shown.episode.rewards.tolist()]
    return [
        {"step": place, "action": did[place], "reward": rewards[place], "return": total}
        | dict(zip(shown.scene.columns, numbers, strict=True))
        for place, (total, numbers) in enumerate(zip(shown.totals, shown.scene.numbers.tolist(), strict=True))
    ]


def as_json(shown: Shown) -> dict[str, Any]:
    """An episode under stable keys. Its seed is not among them: submissions are scored on it."""
    kept, episode = shown.kept, shown.episode
    return {
        "of": kept.label,
        "competition": kept.competition,
        "name": kept.name,
        "part": kept.part,
        "episode": episode.kind,
        "environment": kept.replay.environment.id,
        "steps": len(episode.actions),
        "return": episode.total,
        "actions": episode.actions.tolist(),
        "rewards": episode.rewards.tolist(),
        "columns": list(shown.scene.columns),
        "seen": shown.scene.numbers.tolist(),
    }
