"""The site as a reader's browser shows it: whole, offline, narrow and wide, light and dark, without barriers."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
ROOT = Path(__file__).resolve().parents[2]
PAGES = ["index.html", "tutorial/first-evening.html", "how-to/enter-with-a-csv.html", "explanation/intervals.html"]
PAGES += ["reference/commands.html", "reference/codes.html", "reference/configuration.html", "search.html"]
WIDTHS = {"narrow": 360, "wide": 1440}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site; building it is the test that nothing warns and every link leads somewhere."""
    pytest.importorskip("sphinx", reason="the group docs is not installed")
    folder = tmp_path_factory.mktemp("docs") / "site"
    built = subprocess.run(
        [sys.executable, "-m", "docs.site", str(folder)], cwd=ROOT, capture_output=True, text=True, timeout=200
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


@pytest.fixture
def tab(request: pytest.FixtureRequest, browser: Any) -> Iterator[Any]:
    """A page of the browser; what it asked for and what it complained of are in ``requests`` and ``errors``."""
    size, scheme, scripts = request.param
    context = browser.new_context(
        viewport={"width": WIDTHS[size], "height": 800}, color_scheme=scheme, java_script_enabled=scripts
    )
    page = context.new_page()
    page.requests, page.errors = [], []
    page.on("request", lambda asked: page.requests.append(asked.url))
    page.on("console", lambda said: page.errors.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    yield page
    context.close()


def every(
    *, sizes: tuple[str, ...] = tuple(WIDTHS), schemes: tuple[str, ...] = ("light", "dark")
) -> pytest.MarkDecorator:
    """Parametrize ``tab`` with sizes and colour schemes."""
    cases = [(size, scheme, True) for size in sizes for scheme in schemes]
    return pytest.mark.parametrize("tab", cases, indirect=True, ids=lambda case: f"{case[0]}-{case[1]}")


def all_pages(site: Path) -> list[str]:
    return sorted(str(path.relative_to(site)) for path in site.rglob("*.html"))


@every(schemes=("light",))
def test_no_page_asks_another_computer_or_complains(tab: Any, site: Path) -> None:
    for name in all_pages(site):
        tab.goto((site / name).as_uri())

    assert [url for url in tab.requests if not url.startswith(("file:", "data:"))] == []
    assert tab.errors == []


@every(sizes=("narrow",), schemes=("light",))
def test_no_page_moves_sideways_on_a_telephone(tab: Any, site: Path) -> None:
    widths = {}
    for name in all_pages(site):
        tab.goto((site / name).as_uri())
        widths[name] = tab.evaluate("document.documentElement.scrollWidth")

    assert {name: width for name, width in widths.items() if width > WIDTHS["narrow"]} == {}


@every()
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_no_barrier(tab: Any, site: Path, name: str) -> None:
    pytest.importorskip("axe_playwright_python", reason="the group docs is not installed")
    tab.goto((site / name).as_uri())
    tab.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))

    found = tab.evaluate("axe.run().then(result => result.violations)")
    said = [{v["id"]: [node["html"][:200] for node in v["nodes"][:3]]} for v in found]
    assert said == [], json.dumps(said, indent=1)


@pytest.mark.parametrize("tab", [("wide", "dark", False)], indirect=True, ids=["no-script"])
def test_a_page_is_whole_and_dark_without_scripts(tab: Any, site: Path) -> None:
    tab.goto((site / "index.html").as_uri())

    assert tab.locator("article h1").is_visible()
    assert tab.locator("nav a[href='reference/commands.html'], .sidebar-tree a[href='reference/commands.html']").count()
