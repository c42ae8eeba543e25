"""The pages of studies in a reader's browser: whole, offline, narrow and wide, light and dark, without barriers."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from kit.cli import run as kit_run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(200)]
PLUGIN = """
import numpy as np

def fit(train, run, shift=0.0, name="<b>&", epochs=30, lr=0.1):
    for epoch in range(1, epochs + 1):
        run.log(epoch=epoch, loss=3 / epoch, valid_loss=abs(9 - epoch) / 9 + 1, size_1=lr, size_2=1e-6, pace=epoch)
    return np.array([train.flat[train.y == k].mean(0) for k in range(10)]) + shift

def predict(model, X):
    return ((X.reshape(len(X), 1, -1) - model) ** 2).sum(2).argmin(1)
"""
COMMANDS = {
    "numbers.html": ("sweep", "mine", "--set", "shift=0,1,8", "--set", "epochs=2,30", "--seeds", "2"),
    "words.html": ("sweep", "mine", "--set", "name=<i>one</i>,a-very-long-name-that-takes-its-room"),
    "rates.html": ("lr", "mine"),
    "rows.html": ("curve", "mine", "--sizes", "1/4,1/2,all"),
}


@pytest.fixture
def pages(workspace: Path, capsys: pytest.CaptureFixture[str]) -> list[Path]:
    (workspace / "plugins").mkdir()
    (workspace / "plugins" / "mine.py").write_text(PLUGIN)
    for name, words in COMMANDS.items():
        assert kit_run([*words, "--html", name]) == 0, capsys.readouterr().err
    return [workspace / name for name in COMMANDS]


def test_every_page_is_whole_offline_and_without_barriers(browser: Any, pages: list[Path]) -> None:
    pytest.importorskip("axe_playwright_python", reason="the group docs is not installed")
    axe = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    for width in (360, 1440):
        for scheme in ("light", "dark"):
            context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
            tab = context.new_page()
            asked: list[str] = []
            complaints: list[str] = []
            tab.on("request", lambda request, asked=asked: asked.append(request.url))
            tab.on("console", lambda said, complaints=complaints: complaints.append(said.text))
            for page in pages:
                where = (page.name, width, scheme)
                tab.goto(page.as_uri())
                tab.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
                assert tab.evaluate("document.documentElement.scrollWidth") <= width, where
                assert tab.locator("svg[role=img] > title").count() == tab.locator("svg").count() > 0, where
                assert tab.locator("figure details table").count() == tab.locator("figure").count(), where
                tab.evaluate(axe)
                found = tab.evaluate("axe.run().then(result => result.violations)")
                assert [(v["id"], [n["html"][:200] for n in v["nodes"][:3]]) for v in found] == [], where
            context.close()
            assert [url for url in asked if not url.startswith("file:")] == []
            assert complaints == []
