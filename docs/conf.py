"""How Sphinx builds the site from these pages: ``python -m docs.site``. Nothing is fetched, nothing is tracked.

The pages are plain Markdown, so that they can be read in the repository as well. What only a site needs, its table of
contents and the names above files, is added while they are read.
"""

from __future__ import annotations

import re
from pathlib import Path

from sphinx.application import Sphinx

from kit import __version__

project = "competition-kit"
author = "the authors of competition-kit"
version = release = __version__
language = "en"

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["parts"]
myst_heading_anchors = 4
nitpicky = True

html_theme = "furo"
html_title = "competition-kit"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_show_copyright = False
html_baseurl = ""
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"

CONTENTS = {
    "Tutorials": ("tutorial/first-evening", "tutorial/*"),
    "How to": ("how-to/*",),
    "Why": ("explanation/*",),
    "Reference": ("reference/*",),
    "Project": ("changelog",),
}
_KIND = re.compile(r"^# (?:Reference|Tutorial): (?P<first>\w)", re.MULTILINE)  # the heading of the list says it, too
_FILE_FENCE = re.compile(r"^```(?P<language>\w+) file=(?P<path>\S+)$", re.MULTILINE)


# What the theme and docutils leave for keyboards and screen readers to stumble over: what they write -> what is meant.
BARRIERS = {
    '<p class="caption" role="heading">': '<p class="caption" role="heading" aria-level="2">',
    '<aside class="sidebar-drawer">': '<aside class="sidebar-drawer" aria-label="All pages">',
    '<aside class="toc-drawer': '<aside aria-label="This page" class="toc-drawer',
    '<div id="search-results"></div>': '<h1>Search</h1><div id="search-results"></div>',
    '<th class="head"><p></p></th>': "<td></td>",
    "<pre>": '<pre tabindex="0">',  # it may scroll, and arrow keys need something to be on
    '<div class="table-wrapper': '<div tabindex="0" class="table-wrapper',
}


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("source-read", _for_the_site)
    app.connect("build-finished", _without_barriers)


def _without_barriers(app: Sphinx, exception: Exception | None) -> None:
    if exception is None:
        for path in Path(app.outdir).rglob("*.html"):
            text = path.read_text(encoding="utf-8")
            for written, meant in BARRIERS.items():
                text = text.replace(written, meant)
            path.write_text(text, encoding="utf-8")


def _for_the_site(app: Sphinx, name: str, source: list[str]) -> None:  # noqa: ARG001 - Sphinx passes three
    source[0] = _FILE_FENCE.sub(r"```{code-block} \g<language>\n:caption: \g<path>\n", source[0])
    source[0] = _KIND.sub(lambda title: f"# {title['first'].upper()}", source[0])
    if name == "index":
        source[0] += "".join(_contents(caption, entries) for caption, entries in CONTENTS.items())


def _contents(caption: str, entries: tuple[str, ...]) -> str:
    return "\n".join(["\n```{toctree}", ":hidden:", ":glob:", f":caption: {caption}", "", *entries, "```\n"])
