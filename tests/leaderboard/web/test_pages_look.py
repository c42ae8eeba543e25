"""The pages in a browser: no barrier, no overflow, no complaint, light, live, and whole without scripts."""

from __future__ import annotations

import csv
import io
import itertools
import random
import re
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from kit.workspace import Workspace
from leaderboard.board import Board
from leaderboard.sender import Sender
from leaderboard.store.people import NewEntrant
from leaderboard.web.actions import claim
from leaderboard.web.app import create_app
from leaderboard.web.desk import Serving
from leaderboard.web.security import SESSION_COOKIE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
N_TEAMS = 30
WIDTHS = {"narrow": 360, "wide": 1280}
SCHEMES = ("light", "dark")
OF_STUDENT = ["/", "/c/digits", "/c/digits/about", "/c/digits/submit", "/c/digits/mine", "/s/s3", "/explain/E301"]
OF_ANYBODY = ["/c/digits?screen", "/join", "/kit/", "/nowhere"]
AT_MOST_BYTES = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A class that is served: where, to whom, and its board from within."""

    address: str
    here: Workspace
    token: str
    teams: tuple[str, ...]


@cache
def digits() -> Any:
    """What the images show."""
    from sklearn.datasets import load_digits

    return load_digits().target


def answers(here: Workspace, n_right: int, rng: random.Random) -> bytes:
    """A file of answers; the more are right the higher `n_right` is, out of 719."""
    row_ids, right = here.prepared("digits").form().row_ids, digits()
    wrong = set(rng.sample(range(len(row_ids)), len(row_ids) - n_right))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["id", "label"])
    writer.writerows((row_id, (right[int(row_id)] + (place in wrong)) % 10) for place, row_id in enumerate(row_ids))
    return text.getvalue().encode()


def hand_in(board: Board, here: Workspace, team: str, n_right: int, rng: random.Random) -> None:
    sender = Sender(client_key=f"{team}-{n_right}")
    data = answers(here, n_right, rng)
    board.submit_csv("digits", data, name="preds.csv", team=team, sender=sender, does_leftovers=False)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, prepared_digits: Path) -> Iterator[Served]:
    """Thirty teams with a score each, on a server of this process with a port of its own."""
    import uvicorn

    folder = tmp_path_factory.mktemp("look") / "class"
    shutil.copytree(prepared_digits, folder / ".kit" / "prepared" / "digits")
    (folder / "kit.toml").write_text('title = "A class"\ncompetition = "digits"\n')
    here, rng = Workspace.find(folder, environ={}), random.Random(1)
    board = Board.of(here)
    board.people.put([NewEntrant(name=f"Student {n:02} Example") for n in range(N_TEAMS)], actor="host")
    teams = tuple(entrant.team for entrant in board.people.entrants())
    for n, team in enumerate(teams):
        hand_in(board, here, team, 700 - 12 * n, rng)
    hand_in(board, here, teams[2], 655, rng)
    token = claim(board, 3, "test").token
    board.classroom.change("digits", "close", closes=time.time() + 2.5 * 86400)
    board.close()
    app = create_app(here, Serving(n_clerks=1, warms_up=False))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=2))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        port = listening.getsockname()[1]
        yield Served(address=f"http://127.0.0.1:{port}", here=here, token=token, teams=teams)
        app.state.desk.streams.close()
        server.should_exit = True
        thread.join()


Tab = Callable[..., Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What was found on pages: barriers, widths, complaints, and what they asked for."""

    barriers: list[dict[str, Any]] = field(default_factory=list)
    widths: dict[str, int] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


