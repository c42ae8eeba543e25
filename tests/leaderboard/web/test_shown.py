"""A competition that shows few rows: the others are in no page, no answer, no sentence and no drawing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from kit.competition import LeaderboardSettings
from kit.notation import Unit
from kit.workspace import Workspace
from leaderboard.board import Board
from leaderboard.commands.leaderboard import lines
from leaderboard.standings import Standing
from leaderboard.views import ANYBODY, HOST, Viewer
from leaderboard.web.clerk_standings import Snapshot, seen_by, snapshot

Bearer = dict[str, str]
HAND_IN = "/api/v1/competitions/digits/submissions"
STANDINGS = "/api/v1/competitions/digits/standings"


@dataclass(frozen=True, kw_only=True)
class Entered:
    """What the terminal needs to know of a competition and of its metric."""

    name: str = "tiny"
    kind: str = "tabular"
    unit: Unit = "share"
    greater_is_better: bool = True
    practice: bool = False
    leaderboard: LeaderboardSettings = field(default_factory=LeaderboardSettings)


@pytest.fixture
def show() -> str:
    return 'show = "top"\ntop = 1'


@pytest.fixture
def workspace(workspace: Path, show: str) -> Path:
    """With a competition of its own, that shows few rows."""
    own = workspace / "competitions" / "digits"
    shutil.copytree(Workspace.find(workspace).folder("digits"), own)
    with (own / "competition.toml").open("a") as file:
        file.write(f"\n[leaderboard]\n{show}\n")
    return workspace


@pytest.fixture
def three(
    client: TestClient, joined: Callable[[str], Bearer], answers: Callable[..., bytes]
) -> tuple[Bearer, Bearer, Bearer]:
    """Three students with a score, best first."""
    found = {}
    for digit, name in ((3, "Anna Example"), (5, "Ben Example"), (8, "Cleo Example")):
        who = joined(name)
        sent = client.post(HAND_IN, content=answers(digit), headers=who | {"x-filename": f"{digit}.csv"})
        found[sent.json()["score"]] = who
    first, second, third = (found[score] for score in sorted(found, reverse=True))
    return first, second, third


def teams(client: TestClient, who: Bearer) -> list[str]:
    """Names on the board, as the API tells them to somebody."""
    return [row["who"] for row in client.get(STANDINGS, headers=who).json()["public"]]


def test_the_best_and_ones_own_row_are_all_there_is_to_see(
    client: TestClient,
    board: Board,
    three: tuple[Bearer, Bearer, Bearer],
    host: Bearer,
    as_browser: Callable[[Bearer], Bearer],
) -> None:
    names = teams(client, host)
    assert len(names) == 3
    assert [teams(client, who) for who in (*three, {})] == [names[:1], names[:2], [names[0], names[2]], names[:1]]
    visitors: tuple[tuple[Bearer, int], ...] = ((host, 3), (three[2], 2), (three[1], 2), ({}, 1))
    for who, n in (*visitors, *visitors):  # the second time from what was kept of the first
        headers = as_browser(who) if who else {}
        for address in ("/c/digits", "/c/digits/rows"):
            shown = [name for name in names if name in client.get(address, headers=headers).text]
            assert len(shown) == n, (address, shown)
    told = client.get(STANDINGS, headers=three[2]).json()
    assert (told["n_teams"], told["is_cut"]) == (3, True)
    assert "rank 3 of 3" in client.get("/c/digits/mine", headers=as_browser(three[2])).text
    tags = {client.get("/c/digits/rows", headers=headers).headers["etag"] for headers in ({}, as_browser(host))}
    assert len(tags) == 2


def test_the_private_ranking_shows_no_more(
    client: TestClient, here: Workspace, board: Board, three: tuple[Bearer, Bearer, Bearer]
) -> None:
    board.reveal("digits")
    whole = snapshot(here.root, "digits")
    worst = whole.private[-1].standing.team if whole.private else ""
    private = seen_by(whole, Viewer(team=worst)).private
    assert private is not None
    assert [row.standing.team for row in private][-1] == worst
    assert len(private) == 2


@pytest.mark.parametrize("show", ['show = "neighbours"'])
def test_who_has_no_row_sees_of_the_neighbours_nobody(
    client: TestClient, here: Workspace, three: tuple[Bearer, Bearer, Bearer]
) -> None:
    assert teams(client, {}) == []
    page = client.get("/c/digits").text
    assert "Nobody has a score yet" not in page
    assert "Here a team sees its own row" in page
    whole = snapshot(here.root, "digits")
    assert len(seen_by(whole, ANYBODY).public) == 0
    assert seen_by(whole, HOST) is whole


def test_the_terminal_says_nothing_of_rows_that_are_not_shown() -> None:
    competition = Entered()
    own = Standing(
        rank=3, team="own (you)", kind="csv", name="", submission_id=1, score=0.5, interval_lo=0.4, interval_hi=0.6,
        n=100, n_tries=1, last_at=0.0, rank_lo=1, rank_hi=4, n_tied=3,
    )  # fmt: skip
    other = replace(own, team="other", rank=2, rank_lo=2)
    moved = replace(own, public_rank=1)
    cut = lines("tiny", competition, competition, [own, other], None, now=0.0, is_cut=True)
    assert not [line for line in cut if "best" in line or "bracket" in line]
    assert [line for line in lines("tiny", competition, competition, [own, other], None, now=0.0) if "best" in line]
    private = lines("tiny", competition, competition, [other], [other, moved], now=0.0, is_cut=True)
    assert [line for line in private if "own (you)" in line]
    (told,) = lines("tiny", competition, competition, [], None, now=0.0, is_cut=True)
    assert "nobody has a score" not in told
    assert lines("tiny", competition, competition, [other], [], now=0.0, is_cut=True) == [told]


def test_a_snapshot_that_shows_all_is_the_same_for_everybody() -> None:
    whole = Snapshot(competition="digits")
    assert seen_by(whole, ANYBODY) is whole
