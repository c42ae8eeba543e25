"""Lessons and READMEs as blocks of plain text, which a template places: nothing in them becomes markup of the page.

A small part of Markdown is known, what these texts are written in: headings, paragraphs, lists, tables, fenced and
indented code, ``code``, *emphasis*, **strong** and links. The rest stays as it was typed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from textwrap import dedent
from typing import Literal

_HEADING = re.compile(r"(#{1,6}) +(.+?) *#*")
_ITEM = re.compile(r" {0,3}(?:[-*+]|(\d{1,3})[.)]) +(.*)")
_FENCE = re.compile(r" {0,3}(```+|~~~+)")
_RULE = re.compile(r"\|?[ :|-]*-[ :|-]*\|?")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_SPAN = re.compile(
    r"`(?P<code>[^`]+)`"
    r"|\*\*(?P<strong>[^*]+)\*\*"
    r"|(?<![\w*])\*(?P<em>[^*\s](?:[^*]*[^*\s])?)\*(?![\w*])"
    r"|!?\[(?P<words>[^\]]+)\]\((?P<to>[^)\s]*)\)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A run of text. `to` is where a link leads: only to the web, never to a script."""

    text: str
    kind: Literal["text", "code", "strong", "em", "link"] = "text"
    to: str = ""


Line = tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A piece of a text.

    Parameters
    ----------
    kind
        What it is.
    lines
        The paragraph or heading as one line, the items of a list, the cells of a table row by row.
    level
        Of a heading, from 1.
    width
        Columns of a table, its first row being its head.
    text
        Code, as it is.
    """

    kind: Literal["heading", "paragraph", "list", "numbers", "table", "code"]
    lines: tuple[Line, ...] = ()
    level: int = 0
    width: int = 0
    text: str = ""

    @property
    def rows(self) -> tuple[tuple[Line, ...], ...]:
        """The cells of a table, row by row."""
        return tuple(self.lines[i : i + self.width] for i in range(0, len(self.lines), self.width or 1))

    @property
    def says(self) -> str:
        """The words of its first line."""
        return "".join(span.text for span in self.lines[0]) if self.lines else ""


def blocks(text: str) -> tuple[Block, ...]:
    """The blocks of `text`."""
    return tuple(_blocks(_COMMENT.sub("", text).expandtabs(4).splitlines()))


def lesson(text: str) -> tuple[Block, ...]:
    """The blocks of a lesson: what stands alone on a line above an indented block is its heading."""
    found: list[Block] = []
    for block in blocks(text):
        is_label = block.kind == "code" and found and found[-1].kind == "paragraph" and len(found[-1].says) <= _LABEL
        if is_label and not found[-1].says.endswith((".", ":", "!", "?")):
            found[-1] = Block(kind="heading", level=2, lines=found[-1].lines)
        found.append(block)
    return tuple(found)


def without_title(found: tuple[Block, ...]) -> tuple[Block, ...]:
    """The blocks without the heading that the page around them has already."""
    return found[1:] if found and found[0].kind == "heading" and found[0].level == 1 else found


_LABEL = 40  # characters of "Right: plugin.py"


def _blocks(lines: Sequence[str]) -> Iterator[Block]:
    i = 0
    while i < len(lines):
        line = lines[i]
        if not line.strip():
            i += 1
        elif fence := _FENCE.match(line):
            end = _until(lines, i + 1, partial(_closes, fence[1]))
            yield Block(kind="code", text=dedent("\n".join(lines[i + 1 : end])))
            i = end + 1
        elif line.startswith("    "):
            end = _until(lines, i, lambda one: bool(one.strip()) and not one.startswith("    "))
            yield Block(kind="code", text=dedent("\n".join(lines[i:end])).strip("\n"))
            i = end
        elif heading := _HEADING.fullmatch(line):
            yield Block(kind="heading", level=len(heading[1]), lines=(spans(heading[2]),))
            i += 1
        elif _is_table(lines, i):
            end = _until(lines, i, lambda one: "|" not in one)
            yield _table([lines[i], *lines[i + 2 : end]])
            i = end
        elif _ITEM.fullmatch(line):
            end = _until(lines, i, lambda one: not one.strip())
            yield _list(lines[i:end])
            i = end
        else:
            end = _until(lines, i + 1, _begins)
            yield Block(kind="paragraph", lines=(spans(" ".join(one.strip() for one in lines[i:end])),))
            i = end


def _until(lines: Sequence[str], start: int, is_end: Callable[[str], bool]) -> int:
    return next((i for i in range(start, len(lines)) if is_end(lines[i])), len(lines))


def _closes(mark: str, line: str) -> bool:
    return line.strip().startswith(mark)


def _begins(line: str) -> bool:
    """Whether a line ends the paragraph before it."""
    is_other = _HEADING.fullmatch(line) or _ITEM.fullmatch(line) or _FENCE.match(line)
    return not line.strip() or line.startswith(("    ", "|")) or bool(is_other)


def _is_table(lines: Sequence[str], i: int) -> bool:
    has_rule = i + 1 < len(lines) and "|" in lines[i + 1] and _RULE.fullmatch(lines[i + 1].strip()) is not None
    return has_rule and "|" in lines[i]


def _table(lines: Sequence[str]) -> Block:
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    width = len(rows[0])
    cells = [cell for row in rows for cell in [*row, *[""] * width][:width]]
    return Block(kind="table", width=width, lines=tuple(spans(cell) for cell in cells))


def _list(lines: Sequence[str]) -> Block:
    items: list[str] = []
    is_numbered = False
    for line in lines:
        if item := _ITEM.fullmatch(line):
            is_numbered = is_numbered or bool(item[1])
            items.append(item[2])
        else:
            items[-1] += " " + line.strip()
    return Block(kind="numbers" if is_numbered else "list", lines=tuple(spans(item) for item in items))


def spans(text: str) -> Line:
    """The runs of one line of text."""
    found: list[Span] = []
    at = 0
    for match in _SPAN.finditer(text):
        if before := text[at : match.start()]:
            found.append(Span(text=before))
        found.append(_span(match))
        at = match.end()
    return (*found, Span(text=text[at:])) if text[at:] or not found else tuple(found)


def _span(match: re.Match[str]) -> Span:
    if match["code"]:
        return Span(text=match["code"], kind="code")
    if match["strong"]:
        return Span(text=match["strong"], kind="strong")
    if match["em"]:
        return Span(text=match["em"], kind="em")
    is_web = match["to"].startswith(("https://", "http://"))
    return Span(text=match["words"], kind="link", to=match["to"]) if is_web else Span(text=match["words"])
