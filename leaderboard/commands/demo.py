"""``kit demo``: three models and one CSV compete in a workspace of their own."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import click

from kit.cli import screen
from kit.cli.invocation import current
from kit.cli.progress import LiveLine, learned
from kit.plugin.built_in import BUNDLED
from kit.source.homes import cache_home
from kit.workspace import STARTER, Workspace
from leaderboard.board import Board
from leaderboard.commands.leaderboard import lines
from leaderboard.commands.submit import Sent, open_board, send_csv, send_plugin
from leaderboard.plain_standings import as_json

COMPETITION = "digits"
PLUGINS = ("logistic", "mlp", "cnn")
CSV = "neighbours.csv"
NEIGHBOURS = """\
import pandas as pd
from sklearn.neighbors import KNeighborsClassifier
train, test = pd.read_csv("data/digits/train.csv"), pd.read_csv("data/digits/test.csv")
model = KNeighborsClassifier(5).fit(train.filter(like="pixel"), train["label"])
test.assign(label=model.predict(test.filter(like="pixel")))[["id", "label"]].to_csv("neighbours.csv", index=False)
"""


@click.command()
@screen.formats()
def command(form: screen.Form) -> None:
    """Let three models and one CSV compete in "digits", here and now, and show the leaderboard."""
    folder = _fresh_folder(cache_home())
    shown = _with_tilde(folder)
    here = f"{current().prefix(directory=shown)}"
    current().kept = f"What was scored until now is kept:  {here} leaderboard {COMPETITION}"
    plugins = PLUGINS if find_spec("torch") else PLUGINS[:1]
    n = f"{len(plugins)} models" if len(plugins) > 1 else "one model"
    screen.say(f'kit demo: {n} and one CSV compete in "{COMPETITION}".  Workspace: {shown} (nothing else is touched)\n')
    _fill(folder, plugins)
    with contextlib.chdir(folder):
        workspace = Workspace.find(folder, environ={})
        board = open_board(workspace)
        try:
            _compete(workspace, board, plugins)
            _show_board(workspace, board, here, form)
        finally:
            board.close()
    if len(plugins) < len(PLUGINS):
        _tell_what_adds_torch()
    screen.say(f"Next   {_next()}")


def _fresh_folder(home: Path) -> Path:
    """``demo-1``, ``demo-2``, …: the first that nobody has."""
    home.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        folder = home / f"demo-{number}"
        try:
            folder.mkdir()
        except FileExistsError:
            number += 1
        else:
            return folder


def _with_tilde(folder: Path) -> str:
    """`folder` with ``~`` for the home folder, as shells expand it."""
    home = Path.home()
    return (
        f"~/{folder.relative_to(home).as_posix()}" if os.name != "nt" and folder.is_relative_to(home) else str(folder)
    )


def _fill(folder: Path, plugins: tuple[str, ...]) -> None:
    """A workspace with copies of what is submitted, so that every line that is printed can be typed in it."""
    (folder / "kit.toml").write_text(f'title = "The demo"\ncompetition = "{COMPETITION}"\n', encoding="utf-8")
    for name in plugins:
        source = BUNDLED / "plugins" / name
        shutil.copytree(source, folder / "plugins" / name, ignore=shutil.ignore_patterns("__pycache__"))


def _compete(workspace: Workspace, board: Board, plugins: tuple[str, ...]) -> None:
    n = len(plugins) + 1
    for number, name in enumerate(plugins, start=1):
        path = f"plugins/{name}"
        start = f"  {number}/{n}  kit submit {path:<20}"
        line = LiveLine(start)
        sent = send_plugin(workspace, board, path, competition=COMPETITION, team=None, line=line)
        screen.say("   ".join([start + _result(sent), *learned(line.latest)]))
    _write_csv(workspace)
    sent = send_csv(workspace, board, CSV, competition=COMPETITION, team=None, line=LiveLine())
    start = f"  {n}/{n}  kit submit {CSV:<20}"
    screen.say(f"{start}{_result(sent)}   5 nearest neighbours, made here from the public data:")
    screen.say("\n".join(f"           {line}" for line in NEIGHBOURS.splitlines()))


def _result(sent: Sent) -> str:
    assert sent.receipt.score is not None
    score = screen.score(sent.receipt.score, sent.metric.unit, step=sent.receipt.step)
    return f"{screen.duration(sent.seconds):>7}   public {score}"


def _write_csv(workspace: Workspace) -> None:
    """The five lines that are printed, run as they stand, by the Python that runs us."""
    from kit.public_files import write_public_files

    write_public_files(workspace.prepared(COMPETITION), Path("data") / COMPETITION, as_csv=True)
    subprocess.run([sys.executable, "-c", NEIGHBOURS], check=True)  # noqa: S603 - our own five lines


def _show_board(workspace: Workspace, board: Board, here: str, form: screen.Form) -> None:
    competition = workspace.competition(COMPETITION)
    metric, public = workspace.metric(COMPETITION), board.standings(COMPETITION)
    if form == "json":
        screen.show_json(as_json(COMPETITION, competition, metric, public, None) | {"workspace": str(workspace.root)})
        return
    text = lines(COMPETITION, competition, metric, public, None, now=board.store.clock())
    screen.say()
    screen.show("\n".join(text))
    screen.say(f"\n  {here} reveal {COMPETITION}   shows the private part")


def _tell_what_adds_torch() -> None:
    from kit.plugin.check import install_command

    screen.say(f"  mlp and cnn need torch, which is not installed here:   {install_command('torch')}   adds it")


def _next() -> str:
    starter = Path("plugins") / STARTER
    if not find_spec("torch") and Workspace.find(current().start).has_file:  # the starter is a network
        return f"kit new my_net --from {PLUGINS[0]} -c {COMPETITION}        start a plugin of your own"
    if (current().start / starter).is_dir():
        return f"kit submit {starter.as_posix()}        send the starter, see your rank; then edit it"
    if Workspace.find(current().start).has_file:
        return "kit new my_net        start a plugin of your own"
    return "kit init my-class        a workspace of your own, with a starter to edit"
