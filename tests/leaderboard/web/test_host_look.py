"""The host's pages in a browser: no barrier, no overflow, and who joins is seen at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from importlib.resources import files
from typing import Any

import pytest

from kit.plugin.archive import packed
from leaderboard.board import Board
from leaderboard.web.actions import claim

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
Serve = Callable[..., AbstractContextManager[Any]]
PATHS = ("/host", "/host/c/digits", "/host/c/digits/selection?team=Anna", "/host/roster", "/host/audit")
PLUGIN = b"def fit(train):\n    pass\n\n\ndef predict(model, X):\n    return [3] * len(X)\n"
# What nobody wants to look for sideways, or can't hit with a thumb.
TOO_WIDE = "document.documentElement.scrollWidth - innerWidth"
TOO_SMALL = """[...document.querySelectorAll('button, a.button, summary, select, textarea, input:not([type=hidden])')]
    .filter(one => one.offsetParent && one.type !== 'checkbox' && one.getBoundingClientRect().height < 43)
    .map(one => one.outerHTML)"""


@pytest.fixture
def busy(board: Board, answers: Callable[..., bytes]) -> Board:
    """A class with a score, somebody who waits, and a name that was asked for twice."""
    team = claim(board, 1, "browser at 10.0.0.7").entrant.team
    board.people.claim(1, token_hash="x", label="browser at 10.0.0.9")
    board.submit_csv("digits", answers(), name="a.csv", team=team, does_leftovers=False)
    board.take_in_plugin("digits", packed({"plugin.py": PLUGIN}), name="mine", team=team)
    board.classroom.set_nickname(team, "Otter", actor=team)
    return board


@pytest.fixture
def tabs(browser: Any, busy: Board, serve: Serve) -> Iterator[Callable[..., Any]]:
    """Opens the host's pages at a width in a scheme; what a page complains of is in ``complaints``."""
    with serve("--workers", "0") as served:
        context = browser.new_context(base_url=served.host.partition("/host")[0])
        context.new_page().goto(served.host)
        state = context.storage_state()
        contexts = [context]

        def another(width: int, scheme: str = "light") -> Any:
            opened = browser.new_context(
                base_url=served.host.partition("/host")[0],
                storage_state=state,
                viewport={"width": width, "height": 800},
                color_scheme=scheme,
            )
            contexts.append(opened)
            page = opened.new_page()
            page.complaints = []
            page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
            page.on("pageerror", lambda error: page.complaints.append(str(error)))
            return page

        yield another
        for opened in contexts:
            opened.close()


def types_a_wrong_date(page: Any) -> None:
    page.goto("/host/c/digits")
    page.get_by_text("Open at a time").click()
    page.get_by_label("Opens").fill("soon")
    page.get_by_role("button", name="Set when it opens").click()


def test_no_page_of_the_host_has_a_barrier_or_is_too_wide(tabs: Callable[..., Any]) -> None:
    axe = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    found: list[object] = []
    for width, scheme in ((360, "dark"), (1280, "light")):
        page = tabs(width, scheme)
        for path in (*PATHS, "wrong"):
            if path == "wrong":
                types_a_wrong_date(page)
            else:
                page.goto(path)
            page.evaluate(axe)
            violations = page.evaluate("axe.run().then(result => result.violations)")
            found += [(path, width, scheme, one["id"], one["nodes"][0]["html"]) for one in violations]
            found += [(path, width, one) for one in page.evaluate(TOO_SMALL)]
            found += [(path, width)] if page.evaluate(TOO_WIDE) > 0 else []
        found += [said for said in page.complaints if "400" not in said]
    assert found == []


def test_who_joins_is_seen_without_loading_the_page_anew(tabs: Callable[..., Any], busy: Board) -> None:
    from playwright.sync_api import expect

    page = tabs(1280)
    page.goto("/host")
    page.evaluate("window.mark = 'the same page'")
    claim(busy, 3, "browser at 10.0.0.8")
    row = page.get_by_role("listitem").filter(has_text="Cleo Example")
    expect(row).to_contain_text("browser at 10.0.0.8")
    assert page.evaluate("window.mark") == "the same page"
    row.get_by_role("button", name="Release").click()
    expect(page.get_by_role("status")).to_contain_text("The name is free again")
    expect(page.get_by_role("listitem").filter(has_text="Cleo Example")).to_have_count(0)


def test_a_wrong_date_is_where_one_looks_and_what_was_typed_is_kept(tabs: Callable[..., Any]) -> None:
    from playwright.sync_api import expect

    page = tabs(360)
    types_a_wrong_date(page)
    field = page.get_by_label("Opens")
    expect(field).to_have_value("soon")
    expect(field).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("'soon' is no point in time")


def test_a_name_is_corrected_and_a_choice_made_with_clicks(tabs: Callable[..., Any], busy: Board) -> None:
    from playwright.sync_api import expect

    page = tabs(360)
    page.goto("/host/roster")
    row = page.get_by_role("row").filter(has_text="Ben Example")
    row.get_by_text("Correct").click()
    row.get_by_label("Name").fill("Ben King")
    row.get_by_role("button", name="Keep this name").click()
    expect(page.get_by_role("status")).to_contain_text("The name is corrected")
    page.goto("/host/c/digits")
    page.get_by_label("Choose for a team").select_option("Anna Example")
    page.get_by_role("button", name="Show its submissions").click()
    page.get_by_label("s1").check()
    page.get_by_role("button", name="Let these count").click()
    expect(page.get_by_label("s1")).to_be_checked()
    assert [busy.people.entrants()[1].name, busy.store.submission(1).is_selected] == ["Ben King", True]
