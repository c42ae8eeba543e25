"""A page that plays an episode, as a browser shows it: by keys, narrow and wide, light and dark, without scripts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kit.environments.replay import Episode
from kit.environments.scenes import scene
from kit.job import Environment, Space
from leaderboard.drawing.film import Film, Reel, film_page

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
LAKE = Environment(
    id="FrozenLake-v1",
    kwargs={},
    observation=Space(dtype="int64", shape=(), n=16),
    action=Space(dtype="int64", shape=(), n=4),
    max_episode_steps=100,
)
WALK = np.array([0, 4, 8, 9, 13, 14, 15])


def film(name: str) -> Film:
    episode = Episode(kind="best", seed=1, actions=np.ones(6, dtype=np.int64), rewards=np.eye(6)[5])
    written = [f"{total:g}" for total in (0, 0, 0, 0, 0, 0, 1)]
    return Film(
        name=name, scene=scene(LAKE, episode, WALK), did=["down"] * 6, rewards=[0.0] * 5 + [1.0], written=written
    )


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("film") / "film.html"
    reels = [Reel(title=title, films=(film("r1 </script>"), film("r2"))) for title in ("best", "worst")]
    file.write_text(film_page("frozen-lake", reels), encoding="utf-8")
    return file


@pytest.fixture
def tab(request: pytest.FixtureRequest, browser: Any, page: Path) -> Iterator[Any]:
    """The page, opened; what it asked for and what it complained of are in ``requests`` and ``errors``."""
    width, scheme, scripts = request.param
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, java_script_enabled=scripts
    )
    opened = context.new_page()
    opened.requests, opened.errors = [], []
    opened.on("request", lambda asked: opened.requests.append(asked.url))
    opened.on("console", lambda said: opened.errors.append(said.text))
    opened.on("pageerror", lambda error: opened.errors.append(str(error)))
    opened.goto(page.as_uri())
    yield opened
    context.close()


def with_scripts(*cases: tuple[int, str]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("tab", [(*case, True) for case in cases], indirect=True)


@with_scripts((360, "light"), (360, "dark"), (1200, "light"), (1200, "dark"))
def test_it_has_no_barrier_and_asks_nobody(tab: Any, page: Path) -> None:
    pytest.importorskip("axe_playwright_python", reason="the group docs is not installed")
    tab.locator("summary").first.click()
    tab.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
    found = tab.evaluate("axe.run().then(result => result.violations)")

    assert [{v["id"]: [node["html"][:200] for node in v["nodes"][:3]]} for v in found] == [], json.dumps(found)[:500]
    assert tab.requests == [page.as_uri()]
    assert tab.errors == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= tab.viewport_size["width"]


@with_scripts((1200, "light"))
def test_it_plays_to_the_end_by_keys(tab: Any) -> None:
    tab.locator("#speed").select_option("4")
    tab.locator("#play").focus()
    tab.keyboard.press("Enter")
    tab.wait_for_function("document.getElementById('now').textContent.includes('step 6 of 6, down, return 1')")

    assert tab.locator("#play").text_content() == "Play"


@with_scripts((1200, "light"))
def test_a_step_is_chosen_by_keys_and_changes_the_picture(tab: Any) -> None:
    before = tab.evaluate("document.querySelector('canvas').toDataURL()")
    tab.locator("#step").focus()
    tab.keyboard.press("ArrowRight")

    assert "step 1 of 6" in tab.locator("#now").text_content()
    assert tab.evaluate("document.querySelector('canvas').toDataURL()") != before


@pytest.mark.parametrize("tab", [(360, "dark", False)], indirect=True)
def test_without_scripts_there_are_pictures_and_tables(tab: Any) -> None:
    assert tab.locator("noscript svg, .strip svg").count() == 8
    assert not tab.locator("canvas").first.is_visible()
    tab.locator("summary").first.click()
    assert tab.locator("table").first.is_visible()