def opened(
    browser: Any, served: Served, size: str, scheme: str = "light", *, joined: bool = True, scripts: bool = True
) -> Any:
    """A page of a browser of its own; what it asks for and complains of are in ``requests`` and ``errors``."""
    viewport = {"width": WIDTHS[size], "height": 800}
    context = browser.new_context(viewport=viewport, color_scheme=scheme, java_script_enabled=scripts)
    if joined:
        context.add_cookies([{"name": SESSION_COOKIE, "value": served.token, "url": served.address}])
    page = context.new_page()
    page.requests, page.errors = [], []
    page.on("request", lambda asked: page.requests.append(asked.url))
    page.on("console", lambda said: page.errors.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    return page


@pytest.fixture
def tab(browser: Any, served: Served) -> Iterator[Tab]:
    """Opens a page as `opened` does, and closes it after the test."""
    pages = []

    def open_tab(*size: str, joined: bool = True, scripts: bool = True) -> Any:
        pages.append(opened(browser, served, *size, joined=joined, scripts=scripts))
        return pages[-1]

    yield open_tab
    for page in pages:
        page.context.close()


def goto(page: Any, served: Served, path: str) -> None:
    """Open a page. Not until the network is idle: a live page never is."""
    page.goto(served.address + path, wait_until="load")


@pytest.fixture(scope="module")
def visits(browser: Any, served: Served) -> Callable[[str, str], Visit]:
    """What was found on all pages at a size in a scheme; each is opened once."""
    pytest.importorskip("axe_playwright_python", reason="the group docs is not installed")
    axe = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")

    @cache
    def visit(size: str, scheme: str) -> Visit:
        made = Visit()
        for joined, paths in ((True, OF_STUDENT), (False, OF_ANYBODY)):
            page = opened(browser, served, size, scheme, joined=joined)
            for path in paths:
                goto(page, served, path)
                made.widths[path] = page.evaluate("document.documentElement.scrollWidth")
                page.evaluate(axe)
                violations = page.evaluate("axe.run().then(result => result.violations)")
                made.barriers.extend(
                    {path: one["id"], "at": [node["html"][:160] for node in one["nodes"][:3]]} for one in violations
                )
            made.errors.extend(page.errors)
            made.requests.extend(page.requests)
            page.context.close()
        return made

    return visit


each_size = pytest.mark.parametrize("size", WIDTHS)
each_look = pytest.mark.parametrize(("size", "scheme"), [(size, scheme) for size in WIDTHS for scheme in SCHEMES])


@each_look
def test_axe_finds_no_barrier(visits: Callable[[str, str], Visit], size: str, scheme: str) -> None:
    assert visits(size, scheme).barriers == []


@each_look
def test_no_page_moves_sideways(visits: Callable[[str, str], Visit], size: str, scheme: str) -> None:
    widths = visits(size, scheme).widths
    assert {path: width for path, width in widths.items() if width > WIDTHS[size]} == {}


@each_look
def test_no_page_complains_or_asks_another_computer(
    visits: Callable[[str, str], Visit], served: Served, size: str, scheme: str
) -> None:
    seen = visits(size, scheme)
    assert [error for error in seen.errors if "404" not in error] == []  # one page is there to be missing
    assert [url for url in seen.requests if not url.startswith((served.address, "data:"))] == []


def test_what_a_student_wants_to_know_is_seen_on_a_telephone_without_scrolling_sideways(
    tab: Tab, served: Served
) -> None:
    page = tab("narrow")
    goto(page, served, "/c/digits")
    facts = page.locator(".facts").inner_text()
    assert re.search(r"rank \d+ of 30", facts)
    assert not [words for words in ("are likely", "8 of 10 left today", "in 2 d 1") if words not in facts], facts
    assert "leads, but that may be luck" in page.locator(".lead").inner_text()
    right = page.evaluate(
        "[...document.querySelectorAll('#you :is(.rank, .name, .score, .range)')].map(c => c.getBoundingClientRect())"
        ".map(box => box.width > 0 && box.right)"
    )
    assert len(right) == 4
    assert all(0 < edge <= WIDTHS["narrow"] for edge in right)


def test_the_first_page_begins_with_the_own_competition_its_end_and_the_own_rank(tab: Tab, served: Served) -> None:
    page = tab("narrow")
    goto(page, served, "/")
    first = page.locator(".cards li").first.inner_text()
    assert re.search(r"you: rank \d+ of 30\s+ends .+, in 2 d", first), first


def test_a_projector_shows_how_to_join_the_table_and_what_happened_last(tab: Tab, served: Served) -> None:
    page = tab("wide", joined=False)
    goto(page, served, "/c/digits?screen")
    assert f"{served.address}/join" in page.locator(".invite").inner_text()
    assert re.search(r"Last .+: best .+ %, rank \d+", page.locator(".ticker").inner_text())
    assert page.locator("tr.team").nth(5).is_visible()
    assert not page.locator("nav").is_visible()


def test_a_projector_says_how_many_teams_there_is_no_room_for(tab: Tab, served: Served) -> None:
    page = tab("wide", joined=False)
    goto(page, served, "/c/digits?screen")
    shown = page.locator("tr.team:visible").count()
    assert 5 < shown < N_TEAMS
    assert page.locator(".more").inner_text() == f"+ {N_TEAMS - shown} more teams"
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    page.set_viewport_size({"width": 1280, "height": 3000})
    page.wait_for_function("n => document.querySelectorAll('tr.team:not([hidden])').length === n", arg=N_TEAMS)
    assert not page.locator(".more").is_visible()


def test_from_a_telephone_it_is_one_step_to_hand_in_and_to_the_own_row(tab: Tab, served: Served) -> None:
    page = tab("narrow")
    goto(page, served, "/c/digits")
    name = page.locator("#you .name").inner_text().removesuffix("you").strip()
    assert f"You, {name}" in page.locator(".facts").inner_text()
    page.click("text=Go to your row")
    page.wait_for_function("() => document.querySelector('#you').getBoundingClientRect().top < innerHeight")
    page.click(".facts .button")
    page.wait_for_url("**/submit")


@each_size
def test_the_numbers_over_the_bars_stand_at_their_lines_and_do_not_overlap(tab: Tab, served: Served, size: str) -> None:
    page = tab(size)
    goto(page, served, "/c/digits")
    boxes = page.evaluate(
        "[...document.querySelectorAll('thead .ci text')].map(word => word.getBoundingClientRect())"
        ".filter(box => box.width).map(box => [box.left, box.right])"
    )
    assert len(boxes) >= 3
    assert all(before[1] < after[0] for before, after in itertools.pairwise(boxes))
    bars = page.evaluate(
        "(({left, right}) => [left, right])(document.querySelector('tbody .ci svg').getBoundingClientRect())"
    )
    assert all(bars[0] - 1 <= sum(box) / 2 <= bars[1] + 1 for box in boxes)


def test_targets_are_large_enough_for_a_finger(tab: Tab, served: Served) -> None:
    page, small = tab("narrow"), {}
    for path in OF_STUDENT:
        goto(page, served, path)
        small[path] = page.evaluate(
            "[...document.querySelectorAll('button, .button, input:not([type=hidden]):not([type=checkbox]), select,"
            " nav a, label:has(input)')].filter(e => e.getClientRects().length)"
            ".filter(e => Math.min(e.offsetHeight, e.offsetWidth) < 44).map(e => e.outerHTML.slice(0, 80))"
        )
    assert {path: found for path, found in small.items() if found} == {}


def test_a_leaderboard_of_thirty_with_all_its_files_is_under_50_kb(tab: Tab, served: Served) -> None:
    page, sizes = tab("wide"), {}
    page.on(
        "response", lambda answer: answer.request.resource_type != "eventsource" and sizes.update({answer.url: answer})
    )
    goto(page, served, "/c/digits")
    bytes_of = {url: len(answer.body()) for url, answer in sizes.items() if "events" not in url}
    assert page.locator("tr.team").count() == N_TEAMS
    assert sum(bytes_of.values()) < AT_MOST_BYTES, bytes_of


@pytest.mark.parametrize("path", OF_STUDENT)
def test_a_page_is_whole_without_scripts(tab: Tab, served: Served, path: str) -> None:
    page = tab("wide", scripts=False)
    goto(page, served, path)
    assert page.locator("h1").is_visible()
    assert page.errors == []


def test_a_new_score_moves_the_row_of_an_open_page_without_a_reload(tab: Tab, served: Served) -> None:
    page = tab("wide", joined=False)
    goto(page, served, "/c/digits")
    page.evaluate("window.opened = 1")
    time.sleep(0.5)
    board = Board.of(served.here)
    name, first = board.classroom.names(real=False)[served.teams[9]], page.locator("tr.team").first
    assert first.locator("th").inner_text() != name
    hand_in(board, served.here, served.teams[9], 717, random.Random(2))
    board.close()
    page.wait_for_function("name => document.querySelector('tr.team th').innerText === name", arg=name, timeout=15_000)
    assert name in page.locator(".lead").inner_text()
    assert page.evaluate("window.opened") == 1
    assert page.errors == []


def test_a_refused_file_shows_its_problems_without_leaving_the_form(tab: Tab, served: Served) -> None:
    page = tab("narrow")
    goto(page, served, "/c/digits/submit")
    page.set_input_files("#file", {"name": "bad.csv", "mimeType": "text/csv", "buffer": b"id,label\n1,77\n"})
    page.click("main button")
    page.wait_for_selector(".refused")
    assert page.locator(".problem").count() > 2
    assert page.locator("#file").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS["narrow"]


def test_a_file_that_is_dropped_on_the_form_is_handed_in(tab: Tab, served: Served) -> None:
    page = tab("wide")
    goto(page, served, "/c/digits/submit")
    dropped = page.evaluate_handle(
        "text => { const held = new DataTransfer(); held.items.add(new File([text], 'dropped.csv')); return held; }",
        answers(served.here, 600, random.Random(3)).decode(),
    )
    page.dispatch_event("[data-drop]", "dragover", {"dataTransfer": dropped})
    assert page.locator("[data-drop].over").count() == 1
    page.dispatch_event("[data-drop]", "drop", {"dataTransfer": dropped})
    assert page.locator("#file").input_value().endswith("dropped.csv")
    page.click("main button")
    page.wait_for_url("**/s/s*")
    assert "dropped" in page.locator("main").inner_text()
    assert page.errors == []


def test_the_keyboard_reaches_what_the_mouse_does_and_is_seen(tab: Tab, served: Served) -> None:
    page = tab("wide")
    goto(page, served, "/c/digits")
    outlines = []
    for _ in range(6):
        page.keyboard.press("Tab")
        outlines.append(page.evaluate("getComputedStyle(document.activeElement).outlineWidth"))
    assert outlines == ["3px"] * 6
