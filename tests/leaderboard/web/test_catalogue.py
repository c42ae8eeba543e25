"""What the competitions are called: also after the host has changed one while the server runs."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import closing
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from kit.workspace import Workspace
from leaderboard.web import news
from leaderboard.web.once import Once


@pytest.fixture
def own(workspace: Path) -> Path:
    """The file of a competition of the workspace's own."""
    folder = workspace / "competitions" / "digits"
    shutil.copytree(Workspace.find(workspace).folder("digits"), folder)
    return folder / "competition.toml"


def test_a_competition_that_was_changed_is_called_anew_without_a_restart(own: Path, client: TestClient) -> None:
    before = {path: client.get(path).text for path in ("/", "/c/digits/about")}
    text = own.read_text(encoding="utf-8")
    own.write_text(text.replace('title = "', 'title = "Corrected: ', 1), encoding="utf-8")
    (own.parent / "README.md").write_text("# Digits\n\nNew rules since Monday.\n", encoding="utf-8")
    assert not [path for path, page in before.items() if "Corrected: " in page]
    assert "Corrected: " in client.get("/").text
    told = client.get("/c/digits/about").text
    assert ("Corrected: " in told, "New rules since Monday." in told) == (True, True)


def test_a_competition_whose_file_breaks_leaves_the_first_page_and_comes_back(own: Path, client: TestClient) -> None:
    text = own.read_text(encoding="utf-8")
    assert '"/c/digits"' in client.get("/").text
    own.write_text("title = 3", encoding="utf-8")
    assert '"/c/digits"' not in client.get("/").text
    own.write_text(text, encoding="utf-8")
    assert '"/c/digits"' in client.get("/").text


def test_how_a_board_is_shown_is_news_where_its_file_says_another_thing(
    own: Path, here: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(news, "PHASES_S", 0.0)
    with closing(news.Watch(here)) as watch:
        assert [watch.look() is not None, watch.look()] == [True, None]
        own.write_text(own.read_text(encoding="utf-8") + '\n[leaderboard]\nshow = "top"\n', encoding="utf-8")
        found = watch.look()
    assert found is not None
    assert found.turned == {"digits"}


def test_what_many_ask_for_at_once_is_made_once() -> None:
    made = []

    async def make() -> int:
        made.append(1)
        await asyncio.sleep(0)
        return len(made)

    async def asked() -> list[int]:
        once = Once[str, int]()
        together = await asyncio.gather(*(once.get("key", "1", make) for _ in range(5)))
        return [*together, await once.get("key", "1", make), await once.get("key", "2", make)]

    assert asyncio.run(asked()) == [1, 1, 1, 1, 1, 1, 2]


def test_what_was_there_a_moment_ago_is_given_where_that_is_good_enough() -> None:
    async def slowly() -> str:
        await asyncio.sleep(0.01)
        return "new"

    async def at_once() -> str:
        return "old"

    async def asked() -> list[str]:
        once = Once[str, str]()
        first = await once.get("key", "1", at_once)
        early = await once.get("key", "2", slowly, may_be_old=True)
        return [first, early, await once.get("key", "2", slowly)]

    assert asyncio.run(asked()) == ["old", "old", "new"]
