from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, TypeAlias

import pytest

from kit.errors import RefusedError
from kit.metrics.accuracy import accuracy
from leaderboard.board import Board
from leaderboard.commands.leaderboard import lines
from leaderboard.roster import RosterRow
from leaderboard.statistics.selection import ShakeUp
from leaderboard.store.base import Part, Submission
from leaderboard.views import ANYBODY, HOST, Viewer, shown_to

Send: TypeAlias = Callable[..., Submission]


@pytest.fixture
def board(tiny: ModuleType, tmp_path: Path) -> Iterator[Board]:
    """A class of Ada, Ben and Cy, with the board of the tiny competition."""
    opened: Board = tiny.open_board(tmp_path)
    opened.classroom.add([RosterRow(line=n, name=name) for n, name in enumerate(("Ada", "Ben", "Cy"))])
    yield opened
    opened.close()


@pytest.fixture
def send(board: Board, tiny: ModuleType, tmp_path: Path) -> Send:
    prepared = tiny.tiny_prepared(tmp_path)

    def send(who: str, n_right: int, **more: Any) -> Submission:
        team = who if " / " in who else board.classroom.team(who).handle
        data = tiny.answers(prepared, 0, n_right=n_right)
        receipt = board.submit_csv("tiny", data, name=f"{n_right}.csv", team=team, **more)
        return board.store.submission(receipt.submission_id)

    return send


def teams(board: Board, viewer: Viewer = ANYBODY, part: Part = "public") -> list[str]:
    names = board.classroom.names(real=True)
    return [names.get(row.team, row.team) for row in board.standings("tiny", part, viewer=viewer)]


def test_rows_of_the_class_are_ranked_and_the_hosts_stand_between_them(board: Board, send: Send) -> None:
    send("Ada", 50)
    send("you / baseline", 40)
    send("Ben", 30)
    rows = board.standings("tiny")
    assert teams(board) == ["Ada", "you / baseline", "Ben"]
    assert [(row.rank, row.is_ranked) for row in rows] == [(1, True), (2, False), (2, True)]


def test_the_hosts_own_rows_are_never_refused(board: Board, send: Send) -> None:
    board.classroom.change("tiny", "close", closes=board.store.clock())
    send("you / baseline", 40)
    with pytest.raises(RefusedError, match="E401"):
        send("Ada", 40)


def test_a_refused_submission_leaves_nothing(board: Board, send: Send) -> None:
    board.classroom.change("tiny", "close", closes=board.store.clock())
    before = board.store.next_number()
    with pytest.raises(RefusedError):
        send("Ada", 40)
    assert (board.submissions("tiny"), board.store.next_number()) == ((), before + 1)
    assert not any((board._state / "objects").rglob("*/*"))


def test_tries_are_counted_and_the_same_bytes_use_none(board: Board, send: Send) -> None:
    board.classroom.change("tiny", "quota", team=board.classroom.team("Ada").handle, per_day=2)
    first = send("Ada", 10)
    send("Ada", 20)
    assert board.tries("tiny", first.team).left == 0
    with pytest.raises(RefusedError, match="E403"):
        send("Ada", 30)
    assert send("Ada", 10).id == first.id
    assert board.tries("tiny", board.classroom.team("Ben").handle).left == 10


def test_what_comes_in_the_grace_is_late(board: Board, send: Send) -> None:
    board.classroom.change("tiny", "close", closes=board.store.clock(), grace_s=60.0)
    assert send("Ada", 40).is_late


def test_an_extension_is_for_one_team(board: Board, send: Send) -> None:
    now = board.store.clock()
    board.classroom.change("tiny", "close", closes=now)
    board.classroom.change("tiny", "extend", team=board.classroom.team("Ada").handle, closes=now + 60, why="ill")
    assert not send("Ada", 40).is_late
    with pytest.raises(RefusedError, match="E401"):
        send("Ben", 40)


def test_a_frozen_board_stands_still_for_others_and_shows_ones_own(board: Board, send: Send) -> None:
    send("Ada", 30)
    send("Ben", 20)
    board.classroom.change("tiny", "freeze", freezes=board.store.clock())
    send("Ben", 50)
    send("Cy", 55)
    ben = Viewer(team=board.classroom.team("Ben").handle)
    assert teams(board) == ["Ada", "Ben"]
    assert teams(board, ben) == ["Ben", "Ada"]
    assert teams(board, HOST) == ["Cy", "Ben", "Ada"]
    assert len(board.told("tiny")) == 2
    board.classroom.change("tiny", "unfreeze", freezes=None)
    assert teams(board) == ["Cy", "Ben", "Ada"]


