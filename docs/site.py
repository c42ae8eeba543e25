"""``python -m docs.site [FOLDER]`` builds the site (build/site by default); broken links and warnings are errors.

Every link within the site is followed in what was built: Sphinx checks those of the Markdown, not those of its theme.
Links that leave the site are listed and not fetched.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parents[1]


def main(arguments: list[str]) -> int:
    """Build, follow the links, list those that leave; 1 where something is wrong."""
    from sphinx.cmd.build import main as sphinx

    folder = Path(arguments[0]) if arguments else ROOT / "build" / "site"
    strict = ["--quiet", "--fail-on-warning", "--keep-going", "--nitpicky", "--fresh-env"]
    doctrees = folder.with_name(f"{folder.name}.doctrees")
    if code := sphinx([*strict, "-b", "html", "-d", str(doctrees), str(ROOT / "docs"), str(folder)]):
        return code
    pages = {path: _read(path) for path in sorted(folder.rglob("*.html"))}
    broken = [f"{path.relative_to(folder)}: {link}" for path, link in _broken(pages)]
    outside = sorted({link for page in pages.values() for link in page.links if urlsplit(link).scheme})
    print("\n".join(["Links that leave the site, not fetched:", *(f"  {link}" for link in outside)]))
    if broken:
        print("\n".join(["Links that lead nowhere:", *(f"  {line}" for line in broken)]), file=sys.stderr)
    return 1 if broken else 0


@dataclass(slots=True)
class _Page(HTMLParser):
    """What a page links to, and what can be linked to in it."""

    links: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        HTMLParser.__init__(self)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Called by the parser."""
        for name, value in attrs:
            if name == "id" and value:
                self.names.add(value)
            if value and ((name == "href" and tag != "base") or name == "src"):
                self.links.append(value)


def _read(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def _broken(pages: dict[Path, _Page]) -> Iterator[tuple[Path, str]]:
    """Links within the site whose file is not there, or has no such place."""
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            has_place = not parts.fragment or target not in pages or unquote(parts.fragment) in pages[target].names
            if not parts.scheme and not (target.exists() and has_place):
                yield path, link


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
