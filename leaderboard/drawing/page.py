"""Whole pages: one HTML file that needs nothing else, readable at any width, light or dark, without scripts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from html import escape

STYLE = """
:root {
  color-scheme: light dark;
  --paper: #ffffff; --panel: #f6f8fa; --ink: #1f2328; --soft: #59636e; --rule: #d1d9e0; --edge: #818b98;
  --s0: #0550ae; --s1: #bc4c00; --s2: #6639ba; --s3: #116329; --s4: #a0111f; --s5: #4d5560;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15181c; --panel: #1e2227; --ink: #e6e8eb; --soft: #a9b1ba; --rule: #3b424a; --edge: #757f8a;
    --s0: #7db7f5; --s1: #f0a36b; --s2: #c8a9f5; --s3: #7ecb8f; --s4: #ff9a94; --s5: #b4bcc6;
  }
}
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 72rem; padding: 1rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0.5rem 0 }
h2 { font-size: 1.15rem; margin: 2rem 0 0.5rem }
p { max-width: 44rem; margin: 0.5rem 0 }
.charts { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)) }
figure { margin: 0; padding: 0.75rem; background: var(--panel); border: 1px solid var(--rule); border-radius: 0.5rem;
  max-width: 36rem; min-width: 0 }
figcaption { font-weight: 600; overflow-wrap: anywhere }
.said { color: var(--soft); overflow-wrap: anywhere }
svg.chart { display: block; width: 100%; height: auto; margin: 0.5rem 0 }
svg.spark { width: 5.6rem; height: 1.4rem; vertical-align: middle }
svg text { font: 12px system-ui, sans-serif; fill: var(--ink) }
svg .soft { fill: var(--soft) }
svg .over { paint-order: stroke; stroke: var(--panel); stroke-width: 4px; stroke-linejoin: round }
svg path { fill: none }
.rule { stroke: var(--rule) }
.told { stroke: var(--edge); stroke-dasharray: 2 3 }
.line { stroke-width: 2 }
.span { stroke-width: 2.5; opacity: 0.55 }
.lost { font-weight: 700 }
.s0 { stroke: var(--s0) } .s1 { stroke: var(--s1) } .s2 { stroke: var(--s2) }
.s3 { stroke: var(--s3) } .s4 { stroke: var(--s4) } .s5 { stroke: var(--s5) }
svg .mark.s0, .bar.s0 { fill: var(--s0) } svg .mark.s1 { fill: var(--s1) } svg .mark.s2 { fill: var(--s2) }
svg .mark.s3 { fill: var(--s3) } svg .mark.s4 { fill: var(--s4) } svg .mark.open { fill: none; stroke-width: 2 }
.wide { overflow-x: auto }
.wide:focus-visible, summary:focus-visible { outline: 3px solid var(--s0); outline-offset: 2px }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
caption { text-align: start; color: var(--soft); padding-bottom: 0.25rem }
th, td { padding: 0.3rem 0.75rem 0.3rem 0; text-align: start; border-bottom: 1px solid var(--rule);
  white-space: nowrap }
th.number, td.number { text-align: end }
tr.best td, tr.best th { font-weight: 700 }
summary { cursor: pointer; padding: 0.65rem 0; min-height: 2.75rem }
pre { overflow-x: auto; padding: 0.75rem; background: var(--panel); border: 1px solid var(--rule) }
footer { margin-top: 2rem; color: var(--soft) }
@media print { summary { display: none } figure { break-inside: avoid } }
"""


def page(title: str, parts: Iterable[str], *, language: str = "en") -> str:
    """A whole page.

    Parameters
    ----------
    title
        Its heading, and the name of its tab.
    parts
        HTML, for which `section`, `figure` and `table` are there.
    language
        In which its words are.
    """
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="{escape(language)}">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title>",
            f"<style>{STYLE}</style>",
            "</head>",
            "<body>",
            "<main>",
            f"<h1>{escape(title)}</h1>",
            *parts,
            "</main>",
            "</body>",
            "</html>",
            "",
        ]
    )


def section(title: str, parts: Iterable[str], *, said: str = "") -> str:
    """A part of a page under a heading, with a sentence before it."""
    words = [f"<p>{escape(said)}</p>"] if said else []
    return "\n".join(["<section>", f"<h2>{escape(title)}</h2>", *words, *parts, "</section>"])


def charts(figures: Iterable[str]) -> str:
    """Some figures side by side, as many as there is room for."""
    return "\n".join(['<div class="charts">', *figures, "</div>"])


def figure(caption: str, drawing: str, numbers: str, *, said: str = "") -> str:
    """A drawing under its caption, with a sentence, and its numbers for who wants or needs them.

    Parameters
    ----------
    caption, said
        Words.
    drawing
        SVG.
    numbers
        The `table` of what is drawn.
    """
    words = [f'<div class="said">{escape(said)}</div>'] if said else []
    details = f"<details><summary>The numbers: {escape(caption)}</summary>\n{numbers}\n</details>"
    return "\n".join(["<figure>", f"<figcaption>{escape(caption)}</figcaption>", *words, drawing, details, "</figure>"])


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    caption: str,
    right: Collection[int] = (),
    best: int | None = None,
) -> str:
    """A table whose first column names its rows. It can be moved sideways where there is little room, by keys, too.

    Parameters
    ----------
    head, rows
        Words.
    caption
        What it is a table of.
    right
        Columns of numbers, which are aligned to the right.
    best
        Which row is told apart.
    """

    def cell(place: int, words: str, *, is_head: bool) -> str:
        kind = ' class="number"' if place in right else ""
        if is_head:
            return f'<th scope="col"{kind}>{escape(words)}</th>'
        return f'<th scope="row"{kind}>{escape(words)}</th>' if place == 0 else f"<td{kind}>{escape(words)}</td>"

    top = f"<tr>{''.join(cell(i, words, is_head=True) for i, words in enumerate(head))}</tr>"
    lines = []
    for place, row in enumerate(rows):
        kind = ' class="best"' if place == best else ""
        lines += [f"<tr{kind}>{''.join(cell(i, words, is_head=False) for i, words in enumerate(row))}</tr>"]
    inner = [f"<caption>{escape(caption)}</caption>", f"<thead>{top}</thead>", "<tbody>", *lines, "</tbody>"]
    region = f'<div class="wide" role="group" tabindex="0" aria-label="{escape(caption)}">'
    return "\n".join([region, "<table>", *inner, "</table>", "</div>"])
