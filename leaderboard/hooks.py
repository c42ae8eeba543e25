"""What the board registers with the kit, through the same hooks that a stranger has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.plugin.spec import hookimpl

if TYPE_CHECKING:
    from kit.workspace import Workspace
    from leaderboard.board import Board
    from leaderboard.client.remote import ClassBoard


@hookimpl
def register_commands() -> dict[str, tuple[str, str]]:
    return {
        "demo": ("leaderboard.commands.demo:command", "three models and one CSV compete, here and now"),
        "run": ("leaderboard.commands.run:command", "train a plugin and score it here"),
        "runs": ("leaderboard.commands.runs:command", "what you tried, with curves and verdicts"),
        "sweep": ("leaderboard.commands.sweep:command", "which setting is best, and how sure"),
        "lr": ("leaderboard.commands.lr:command", "which learning rate to begin with"),
        "curve": ("leaderboard.commands.curve:command", "would more data help?"),
        "submit": ("leaderboard.commands.submit:command", "send a plugin or a CSV, get a rank"),
        "leaderboard": ("leaderboard.commands.leaderboard:command", "who is where"),
        "compare": ("leaderboard.commands.compare:command", "which of two is better, and how sure"),
        "similar": ("leaderboard.commands.similar:command", "teams with the same answers, to look at"),
        "verify": ("leaderboard.commands.verify:command", "run a submission again: the same answers?"),
        "reveal": ("leaderboard.commands.reveal:command", "open the private ranking"),
        "roster": ("leaderboard.commands.roster:command", "who is in the class"),
        "open": ("leaderboard.commands.schedule:open_command", "open a competition for the class"),
        "close": ("leaderboard.commands.schedule:close_command", "close it, now or at a time"),
        "freeze": ("leaderboard.commands.schedule:freeze_command", "let its board stand still"),
        "extend": ("leaderboard.commands.schedule:extend_command", "more time or tries for one team"),
        "select": ("leaderboard.commands.select:command", "which submissions count in private"),
        "export": ("leaderboard.commands.export:command", "standings and grades as files"),
        "audit": ("leaderboard.commands.schedule:audit_command", "what was changed, by whom and when"),
        "replay": ("leaderboard.commands.replay:command", "watch an agent play"),
        "serve": ("leaderboard.commands.serve:command", "the class board, for everyone in the room"),
        "join": ("leaderboard.commands.join:join_command", "join your teacher's class"),
        "leave": ("leaderboard.commands.join:leave_command", "be in no class"),
        "worker": ("leaderboard.commands.worker:command", "do what waits in the queue"),
    }


@hookimpl
def open_board(workspace: Workspace) -> Board:
    from leaderboard.board import Board

    return Board.of(workspace)


@hookimpl
def class_board() -> ClassBoard | None:
    from leaderboard.client.membership import read_membership

    membership = read_membership()
    if membership is None:
        return None
    from kit.cli import screen
    from leaderboard.client.remote import ClassBoard

    return ClassBoard(membership, on_wait=lambda: screen.say("  waiting for the class …"))


@hookimpl
def next_step(workspace: Workspace) -> str | None:
    from leaderboard.next_step import next_step

    return next_step(workspace)


@hookimpl
def host_commands(workspace: Workspace) -> dict[str, str] | None:
    from leaderboard.host_step import host_commands

    return host_commands(workspace)