def test_who_submits_to_a_frozen_board_learns_nothing_of_the_others(
    board: Board, tiny: ModuleType, tmp_path: Path, send: Send
) -> None:
    send("Ada", 30)
    board.classroom.change("tiny", "freeze", freezes=board.store.clock())
    send("Cy", 55)
    handle = board.classroom.team("Ben").handle
    data = tiny.answers(tiny.tiny_prepared(tmp_path), 0, n_right=50)
    receipt = board.submit_csv("tiny", data, name="b.csv", team=handle)
    assert (receipt.rank, receipt.n_teams) == (1, 2)


def test_the_private_ranking_opens_at_its_time_and_once(board: Board, send: Send) -> None:
    send("Ada", 30)
    at = board.store.clock() + 3600
    board.classroom.change("tiny", "schedule-reveal", reveals=at)
    with pytest.raises(RefusedError, match="E402"):
        board.standings("tiny", "private")
    board.classroom.change("tiny", "schedule-reveal", reveals=at - 7200)
    assert [board.revealed_at("tiny") for _ in range(2)] == [at - 7200] * 2
    assert [event.actor for event in board.store.events(action="reveal", about="tiny")] == ["schedule"]


def test_how_far_teams_moved_is_told_without_the_hosts_rows(tiny: ModuleType, board: Board, send: Send) -> None:
    for who, n_right in (("Ada", 50), ("Ben", 40), ("you / baseline", 45), ("you / reference", 30)):
        send(who, n_right)
    board.reveal("tiny")
    shaken = ShakeUp(observed=0.5, predicted=0.25)  # shares of two teams
    public, private = board.standings("tiny"), board.standings("tiny", "private")
    told = lines("tiny", tiny.TINY, accuracy(), public, private, now=0.0, shake_up=shaken)
    assert "teams moved 1.0 places on average; the luck of the rows alone would move them 0.5" in " ".join(told)


def test_the_submissions_that_a_team_chose_count_in_private(board: Board, send: Send) -> None:
    poor, good = send("Ada", 10), send("Ada", 50)
    board.classroom.select("tiny", poor.team, [poor.id], actor="host")
    with pytest.raises(RefusedError, match="E405"):
        board.classroom.select("tiny", board.classroom.team("Ben").handle, [good.id], actor="host")
    board.reveal("tiny")
    assert [row.submission_id for row in board.standings("tiny", "private")] == [poor.id]


def test_everything_that_was_done_is_in_the_audit(board: Board, send: Send) -> None:
    first = send("Ada", 10)
    now = board.store.clock()
    board.classroom.change("tiny", "open", closes=now + 60)
    board.classroom.change("tiny", "extend", team=first.team, closes=now + 90, why="ill")
    board.classroom.select("tiny", first.team, [first.id], actor="team")
    board.reveal("tiny")
    assert [(e.actor, e.action) for e in board.store.audit(about="tiny")] == [
        ("host", "open"), ("host", "extend"), ("team", "select"), ("host", "reveal"),
    ]  # fmt: skip


def test_nothing_can_close_before_it_opens(board: Board) -> None:
    now = board.store.clock()
    board.classroom.change("tiny", "open", opens=now)
    with pytest.raises(Exception, match="E002"):
        board.classroom.change("tiny", "close", closes=now - 1)


def test_a_board_may_show_the_best_or_the_neighbours_only(board: Board, send: Send) -> None:
    for who, n_right in (("Ada", 50), ("Ben", 40), ("Cy", 30), ("you / base", 20)):
        send(who, n_right)
    rows = board.standings("tiny")
    cy = Viewer(team=rows[2].team)
    names = board.classroom.names(real=True)

    def seen(viewer: Viewer, show: Literal["all", "top", "neighbours"], top: int = 1) -> list[str]:
        return [names.get(row.team, "-") for row in shown_to(rows, viewer, show=show, top=top)]

    assert seen(cy, "top") == ["Ada", "Cy", "-"]
    assert seen(ANYBODY, "top") == ["Ada", "-"]
    assert seen(ANYBODY, "neighbours") == ["-"]
    assert seen(cy, "neighbours") == ["Ada", "Ben", "Cy", "-"]
    assert seen(HOST, "top") == seen(ANYBODY, "all") == ["Ada", "Ben", "Cy", "-"]


def test_without_a_roster_nothing_is_refused(tiny: ModuleType, tmp_path: Path) -> None:
    board = tiny.open_board(tmp_path)
    board.classroom.change("tiny", "close", closes=1.0)
    data = tiny.answers(tiny.tiny_prepared(tmp_path), 0, n_right=50)
    assert board.submit_csv("tiny", data, name="b.csv").rank == 1
    board.close()
