"""The whole way of a class in real browsers, against a real server: from joining to the teacher's file of grades."""

from __future__ import annotations

import csv
import io
import re
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from leaderboard.board import Board
from leaderboard.web.security import SESSION_COOKIE

api = pytest.importorskip("playwright.sync_api", reason="the group docs is not installed")
Serve = Callable[..., AbstractContextManager[Any]]
WAIT_MS = 60_000  # on a computer that has much else to do
PLUGIN = """\
def fit(train):
    return 5


def predict(model, X):
    return [model] * len(X)
"""
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="ends the server with a signal that Windows has not"),
]


class Browsers:
    """Browsers of several people, each with cookies of its own, and what any of them complains of."""

    def __init__(self, chromium: Any, address: str) -> None:
        self._chromium, self._address = chromium, address
        self._open: list[Any] = []
        self.complaints: list[str] = []

    def another(self, *cookies: dict[str, str]) -> Any:
        """A page in a browser of its own."""
        context = self._chromium.new_context(base_url=self._address, accept_downloads=True)
        context.set_default_timeout(WAIT_MS)
        context.add_cookies([cookie | {"url": self._address} for cookie in cookies])
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("request", self._see)
        self._open.append(context)
        return context.new_page()

    def close(self) -> None:
        """Close them all."""
        for context in self._open:
            context.close()

    def _hear(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _see(self, request: Any) -> None:
        if not request.url.startswith((f"{self._address}/", "data:")):
            self.complaints.append(f"asks {request.url}")


@pytest.fixture
def served(serve: Serve, workspace: Path, board: Board, answers: Callable[..., bytes]) -> Iterator[Any]:
    """The class on the line; Ben has a score already. Plugins are taken wherever this runs: the only one is ours."""
    with (workspace / "kit.toml").open("a") as file:
        file.write("[sandbox]\nallow_unsafe = true\n")
    board.submit_csv("digits", answers(4), name="fours.csv", team=board.classroom.team("Ben Example").handle)
    with serve("--workers", "1") as served:
        yield served


@pytest.fixture
def browsers(browser: Any, served: Any) -> Iterator[Browsers]:
    """Opens browsers at the class's address."""
    api.expect.set_options(timeout=WAIT_MS)
    opened = Browsers(browser, served.students.partition("/join")[0])
    yield opened
    opened.close()
    api.expect.set_options(timeout=5_000)


def joins(page: Any, address: str, name: str) -> None:
    """Open the class's address, choose one's name, confirm it."""
    page.goto(address)
    page.get_by_label("Your name").select_option(name)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Yes, that is me").click()
    api.expect(page.get_by_role("status")).to_contain_text("you have joined")


def hands_in(page: Any, name: str, data: bytes) -> str:
    """Send a file through the form, and wait until it has a score; the label of the submission."""
    page.goto("/c/digits")
    page.get_by_role("main").get_by_role("link", name="Submit", exact=True).click()
    sort = "text/csv" if name.endswith(".csv") else "application/octet-stream"
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": sort, "buffer": data})
    page.get_by_role("main").get_by_role("button", name="Submit", exact=True).click()
    page.wait_for_url(re.compile(r"/s/s\d+"))
    score = page.get_by_role("status").filter(has_text=re.compile(r"\d %"))
    api.expect(score).to_be_visible()  # the page follows by itself
    return str(re.findall(r"/s/(s\d+)", page.url)[0])


def zipped(**files: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"{name}.py", text)
    return data.getvalue()


def row_of(page: Any, team: str) -> Any:
    """The row of a team on a leaderboard."""
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=re.compile(team)))


def tries_of(page: Any, team: str) -> Any:
    """How many tries a team's row tells."""
    return row_of(page, team).locator(".tries")


def watches(page: Any) -> None:
    """Look at the leaderboard and go on looking: a page that is loaded anew has lost the mark."""
    page.goto("/c/digits")
    page.evaluate("window.mark = 'not loaded anew'")


def selects(page: Any, label: str) -> None:
    """Choose one submission for the private ranking."""
    page.goto("/c/digits/mine")
    page.get_by_role("checkbox", name=re.compile(rf"\b{label}\b")).check()
    page.get_by_role("button", name="Keep this choice").click()
    api.expect(page.get_by_role("status").filter(has_text="Your choice is kept")).to_be_visible()


def enters_as_host(page: Any, address: str) -> None:
    """Open the one-time address: the code leaves the address bar, and no script can read what stays."""
    page.goto(address)
    assert page.url.endswith("/host")
    (cookie,) = (one for one in page.context.cookies() if one["name"] == SESSION_COOKIE)
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")


def freezes(page: Any) -> None:
    page.goto("/host/c/digits")
    page.get_by_role("button", name="Freeze now").click()
    api.expect(page.get_by_role("button", name=re.compile("move again"))).to_be_visible()


def reveals(page: Any) -> None:
    page.goto("/host/c/digits")
    page.get_by_role("checkbox", name=re.compile("open the private ranking")).check()
    page.get_by_role("button", name="Reveal the private ranking").click()
    api.expect(page.get_by_text("The private ranking is open")).to_be_visible()


def exports_grades(page: Any) -> dict[str, dict[str, str]]:
    """Download the grades; name -> row of the file."""
    page.goto("/host/c/digits")
    page.get_by_label("For", exact=True).select_option("plain")
    page.get_by_role("checkbox", name=re.compile("for practice")).check()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the grades").click()
    assert download.value.suggested_filename.endswith(".csv")
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    return {row["name"]: row for row in csv.DictReader(io.StringIO(text))}


def test_a_class_from_joining_to_the_file_of_grades(
    served: Any, browsers: Browsers, board: Board, answers: Callable[..., bytes]
) -> None:
    anna = board.classroom.team("Anna Example").handle
    student, onlooker, host = (browsers.another() for _ in range(3))
    watches(onlooker)
    joins(student, served.students, "Anna Example")
    enters_as_host(host, served.host)

    hands_in(student, "threes.csv", answers(3))
    api.expect(row_of(onlooker, anna).locator(".rank")).to_have_text(re.compile(r"\d"))
    plugin = hands_in(student, "mine.zip", zipped(plugin=PLUGIN))
    api.expect(tries_of(onlooker, anna)).to_have_text("2")
    assert onlooker.evaluate("window.mark") == "not loaded anew"
    selects(student, plugin)

    freezes(host)
    hands_in(student, "nines.csv", answers(9))
    onlooker.reload()
    api.expect(tries_of(onlooker, anna)).to_have_text("2")
    student.goto("/c/digits")  # one's own are shown
    api.expect(tries_of(student, anna)).to_have_text("3")

    reveals(host)
    grades = exports_grades(host)
    onlooker.goto("/c/digits?part=private")
    (chosen,) = (row for row in board.store.private_scores("digits") if f"s{row.submission_id}" == plugin)

    api.expect(row_of(onlooker, anna)).to_be_visible()
    assert [(name, bool(row["grade"])) for name, row in grades.items()] == [
        ("Anna Example", True), ("Ben Example", True), ("Cleo Example", False),
    ]  # fmt: skip
    assert float(grades["Anna Example"]["private"]) == chosen.value
    assert browsers.complaints == []
